//! `[rounds]`: where team rounds are kept, for how long, and from how many answers on something is shown.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::setting;
use crate::diagnostic::nearest;
use crate::round::rules::DAY;
use crate::round::store::{DEFAULT_CONNECTIONS, PostgresSettings, StoreSettings};
use crate::round::tally::Thresholds;
use crate::round::{Limits, store};
use crate::toml_reader::{Table, Value};

/// Team rounds, as the settings have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounds {
    /// Where they are kept.
    pub store: StoreSettings,
    /// For how long, and from how many answers on something is shown.
    pub limits: Limits,
    /// How many connections to PostgreSQL to hold at most.
    pub connections: usize,
    /// The file with the authorities that PostgreSQL's certificate is checked with.
    pub authorities: Option<PathBuf>,
}

impl Rounds {
    /// The store of that name, with the settings that PostgreSQL has here.
    ///
    /// # Errors
    ///
    /// Those of [`parse_store`].
    pub fn store_named(&self, text: &str, folder: &Path) -> Result<StoreSettings, StoreFault> {
        parse_store(text, folder).map(|store| with_settings(store, self.connections, self.authorities.clone()))
    }
}

fn with_settings(store: StoreSettings, connections: usize, authorities: Option<PathBuf>) -> StoreSettings {
    match store {
        StoreSettings::Postgres(PostgresSettings { url, .. }) => {
            StoreSettings::Postgres(PostgresSettings { url, connections, authorities })
        }
        other => other,
    }
}

/// What is wrong with the name of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    /// What was found.
    pub message: String,
    /// What is allowed.
    pub help: String,
}

/// The file of a store that is not set, beside the config file.
const DEFAULT_STORE: &str = "sqlite:whichrole.db";

/// The stores that can be named.
const STORES: &str = "\"sqlite:FILE\", \"postgres://USER@HOST/DATABASE\", \"memory\" or \"off\" is allowed here";

/// The most days for which a round may be open.
const OPEN_DAYS: RangeInclusive<u32> = 1..=90;

/// The most days for which a result is kept.
const RESULT_DAYS: RangeInclusive<u32> = 1..=730;

/// More answers than this a team seldom has.
const MOST: u32 = 100;

/// Reads the table; `None` if a value is wrong.
pub(super) fn read(table: Option<&Table<'_>>, folder: &Path) -> Option<Rounds> {
    let default = parse_store(DEFAULT_STORE, folder).expect("the default is a file");
    let store = setting(table, "store", default, |value| read_store(value, folder));
    let connections = setting(table, "connections", DEFAULT_CONNECTIONS, |value| {
        value.integer(1..=1_000).and_then(|number| usize::try_from(number).ok())
    });
    let authorities = setting(table, "authorities", None, |value| match value.string()?.trim() {
        "" => {
            value.error(format!("`{}` is empty", value.path()), "a PEM file with certificates is allowed here");
            None
        }
        path => Some(Some(folder.join(path))),
    });
    let days = |key, range: RangeInclusive<u32>, default: i64, reason: &str| {
        let days = |value: &Value<'_>| value.integer_because(range, reason).map(|days| i64::from(days) * DAY);
        setting(table, key, default, days)
    };
    let default = Limits::default();
    let open_at_most = days(
        "open_days",
        OPEN_DAYS,
        default.open_at_most,
        "while a round is open, its answers can be linked to people",
    );
    let results_kept =
        days("result_days", RESULT_DAYS, default.results_kept, "nothing is kept for longer than anybody compares it");
    let thresholds = read_thresholds(table);
    let (store, connections, authorities) = (store?, connections?, authorities?);
    let limits = Limits { thresholds: thresholds?, open_at_most: open_at_most?, results_kept: results_kept? };
    let store = with_settings(store, connections, authorities.clone());
    Some(Rounds { store, limits, connections, authorities })
}

/// Each threshold is at least as high as the one before it. One that is not set is raised to that.
fn read_thresholds(table: Option<&Table<'_>>) -> Option<Thresholds> {
    let least = Thresholds::LEAST;
    let mut before: Option<(&str, u32)> = None;
    let mut threshold = |key, least: u32, reason: &str| {
        let lowest = before.map_or(least, |(_, before)| least.max(before));
        let found = setting(table, key, lowest, |value| {
            let number = value.integer_because(least..=MOST, reason)?;
            if let Some((below, more)) = before.filter(|(_, before)| number < *before) {
                value.error(
                    format!("`{}` is {number}, and `rounds.{below}` is {more}", value.path()),
                    "what tells more needs at least as many answers: `outcomes_from`, `questions_from`, `number_from`",
                );
                return None;
            }
            Some(number)
        });
        before = found.map(|number| (key, number)).or(before);
        found
    };
    let outcomes = threshold("outcomes_from", least.outcomes, "of two people, each would know what the other said");
    let questions =
        threshold("questions_from", least.questions, "of fewer people, the counts would tell who said what");
    let index = threshold("number_from", least.index, "of fewer people, a percentage says nothing");
    Some(Thresholds { outcomes: outcomes?, questions: questions?, index: index? })
}

fn read_store(value: &Value<'_>, folder: &Path) -> Option<StoreSettings> {
    let text = value.string()?;
    parse_store(text, folder)
        .map_err(|StoreFault { message, help }| {
            let message = format!("`{}` {message}", value.path());
            match may_hold_a_secret(text) {
                true => value.error_unquoted(message, help),
                false => value.error(message, help),
            }
        })
        .ok()
}

/// Returns `true` if a text may have a password in it, so that nothing quotes it.
fn may_hold_a_secret(text: &str) -> bool {
    text.contains(['@', '?']) || text.contains("://")
}

/// Reads the name of a store. The path of a file in it is relative to a folder.
///
/// # Errors
///
/// When there is no such kind of store, or it cannot be found by that name. A password in an address is refused, and
/// no error quotes an address.
pub fn parse_store(text: &str, folder: &Path) -> Result<StoreSettings, StoreFault> {
    let refused = |message: String, help: String| Err(StoreFault { message, help });
    let named = || if may_hold_a_secret(text) { "is no store".to_owned() } else { format!("is \"{text}\"") };
    match text {
        "memory" => return Ok(StoreSettings::Memory),
        "off" => return Ok(StoreSettings::Off),
        _ => {}
    }
    if let Some(file) = text.strip_prefix("sqlite:") {
        let meant = match file {
            ":memory:" => "\"memory\"".to_owned(),
            _ if file.trim().is_empty() => format!("\"{DEFAULT_STORE}\""),
            _ if file.starts_with("//") => format!("\"sqlite:{}\"", file.trim_start_matches("//")),
            _ => return Ok(StoreSettings::Sqlite(folder.join(file))),
        };
        return refused(format!("is \"{text}\""), format!("did you mean {meant}? a path follows `sqlite:`"));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let settings = PostgresSettings::new(text);
        return match settings.check() {
            Ok(()) => Ok(StoreSettings::Postgres(settings)),
            Err(store::WrongAddress::Password) => refused(
                "has a password in it".to_owned(),
                "take the password out of the address; set ROUNDS_PASSWORD to it, or ROUNDS_PASSWORD_FILE to the path of a \
                 file that holds it"
                    .to_owned(),
            ),
            Err(wrong) => refused(
                format!("cannot be used: {wrong}"),
                "such as \"postgres://whichrole@db.example.org/whichrole\"; with `?sslmode=require` at its end, by TLS"
                    .to_owned(),
            ),
        };
    }
    let kind = text.split(':').next().unwrap_or(text);
    let meant = match nearest(kind, &["sqlite", "postgres", "memory", "off"]) {
        Some("sqlite") => "did you mean `sqlite:`? ".to_owned(),
        Some("postgres") => "did you mean `postgres://`? ".to_owned(),
        Some(word) => format!("did you mean `{word}`? "),
        None if kind == text && text.contains('.') && !may_hold_a_secret(text) => {
            format!("did you mean \"sqlite:{text}\"? ")
        }
        None => String::new(),
    };
    refused(named(), format!("{meant}{STORES}"))
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn parse(text: &str) -> Result<Rounds, String> {
        let text = format!("[rounds]\n{text}\n");
        let config = Config::parse("config.toml", &text, Path::new("/etc/whichrole"));
        config.map(|config| config.rounds).map_err(|diagnostics| diagnostics.to_string())
    }

    fn error(text: &str) -> String {
        let told = parse(text).expect_err("it is wrong");
        assert!(told.ends_with("\n\n1 error"), "not one error: {told}");
        told
    }

    #[test]
    fn every_store_can_be_named() {
        let file = |path: &str| StoreSettings::Sqlite(PathBuf::from(path));
        for (text, store) in [
            ("", file("/etc/whichrole/whichrole.db")),
            ("store = \"sqlite:rounds/team.db\"", file("/etc/whichrole/rounds/team.db")),
            ("store = \"sqlite:/srv/team.db\"", file("/srv/team.db")),
            ("store = \"memory\"", StoreSettings::Memory),
            ("store = \"off\"", StoreSettings::Off),
        ] {
            assert_eq!(parse(text).expect("it is right").store, store, "{text}");
        }
        let address = "postgresql://whichrole@db/rounds?sslmode=require";
        let settings = parse(&format!("store = \"{address}\"\nconnections = 3\nauthorities = \"ca.pem\""));
        assert_eq!(
            settings.expect("it is right").store,
            StoreSettings::Postgres(PostgresSettings {
                url: address.to_owned(),
                connections: 3,
                authorities: Some("/etc/whichrole/ca.pem".into())
            })
        );
    }

    #[test]
    fn a_store_that_is_none_is_told_with_what_was_meant() {
        for (store, words) in [
            ("sqllite:team.db", "did you mean `sqlite:`? \"sqlite:FILE\", \"postgres://USER@HOST/DATABASE\","),
            ("whichrole.db", "did you mean \"sqlite:whichrole.db\"?"),
            ("sqlite:", "did you mean \"sqlite:whichrole.db\"? a path follows `sqlite:`"),
            ("sqlite:///srv/team.db", "did you mean \"sqlite:/srv/team.db\"?"),
            ("sqlite::memory:", "did you mean \"memory\"?"),
            ("of", "did you mean `off`?"),
            ("mysql", "help: \"sqlite:FILE\", "),
        ] {
            let told = error(&format!("store = \"{store}\""));
            assert!(told.contains(&format!("`rounds.store` is \"{store}\"")), "{told}");
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    /// The address may hold a password, so neither the message nor the quoted line shows it.
    #[test]
    fn an_address_that_is_wrong_is_told_and_never_quoted() {
        for (store, words) in [
            ("postgres://whichrole:hush@db/rounds", "has a password in it"),
            ("postgres://db/rounds?password=hush", "has a password in it"),
            ("postgres://whichrole:hush@db:port/rounds", "cannot be used: the address cannot be read: "),
            ("postgres://hush@db/rounds?sslmode=verify-full", "invalid value for option `sslmode`"),
            ("postgres:///hush", "cannot be used: the address names no host"),
            ("postgre://whichrole:hush@db/rounds", "did you mean `postgres://`?"),
            ("mysql://whichrole:hush@db/rounds", "is no store"),
        ] {
            let told = error(&format!("store = \"{store}\""));
            assert!(told.contains(words), "{words}: {told}");
            assert!(told.contains("config.toml:2") && !told.contains("hush"), "{told}");
        }
        assert!(error("store = \"postgres://whichrole:hush@db/rounds\"").contains("set ROUNDS_PASSWORD to it"));
    }

    #[test]
    fn days_have_a_range_with_a_reason() {
        let limits = parse("open_days = 90\nresult_days = 730").expect("the most").limits;
        assert_eq!((limits.open_at_most, limits.results_kept), (90 * DAY, 730 * DAY));
        for (setting, words) in [
            (
                "open_days = 0",
                "an integer from 1 to 90 is allowed here: while a round is open, its answers can be linked",
            ),
            ("open_days = 91", "`rounds.open_days` is 91"),
            ("result_days = 731", "an integer from 1 to 730 is allowed here: nothing is kept for longer"),
            ("open_days = \"30\"", "`rounds.open_days` is a string"),
        ] {
            let told = error(setting);
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    #[test]
    fn what_tells_more_needs_more_answers() {
        let thresholds = |text: &str| parse(text).expect("it is right").limits.thresholds;
        assert_eq!(thresholds(""), Thresholds::LEAST);
        let set = "outcomes_from = 4\nquestions_from = 6\nnumber_from = 100";
        assert_eq!(thresholds(set), Thresholds { outcomes: 4, questions: 6, index: 100 });
        assert_eq!(thresholds("outcomes_from = 9"), Thresholds { outcomes: 9, questions: 9, index: 9 });
        for (setting, words) in [
            ("outcomes_from = 2", "an integer from 3 to 100 is allowed here: of two people, each would know"),
            ("questions_from = 4", "an integer from 5 to 100"),
            ("number_from = 7", "an integer from 8 to 100"),
            ("outcomes_from = 6\nquestions_from = 5", "`rounds.questions_from` is 5, and `rounds.outcomes_from` is 6"),
            ("outcomes_from = 9\nnumber_from = 8", "`rounds.number_from` is 8, and `rounds.questions_from` is 9"),
            ("questions_form = 5", "did you mean `questions_from`?"),
        ] {
            let told = error(setting);
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}
