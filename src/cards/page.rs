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

    use crate::bot::testing::{ANA, BEN};
    use crate::message::Target;
    use crate::message::Visibility::{Private, Public};

    #[test]
    fn cto() {
        assert_snapshot!(ANA.types("cto", None).message, @"
        ## CTO: Chief Technology Officer
        A CTO puts technology to work for the business, and keeps improving it so that it stays abreast of what is new. It takes someone adaptable and technically skilled.
        **Who a CTO serves**
        Mainly your customers: the technology they buy or use should work smoothly for them.
        **Some of what a CTO does**
        - tests that technology runs smoothly, and checks it at regular intervals
        - keeps technology in line with the company's goals and values
        - works side by side with vendors to solve technical problems
        - decides what to build next, and how
        **When it makes sense**
        Any kind of company may need one, whether its products are wholly digital or have nothing to do with the tech industry. Typical signs: growth depends on a new product, or nobody can answer customers' technical questions.
        **Not the same as a CIO**
        The jobs look similar, but their purposes differ: a CIO (Chief Information Officer) looks mainly inside the company.
        **How the two work together**
        Where a company has both, the CTO usually builds the technology; the CIO brings it into everyday work and reports what breaks. Both jobs take experience, and both people have to know your company before they can help it.
        ---
        [About the CIO] [Compare the two] [Which one do we need?]
        ");
    }

    #[test]
    fn cio() {
        assert_snapshot!(ANA.types("cio", None).message, @"
        ## CIO: Chief Information Officer
        A CIO looks inside the business: at its information and, in part, its digital systems. It takes someone who knows people and budgets as well as systems.
        **Who a CIO serves**
        Mainly your own people: staff and departments, and the systems they work with.
        **Some of what a CIO does**
        - runs security procedures, help desks, program management and IT services
        - keeps watch over the company's departments and what they need
        - sees how productive people and the company are, and strengthens weak points
        - runs the technology systems so that people get more done
        - builds on the company's main goal with the right systems and information
        **When it makes sense**
        Any organization that runs on information may need one. Typical signs: systems that don't talk to each other, outages, audit findings, fast growth or acquisitions, or an IT team nobody leads.
        **Not the same as a CTO**
        The jobs look similar, but their purposes differ: a CTO (Chief Technology Officer) looks mainly outward, to customers and the technology they use.
        **How the two work together**
        In a technology company, the CIO is often the first large user of what the CTO builds, and passes faults and ideas back. Both jobs take experience, and both people have to know your company before they can help it.
        ---
        [About the CTO] [Compare the two] [Which one do we need?]
        ");
    }

    #[test]
    fn both_side_by_side() {
        let cto = ANA.types("cto", None);
        assert_snapshot!(ANA.presses(&cto, "Compare the two").message, @"
        ## CTO and CIO, side by side
        Two jobs that look alike from the outside and serve different purposes. Titles vary, so read what a job is for, not just what it is called. These are examples, not full lists.
        **Who they serve**
        **CTO:** mainly customers, outside
        **CIO:** mainly staff and departments, inside
        **Purpose**
        **CTO:** better products and services through technology
        **CIO:** better work through systems and information
        **Work**
        **CTO:** building and testing technology, choosing what comes next, working with vendors
        **CIO:** security, help desk, program management, IT services, running systems
        **Measure of success**
        **CTO:** releases that ship on time and work, customers who stay
        **CIO:** systems that stay up, people who get more done, costs under control
        **Money**
        **CTO:** part of the cost of what you sell
        **CIO:** part of the cost of running the company
        **Usual background**
        **CTO:** deep engineering experience
        **CIO:** business, people, budgets and suppliers
        **Should we hire both?**
        It can pay off when both needs are strong, precisely because the jobs are separate and not interchangeable: neither can simply turn around and be the other, though people do move from one to the other with the right experience. Write down who is responsible for what. A small company often needs the work more than the title; part-time help may be enough.
        **Where they meet**
        Their work is intertwined: each depends on working with other people and departments, and business owners know from experience how much that is worth. Think of a bridge. The two connect the company's parts, and keep improving the bridge while others cross it. Both lift the business, guided by what is good for it and for its future. Industries keep changing, and every business changes in its own way. So experience counts, as in any industry, and so does knowing your company.
        ---
        [About the CTO] [About the CIO] [Which one do we need?]
        ");
    }

    #[test]
    fn a_public_card_stays_and_whoever_presses_gets_a_private_one_that_turns() {
        let cto = ANA.types("cto", None);
        assert_eq!(cto.target, Target::NewMessage(Public));
        let cio = BEN.presses(&cto, "About the CIO");
        assert_eq!(cio.target, Target::NewMessage(Private));
        let compare = BEN.presses(&cio, "Compare the two");
        assert_eq!(compare.target, Target::UpdateMessage);
        let question = BEN.presses(&compare, "Which one do we need?");
        assert_eq!(question.target, Target::NewMessage(Private));
    }

    #[test]
    fn show_chooses_who_sees_the_card() {
        assert_eq!(ANA.types("cio", Some(Private)).target, Target::NewMessage(Private));
        assert_eq!(ANA.types("cio", Some(Public)).target, Target::NewMessage(Public));
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
        assert_eq!(ANA.types("compare", None).target, Target::NewMessage(Private));
        assert_snapshot!(ANA.types("ceo", None).message, @"
        This doesn't lead anywhere anymore; it may come from an older version of me. You can start here instead.
        [Try it yourself]
        ");
    }
}
