//! The files without words: `whichrole.toml` and `pages/NAME.toml`.

use std::collections::{BTreeMap, HashSet};

use super::files::Files;
use super::names::{COMMAND_NAME_HELP, command_name_error};
use super::{Link, Page, Style, Styles};
use crate::advisor::{
    Both, Choice, Clear, Leaning, Outcome, Points, ProofError, Question, Questionnaire, Role, Rule, Stop,
    TeamProofError, TeamRule,
};
use crate::diagnostic::{Collector, Diagnostic, Location, did_you_mean, nearest};
use crate::message::MAX_BUTTONS_IN_ROW;
use crate::toml_reader::{Document, Table, Value};

/// How many choices a question can have: a card of 40 components holds ten sections of three beside its frame.
const MAX_CHOICES: usize = 10;

/// How many questions there can be, core and follow-ups: what a `custom_id` holds, and what the proof can walk.
const MAX_QUESTIONS: usize = 12;

/// How many slash commands an application can have, beside `/whichrole`.
/// <https://docs.discord.com/developers/interactions/application-commands#registering-a-command>
const MAX_PAGES: usize = 99;

/// The questionnaire, and how its cards look.
pub(super) struct Data {
    pub(super) questionnaire: Questionnaire,
    pub(super) team: TeamRule,
    pub(super) styles: Styles,
    /// The places of the questions, the rules and the maximum, for the errors that the proof finds.
    locations: Locations,
    /// Whether the file has no error; otherwise there is nothing to prove.
    pub(super) is_valid: bool,
}

struct Locations {
    questions: Vec<Location>,
    max_questions: Location,
    rule: Location,
    both: Location,
    team: Location,
}

impl Data {
    /// Returns the error for something that the proof found.
    pub(super) fn error(&self, error: &ProofError) -> Diagnostic {
        let (location, allowed) = match error {
            ProofError::Unreachable(_) => (&self.locations.rule, "every outcome can be reached; change points or rule"),
            ProofError::NeverAsked(question) => {
                (&self.locations.questions[*question], "take the question away, or change the rule so that it is asked")
            }
            ProofError::WeakBoth(_) => (
                &self.locations.both,
                "both totals are at least half, and a follow-up named both; `low = 50` sees to it",
            ),
            ProofError::TooLong { .. } => (&self.locations.max_questions, "ask less, or allow more"),
            ProofError::TooMany => (&self.locations.rule, "fewer questions, or fewer choices"),
        };
        Diagnostic::error(location.clone(), error.to_string(), allowed)
    }

    /// Returns the warning for something that the proof of the team's rule found.
    pub(super) fn team_warning(&self, error: &TeamProofError) -> Diagnostic {
        let allowed = match error {
            TeamProofError::ContradictsAll(Outcome::One(_)) | TeamProofError::OneChangesAll(_) => "a larger `low`",
            TeamProofError::ContradictsAll(Outcome::Both) | TeamProofError::HalvesAreNotBoth => {
                "`low` and `high` at most 50: the mean of two halves"
            }
            TeamProofError::Unreachable(_) | TeamProofError::NotSymmetric => {
                "every outcome can be reached, and the roles count alike"
            }
        };
        // Only a warning: the conversation works without the team's rule.
        Diagnostic::warning(self.locations.team.clone(), error.to_string(), allowed)
    }
}

/// Reads `pages/*.toml`. Also returns the files of words of those pages that have an error, whose parts are therefore
/// not known for certain.
pub(super) fn pages(files: &Files, diagnostics: &Collector) -> (Vec<Page>, Vec<String>) {
    let name = |path: &str| Some(path.strip_prefix("pages/")?.strip_suffix(".toml")?.to_owned());
    let names: Vec<String> =
        files.all_paths().into_iter().filter_map(name).filter(|name| !name.contains('/')).collect();
    if names.len() > MAX_PAGES {
        let message = format!("{} pages", names.len());
        diagnostics.add(Diagnostic::error(
            files.location("pages"),
            message,
            format!("at most {MAX_PAGES} are allowed"),
        ));
    }
    let mut uncertain = Vec::new();
    let lost = lost_pages(files, &names, diagnostics);
    let names: Vec<String> = names.into_iter().chain(lost).collect();
    let pages = names.iter().map(|name| {
        let before = diagnostics.len();
        if files.all_paths().contains(&*format!("pages/{name}.toml")) {
            page_name(files, name, diagnostics);
        }
        let path = format!("pages/{name}.toml");
        let document = files.get(&path).and_then(|file| Document::parse(file, diagnostics));
        let page = document.as_ref().map(|document| page(&document.root(diagnostics), name, &names));
        if page.is_none() || diagnostics.len() > before {
            uncertain.push(path);
        }
        // It stands for a page that is lost or cannot be read, so that links to it are not reported as well.
        page.unwrap_or_else(|| Page {
            name: name.as_str().into(),
            command: true,
            accent_color: 0,
            parts: Vec::new(),
            buttons: Vec::new(),
        })
    });
    (pages.collect(), uncertain)
}

/// Returns the names of pages that languages have words for and that are not there; reports each once.
fn lost_pages(files: &Files, names: &[String], diagnostics: &Collector) -> Vec<String> {
    let mut lost: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in files.paths() {
        let words = path.split_once("/pages/").and_then(|(locale, name)| Some((locale, name.strip_suffix(".toml")?)));
        if let Some((locale, name)) = words
            && crate::locale::is_known(locale)
            && !names.iter().any(|known| known == name)
        {
            lost.entry(name).or_default().push(locale);
        }
    }
    for (name, locales) in &lost {
        let there: Vec<&str> = names.iter().map(String::as_str).collect();
        let near = nearest(name, &there).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let help = format!("{near}add `pages/{name}.toml` beside the languages, or take its words away");
        let message = format!("there is no page `{name}`, which has words in {}", locales.join(", "));
        diagnostics.add(Diagnostic::error(files.location(&format!("{}/pages/{name}.toml", locales[0])), message, help));
    }
    lost.into_keys().map(str::to_owned).collect()
}

/// Checks the name of a page, which is the name of a command and a part of a `custom_id`.
fn page_name(files: &Files, name: &str, diagnostics: &Collector) {
    let location = || files.location(&format!("pages/{name}.toml"));
    let taken = match name {
        super::CONVERSATION => Some("the conversation's"),
        super::ROUND => Some("the command's that opens a round"),
        super::ABOUT => Some("the command's that says what the bot is"),
        _ => None,
    };
    if let Some(taken) = taken {
        let message = format!("a page called `{name}`");
        diagnostics.add(Diagnostic::error(location(), message, format!("that name is {taken}; choose another")));
    } else if let Some(error) = command_name_error(name) {
        let message = format!("a page called `{name}`: the name {error}");
        diagnostics.add(Diagnostic::error(location(), message, COMMAND_NAME_HELP));
    }
}

fn page(table: &Table<'_>, name: &str, names: &[String]) -> Page {
    let page = Page {
        name: name.into(),
        command: table.required("command").and_then(|value| value.boolean()).unwrap_or_default(),
        accent_color: table.required("accent_color").and_then(|value| value.colour()).unwrap_or_default(),
        parts: table.required("parts").map(|value| ids(&value)).unwrap_or_default(),
        buttons: table.required("buttons").map(|value| links(&value, names)).unwrap_or_default(),
    };
    table.finish();
    page
}

fn ids(value: &Value<'_>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for value in value.array().unwrap_or_default() {
        if let Some(id) = id(&value)
            && unique(&mut seen, &id, &value)
        {
            ids.push(id);
        }
    }
    ids
}

fn links(value: &Value<'_>, names: &[String]) -> Vec<Link> {
    let mut allowed: Vec<_> = names.iter().map(String::as_str).collect();
    allowed.push(super::CONVERSATION);
    let mut seen = HashSet::new();
    let mut links = Vec::new();
    let found = value.array().unwrap_or_default();
    if found.len() > MAX_BUTTONS_IN_ROW {
        value
            .error(format!("{} buttons", found.len()), format!("Discord allows at most {MAX_BUTTONS_IN_ROW} in a row"));
    }
    for value in found {
        let Some(name) = value.string() else { continue };
        if !unique(&mut seen, name, &value) {
            continue;
        }
        match names.iter().position(|known| known == name) {
            Some(page) => links.push(Link::Page(page)),
            None if name == super::CONVERSATION => links.push(Link::Whichrole),
            None => value.error(format!("there is no page `{name}`"), did_you_mean(name, &allowed)),
        }
    }
    links
}

/// Reads an id, by which words are keyed.
fn id(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let fits = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
    if (1..=32).contains(&text.len()) && text.chars().all(fits) {
        return Some(text.to_owned());
    }
    value.error(format!("`{text}` is no id"), "1 to 32 of a-z, 0-9 and _ are allowed");
    None
}

/// Returns `true` for an id that was not seen before; reports another.
fn unique(seen: &mut HashSet<String>, id: &str, value: &Value<'_>) -> bool {
    let new = seen.insert(id.to_owned());
    if !new {
        value.error(format!("`{id}` is there twice"), "each name once");
    }
    new
}

/// Reads `whichrole.toml`. Returns `None` if it is too broken to continue.
///
/// Here and below, a `None` or a default in place of a value means that the error is reported already: it is never
/// used, because responses with an error are not loaded.
pub(super) fn questionnaire(files: &Files, pages: &[Page], diagnostics: &Collector) -> Option<Data> {
    let Some(file) = files.get("whichrole.toml") else {
        if files.is_unusable("whichrole.toml") {
            return None;
        }
        let allowed = "the questionnaire; `whichrole init` writes one to start from";
        diagnostics.add(Diagnostic::error(files.location("whichrole.toml"), "this file is missing", allowed));
        return None;
    };
    let errors_before = diagnostics.len();
    let document = Document::parse(file, diagnostics)?;
    let root = document.root(diagnostics);

    let mut seen = HashSet::new();
    let (mut questions, mut locations) = (Vec::new(), Vec::new());
    let mut listed = 0;
    let mut group = |value: Option<Value<'_>>| {
        let values = value.and_then(|value| value.array()).unwrap_or_default();
        listed += values.len();
        for value in values {
            let location = value.location();
            if let Some(question) = value.table().and_then(|table| question(&table, &mut seen)) {
                questions.push(question);
                locations.push(location);
            }
        }
        questions.len()
    };
    let core = group(root.required("question"));
    let all = group(root.optional("follow_up"));
    let max_questions = root.required("max_questions");
    let max_location = max_questions.as_ref().map_or_else(|| root.location(), Value::location);
    let max_questions = max_questions.and_then(|value| value.integer(1..=u32::try_from(MAX_QUESTIONS).ok()?));

    let rule = root.required_table("rule");
    let rule_location = rule.as_ref().map_or_else(|| root.location(), Table::location);
    let both_place =
        rule.as_ref().and_then(|rule| Some(rule.optional("both")?.location())).unwrap_or_else(|| rule_location.clone());
    let team = rule.as_ref().and_then(|rule| rule.optional("team"));
    let team_location = team.as_ref().map_or_else(|| rule_location.clone(), Value::location);
    let team = team.map_or(Some(TeamRule::default()), |team| read_team(&team.table()?));
    let is_complete = listed == all && root.optional("question").is_some();
    let asked = Asked { questions: &questions, core, is_complete };
    let rule = rule.and_then(|table| read_rule(&table, &asked));
    let styles = root.required_table("card").and_then(|table| read_styles(&table, pages));
    root.finish();

    if core == 0 {
        if !is_complete {
            return None;
        }
        root.error("there is no core question", "at least one `[[question]]`");
        return None;
    }
    if all > MAX_QUESTIONS {
        root.error(format!("{all} questions"), format!("at most {MAX_QUESTIONS}, core and follow-ups together"));
        return None;
    }
    let questionnaire =
        Questionnaire { questions, core, max_questions: usize::try_from(max_questions?).ok()?, rule: rule? };
    let locations = Locations {
        questions: locations,
        max_questions: max_location,
        rule: rule_location,
        both: both_place,
        team: team_location,
    };
    let is_valid = diagnostics.len() == errors_before;
    Some(Data { questionnaire, team: team?, styles: styles?, locations, is_valid })
}

fn question(table: &Table<'_>, seen: &mut HashSet<String>) -> Option<Question> {
    let id_value = table.required("id");
    let choices_value = table.required("choices");
    table.finish();
    let id = named(&id_value?, seen)?;
    let choices_value = choices_value?;
    let list = choices_value.array()?;
    if !(2..=MAX_CHOICES).contains(&list.len()) {
        let found = format!("{} choices", list.len());
        choices_value.error(found, format!("2 to {MAX_CHOICES}: what a message of 40 components holds"));
        return None;
    }
    let mut seen = HashSet::new();
    let choices = list.iter().filter_map(|value| choice(&value.table()?, &mut seen)).collect();
    Some(Question { id, choices })
}

/// The most points a choice can have: far above use, far below any overflow.
const MAX_POINTS: u32 = 100;

fn choice(table: &Table<'_>, seen: &mut HashSet<String>) -> Option<Choice> {
    let points = |key| table.optional(key).map_or(Some(0), |value| value.integer(0..=MAX_POINTS));
    let (cto, cio) = (points("cto"), points("cio"));
    let small = table.optional("small").map_or(Some(false), |value| value.boolean());
    let id_value = table.required("id");
    table.finish();
    let points = Points { cto: cto.unwrap_or_default(), cio: cio.unwrap_or_default() };
    Some(Choice { id: named(&id_value?, seen)?, points, small: small.unwrap_or_default() })
}

/// Returns the id of a question or choice. An invalid id is reported and kept, so that references to it cause no
/// follow-up errors.
fn named(value: &Value<'_>, seen: &mut HashSet<String>) -> Option<String> {
    match id(value) {
        Some(id) => {
            unique(seen, &id, value);
            Some(id)
        }
        None => value.string().map(str::to_owned),
    }
}

fn read_rule(table: &Table<'_>, asked: &Asked<'_>) -> Option<Rule> {
    let percent = |table: &Table<'_>, key| table.required(key).and_then(|value| value.integer(0..=100));
    let answers = |table: &Table<'_>| {
        let answers = table.required("answers").and_then(|value| value.integer(0..=u32::try_from(MAX_QUESTIONS).ok()?));
        usize::try_from(answers?).ok()
    };
    let order = table.required("order").and_then(|value| follow_ups(&value, asked));
    let order_if_both = table.required("order_if_both").and_then(|value| follow_ups(&value, asked));
    let tie = table.required("tie").and_then(|value| Some(known(&value, asked, 0)?.0));
    let first = table.required("first").and_then(|value| Some(known(&value, asked, 0)?.0));
    let nothing = table.required("nothing").and_then(|value| value.one_of(&[("cto", Role::Cto), ("cio", Role::Cio)]));
    let leaning = table.required_table("leaning").and_then(|table| {
        let leaning = (percent(&table, "gap"), answers(&table));
        table.finish();
        Some(Leaning { gap: leaning.0?, answers: leaning.1? })
    });
    let clear = table.required_table("clear").and_then(|table| {
        let clear = (percent(&table, "high"), percent(&table, "low"), percent(&table, "gap"), answers(&table));
        table.finish();
        Some(Clear { high: clear.0?, low: clear.1?, gap: clear.2?, answers: clear.3? })
    });
    let both = table.required_table("both").and_then(|table| {
        let both = (percent(&table, "low"), percent(&table, "ratio"), percent(&table, "clear"));
        table.finish();
        Some(Both { low: both.0?, ratio: both.1?, clear: both.2? })
    });
    let stop = table.required_table("stop").and_then(|table| {
        let after = table.required("after").and_then(|value| value.integer(0..=u32::try_from(MAX_QUESTIONS).ok()?));
        let gap = table.required("gap").and_then(|value| value.integer(0..=MAX_POINTS));
        table.finish();
        Some(Stop { after: usize::try_from(after?).ok()?, gap: gap? })
    });
    table.finish();
    Some(Rule {
        clear: clear?,
        both: both?,
        order_if_both: order_if_both?,
        order: order?,
        stop: stop?,
        leaning: leaning?,
        tie: tie?,
        first: first?,
        nothing: nothing?,
    })
}

/// Reads the thresholds for a team. The team's rule stands beside the questionnaire and not in it: it leads no
/// conversation, so changing it leaves the buttons made before valid.
fn read_team(table: &Table<'_>) -> Option<TeamRule> {
    let percent = |key| table.required(key).and_then(|value| value.integer(0..=100));
    let (low, high, clear) = (percent("low"), percent("high"), percent("clear"));
    table.finish();
    Some(TeamRule { low: low?, high: high?, clear: clear? })
}

/// The questions that were read, for what refers to them.
struct Asked<'a> {
    questions: &'a [Question],
    core: usize,
    /// Whether all that are listed could be read; otherwise an id may be that of one which could not.
    is_complete: bool,
}

/// Reads an array that names every follow-up once.
fn follow_ups(value: &Value<'_>, asked: &Asked<'_>) -> Option<Vec<usize>> {
    let (named, are_known) = known(value, asked, asked.core)?;
    for (index, question) in asked.questions.iter().enumerate().skip(asked.core) {
        // An unknown id is probably that of the follow-up which is left out.
        if are_known && !named.contains(&index) {
            let id = &question.id;
            value.error(format!("`{}` leaves out the follow-up `{id}`", value.path()), "every follow-up, each once");
        }
    }
    Some(named)
}

/// Reads an array of ids of questions, from an index on. Returns their indices, and whether all are known.
fn known(value: &Value<'_>, asked: &Asked<'_>, from: usize) -> Option<(Vec<usize>, bool)> {
    let questions = &asked.questions[from.min(asked.questions.len())..];
    let ids: Vec<_> = questions.iter().map(|question| question.id.as_str()).collect();
    let mut seen = HashSet::new();
    let mut indices = Vec::new();
    let mut are_known = true;
    for value in value.array()? {
        let Some(id) = value.string() else { continue };
        match ids.iter().position(|known| *known == id) {
            Some(index) if unique(&mut seen, id, &value) => indices.push(from + index),
            Some(_) => {}
            None => {
                are_known = false;
                if asked.is_complete {
                    value.error(format!("`{id}` is no question that can stand here"), did_you_mean(id, &ids));
                }
            }
        }
    }
    Some((indices, are_known))
}

fn read_styles(table: &Table<'_>, pages: &[Page]) -> Option<Styles> {
    let question = table.required_table("question").and_then(|table| {
        let colour = table.required("accent_color").and_then(|value| value.colour());
        table.finish();
        colour
    });
    let mut styles: BTreeMap<Outcome, Option<Style>> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, table.required_table(&outcome.to_string()).and_then(|table| style(&table, pages))))
        .collect();
    table.finish();
    let mut take = |outcome| styles.remove(&outcome).flatten();
    Some(Styles {
        question: question?,
        cto: take(Outcome::One(Role::Cto))?,
        cio: take(Outcome::One(Role::Cio))?,
        both: take(Outcome::Both)?,
    })
}

fn style(table: &Table<'_>, pages: &[Page]) -> Option<Style> {
    let accent_color = table.required("accent_color").and_then(|value| value.colour());
    let listed = table.required("pages");
    table.finish();
    let names: Vec<_> = pages.iter().map(|page| page.name.to_string()).collect();
    let listed = listed?;
    let links = links(&listed, &names);
    let mut linked = Vec::new();
    for link in links {
        match link {
            Link::Page(page) => linked.push(page),
            Link::Whichrole => {
                listed.error("`whichrole` is no page", "the card of a suggestion has Start over already")
            }
        }
    }
    // A shared card has a button of its own beside them.
    if linked.len() >= MAX_BUTTONS_IN_ROW {
        listed.error(format!("{} pages", linked.len()), format!("at most {}", MAX_BUTTONS_IN_ROW - 1));
    }
    Some(Style { accent_color: accent_color?, pages: linked })
}
