//! The card of a suggestion: what is suggested, why, and what to do next.

use std::borrow::Cow;

use super::{Conversation, button, mention};
use crate::advisor::{Answer, Answers, Outcome, Reason, Role, Strength, Suggestion, what_would_change};
use crate::custom_id::{Action, Step};
use crate::message::{Button, ButtonStyle, Component, Message, Visibility};
use crate::responses::RoleWords;

/// What an answer is told by: the question's topic and the choice's words.
#[derive(Clone, Copy)]
pub struct AnswerText<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The choice.
    pub choice: &'a str,
}

impl<'a> Conversation<'a> {
    /// The card of a suggestion, with what can be done next.
    pub fn suggestion(&self, view: &SuggestionCard<'_>, answers: &Answers, on: Visibility) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components = self.suggestion_text(view);
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.page_buttons(view.outcome)));
        let mut row = self.back_and_restart(answers);
        if on == Visibility::Private {
            let share = self.action(Step::Share, answers.clone());
            row.push(button(&share, ui.button_share(), ButtonStyle::Primary));
        }
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.styles.of(view.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The card of a suggestion that its owner shares: names who asked, and lets anyone start their own.
    pub fn shared(&self, view: &SuggestionCard<'_>) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components = vec![Component::TextDisplay(ui.notice_shared(mention(self.owner))), Component::Separator];
        components.extend(self.suggestion_text(view));
        components.push(Component::Separator);
        let mut row = self.page_buttons(view.outcome);
        row.push(button(&Action::Start, ui.button_start(), ButtonStyle::Primary));
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.styles.of(view.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// Buttons to the pages of an outcome; they leave the suggestion where it is.
    fn page_buttons(&self, outcome: Outcome) -> Vec<Button<'a>> {
        let pages = &self.responses.styles.of(outcome).pages;
        pages
            .iter()
            .map(|&page| {
                let action = Action::Page { name: &self.responses.pages[page].name, in_place: false };
                button(&action, self.language.words.pages[page].button.as_str(), ButtonStyle::Secondary)
            })
            .collect()
    }

    fn told(&self, question: usize, choice: usize) -> AnswerText<'a> {
        let words = &self.language.words.questions[question];
        AnswerText { topic: &words.topic, choice: &words.choices[choice].text }
    }

    /// What the card of a suggestion says.
    pub fn view(&self, suggestion: &Suggestion) -> SuggestionCard<'a> {
        let told = |answer: Answer| self.told(answer.question, answer.choice);
        let change = what_would_change(&self.responses.questionnaire, suggestion);
        SuggestionCard {
            outcome: suggestion.outcome,
            strength: suggestion.strength,
            nothing: suggestion.reason == Reason::NothingToSay,
            small: suggestion.small,
            counted: suggestion.counted_most(2).into_iter().map(told).collect(),
            against: suggestion.speaks_against().map(told),
            tie: match suggestion.reason {
                Reason::Tie(question) => Some(&self.language.words.questions[question].topic),
                Reason::Totals | Reason::NothingToSay => None,
            },
            comes_first: suggestion.first,
            change: change.map(|change| (self.told(change.question, change.choice), change.outcome)),
        }
    }

    fn role(&self, role: Role) -> &'a RoleWords {
        match role {
            Role::Cto => &self.language.words.cto,
            Role::Cio => &self.language.words.cio,
        }
    }

    /// The text of a suggestion, in the order in which it is read.
    pub fn suggestion_text(&self, view: &SuggestionCard<'_>) -> Vec<Component<'a>> {
        let words = &self.language.words.suggestion;
        let role = match view.outcome {
            Outcome::One(role) => Some(self.role(role)),
            Outcome::Both => None,
        };
        let mut paragraphs = vec![self.headline(view)];

        let mut why = Vec::new();
        if !view.counted.is_empty() {
            why.push(words.counted());
            why.extend(view.counted.iter().map(|told| words.answer(told.topic, told.choice)));
        }
        why.extend(view.against.map(|told| words.against(told.topic, told.choice)));
        why.extend(view.tie.map(|topic| words.tie(topic)));
        if !why.is_empty() {
            paragraphs.push(why.join("\n").into());
        }

        let first = role.map_or_else(|| words.both_first(), RoleWords::first);
        paragraphs.push(format!("{}\n{}", words.first(), first).into());
        if role.is_none() {
            paragraphs.push(match view.comes_first {
                Some(role) => self.role(role).comes_first(),
                None => words.both_comes_first(),
            });
        }

        let general = role.map_or_else(|| words.both_change(), RoleWords::change);
        let mut change = vec![words.change(), general];
        change.extend(view.change.map(|(told, outcome)| {
            let outcome = match outcome {
                Outcome::One(role) => self.role(role).name(),
                Outcome::Both => words.both_name(),
            };
            words.changed_by(told.topic, told.choice, outcome)
        }));
        paragraphs.push(change.join("\n").into());

        paragraphs.extend(match (role, view.small) {
            (Some(role), true) => Some(role.small()),
            (Some(role), false) => Some(role.if_small()),
            (None, false) => Some(words.both_if_small()),
            // The headline has said it.
            (None, true) => None,
        });
        paragraphs.push(words.caveat());
        paragraphs.into_iter().map(Component::TextDisplay).collect()
    }

    fn headline(&self, view: &SuggestionCard<'_>) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        match view.outcome {
            _ if view.nothing => words.nothing(),
            Outcome::One(role) => {
                let role = self.role(role);
                match view.strength {
                    Strength::Clear => role.clear(),
                    Strength::Leaning => role.leaning(),
                    Strength::Slight => role.slight(),
                }
            }
            Outcome::Both if view.small => words.both_small(),
            Outcome::Both if view.strength == Strength::Clear => words.both_clear(),
            Outcome::Both => words.both_leaning(),
        }
    }
}

/// What the card of a suggestion says.
pub struct SuggestionCard<'a> {
    /// Which role, or both.
    pub outcome: Outcome,
    /// How much the answers say.
    pub strength: Strength,
    /// Whether they say nothing that tells the roles apart.
    pub nothing: bool,
    /// Whether an answer said that the organisation is small.
    pub small: bool,
    /// The answers that counted most.
    pub counted: Vec<AnswerText<'a>>,
    /// The answer that speaks most for the other role.
    pub against: Option<AnswerText<'a>>,
    /// The topic of the question that decided between equal totals.
    pub tie: Option<&'a str>,
    /// Who comes first when it is both.
    pub comes_first: Option<Role>,
    /// An answer that would have led to another outcome.
    pub change: Option<(AnswerText<'a>, Outcome)>,
}
