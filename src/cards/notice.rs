//! Short private notices, each with a button to start a conversation.

use std::borrow::Cow;

use super::button;
use crate::custom_id::Action;
use crate::message::{ButtonStyle, Component, Message};
use crate::responses::{Language, Responses};

/// After a press on a button of other questions.
pub(crate) fn changed<'a>(responses: &'a Responses, language: &'a Language) -> Message<'a> {
    with_start(responses, language, language.words.ui.notice_changed())
}

/// After a press on a button, or a command, that leads nowhere.
pub(crate) fn unknown<'a>(responses: &'a Responses, language: &'a Language) -> Message<'a> {
    with_start(responses, language, language.words.ui.notice_unknown())
}

/// After an internal error.
pub(crate) fn failed<'a>(responses: &'a Responses, language: &'a Language) -> Message<'a> {
    with_start(responses, language, language.words.ui.notice_failed())
}

/// A text with a button to start a conversation of one's own.
pub(crate) fn with_start<'a>(responses: &'a Responses, language: &'a Language, text: Cow<'a, str>) -> Message<'a> {
    let start = button(&Action::Start, language.words.ui.button_start(), ButtonStyle::Primary);
    Message {
        components: vec![Component::Container {
            accent_color: responses.styles.question,
            components: vec![Component::TextDisplay(text), Component::ActionRow(vec![start])],
        }],
    }
}
