//! Errors and warnings about a file, for the person who writes it: path, line, message, help.
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

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// A text file with the name that it is shown by.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// The path: as it was given, or below the folder that was given.
    pub name: String,
    /// The whole text.
    pub text: Cow<'static, str>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What was read cannot be used.
    Error,
    /// What was read can be used, with a substitute that the help names.
    Warning,
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The place in a file, or the path.
    pub location: Location,
    /// What was found.
    pub message: String,
    /// What is allowed, or what to do.
    pub help: String,
}

/// What a diagnostic is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A part of a file, as a range of bytes of its text.
    In(Arc<File>, Range<usize>),
    /// The path of a whole file or folder, which may be missing.
    Path(String),
}

impl Diagnostic {
    /// Returns an error.
    pub fn error(location: Location, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Error, location, message: message.into(), help: help.into() }
    }

    /// Returns a warning.
    pub fn warning(location: Location, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(location, message, help) }
    }

    /// Returns the diagnostic with its line quoted, in colour or plain, without a line break at the end.
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
                    Snippet::source(&*file.text)
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

/// Returns the part of a span on its first line, so that a value of ten lines is not quoted whole.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line
}

/// A diagnostic in the JSON of `check --format json`.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    severity: Severity,
    file: &'a str,
    /// From 1; 0 for a whole file.
    line: usize,
    /// In characters, from 1; 0 for a whole file.
    column: usize,
    message: &'a str,
    help: &'a str,
}

impl Diagnostic {
    /// Returns the diagnostic for `check --format json`.
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

/// All errors and warnings of a load.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Sorts diagnostics: errors first, then by file and place.
    pub fn sorted(mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_cached_key(|diagnostic| {
            let (file, start) = match &diagnostic.location {
                Location::In(file, span) => (file.name.clone(), span.start),
                Location::Path(path) => (path.clone(), 0),
            };
            (diagnostic.severity == Severity::Warning, file, start)
        });
        Self(diagnostics)
    }

    /// Returns the number of errors.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// Returns the number of warnings.
    pub fn warnings(&self) -> usize {
        self.0.len() - self.errors()
    }

    /// Returns all of them rendered, with a blank line between them and the counts at the end.
    pub fn render(&self, colour: bool) -> String {
        let mut text: String = self.0.iter().map(|diagnostic| diagnostic.render(colour) + "\n\n").collect();
        text.push_str(&self.summary());
        text
    }

    /// Returns the counts, such as `2 errors, 1 warning`.
    pub fn summary(&self) -> String {
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        match (self.errors(), self.warnings()) {
            (0, warnings) => count(warnings, "warning"),
            (errors, 0) => count(errors, "error"),
            (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
        }
    }
}

/// Collects diagnostics while files are read. Many readers hold it at once, so it is shared and not `&mut`.
#[derive(Debug, Default)]
pub struct Collector(RefCell<Vec<Diagnostic>>);

#[expect(clippy::len_without_is_empty, reason = "only whether more were added is asked")]
impl Collector {
    /// Adds a diagnostic.
    pub fn add(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    /// Returns how many were added so far.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Returns all that were added.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// Returns the help for a name that is not allowed: the likeliest of those that are, then all of them.
pub fn did_you_mean(found: &str, allowed: &[&str]) -> String {
    let list = match allowed {
        [] => "nothing is allowed here".to_owned(),
        _ => format!("allowed here: {}", allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    match nearest(found, allowed) {
        Some(name) => format!("did you mean `{name}`? {list}"),
        None => list,
    }
}

/// Returns the allowed name that was probably meant: at most two letters differ, upper and lower case aside.
pub fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let found = found.trim().to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&found, &name.to_lowercase());
    let (distance, name) = allowed.iter().map(|name| (distance(name), *name)).min()?;
    (distance <= 2 && distance < name.chars().count()).then_some(name)
}
