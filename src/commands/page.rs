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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::commands::testing::{ANA, BEN};
    use crate::interaction::Visibility::{Private, Public};
    use crate::message::To;

    #[test]
    fn cto() {
        assert_snapshot!(ANA.types("cto", None).message, @"");
    }

    #[test]
    fn cio() {
        assert_snapshot!(ANA.types("cio", None).message, @"");
    }

    #[test]
    fn both_side_by_side() {
        let cto = ANA.types("cto", None);
        assert_snapshot!(ANA.presses(&cto, "Both side by side").message, @"");
    }

    #[test]
    fn a_public_card_stays_and_whoever_presses_gets_a_private_one_that_turns() {
        let cto = ANA.types("cto", None);
        assert_eq!(cto.to, To::New(Public));
        let cio = BEN.presses(&cto, "About the CIO");
        assert_eq!(cio.to, To::New(Private));
        let compare = BEN.presses(&cio, "Both side by side");
        assert_eq!(compare.to, To::Update);
        let question = BEN.presses(&compare, "Which one do we need?");
        assert_eq!(question.to, To::New(Private));
    }

    #[test]
    fn show_chooses_who_sees_the_card() {
        assert_eq!(ANA.types("cio", Some(Private)).to, To::New(Private));
        assert_eq!(ANA.types("cio", Some(Public)).to, To::New(Public));
    }

    #[test]
    fn the_two_cards_read_in_under_a_minute_and_are_of_like_length() {
        let words = |name| ANA.types(name, None).message.to_string().split_whitespace().count();
        let (cto, cio) = (words("cto"), words("cio"));
        // 230 words of text, and the words on the three buttons.
        assert!(cto <= 245 && cio <= 245, "/cto has {cto} words, /cio has {cio}");
        assert!(cto.abs_diff(cio) <= 15, "/cto has {cto} words, /cio has {cio}");
    }

    #[test]
    fn a_command_that_is_no_page_gets_a_friendly_line() {
        assert_eq!(ANA.types("compare", None).to, To::New(Private));
        assert_snapshot!(ANA.types("ceo", None).message, @"");
    }
}
