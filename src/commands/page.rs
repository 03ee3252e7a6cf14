//! `/cto`, `/cio` and every other page: a card that explains something, with buttons to other pages and to the
//! conversation.

use crate::bot::{Answer, Answered, Asked};
use crate::commands::button;
use crate::custom_id::Destination;
use crate::interaction::Visibility;
use crate::message::{ButtonStyle, Component, Message, Reply, To};
use crate::responses::{Language, Link, Responses};

/// The page (an index) as an answer.
pub(crate) fn show(asked: &Asked<'_>, page: usize, to: To) -> Answer {
    let visibility = match to {
        To::New(visibility) => visibility,
        // Only private cards are turned in place.
        To::Update => Visibility::Private,
    };
    let message = card(asked.responses, asked.language(visibility), page);
    Answer { reply: Reply { to, message }, result: Answered::Page }
}

/// The card of a page (an index).
pub fn card(responses: &Responses, language: &Language, page: usize) -> Message {
    let words = &language.words.pages[page];
    let page = &responses.pages[page];
    let mut components = vec![Component::TextDisplay(format!("## {}", words.title))];
    for part in &words.parts {
        components.push(Component::TextDisplay(if part.heading.is_empty() {
            part.text.clone()
        } else {
            format!("**{}**\n{}", part.heading, part.text)
        }));
    }
    let buttons = page.buttons.iter().map(|link| match *link {
        Link::Page(index) => {
            let destination = Destination::Page { name: &responses.pages[index].name, turn: true };
            button(&destination, &language.words.pages[index].button, ButtonStyle::Secondary)
        }
        Link::Whichrole => {
            button(&Destination::Start, &language.words.ui.button_whichrole.fill(&[]), ButtonStyle::Primary)
        }
    });
    let buttons: Vec<_> = buttons.collect();
    if !buttons.is_empty() {
        components.push(Component::Separator);
        components.push(Component::ActionRow(buttons));
    }
    Message { components: vec![Component::Container { accent_color: page.accent_color, components }] }
}
