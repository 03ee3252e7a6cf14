//! Reads responses: the files without words, then the words of each language, every fault at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::data::{self, MAX_COMMAND_NAME, is_command_name};
use super::files::{Files, Source};
use super::template;
use super::words::{
    ChoiceWords, Kind, Line, PageWords, PartWords, QuestionWords, RoleWords, SuggestionWords, Ui, Words,
};
use super::{LOCALES, Language, LineCounts, Page, Responses};
use crate::advisor::{Choice, Questionnaire, prove, prove_team};
use crate::custom_id::Revision;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::locale;
use crate::message::{MAX_LABEL, characters};
use crate::toml_reader::{Collector, Document, Value, did_you_mean, quoted_key};

/// How long the description of a command or an option, and the name of an option's choice, can be.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
const MAX_DESCRIPTION: usize = 100;

/// Reads everything the bot says; the language of this locale is the default.
///
/// The cards made of it are not yet checked: see [`load::load`](crate::load::load).
///
/// # Errors
///
/// Every fault at once, with the warnings there are.
pub fn read(source: &Source, default_language: &str) -> Result<Responses, Diagnostics> {
    let faults = Collector::default();
    let read = read_all(source, default_language, &faults);
    let faults = Diagnostics::sorted(faults.into_diagnostics());
    match read {
        Some(responses) if faults.errors() == 0 => Ok(Responses { warnings: faults, ..responses }),
        _ => Err(faults),
    }
}

fn read_all(source: &Source, default_language: &str, faults: &Collector) -> Option<Responses> {
    let files = Files::read(source, faults);
    let pages = data::pages(&files, faults);
    let data = data::questionnaire(&files, &pages, faults);
    let proof = data.as_ref().filter(|data| data.sound).and_then(|data| match prove(&data.questionnaire) {
        Ok(proof) => {
            let errors = prove_team(&data.questionnaire, &data.team).err().unwrap_or_default();
            errors.iter().for_each(|error| faults.add(data.team_fault(error)));
            Some(proof)
        }
        Err(errors) => {
            errors.iter().for_each(|error| faults.add(data.fault(error)));
            None
        }
    });

    let locales = locales(&files, faults);
    if !locales.contains(default_language) {
        let found = format!("there is no folder for the default language `{default_language}`");
        let help = locale::help(default_language, locales.iter().map(String::as_str));
        faults.add(Diagnostic::error(files.location(default_language), found, help));
        return None;
    }
    let data = data?;
    let expected = expected(&data.questionnaire, &pages);
    let mut texts: BTreeMap<&str, Texts> = BTreeMap::new();
    for locale in &locales {
        texts.insert(locale, Texts::read(&files, locale, &expected, faults));
    }
    unused_files(&files, &locales, &expected, faults);

    let mut order: Vec<&str> =
        locales.iter().map(String::as_str).filter(|locale| *locale != default_language).collect();
    order.insert(0, default_language);
    let mut languages = Vec::new();
    for locale in order {
        let chain = chain(locale, &locales, default_language);
        let lines = Lines { texts: &texts, chain, files: &files };
        lines.missing(&expected, faults);
        languages.push(lines.words(&data.questionnaire, &pages).map(|words| Language {
            locale: locale.to_owned(),
            words,
            lines: lines.count(&expected),
        }));
    }
    let languages = languages.into_iter().map(|language| language.map(Arc::new)).collect::<Option<_>>()?;
    Some(Responses {
        revision: revision(&data.questionnaire),
        questionnaire: data.questionnaire,
        team: data.team,
        styles: data.styles,
        pages,
        languages,
        proof: proof?,
        warnings: Diagnostics::default(),
    })
}

/// Tells these questions from others: ids, points, order and rule count; words and the declared maximum do not.
fn revision(questionnaire: &Questionnaire) -> Revision {
    let counted = Questionnaire { max_questions: 0, ..questionnaire.clone() };
    Revision(crc32fast::hash(format!("{counted:?}").as_bytes()))
}

/// The languages that there are: every folder but `pages`.
fn locales(files: &Files, faults: &Collector) -> BTreeSet<String> {
    let folder = |path: &str| Some(path.split_once('/')?.0.to_owned());
    let mut locales: BTreeSet<String> = files.paths().filter_map(folder).filter(|folder| folder != "pages").collect();
    let known: Vec<_> = LOCALES.iter().map(|(locale, _)| *locale).collect();
    locales.retain(|locale| {
        let is_known = known.contains(&locale.as_str());
        if !is_known {
            let found = format!("`{locale}` is no language that Discord has");
            faults.add(Diagnostic::error(files.location(locale), found, locale::help_among_all(locale)));
        }
        is_known
    });
    locales
}

/// The languages in which a line is looked for, in order: itself, others of the same language, the default.
fn chain<'a>(locale: &'a str, locales: &'a BTreeSet<String>, default: &'a str) -> Vec<&'a str> {
    let mut chain = vec![locale];
    chain.extend(locales.iter().map(String::as_str).filter(|other| super::base(other) == super::base(locale)));
    chain.push(default);
    let mut seen = BTreeSet::new();
    chain.retain(|locale| seen.insert(*locale));
    chain
}

/// A line that every language has.
struct Expected {
    /// Its file, below the language's folder.
    file: String,
    /// Its dotted key.
    key: String,
    /// What is allowed in it.
    kind: Kind,
    /// The placeholders that it knows; `None` for a text without placeholders, in which braces are braces.
    placeholders: Option<&'static [&'static str]>,
    /// Whether it may be left out.
    optional: bool,
}

/// Every line that there is for these questions and pages.
fn expected(questionnaire: &Questionnaire, pages: &[Page]) -> Vec<Expected> {
    let plain = |file: &str, kind, key: String| Expected {
        file: file.to_owned(),
        key,
        kind,
        placeholders: None,
        optional: false,
    };
    let listed = |file: &str, prefix: &str, line: &Line| Expected {
        placeholders: Some(line.placeholders),
        ..plain(file, line.kind, format!("{prefix}{}", line.key))
    };
    let mut expected = Vec::new();
    expected.extend(Ui::LINES.iter().map(|line| listed("ui.toml", "", line)));
    for question in &questionnaire.questions {
        let plain = |kind, key: &str| plain("whichrole.toml", kind, format!("question.{}.{key}", question.id));
        expected.extend([plain(Kind::Line, "title"), plain(Kind::Text, "help"), plain(Kind::Line, "topic")]);
        for Choice { id, .. } in &question.choices {
            expected.push(plain(Kind::Line, &format!("choice.{id}.text")));
            expected.push(plain(Kind::Label, &format!("choice.{id}.label")));
        }
    }
    for role in ["cto.", "cio."] {
        expected.extend(RoleWords::LINES.iter().map(|line| listed("whichrole.toml", role, line)));
    }
    expected.extend(SuggestionWords::LINES.iter().map(|line| listed("whichrole.toml", "", line)));
    for page in pages {
        let file = format!("pages/{}.toml", page.name);
        let plain = |kind, key: &str| plain(&file, kind, key.to_owned());
        if page.command {
            expected.push(plain(Kind::Description, "description"));
        }
        expected.extend([plain(Kind::Label, "button"), plain(Kind::Line, "title")]);
        for part in &page.parts {
            expected.push(Expected { optional: true, ..plain(Kind::Line, &format!("part.{part}.heading")) });
            expected.push(plain(Kind::Text, &format!("part.{part}.text")));
        }
    }
    expected
}

/// The lines of one language that are there and sound, and those that are there at all.
struct Texts {
    sound: HashMap<(String, String), String>,
    there: BTreeSet<(String, String)>,
}

impl Texts {
    fn read(files: &Files, locale: &str, expected: &[Expected], faults: &Collector) -> Self {
        let mut texts = Self { sound: HashMap::new(), there: BTreeSet::new() };
        let names: BTreeSet<&str> = expected.iter().map(|line| line.file.as_str()).collect();
        for name in names {
            let Some(file) = files.get(&format!("{locale}/{name}")) else { continue };
            let lines: HashMap<&str, &Expected> =
                expected.iter().filter(|line| line.file == name).map(|line| (line.key.as_str(), line)).collect();
            let document = Document::parse(file, faults);
            for value in document.root(faults).entries() {
                texts.walk(name, &lines, &value);
            }
        }
        texts
    }

    /// Takes the lines of a value: a text, or a table of values.
    fn walk(&mut self, file: &str, lines: &HashMap<&str, &Expected>, value: &Value<'_>) {
        if let Some(line) = lines.get(value.path()) {
            self.there.insert((file.to_owned(), line.key.clone()));
            if let Some(text) = value.text().filter(|text| valid(line, text, value)) {
                self.sound.insert((file.to_owned(), line.key.clone()), text.to_owned());
            }
            return;
        }
        let below = format!("{}.", value.path());
        if lines.keys().any(|key| key.starts_with(&below)) {
            if let Some(table) = value.table() {
                table.entries().iter().for_each(|value| self.walk(file, lines, value));
            }
            return;
        }
        if let Some(help) = value.path().strip_suffix('"').and_then(|path| quoted_key(path.rsplit('"').next()?)) {
            value.key_fault(format!("unknown key `{}`", value.path()), help);
            return;
        }
        // Name what could stand here rather than every line of the file.
        let parent = value.path().rsplit_once('.').map_or("", |(parent, _)| parent);
        let name = value.path().rsplit('.').next().unwrap_or_default();
        let siblings: BTreeSet<&str> = lines
            .keys()
            .filter_map(|key| if parent.is_empty() { Some(*key) } else { key.strip_prefix(parent)?.strip_prefix('.') })
            .filter_map(|rest| rest.split('.').next())
            .collect();
        let siblings: Vec<_> = siblings.into_iter().collect();
        value.key_fault(format!("unknown key `{}`", value.path()), did_you_mean(name, &siblings));
    }
}

/// Whether a text can be the line; a fault for each reason why not.
fn valid(line: &Expected, text: &str, value: &Value<'_>) -> bool {
    let mut sound = true;
    let mut fault = |found: String, allowed: String| {
        value.fault(found, allowed);
        sound = false;
    };
    let path = value.path();
    if text.trim().is_empty() {
        fault(format!("`{path}` is empty"), "Discord shows no empty text; write the line".to_owned());
    } else if text.trim() != text {
        fault(format!("`{path}` begins or ends with white space"), "a text without blanks around it".to_owned());
    }
    if line.kind != Kind::Text && text.contains('\n') {
        fault(format!("`{path}` has several lines"), "one line is allowed here".to_owned());
    }
    let length = characters(text);
    let most = match line.kind {
        Kind::Label => Some(MAX_LABEL),
        Kind::Description => Some(MAX_DESCRIPTION),
        Kind::Text | Kind::Line | Kind::OptionName => None,
    };
    if let Some(most) = most
        && length > most
    {
        fault(format!("`{path}` has {length} characters"), format!("Discord allows at most {most}"));
    }
    if line.kind == Kind::OptionName && !is_command_name(text) {
        fault(
            format!("`{path}` is `{text}`"),
            format!(
                "Discord allows 1 to {MAX_COMMAND_NAME} lower-case letters, digits, `-` and `_` in an option's name"
            ),
        );
    }
    if let Some(known) = line.placeholders {
        let allowed = match known {
            [] => "this line has no placeholders; write `{{` for a brace".to_owned(),
            _ => did_you_mean("", known).replace("allowed here", "its placeholders"),
        };
        for error in template::errors(text, known) {
            fault(format!("{error} in `{path}`"), allowed.clone());
        }
    }
    sound
}

/// Adds a fault for every file of words that belongs to nothing.
fn unused_files(files: &Files, locales: &BTreeSet<String>, expected: &[Expected], faults: &Collector) {
    for path in files.paths() {
        match path.split_once('/') {
            None if path == "whichrole.toml" => {}
            Some(("pages", name)) if !name.contains('/') => {}
            Some((locale, _)) if locale != "pages" && !locales.contains(locale) => {}
            Some((locale, name)) if locale != "pages" && expected.iter().any(|line| line.file == name) => {}
            Some((_, name)) if name.starts_with("pages/") => {
                faults.add(Diagnostic::error(files.location(path), "words of a page that is not there", format!("add `{name}` beside the languages, or take this file away")));
            }
            _ => faults.add(Diagnostic::error(
                files.location(path),
                "a file that belongs to nothing",
                "`whichrole.toml`, `pages/NAME.toml`, and in a language's folder `ui.toml`, `whichrole.toml`, `pages/NAME.toml`",
            )),
        }
    }
}

/// The lines of one language, with what stands in for those that are missing.
struct Lines<'a> {
    texts: &'a BTreeMap<&'a str, Texts>,
    /// The languages in which a line is looked for, in order.
    chain: Vec<&'a str>,
    files: &'a Files,
}

impl Lines<'_> {
    fn find(&self, file: &str, key: &str) -> Option<&str> {
        let key = (file.to_owned(), key.to_owned());
        self.chain.iter().find_map(|locale| self.texts[locale].sound.get(&key)).map(String::as_str)
    }

    /// Whether this language has the line itself.
    fn present(&self, line: &Expected) -> bool {
        self.texts[self.chain[0]].there.contains(&(line.file.clone(), line.key.clone()))
    }

    fn count(&self, expected: &[Expected]) -> LineCounts {
        let needed = || expected.iter().filter(|line| !line.optional);
        LineCounts {
            all: needed().count(),
            missing: needed().filter(|line| !self.present(line)).count(),
            with_placeholders: needed().filter(|line| line.placeholders.is_some_and(|known| !known.is_empty())).count(),
        }
    }

    /// Says which lines are missing: errors in the default language, elsewhere warnings that name what is shown.
    fn missing(&self, expected: &[Expected], faults: &Collector) {
        let locale = self.chain[0];
        let is_default = self.chain.len() == 1;
        let mut whole_files = BTreeSet::new();
        for line in expected.iter().filter(|line| !line.optional && !self.present(line)) {
            let path = format!("{locale}/{}", line.file);
            let location = || match self.files.get(&path) {
                Some(file) => Location::In(Arc::clone(file), file.text.len()..file.text.len()),
                None => self.files.location(&path),
            };
            if self.files.get(&path).is_none() && !whole_files.insert(path.clone()) {
                continue;
            }
            let found = match self.files.get(&path) {
                Some(_) => format!("`{}` is missing", line.key),
                None => "this file is missing".to_owned(),
            };
            if is_default {
                faults.add(Diagnostic::error(location(), found, "every line is there in the default language"));
            } else {
                let shown = self.chain[1..]
                    .iter()
                    .find(|other| self.texts[*other].sound.contains_key(&(line.file.clone(), line.key.clone())));
                let shown = shown.map_or("nothing", |other| *other);
                faults.add(Diagnostic::warning(location(), found, format!("the words of {shown} are shown instead")));
            }
        }
    }

    /// All words of the language; nothing where a line is found nowhere.
    fn words(&self, questionnaire: &Questionnaire, pages: &[Page]) -> Option<Words> {
        let text = |file: &str, key: String| self.find(file, &key).map(str::to_owned);
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
            ui: Ui::from_texts(|key| self.find("ui.toml", key))?,
            questions: questions.collect::<Option<_>>()?,
            cto: self.role("cto")?,
            cio: self.role("cio")?,
            suggestion: SuggestionWords::from_texts(|key| self.find("whichrole.toml", key))?,
            pages: pages.collect::<Option<_>>()?,
        })
    }

    /// A part's heading, from the language that its text is from: no foreign heading above words that need none.
    fn heading(&self, page: &Page, part: &str) -> String {
        let key = |what: &str| (format!("pages/{}.toml", page.name), format!("part.{part}.{what}"));
        let locale = self.chain.iter().find(|locale| self.texts[*locale].sound.contains_key(&key("text")));
        locale.and_then(|locale| self.texts[locale].sound.get(&key("heading"))).cloned().unwrap_or_default()
    }

    fn role(&self, role: &str) -> Option<RoleWords> {
        RoleWords::from_texts(|key| self.find("whichrole.toml", &format!("{role}.{key}")))
    }
}
