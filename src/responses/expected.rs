//! The lines that every language has, for the questions and pages that there are.

use std::collections::{BTreeMap, BTreeSet};

use super::Page;
use super::words::{AboutWords, Kind, Line, RoleWords, RoundWords, SuggestionWords, Ui};
use crate::advisor::{Choice, Questionnaire};

/// A line that every language has.
#[derive(Debug)]
pub(super) struct Expected {
    /// What is allowed in it.
    pub(super) kind: Kind,
    /// The placeholders that it knows; `None` for a text without placeholders, in which braces are braces.
    pub(super) placeholders: Option<&'static [&'static str]>,
    /// Whether it may be left out.
    pub(super) optional: bool,
}

/// The lines of a file, by their dotted keys.
pub(super) type ExpectedFile = BTreeMap<String, Expected>;

/// Every line: by its file, below the language's folder, and its dotted key.
#[derive(Debug, Default)]
pub(super) struct ExpectedLines {
    pub(super) files: BTreeMap<String, ExpectedFile>,
    /// Files, each with the first part of a key (empty: the whole file), whose lines are not known for certain because
    /// what names them has an error. None of their keys is reported as unknown or missing.
    pub(super) uncertain: BTreeSet<(String, &'static str)>,
}

impl ExpectedLines {
    /// Lists every line that there is for these questions and pages.
    pub(super) fn new(questionnaire: &Questionnaire, pages: &[Page]) -> Self {
        let mut expected = Self::default();
        expected.listed("ui.toml", "", Ui::LINES);
        for question in &questionnaire.questions {
            let mut plain = |kind, key: &str| {
                expected.plain("whichrole.toml", kind, format!("question.{}.{key}", question.id));
            };
            plain(Kind::Line, "title");
            plain(Kind::Text, "help");
            plain(Kind::Line, "topic");
            for Choice { id, .. } in &question.choices {
                plain(Kind::Line, &format!("choice.{id}.text"));
                plain(Kind::Label, &format!("choice.{id}.label"));
            }
        }
        expected.listed("whichrole.toml", "cto.", RoleWords::LINES);
        expected.listed("whichrole.toml", "cio.", RoleWords::LINES);
        expected.listed("whichrole.toml", "", SuggestionWords::LINES);
        expected.listed("round.toml", "", RoundWords::LINES);
        expected.listed("about.toml", "", AboutWords::LINES);
        for page in pages {
            let file = format!("pages/{}.toml", page.name);
            if page.command {
                expected.plain(&file, Kind::Description, "description".to_owned());
            }
            expected.plain(&file, Kind::Label, "button".to_owned());
            expected.plain(&file, Kind::Line, "title".to_owned());
            for part in &page.parts {
                expected.plain(&file, Kind::Line, format!("part.{part}.heading")).optional = true;
                expected.plain(&file, Kind::Text, format!("part.{part}.text"));
            }
        }
        expected
    }

    /// Lists the lines of one file alone.
    #[cfg(test)]
    pub(super) fn of_file(file: &str, lines: &[Line]) -> Self {
        let mut expected = Self::default();
        expected.listed(file, "", lines);
        expected
    }

    fn plain(&mut self, file: &str, kind: Kind, key: String) -> &mut Expected {
        let line = Expected { kind, placeholders: None, optional: false };
        self.files.entry(file.to_owned()).or_default().entry(key).or_insert(line)
    }

    fn listed(&mut self, file: &str, prefix: &str, lines: &[Line]) {
        for Line { key, kind, placeholders } in lines {
            self.plain(file, *kind, format!("{prefix}{key}")).placeholders = Some(placeholders);
        }
    }

    /// Returns `true` if what should be under a key is not known for certain.
    pub(super) fn is_uncertain(&self, file: &str, key: &str) -> bool {
        let first = key.split('.').next().unwrap_or_default();
        self.uncertain.iter().any(|(uncertain, part)| uncertain == file && (part.is_empty() || *part == first))
    }

    /// Returns every line with its file and key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Expected)> {
        self.files
            .iter()
            .flat_map(|(file, lines)| lines.iter().map(move |(key, line)| (file.as_str(), key.as_str(), line)))
    }
}
