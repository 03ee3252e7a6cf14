//! A line of text with named placeholders, such as `Question {number} of {total}`.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use crate::diagnostic::did_you_mean;

/// A line of text with `N` placeholders, each of which occurs as often as the line likes. `{{` and `}}` stand for
/// braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<const N: usize> {
    pieces: Box<[Piece]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// A placeholder: its index in the names that the line was parsed with, so always below `N`.
    Placeholder(usize),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    /// A placeholder that the line does not know: its name.
    #[error("unknown placeholder `{{{0}}}`")]
    Unknown(String),
    /// A placeholder in double or full-width braces: its name.
    #[error("`{{{0}}}` would be shown as it is written, not filled")]
    Mangled(String),
    /// A `{` that is not closed, or a `}` that closes nothing.
    #[error("a brace without its partner; write `{{{{` or `}}}}` for a brace as such")]
    Unbalanced,
}

impl TemplateError {
    /// Returns what to do about the error in a line with these placeholders.
    pub(super) fn help(&self, known: &[&str]) -> String {
        match (self, known) {
            (Self::Mangled(name), _) => format!("write `{{{name}}}`, in one pair of plain braces"),
            (_, []) => "this line has no placeholders; write `{{` for a brace".to_owned(),
            (Self::Unknown(name), _) => did_you_mean(name, known).replace("allowed here", "its placeholders"),
            (Self::Unbalanced, _) => did_you_mean("", known).replace("allowed here", "its placeholders"),
        }
    }
}

impl<const N: usize> Template<N> {
    /// Reads a text whose placeholders may have these names.
    pub(super) fn parse(text: &str, known: [&str; N]) -> Result<Self, Vec<TemplateError>> {
        let (pieces, errors) = parse(text, &known);
        if errors.is_empty() { Ok(Self { pieces: pieces.into() }) } else { Err(errors) }
    }

    /// Fills the placeholders with values, in the order of the names it was parsed with; borrows a line without any.
    pub(super) fn fill(&self, values: [&dyn Display; N]) -> Cow<'_, str> {
        match &self.pieces[..] {
            [] => Cow::Borrowed(""),
            [Piece::Text(text)] => Cow::Borrowed(text),
            pieces => {
                let mut filled = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => filled.push_str(text),
                        Piece::Placeholder(index) => {
                            write!(filled, "{}", values[*index]).expect("writing to a String does not fail");
                        }
                    }
                }
                Cow::Owned(filled)
            }
        }
    }
}

/// Finds everything that keeps a text from being a template with these placeholders.
pub(super) fn errors(text: &str, known: &[&str]) -> Vec<TemplateError> {
    let (pieces, mut errors) = parse(text, known);
    // `{{number}}` as i18next has it, `｛number｝` as a Japanese keyboard writes it, `｛｛`.
    let literal = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text.replace('｛', "{").replace('｝', "}")),
        Piece::Placeholder(_) => None,
    });
    for text in literal {
        for name in known.iter().filter(|name| text.contains(&format!("{{{name}}}"))) {
            errors.push(TemplateError::Mangled((*name).to_owned()));
        }
    }
    errors
}

/// Counts how often each placeholder occurs in a text, in the order of their names.
pub(super) fn counts(text: &str, known: &[&str]) -> Vec<usize> {
    let (pieces, _) = parse(text, known);
    (0..known.len()).map(|index| pieces.iter().filter(|piece| **piece == Piece::Placeholder(index)).count()).collect()
}

fn parse(text: &str, known: &[&str]) -> (Vec<Piece>, Vec<TemplateError>) {
    let mut errors = Vec::new();
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
        } else if let ("{", Some((name, after))) = (brace, rest.split_once('}')) {
            match known.iter().position(|known| *known == name) {
                Some(index) => {
                    pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
                    pieces.push(Piece::Placeholder(index));
                }
                None => errors.push(TemplateError::Unknown(name.to_owned())),
            }
            rest = after;
        } else {
            errors.push(TemplateError::Unbalanced);
        }
    }
    literal.push_str(rest);
    pieces.push(Piece::Text(literal.into()));
    pieces.retain(|piece| *piece != Piece::Text("".into()));
    (pieces, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_doubled_braces_stay() {
        let line = Template::parse("Question {number} of {total} {{sic}}", ["total", "number"]).expect("it is fine");
        assert_eq!(line.fill([&3, &"2"]), "Question 2 of 3 {sic}");
    }

    #[test]
    fn every_fault_of_a_line_is_told() {
        assert_eq!(
            errors("{who} met {name} and {whom}", &["name"]),
            [TemplateError::Unknown("who".into()), TemplateError::Unknown("whom".into())]
        );
        for text in ["{{name}}", "｛name｝", "a {{{{name}}}} b"] {
            assert_eq!(errors(text, &["name"]), [TemplateError::Mangled("name".into())], "{text}");
        }
        assert_eq!(errors("{{other}} ｛other｝ {name}", &["name"]), []);
        for text in ["{", "}", "{name", "a } b"] {
            assert_eq!(errors(text, &["name"]), [TemplateError::Unbalanced], "{text}");
        }
    }

    #[test]
    fn placeholders_are_counted() {
        assert_eq!(counts("{b} of {a}, {{a}}, {b}", &["a", "b", "c"]), [1, 2, 0]);
    }

    #[test]
    fn an_empty_line_is_a_template() {
        assert_eq!(Template::parse("", []).expect("it is fine").fill([]), "");
    }
}
