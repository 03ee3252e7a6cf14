//! Registration of the slash commands: the commands that Discord has are compared with those of the responses, and
//! overwritten if they differ.
//!
//! ```text
//! $ whichrole commands diff
//! ~ /cio: description "What a CIO is" -> "What a CIO does"
//! - /old
//! + /cto
//! ```
//!
//! Discord returns a command with fields of its own, and with defaults written out or left out. So both sides are first
//! turned into plain facts, such as `description in de: "…"`, and only those are compared: a second start finds nothing
//! to write.
//!
//! An Entry Point command, which Discord makes for an application with Activities, is not a slash command: a bulk
//! overwrite must contain it, so it is written back unchanged, and never listed as a difference.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use hyper::Method;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serenity::model::id::ApplicationId;
use tokio::time::sleep;

use super::rest::{COMMAND_LINE_PATIENCE, Call, Cause, Rest, RestError};
use super::{Error, Settings};
use crate::backoff::{Backoff, Pace};
use crate::cards::round::Duration;
use crate::http_client::HttpClient;
use crate::interaction::{DEADLINE, SHOW};
use crate::responses::{ABOUT, CONVERSATION, Language, ROUND, Responses};
use crate::service::{Body, Service};

/// In servers, in direct messages with the bot, in direct and group messages among people.
/// <https://docs.discord.com/developers/interactions/application-commands#interaction-contexts>
const CONTEXTS: [u8; 3] = [0, 1, 2];

/// Installed in a server, installed by a person.
/// <https://docs.discord.com/developers/resources/application#application-object-application-integration-types>
const INTEGRATION_TYPES: [u8; 2] = [0, 1];

/// The contexts of `/round`: in servers only.
const SERVER_CONTEXT: [u8; 1] = [0];
/// The integration types of `/round`: installed in a server only.
const SERVER_INSTALLED: [u8; 1] = [0];

/// The types of a slash command and of an Entry Point command.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const CHAT_INPUT: u64 = 1;
const PRIMARY_ENTRY_POINT: u64 = 4;

/// The type of an option that is a string.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type>
const STRING: u8 = 3;

/// Compares the registered commands with those of the responses, in one server or globally. Empty if they are equal.
///
/// # Errors
///
/// If Discord cannot be reached, or refuses.
pub async fn diff(settings: &Settings, responses: &Responses, guild: Option<u64>) -> Result<Vec<Difference>, Error> {
    let rest = command_line_rest(settings);
    let compared = Comparison::load(&rest, &commands(responses, settings.rounds, Scope::of(guild)), guild).await;
    compared.map(|comparison| comparison.differences).map_err(RestError::for_operator)
}

/// Registers the commands in one server or globally if anything differs, and returns the differences that there were.
///
/// # Errors
///
/// If Discord cannot be reached, or refuses the commands.
pub async fn sync(settings: &Settings, responses: &Responses, guild: Option<u64>) -> Result<Vec<Difference>, Error> {
    let wanted = commands(responses, settings.rounds, Scope::of(guild));
    sync_with(&command_line_rest(settings), &wanted, guild).await.map_err(RestError::for_operator)
}

fn command_line_rest(settings: &Settings) -> Rest {
    Rest::new(settings, HttpClient::new(true), COMMAND_LINE_PATIENCE)
}

async fn sync_with(rest: &Rest, wanted: &[Command], guild: Option<u64>) -> Result<Vec<Difference>, RestError> {
    let comparison = Comparison::load(rest, wanted, guild).await?;
    if !comparison.differences.is_empty() {
        let body = Body { content_type: "application/json".into(), bytes: comparison.overwrite.into() };
        let call = Call { method: Method::PUT, path: comparison.path, body: Some(body) };
        rest.fire::<serde::de::IgnoredAny>("registering the slash commands", &call).await?;
    }
    Ok(comparison.differences)
}

/// Keeps the registered commands equal to those of the responses, now and after each reload, for as long as it is
/// polled.
///
/// Failures are logged, counted and shown as a warning of `/readyz`, and tried again after growing pauses. The bot
/// answers meanwhile.
pub async fn keep(settings: &Settings, service: &Service) {
    let rest = Rest::new(settings, HttpClient::new(true), std::time::Duration::MAX);
    keep_with(&rest, settings, service).await;
}

/// The same as [`keep`], with a client that exists already.
pub(super) async fn keep_with(rest: &Rest, settings: &Settings, service: &Service) {
    let scope = Scope::of(settings.test_guild);
    let mut loads = service.loads();
    let mut registered = None;
    let mut backoff = Backoff::new(Pace::REGISTRATION);
    let mut logged = None;
    loop {
        loads.mark_unchanged();
        let responses = service.responses();
        let wanted = commands(&responses, settings.rounds, scope);
        // Most reloads change texts that no command contains.
        if registered.as_ref() != Some(&wanted) {
            match sync_with(rest, &wanted, settings.test_guild).await {
                Ok(differences) => {
                    log_success(&differences);
                    service.readiness.registered(Ok(()));
                    (registered, logged) = (Some(wanted), None);
                    backoff.succeed();
                }
                Err(error) => {
                    service.metrics.registration_failed();
                    service.readiness.registered(Err(&error.to_string()));
                    backoff.fail();
                    let retry = may_succeed_later(&error.cause);
                    // Repetitions of the same failure are logged once.
                    if logged.as_ref() != Some(&error) {
                        log_failure(&error, settings.test_guild, retry);
                        logged = Some(error);
                    }
                    if retry {
                        tokio::select! {
                            () = sleep(backoff.pause()) => continue,
                            // Changed texts may change the commands.
                            changed = loads.changed() => match changed {
                                Ok(()) => continue,
                                Err(_) => return,
                            },
                        }
                    }
                }
            }
        }
        if loads.changed().await.is_err() {
            return;
        }
    }
}

fn log_success(differences: &[Difference]) {
    if differences.is_empty() {
        tracing::info!("the slash commands are up to date");
        return;
    }
    for difference in differences {
        tracing::info!("{difference}");
    }
    tracing::info!("the slash commands are registered");
}

fn log_failure(error: &RestError, guild: Option<u64>, retry: bool) {
    let hint = hint(&error.cause, guild);
    if retry {
        tracing::warn!(%error, hint, "cannot register the slash commands; retrying");
    } else {
        tracing::error!(%error, hint, "the slash commands are not registered");
    }
}

/// Tells whether the same request can succeed at another time. A wrong token and commands that Discord finds invalid
/// stay so.
fn may_succeed_later(cause: &Cause) -> bool {
    match cause {
        Cause::WrongToken | Cause::InvalidUrl(_) => false,
        Cause::Refused { status, .. } => status.as_u16() != 400,
        Cause::RateLimited(_) | Cause::Unavailable(_) | Cause::Network(_) => true,
    }
}

/// Returns what an operator can do about a refusal.
fn hint(cause: &Cause, guild: Option<u64>) -> Option<&'static str> {
    match cause {
        Cause::Refused { status, .. } if matches!(status.as_u16(), 403 | 404) => Some(if guild.is_some() {
            "add the application to the server that discord.test_guild names, with the scope applications.commands"
        } else {
            "something between the bot and Discord may refuse the request"
        }),
        _ => None,
    }
}

/// The registered commands beside the wanted ones.
struct Comparison {
    /// The path of the registered commands.
    path: String,
    /// The body that makes the registered commands the wanted ones.
    overwrite: Vec<u8>,
    differences: Vec<Difference>,
}

impl Comparison {
    /// Reads the registered commands and compares them.
    async fn load(rest: &Rest, wanted: &[Command], guild: Option<u64>) -> Result<Self, RestError> {
        let path = path(rest.application_id().await?, guild);
        // Without the parameter Discord leaves the localizations out.
        let call = Call::get(format!("{path}?with_localizations=true"));
        let registered: Vec<Value> = rest.fire("reading the slash commands", &call).await?;
        let (entry_points, registered): (Vec<_>, Vec<_>) = registered.into_iter().partition(is_entry_point);
        let registered: Vec<Command> = registered.iter().map(read_command).collect();
        let differences = differences(&registered, wanted, Scope::of(guild));
        Ok(Self { path, overwrite: overwrite(wanted, &entry_points), differences })
    }
}

fn is_entry_point(command: &Value) -> bool {
    command["type"] == PRIMARY_ENTRY_POINT
}

/// Reads a registered command. One that is not as documented differs from every wanted one by its description.
fn read_command(command: &Value) -> Command {
    serde_json::from_value(command.clone()).unwrap_or_else(|_| Command {
        kind: command["type"].as_u64().unwrap_or(CHAT_INPUT),
        name: command["name"].as_str().unwrap_or_default().to_owned(),
        description: "(not readable)".to_owned(),
        ..Command::default()
    })
}

/// Makes the body of a bulk overwrite: the wanted commands, and the Entry Point commands as they are.
fn overwrite(wanted: &[Command], entry_points: &[Value]) -> Vec<u8> {
    let wanted = wanted.iter().map(|command| serde_json::to_value(command).expect("commands are text and numbers"));
    let body: Vec<Value> = wanted.chain(entry_points.iter().map(writable)).collect();
    serde_json::to_vec(&body).expect("JSON values can be written")
}

/// Takes the fields of a registered command that a request may contain. `null` means the default and is left out.
/// <https://docs.discord.com/developers/interactions/application-commands#bulk-overwrite-global-application-commands>
fn writable(command: &Value) -> Value {
    const FIELDS: [&str; 11] = [
        "id",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "default_member_permissions",
        "integration_types",
        "contexts",
        "type",
        "nsfw",
        "handler",
    ];
    let field = |name: &&str| Some(((*name).to_owned(), command.get(*name).filter(|value| !value.is_null())?.clone()));
    Value::Object(FIELDS.iter().filter_map(field).collect())
}

/// The path of an application's commands, in one server or globally.
/// <https://docs.discord.com/developers/interactions/application-commands#endpoints>
fn path(application: ApplicationId, guild: Option<u64>) -> String {
    let guild = guild.map(|guild| format!("/guilds/{guild}")).unwrap_or_default();
    format!("/applications/{application}{guild}/commands")
}

/// Place of registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All servers and direct messages.
    Global,
    /// One server. Such commands have neither contexts nor integration types.
    Guild,
}

impl Scope {
    fn of(guild: Option<u64>) -> Self {
        if guild.is_some() { Self::Guild } else { Self::Global }
    }
}

type Localizations = BTreeMap<String, String>;

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Command {
    #[serde(rename = "type", default = "chat_input")]
    kind: u64,
    name: String,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Localizations::is_empty")]
    name_localizations: Localizations,
    #[serde(default)]
    description: String,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Localizations::is_empty")]
    description_localizations: Localizations,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    options: Vec<CommandOption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contexts: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integration_types: Option<Vec<u8>>,
    /// The permissions that a member needs; the responses set none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_member_permissions: Option<String>,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "is_false")]
    nsfw: bool,
}

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-structure>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CommandOption {
    #[serde(rename = "type")]
    kind: u8,
    name: String,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Localizations::is_empty")]
    name_localizations: Localizations,
    #[serde(default)]
    description: String,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Localizations::is_empty")]
    description_localizations: Localizations,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "is_false")]
    required: bool,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "is_false")]
    autocomplete: bool,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    choices: Vec<OptionChoice>,
    /// Options of a subcommand; the responses make none.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    options: Vec<CommandOption>,
}

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OptionChoice {
    name: String,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Localizations::is_empty")]
    name_localizations: Localizations,
    value: Value,
}

fn chat_input() -> u64 {
    CHAT_INPUT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Reads `null`, which Discord writes for a missing value, as the default.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Makes the commands of the responses, with or without the one for rounds.
fn commands(responses: &Responses, rounds: bool, scope: Scope) -> Vec<Command> {
    let localized = |line: &dyn for<'a> Fn(&'a Language) -> Cow<'a, str>| {
        let lines = responses.languages.iter().map(|one| (&*one.locale, line(one).into_owned()));
        (line(&responses.languages[0]).into_owned(), localizations(lines))
    };
    let choice =
        |value: &str, (name, name_localizations)| OptionChoice { name, name_localizations, value: value.into() };
    let option = |name: &str, name_localizations, (description, description_localizations), choices| CommandOption {
        kind: STRING,
        name: name.into(),
        name_localizations,
        description,
        description_localizations,
        required: false,
        autocomplete: false,
        choices,
        options: Vec::new(),
    };
    let show = option(
        SHOW,
        localized(&|one| one.words.ui.command_show_name()).1,
        localized(&|one| one.words.ui.command_show()),
        vec![
            choice("public", localized(&|one| one.words.ui.command_show_public())),
            choice("private", localized(&|one| one.words.ui.command_show_private())),
        ],
    );
    let command = |name: &str, (description, description_localizations), options| Command {
        kind: CHAT_INPUT,
        name: name.into(),
        name_localizations: Localizations::new(),
        description,
        description_localizations,
        options,
        contexts: (scope == Scope::Global).then(|| CONTEXTS.into()),
        integration_types: (scope == Scope::Global).then(|| INTEGRATION_TYPES.into()),
        default_member_permissions: None,
        nsfw: false,
    };
    let pages = responses.pages.iter().enumerate().filter(|(_, page)| page.command).map(|(index, page)| {
        let description = localized(&|one| Cow::Borrowed(&one.words.pages[index].description));
        command(&page.name, description, vec![show.clone()])
    });
    let conversation = command(CONVERSATION, localized(&|one| one.words.ui.command_whichrole()), vec![show.clone()]);
    let round = rounds.then(|| {
        let deadlines =
            Duration::ALL.map(|deadline| choice(deadline.name(), localized(&|one| deadline.words(&one.words.round))));
        let deadline = option(
            DEADLINE,
            localized(&|one| one.words.round.command_deadline_name()).1,
            localized(&|one| one.words.round.command_deadline()),
            deadlines.into(),
        );
        let command = command(ROUND, localized(&|one| one.words.round.command_description()), vec![deadline]);
        // A round belongs to a server, and a bot that a person installed for themselves cannot show a card to others
        // there.
        Command {
            contexts: command.contexts.map(|_| SERVER_CONTEXT.into()),
            integration_types: command.integration_types.map(|_| SERVER_INSTALLED.into()),
            ..command
        }
    });
    let about = command(ABOUT, localized(&|one| one.words.about.command_description()), Vec::new());
    pages.chain([conversation]).chain(round).chain([about]).collect()
}

/// Collects a text in every language, the default language included: for `en-GB`, Discord prefers `en-US` to the text
/// without a language. European Spanish is also registered for Latin America if there is no other Spanish, because
/// Discord does not fall back between the two.
fn localizations<'a>(texts: impl Iterator<Item = (&'a str, String)>) -> Localizations {
    let mut localizations: Localizations = texts.map(|(locale, text)| (locale.to_owned(), text)).collect();
    if let (Some(spanish), false) = (localizations.get("es-ES"), localizations.contains_key("es-419")) {
        localizations.insert("es-419".into(), spanish.clone());
    }
    localizations
}

/// A difference between the registered and the wanted commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A command that is not registered: its name.
    Missing(String),
    /// A registered command that is no longer wanted: its name.
    Extra(String),
    /// A part of a command.
    Changed {
        /// The command's name.
        command: String,
        /// The part.
        what: String,
        /// The registered value; `None` if the part is missing.
        from: Option<String>,
        /// The wanted value; `None` if the part is not wanted.
        to: Option<String>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(command) => write!(f, "+ {command}"),
            Self::Extra(command) => write!(f, "- {command}"),
            Self::Changed { command, what, from, to } => {
                let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".into());
                write!(f, "~ {command}: {what} {} -> {}", show(from), show(to))
            }
        }
    }
}

fn differences(registered: &[Command], wanted: &[Command], scope: Scope) -> Vec<Difference> {
    let same = |one: &Command, other: &Command| (one.kind, &one.name) == (other.kind, &other.name);
    let mut differences = Vec::new();
    for command in wanted {
        let Some(before) = registered.iter().find(|before| same(before, command)) else {
            differences.push(Difference::Missing(command.to_string()));
            continue;
        };
        let (mut before, after) = (before.facts(scope), command.facts(scope));
        for (what, to) in after {
            let from = before.remove(&what);
            if from.as_ref() != Some(&to) {
                differences.push(Difference::Changed { command: command.to_string(), what, from, to: Some(to) });
            }
        }
        for (what, from) in before {
            differences.push(Difference::Changed { command: command.to_string(), what, from: Some(from), to: None });
        }
    }
    let extra = registered.iter().filter(|before| !wanted.iter().any(|command| same(before, command)));
    differences.extend(extra.map(|before| Difference::Extra(before.to_string())));
    differences
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CHAT_INPUT => write!(f, "/{}", self.name),
            kind => write!(f, "{} (a command of type {kind})", self.name),
        }
    }
}

/// A command part by part: name of the part and its value.
type Facts = BTreeMap<String, String>;

impl Command {
    fn facts(&self, scope: Scope) -> Facts {
        let mut facts = Facts::new();
        texts(&mut facts, "", "name", None, &self.name_localizations);
        texts(&mut facts, "", "description", Some(&self.description), &self.description_localizations);
        if scope == Scope::Global {
            let sorted = |values: &Option<Vec<u8>>| {
                let mut values = values.clone()?;
                values.sort_unstable();
                Some(format!("{values:?}"))
            };
            facts.extend(sorted(&self.contexts).map(|values| ("contexts".into(), values)));
            facts.extend(sorted(&self.integration_types).map(|values| ("integration types".into(), values)));
        }
        facts.extend(self.default_member_permissions.clone().map(|bits| ("permissions".into(), bits)));
        if self.nsfw {
            facts.insert("age restriction".into(), "on".into());
        }
        options(&mut facts, "", &self.options);
        facts
    }
}

fn options(facts: &mut Facts, within: &str, options: &[CommandOption]) {
    order(facts, &format!("{within}options"), options.iter().map(|option| option.name.as_str()));
    for option in options {
        let within = format!("{within}option {}: ", option.name);
        facts.insert(format!("{within}type"), option.kind.to_string());
        texts(facts, &within, "name", None, &option.name_localizations);
        texts(facts, &within, "description", Some(&option.description), &option.description_localizations);
        for (is, what) in [(option.required, "required"), (option.autocomplete, "autocomplete")] {
            if is {
                facts.insert(format!("{within}{what}"), "yes".into());
            }
        }
        let values: Vec<String> = option.choices.iter().map(|choice| choice.value.to_string()).collect();
        order(facts, &format!("{within}choices"), values.iter().map(String::as_str));
        for (choice, value) in option.choices.iter().zip(values) {
            let within = format!("{within}choice {value}: ");
            texts(facts, &within, "name", Some(&choice.name), &choice.name_localizations);
        }
        self::options(facts, &within, &option.options);
    }
}

fn order<'a>(facts: &mut Facts, what: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        facts.insert(what.into(), names.join(", "));
    }
}

fn texts(facts: &mut Facts, within: &str, what: &str, text: Option<&str>, localizations: &Localizations) {
    facts.extend(text.map(|text| (format!("{within}{what}"), format!("{text:?}"))));
    let localized = |(locale, text)| (format!("{within}{what} in {locale}"), format!("{text:?}"));
    facts.extend(localizations.iter().map(localized));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn command() -> Value {
        json!({
            "name": "cto", "type": 1, "description": "What a CTO is",
            "description_localizations": {"en-US": "What a CTO is", "de": "Was ein CTO ist"},
            "contexts": [0, 1, 2], "integration_types": [0, 1],
            "options": [{
                "type": 3, "name": "show", "description": "Who sees it",
                "choices": [{"name": "everyone", "value": "public", "name_localizations": {"de": "alle"}}],
            }],
        })
    }

    fn diff(registered: &[Value], wanted: &[Value], scope: Scope) -> Vec<String> {
        let read = |commands: &[Value]| -> Vec<Command> {
            commands.iter().map(|one| serde_json::from_value(one.clone()).expect("it is a command")).collect()
        };
        differences(&read(registered), &read(wanted), scope).iter().map(ToString::to_string).collect()
    }

    /// `command()` as Discord returns it.
    fn echoed() -> Value {
        json!({
            "id": "1", "application_id": "2", "version": "3", "default_member_permissions": null, "type": 1,
            "name": "cto", "name_localizations": null, "description": "What a CTO is",
            "description_localizations": {"de": "Was ein CTO ist", "en-US": "What a CTO is"}, "dm_permission": true,
            "contexts": [2, 0, 1], "integration_types": [1, 0], "nsfw": false,
            "options": [{
                "type": 3, "name": "show", "name_localizations": null, "description": "Who sees it",
                "description_localizations": null,
                "choices": [{"name": "everyone", "name_localizations": {"de": "alle"}, "value": "public"}],
            }],
        })
    }

    #[test]
    fn a_command_as_discord_returns_it_equals_the_one_that_was_sent() {
        assert!(diff(&[echoed()], &[command()], Scope::Global).is_empty());
        let mut echoed = echoed();
        echoed["guild_id"] = json!("4");
        echoed["contexts"] = Value::Null;
        echoed["integration_types"] = json!([0]);
        assert!(diff(&[echoed], &[command()], Scope::Guild).is_empty());
    }

    #[test]
    fn differences_are_listed_part_by_part() {
        let mut before = echoed();
        before["description"] = json!("What a \"CTO\" was");
        before["description_localizations"] = json!({"en-US": "What a CTO is", "fr": "Le CTO"});
        before["contexts"] = json!([0]);
        before["nsfw"] = json!(true);
        before["options"][0]["required"] = json!(true);
        before["options"][0]["choices"][0]["name"] = json!("all");
        let old = json!({"id": "5", "type": 1, "name": "old", "description": "Old"});
        let user = json!({"id": "6", "type": 2, "name": "Ask them", "description": ""});
        let mut new = command();
        new["name"] = json!("cio");
        assert_eq!(
            diff(&[old, before, user], &[new, command()], Scope::Global),
            [
                "+ /cio",
                "~ /cto: contexts [0] -> [0, 1, 2]",
                r#"~ /cto: description "What a \"CTO\" was" -> "What a CTO is""#,
                r#"~ /cto: description in de nothing -> "Was ein CTO ist""#,
                r#"~ /cto: option show: choice "public": name "all" -> "everyone""#,
                "~ /cto: age restriction on -> nothing",
                r#"~ /cto: description in fr "Le CTO" -> nothing"#,
                "~ /cto: option show: required yes -> nothing",
                "- /old",
                "- Ask them (a command of type 2)",
            ]
        );
    }

    #[test]
    fn an_entry_point_command_is_written_back_with_its_own_fields_alone() {
        let entry_point = json!({
            "id": "9", "application_id": "1", "version": "2", "type": 4, "name": "launch", "name_localizations": null,
            "description": "", "dm_permission": true, "contexts": [0, 1], "integration_types": [0], "nsfw": false,
            "handler": 2,
        });
        assert!(is_entry_point(&entry_point) && !is_entry_point(&command()));
        let body: Value =
            serde_json::from_slice(&overwrite(&[read_command(&command())], &[entry_point])).expect("JSON");
        assert_eq!(body[0]["name"], "cto");
        assert_eq!(
            body[1],
            json!({
                "id": "9", "type": 4, "name": "launch", "description": "", "contexts": [0, 1],
                "integration_types": [0], "nsfw": false, "handler": 2,
            })
        );
    }

    #[test]
    fn an_unreadable_command_is_a_difference_and_no_failure() {
        let strange = json!({"id": "1", "type": 1, "name": "cto", "description": "x", "options": "many"});
        let wanted = [read_command(&command())];
        let differences = differences(&[read_command(&strange)], &wanted, Scope::Global);
        assert!(differences.iter().any(|one| one.to_string().contains("(not readable)")), "{differences:?}");
    }

    #[test]
    fn only_failures_that_may_pass_are_tried_again() {
        let refused = |status: u16| Cause::Refused {
            status: status.try_into().expect("it is a status"),
            code: 0,
            message: String::new(),
        };
        assert!([403, 404, 409].into_iter().all(|status| may_succeed_later(&refused(status))));
        assert!(!may_succeed_later(&refused(400)) && !may_succeed_later(&Cause::WrongToken));
        assert!(hint(&refused(403), Some(1)).is_some_and(|hint| hint.contains("test_guild")));
        assert_eq!(hint(&refused(400), None), None);
    }

    #[test]
    fn every_text_is_registered_in_every_language_including_the_default() {
        for command in commands(crate::responses::shipped(), true, Scope::Global) {
            let of_option = |option: &CommandOption| {
                let choices = option.choices.iter().map(|choice| choice.name_localizations.clone());
                let own = [option.name_localizations.clone(), option.description_localizations.clone()];
                own.into_iter().chain(choices).collect::<Vec<_>>()
            };
            for text in [command.description_localizations.clone()]
                .into_iter()
                .chain(command.options.iter().flat_map(of_option))
            {
                let locales: Vec<&str> = text.keys().map(String::as_str).collect();
                assert_eq!(locales, ["de", "en-US", "es-419", "es-ES", "fr", "hi", "ja", "pt-BR"], "/{}", command.name);
            }
            assert_eq!(command.description, command.description_localizations["en-US"]);
            for option in &command.options {
                assert!([SHOW, DEADLINE].contains(&option.name.as_str()), "no answer reads {}", option.name);
            }
        }
    }

    #[test]
    fn rounds_are_in_servers_alone_and_only_where_there_are_any() {
        let named = |rounds, scope| -> Vec<Command> { commands(crate::responses::shipped(), rounds, scope) };
        let names = |commands: &[Command]| commands.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let all = named(true, Scope::Global);
        assert_eq!(names(&all), ["cio", "cto", "whichrole", "round", "about"]);
        assert_eq!(names(&named(false, Scope::Global)), ["cio", "cto", "whichrole", "about"]);
        let round = &all[3];
        assert_eq!((round.contexts.as_deref(), round.integration_types.as_deref()), (Some(&[0][..]), Some(&[0][..])));
        let deadlines: Vec<_> = round.options[0].choices.iter().map(|choice| choice.value.clone()).collect();
        assert_eq!(deadlines, ["hour", "day", "three-days", "week", "open"]);
        let about = &all[4];
        assert!(about.options.is_empty());
        assert_eq!(about.contexts.as_deref(), Some(&CONTEXTS[..]));
        assert!(named(true, Scope::Guild).iter().all(|one| one.contexts.is_none() && one.integration_types.is_none()));
    }

    #[test]
    fn european_spanish_serves_latin_america_if_there_is_no_other() {
        let of = |texts: &[(&'static str, &str)]| {
            localizations(texts.iter().map(|(locale, text)| (*locale, (*text).to_owned())))
        };
        assert_eq!(of(&[("en-US", "a"), ("es-ES", "b")])["es-419"], "b");
        assert_eq!(of(&[("es-419", "c"), ("es-ES", "b")])["es-419"], "c");
        assert!(!of(&[("en-US", "a")]).contains_key("es-419"));
    }
}
