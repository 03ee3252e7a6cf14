//! What is wrong with a file, so that whoever wrote it can put it right.
//!
//! ```text
//! error: unknown key `titel`
//!  --> responses/en-US/pages/cto.toml:3:1
//!   |
//! 3 | titel = "The CTO"
//!   | ^^^^^
//!   |
//!   = help: did you mean `title`? allowed here: `button`, `description`, `part`, `title`
//! ```

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// A text file, and the name that its reader knows it by.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, as it was given or below the folder that was given.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Whether something must be put right or only ought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What was read cannot be used.
    Error,
    /// It can, with a substitute that the fault names.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub location: Location,
    /// What was found.
    pub message: String,
    /// What is allowed, or what to do.
    pub help: String,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A part of a file (in bytes).
    In(Arc<File>, Range<usize>),
    /// A file or folder as a whole, or one that is missing: its path.
    Path(String),
}

impl Diagnostic {
    /// Something that must be put right.
    pub fn error(location: Location, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Error, location, message: message.into(), help: help.into() }
    }

    /// Something that ought to be put right.
    pub fn warning(location: Location, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(location, message, help) }
    }

    /// The fault as it is shown: in colour for a terminal, plain otherwise. Ends without a line break.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let help = Level::HELP.message(&self.help);
        let report: [Group<'_>; 1] = match &self.location {
            Location::In(file, span) => [level
                .primary_title(&self.message)
                .element(
                    Snippet::source(&file.text)
                        .path(&file.name)
                        .annotation(AnnotationKind::Primary.span(first_line(&file.text, span))),
                )
                .element(help)],
            Location::Path(path) => [level
                .primary_title(&self.message)
                .element(annotate_snippets::Origin::path(path.as_str()))
                .element(help)],
        };
        renderer.render(&report)
    }
}

/// The part of a span on the line that it starts on: a value of ten lines is pointed at, not quoted whole.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line
}

/// A fault as a tool reads it.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    severity: Severity,
    file: &'a str,
    /// From 1; 0 where the fault is of the file as a whole.
    line: usize,
    /// In characters, from 1; 0 where the fault is of the file as a whole.
    column: usize,
    message: &'a str,
    help: &'a str,
}

impl Diagnostic {
    /// The fault as a tool reads it.
    pub fn record(&self) -> Record<'_> {
        let (file, line, column) = match &self.location {
            Location::Path(path) => (path.as_str(), 0, 0),
            Location::In(file, span) => {
                let before = &file.text[..span.start.min(file.text.len())];
                let line_start = before.rfind('\n').map_or(0, |at| at + 1);
                let line = before.matches('\n').count() + 1;
                (file.name.as_str(), line, before[line_start..].chars().count() + 1)
            }
        };
        Record { severity: self.severity, file, line, column, message: &self.message, help: &self.help }
    }
}

/// Everything that is wrong, all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Diagnostics in the order in which one puts them right: errors first, then by file and place.
    pub fn sorted(mut faults: Vec<Diagnostic>) -> Self {
        faults.sort_by_cached_key(|fault| {
            let (file, start) = match &fault.location {
                Location::In(file, span) => (file.name.clone(), span.start),
                Location::Path(path) => (path.clone(), 0),
            };
            (fault.severity == Severity::Warning, file, start)
        });
        Self(faults)
    }

    /// How many must be put right.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|fault| fault.severity == Severity::Error).count()
    }

    /// How many ought to be put right.
    pub fn warnings(&self) -> usize {
        self.0.len() - self.errors()
    }

    /// All of them as they are shown, a blank line apart, with their number at the end.
    pub fn render(&self, colour: bool) -> String {
        let mut text: String = self.0.iter().map(|fault| fault.render(colour) + "\n\n").collect();
        text.push_str(&self.summary());
        text
    }

    /// How many there are, in words.
    pub fn summary(&self) -> String {
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        match (self.errors(), self.warnings()) {
            (0, warnings) => count(warnings, "warning"),
            (errors, 0) => count(errors, "error"),
            (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
