//! Every card of a language, each at its worst: what is checked when responses are loaded, and what a writer looks at.

use super::{AnswerText, Conversation, SuggestionCard, notice, page};
use crate::advisor::Answers;
use crate::advisor::{Outcome, Role, Strength};
use crate::interaction::UserId;
use crate::message::{Message, Visibility};
use crate::responses::{Language, Responses};

/// A card, and what to call it.
pub struct Card<'a> {
    /// What it is, such as `question wants`.
    pub name: String,
    /// The file with most of its words, below the language's folder.
    pub file: String,
    /// The message.
    pub message: Message<'a>,
}

/// Every card of a language: pages, questions, suggestions and notices, each with the longest texts that can stand in it,
/// the longest answers and the longest owner.
pub fn cards<'a>(responses: &'a Responses, language: &'a Language) -> Vec<Card<'a>> {
    let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
    let mut cards = Vec::new();
    for (index, found) in responses.pages.iter().enumerate() {
        let file = format!("pages/{}.toml", found.name);
        cards.push(Card {
            name: format!("page {}", found.name),
            file,
            message: page::card(responses, language, index),
        });
    }
    let mut card = |name: String, message: Message<'a>| {
        cards.push(Card { name, file: "whichrole.toml".to_owned(), message });
    };

    let questionnaire = &responses.questionnaire;
    let first = conversation.question(0, &Answers::default());
    card("first question".to_owned(), first);
    let foreign = conversation.first_question_after(conversation.owner);
    card("first question, for another person".to_owned(), foreign);
    // A question has at most ten choices, so any choice has one digit.
    let longest = Answers::new(vec![9; questionnaire.max_questions]);
    for (index, question) in questionnaire.questions.iter().enumerate() {
        card(format!("question {}", question.id), conversation.question(index, &longest));
    }

    for (name, view) in views(&conversation) {
        card(format!("suggestion {name}"), conversation.suggestion(&view, &longest, Visibility::Private));
        card(format!("suggestion {name}, shared"), conversation.shared(&view));
    }
    for (name, message) in [
        ("changed", notice::changed(responses, language)),
        ("unknown", notice::unknown(responses, language)),
        ("failed", notice::failed(responses, language)),
    ] {
        cards.push(Card { name: format!("notice {name}"), file: "ui.toml".to_owned(), message });
    }
    cards
}

/// Every kind of suggestion, each with the longest texts that can stand in it.
fn views<'a>(conversation: &Conversation<'a>) -> Vec<(String, SuggestionCard<'a>)> {
    let words = &conversation.language.words;
    let tellings = words.questions.iter().flat_map(|question| {
        question.choices.iter().map(|choice| AnswerText { topic: &question.topic, choice: &choice.text })
    });
    let longest = tellings.max_by_key(|told| told.topic.len() + told.choice.len());
    let topic = words.questions.iter().map(|question| question.topic.as_str()).max_by_key(|topic| topic.len());
    let view = |outcome, strength, small| SuggestionCard {
        outcome,
        strength,
        nothing: false,
        small,
        counted: longest.into_iter().chain(longest).collect(),
        against: longest.filter(|_| outcome != Outcome::Both),
        tie: topic.filter(|_| strength == Strength::Slight),
        comes_first: None,
        change: longest.map(|told| (told, Outcome::Both)),
    };
    let mut views = Vec::new();
    for role in [Role::Cto, Role::Cio] {
        for strength in Strength::ALL {
            for small in [false, true] {
                let name = format!("{role} {strength}{}", if small { " small" } else { "" });
                views.push((name, view(Outcome::One(role), strength, small)));
            }
        }
        let nothing = SuggestionCard { nothing: true, ..view(Outcome::One(role), Strength::Slight, true) };
        views.push((format!("{role} nothing"), nothing));
    }
    for (strength, small) in [(Strength::Leaning, false), (Strength::Clear, false), (Strength::Leaning, true)] {
        for comes_first in [None, Some(Role::Cto), Some(Role::Cio)] {
            let first = comes_first.map_or_else(|| "open".to_owned(), |role| role.to_string());
            let name = format!("both {strength}{}, first {first}", if small { " small" } else { "" });
            views.push((name, SuggestionCard { comes_first, ..view(Outcome::Both, strength, small) }));
        }
    }
    views
}
