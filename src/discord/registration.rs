//! The slash commands that Discord knows: compared with those the responses make, and overwritten where they differ.
//!
//! ```text
//! $ whichrole commands diff
//! ~ /cio: description "What a CIO is" -> "What a CIO does"
//! - /old
//! + /cto
//! ```
//!
//! Discord gives a command back with fields of its own, with defaults written out or left out. So both sides are first
//! turned into plain facts, such as `description in de: "…"`, and only those are compared: a second start finds nothing
//! to write.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, GuildId};

use super::gateway::Backoff;
use super::rest::{self, Rest};
use super::{Error, Settings};
use crate::interaction::SHOW;
use crate::responses::{CONVERSATION, Language, Responses};
use crate::service::Service;

/// In servers, in direct messages with the bot, in direct and group messages among people.
/// <https://docs.discord.com/developers/interactions/application-commands#interaction-contexts>
const CONTEXTS: [u8; 3] = [0, 1, 2];

/// Installed in a server, installed by a person.
/// <https://docs.discord.com/developers/resources/application#application-object-application-integration-types>
const INTEGRATION_TYPES: [u8; 2] = [0, 1];

/// The type of a slash command, and of an option that is a text.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const CHAT_INPUT: u8 = 1;
const STRING: u8 = 3;

/// What differs between the registered commands and the responses' own, in a server or everywhere. Empty where nothing.
///
/// # Errors
///
/// When Discord cannot be asked.
pub async fn diff(settings: &Settings, responses: &Responses, guild: Option<u64>) -> Result<Vec<Difference>, Error> {
    let rest = Rest::new(settings, rest::client());
    Ok(Comparison::make(&rest, responses, guild).await?.differences)
}

/// Registers the commands in a server or everywhere, if anything differs, and tells what did.
///
/// # Errors
///
/// When Discord cannot be asked, or refuses the commands.
pub async fn sync(settings: &Settings, responses: &Responses, guild: Option<u64>) -> Result<Vec<Difference>, Error> {
    sync_with(&Rest::new(settings, rest::client()), responses, guild).await
}

/// [`sync`], by a client that is already there.
pub(super) async fn sync_with(
    rest: &Rest,
    responses: &Responses,
    guild: Option<u64>,
) -> Result<Vec<Difference>, Error> {
    let comparison = Comparison::make(rest, responses, guild).await?;
    if !comparison.differences.is_empty() {
        let body = serde_json::to_vec(&comparison.wanted).expect("commands are text and numbers");
        let request = Request::new(comparison.route, LightMethod::Put).body(Some(body));
        rest.fire::<serde::de::IgnoredAny>("registering the slash commands", request).await?;
    }
    Ok(comparison.differences)
}

/// Keeps the registered commands those of the responses, now and after each reload, for as long as it is polled. The bot
/// answers meanwhile, and without it: what goes wrong is told, and tried again where that may help.
pub async fn keep(settings: &Settings, service: &Service) {
    keep_with(&Rest::new(settings, rest::client()), settings, service).await;
}

/// [`keep`], by a client that is already there.
pub(super) async fn keep_with(rest: &Rest, settings: &Settings, service: &Service) {
    let scope = if settings.test_guild.is_some() { Scope::Guild } else { Scope::Global };
    let mut loads = service.loads();
    let mut known = None;
    let mut backoff = Backoff(0);
    loop {
        let responses = service.responses();
        let wanted = commands(&responses, scope);
        // Most changes are of other words, and nothing to ask Discord about.
        if known.as_ref() != Some(&wanted) {
            match sync_with(rest, &responses, settings.test_guild).await {
                Ok(differences) if differences.is_empty() => tracing::info!("the slash commands are up to date"),
                Ok(differences) => {
                    for difference in &differences {
                        tracing::info!("{difference}");
                    }
                    tracing::info!("the slash commands are registered");
                }
                Err(Error::Temporary(error)) => {
                    tracing::warn!(error, "trying again");
                    backoff.failed().await;
                    continue;
                }
                Err(Error::Fatal(error)) => tracing::error!(error, "the slash commands are as they were"),
            }
            known = Some(wanted);
            backoff = Backoff(0);
        }
        if loads.changed().await.is_err() {
            return;
        }
    }
}

struct Comparison {
    route: Route<'static>,
    wanted: Vec<Command>,
    differences: Vec<Difference>,
}

impl Comparison {
    async fn make(rest: &Rest, responses: &Responses, guild: Option<u64>) -> Result<Self, Error> {
        let scope = if guild.is_some() { Scope::Guild } else { Scope::Global };
        let route = route(rest.application_id().await?, guild)?;
        // Without it Discord leaves the localizations out.
        let with_localizations = Some(vec![("with_localizations", "true".to_owned())]);
        let request = Request::new(route, LightMethod::Get).params(with_localizations);
        let registered: Vec<Command> = rest.fire("reading the slash commands", request).await?;
        let wanted = commands(responses, scope);
        let differences = differences(&registered, &wanted, scope);
        Ok(Self { route, wanted, differences })
    }
}

fn route(application_id: ApplicationId, guild: Option<u64>) -> Result<Route<'static>, Error> {
    match guild {
        None => Ok(Route::Commands { application_id }),
        // serenity's ids panic on 0.
        Some(0) => Err(Error::Fatal("0 is no server's id".into())),
        Some(guild) => Ok(Route::GuildCommands { application_id, guild_id: GuildId::new(guild) }),
    }
}

/// Where commands are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Everywhere.
    Global,
    /// In one server, where Discord knows neither contexts nor integration types.
    Guild,
}

type Localizations = BTreeMap<String, String>;

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Command {
    #[serde(rename = "type", default = "chat_input")]
    kind: u8,
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
    /// Whom a server lets use it; we never ask for anyone in particular.
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
    /// Of a subcommand; we have none.
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

fn chat_input() -> u8 {
    CHAT_INPUT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Discord writes `null` where there is nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The commands that the responses make.
fn commands(responses: &Responses, scope: Scope) -> Vec<Command> {
    let localized = |line: &dyn for<'a> Fn(&'a Language) -> Cow<'a, str>| {
        let lines = responses.languages.iter().map(|one| (&*one.locale, line(one).into_owned()));
        (line(&responses.languages[0]).into_owned(), localizations(lines))
    };
    let show = {
        let (description, description_localizations) = localized(&|one| one.words.ui.command_show());
        let choice =
            |value: &str, (name, name_localizations)| OptionChoice { name, name_localizations, value: value.into() };
        CommandOption {
            kind: STRING,
            name: SHOW.into(),
            name_localizations: localized(&|one| one.words.ui.command_show_name()).1,
            description,
            description_localizations,
            required: false,
            autocomplete: false,
            choices: vec![
                choice("public", localized(&|one| one.words.ui.command_show_public())),
                choice("private", localized(&|one| one.words.ui.command_show_private())),
            ],
            options: Vec::new(),
        }
    };
    let command = |name: &str, (description, description_localizations)| Command {
        kind: CHAT_INPUT,
        name: name.into(),
        name_localizations: Localizations::new(),
        description,
        description_localizations,
        options: vec![show.clone()],
        contexts: (scope == Scope::Global).then(|| CONTEXTS.into()),
        integration_types: (scope == Scope::Global).then(|| INTEGRATION_TYPES.into()),
        default_member_permissions: None,
        nsfw: false,
    };
    let pages = responses.pages.iter().enumerate().filter(|(_, page)| page.command);
    pages
        .map(|(index, page)| command(&page.name, localized(&|one| Cow::Borrowed(&one.words.pages[index].description))))
        .chain([command(CONVERSATION, localized(&|one| one.words.ui.command_whichrole()))])
        .collect()
}

/// A text in every language, the default among them: Discord falls back to the text without a language only where it
/// finds none, and `en-GB` finds `en-US` before that. Spanish of Spain also serves Latin America where there is no
/// other, which Discord does not do by itself.
fn localizations<'a>(texts: impl Iterator<Item = (&'a str, String)>) -> Localizations {
    let mut localizations: Localizations = texts.map(|(locale, text)| (locale.to_owned(), text)).collect();
    if let (Some(spanish), false) = (localizations.get("es-ES"), localizations.contains_key("es-419")) {
        localizations.insert("es-419".into(), spanish.clone());
    }
    localizations
}

/// Something that differs between what is registered and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A command that is not registered: its name.
    Missing(String),
    /// A registered command that is no longer wanted: its name.
    Extra(String),
    /// A command that is registered otherwise.
    Changed {
        /// The command's name.
        command: String,
        /// Which part of it.
        what: String,
        /// As registered; `None` where there is no such part.
        from: Option<String>,
        /// As wanted; `None` where there is no such part.
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

/// What is registered, part by part.
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

    /// `command()` as Discord gives it back.
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
    fn what_discord_gives_back_is_what_was_sent() {
        assert!(diff(&[echoed()], &[command()], Scope::Global).is_empty());
        let mut echoed = echoed();
        echoed["guild_id"] = json!("4");
        echoed["contexts"] = Value::Null;
        echoed["integration_types"] = json!([0]);
        assert!(diff(&[echoed], &[command()], Scope::Guild).is_empty());
    }

    #[test]
    fn what_differs_is_told_part_by_part() {
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
    fn every_text_is_registered_in_every_language_the_default_among_them() {
        for command in commands(crate::responses::shipped(), Scope::Global) {
            let show = &command.options[0];
            let texts = [&command.description_localizations, &show.name_localizations, &show.description_localizations];
            let choices = show.choices.iter().map(|choice| &choice.name_localizations);
            for text in texts.into_iter().chain(choices) {
                let locales: Vec<&str> = text.keys().map(String::as_str).collect();
                assert_eq!(locales, ["de", "en-US", "es-419", "es-ES", "fr", "hi", "ja", "pt-BR"], "/{}", command.name);
            }
            assert_eq!(command.description, command.description_localizations["en-US"]);
            assert_eq!(show.name, show.name_localizations["en-US"]);
        }
    }

    #[test]
    fn spanish_of_spain_serves_latin_america_where_there_is_no_other() {
        let of = |texts: &[(&'static str, &str)]| {
            localizations(texts.iter().map(|(locale, text)| (*locale, (*text).to_owned())))
        };
        assert_eq!(of(&[("en-US", "a"), ("es-ES", "b")])["es-419"], "b");
        assert_eq!(of(&[("es-419", "c"), ("es-ES", "b")])["es-419"], "c");
        assert!(!of(&[("en-US", "a")]).contains_key("es-419"));
    }
}
