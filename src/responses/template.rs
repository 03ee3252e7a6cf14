//! A line of text with named placeholders, such as `Question {number} of {total}`.

use std::borrow::Cow;
use std::fmt;

/// A line of text with named placeholders. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

impl Piece {
    fn filled<'a>(&'a self, values: &[(&str, &'a str)]) -> &'a str {
        match self {
            Self::Text(text) => text,
            Self::Placeholder(name) => {
                let value = values.iter().find(|(known, _)| known == name);
                value.expect("a line is filled with every placeholder it was parsed with").1
            }
        }
    }
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// A placeholder that the line does not know: its name.
    Unknown(String),
    /// A `{` that is not closed, or a `}` that closes nothing.
    Unbalanced,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "unknown placeholder `{{{name}}}`"),
            Self::Unbalanced => f.write_str("a brace without its partner; write `{{` or `}}` for a brace as such"),
        }
    }
}

impl std::error::Error for TemplateError {}

impl Template {
    /// Reads a text whose placeholders may have these names.
    ///
    /// # Errors
    ///
    /// Every placeholder it does not know, and braces that do not pair.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, Vec<TemplateError>> {
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
                if !known.contains(&name) {
                    errors.push(TemplateError::Unknown(name.to_owned()));
                }
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
                pieces.push(Piece::Placeholder(name.to_owned()));
                rest = after;
            } else {
                errors.push(TemplateError::Unbalanced);
            }
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        if errors.is_empty() { Ok(Self { pieces }) } else { Err(errors) }
    }

    /// The line with its placeholders filled; borrowed where it has none.
    ///
    /// # Panics
    ///
    /// When a placeholder has no value: the caller gives one for each name that it was parsed with.
    pub fn fill(&self, values: &[(&str, &str)]) -> Cow<'_, str> {
        match &self.pieces[..] {
            [] => Cow::Borrowed(""),
            [Piece::Text(text)] => Cow::Borrowed(text),
            pieces => Cow::Owned(pieces.iter().map(|piece| piece.filled(values)).collect::<Vec<_>>().concat()),
        }
    }

    /// The names of the placeholders that occur in it, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Placeholder(name) => Some(name.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_doubled_braces_stay() {
        let line = Template::parse("Question {number} of {total} {{sic}}", &["number", "total"]).expect("it is fine");
        assert_eq!(line.fill(&[("total", "3"), ("number", "2")]), "Question 2 of 3 {sic}");
        assert_eq!(line.placeholders().collect::<Vec<_>>(), ["number", "total"]);
    }

    #[test]
    fn every_fault_of_a_line_is_told() {
        let faults = |text| Template::parse(text, &["name"]).expect_err("it is broken");
        assert_eq!(
            faults("{who} met {name} and {whom}"),
            [TemplateError::Unknown("who".into()), TemplateError::Unknown("whom".into())]
        );
        for text in ["{", "}", "{name", "a } b"] {
            assert_eq!(faults(text), [TemplateError::Unbalanced], "{text}");
        }
    }

    #[test]
    fn an_empty_line_is_a_template() {
        assert_eq!(Template::parse("", &[]).expect("it is fine").fill(&[]), "");
    }
}
