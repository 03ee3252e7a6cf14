//! `config.toml`, and the secrets beside it.
//!
//! Every setting has a default, so the file may be missing. Secrets are never in it: they come from the environment, or
//! from a file that the environment names, and are held in types that cannot be printed.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bot::Defaults;
use crate::diagnostic::{Diagnostic, Diagnostics, File, Location, Severity};
use crate::discord::Shards;
use crate::message::Visibility;
use crate::responses::Source;
use crate::secret::Secret;
use crate::telemetry::logs::{Format, Level};
use crate::toml_reader::{Collector, Document, Table, Value, did_you_mean};

/// The `config.toml` that the binary carries: every setting with its default and a sentence.
pub const BUILT_IN: &str = include_str!("../config.toml");

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How interactions arrive.
    pub transport: Transport,
    /// The base of the REST API, without `/api/v10`.
    pub api_url: String,
    /// The server that gets the commands alone, for development.
    pub test_guild: Option<u64>,
    /// Whether to register the commands on start, where they differ.
    pub register_commands: bool,
    /// Where the responses are.
    pub responses: Source,
    /// Whether to reload the responses when their folder changes.
    pub watch: bool,
    /// The language that is whole, and shown where nothing fits better.
    pub default_language: String,
    /// Who sees an answer when the person did not say.
    pub visibility: Defaults,
    /// What is logged.
    pub log_level: Level,
    /// How a log line looks.
    pub log_format: Format,
    /// Which shards this process serves, with the gateway.
    pub shards: Shards,
    /// Where the endpoint listens.
    pub endpoint_listen: SocketAddr,
    /// The path that Discord sends interactions to.
    pub endpoint_path: String,
    /// Where health and metrics are served; off where there is none.
    pub telemetry_listen: Option<SocketAddr>,
}

/// How interactions arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over a WebSocket that the bot opens.
    Gateway,
    /// As HTTP requests that Discord sends.
    Endpoint,
}

/// Where config is looked for when nobody says.
pub const DEFAULT_FILE: &str = "config.toml";

impl Config {
    /// Reads the settings. Without a path it is `config.toml` here, and without that file the defaults hold.
    ///
    /// # Errors
    ///
    /// Every fault at once.
    pub fn load(path: Option<&Path>) -> Result<Self, Diagnostics> {
        let named = path.unwrap_or(Path::new(DEFAULT_FILE));
        match std::fs::read_to_string(named) {
            Ok(text) => Self::parse(&named.display().to_string(), &text, named.parent().unwrap_or(Path::new(""))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.is_none() => {
                Self::parse(DEFAULT_FILE, "", Path::new(""))
            }
            Err(error) => {
                let location = Location::Path(named.display().to_string());
                Err(Diagnostics(vec![Diagnostic::error(
                    location,
                    format!("cannot be read: {error}"),
                    "a file that can be read",
                )]))
            }
        }
    }

    /// Reads the settings from a text; paths in it are relative to a folder.
    ///
    /// # Errors
    ///
    /// Every fault at once.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Diagnostics> {
        let file = Arc::new(File { name: name.to_owned(), text: text.to_owned() });
        let faults = Collector::default();
        let config = {
            let document = Document::parse(&file, &faults);
            read(&document.root(&faults), folder)
        };
        let faults = faults.into_diagnostics();
        match config {
            Some(config) if faults.iter().all(|fault| fault.severity == Severity::Warning) => Ok(config),
            _ => Err(Diagnostics::sorted(faults)),
        }
    }
}

/// Reads every table; nothing where a value is wrong.
fn read(root: &Table<'_>, folder: &Path) -> Option<Config> {
    /// A setting: its value, the default where it is not set, nothing where it is wrong.
    fn setting<T>(
        table: Option<&Table<'_>>,
        key: &str,
        default: T,
        read: impl FnOnce(&Value<'_>) -> Option<T>,
    ) -> Option<T> {
        match table.and_then(|table| table.get(key)) {
            Some(value) => read(&value),
            None => Some(default),
        }
    }
    let table = |key| root.get(key).and_then(|value| value.table());
    let [discord, gateway, endpoint, responses, visibility, telemetry, log] =
        ["discord", "gateway", "endpoint", "responses", "visibility", "telemetry", "log"].map(table);
    root.unknown();

    let visible = |key, default| {
        setting(visibility.as_ref(), key, default, |value| {
            value.one_of(&[("public", Visibility::Public), ("private", Visibility::Private)])
        })
    };
    let transports = [("gateway", Transport::Gateway), ("endpoint", Transport::Endpoint)];
    let default_listen = SocketAddr::from(([127, 0, 0, 1], 8080));

    let discord = discord.as_ref();
    let transport = setting(discord, "transport", Transport::Gateway, |value| value.one_of(&transports));
    let api_url = setting(discord, "api_url", crate::discord::API_URL.to_owned(), api_url);
    let test_guild = setting(discord, "test_guild", None, |value| snowflake(value).map(Some));
    let register_commands = setting(discord, "register_commands", true, |value| value.boolean());
    let gateway = gateway.as_ref();
    let shards = setting(gateway, "shards", Shards::Auto, shards);
    let endpoint = endpoint.as_ref();
    let endpoint_listen = setting(endpoint, "listen", default_listen, address);
    let endpoint_path = setting(endpoint, "path", "/interactions".to_owned(), path);
    let responses = responses.as_ref();
    let dir = setting(responses, "dir", None, |value| value.text().map(|dir| Some(folder.join(dir))));
    let watch = setting(responses, "watch", true, |value| value.boolean());
    let default_language = setting(responses, "default_language", "en-US".to_owned(), language);
    let cards = visible("cards", Visibility::Public);
    let conversation = visible("conversation", Visibility::Private);
    let telemetry = telemetry.as_ref();
    let telemetry_listen = setting(telemetry, "listen", None, |value| match value.text()? {
        "" => Some(None),
        _ => address(value).map(Some),
    });
    let log = log.as_ref();
    let levels = [
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("debug", Level::Debug),
        ("trace", Level::Trace),
    ];
    let log_level = setting(log, "level", Level::Info, |value| value.one_of(&levels));
    let log_format =
        setting(log, "format", Format::Text, |value| value.one_of(&[("text", Format::Text), ("json", Format::Json)]));
    for table in [discord, gateway, endpoint, responses, visibility.as_ref(), telemetry, log].into_iter().flatten() {
        table.unknown();
    }
    Some(Config {
        transport: transport?,
        api_url: api_url?,
        test_guild: test_guild?,
        register_commands: register_commands?,
        responses: dir?.map_or_else(|| default_source(folder), Source::Folder),
        watch: watch?,
        default_language: default_language?,
        visibility: Defaults { cards: cards?, conversation: conversation? },
        log_level: log_level?,
        log_format: log_format?,
        shards: shards?,
        endpoint_listen: endpoint_listen?,
        endpoint_path: endpoint_path?,
        telemetry_listen: telemetry_listen?,
    })
}

/// Without a setting: the folder `responses` beside the config if it is there, else the copy that the binary carries.
fn default_source(folder: &Path) -> Source {
    let folder: PathBuf = folder.join("responses");
    if folder.is_dir() { Source::Folder(folder) } else { Source::BuiltIn }
}

fn api_url(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let allowed = "such as \"https://discord.com\": http or https and a host; `/api/v10` is added to it";
    match host {
        Some(host) if !host.is_empty() && !url.contains("/api") && !url.contains(['?', '#', ' ', '@']) => {
            Some(url.to_owned())
        }
        _ => {
            value.fault(format!("`{}` is \"{text}\"", value.path()), allowed);
            None
        }
    }
}

/// A server's id. Discord writes ids as text, as they are larger than the whole numbers of some formats.
fn snowflake(value: &Value<'_>) -> Option<u64> {
    let text = value.text()?;
    let id = text.parse().ok().filter(|id| *id > 0);
    if id.is_none() {
        value.fault(format!("`{}` is \"{text}\"", value.path()), "a server's id such as \"290926798626357999\"");
    }
    id
}

fn address(value: &Value<'_>) -> Option<SocketAddr> {
    let text = value.text()?;
    let address = text.parse().ok();
    if address.is_none() {
        let allowed = "an address and a port such as \"127.0.0.1:8080\" or \"[::]:8080\"";
        value.fault(format!("`{}` is \"{text}\"", value.path()), allowed);
    }
    address
}

fn path(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if text.starts_with('/') && text.chars().all(fits) {
        return Some(text.to_owned());
    }
    let allowed = "a path such as \"/interactions\": a `/`, then letters, digits and any of `/-_.~`";
    value.fault(format!("`{}` is \"{text}\"", value.path()), allowed);
    None
}

fn language(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let known: Vec<_> = crate::responses::LOCALES.iter().map(|(locale, _)| *locale).collect();
    if known.contains(&text) {
        return Some(text.to_owned());
    }
    value.fault(format!("`{}` is \"{text}\", no language that Discord has", value.path()), did_you_mean(text, &known));
    None
}

/// `"auto"`, or `{ total = 8, from = 0, to = 3 }`.
fn shards(value: &Value<'_>) -> Option<Shards> {
    let allowed = "\"auto\", or such as { total = 8, from = 0, to = 3 }";
    if value.is_text() {
        return value.one_of(&[("auto", Shards::Auto)]);
    }
    let table = value.table()?;
    let number = |key, range| table.need(key).and_then(|value| value.number(range));
    let (total, from, to) = (number("total", 1..=100_000), number("from", 0..=99_999), number("to", 0..=99_999));
    table.unknown();
    let (total, from, to) = (total?, from?, to?);
    if from <= to && to < total {
        return Some(Shards::Range { total, from, to });
    }
    value.fault(
        format!("shards {from} to {to} of {total}"),
        format!("{allowed}: `from` is at most `to`, and `to` is below `total`, as shards count from 0"),
    );
    None
}

/// A secret from the environment: the variable itself, or the file that the variable with `_FILE` names.
///
/// `lookup` is `std::env::var_os` but in tests. The answer is nothing where neither is set.
///
/// # Errors
///
/// A sentence that names the variable, and never quotes the secret.
pub fn secret(
    name: &str,
    lookup: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<Option<Secret<String>>, SecretError> {
    let in_file = format!("{name}_FILE");
    let error = |message: String| Err(SecretError(message));
    let (text, origin) = match (lookup(name), lookup(&in_file)) {
        (Some(_), Some(_)) => return error(format!("{name} and {in_file} are both set; set one of them")),
        (None, None) => return Ok(None),
        (Some(value), None) => match value.into_string() {
            Ok(text) => (text, name.to_owned()),
            Err(_) => return error(format!("{name} is not text")),
        },
        (None, Some(path)) => match std::fs::read_to_string(&path) {
            Ok(text) => (text, format!("the file that {in_file} names, {},", Path::new(&path).display())),
            Err(problem) => {
                return error(format!(
                    "{in_file} names {}, which cannot be read: {problem}",
                    Path::new(&path).display()
                ));
            }
        },
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return error(format!("{origin} is empty"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return error(format!("{origin} has white space in it; only the line break at its end is left out"));
    }
    Ok(Some(Secret::new(text)))
}

/// What is wrong with a secret, in a sentence that does not quote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError(String);

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Config, Diagnostics> {
        Config::parse("config.toml", text, Path::new("/etc/whichrole"))
    }

    #[test]
    fn the_file_that_is_shipped_sets_every_default() {
        assert_eq!(parse(BUILT_IN).expect("our own file is right"), parse("").expect("no setting is needed"));
    }

    #[test]
    fn every_setting_is_taken() {
        let config = parse(
            r#"
            discord = { transport = "endpoint", api_url = "http://proxy:8080/", test_guild = "7", register_commands = false }
            gateway.shards = { total = 8, from = 4, to = 7 }
            endpoint = { listen = "[::1]:80", path = "/discord" }
            responses = { dir = "texts", watch = false, default_language = "de" }
            visibility = { cards = "private", conversation = "public" }
            telemetry.listen = "0.0.0.0:9000"
            log = { level = "warn", format = "json" }
            "#,
        );
        assert_eq!(
            config.expect("every value is allowed"),
            Config {
                transport: Transport::Endpoint,
                api_url: "http://proxy:8080".into(),
                test_guild: Some(7),
                register_commands: false,
                responses: Source::Folder("/etc/whichrole/texts".into()),
                watch: false,
                default_language: "de".into(),
                visibility: Defaults { cards: Visibility::Private, conversation: Visibility::Public },
                log_level: Level::Warn,
                log_format: Format::Json,
                shards: Shards::Range { total: 8, from: 4, to: 7 },
                endpoint_listen: "[::1]:80".parse().unwrap(),
                endpoint_path: "/discord".into(),
                telemetry_listen: Some("0.0.0.0:9000".parse().unwrap()),
            }
        );
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_is_allowed() {
        let faults = parse(
            r#"[discord]
transport = "getaway"
api_url = "https://discord.com/api/v10"
test_gild = "7"
register_commands = "yes"

[gateway]
shards = { total = 2, from = 1, to = 2 }

[logs]
level = "info"
"#,
        );
        assert_snapshot!(faults.expect_err("it is full of faults"), @r#"
        error: `discord.transport` is "getaway"
         --> config.toml:2:13
          |
        2 | transport = "getaway"
          |             ^^^^^^^^^
          |
          = help: did you mean `gateway`? allowed here: `gateway`, `endpoint`

        error: `discord.api_url` is "https://discord.com/api/v10"
         --> config.toml:3:11
          |
        3 | api_url = "https://discord.com/api/v10"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: such as "https://discord.com": http or https and a host; `/api/v10` is added to it

        error: unknown key `discord.test_gild`
         --> config.toml:4:1
          |
        4 | test_gild = "7"
          | ^^^^^^^^^
          |
          = help: did you mean `test_guild`? allowed here: `api_url`, `register_commands`, `test_guild`, `transport`

        error: `discord.register_commands` is a text
         --> config.toml:5:21
          |
        5 | register_commands = "yes"
          |                     ^^^^^
          |
          = help: `true` or `false` is allowed here

        error: shards 1 to 2 of 2
         --> config.toml:8:10
          |
        8 | shards = { total = 2, from = 1, to = 2 }
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: "auto", or such as { total = 8, from = 0, to = 3 }: `from` is at most `to`, and `to` is below `total`, as shards count from 0

        error: unknown key `logs`
          --> config.toml:10:2
           |
        10 | [logs]
           |  ^^^^
           |
           = help: did you mean `log`? allowed here: `discord`, `endpoint`, `gateway`, `log`, `responses`, `telemetry`, `visibility`

        6 errors
        "#);
    }

    fn env<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<std::ffi::OsString> + 'a {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    #[test]
    fn a_secret_comes_from_the_environment_or_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "hush\r\n").unwrap();
        let file = path.to_str().unwrap();
        let hush = Some(Secret::new("hush"));
        assert_eq!(secret("TOKEN", env(&[])), Ok(None));
        assert_eq!(secret("TOKEN", env(&[("TOKEN", "hush\n")])), Ok(hush.clone()));
        assert_eq!(secret("TOKEN", env(&[("TOKEN_FILE", file)])), Ok(hush));
        let error = |set: &[(&str, &str)]| secret("TOKEN", env(set)).expect_err("it is wrong").to_string();
        assert_eq!(
            error(&[("TOKEN", "hush"), ("TOKEN_FILE", file)]),
            "TOKEN and TOKEN_FILE are both set; set one of them"
        );
        assert_eq!(error(&[("TOKEN", "\n")]), "TOKEN is empty");
        assert_eq!(
            error(&[("TOKEN", "hu sh")]),
            "TOKEN has white space in it; only the line break at its end is left out"
        );
        assert!(error(&[("TOKEN_FILE", "/nowhere")]).starts_with("TOKEN_FILE names /nowhere, which cannot be read: "));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_taken(text in "\\PC*") {
            let _ = parse(&text);
        }

        #[test]
        fn any_value_is_refused_or_taken(
            key in "(discord.(transport|api_url|test_guild)|gateway.shards|endpoint.(listen|path)|telemetry.listen|responses.dir)",
            value in "(\"[ -~]{0,20}\"|-?[0-9]{1,30}|\\{ total = [0-9]{1,6}, from = [0-9]{1,6}, to = [0-9]{1,6} \\}|true|\\[\\])",
        ) {
            let _ = parse(&format!("{key} = {value}")).map_err(|faults| faults.render(true));
        }
    }
}
