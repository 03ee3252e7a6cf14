//! Rendering: the words of one language in, a message out. One file a kind of card.
//!
//! Nothing here decides what is answered: that is [`bot`](crate::bot)'s. The conversations are tests at the foot of
//! each file.

pub(crate) mod about;
pub(crate) mod all;
mod details;
pub(crate) mod length;
pub(crate) mod notice;
pub mod page;
mod question;
pub(crate) mod round;
mod shared;
mod suggestion;

use std::borrow::Cow;

pub use shared::Reveal;

use crate::advisor::Answers;
use crate::custom_id::{Action, ConversationState, Step};
use crate::interaction::UserId;
use crate::message::{Button, ButtonStyle};
use crate::responses::{Language, Responses};

/// The cards of one person's conversation in one language.
#[derive(Clone, Copy)]
pub struct Conversation<'a> {
    /// What the bot says.
    pub responses: &'a Responses,
    /// The language of the cards.
    pub language: &'a Language,
    /// The person whose answers they are.
    pub owner: UserId,
}

impl<'a> Conversation<'a> {
    /// The action of a button that leads to the state after these answers.
    fn action(&self, step: Step, answers: Answers) -> Action<'static> {
        Action::Conversation(ConversationState { step, revision: self.responses.revision, owner: self.owner, answers })
    }

    /// The buttons Back and Start over, disabled where there is no answer to take back.
    fn back_and_restart(&self, answers: &Answers) -> Vec<Button<'a>> {
        let ui = &self.language.words.ui;
        [
            (Step::Back, answers.without_last(), ui.button_back()),
            (Step::Restart, Answers::default(), ui.button_restart()),
        ]
        .into_iter()
        .map(|(step, to, label)| Button {
            disabled: answers.choices().is_empty(),
            ..button(&self.action(step, to), label, ButtonStyle::Secondary)
        })
        .collect()
    }
}

/// A button with an action.
fn button<'a>(action: &Action<'_>, label: impl Into<Cow<'a, str>>, style: ButtonStyle) -> Button<'a> {
    Button { custom_id: action.custom_id(), label: label.into(), style, disabled: false }
}

/// A mention, which each client shows as the name that its reader knows. It pings nobody: no message of ours parses
/// mentions.
fn mention(user: UserId) -> String {
    format!("<@{user}>")
}
