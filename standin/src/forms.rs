//! Forms (modals): what a user sees of one, and what the client sends of it.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>

use serde_json::{Value, json};

/// A form as it opened over a user's screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The title.
    pub title: String,
    /// Where sending it leads.
    pub custom_id: String,
    /// Its groups of radio buttons, top to bottom.
    pub groups: Vec<Group>,
    /// As the bot sent it.
    pub json: Value,
    /// The message with the button that opened it; `None` if a command did.
    pub(crate) under: Option<String>,
    /// The interaction that opened it, as a message's `interaction_metadata` has it.
    pub(crate) opened_by: Value,
}

/// Radio buttons, of which one is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name by which the choice is sent.
    pub custom_id: String,
    /// What is asked.
    pub label: String,
    /// The sentence below.
    pub description: Option<String>,
    /// Whether the client lets nobody send the form without a choice.
    pub required: bool,
    /// The radio buttons.
    pub choices: Vec<Choice>,
}

/// A radio button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent when it is chosen.
    pub value: String,
    /// The words beside it.
    pub label: String,
    /// The sentence below.
    pub description: Option<String>,
    /// Whether it was chosen when the form opened.
    pub default: bool,
}

impl Form {
    pub(crate) fn read(data: &Value, under: Option<String>, opened_by: Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let more = |value: &Value| value.as_str().map(str::to_owned);
        let choice = |option: &Value| Choice {
            value: text(&option["value"]),
            label: text(&option["label"]),
            description: more(&option["description"]),
            default: option["default"] == true,
        };
        let groups = data["components"].as_array().into_iter().flatten().filter(|part| part["type"] == 18);
        let groups = groups.map(|label| {
            let group = &label["component"];
            Group {
                custom_id: text(&group["custom_id"]),
                label: text(&label["label"]),
                description: more(&label["description"]),
                required: group["required"] != false,
                choices: group["options"].as_array().into_iter().flatten().map(choice).collect(),
            }
        });
        Self {
            title: text(&data["title"]),
            custom_id: text(&data["custom_id"]),
            groups: groups.collect(),
            json: data.clone(),
            under,
            opened_by,
        }
    }

    /// The values that are chosen when it opens, by the name of their group.
    pub fn chosen(&self) -> Vec<(String, String)> {
        let chosen = |group: &Group| {
            let choice = group.choices.iter().find(|choice| choice.default)?;
            Some((group.custom_id.clone(), choice.value.clone()))
        };
        self.groups.iter().filter_map(chosen).collect()
    }

    /// All that a user reads, in reading order.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone()];
        for group in &self.groups {
            lines.push(group.label.clone());
            lines.extend(group.description.clone());
            for choice in &group.choices {
                lines.push(format!("{} {}", if choice.default { "(x)" } else { "( )" }, choice.label));
                lines.extend(choice.description.clone());
            }
        }
        lines.join("\n")
    }

    /// What the client sends with these choices, each a group's name and a value; the other groups keep theirs.
    ///
    /// # Panics
    ///
    /// When the client would not send that.
    pub(crate) fn submission(&self, choices: &[(&str, &str)]) -> Value {
        for (name, value) in choices {
            let group = self.groups.iter().find(|group| group.custom_id == *name);
            let group = group.unwrap_or_else(|| panic!("the form has no `{name}`:\n{}", self.text()));
            let known = group.choices.iter().any(|choice| choice.value == *value);
            assert!(known, "`{name}` has no `{value}`:\n{}", self.text());
        }
        let defaults = self.chosen();
        let value = |group: &Group| {
            let given = choices.iter().find(|(name, _)| *name == group.custom_id).map(|(_, value)| (*value).to_owned());
            let kept = || defaults.iter().find(|(name, _)| *name == group.custom_id).map(|(_, value)| value.clone());
            let value = given.or_else(kept);
            assert!(value.is_some() || !group.required, "`{}` needs a choice:\n{}", group.custom_id, self.text());
            value
        };
        let values: Vec<_> = self.groups.iter().map(|group| (group.custom_id.as_str(), value(group))).collect();
        data(&self.custom_id, &values)
    }
}

/// The `data` of an interaction of type 5.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure>
pub(crate) fn data(custom_id: &str, values: &[(&str, Option<String>)]) -> Value {
    let parts = values.iter().zip(0..).map(|((name, value), index)| {
        let group = json!({"type": 21, "id": 2 * index + 2, "custom_id": name, "value": value});
        json!({"type": 18, "id": 2 * index + 1, "component": group})
    });
    json!({"custom_id": custom_id, "components": parts.collect::<Vec<_>>(), "resolved": {}})
}
