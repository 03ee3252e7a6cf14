//! Every card of a language on one page, each at its longest, with what it uses of Discord's limits.

use maud::{Markup, html};

use super::members::Member;
use super::message::message;
use super::page::{Frame, direction};
use crate::cards::all::{Card, cards};
use crate::message::{MAX_COMPONENTS, MAX_CUSTOM_ID, MAX_LABEL, MAX_TEXT, Usage};
use crate::responses::{Language, name_of};

/// Every card in one language.
pub(crate) struct Gallery<'a> {
    pub(crate) frame: &'a Frame<'a>,
    pub(crate) language: &'a Language,
}

impl Gallery<'_> {
    /// Draws the whole page.
    pub(crate) fn page(&self) -> Markup {
        let locale = &self.language.locale;
        let body = html! {
            header.bar {
                h1 { "Every card" }
                p { "Each with the longest texts that can stand in it. " a href=(Member::Ana.path()) { "Back to the channel" } }
                nav #languages data-part aria-label="Language" {
                    @for language in &self.frame.responses.languages {
                        @let other = &language.locale;
                        a lang=(other) dir=(direction(other)) href=(format!("/gallery?language={other}"))
                            aria-current=[(other == locale).then_some("page")] { (name_of(other)) }
                    }
                }
            }
            main {
                (Frame::trouble(None))
                div #live data-part {
                    (self.frame.refused())
                    ul.cards {
                        @for (index, card) in cards(self.frame.responses, self.language).iter().enumerate() {
                            li { (self.card(card, &format!("card-{index}"))) }
                        }
                    }
                }
            }
        };
        self.frame.page(&format!("Every card in {}", name_of(locale)), Some("gallery"), &body)
    }

    fn card(&self, card: &Card<'_>, id: &str) -> Markup {
        let usage = card.message.usage().unwrap_or_default();
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) { (card.name) }
                p.usage { code { (self.language.locale) "/" (card.file) } (used(usage)) }
                div.shown lang=(self.language.locale) dir=(direction(&self.language.locale)) {
                    (message(&card.message, &format!("{id}-message"), self.frame.now))
                }
            }
        }
    }
}

fn used(Usage { components, text, label, custom_id, .. }: Usage) -> Markup {
    html! {
        @for (used, most, what) in [
            (text, MAX_TEXT, "characters"),
            (components, MAX_COMPONENTS, "components"),
            (label, MAX_LABEL, "in the longest label"),
            (custom_id, MAX_CUSTOM_ID, "in the longest custom_id"),
        ] {
            span { (used) " of " (most) " " (what) }
        }
    }
}
