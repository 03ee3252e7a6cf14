//! The registered commands, as Discord gives them back: its own fields added, defaults left out or written out.
//!
//! <https://docs.discord.com/developers/interactions/application-commands#application-command-object>

use serde_json::{Map, Value, json};

use crate::{APPLICATION_ID, State};

impl State {
    /// Puts `body` in place of all commands of a scope, and gives them back as Discord does. A command that keeps its
    /// name keeps its id; its version changes with its content.
    pub(crate) fn overwrite_commands(&mut self, guild: Option<&str>, body: &Value) -> Vec<Value> {
        let scope = guild.map(str::to_owned);
        let before = self.commands.remove(&scope).unwrap_or_default();
        let mut commands = Vec::new();
        for command in body.as_array().into_iter().flatten() {
            let mut stored = normalised(command, guild);
            let same_name = before.iter().find(|old| old["name"] == stored["name"] && old["type"] == stored["type"]);
            stored["id"] = same_name.map_or_else(|| json!(self.new_id()), |old| old["id"].clone());
            if let Some(old) = same_name {
                stored["version"] = old["version"].clone();
            }
            if same_name != Some(&stored) {
                stored["version"] = json!(self.new_id());
            }
            commands.push(stored);
        }
        self.commands.insert(scope, commands.clone());
        commands
    }

    /// The command that a user sees under a name in a server (or outside of one); a server's own goes first.
    pub(crate) fn command(&self, guild: Option<&str>, name: &str) -> Option<Value> {
        let scopes = guild.map(|guild| Some(guild.to_owned())).into_iter().chain([None]);
        let mut commands = scopes.filter_map(|scope| self.commands.get(&scope)).flatten();
        commands.find(|command| command["name"] == *name && command["type"] == 1).cloned()
    }
}

fn normalised(command: &Value, guild: Option<&str>) -> Value {
    let sorted = |key: &str| {
        let mut values = command[key].as_array()?.clone();
        values.sort_by_key(Value::as_u64);
        Some(json!(values))
    };
    let permissions = match &command["default_member_permissions"] {
        Value::Number(bits) => json!(bits.to_string()),
        other => other.clone(),
    };
    let mut stored = json!({
        "application_id": APPLICATION_ID,
        "default_member_permissions": permissions,
        "type": command["type"].as_u64().unwrap_or(1),
        "name": command["name"],
        "name_localizations": languages(&command["name_localizations"]),
        "description": command["description"].as_str().unwrap_or_default(),
        "description_localizations": languages(&command["description_localizations"]),
        "nsfw": command["nsfw"] == true,
    });
    if command["type"] == 4 {
        stored["handler"] = command["handler"].clone();
    }
    match guild {
        // Both are for global commands only; a server's command has neither, whatever was sent.
        Some(guild) => {
            stored["guild_id"] = json!(guild);
            stored["contexts"] = Value::Null;
            stored["integration_types"] = json!([0]);
        }
        None => {
            stored["dm_permission"] = json!(command["dm_permission"].as_bool().unwrap_or(true));
            stored["contexts"] = sorted("contexts").unwrap_or(Value::Null);
            stored["integration_types"] = sorted("integration_types").unwrap_or(json!([0]));
        }
    }
    if let Some(options) = options(command) {
        stored["options"] = options;
    }
    stored
}

/// `None` where there are none: Discord leaves the field out.
fn options(of: &Value) -> Option<Value> {
    let options = of["options"].as_array().filter(|options| !options.is_empty())?;
    let option = |option: &Value| {
        let mut stored = Map::new();
        for (key, value) in option.as_object().into_iter().flatten() {
            let default = value.is_null() || *value == false || value.as_array().is_some_and(Vec::is_empty);
            if !default {
                stored.insert(key.clone(), value.clone());
            }
        }
        for key in ["name_localizations", "description_localizations"] {
            stored.insert(key.into(), languages(&option[key]));
        }
        if let Some(choices) = option["choices"].as_array().filter(|choices| !choices.is_empty()) {
            let choice = |choice: &Value| {
                json!({
                    "name": choice["name"],
                    "name_localizations": languages(&choice["name_localizations"]),
                    "value": choice["value"],
                })
            };
            stored.insert("choices".into(), choices.iter().map(choice).collect());
        }
        if let Some(inner) = self::options(option) {
            stored.insert("options".into(), inner);
        }
        Value::Object(stored)
    };
    Some(options.iter().map(option).collect())
}

/// An empty map of languages is stored as none.
fn languages(map: &Value) -> Value {
    map.as_object().filter(|map| !map.is_empty()).map_or(Value::Null, |map| json!(map))
}

/// What a reading without `with_localizations` gives: no maps, but the one language that was asked for, if any.
pub(crate) fn in_one_language(command: &Value, locale: Option<&str>) -> Value {
    match command {
        Value::Array(items) => items.iter().map(|item| in_one_language(item, locale)).collect(),
        Value::Object(object) => {
            let mut shown = Map::new();
            for (key, value) in object {
                match key.strip_suffix("_localizations") {
                    None => {
                        shown.insert(key.clone(), in_one_language(value, locale));
                    }
                    Some(field) => {
                        if let Some(text) = locale.and_then(|locale| value.get(locale)) {
                            shown.insert(format!("{field}_localized"), text.clone());
                        }
                    }
                }
            }
            Value::Object(shown)
        }
        other => other.clone(),
    }
}
