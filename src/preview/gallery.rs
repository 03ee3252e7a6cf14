//! Every card and every form of a language on one page, each at its longest, with what it uses of Discord's limits.

use maud::{Markup, html};

use super::channel::find_file;
use super::form;
use super::members::Member;
use super::message::{Paths, message};
use super::page::{Frame, direction};
use crate::cards::all::{Card, Form, cards, forms};
use crate::locale;
use crate::message::{
    File, MAX_COMPONENTS, MAX_CUSTOM_ID, MAX_FIELD_DESCRIPTION, MAX_FIELD_LABEL, MAX_LABEL, MAX_OPTION, MAX_PARTS,
    MAX_TEXT, MAX_TITLE, Modal, Usage, characters,
};
use crate::picture::Drawing;
use crate::responses::{Language, Responses};

/// Every card and form in one language.
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
                        @for (index, form) in forms(self.frame.responses, self.language).iter().enumerate() {
                            li { (self.form(form, index)) }
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

    /// Finds the file of this name in the card with this index; `None` if it has none.
    pub(crate) fn file(responses: &Responses, locale: &str, index: usize, name: &str) -> Option<File> {
        let cards = cards(responses, responses.language(locale));
        find_file(&cards.get(index)?.message, name).cloned()
    }

    fn form(&self, form: &Form<'_>, index: usize) -> Markup {
        let (id, locale) = (format!("form-{index}"), &self.language.locale);
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) { (form.name) }
                p.usage { code { (locale) "/" (form.file) } (used(&used_of_form(&form.modal))) }
                form.modal lang=(locale) dir=(direction(locale)) {
                    header { img src="/bot.svg" alt="" width="24" height="24"; h3 { (form.modal.title) } }
                    div.fields { (form::parts(&form.modal, &format!("{id}-part"), self.frame.now)) }
                }
            }
        }
    }

    fn card(&self, card: &Card<'_>, index: usize) -> Markup {
        let (id, locale) = (format!("card-{index}"), &self.language.locale);
        let picture = format!("/gallery/picture/{index}?language={locale}");
        let (before, after) = (format!("/gallery/file/{index}/"), format!("?language={locale}"));
        let paths = Paths { picture: &picture, file: (&before, &after) };
        let usage = card.message.usage().unwrap_or_default();
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) { (card.name) }
                p.usage { code { (locale) "/" (card.file) } (used(&used_of_card(usage))) }
                div.shown lang=(locale) dir=(direction(locale)) {
                    (message(&card.message, &format!("{id}-message"), &paths, self.frame.now))
                }
            }
        }
    }
}

/// How much is used of a limit, the limit, and of what.
type Used = (usize, usize, &'static str);

fn used_of_card(Usage { components, text, label, custom_id, .. }: Usage) -> [Used; 4] {
    [
        (text, MAX_TEXT, "characters"),
        (components, MAX_COMPONENTS, "components"),
        (label, MAX_LABEL, "in the longest label"),
        (custom_id, MAX_CUSTOM_ID, "in the longest custom_id"),
    ]
}

fn used_of_form(modal: &Modal<'_>) -> [Used; 5] {
    let longest = |texts: &mut dyn Iterator<Item = &str>| texts.map(characters).max().unwrap_or(0);
    let options = || modal.groups().flat_map(|group| &group.options);
    let descriptions = options().filter_map(|option| option.description.as_deref());
    let asked = modal.groups().filter_map(|group| group.description.as_deref());
    [
        (modal.parts.len(), MAX_PARTS, "parts"),
        (characters(&modal.title), MAX_TITLE, "in the title"),
        (longest(&mut modal.groups().map(|group| &*group.label)), MAX_FIELD_LABEL, "in the longest label"),
        (longest(&mut asked.into_iter()), MAX_FIELD_DESCRIPTION, "in the longest question"),
        (longest(&mut options().map(|option| &*option.label).chain(descriptions)), MAX_OPTION, "in the longest option"),
    ]
}

fn used(limits: &[Used]) -> Markup {
    html! {
        @for (used, most, what) in limits {
            span { (used) " of " (most) " " (what) }
        }
    }
}
