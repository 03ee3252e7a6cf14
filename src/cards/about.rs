//! The card of `/about`: what the bot is, and what it keeps about the person who asks.

use super::button;
use crate::custom_id::Action;
use crate::links::Links;
use crate::message::{ButtonStyle, Component, Link, Message};
use crate::responses::{Language, Responses};

/// What is stored about the person.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// Nothing about anybody: rounds are switched off.
    Off,
    /// That they answered in this many open rounds, and started this many rounds.
    Rounds { answered: usize, started: usize },
    /// Nothing any more: it was just deleted.
    Forgotten,
    /// The store of rounds does not work.
    Unavailable,
}

/// The card of `/about`.
pub(crate) fn card<'a>(
    responses: &'a Responses,
    language: &'a Language,
    links: &'a Links,
    stored: Stored,
) -> Message<'a> {
    let words = &language.words.about;
    let mut components = vec![
        Component::TextDisplay(words.card_text()),
        Component::Separator,
        Component::TextDisplay(words.card_personal()),
        Component::TextDisplay(match stored {
            Stored::Off => words.card_off(),
            Stored::Rounds { .. } | Stored::Forgotten | Stored::Unavailable => words.card_stored(),
        }),
    ];
    let mut forget = false;
    match stored {
        Stored::Off => {}
        Stored::Forgotten => components.push(Component::TextDisplay(words.card_forgotten())),
        Stored::Unavailable => components.push(Component::TextDisplay(words.card_unavailable())),
        Stored::Rounds { answered, started } => {
            let mut lines = Vec::new();
            let count = |things: usize| u64::try_from(things).unwrap_or(u64::MAX);
            if answered > 0 {
                lines.push(words.card_answers(count(answered)));
            }
            if started > 0 {
                lines.push(words.card_started(count(started)));
            }
            forget = !lines.is_empty();
            if lines.is_empty() {
                lines.push(words.card_nothing());
            }
            components.push(Component::TextDisplay(lines.join("\n").into()));
        }
    }
    if forget {
        let forget = button(&Action::Forget, words.button_forget(), ButtonStyle::Secondary);
        components.push(Component::ActionRow(vec![forget]));
    }
    components.push(Component::Separator);
    let rows = [
        (&links.privacy, words.button_privacy()),
        (&links.terms, words.button_terms()),
        (&links.support, words.button_support()),
        (&links.source, words.button_source()),
    ];
    let row: Vec<_> =
        rows.into_iter().filter_map(|(url, label)| Some(Link { url: url.as_deref()?.into(), label })).collect();
    if !row.is_empty() {
        components.push(Component::LinkRow(row));
    }
    components.push(Component::TextDisplay(words.card_version(env!("CARGO_PKG_VERSION"))));
    let accent_color = responses.styles.question;
    Message { components: vec![Component::Container { accent_color, components }] }
}
