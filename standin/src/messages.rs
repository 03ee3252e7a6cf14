//! The messages of the stand-in: what a reply makes of them, and what a user sees of them.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::limits::{self, Before, EPHEMERAL, IS_COMPONENTS_V2, LOADING, Upload};
use crate::{APPLICATION_ID, BOT_NAME};

/// A message in a channel.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub id: String,
    pub channel_id: String,
    /// The id of the only user who sees it; `None` when the channel does.
    pub only_for: Option<String>,
    pub flags: u64,
    pub content: String,
    pub embeds: Value,
    pub components: Vec<Value>,
    pub attachments: Vec<Attachment>,
    pub allowed_mentions: Value,
    /// The interaction that made it, as Discord describes it.
    pub made_by: Value,
    /// Under which message it was made, when a button made it.
    pub reply_to: Option<String>,
    /// How often it was edited.
    pub edits: u32,
    pub timestamp: String,
}

/// A file that a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: String,
    pub filename: String,
    pub description: Option<String>,
    pub bytes: Vec<u8>,
}

impl Attachment {
    fn url(&self, channel: &str) -> String {
        format!("https://cdn.discordapp.com/attachments/{channel}/{}/{}", self.id, self.filename)
    }

    fn json(&self, channel: &str) -> Value {
        let url = self.url(channel);
        let mut json = json!({
            "id": self.id, "filename": self.filename, "size": self.bytes.len(), "url": url, "proxy_url": url,
            "content_type": content_type(&self.filename), "content_scan_version": 0,
        });
        if let Some(description) = &self.description {
            json["description"] = json!(description);
        }
        json
    }
}

fn content_type(filename: &str) -> &'static str {
    match filename.rsplit('.').next() {
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

impl Message {
    /// What an update of it is checked against.
    pub(crate) fn before(&self) -> Before {
        Before {
            flags: self.flags & !LOADING,
            has_content: !self.content.is_empty(),
            has_embeds: self.embeds.as_array().is_some_and(|embeds| !embeds.is_empty()),
            has_components: !self.components.is_empty(),
            attachments: self.attachments.iter().map(|file| (file.id.clone(), file.filename.clone())).collect(),
        }
    }

    /// Takes over every field that `data` has; what it leaves out stays as it was.
    pub(crate) fn apply(&mut self, data: &Value, uploads: Vec<Upload>, mut new_id: impl FnMut() -> String) {
        if let Some(flags) = data["flags"].as_u64() {
            self.flags = flags | self.flags & (EPHEMERAL | IS_COMPONENTS_V2);
        }
        self.flags &= !LOADING;
        if data.get("content").is_some() {
            self.content = data["content"].as_str().unwrap_or_default().to_owned();
        }
        if data.get("embeds").is_some() {
            self.embeds = data["embeds"].as_array().map_or(json!([]), |embeds| json!(embeds));
        }
        if data.get("allowed_mentions").is_some() {
            self.allowed_mentions = data["allowed_mentions"].clone();
        }
        let listed = data["attachments"].as_array();
        let entry = |id: &str| {
            let is_it = |one: &&Value| one["id"] == *id || one["id"].as_u64().is_some_and(|own| own.to_string() == id);
            listed.and_then(|listed| listed.iter().find(is_it))
        };
        if data.get("attachments").is_some() {
            self.attachments.retain(|file| entry(&file.id).is_some());
        }
        for upload in uploads {
            let description = entry(&upload.number).and_then(|one| one["description"].as_str()).map(str::to_owned);
            self.attachments.push(Attachment {
                id: new_id(),
                filename: upload.filename,
                description,
                bytes: upload.bytes,
            });
        }
        if let Some(components) = data["components"].as_array() {
            let mut taken = HashSet::new();
            components.iter().for_each(|component| collect_ids(component, &mut taken));
            let mut next = 1;
            let echo = |component| self.echo(component, &mut next, &taken);
            self.components = components.iter().map(echo).collect();
        } else if data.get("components").is_some() {
            self.components.clear();
        }
    }

    /// A component as Discord gives it back: every one has an id, defaults are written out, media are looked up.
    fn echo(&self, component: &Value, next: &mut u64, taken: &HashSet<u64>) -> Value {
        let mut echo = component.clone();
        if component["id"].as_u64().unwrap_or_default() == 0 {
            while taken.contains(next) {
                *next += 1;
            }
            echo["id"] = json!(*next);
            *next += 1;
        }
        match component["type"].as_u64() {
            Some(11) => self.echo_media(&mut echo, "media"),
            Some(12) => {
                for item in echo["items"].as_array_mut().into_iter().flatten() {
                    self.echo_media(item, "media");
                }
            }
            Some(13) => self.echo_media(&mut echo, "file"),
            Some(14) => {
                for (key, default) in [("divider", json!(true)), ("spacing", json!(1))] {
                    if echo[key].is_null() {
                        echo[key] = default;
                    }
                }
            }
            Some(17) => {
                echo["spoiler"] = json!(component["spoiler"] == true);
                // Discord writes a missing colour out, too.
                echo["accent_color"] = component["accent_color"].clone();
            }
            _ => {}
        }
        if let Some(inner) = component["components"].as_array() {
            echo["components"] = inner.iter().map(|one| self.echo(one, next, taken)).collect();
        }
        if component["accessory"].is_object() {
            echo["accessory"] = self.echo(&component["accessory"], next, taken);
        }
        echo
    }

    fn echo_media(&self, of: &mut Value, key: &str) {
        let url = of[key]["url"].as_str().unwrap_or_default().to_owned();
        of["spoiler"] = json!(of["spoiler"] == true);
        if of["description"].is_null() {
            of["description"] = Value::Null;
        }
        let named = url.strip_prefix("attachment://");
        let file = named.and_then(|name| self.attachments.iter().rev().find(|file| file.filename == name));
        let url = file.map_or(url.clone(), |file| file.url(&self.channel_id));
        of[key] = json!({
            "id": "0", "url": url, "proxy_url": url, "width": 640, "height": 360, "placeholder": null,
            "placeholder_version": null, "content_scan_metadata": null, "flags": 0, "loading_state": 2,
            "content_type": file.map_or("image/png", |file| content_type(&file.filename)),
        });
        if let Some(file) = file {
            of[key]["attachment_id"] = json!(file.id);
        }
    }

    /// The message as Discord sends it.
    /// <https://docs.discord.com/developers/resources/message#message-object>
    pub(crate) fn json(&self) -> Value {
        let attachments: Vec<Value> = self.attachments.iter().map(|file| file.json(&self.channel_id)).collect();
        let mut json = json!({
            "id": self.id,
            "channel_id": self.channel_id,
            // A reply to a slash command, or to the message with the button.
            "type": if self.reply_to.is_some() { 19 } else { 20 },
            "author": bot_user(),
            "application_id": APPLICATION_ID,
            "webhook_id": APPLICATION_ID,
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "attachments": attachments,
            "flags": self.flags,
            "interaction_metadata": self.made_by,
            "mention_everyone": false,
            "mention_roles": [],
            "mentions": [],
            "pinned": false,
            "position": 0,
            "timestamp": self.timestamp,
            "edited_timestamp": if self.edits > 0 { json!(self.timestamp) } else { Value::Null },
            "tts": false,
        });
        if let Some(id) = &self.reply_to {
            json["message_reference"] = json!({"type": 0, "message_id": id, "channel_id": self.channel_id});
        }
        json
    }

    pub(crate) fn view(&self) -> MessageView {
        MessageView {
            id: self.id.clone(),
            channel_id: self.channel_id.clone(),
            ephemeral: self.flags & EPHEMERAL != 0,
            visible_to: self.only_for.clone(),
            thinking: self.flags & LOADING != 0,
            edits: self.edits,
            content: self.content.clone(),
            components: json!(self.components),
            attachments: self.attachments.clone(),
            allowed_mentions: self.allowed_mentions.clone(),
            json: self.json(),
        }
    }
}

fn collect_ids(component: &Value, into: &mut HashSet<u64>) {
    into.extend(component["id"].as_u64().filter(|id| *id > 0));
    for inner in component["components"].as_array().into_iter().flatten() {
        collect_ids(inner, into);
    }
    if component["accessory"].is_object() {
        collect_ids(&component["accessory"], into);
    }
}

/// The bot's own user.
pub(crate) fn bot_user() -> Value {
    json!({
        "id": APPLICATION_ID, "username": BOT_NAME, "discriminator": "0000", "global_name": null, "avatar": null,
        "bot": true, "public_flags": 0, "flags": 0, "banner": null, "accent_color": null,
        "avatar_decoration_data": null, "collectibles": null, "primary_guild": null, "clan": null,
    })
}

/// A message as a user sees it, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageView {
    pub id: String,
    pub channel_id: String,
    /// Whether only one person sees it.
    pub ephemeral: bool,
    /// The id of that person.
    pub visible_to: Option<String>,
    /// Whether it still says that the bot is thinking.
    pub thinking: bool,
    /// How often it has been edited.
    pub edits: u32,
    /// The text of a message without Components V2.
    pub content: String,
    /// As Discord gives them back.
    pub components: Value,
    pub attachments: Vec<Attachment>,
    /// As the bot sent it: whom the message may ping.
    pub allowed_mentions: Value,
    /// The whole message as Discord sends it.
    pub json: Value,
}

/// A button as a user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Its words; its emoji where it has none.
    pub label: String,
    /// Empty for a link.
    pub custom_id: String,
    /// The component's number in the message.
    pub id: u64,
    /// 1 primary, 2 secondary, 3 success, 4 danger, 5 link, 6 premium.
    pub style: u64,
    pub disabled: bool,
    pub url: Option<String>,
}

impl MessageView {
    /// All that a user reads, in reading order: a line for each text, `[label]` for a button, `(words)` for a picture.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.thinking {
            lines.push("(thinking)".to_owned());
        }
        lines.extend((!self.content.is_empty()).then(|| self.content.clone()));
        read(&self.components, &mut lines);
        lines.join("\n")
    }

    /// Every button, in reading order.
    pub fn buttons(&self) -> Vec<Button> {
        let mut buttons = Vec::new();
        find_buttons(&self.components, &mut buttons);
        buttons
    }

    /// The one button with this label.
    pub fn button(&self, label: &str) -> Button {
        let mut found: Vec<_> = self.buttons().into_iter().filter(|button| button.label == label).collect();
        assert!(found.len() == 1, "{} buttons are called `{label}` in:\n{}", found.len(), self.text());
        found.remove(0)
    }

    /// How much of Discord's limits it uses: components, and characters of text.
    pub fn usage(&self) -> (usize, usize) {
        fn count(value: &Value, components: &mut usize, text: &mut usize) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| count(item, components, text)),
                Value::Object(object) if object.contains_key("type") => {
                    *components += 1;
                    if value["type"] == 10 {
                        *text += value["content"].as_str().map_or(0, limits::characters);
                    }
                    count(&value["components"], components, text);
                    count(&value["accessory"], components, text);
                }
                _ => {}
            }
        }
        let (mut components, mut text) = (0, 0);
        count(&self.components, &mut components, &mut text);
        (components, text)
    }
}

fn label(button: &Value) -> String {
    let words = button["label"].as_str().filter(|label| !label.is_empty());
    words.or(button["emoji"]["name"].as_str()).unwrap_or_default().to_owned()
}

fn read(components: &Value, lines: &mut Vec<String>) {
    let alt = |item: &Value| format!("({})", item["description"].as_str().unwrap_or("a picture without words"));
    for component in components.as_array().into_iter().flatten() {
        match component["type"].as_u64() {
            Some(1) => {
                let words = component["components"].as_array().into_iter().flatten().map(|one| match one["type"] {
                    ref kind if *kind == 2 => format!("[{}]", label(one)),
                    _ => format!("<{}>", one["placeholder"].as_str().unwrap_or("choose")),
                });
                lines.push(words.collect::<Vec<_>>().join(" "));
            }
            Some(9) => {
                read(&component["components"], lines);
                let accessory = &component["accessory"];
                lines.push(if accessory["type"] == 2 { format!("[{}]", label(accessory)) } else { alt(accessory) });
            }
            Some(10) => lines.push(component["content"].as_str().unwrap_or_default().to_owned()),
            Some(12) => lines.extend(component["items"].as_array().into_iter().flatten().map(alt)),
            Some(13) => lines.push(format!("<file {}>", component["file"]["url"].as_str().unwrap_or_default())),
            Some(17) => read(&component["components"], lines),
            _ => {}
        }
    }
}

fn find_buttons(components: &Value, into: &mut Vec<Button>) {
    for component in components.as_array().into_iter().flatten() {
        if component["type"] == 2 {
            into.push(Button {
                label: label(component),
                custom_id: component["custom_id"].as_str().unwrap_or_default().to_owned(),
                id: component["id"].as_u64().unwrap_or_default(),
                style: component["style"].as_u64().unwrap_or_default(),
                disabled: component["disabled"] == true,
                url: component["url"].as_str().map(str::to_owned),
            });
        }
        find_buttons(&component["components"], into);
        if component["accessory"].is_object() {
            find_buttons(&json!([component["accessory"]]), into);
        }
    }
}
