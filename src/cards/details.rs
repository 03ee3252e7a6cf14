//! The card behind *Why, and what would change it*: every answer, what the role takes on first, what would change the
//! suggestion, the note on little money or time, and the whole caveat.

use std::borrow::Cow;

use super::suggestion::AnswerText;
use super::{Conversation, button};
use crate::advisor::what_would_change;
use crate::advisor::{Answer, Answers, Change, Headline, Outcome, Points, Questionnaire, Role, Suggestion};
use crate::custom_id::Step;
use crate::message::{ButtonStyle, Component, Message, Visibility};
use crate::responses::RoleWords;

/// What the card of the details says.
pub(super) struct Details {
    /// The suggestion.
    pub headline: Headline,
    /// Every answer.
    pub answered: Vec<Answer>,
    /// Whether an answer said that there is little money or time for the work.
    pub small: bool,
    /// Whose need is the nearer or the larger, if one is.
    pub first: Option<Role>,
    /// One answer that, given otherwise, would have led to another outcome.
    pub change: Option<Change>,
}

impl Details {
    fn of(questionnaire: &Questionnaire, suggestion: &Suggestion) -> Self {
        Self {
            headline: suggestion.headline(),
            answered: suggestion.answered.clone(),
            small: suggestion.small,
            first: suggestion.first,
            change: what_would_change(questionnaire, suggestion),
        }
    }
}

impl<'a> Conversation<'a> {
    /// The details of a suggestion, with the way back to it.
    pub fn details(&self, suggestion: &Suggestion, answers: &Answers, on: Visibility) -> Message<'a> {
        self.details_card(&Details::of(&self.responses.questionnaire, suggestion), answers, on)
    }

    /// The card of these details.
    pub(super) fn details_card(&self, details: &Details, answers: &Answers, on: Visibility) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components: Vec<_> = self.details_text(details).into_iter().map(Component::TextDisplay).collect();
        components.push(Component::Separator);
        let pages: Vec<_> = self.page_buttons(details.headline).collect();
        if !pages.is_empty() {
            components.push(Component::ActionRow(pages));
        }
        let back = self.action(Step::Suggestion, answers.clone());
        let mut row = vec![button(&back, ui.button_suggestion(), ButtonStyle::Secondary)];
        if on == Visibility::Private {
            let preview = self.action(Step::Preview, answers.clone());
            row.push(button(&preview, ui.button_preview(), ButtonStyle::Primary));
        }
        components.push(Component::ActionRow(row));
        let accent_color = self.accent_color(details.headline);
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    fn details_text(&self, details: &Details) -> Vec<Cow<'a, str>> {
        let words = &self.language.words.suggestion;
        let role = match details.headline {
            Headline::Role(role, _) => Some(self.role(role)),
            Headline::Both(_) | Headline::BothInOne | Headline::Open => None,
        };
        let small = details.headline == Headline::BothInOne;
        let under = |heading: Cow<'a, str>, text: &str| Cow::Owned(format!("{heading}\n{text}"));
        let mut paragraphs = vec![words.details_title()];

        let answers: Vec<_> = details.answered.iter().map(|answer| self.details_answer(answer)).collect();
        paragraphs.push(under(words.details_answers(), &answers.join("\n")));

        let tasks = match role {
            Some(role) => role.tasks(),
            None if small => words.both_tasks_small(),
            None => words.both_tasks(),
        };
        paragraphs.push(under(words.details_tasks(), &tasks));
        if let Headline::Both(_) = details.headline {
            paragraphs.push(self.comes_first(details.first));
        }

        let mut change = vec![role.map_or_else(|| words.both_change(), RoleWords::change)];
        change.extend(details.change.map(|change| self.changed_by(change)));
        paragraphs.push(under(words.details_change(), &change.join("\n")));

        let note = match role {
            Some(role) if details.small => Some(role.small()),
            Some(role) => Some(role.if_small()),
            // The suggestion has said it.
            None if small => None,
            None => Some(words.both_if_small()),
        };
        paragraphs.extend(note.map(|note| under(words.details_small(), &note)));
        paragraphs.push(words.details_caveat());
        paragraphs
    }

    /// Who comes first when it is both.
    pub(super) fn comes_first(&self, first: Option<Role>) -> Cow<'a, str> {
        match first {
            Some(role) => self.role(role).comes_first(),
            None => self.language.words.suggestion.both_comes_first(),
        }
    }

    /// An answer, and what it spoke for.
    pub(super) fn details_answer(&self, answer: &Answer) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        let AnswerText { topic, choice } = self.answer_text(answer);
        let side = match answer.points {
            Points { cto: 0, cio: 0 } => words.details_neither(),
            Points { cio: 0, .. } => "CTO".into(),
            Points { cto: 0, .. } => "CIO".into(),
            Points { .. } => "CTO\u{a0}+\u{a0}CIO".into(),
        };
        words.details_answer(topic, choice, side)
    }

    /// The answer that would have changed the outcome.
    pub(super) fn changed_by(&self, change: Change) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        let outcome = match change.outcome {
            Outcome::One(role) => self.role(role).name(),
            Outcome::Both => words.both_name(),
        };
        let AnswerText { topic, choice } = self.choice_text(change.question, change.choice);
        words.details_changed_by(topic, choice, outcome)
    }
}
