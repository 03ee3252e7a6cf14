//! Every card of a language, each at its worst: what is checked when responses are loaded, and what a writer looks at.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::details::Details;
use super::length::{Longest, longest_suggestions};
use super::{Conversation, Reveal, notice, page};
use crate::advisor::{Answer, Answers, Change, Headline, Outcome, Role};
use crate::interaction::UserId;
use crate::message::{Message, Visibility, characters};
use crate::picture::{Drawing, Place, Shape};
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
    cards_with(responses, language, &longest_suggestions(responses, language))
}

/// Every card of a language whose longest suggestions are known.
pub fn cards_with<'a>(
    responses: &'a Responses,
    language: &'a Language,
    longest: &BTreeMap<Headline, Longest<'a>>,
) -> Vec<Card<'a>> {
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
    let answers = Answers::new(vec![9; questionnaire.max_questions]);
    for (index, question) in questionnaire.questions.iter().enumerate() {
        card(format!("question {}", question.id), conversation.question(index, &answers));
    }

    // Pictures do not differ in what Discord limits.
    let drawing = || {
        let regions = (&questionnaire.rule).into();
        Drawing::person(regions, Place { cto: 50, cio: 50 }, Shape::Nothing)
    };
    for (headline, Longest { claims, .. }) in longest {
        let name = headline.to_string();
        let private = conversation.suggestion_card(claims, drawing(), &answers, Visibility::Private);
        card(format!("suggestion {name}"), private);
        for (reveal, how) in [(Reveal::Answers, "shared"), (Reveal::SuggestionOnly, "shared without answers")] {
            let shared = conversation.shared_card(claims, drawing(), reveal, false);
            card(format!("suggestion {name}, {how}"), Message { components: vec![shared] });
        }
        let preview = conversation.preview_card(&conversation, claims, drawing(), &answers);
        card(format!("suggestion {name}, to be shared"), preview);
        for details in longest_details(&conversation, *headline) {
            let name = format!("details {name}{}", if details.small { " small" } else { "" });
            card(name, conversation.details_card(&details, &answers, Visibility::Private));
        }
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

/// The details of a headline, each line at its longest: once for each note on size that can stand there.
fn longest_details(conversation: &Conversation<'_>, headline: Headline) -> Vec<Details> {
    if headline == Headline::Open {
        return Vec::new();
    }
    let questionnaire = &conversation.responses.questionnaire;
    let answer = |question: usize, choice: usize| {
        let points = questionnaire.questions[question].choices[choice].points;
        Answer { question, choice, points }
    };
    let length = |answer: &Answer| characters(&conversation.details_answer(answer));
    let mut answered: Vec<_> = (0..questionnaire.questions.len())
        .filter_map(|question| {
            let choices = 0..questionnaire.questions[question].choices.len();
            choices.map(|choice| answer(question, choice)).max_by_key(length)
        })
        .collect();
    answered.sort_by_key(|answer| Reverse(length(answer)));
    answered.truncate(questionnaire.max_questions);

    let change = answered.first().and_then(|answer| {
        let Answer { question, choice, .. } = *answer;
        let changes = Outcome::ALL.map(|outcome| Change { question, choice, outcome });
        changes.into_iter().max_by_key(|&change| characters(&conversation.changed_by(change)))
    });
    let firsts = [None, Some(Role::Cto), Some(Role::Cio)];
    let first = firsts.into_iter().max_by_key(|&first| characters(&conversation.comes_first(first)));
    let details = |small| Details { headline, answered: answered.clone(), small, first: first.flatten(), change };
    match headline {
        Headline::Role(..) => vec![details(false), details(true)],
        Headline::Both(_) => vec![details(false)],
        Headline::BothInOne => vec![details(true)],
        Headline::Open => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::panic;

    use super::*;
    use crate::responses::shipped;

    /// The one test that quotes the texts of `responses/`: all cards of a language, in a file of that language. Its
    /// languages are compared one by one, so that one run tells all that changed.
    #[test]
    fn the_shipped_cards_read_as_they_were_accepted() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../tests/shipped");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let changed = shipped().languages.iter().filter(|language| {
            let mut text = String::new();
            for Card { name, message, .. } in cards(shipped(), language) {
                writeln!(text, "=== {name}\n\n{message}").expect("a String takes every text");
            }
            let compare = || settings.bind(|| insta::assert_snapshot!(language.locale.as_str(), text));
            panic::catch_unwind(panic::AssertUnwindSafe(compare)).is_err()
        });
        let changed: Vec<_> = changed.map(|language| &language.locale).collect();
        assert!(changed.is_empty(), "changed cards in {changed:?}: look at them and accept them (CONTRIBUTING.md)");
    }
}
