//! `/cto`, `/cio` and every other page: a card that explains something, with buttons to other pages and to the
//! conversation.

use std::borrow::Cow;

use super::button;
use crate::custom_id::Action;
use crate::message::{ButtonStyle, Component, Message};
use crate::responses::{Language, Link, Responses};

/// The card of a page (an index).
pub fn card<'a>(responses: &'a Responses, language: &'a Language, page: usize) -> Message<'a> {
    let words = &language.words.pages[page];
    let page = &responses.pages[page];
    let mut components = vec![Component::TextDisplay(format!("## {}", words.title).into())];
    for part in &words.parts {
        components.push(Component::TextDisplay(if part.heading.is_empty() {
            Cow::Borrowed(part.text.as_str())
        } else {
            format!("**{}**\n{}", part.heading, part.text).into()
        }));
    }
    let buttons = page.buttons.iter().map(|link| match *link {
        Link::Page(index) => {
            let action = Action::Page { name: &responses.pages[index].name, in_place: true };
            button(&action, language.words.pages[index].button.as_str(), ButtonStyle::Secondary)
        }
        Link::Whichrole => button(&Action::Start, language.words.ui.button_whichrole(), ButtonStyle::Primary),
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

    use super::card;
    use crate::bot::testing::{ANA, BEN};
    use crate::message::Target;
    use crate::message::Visibility::{Private, Public};
    use crate::responses::shipped;

    #[test]
    fn a_page_has_a_title_its_parts_and_its_buttons() {
        let cto = ANA.types("cto", None);
        assert_snapshot!(cto.message, @"
        ## Page cto
        cto what text
        ---
        [cio] [compare] [Ask]
        ");
        assert_snapshot!(ANA.presses(&cto, "compare").message, @"
        ## Page compare
        **compare intro heading**
        compare intro text
        ---
        [cto] [cio] [Ask]
        ");
    }

    #[test]
    fn a_public_card_stays_and_whoever_presses_gets_a_private_one_that_turns() {
        let cto = ANA.types("cto", None);
        assert_eq!(cto.target, Target::NewMessage(Public));
        let cio = BEN.presses(&cto, "cio");
        assert_eq!(cio.target, Target::NewMessage(Private));
        let compare = BEN.presses(&cio, "compare");
        assert_eq!(compare.target, Target::UpdateMessage);
        let question = BEN.presses(&compare, "Ask");
        assert_eq!(question.target, Target::NewMessage(Private));
    }

    #[test]
    fn show_chooses_who_sees_the_card() {
        assert_eq!(ANA.types("cio", Some(Private)).target, Target::NewMessage(Private));
        assert_eq!(ANA.types("cio", Some(Public)).target, Target::NewMessage(Public));
    }

    #[test]
    fn the_two_shipped_cards_read_in_under_a_minute_and_are_of_like_length() {
        let words = |name| {
            let (index, _) = shipped().page(name).expect("it is shipped");
            card(shipped(), &shipped().languages[0], index).to_string().split_whitespace().count()
        };
        let (cto, cio) = (words("cto"), words("cio"));
        // 230 words of text, and the words on the three buttons.
        assert!(cto <= 245 && cio <= 245, "/cto has {cto} words, /cio has {cio}");
        assert!(cto.abs_diff(cio) <= 15, "/cto has {cto} words, /cio has {cio}");
    }

    #[test]
    fn a_command_that_is_no_page_gets_a_friendly_line() {
        assert_eq!(ANA.types("compare", None).target, Target::NewMessage(Private));
        assert_snapshot!(ANA.types("ceo", None).message, @"
        unknown
        [Own]
        ");
    }
}
