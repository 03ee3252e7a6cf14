//! Reads TOML and reports every error, where serde would stop at the first.
//!
//! A [`Table`] is asked for its keys one by one; a key that was never asked for is unknown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Collector, Diagnostic, File, Location, did_you_mean, nearest};

/// A parsed file.
pub(crate) struct Document<'a> {
    file: &'a Arc<File>,
    root: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    /// Parses a file; `None` if its syntax is wrong.
    ///
    /// Of the errors of syntax only the first is reported, because the next ones usually follow from it, and nothing is
    /// read from the file for the same reason. Keys that are there twice leave the rest of the file as it is: each is
    /// reported, and the file is read.
    pub(crate) fn parse(file: &'a Arc<File>, diagnostics: &Collector) -> Option<Self> {
        let (root, errors) = DeTable::parse_recoverable(&file.text);
        let message = |error: &toml::de::Error| error.message().lines().next().unwrap_or("this is not TOML").to_owned();
        let (twice, syntax): (Vec<_>, Vec<_>) =
            errors.into_iter().partition(|error| message(error).starts_with("duplicate key"));
        let first = syntax.iter().min_by_key(|error| error.span().map(|span| span.start));
        for error in first.into_iter().chain(twice.iter().filter(|_| first.is_none())) {
            diagnostics.add(Diagnostic::error(
                Location::In(Arc::clone(file), error.span().unwrap_or(0..0)),
                message(error),
                "TOML: https://toml.io/en/v1.0.0",
            ));
        }
        first.is_none().then_some(Self { file, root })
    }

    /// Returns the top table.
    pub(crate) fn root<'d>(&'d self, diagnostics: &'d Collector) -> Table<'d> {
        Table {
            file: self.file,
            diagnostics,
            path: String::new(),
            span: 0..0,
            table: self.root.get_ref(),
            asked: RefCell::default(),
            missing: RefCell::default(),
        }
    }
}

/// A table that remembers which of its keys were asked for; [`Table::finish`] reports the others.
pub(crate) struct Table<'a> {
    file: &'a Arc<File>,
    diagnostics: &'a Collector,
    /// The dotted path to it, with a dot at the end; empty for the top table.
    path: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    asked: RefCell<Vec<String>>,
    missing: RefCell<Vec<String>>,
}

/// A value and its place in the file.
pub(crate) struct Value<'a> {
    file: &'a Arc<File>,
    diagnostics: &'a Collector,
    path: String,
    /// The span of the key; of the value itself in an array.
    key: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Table<'a> {
    /// Returns the value of a key, `None` if it is not there.
    pub(crate) fn optional(&self, key: &str) -> Option<Value<'a>> {
        self.asked.borrow_mut().push(key.to_owned());
        let (key, value) = self.table.get_key_value(key)?;
        Some(self.value(key, value))
    }

    /// Returns the value of a key; [`finish`](Self::finish) reports it if it is missing.
    pub(crate) fn required(&self, key: &str) -> Option<Value<'a>> {
        let value = self.optional(key);
        if value.is_none() {
            self.missing.borrow_mut().push(key.to_owned());
        }
        value
    }

    /// Returns the table of a key that is required.
    pub(crate) fn required_table(&self, key: &str) -> Option<Table<'a>> {
        self.required(key)?.table()
    }

    /// Returns where the table begins.
    pub(crate) fn location(&self) -> Location {
        Location::In(Arc::clone(self.file), self.span.clone())
    }

    /// Adds an error about the table as a whole.
    pub(crate) fn error(&self, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.add(Diagnostic::error(self.location(), message, help));
    }

    /// Returns all values in the order of the file.
    pub(crate) fn entries(&self) -> Vec<Value<'a>> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| self.value(key, value)).collect()
    }

    fn value(&self, key: &'a Spanned<Cow<'a, str>>, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        let path = format!("{}{}", self.path, in_path(key.get_ref()));
        Value { file: self.file, diagnostics: self.diagnostics, path, key: key.span(), value }
    }

    /// Reports the keys that were never asked for, and those that are required and missing. A missing key that an
    /// unknown one looks like is not reported: it is the same slip.
    pub(crate) fn finish(&self) {
        let mut asked = self.asked.borrow().clone();
        asked.sort();
        asked.dedup();
        let known: Vec<_> = asked.iter().map(String::as_str).collect();
        let mut missing = self.missing.take();
        let mut unknown: Vec<_> = self.table.keys().filter(|key| !known.contains(&&**key.get_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        for key in unknown {
            let meant = nearest(key.get_ref(), &missing.iter().map(String::as_str).collect::<Vec<_>>());
            if let Some(meant) = meant.map(str::to_owned) {
                missing.retain(|key| *key != meant);
            }
            self.diagnostics.add(Diagnostic::error(
                Location::In(Arc::clone(self.file), key.span()),
                format!("unknown key `{}{}`", self.path, in_path(key.get_ref())),
                quoted_key(key.get_ref()).unwrap_or_else(|| did_you_mean(key.get_ref(), &known)),
            ));
        }
        for key in missing {
            let place = match self.path.strip_suffix('.') {
                Some(table) if !table.ends_with(']') => format!(" under `[{table}]`"),
                Some(entry) => format!(" to `{entry}`"),
                None => " at the top of the file".to_owned(),
            };
            self.error(format!("`{}{key}` is missing", self.path), format!("add `{key}`{place}"));
        }
    }
}

/// Returns a key as it stands in a dotted path: in quotes if it is no bare key, so that a key with a dot in it is not
/// taken for a path.
fn in_path(key: &str) -> Cow<'_, str> {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !key.is_empty() && key.chars().all(is_bare) {
        true => Cow::Borrowed(key),
        false => Cow::Owned(format!("\"{}\"", key.escape_debug())),
    }
}

/// Returns the help for a key with a dot in it; `None` for other keys.
pub(crate) fn quoted_key(key: &str) -> Option<String> {
    let (table, last) = key.rsplit_once('.')?;
    Some(format!("in quotation marks this is one key with a dot in it; write `{last}` under `[{table}]`"))
}

impl<'a> Value<'a> {
    /// Returns the place of the value.
    pub(crate) fn location(&self) -> Location {
        Location::In(Arc::clone(self.file), self.value.span())
    }

    /// Returns the dotted path of the value in the file.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Adds an error about the key.
    pub(crate) fn key_error(&self, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.add(Diagnostic::error(Location::In(Arc::clone(self.file), self.key.clone()), message, help));
    }

    /// Adds a warning about the key.
    pub(crate) fn key_warning(&self, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.add(Diagnostic::warning(Location::In(Arc::clone(self.file), self.key.clone()), message, help));
    }

    /// Adds an error about the value.
    pub(crate) fn error(&self, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.add(Diagnostic::error(self.location(), message, help));
    }

    /// Adds an error about the value that names its line and does not quote it, as there may be a secret in it.
    pub(crate) fn error_unquoted(&self, message: impl Into<String>, help: impl Into<String>) {
        let line = self.file.text[..self.value.span().start].matches('\n').count() + 1;
        let location = Location::Path(format!("{}:{line}", self.file.name));
        self.diagnostics.add(Diagnostic::error(location, message, help));
    }

    fn wrong_kind(&self, wanted: &str) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.error(format!("`{}` is {found}", self.path), format!("{wanted} is allowed here"));
    }

    /// Returns `true` for a string.
    pub(crate) fn is_string(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// Returns the string; reports another kind of value.
    pub(crate) fn string(&self) -> Option<&'a str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.wrong_kind("a string in quotes");
        }
        text
    }

    /// Returns the boolean; reports another kind of value.
    pub(crate) fn boolean(&self) -> Option<bool> {
        let boolean = self.value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_kind("`true` or `false`");
        }
        boolean
    }

    /// Returns the integer; reports another kind of value and a number out of range (ends included).
    pub(crate) fn integer(&self, range: RangeInclusive<u32>) -> Option<u32> {
        self.integer_because(range, "")
    }

    /// Does what [`Value::integer`] does, and tells the reason for the range.
    pub(crate) fn integer_because(&self, range: RangeInclusive<u32>, reason: &str) -> Option<u32> {
        let allowed = format!("an integer from {} to {}", range.start(), range.end());
        let Some(integer) = self.value.get_ref().as_integer() else {
            self.wrong_kind(&allowed);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let colon = if reason.is_empty() { "" } else { ": " };
            let help = format!("{allowed} is allowed here{colon}{reason}");
            self.error(format!("`{}` is {}", self.path, integer.as_str()), help);
        }
        number
    }

    /// Returns what the string stands for; reports one that is not in the list.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.string()?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.error(format!("`{}` is \"{text}\"", self.path), did_you_mean(text, &allowed));
        }
        found.map(|(_, value)| *value)
    }

    /// Returns the colour 0xRRGGBB, written `"#rrggbb"`.
    pub(crate) fn colour(&self) -> Option<u32> {
        let text = self.string()?;
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let colour = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if colour.is_none() {
            self.error(format!("`{}` is \"{text}\"", self.path), "a colour such as \"#2b7de9\" is allowed here");
        }
        colour
    }

    /// Returns the values of the array; reports another kind of value.
    pub(crate) fn array(&self) -> Option<Vec<Value<'a>>> {
        let Some(list) = self.value.get_ref().as_array() else {
            self.wrong_kind("an array");
            return None;
        };
        let value = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| Value {
            file: self.file,
            diagnostics: self.diagnostics,
            path: format!("{}[{index}]", self.path),
            key: value.span(),
            value,
        };
        Some(list.iter().enumerate().map(value).collect())
    }

    /// Returns the table; reports another kind of value.
    pub(crate) fn table(&self) -> Option<Table<'a>> {
        let Some(table) = self.value.get_ref().as_table() else {
            self.wrong_kind("a table");
            return None;
        };
        Some(Table {
            file: self.file,
            diagnostics: self.diagnostics,
            path: format!("{}.", self.path),
            span: self.value.span(),
            table,
            asked: RefCell::default(),
            missing: RefCell::default(),
        })
    }
}
