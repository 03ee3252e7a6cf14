//! Reads TOML and collects every fault, where serde would stop at the first.
//!
//! A [`Table`] is asked for its keys one by one; what nobody asked for is an unknown key.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, File, Location};

/// Where faults are collected.
#[derive(Debug, Default)]
pub struct Collector(RefCell<Vec<Diagnostic>>);

impl Collector {
    /// Adds a fault.
    pub fn add(&self, fault: Diagnostic) {
        self.0.borrow_mut().push(fault);
    }

    /// How many were added.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that were added.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// A file that was read: its text, and its top table where it is TOML.
pub struct Document<'a> {
    file: &'a Arc<File>,
    root: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    /// Parses a file. Diagnostics of syntax are collected, and what could be read is kept.
    pub fn parse(file: &'a Arc<File>, faults: &Collector) -> Self {
        let (root, errors) = DeTable::parse_recoverable(&file.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let found = error.message().lines().next().unwrap_or("this is not TOML").to_owned();
            faults.add(Diagnostic::error(
                Location::In(Arc::clone(file), span),
                found,
                "TOML: https://toml.io/en/v1.0.0",
            ));
        }
        Self { file, root }
    }

    /// The top table.
    pub fn root<'d>(&'d self, faults: &'d Collector) -> Table<'d> {
        Table {
            file: self.file,
            faults,
            path: String::new(),
            span: 0..0,
            table: self.root.get_ref(),
            asked: RefCell::default(),
        }
    }
}

/// A table, and which of its keys were asked for.
pub struct Table<'a> {
    file: &'a Arc<File>,
    faults: &'a Collector,
    /// The dotted path to it, with a dot at the end; empty for the top table.
    path: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    asked: RefCell<Vec<String>>,
}

/// A value, with where it stands.
pub struct Value<'a> {
    file: &'a Arc<File>,
    faults: &'a Collector,
    path: String,
    /// Where its key stands; the value itself in a list.
    key: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Table<'a> {
    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.asked.borrow_mut().push(key.to_owned());
        let (key, value) = self.table.get_key_value(key)?;
        Some(self.value(key, value))
    }

    /// The value of a key that must be there.
    pub fn need(&self, key: &str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            self.missing(key);
        }
        value
    }

    /// Says that a key is missing.
    fn missing(&self, key: &str) {
        let path = &self.path;
        self.fault(format!("`{path}{key}` is missing"), format!("add `{key}`{}", self.under()));
    }

    fn under(&self) -> String {
        match self.path.strip_suffix('.') {
            Some(table) if !table.ends_with(']') => format!(" under `[{table}]`"),
            Some(entry) => format!(" to `{entry}`"),
            None => " at the top of the file".to_owned(),
        }
    }

    /// The table of a key that must be there.
    pub fn need_table(&self, key: &str) -> Option<Table<'a>> {
        self.need(key)?.table()
    }

    /// Where the table begins.
    pub fn location(&self) -> Location {
        Location::In(Arc::clone(self.file), self.span.clone())
    }

    /// Adds a fault of the table as a whole.
    pub fn fault(&self, found: impl Into<String>, allowed: impl Into<String>) {
        self.faults.add(Diagnostic::error(self.location(), found, allowed));
    }

    /// The values that are there, in the order in which they are written.
    pub fn entries(&self) -> Vec<Value<'a>> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| self.value(key, value)).collect()
    }

    fn value(&self, key: &'a Spanned<Cow<'a, str>>, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        let path = format!("{}{}", self.path, in_path(key.get_ref()));
        Value { file: self.file, faults: self.faults, path, key: key.span(), value }
    }

    /// Adds a fault for every key that nobody asked for.
    pub fn unknown(&self) {
        let mut asked = self.asked.borrow().clone();
        asked.sort();
        asked.dedup();
        let mut unknown: Vec<_> =
            self.table.keys().filter(|key| !asked.iter().any(|asked| asked == key.get_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        for key in unknown {
            let known: Vec<_> = asked.iter().map(String::as_str).collect();
            self.faults.add(Diagnostic::error(
                Location::In(Arc::clone(self.file), key.span()),
                format!("unknown key `{}{}`", self.path, in_path(key.get_ref())),
                quoted_key(key.get_ref()).unwrap_or_else(|| did_you_mean(key.get_ref(), &known)),
            ));
        }
    }
}

/// Returns a key as a part of a dotted path. A key with a dot in it stays in its quotation marks: `"cto.name"` is one key,
/// and not `name` in `[cto]`.
fn in_path(key: &str) -> Cow<'_, str> {
    if key.contains('.') { Cow::Owned(format!("\"{key}\"")) } else { Cow::Borrowed(key) }
}

/// Returns the help for a key with a dot in it; `None` for other keys.
pub fn quoted_key(key: &str) -> Option<String> {
    let (table, last) = key.rsplit_once('.')?;
    Some(format!("in quotation marks this is one key with a dot in it; write `{last}` under `[{table}]`"))
}

/// What is allowed in place of a name, with the likeliest first.
pub fn did_you_mean(found: &str, allowed: &[&str]) -> String {
    let list = match allowed {
        [] => "nothing is allowed here".to_owned(),
        _ => format!("allowed here: {}", allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    let near = allowed.iter().map(|name| (strsim::damerau_levenshtein(found, name), name)).min();
    match near {
        Some((distance, name)) if distance <= 2 && distance < name.chars().count() => {
            format!("did you mean `{name}`? {list}")
        }
        _ => list,
    }
}

impl<'a> Value<'a> {
    /// Where it stands.
    pub fn location(&self) -> Location {
        Location::In(Arc::clone(self.file), self.value.span())
    }

    /// Its dotted path in the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Adds a fault of its key.
    pub fn key_fault(&self, found: impl Into<String>, allowed: impl Into<String>) {
        self.faults.add(Diagnostic::error(Location::In(Arc::clone(self.file), self.key.clone()), found, allowed));
    }

    /// Adds a fault of this value.
    pub fn fault(&self, found: impl Into<String>, allowed: impl Into<String>) {
        self.faults.add(Diagnostic::error(self.location(), found, allowed));
    }

    fn wrong_kind(&self, wanted: &str) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(format!("`{}` is {found}", self.path), format!("{wanted} is allowed here"));
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// A text.
    pub fn text(&self) -> Option<&'a str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.wrong_kind("a text in quotes");
        }
        text
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        let boolean = self.value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_kind("`true` or `false`");
        }
        boolean
    }

    /// A whole number in a range, ends included.
    pub fn number(&self, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        let Some(integer) = self.value.get_ref().as_integer() else {
            self.wrong_kind(&allowed);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(format!("`{}` is {}", self.path, integer.as_str()), format!("{allowed} is allowed here"));
        }
        number
    }

    /// One of some words.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.fault(format!("`{}` is \"{text}\"", self.path), did_you_mean(text, &allowed));
        }
        found.map(|(_, value)| *value)
    }

    /// A colour, written `"#rrggbb"`.
    pub fn colour(&self) -> Option<u32> {
        let text = self.text()?;
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let colour = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if colour.is_none() {
            self.fault(format!("`{}` is \"{text}\"", self.path), "a colour such as \"#2b7de9\" is allowed here");
        }
        colour
    }

    /// A list.
    pub fn list(&self) -> Option<Vec<Value<'a>>> {
        let Some(list) = self.value.get_ref().as_array() else {
            self.wrong_kind("a list");
            return None;
        };
        let value = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| Value {
            file: self.file,
            faults: self.faults,
            path: format!("{}[{index}]", self.path),
            key: value.span(),
            value,
        };
        Some(list.iter().enumerate().map(value).collect())
    }

    /// A table.
    pub fn table(&self) -> Option<Table<'a>> {
        let Some(table) = self.value.get_ref().as_table() else {
            self.wrong_kind("a table");
            return None;
        };
        Some(Table {
            file: self.file,
            faults: self.faults,
            path: format!("{}.", self.path),
            span: self.value.span(),
            table,
            asked: RefCell::default(),
        })
    }
}
