//! The files without words: `whichrole.toml` and `pages/NAME.toml`.

use std::collections::{BTreeMap, HashSet};

use super::files::Files;
use super::{Link, Page, Style, Styles};
use crate::advisor::{
    Both, Choice, Clear, Leaning, Outcome, Points, ProofError, Question, Questionnaire, Role, Rule, Stop,
    TeamProofError, TeamRule,
};
use crate::diagnostic::{Diagnostic, Location};
use crate::message::MAX_BUTTONS_IN_ROW;
use crate::toml_reader::{Collector, Document, Table, Value, did_you_mean};

/// How many choices a question can have: a card of 40 components holds ten sections of three beside its frame.
const MAX_CHOICES: usize = 10;

/// How many questions there can be, core and follow-ups: what a `custom_id` holds, and what the proof can walk.
const MAX_QUESTIONS: usize = 12;

/// How many slash commands an application can have, beside `/whichrole`.
/// <https://docs.discord.com/developers/interactions/application-commands#registering-a-command>
const MAX_PAGES: usize = 99;

/// How long the name of a slash command or of its option can be.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
pub(super) const MAX_COMMAND_NAME: usize = 32;

/// Whether a slash command or its option can have this name.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming>
pub(super) fn is_command_name(name: &str) -> bool {
    // Marks of Devanagari and Thai are no letters of their own, and Discord allows them.
    let fits = |c: char| matches!(c, '-' | '_' | '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}') || c.is_alphanumeric();
    (1..=MAX_COMMAND_NAME).contains(&name.chars().count()) && name.chars().all(fits) && name.to_lowercase() == name
}

/// The questionnaire, and how its cards look.
pub struct Data {
    pub questionnaire: Questionnaire,
    pub team: TeamRule,
    pub styles: Styles,
    /// Where each question, the rule and the maximum stand, for what the proof finds.
    locations: Locations,
    /// Whether its file has no fault: else there is nothing to prove.
    pub sound: bool,
}

struct Locations {
    questions: Vec<Location>,
    max_questions: Location,
    rule: Location,
    both: Location,
    team: Location,
}

impl Data {
    /// A fault for something that the proof found.
    pub fn fault(&self, error: &ProofError) -> Diagnostic {
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

    /// A fault for something that the proof of the team's rule found.
    pub fn team_fault(&self, error: &TeamProofError) -> Diagnostic {
        let allowed = match error {
            TeamProofError::ContradictsAll(Outcome::One(_)) | TeamProofError::OneChangesAll(_) => "a larger `low`",
            TeamProofError::ContradictsAll(Outcome::Both) | TeamProofError::HalvesAreNotBoth => {
                "`low` and `high` at most 50: the mean of two halves"
            }
            TeamProofError::Unreachable(_) | TeamProofError::NotSymmetric => {
                "every outcome can be reached, and the roles count alike"
            }
        };
        Diagnostic::error(self.locations.team.clone(), error.to_string(), allowed)
    }
}

/// Reads `pages/*.toml`.
pub fn pages(files: &Files, faults: &Collector) -> Vec<Page> {
    let name = |path: &str| Some(path.strip_prefix("pages/")?.strip_suffix(".toml")?.to_owned());
    let names: Vec<String> = files.paths().filter_map(name).collect();
    if names.len() > MAX_PAGES {
        let found = format!("{} pages", names.len());
        faults.add(Diagnostic::error(files.location("pages"), found, format!("at most {MAX_PAGES} are allowed")));
    }
    let pages = names.iter().map(|name| {
        page_name(files, name, faults);
        let path = format!("pages/{name}.toml");
        let file = files.get(&path).expect("the path is one of the files'");
        page(&Document::parse(file, faults).root(faults), name, &names)
    });
    pages.collect()
}

/// A page's name is a command's name, and part of a `custom_id`.
fn page_name(files: &Files, name: &str, faults: &Collector) {
    let location = || files.location(&format!("pages/{name}.toml"));
    if name == super::CONVERSATION {
        faults.add(Diagnostic::error(
            location(),
            "a page called `whichrole`",
            "that name is the conversation's; choose another",
        ));
    } else if !is_command_name(name) {
        faults.add(Diagnostic::error(
            location(),
            format!("a page called `{name}`"),
            format!(
                "Discord allows 1 to {MAX_COMMAND_NAME} lower-case letters, digits, `-` and `_` in a command's name"
            ),
        ));
    }
}

fn page(table: &Table<'_>, name: &str, names: &[String]) -> Page {
    let page = Page {
        name: name.into(),
        command: table.need("command").and_then(|value| value.boolean()).unwrap_or_default(),
        accent_color: table.need("accent_color").and_then(|value| value.colour()).unwrap_or_default(),
        parts: table.need("parts").map(|value| ids(&value)).unwrap_or_default(),
        buttons: table.need("buttons").map(|value| links(&value, names)).unwrap_or_default(),
    };
    table.unknown();
    page
}

fn ids(value: &Value<'_>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for value in value.list().unwrap_or_default() {
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
    let found = value.list().unwrap_or_default();
    if found.len() > MAX_BUTTONS_IN_ROW {
        value
            .fault(format!("{} buttons", found.len()), format!("Discord allows at most {MAX_BUTTONS_IN_ROW} in a row"));
    }
    for value in found {
        let Some(name) = value.text() else { continue };
        if !unique(&mut seen, name, &value) {
            continue;
        }
        match names.iter().position(|known| known == name) {
            Some(page) => links.push(Link::Page(page)),
            None if name == super::CONVERSATION => links.push(Link::Whichrole),
            None => value.fault(format!("there is no page `{name}`"), did_you_mean(name, &allowed)),
        }
    }
    links
}

/// An id: what words are keyed by.
fn id(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let fits = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
    if (1..=32).contains(&text.len()) && text.chars().all(fits) {
        return Some(text.to_owned());
    }
    value.fault(format!("`{text}` is no id"), "1 to 32 of a-z, 0-9 and _ are allowed");
    None
}

/// Whether an id is new; a fault if it is not.
fn unique(seen: &mut HashSet<String>, id: &str, value: &Value<'_>) -> bool {
    let new = seen.insert(id.to_owned());
    if !new {
        value.fault(format!("`{id}` is there twice"), "each name once");
    }
    new
}

/// Reads `whichrole.toml`. Nothing where it is too broken to go on with.
pub fn questionnaire(files: &Files, pages: &[Page], faults: &Collector) -> Option<Data> {
    let Some(file) = files.get("whichrole.toml") else {
        let allowed = "the questionnaire; `whichrole init` writes one to start from";
        faults.add(Diagnostic::error(files.location("whichrole.toml"), "this file is missing", allowed));
        return None;
    };
    let faults_before = faults.len();
    let document = Document::parse(file, faults);
    let root = document.root(faults);

    let mut seen = HashSet::new();
    let (mut questions, mut locations) = (Vec::new(), Vec::new());
    let mut group = |value: Option<Value<'_>>| {
        for value in value.and_then(|value| value.list()).unwrap_or_default() {
            let location = value.location();
            if let Some(question) = value.table().and_then(|table| question(&table, &mut seen)) {
                questions.push(question);
                locations.push(location);
            }
        }
        questions.len()
    };
    let core = group(root.need("question"));
    let all = group(root.get("follow_up"));
    let max_questions = root.need("max_questions");
    let max_location = max_questions.as_ref().map_or_else(|| root.location(), Value::location);
    let max_questions = max_questions.and_then(|value| value.number(1..=u32::try_from(MAX_QUESTIONS).ok()?));

    let rule = root.need_table("rule");
    let rule_location = rule.as_ref().map_or_else(|| root.location(), Table::location);
    let both_place =
        rule.as_ref().and_then(|rule| Some(rule.get("both")?.location())).unwrap_or_else(|| rule_location.clone());
    let team = rule.as_ref().and_then(|rule| rule.get("team"));
    let team_location = team.as_ref().map_or_else(|| rule_location.clone(), Value::location);
    let team = team.map_or(Some(TeamRule::default()), |team| read_team(&team.table()?));
    let rule = rule.and_then(|table| read_rule(&table, &questions, core));
    let styles = root.need_table("card").and_then(|table| read_looks(&table, pages));
    root.unknown();

    if core == 0 {
        root.fault("there is no core question", "at least one `[[question]]`");
        return None;
    }
    if all > MAX_QUESTIONS {
        root.fault(format!("{all} questions"), format!("at most {MAX_QUESTIONS}, core and follow-ups together"));
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
    let sound = faults.len() == faults_before;
    Some(Data { questionnaire, team: team?, styles: styles?, locations, sound })
}

fn question(table: &Table<'_>, seen: &mut HashSet<String>) -> Option<Question> {
    let id_value = table.need("id");
    let choices_value = table.need("choices");
    table.unknown();
    let id = named(&id_value?, seen)?;
    let choices_value = choices_value?;
    let list = choices_value.list()?;
    if !(2..=MAX_CHOICES).contains(&list.len()) {
        let found = format!("{} choices", list.len());
        choices_value.fault(found, format!("2 to {MAX_CHOICES}: what a message of 40 components holds"));
        return None;
    }
    let mut seen = HashSet::new();
    let choices = list.iter().filter_map(|value| choice(&value.table()?, &mut seen)).collect();
    Some(Question { id, choices })
}

/// The most points a choice can have: far above use, far below any overflow.
const MAX_POINTS: u32 = 100;

fn choice(table: &Table<'_>, seen: &mut HashSet<String>) -> Option<Choice> {
    let points = |key| table.get(key).map_or(Some(0), |value| value.number(0..=MAX_POINTS));
    let (cto, cio) = (points("cto"), points("cio"));
    let small = table.get("small").map_or(Some(false), |value| value.boolean());
    let id_value = table.need("id");
    table.unknown();
    let points = Points { cto: cto.unwrap_or_default(), cio: cio.unwrap_or_default() };
    Some(Choice { id: named(&id_value?, seen)?, points, small: small.unwrap_or_default() })
}

/// The name of a question or choice. Where it is no good it still stands for it, so that what refers to it is not told
/// as wrong too.
fn named(value: &Value<'_>, seen: &mut HashSet<String>) -> Option<String> {
    match id(value) {
        Some(id) => {
            unique(seen, &id, value);
            Some(id)
        }
        None => value.text().map(str::to_owned),
    }
}

fn read_rule(table: &Table<'_>, questions: &[Question], core: usize) -> Option<Rule> {
    let percent = |table: &Table<'_>, key| table.need(key).and_then(|value| value.number(0..=100));
    let answers = |table: &Table<'_>| {
        let answers = table.need("answers").and_then(|value| value.number(0..=u32::try_from(MAX_QUESTIONS).ok()?));
        usize::try_from(answers?).ok()
    };
    let order = table.need("order").and_then(|value| follow_ups(&value, questions, core));
    let order_if_both = table.need("order_if_both").and_then(|value| follow_ups(&value, questions, core));
    let tie = table.need("tie").and_then(|value| known(&value, questions, 0));
    let first = table.need("first").and_then(|value| known(&value, questions, 0));
    let nothing = table.need("nothing").and_then(|value| value.one_of(&[("cto", Role::Cto), ("cio", Role::Cio)]));
    let leaning = table.need_table("leaning").and_then(|table| {
        let leaning = (percent(&table, "gap"), answers(&table));
        table.unknown();
        Some(Leaning { gap: leaning.0?, answers: leaning.1? })
    });
    let clear = table.need_table("clear").and_then(|table| {
        let clear = (percent(&table, "high"), percent(&table, "low"), percent(&table, "gap"), answers(&table));
        table.unknown();
        Some(Clear { high: clear.0?, low: clear.1?, gap: clear.2?, answers: clear.3? })
    });
    let both = table.need_table("both").and_then(|table| {
        let both = (percent(&table, "low"), percent(&table, "ratio"), percent(&table, "clear"));
        table.unknown();
        Some(Both { low: both.0?, ratio: both.1?, clear: both.2? })
    });
    let stop = table.need_table("stop").and_then(|table| {
        let after = table.need("after").and_then(|value| value.number(0..=u32::try_from(MAX_QUESTIONS).ok()?));
        let gap = table.need("gap").and_then(|value| value.number(0..=MAX_POINTS));
        table.unknown();
        Some(Stop { after: usize::try_from(after?).ok()?, gap: gap? })
    });
    table.unknown();
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

/// The thresholds for a team. The team's rule stands beside the questionnaire and not in it: it leads no conversation, so
/// changing it leaves the buttons made before valid.
fn read_team(table: &Table<'_>) -> Option<TeamRule> {
    let percent = |key| table.need(key).and_then(|value| value.number(0..=100));
    let (low, high, clear) = (percent("low"), percent("high"), percent("clear"));
    table.unknown();
    Some(TeamRule { low: low?, high: high?, clear: clear? })
}

/// A list that names every follow-up once.
fn follow_ups(value: &Value<'_>, questions: &[Question], core: usize) -> Option<Vec<usize>> {
    let named = known(value, questions, core)?;
    for (index, question) in questions.iter().enumerate().skip(core) {
        if !named.contains(&index) {
            let id = &question.id;
            value.fault(format!("`{}` leaves out the follow-up `{id}`", value.path()), "every follow-up, each once");
        }
    }
    Some(named)
}

/// A list of ids of questions, from an index on, as indices.
fn known(value: &Value<'_>, questions: &[Question], from: usize) -> Option<Vec<usize>> {
    let ids: Vec<_> = questions[from.min(questions.len())..].iter().map(|question| question.id.as_str()).collect();
    let mut seen = HashSet::new();
    let mut indices = Vec::new();
    for value in value.list()? {
        let Some(id) = value.text() else { continue };
        match ids.iter().position(|known| *known == id) {
            Some(index) if unique(&mut seen, id, &value) => indices.push(from + index),
            Some(_) => {}
            None => value.fault(format!("`{id}` is no question that can stand here"), did_you_mean(id, &ids)),
        }
    }
    Some(indices)
}

fn read_looks(table: &Table<'_>, pages: &[Page]) -> Option<Styles> {
    let question = table.need_table("question").and_then(|table| {
        let colour = table.need("accent_color").and_then(|value| value.colour());
        table.unknown();
        colour
    });
    let mut styles: BTreeMap<Outcome, Option<Style>> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, table.need_table(&outcome.to_string()).and_then(|table| style(&table, pages))))
        .collect();
    table.unknown();
    let mut take = |outcome| styles.remove(&outcome).flatten();
    Some(Styles {
        question: question?,
        cto: take(Outcome::One(Role::Cto))?,
        cio: take(Outcome::One(Role::Cio))?,
        both: take(Outcome::Both)?,
    })
}

fn style(table: &Table<'_>, pages: &[Page]) -> Option<Style> {
    let accent_color = table.need("accent_color").and_then(|value| value.colour());
    let listed = table.need("pages");
    table.unknown();
    let names: Vec<_> = pages.iter().map(|page| page.name.to_string()).collect();
    let listed = listed?;
    let links = links(&listed, &names);
    let mut linked = Vec::new();
    for link in links {
        match link {
            Link::Page(page) => linked.push(page),
            Link::Whichrole => {
                listed.fault("`whichrole` is no page", "the card of a suggestion has Start over already")
            }
        }
    }
    // A shared card has a button of its own beside them.
    if linked.len() >= MAX_BUTTONS_IN_ROW {
        listed.fault(format!("{} pages", linked.len()), format!("at most {}", MAX_BUTTONS_IN_ROW - 1));
    }
    Some(Style { accent_color: accent_color?, pages: linked })
}
