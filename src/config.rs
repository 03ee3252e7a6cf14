//! `config.toml`. Every setting has a default, so the file may be missing. Secrets are never in it: see
//! `credentials.rs`.

mod rounds;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bot::{Defaults, PublicLanguage};
use crate::diagnostic::{Collector, Diagnostic, Diagnostics, File, Location, Severity};
use crate::discord::Shards;
use crate::encoding;
use crate::links::Links;
use crate::locale;
use crate::message::{MAX_URL, Visibility};
use crate::responses::Source;
use crate::telemetry::logs::{Format, Level};
use crate::toml_reader::{Document, Table, Value};

pub use rounds::{Rounds, StoreFault, parse_store};

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
    /// The folder of the responses.
    pub responses: ResponsesFolder,
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
    /// Whether a suggestion shows its picture.
    pub pictures: bool,
    /// How a reply with a picture leaves the endpoint.
    pub endpoint_pictures: EndpointPictures,
    /// Where health and metrics are served; off where there is none.
    pub telemetry_listen: Option<SocketAddr>,
    /// Team rounds.
    pub rounds: Rounds,
    /// The addresses that `/about` has buttons to.
    pub links: Links,
}

/// How a reply with a picture leaves the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPictures {
    /// In the HTTP response.
    Answer,
    /// Through the callback route; the HTTP response is an empty 202.
    Callback,
    /// Without the picture.
    Off,
}

/// How interactions arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over a WebSocket that the bot opens.
    Gateway,
    /// As HTTP requests that Discord sends.
    Endpoint,
}

/// The folder of the responses, as the settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponsesFolder {
    /// The folder that `responses.dir` names. It must be there.
    Set(PathBuf),
    /// The folder beside the config file. Without it the built-in responses are used.
    Default(PathBuf),
}

impl ResponsesFolder {
    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Set(folder) | Self::Default(folder) => folder,
        }
    }

    /// Returns what to read now: for [`ResponsesFolder::Default`] the folder if anything of its name is there, else the
    /// built-in copy. A link to nowhere, a file and a folder without permission are there: reading them fails.
    pub fn source(&self) -> Source {
        match self {
            Self::Set(folder) => Source::Folder(folder.clone()),
            Self::Default(folder) if is_absent(folder) => Source::BuiltIn,
            Self::Default(folder) => Source::Folder(folder.clone()),
        }
    }
}

/// Returns `true` if nothing has that name. Whatever else keeps it from being looked at, it may be there.
fn is_absent(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The name of the config file in the working directory, if the command line names none.
pub const DEFAULT_FILE: &str = "config.toml";

impl Config {
    /// Reads the settings from a file. Without a path, from `config.toml` in the working directory; if nothing of that
    /// name is there, every setting has its default.
    ///
    /// # Errors
    ///
    /// All faults of the file, or why it cannot be read.
    pub fn load(path: Option<&Path>) -> Result<Self, Diagnostics> {
        let named = path.unwrap_or(Path::new(DEFAULT_FILE));
        if path.is_none() && is_absent(named) {
            return Self::parse(DEFAULT_FILE, "", Path::new(""));
        }
        let name = named.display().to_string();
        let failed = |message: String, help: &str| {
            Diagnostics(vec![Diagnostic::error(Location::Path(name.clone()), message, help)])
        };
        let bytes = std::fs::read(named).map_err(|error| {
            let help = match (error.kind(), std::fs::read_link(named)) {
                (ErrorKind::NotFound, Ok(target)) => {
                    format!("it is a link to {}, which is not there", target.display())
                }
                (ErrorKind::PermissionDenied, _) => "let the user that runs whichrole read it".to_owned(),
                _ => "name a file that can be read, with `--config FILE`".to_owned(),
            };
            failed(format!("cannot be read: {error}"), &help)
        })?;
        let text = encoding::utf8(&bytes).map_err(|error| failed(error.to_string(), "TOML files are UTF-8"))?;
        Self::parse(&name, text, named.parent().unwrap_or(Path::new("")))
    }

    /// Reads the settings from a text; paths in it are relative to a folder.
    ///
    /// # Errors
    ///
    /// Every fault at once.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Diagnostics> {
        let file = Arc::new(File { name: name.to_owned(), text: text.to_owned().into() });
        let collector = Collector::default();
        let document = Document::parse(&file, &collector);
        let config = document.and_then(|document| read(&document.root(&collector), folder));
        let diagnostics = collector.into_diagnostics();
        match config {
            Some(config) if diagnostics.iter().all(|one| one.severity == Severity::Warning) => Ok(config),
            _ => Err(Diagnostics::sorted(diagnostics)),
        }
    }
}

/// A setting: its value, the default where it is not set, nothing where it is wrong.
fn setting<T>(
    table: Option<&Table<'_>>,
    key: &str,
    default: T,
    read: impl FnOnce(&Value<'_>) -> Option<T>,
) -> Option<T> {
    match table.and_then(|table| table.optional(key)) {
        Some(value) => read(&value),
        None => Some(default),
    }
}

/// Reads every table; nothing where a value is wrong.
fn read(root: &Table<'_>, folder: &Path) -> Option<Config> {
    let table = |key| root.optional(key).and_then(|value| value.table());
    let [discord, gateway, endpoint, responses, visibility, rounds, links, telemetry, log] =
        ["discord", "gateway", "endpoint", "responses", "visibility", "rounds", "links", "telemetry", "log"].map(table);
    root.finish();

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
    let endpoint_pictures = setting(endpoint, "pictures", EndpointPictures::Answer, |value| {
        value.one_of(&[
            ("answer", EndpointPictures::Answer),
            ("callback", EndpointPictures::Callback),
            ("off", EndpointPictures::Off),
        ])
    });
    let responses = responses.as_ref();
    let pictures = setting(responses, "pictures", true, |value| value.boolean());
    let beside = ResponsesFolder::Default(folder.join("responses"));
    let dir = setting(responses, "dir", beside, |value| responses_dir(value, folder));
    let watch = setting(responses, "watch", true, |value| value.boolean());
    let default_language = setting(responses, "default_language", "en-US".to_owned(), language);
    let public_language = setting(responses, "public_language", PublicLanguage::ServerIfChosen, |value| {
        value.one_of(&[
            ("auto", PublicLanguage::ServerIfChosen),
            ("server", PublicLanguage::Server),
            ("person", PublicLanguage::Person),
        ])
    });
    let cards = visible("cards", Visibility::Public);
    let conversation = visible("conversation", Visibility::Private);
    let rounds = rounds.as_ref();
    let team_rounds = rounds::read(rounds, folder);
    let links = links.as_ref();
    let [privacy, terms, support, source] = ["privacy", "terms", "support", "source"]
        .map(|key| setting(links, key, None, |value| https_url(value).map(Some)));
    let telemetry = telemetry.as_ref();
    let telemetry_listen = setting(telemetry, "listen", None, |value| match value.string()? {
        "" => Some(None),
        _ => {
            let listen = address(value)?;
            match (transport, endpoint_listen) {
                (Some(Transport::Endpoint), Some(endpoint)) if collide(listen, endpoint) => {
                    value.error(
                        format!("`telemetry.listen` is {listen}, and the endpoint listens on {endpoint}"),
                        "two addresses with different ports: `telemetry.listen` and `endpoint.listen`",
                    );
                    None
                }
                _ => Some(Some(listen)),
            }
        }
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
    let tables = [discord, gateway, endpoint, responses, visibility.as_ref(), rounds, links, telemetry, log];
    for table in tables.into_iter().flatten() {
        table.finish();
    }
    Some(Config {
        transport: transport?,
        api_url: api_url?,
        test_guild: test_guild?,
        register_commands: register_commands?,
        responses: dir?,
        watch: watch?,
        default_language: default_language?,
        visibility: Defaults { cards: cards?, conversation: conversation?, public_language: public_language? },
        log_level: log_level?,
        log_format: log_format?,
        shards: shards?,
        endpoint_listen: endpoint_listen?,
        endpoint_path: endpoint_path?,
        pictures: pictures?,
        endpoint_pictures: endpoint_pictures?,
        telemetry_listen: telemetry_listen?,
        rounds: team_rounds?,
        links: Links { privacy: privacy?, terms: terms?, support: support?, source: source? },
    })
}

fn responses_dir(value: &Value<'_>, folder: &Path) -> Option<ResponsesFolder> {
    let dir = value.string()?;
    if dir.trim().is_empty() {
        let help = "a folder such as \"responses\"; without this line it is `responses` beside the config file";
        value.error(format!("`{}` is empty", value.path()), help);
        return None;
    }
    Some(ResponsesFolder::Set(folder.join(dir)))
}

/// Returns `true` if one process cannot listen on both addresses.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    // `[::]` listens on the IPv4 addresses, too, where a system does not forbid it.
    let everywhere = |ip: IpAddr, other: IpAddr| ip.is_unspecified() && (ip.is_ipv6() || other.is_ipv4());
    let same_ip = ip == other_ip || everywhere(ip, other_ip) || everywhere(other_ip, ip);
    // Port 0 is a free one, another each time.
    one.port() == other.port() && one.port() != 0 && same_ip
}

fn api_url(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let allowed = "such as \"https://discord.com\": http or https and a host; `/api/v10` is added to it";
    let bare = |host: &str| !host.is_empty() && !url.contains("/api") && !url.contains(['?', '#', ' ', '@']);
    match (host, url::Url::parse(url)) {
        // As it goes over the wire: a host may have letters that are not ASCII.
        (Some(host), Ok(url)) if bare(host) => Some(url.as_str().trim_end_matches('/').to_owned()),
        _ => {
            value.error(format!("`{}` is \"{text}\"", value.path()), allowed);
            None
        }
    }
}

/// A link button's URL, as browsers write it.
fn https_url(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let told = |message: String| {
        let help = "an address such as \"https://example.org/privacy\": https, a host, at most 512 characters; for none, \
                    leave the line out";
        value.error(format!("`{}` {message}", value.path()), help);
        None
    };
    let url = match url::Url::parse(text) {
        Ok(url) => url,
        Err(error) => return told(format!("is \"{text}\": {error}")),
    };
    let length = url.as_str().chars().count();
    match url.scheme() {
        "https" if !url.username().is_empty() || url.password().is_some() => {
            told("has a name or a password before its host".to_owned())
        }
        "https" if length > MAX_URL => told(format!("has {length} characters")),
        "https" => Some(url.into()),
        scheme => told(format!("is \"{text}\", whose scheme is `{scheme}`")),
    }
}

/// A server's id. Discord writes ids as text, as they are larger than the whole numbers of some formats.
fn snowflake(value: &Value<'_>) -> Option<u64> {
    let text = value.string()?;
    let id = text.parse().ok().filter(|id| *id > 0);
    if id.is_none() {
        value.error(format!("`{}` is \"{text}\"", value.path()), "a server's id such as \"290926798626357999\"");
    }
    id
}

fn address(value: &Value<'_>) -> Option<SocketAddr> {
    let text = value.string()?;
    let address = text.parse().ok();
    if address.is_none() {
        let allowed = "an address and a port such as \"127.0.0.1:8080\" or \"[::]:8080\"";
        value.error(format!("`{}` is \"{text}\"", value.path()), allowed);
    }
    address
}

fn path(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if text.starts_with('/') && text.chars().all(fits) {
        return Some(text.to_owned());
    }
    let allowed = "a path such as \"/interactions\": a `/`, then letters, digits and any of `/-_.~`";
    value.error(format!("`{}` is \"{text}\"", value.path()), allowed);
    None
}

fn language(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    if locale::is_known(text) {
        return Some(text.to_owned());
    }
    value.error(format!("`{}` is \"{text}\", which is no locale of Discord's", value.path()), locale::help(text));
    None
}

/// `"auto"`, or `{ total = 8, from = 0, to = 3 }`.
fn shards(value: &Value<'_>) -> Option<Shards> {
    let allowed = "\"auto\", or such as { total = 8, from = 0, to = 3 }";
    if value.is_string() {
        return value.one_of(&[("auto", Shards::Auto)]);
    }
    let table = value.table()?;
    let number = |key, range| table.required(key).and_then(|value| value.integer(range));
    let (total, from, to) = (number("total", 1..=100_000), number("from", 0..=99_999), number("to", 0..=99_999));
    table.finish();
    let (total, from, to) = (total?, from?, to?);
    if from <= to && to < total {
        return Some(Shards::Range { total, from, to });
    }
    value.error(
        format!("shards {from} to {to} of {total}"),
        format!("{allowed}: `from` is at most `to`, and `to` is below `total`, as shards count from 0"),
    );
    None
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::TestResult;
    use crate::round::Limits;
    use crate::round::rules::DAY;
    use crate::round::tally::Thresholds;

    fn parse(text: &str) -> Result<Config, Diagnostics> {
        Config::parse("config.toml", text, Path::new("/etc/whichrole"))
    }

    #[test]
    fn the_file_that_is_shipped_sets_every_default() -> TestResult {
        assert_eq!(parse(BUILT_IN)?, parse("")?);
        Ok(())
    }

    #[test]
    fn every_setting_is_taken() -> TestResult {
        let config = parse(
            r#"
            discord = { transport = "endpoint", api_url = "http://proxy:8080/", test_guild = "7", register_commands = false }
            gateway.shards = { total = 8, from = 4, to = 7 }
            endpoint = { listen = "[::1]:80", path = "/discord" }
            responses = { dir = "texts", watch = false, default_language = "de", public_language = "person" }
            visibility = { cards = "private", conversation = "public" }
            rounds = { store = "off", connections = 3, authorities = "ca.pem", open_days = 7, result_days = 8, outcomes_from = 4, questions_from = 6, number_from = 10 }
            telemetry.listen = "0.0.0.0:9000"
            log = { level = "warn", format = "json" }
            [links]
            privacy = "https://example.org/privacy"
            terms = "https://example.org/terms"
            support = "HTTPS://discord.gg/abc"
            source = "https://example.org/source"
            "#,
        )?;
        assert_eq!(
            config,
            Config {
                transport: Transport::Endpoint,
                api_url: "http://proxy:8080".into(),
                test_guild: Some(7),
                register_commands: false,
                responses: ResponsesFolder::Set("/etc/whichrole/texts".into()),
                watch: false,
                default_language: "de".into(),
                visibility: Defaults {
                    cards: Visibility::Private,
                    conversation: Visibility::Public,
                    public_language: PublicLanguage::Person,
                },
                log_level: Level::Warn,
                log_format: Format::Json,
                shards: Shards::Range { total: 8, from: 4, to: 7 },
                endpoint_listen: "[::1]:80".parse()?,
                endpoint_path: "/discord".into(),
                pictures: true,
                endpoint_pictures: EndpointPictures::Answer,
                telemetry_listen: Some("0.0.0.0:9000".parse()?),
                rounds: Rounds {
                    store: crate::round::StoreSettings::Off,
                    limits: Limits {
                        thresholds: Thresholds { outcomes: 4, questions: 6, index: 10 },
                        open_at_most: 7 * DAY,
                        results_kept: 8 * DAY,
                    },
                    connections: 3,
                    authorities: Some("/etc/whichrole/ca.pem".into()),
                },
                links: Links {
                    privacy: Some("https://example.org/privacy".into()),
                    terms: Some("https://example.org/terms".into()),
                    support: Some("https://discord.gg/abc".into()),
                    source: Some("https://example.org/source".into()),
                },
            }
        );
        Ok(())
    }

    #[test]
    fn an_api_url_is_kept_as_it_goes_over_the_wire() {
        let api_url = |url: &str| parse(&format!("discord.api_url = \"{url}\"")).map(|config| config.api_url).ok();
        assert_eq!(api_url("https://discord.com/").as_deref(), Some("https://discord.com"));
        assert_eq!(api_url("http://[::1]:8080").as_deref(), Some("http://[::1]:8080"));
        assert_eq!(
            api_url("https://bücher.example/discord/").as_deref(),
            Some("https://xn--bcher-kva.example/discord")
        );
        for wrong in [
            "discord.com",
            "https://",
            "ftp://discord.com",
            "https://a:b",
            "https://me@proxy",
            "https://discord.com/api",
        ] {
            assert_eq!(api_url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_is_allowed() {
        let config = parse(
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
        assert_snapshot!(config.expect_err("it is full of errors"), @r#"
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

        error: `discord.register_commands` is a string
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
           = help: did you mean `log`? allowed here: `discord`, `endpoint`, `gateway`, `links`, `log`, `responses`, `rounds`, `telemetry`, `visibility`

        6 errors
        "#);
    }

    fn message(text: &str) -> String {
        let diagnostics = parse(text).expect_err("it is wrong");
        let [only] = &diagnostics.0[..] else { panic!("not one error: {diagnostics}") };
        format!("{}; {}", only.message, only.help)
    }

    #[test]
    fn two_listeners_need_two_addresses() -> TestResult {
        let listen = |endpoint: &str, telemetry: &str, transport: &str| {
            format!(
                "discord.transport = \"{transport}\"\nendpoint.listen = \"{endpoint}\"\ntelemetry.listen = \"{telemetry}\"\n"
            )
        };
        for (endpoint, telemetry) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("127.0.0.1:8080", "0.0.0.0:8080"),
            ("[::]:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("127.0.0.1:8080", "[::ffff:127.0.0.1]:8080"),
        ] {
            let told = message(&listen(endpoint, telemetry, "endpoint"));
            assert!(told.contains("`telemetry.listen` is") && told.contains("different ports"), "{told}");
            // The gateway has no endpoint.
            parse(&listen(endpoint, telemetry, "gateway"))?;
        }
        for (endpoint, telemetry) in [
            ("127.0.0.1:8080", "127.0.0.1:8081"),
            ("127.0.0.1:8080", "127.0.0.2:8080"),
            ("127.0.0.1:8080", "[::1]:8080"),
            ("0.0.0.0:8080", "[::1]:8080"),
            ("127.0.0.1:0", "127.0.0.1:0"),
        ] {
            parse(&listen(endpoint, telemetry, "endpoint"))?;
        }
        // The default of the endpoint counts as well.
        message("discord.transport = \"endpoint\"\ntelemetry.listen = \"127.0.0.1:8080\"");
        Ok(())
    }

    #[test]
    fn a_link_is_an_address_that_a_button_takes() -> TestResult {
        let link = |url: &str| format!("links.privacy = \"{url}\"");
        let longest = format!("https://example.org/{}", "x".repeat(MAX_URL - 20));
        for url in [longest.as_str(), "https://bücher.example/"] {
            let taken = parse(&link(url))?.links.privacy.ok_or("it is not set")?;
            assert!(taken.len() <= MAX_URL && taken.is_ascii(), "{taken}");
        }
        for (url, words) in [
            ("http://example.org", "is \"http://example.org\", whose scheme is `http`"),
            ("discord://-/invite/abc", "whose scheme is `discord`"),
            ("example.org/privacy", "relative URL without a base"),
            ("https://", "empty host"),
            ("", "is \"\": "),
            ("https://someone@example.org", "a name or a password before its host"),
            (&format!("{longest}x"), "has 513 characters"),
        ] {
            let told = message(&link(url));
            assert!(told.starts_with("`links.privacy` ") && told.contains(words), "{words}: {told}");
            assert!(told.contains("; an address such as "), "{told}");
        }
        assert!(message("links.privcy = \"https://example.org\"").contains("did you mean `privacy`?"));
        Ok(())
    }

    #[test]
    fn a_suggested_language_is_the_same_language() {
        let told = message("responses.default_language = \"en-us\"");
        assert!(told.starts_with("`responses.default_language` is \"en-us\", which is no locale"), "{told}");
        assert!(told.contains("did you mean `en-US`?"), "{told}");
        assert!(!message("responses.default_language = \"sk\"").contains("did you mean"));
    }

    #[test]
    fn a_quoted_key_with_a_dot_is_no_path() {
        for text in ["\"log.level\" = \"warn\"", "log.level = \"info\"\n\"log.level\" = \"warn\""] {
            let told = message(text);
            assert!(
                told.starts_with("unknown key `\"log.level\"`") && told.contains("`level` under `[log]`"),
                "{told}"
            );
        }
    }

    #[test]
    fn an_empty_folder_name_is_a_fault() {
        assert!(message("responses.dir = \" \"").starts_with("`responses.dir` is empty"));
    }

    #[test]
    fn what_has_the_name_of_the_default_folder_is_taken_for_it() -> TestResult {
        let home = tempfile::tempdir()?;
        let path = home.path().join("responses");
        let folder = ResponsesFolder::Default(path.clone());
        assert_eq!(folder.source(), Source::BuiltIn);
        std::fs::write(&path, "a file")?;
        assert_eq!(folder.source(), Source::Folder(path.clone()));
        std::fs::remove_file(&path)?;
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/srv/not-mounted", &path)?;
            assert_eq!(folder.source(), Source::Folder(path.clone()));
            std::fs::remove_file(&path)?;
        }
        assert_eq!(ResponsesFolder::Set(path.clone()).source(), Source::Folder(path));
        Ok(())
    }

    #[test]
    fn a_config_that_cannot_be_read_is_a_fault_with_its_reason() -> TestResult {
        let home = tempfile::tempdir()?;
        let told = |name: &str| Config::load(Some(&home.path().join(name))).expect_err("it is wrong").to_string();
        assert!(told("nowhere.toml").contains("cannot be read: No such file"), "{}", told("nowhere.toml"));
        assert!(told("").contains("cannot be read: Is a directory"), "{}", told(""));
        std::fs::write(home.path().join("latin1.toml"), b"# Z\xFCrich\n")?;
        assert!(told("latin1.toml").contains("line 1: byte 0xFC at column 4 is not UTF-8"), "{}", told("latin1.toml"));
        std::fs::write(home.path().join("bom.toml"), "\u{feff}[log]\nlevel = \"warn\"\n")?;
        // A byte order mark does no harm.
        let config = Config::load(Some(&home.path().join("bom.toml")))?;
        assert_eq!(config.log_level, Level::Warn);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/srv/not-mounted", home.path().join("link.toml"))?;
            assert!(told("link.toml").contains("it is a link to /srv/not-mounted"), "{}", told("link.toml"));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_taken(text in "\\PC*") {
            let _ = parse(&text);
        }

        #[test]
        fn any_value_is_refused_or_taken(
            key in "(discord.(transport|api_url|test_guild)|gateway.shards|endpoint.(listen|path)|telemetry.listen|responses.dir|rounds.(store|open_days|outcomes_from|questions_from)|links.terms)",
            value in "(\"[ -~]{0,20}\"|\"(postgres|sqlite|https):[ -~]{0,30}\"|-?[0-9]{1,30}|\\{ total = [0-9]{1,6}, from = [0-9]{1,6}, to = [0-9]{1,6} \\}|true|\\[\\])",
        ) {
            let _ = parse(&format!("{key} = {value}")).map_err(|diagnostics| diagnostics.render(true));
        }
    }
}
