//! The words of each language: which languages there are, what each has and lacks, and what stands in for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expected::{Expected, ExpectedFile, ExpectedLines};
use super::files::{Files, PAGES};
use super::names::{COMMAND_NAME_HELP, command_name_error, shows_nothing};
use super::plural::Forms;
use super::template;
use super::words::{
    AboutWords, ChoiceWords, Kind, PageWords, PartWords, QuestionWords, RoleWords, RoundWords, SuggestionWords, Ui,
    Words, Written,
};
use super::{LineCounts, Page};
use crate::advisor::Questionnaire;
use crate::diagnostic::{Collector, Diagnostic, Location, did_you_mean, nearest};
use crate::locale::{self, are_related};
use crate::message::{MAX_LABEL, characters};
use crate::toml_reader::{Document, Value, quoted_key};

/// The longest description of a command or an option, and name of an option's choice, in characters.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
const MAX_DESCRIPTION: usize = 100;

/// Returns the languages that there are; `None` if the default language is not among them.
pub(super) fn locales(files: &Files, default_language: &str, diagnostics: &Collector) -> Option<BTreeSet<String>> {
    let paths = files.all_paths();
    let mut folders: BTreeSet<&str> = paths.iter().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    folders.remove(PAGES);
    let (locales, others): (BTreeSet<&str>, _) = folders.into_iter().partition(|folder| locale::is_known(folder));
    let mut is_unknown_language = false;
    for folder in others.into_iter().filter(|folder| is_language(folder, &paths)) {
        is_unknown_language = true;
        let message = format!("`{folder}` is no language that Discord has");
        diagnostics.add(Diagnostic::error(files.location(folder), message, locale::help(folder)));
    }
    if locales.contains(default_language) {
        return Some(locales.into_iter().map(str::to_owned).collect());
    }
    // A folder by a wrong name is probably the default language's.
    if !is_unknown_language {
        let message = format!("there is no folder for the default language `{default_language}`");
        let there: Vec<_> = locales.into_iter().collect();
        let help = match &there[..] {
            [] => "a folder of its own for each language, such as `en-US`".to_owned(),
            _ => {
                format!("languages that are there: `{}`; `responses.default_language` chooses one", there.join("`, `"))
            }
        };
        diagnostics.add(Diagnostic::error(files.location(default_language), message, help));
    }
    None
}

/// The files of a language, besides its pages.
const FILES: [&str; 4] = ["ui.toml", "whichrole.toml", "round.toml", "about.toml"];

/// Returns `true` for a folder that holds texts under the names that a language's have, or is nearly called like a
/// language.
fn is_language(folder: &str, paths: &BTreeSet<&str>) -> bool {
    let has_texts = paths.iter().any(|path| match path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')) {
        Some(path) => FILES.contains(&path) || path.starts_with("pages/"),
        None => false,
    });
    has_texts || locale::similar(folder).is_some()
}

/// Returns the languages in which a line is looked for, in order: itself, related ones, the default.
fn chain<'a>(locale: &'a str, locales: impl Iterator<Item = &'a str>, default: &'a str) -> Vec<&'a str> {
    let mut chain = vec![locale];
    chain.extend(locales.filter(|other| are_related(other, locale)));
    chain.push(default);
    let mut seen = BTreeSet::new();
    chain.retain(|locale| seen.insert(*locale));
    chain
}

/// The lines of one language that are there.
#[derive(Default)]
pub(super) struct Texts<'e> {
    files: BTreeMap<&'e str, FileTexts<'e>>,
    /// The plural forms that one number alone takes.
    single_forms: Vec<&'static str>,
}

/// The lines of a file that are there.
#[derive(Default)]
struct FileTexts<'e> {
    /// By key; `None` is a line that is there and has an error.
    lines: BTreeMap<&'e str, Option<Text>>,
    /// Keys of lines or tables that are missing because of an unknown key beside them that was probably meant for them.
    explained: Vec<String>,
    /// Whether the file has an error of syntax, so that nothing is known of its lines.
    is_broken: bool,
}

/// The language whose files are read.
#[derive(Debug)]
pub(super) struct LanguageRead<'l> {
    pub(super) locale: &'l str,
    /// Whether it is the default language, which must be complete, because no other language fills its gaps.
    pub(super) is_default: bool,
    pub(super) forms: Forms,
}

/// A line and its place.
struct Text {
    written: Written,
    location: Location,
}

impl<'e> Texts<'e> {
    /// Reads the files of a language.
    pub(super) fn read(
        files: &Files,
        language: &LanguageRead<'_>,
        expected: &'e ExpectedLines,
        diagnostics: &Collector,
    ) -> Self {
        let mut texts = Self { single_forms: language.forms.single.clone(), ..Self::default() };
        for (name, lines) in &expected.files {
            let Some(file) = files.get(&format!("{}/{name}", language.locale)) else { continue };
            let mut found = FileTexts::default();
            match Document::parse(file, diagnostics) {
                Some(document) => {
                    let entries = document.root(diagnostics).entries();
                    found.walk(language, lines, &entries, "", &|key| expected.is_uncertain(name, key));
                }
                None => found.is_broken = true,
            }
            texts.files.insert(name, found);
        }
        texts
    }

    /// Returns a line that is there, `Some(None)` if it has an error.
    fn find(&self, file: &str, key: &str) -> Option<Option<&Text>> {
        Some(self.files.get(file)?.lines.get(key)?.as_ref())
    }

    fn valid(&self, file: &str, key: &str) -> Option<&Written> {
        Some(&self.find(file, key)??.written)
    }
}

impl<'e> FileTexts<'e> {
    /// Takes the lines of the entries of a table, whose path is `table`.
    fn walk(
        &mut self,
        language: &LanguageRead<'_>,
        expected: &'e ExpectedFile,
        entries: &[Value<'_>],
        table: &str,
        is_uncertain: &dyn Fn(&str) -> bool,
    ) {
        for value in entries {
            let path = value.path();
            if let Some((key, line)) = expected.get_key_value(path) {
                let written = match line.kind {
                    Kind::Plural => plural(line, value, language),
                    _ => value
                        .string()
                        .filter(|text| check(line, text, value))
                        .map(|text| Written::Plain(text.to_owned())),
                };
                let text = written.map(|written| Text { written, location: value.location() });
                self.lines.insert(key, text);
            } else if has_below(expected, path) {
                match value.table() {
                    Some(table) => self.walk(language, expected, &table.entries(), path, is_uncertain),
                    None => self.explained.push(path.to_owned()),
                }
            } else if !is_uncertain(path) {
                self.report_unknown(expected, entries, table, value);
            }
        }
    }

    /// Reports an unknown key with what could stand in its place, rather than with every line of the file.
    fn report_unknown(&mut self, expected: &ExpectedFile, entries: &[Value<'_>], table: &str, value: &Value<'_>) {
        if let Some(help) = value.path().strip_suffix('"').and_then(|path| quoted_key(path.rsplit('"').next()?)) {
            value.key_error(format!("unknown key `{}`", value.path()), help);
            return;
        }
        let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
        let below = |path: &'_ str| {
            path.strip_prefix(&prefix).map(|rest| rest.split('.').next().unwrap_or_default().to_owned())
        };
        let allowed: BTreeSet<String> = expected.keys().filter_map(|key| below(key)).collect();
        let name = below(value.path()).unwrap_or_default();
        let missing: Vec<&str> = allowed
            .iter()
            .map(String::as_str)
            .filter(|name| !entries.iter().any(|entry| below(entry.path()).as_deref() == Some(*name)))
            .collect();
        if let Some(meant) = nearest(&name, &missing) {
            self.explained.push(format!("{prefix}{meant}"));
        }
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        value.key_error(format!("unknown key `{}`", value.path()), did_you_mean(&name, &allowed));
    }
}

/// Returns `true` if there are lines in the table of this path.
fn has_below(expected: &ExpectedFile, path: &str) -> bool {
    let prefix = format!("{path}.");
    expected.range(prefix.clone()..).next().is_some_and(|(key, _)| key.starts_with(&prefix))
}

/// Reads the forms of a line with a number in it, `None` if one has an error. The default language needs every form that it
/// has, and no other. Elsewhere that is a warning, and `other` stands in, so that a copied folder can be translated line by
/// line.
fn plural(
    line: &Expected,
    value: &Value<'_>,
    LanguageRead { locale, is_default, forms: Forms { allowed, required, unused, .. } }: &LanguageRead<'_>,
) -> Option<Written> {
    let table = value.table()?;
    let missing: Vec<_> = required.iter().copied().filter(|form| table.optional(form).is_none()).collect();
    let stands_in = !is_default && table.optional("other").is_some();
    if stands_in && !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(|form| format!("`{form}`")).collect();
        let message = format!("`{}` lacks {}", value.path(), missing.join(", "));
        value.key_warning(message, "the form `other` is shown instead");
    } else {
        // Asked for first, so that a missing form is reported even where another has an error.
        missing.iter().for_each(|form| drop(table.required(form)));
    }
    let mut forms = Vec::new();
    let mut is_valid = stands_in || missing.is_empty();
    for form in allowed {
        let Some(value) = table.optional(form) else { continue };
        match value.string().filter(|text| check(line, text, &value)) {
            Some(text) => forms.push(((*form).to_owned(), text.to_owned())),
            None => is_valid = false,
        }
    }
    if !is_default {
        for value in unused.iter().filter_map(|form| table.optional(form)) {
            value.key_warning(
                format!("`{}` is never shown", value.path()),
                "this language has no such form; leave it out",
            );
        }
    }
    table.finish();
    is_valid.then(|| Written::Plural { locale: (*locale).to_owned(), forms })
}

/// Returns `true` if a text can be the line; reports each reason why not.
fn check(line: &Expected, text: &str, value: &Value<'_>) -> bool {
    let mut is_valid = true;
    let mut error = |message: String, help: &str| {
        value.error(message, help);
        is_valid = false;
    };
    let path = value.path();
    if text.trim().is_empty() {
        error(format!("`{path}` is empty"), "Discord shows no empty text; write the line");
    } else if shows_nothing(text) {
        error(format!("`{path}` shows nothing"), "at least one letter, digit or sign that can be seen");
    } else if text.trim() != text {
        error(format!("`{path}` begins or ends with white space"), "a text without blanks around it");
    }
    if !matches!(line.kind, Kind::Text | Kind::Plural) && text.contains(['\n', '\r']) {
        error(format!("`{path}` has several lines"), "one line is allowed here");
    }
    let max = match line.kind {
        Kind::Label => Some(MAX_LABEL),
        Kind::Description => Some(MAX_DESCRIPTION),
        Kind::Text | Kind::Line | Kind::OptionName | Kind::Plural => None,
    };
    let length = characters(text);
    if let Some(max) = max
        && length > max
    {
        error(format!("`{path}` has {length} characters"), &format!("Discord allows at most {max}"));
    }
    if line.kind == Kind::OptionName
        && !shows_nothing(text)
        && let Some(why) = command_name_error(text)
    {
        error(format!("`{path}` is `{text}`, which {why}"), COMMAND_NAME_HELP);
    }
    if let Some(known) = line.placeholders {
        for found in template::errors(text, known) {
            error(format!("{found} in `{path}`"), &found.help(known));
        }
    }
    is_valid
}

/// Reports the lines that lack a placeholder which the default language fills, or have it more often. In a line with a
/// number, a form that one number alone takes may name it in words.
pub(super) fn compare_placeholders(
    texts: &BTreeMap<&str, Texts<'_>>,
    default_language: &str,
    expected: &ExpectedLines,
    diagnostics: &Collector,
) {
    let find = |locale: &str, file: &str, key: &str| texts.get(locale)?.find(file, key)?;
    for (file, key, line) in expected.iter() {
        let Some(known) = line.placeholders.filter(|known| !known.is_empty()) else { continue };
        let Some(default) = find(default_language, file, key) else { continue };
        let default_texts = default.written.texts();
        let default_counts = |index: usize| {
            let counts = default_texts.iter().map(|(_, text)| template::counts(text, known)[index]);
            counts.max().unwrap_or_default()
        };
        for locale in texts.keys() {
            let Some(text) = find(locale, file, key) else { continue };
            let single = &texts[locale].single_forms;
            for (form, written) in text.written.texts() {
                for (index, (name, count)) in known.iter().zip(template::counts(written, known)).enumerate() {
                    let names_number = index == 0 && form.is_some_and(|form| single.contains(&form));
                    let default_count = default_counts(index);
                    let line = form.map_or_else(|| key.to_owned(), |form| format!("{key}.{form}"));
                    let message = match (count, default_count) {
                        (0, 1..) if !names_number => format!("`{line}` lacks `{{{name}}}`"),
                        (_, 1..) if count > default_count => format!("`{line}` has `{{{name}}}` {count} times"),
                        _ => continue,
                    };
                    let default = default_texts.last().map_or("", |(_, text)| text);
                    let help = format!("as often as in {default_language}: {default:?}");
                    diagnostics.add(Diagnostic::error(text.location.clone(), message, help));
                }
            }
        }
    }
}

/// Reports files of texts that no page and no language uses.
pub(super) fn unused_files(
    files: &Files,
    locales: &BTreeSet<String>,
    expected: &ExpectedLines,
    diagnostics: &Collector,
) {
    let error = |path: &str, message: &str, help: String| {
        diagnostics.add(Diagnostic::error(files.location(path), message, help));
    };
    let belongs_to_nothing = "a file that belongs to nothing";
    for path in files.paths() {
        match path.split_once('/') {
            None if path == "whichrole.toml" => {}
            None => {
                let help = did_you_mean(path, &["whichrole.toml"]);
                error(path, belongs_to_nothing, format!("{help}, and `pages/NAME.toml`"));
            }
            Some((PAGES, name)) if !name.contains('/') && name.ends_with(".toml") => {}
            Some((PAGES, _)) => error(path, belongs_to_nothing, "allowed here: `pages/NAME.toml`".to_owned()),
            // Not the folder of a language: reported as such, or something else.
            Some((locale, _)) if !locales.contains(locale) => {}
            Some((_, name)) if expected.files.contains_key(name) => {}
            Some((_, name)) => {
                let help = did_you_mean(name, &FILES);
                error(path, belongs_to_nothing, format!("{help}, and `pages/NAME.toml`"));
            }
        }
    }
}

/// The lines of one language, with what stands in for those that are missing.
pub(super) struct Lines<'a> {
    texts: &'a BTreeMap<&'a str, Texts<'a>>,
    /// The languages in which a line is looked for, in order.
    chain: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(texts: &'a BTreeMap<&'a str, Texts<'a>>, locale: &'a str, default_language: &'a str) -> Self {
        Self { texts, chain: chain(locale, texts.keys().copied(), default_language) }
    }

    fn find(&self, file: &str, key: &str) -> Option<&Written> {
        self.chain.iter().find_map(|locale| self.texts[locale].valid(file, key))
    }

    /// Returns `true` if this language has the line itself.
    fn is_present(&self, file: &str, key: &str) -> bool {
        self.texts[self.chain[0]].find(file, key).is_some()
    }

    pub(super) fn count(&self, expected: &ExpectedLines) -> LineCounts {
        let needed = || expected.iter().filter(|(_, _, line)| !line.optional);
        LineCounts {
            all: needed().count(),
            missing: needed().filter(|(file, key, _)| !self.is_present(file, key)).count(),
            with_placeholders: needed()
                .filter(|(_, _, line)| line.placeholders.is_some_and(|known| !known.is_empty()))
                .count(),
        }
    }

    /// Reports missing lines: as errors in the default language, elsewhere as warnings that name what is shown. A table
    /// without any of its lines is reported as one.
    pub(super) fn report_missing(&self, files: &Files, expected: &ExpectedLines, diagnostics: &Collector) {
        let locale = self.chain[0];
        for (file, lines) in &expected.files {
            let path = format!("{locale}/{file}");
            if files.is_unusable(&path) {
                continue;
            }
            let empty = FileTexts::default();
            let found = self.texts[locale].files.get(&**file).unwrap_or(&empty);
            let mut reported = BTreeSet::new();
            for key in lines.iter().filter(|(_, line)| !line.optional).map(|(key, _)| key.as_str()) {
                let is_explained = found.explained.iter().any(|part| is_at_or_below(key, part));
                if found.is_broken || found.lines.contains_key(key) || is_explained || expected.is_uncertain(file, key)
                {
                    continue;
                }
                let (location, message) = match files.get(&path) {
                    None => (files.location(&path), "this file is missing".to_owned()),
                    Some(whole) => {
                        let missing = missing_part(key, found);
                        let what = if missing == key { "" } else { ", with all its lines" };
                        let end = whole.text.len();
                        (Location::In(Arc::clone(whole), end..end), format!("`{missing}` is missing{what}"))
                    }
                };
                if !reported.insert(message.clone()) {
                    continue;
                }
                let shown = self.chain[1..].iter().find(|other| self.texts[*other].valid(file, key).is_some());
                match shown {
                    Some(shown) => {
                        let help = format!("the words of {shown} are shown instead");
                        diagnostics.add(Diagnostic::warning(location, message, help));
                    }
                    None if self.chain.len() == 1 => {
                        let help = "the default language must have every line";
                        diagnostics.add(Diagnostic::error(location, message, help));
                    }
                    // The default language lacks it as well, which is reported there.
                    None => {}
                }
            }
        }
    }

    /// Returns all words of the language; `None` if a line is valid in no language of the chain.
    pub(super) fn words(&self, questionnaire: &Questionnaire, pages: &[Page]) -> Option<Words> {
        let text = |file: &str, key: String| Some(self.find(file, &key)?.plain()?.to_owned());
        let questions = questionnaire.questions.iter().map(|question| {
            let text = |key: &str| text("whichrole.toml", format!("question.{}.{key}", question.id));
            let choices = question.choices.iter().map(|choice| {
                let text = |key: &str| text(&format!("choice.{}.{key}", choice.id));
                Some(ChoiceWords { text: text("text")?, label: text("label")? })
            });
            Some(QuestionWords {
                title: text("title")?,
                help: text("help")?,
                topic: text("topic")?,
                choices: choices.collect::<Option<_>>()?,
            })
        });
        let pages = pages.iter().map(|page| {
            let text = |key: String| text(&format!("pages/{}.toml", page.name), key);
            let parts = page.parts.iter().map(|part| {
                let heading = self.heading(page, part);
                Some(PartWords { heading, text: text(format!("part.{part}.text"))? })
            });
            Some(PageWords {
                description: if page.command { text("description".to_owned())? } else { String::new() },
                button: text("button".to_owned())?,
                title: text("title".to_owned())?,
                parts: parts.collect::<Option<_>>()?,
            })
        });
        Some(Words {
            ui: Ui::from_written(|key| self.find("ui.toml", key))?,
            questions: questions.collect::<Option<_>>()?,
            cto: self.role("cto")?,
            cio: self.role("cio")?,
            suggestion: SuggestionWords::from_written(|key| self.find("whichrole.toml", key))?,
            round: RoundWords::from_written(|key| self.find("round.toml", key))?,
            about: AboutWords::from_written(|key| self.find("about.toml", key))?,
            pages: pages.collect::<Option<_>>()?,
        })
    }

    /// Returns the heading of a part, from the language that its text is from: a heading in another language must not
    /// stand above words that need none.
    fn heading(&self, page: &Page, part: &str) -> String {
        let file = format!("pages/{}.toml", page.name);
        let find = |locale: &&&str, what: &str| self.texts[**locale].valid(&file, &format!("part.{part}.{what}"));
        let locale = self.chain.iter().find(|locale| find(locale, "text").is_some());
        let heading = locale.and_then(|locale| find(&locale, "heading")?.plain());
        heading.unwrap_or_default().to_owned()
    }

    fn role(&self, role: &str) -> Option<RoleWords> {
        RoleWords::from_written(|key| self.find("whichrole.toml", &format!("{role}.{key}")))
    }
}

fn is_at_or_below(key: &str, part: &str) -> bool {
    key.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the outermost table around a missing line of which no line is there; the line itself if there is none.
fn missing_part<'a>(key: &'a str, found: &FileTexts<'_>) -> &'a str {
    let is_empty = |table: &&str| {
        let is_in = |other: &str| is_at_or_below(other, table);
        !found.lines.keys().any(|key| is_in(key)) && !found.explained.iter().any(|key| is_in(key))
    };
    key.match_indices('.').map(|(at, _)| &key[..at]).find(is_empty).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fmt::Display;

    use super::super::words::{Line, lines};
    use super::*;
    use crate::diagnostic::{File, Severity};

    /// The messages about a line with a number, as one language writes it beside the default language.
    fn told(locale: &str, forms: &str) -> Vec<String> {
        let told = diagnosed(locale, forms).into_iter();
        told.map(|diagnostic| diagnostic.message).collect()
    }

    fn diagnosed(locale: &str, forms: &str) -> Vec<Diagnostic> {
        const LINES: &[Line] = &[Line { key: "answers", kind: Kind::Plural, placeholders: &["count", "owner"] }];
        let expected = ExpectedLines::of_file("ui.toml", LINES);
        let diagnostics = Collector::default();
        let read = |locale: &str, text: &str| {
            let file = Arc::new(File { name: format!("{locale}/ui.toml"), text: text.to_owned().into() });
            let document = Document::parse(&file, &diagnostics).expect("it is TOML");
            let mut found = FileTexts::default();
            let entries = document.root(&diagnostics).entries();
            let language = LanguageRead { locale, is_default: locale == "en-US", forms: Forms::of(locale) };
            found.walk(&language, &expected.files["ui.toml"], &entries, "", &|_| false);
            let files = BTreeMap::from([("ui.toml", found)]);
            Texts { files, single_forms: language.forms.single }
        };
        let english = "answers = { one = \"One answer to {owner}\", other = \"{count} answers to {owner}\" }";
        let mut texts = BTreeMap::from([("en-US", read("en-US", english))]);
        texts.insert(locale, read(locale, &format!("answers = {forms}")));
        compare_placeholders(&texts, "en-US", &expected, &diagnostics);
        diagnostics.into_diagnostics().into_iter().collect()
    }

    #[test]
    fn a_line_with_a_number_has_the_forms_of_its_language() {
        let none: [&str; 0] = [];
        let form = "{count} {owner}";
        assert_eq!(told("ja", &format!("{{ other = \"{form}\" }}")), none);
        let polish = format!("{{ one = \"{form}\", few = \"{form}\", many = \"{form}\"");
        assert_eq!(told("pl", &format!("{polish} }}")), none);
        assert_eq!(told("pl", &format!("{polish}, other = \"{form}\" }}")), none);
        assert_eq!(told("pl", &format!("{{ one = \"{form}\", many = \"{form}\" }}")), ["`answers.few` is missing"]);
        let arabic = ["zero", "one", "two", "few", "many", "other"].map(|name| format!("{name} = \"{form}\""));
        assert_eq!(told("ar", &format!("{{ {} }}", arabic.join(", "))), none);
        assert_eq!(told("ar", "\"{count} {owner}\""), ["`answers` is a string"]);
        assert_eq!(told("en-US", "{ other = \"{count} {owner}\" }"), ["`answers.one` is missing"]);
        let with_few = "{ one = \"{count} {owner}\", few = \"{count} {owner}\", other = \"{count} {owner}\" }";
        assert_eq!(told("en-US", with_few), ["unknown key `answers.few`"]);
    }

    #[test]
    fn a_copied_line_with_a_number_can_be_translated_later() {
        let copied = "{ one = \"One answer to {owner}\", other = \"{count} answers to {owner}\" }";
        for (locale, message, help) in [
            ("ar", "`answers` lacks `zero`, `two`, `few`, `many`", "the form `other` is shown instead"),
            ("pl", "`answers` lacks `few`, `many`", "the form `other` is shown instead"),
            ("ja", "`answers.one` is never shown", "this language has no such form; leave it out"),
        ] {
            let [told] = &diagnosed(locale, copied)[..] else { panic!("{locale}: {:?}", diagnosed(locale, copied)) };
            assert_eq!((told.message.as_str(), told.help.as_str()), (message, help), "{locale}");
            assert_eq!(told.severity, Severity::Warning, "{locale}");
        }
        // A slip is no form of any language.
        assert_eq!(
            told("ar", "{ on = \"{count} {owner}\", other = \"{count} {owner}\" }")[1],
            "unknown key `answers.on`"
        );
    }

    #[test]
    fn only_a_form_for_one_number_may_name_it_in_words() {
        assert_eq!(told("de", "{ one = \"Eine {owner}\", other = \"{count} {owner}\" }"), [] as [&str; 0]);
        assert_eq!(
            told("de", "{ one = \"Eine\", other = \"Viele {owner}\" }"),
            ["`answers.one` lacks `{owner}`", "`answers.other` lacks `{count}`"]
        );
        // In French 0 takes `one` as well.
        assert_eq!(
            told("fr", "{ one = \"Une {owner}\", other = \"{count} {owner}\" }"),
            ["`answers.one` lacks `{count}`"]
        );
        assert_eq!(
            told("ja", "{ other = \"{numbre} {owner}\" }"),
            ["unknown placeholder `{numbre}` in `answers.other`"]
        );
    }

    lines! {
        /// Lines with numbers.
        struct Numbers {
            /// Answers of somebody.
            answers: Plural "answers" [count, owner],
        }
    }

    #[test]
    fn a_line_with_a_number_is_filled_through_a_method() {
        let forms = [("one", "One answer to {owner}"), ("other", "{count} answers to {owner}")];
        let forms = forms.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let written = Written::Plural { locale: "en-US".to_owned(), forms };
        assert_eq!(Numbers::LINES[0].placeholders, ["count", "owner"]);
        let numbers = Numbers::from_written(|_| Some(&written)).expect("the forms are right");
        assert_eq!(numbers.answers(1, "Ana"), "One answer to Ana");
        assert_eq!(numbers.answers(12, "Ana"), "12 answers to Ana");
    }
}
