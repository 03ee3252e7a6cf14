//! Everything the bot says: read from `responses/`, checked, and kept in memory.
//!
//! ```text
//! responses/
//!   whichrole.toml        the questionnaire: ids, points, order, decision rule; no words
//!   pages/NAME.toml       what a page is made of: colour, parts, buttons; no words
//!   en-US/                the words of one language, keyed by the ids of the files above
//!     ui.toml               command descriptions, buttons, notices, the frame of a conversation
//!     whichrole.toml        questions, choices, suggestions
//!     round.toml            rounds: a team answers together
//!     about.toml            what the bot is, and what it keeps
//!     pages/NAME.toml       the words of a page
//!   de/ …                 the same for another language
//! ```

mod data;
mod expected;
mod files;
mod languages;
mod load;
mod names;
mod plural;
mod template;
mod words;

use std::sync::Arc;

use serde::Serialize;

pub(crate) use files::Files;
pub use files::{BUILT_IN, Source};
pub use load::read;
pub use words::{
    AboutWords, ChoiceWords, PageWords, PartWords, QuestionWords, RoleWords, RoundWords, SuggestionWords, Ui, Words,
};

use crate::advisor::{Outcome, Proof, Questionnaire, Role, TeamRule};
use crate::custom_id::Revision;
use crate::diagnostic::Diagnostics;
use crate::locale;

/// The name of the conversation's slash command.
pub const CONVERSATION: &str = "whichrole";

/// The name of the slash command that opens a round.
pub const ROUND: &str = "round";

/// The name of the slash command that says what the bot is, and what it keeps.
pub const ABOUT: &str = "about";

/// Everything the bot says, complete and checked.
#[derive(Debug)]
pub struct Responses {
    /// The questions and the decision rule.
    pub questionnaire: Questionnaire,
    /// The rule for a team's answers together.
    pub team: TeamRule,
    /// Tells these questions from others in a button's `custom_id`; words do not count.
    pub revision: Revision,
    /// How the cards of the conversation look, and where they lead.
    pub styles: Styles,
    /// The pages, in the order of their names.
    pub pages: Vec<Page>,
    /// The languages, the default first; each is complete.
    pub languages: Vec<Arc<Language>>,
    /// What was found on the way through every path.
    pub proof: Proof,
    /// What ought to be put right, such as missing lines of a language.
    pub warnings: Diagnostics,
}

/// How the cards of the conversation look, and where they lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Styles {
    /// The colour of a question's card, 0xRRGGBB.
    pub question: u32,
    /// A suggestion of a CTO.
    pub cto: Style,
    /// A suggestion of a CIO.
    pub cio: Style,
    /// A suggestion of both.
    pub both: Style,
}

/// How the card of a suggestion looks, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Its colour, 0xRRGGBB.
    pub accent_color: u32,
    /// The pages it has buttons to (indices in [`Responses::pages`]).
    pub pages: Vec<usize>,
}

impl Styles {
    /// The look of an outcome.
    pub fn of(&self, outcome: Outcome) -> &Style {
        match outcome {
            Outcome::One(Role::Cto) => &self.cto,
            Outcome::One(Role::Cio) => &self.cio,
            Outcome::Both => &self.both,
        }
    }
}

/// A page: a card that explains something, such as a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name: of its files, of its slash command if it has one, and in the buttons that lead to it.
    pub name: Arc<str>,
    /// Whether it is a slash command.
    pub command: bool,
    /// The colour of its card, 0xRRGGBB.
    pub accent_color: u32,
    /// The ids of its parts, in order.
    pub parts: Vec<String>,
    /// Where its buttons lead, in order.
    pub buttons: Vec<Link>,
}

/// Where a page's button leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To this page (an index in [`Responses::pages`]).
    Page(usize),
    /// To a conversation of one's own.
    Whichrole,
}

/// The words of one language, every line of them.
#[derive(Debug)]
pub struct Language {
    /// Discord's name of it, such as `en-US`.
    pub locale: String,
    /// The words.
    pub words: Words,
    /// How many lines there are.
    pub lines: LineCounts,
}

/// How many lines a language has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LineCounts {
    /// That must be there. None is there that is not used: such a key is a fault.
    pub all: usize,
    /// That are missing, and shown in another language.
    pub missing: usize,
    /// That have placeholders.
    pub with_placeholders: usize,
}

impl Responses {
    /// The page of this name, with its index.
    pub fn page(&self, name: &str) -> Option<(usize, &Page)> {
        self.pages.iter().enumerate().find(|(_, page)| *page.name == *name)
    }

    /// Returns the language for a locale: of the locale itself, else of another that its readers read as well (`en-GB`
    /// is answered in `en-US`, `es-419` in `es-ES`), else the default.
    pub fn language(&self, locale: &str) -> &Language {
        let same = self.languages.iter().find(|language| language.locale == locale);
        let related = || self.languages.iter().find(|language| locale::are_related(&language.locale, locale));
        same.or_else(related).unwrap_or(&self.languages[0])
    }
}

/// The responses that the binary carries, for tests.
#[cfg(test)]
pub(crate) fn shipped() -> &'static Responses {
    static SHIPPED: std::sync::OnceLock<Responses> = std::sync::OnceLock::new();
    SHIPPED.get_or_init(|| read(&Source::BuiltIn, "en-US").unwrap_or_else(|errors| panic!("{errors}")).0)
}

/// The folder of [`fixture`].
#[cfg(test)]
pub(crate) const FIXTURE_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture");

/// The responses of the tests, `tests/fixture/`: the shipped questions in terse words, in English and German.
#[cfg(test)]
pub(crate) fn fixture() -> &'static Responses {
    static FIXTURE: std::sync::OnceLock<Responses> = std::sync::OnceLock::new();
    let folder = Source::Folder(FIXTURE_FOLDER.into());
    FIXTURE.get_or_init(|| read(&folder, "en-US").unwrap_or_else(|errors| panic!("{errors}")).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_lacks_nothing() {
        let fixture = fixture();
        assert_eq!(fixture.warnings.0, []);
        let locales: Vec<_> = fixture.languages.iter().map(|language| language.locale.as_str()).collect();
        assert_eq!(locales, ["en-US", "de"]);
    }
}
