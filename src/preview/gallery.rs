//! Every card of a language on one page, each at its longest, with what it uses of Discord's limits.

use maud::{Markup, html};

use super::members::Member;
use super::message::message;
use super::page::{Frame, direction};
use crate::cards::all::{Card, cards};
use crate::locale;
use crate::message::{MAX_COMPONENTS, MAX_CUSTOM_ID, MAX_LABEL, MAX_TEXT, Usage};
use crate::picture::Drawing;
use crate::responses::{Language, Responses};

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
                            aria-current=[(other == locale).then_some("page")] { (locale::own_name(other)) }
                    }
                }
            }
            main {
                (Frame::trouble(None))
                div #live data-part {
                    (self.frame.refused())
                    ul.cards {
                        @for (index, card) in cards(self.frame.responses, self.language).iter().enumerate() {
                            li { (self.card(card, index)) }
                        }
                    }
                }
            }
        };
        self.frame.page(&format!("Every card in {}", locale::own_name(locale)), Some("gallery"), &body)
    }

    /// Finds the picture of the card with this index; `None` if it has none.
    pub(crate) fn picture(responses: &Responses, locale: &str, index: usize) -> Option<Drawing> {
        let cards = cards(responses, responses.language(locale));
        cards.get(index)?.message.picture().map(|picture| picture.drawing.clone())
    }

    fn card(&self, card: &Card<'_>, index: usize) -> Markup {
        let (id, locale) = (format!("card-{index}"), &self.language.locale);
        let picture = format!("/gallery/picture/{index}?language={locale}");
        let usage = card.message.usage().unwrap_or_default();
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) { (card.name) }
                p.usage { code { (locale) "/" (card.file) } (used(usage)) }
                div.shown lang=(locale) dir=(direction(locale)) {
                    (message(&card.message, &format!("{id}-message"), &picture, self.frame.now))
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
