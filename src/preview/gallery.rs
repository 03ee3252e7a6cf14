//! Every card of a language on one page, each at its longest, with what it uses of Discord's limits.

use maud::{DOCTYPE, Markup, html};

use super::members::Member;
use super::message::message;
use super::page::{Theme, refused};
use crate::cards::all::{Card, cards};
use crate::message::{MAX_COMPONENTS, MAX_CUSTOM_ID, MAX_LABEL, MAX_TEXT, Usage};
use crate::responses::{Language, Responses, name_of};

/// What the gallery shows.
pub struct Gallery<'a> {
    /// The bot's words.
    pub responses: &'a Responses,
    /// The language that is shown.
    pub language: &'a Language,
    /// How the page looks.
    pub theme: Theme,
    /// Which load of the responses this is.
    pub loads: u64,
    /// Why the newest responses are not shown, if they are not.
    pub refused: Option<&'a str>,
}

impl Gallery<'_> {
    /// The whole page.
    pub fn page(&self) -> Markup {
        let locale = &self.language.locale;
        html! {
            (DOCTYPE)
            html lang="en" data-theme=(self.theme.name()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "Every card in " (name_of(locale)) " · whichrole preview" }
                    link rel="icon" href="/bot.svg";
                    link rel="stylesheet" href="/style.css";
                    script src="/live.js" defer {}
                }
                body.gallery data-loads=(self.loads) {
                    header.bar {
                        h1 { "Every card" }
                        p { "Each with the longest texts that can stand in it. " a href=(Member::Ana.path()) { "Back to the channel" } }
                        nav aria-label="Language" {
                            @for language in &self.responses.languages {
                                @let other = &language.locale;
                                a lang=(other) href=(format!("/gallery?language={other}"))
                                    aria-current=[(other == locale).then_some("page")] { (name_of(other)) }
                            }
                        }
                    }
                    main #live {
                        (refused(self.refused))
                        ul.cards {
                            @for (index, card) in cards(self.responses, self.language).iter().enumerate() {
                                li { (self.card(card, &format!("card-{index}"))) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn card(&self, card: &Card<'_>, id: &str) -> Markup {
        let usage = card.message.usage().unwrap_or_default();
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) { (card.name) }
                p.usage { code { (self.language.locale) "/" (card.file) } (used(usage)) }
                div.shown lang=(self.language.locale) { (message(&card.message, &format!("{id}-message"))) }
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
