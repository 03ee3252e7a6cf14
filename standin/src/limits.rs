//! What Discord refuses: every limit of a message and of a command, with the path of the field that breaks it.
//!
//! Where Discord's own counting is not documented, the stricter reading is taken.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const EPHEMERAL: u64 = 1 << 6;
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const LOADING: u64 = 1 << 7;
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const IS_COMPONENTS_V2: u64 = 1 << 15;

/// Components of a message, nested ones included.
/// <https://docs.discord.com/developers/components/reference#component-object>
pub const COMPONENTS: usize = 40;
/// Characters of all text displays of a message together.
/// <https://docs.discord.com/developers/components/reference#text-display>
pub const TEXT: usize = 4000;
/// <https://docs.discord.com/developers/components/reference#anatomy-of-a-component>
pub const CUSTOM_ID: usize = 100;
/// <https://docs.discord.com/developers/components/reference#button-button-structure>
pub const LABEL: usize = 80;
/// <https://docs.discord.com/developers/components/reference#button-button-structure>
pub const BUTTON_URL: usize = 512;
/// <https://docs.discord.com/developers/components/reference#action-row>
pub const BUTTONS_IN_ROW: usize = 5;
/// Rows of a message without Components V2.
/// <https://docs.discord.com/developers/components/reference#legacy-message-component-behavior>
pub const ROWS: usize = 5;
/// <https://docs.discord.com/developers/components/reference#section>
pub const SECTION_TEXTS: usize = 3;
/// <https://docs.discord.com/developers/components/reference#media-gallery>
pub const GALLERY_ITEMS: usize = 10;
/// <https://docs.discord.com/developers/components/reference#media-gallery-media-gallery-item-structure>
pub const ALT_TEXT: usize = 1024;
/// <https://docs.discord.com/developers/components/reference#string-select>
pub const SELECT_OPTIONS: usize = 25;
/// <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>
pub const CONTENT: usize = 2000;
/// <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const EMBEDS: usize = 10;
/// Files of one message. <https://docs.discord.com/developers/reference#uploading-files>
pub const FILES: usize = 10;
/// Bytes of one file, where nobody has boosted anything.
/// <https://docs.discord.com/developers/reference#uploading-files>
pub const FILE_SIZE: usize = 10 * 1024 * 1024;

/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub const MODAL_TITLE: usize = 45;
/// Parts of a form; Discord's OpenAPI description says 40.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub const MODAL_PARTS: usize = 5;
/// <https://docs.discord.com/developers/components/reference#label-label-structure>
pub const FIELD_LABEL: usize = 45;
/// <https://docs.discord.com/developers/components/reference#label-label-structure>
pub const FIELD_DESCRIPTION: usize = 100;
/// The fewest and the most radio buttons of a group.
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-structure>
pub const RADIO_OPTIONS: (usize, usize) = (2, 10);
/// Characters of a radio button's label, value and description, each.
/// <https://docs.discord.com/developers/components/reference#radio-group-radio-group-option-structure>
pub const RADIO_TEXT: usize = 100;

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming>
pub const COMMAND_NAME: usize = 32;
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-structure>
pub const COMMAND_DESCRIPTION: usize = 100;
/// Options of a command, and choices of an option.
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-structure>
pub const COMMAND_OPTIONS: usize = 25;
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure>
pub const CHOICE_NAME: usize = 100;
/// Characters of a command's names, descriptions and values, the longest language of each counted.
/// <https://docs.discord.com/developers/interactions/application-commands#slash-commands>
pub const COMMAND_TOTAL: usize = 8000;
/// Slash commands of an application in one scope.
/// <https://docs.discord.com/developers/interactions/application-commands#registering-a-command>
pub const COMMANDS: usize = 100;
/// <https://docs.discord.com/developers/reference#locales>
pub const LOCALES: [&str; 34] = [
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

/// One field that Discord refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is, from the body's root.
    pub path: Vec<String>,
    /// Discord's word for it, such as `BASE_TYPE_MAX_LENGTH`.
    pub code: String,
    /// Discord's sentence for it.
    pub message: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({})", self.path.join("."), self.message, self.code)
    }
}

/// The `errors` tree of a 50035.
/// <https://docs.discord.com/developers/reference#error-messages>
pub fn tree(refusals: &[Refusal]) -> Value {
    let mut root = json!({});
    for refusal in refusals {
        let mut node = &mut root;
        for key in &refusal.path {
            node =
                node.as_object_mut().expect("every node is an object").entry(key.clone()).or_insert_with(|| json!({}));
        }
        let errors = node.as_object_mut().expect("every node is an object").entry("_errors").or_insert(json!([]));
        let error = json!({"code": refusal.code, "message": refusal.message});
        errors.as_array_mut().expect("`_errors` is an array").push(error);
    }
    root
}

/// Counts UTF-16 units: whichever way Discord counts, it does not find more than this.
pub fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What a message was before an update.
pub struct Before {
    pub flags: u64,
    pub has_content: bool,
    pub has_embeds: bool,
    pub has_components: bool,
    pub attachments: Vec<(String, String)>,
}

/// A file that came with a message: its number in `files[n]`, its name, its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub number: String,
    pub filename: String,
    pub bytes: Vec<u8>,
}

/// Everything Discord would refuse in the message `data`, whose path is `root`. `before` is the message it updates.
pub fn message(data: &Value, uploads: &[Upload], before: Option<&Before>, root: &[&str]) -> Vec<Refusal> {
    let mut walk = Walk::new(root);
    walk.message(data, uploads, before);
    walk.refusals
}

/// Everything Discord would refuse in the form `data`, whose path is `root`.
///
/// Of the parts that a form can have, the stand-in knows texts and groups of radio buttons.
pub fn modal(data: &Value, uploads: &[Upload], root: &[&str]) -> Vec<Refusal> {
    let mut walk = Walk::new(root);
    walk.modal(data, uploads);
    walk.refusals
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Message,
    Container,
    Row,
    Section,
    Accessory,
}

struct Walk {
    refusals: Vec<Refusal>,
    path: Vec<String>,
    custom_ids: HashSet<String>,
    ids: HashSet<u64>,
    components: usize,
    text: usize,
    files: Vec<String>,
    v2: bool,
}

impl Walk {
    fn new(root: &[&str]) -> Self {
        Self {
            refusals: Vec::new(),
            path: root.iter().map(ToString::to_string).collect(),
            custom_ids: HashSet::new(),
            ids: HashSet::new(),
            components: 0,
            text: 0,
            files: Vec::new(),
            v2: false,
        }
    }

    fn refuse(&mut self, code: &str, message: impl Into<String>) {
        self.refusals.push(Refusal { path: self.path.clone(), code: code.into(), message: message.into() });
    }

    fn at<R>(&mut self, key: impl ToString, look: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(key.to_string());
        let result = look(self);
        self.path.pop();
        result
    }

    fn refuse_at(&mut self, key: &str, code: &str, message: impl Into<String>) {
        self.at(key, |walk| walk.refuse(code, message));
    }

    fn required(&mut self, key: &str) {
        self.refuse_at(key, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Checks a text field, and gives it where it is a text.
    fn text<'a>(&mut self, of: &'a Value, key: &str, min: usize, max: usize, needed: bool) -> Option<&'a str> {
        match &of[key] {
            Value::Null => {
                if needed {
                    self.required(key);
                }
                None
            }
            Value::String(text) => {
                let length = characters(text);
                // Discord trims most texts before it measures them.
                if min > 0 && text.trim().is_empty() {
                    self.required(key);
                } else if length > max {
                    self.refuse_at(key, "BASE_TYPE_MAX_LENGTH", format!("Must be {max} or fewer in length."));
                } else if length < min {
                    self.refuse_at(key, "BASE_TYPE_MIN_LENGTH", format!("Must be {min} or more in length."));
                }
                Some(text)
            }
            other => {
                self.refuse_at(key, "STRING_TYPE_CONVERT", format!("Could not interpret \"{other}\" as string."));
                None
            }
        }
    }

    fn boolean(&mut self, of: &Value, key: &str) {
        if !of[key].is_null() && !of[key].is_boolean() {
            self.refuse_at(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
    }

    fn integer(&mut self, of: &Value, key: &str, min: i64, max: i64) -> Option<i64> {
        let value = &of[key];
        if value.is_null() {
            return None;
        }
        let Some(number) = value.as_i64() else {
            self.refuse_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not int."));
            return None;
        };
        if number < min {
            self.refuse_at(key, "NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {min}."));
        } else if number > max {
            self.refuse_at(key, "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
        }
        Some(number)
    }

    /// Checks a list's length, and gives its items.
    fn list<'a>(&mut self, of: &'a Value, key: &str, min: usize, max: usize, needed: bool) -> &'a [Value] {
        match &of[key] {
            Value::Null => {
                if needed {
                    self.required(key);
                }
                &[]
            }
            Value::Array(items) => {
                if items.len() < min || items.len() > max {
                    self.refuse_at(key, "BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
                }
                items
            }
            _ => {
                self.refuse_at(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
                &[]
            }
        }
    }

    fn message(&mut self, data: &Value, uploads: &[Upload], before: Option<&Before>) {
        if !data.is_object() {
            self.refuse("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
            return;
        }
        let flags = self.flags(data, before);
        self.v2 = flags & IS_COMPONENTS_V2 != 0;
        self.attachments(data, uploads, before);
        self.allowed_mentions(&data["allowed_mentions"]);
        self.boolean(data, "tts");
        let content = self.text(data, "content", 0, CONTENT, false).is_some_and(|text| !text.is_empty());
        let embeds = !self.list(data, "embeds", 0, EMBEDS, false).is_empty();
        self.at("embeds", |walk| walk.embeds(&data["embeds"]));
        let poll = data["poll"].is_object();
        if self.v2 {
            let kept = |key: &str, had: fn(&Before) -> bool| data.get(key).is_none() && before.is_some_and(had);
            let legacy = [
                ("content", content || kept("content", |before| before.has_content)),
                ("embeds", embeds || kept("embeds", |before| before.has_embeds)),
                ("poll", poll),
            ];
            for (key, used) in legacy {
                if used {
                    self.refuse_at(
                        key,
                        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                        format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"),
                    );
                }
            }
        }
        let most = if self.v2 { COMPONENTS } else { ROWS };
        let components = self.list(data, "components", 0, most, false);
        self.at("components", |walk| walk.components(components, Place::Message));
        if self.components > COMPONENTS {
            let found = self.components;
            self.refuse_at(
                "components",
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                format!("The total number of components cannot exceed {COMPONENTS}; there are {found}"),
            );
        }
        if self.text > TEXT {
            let found = self.text;
            self.refuse_at(
                "components",
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                format!("The total length of displayable text cannot exceed {TEXT}; it is {found}"),
            );
        }
        let kept = data.get("components").is_none() && before.is_some_and(|before| before.has_components);
        let something = if self.v2 {
            !components.is_empty() || kept
        } else {
            content
                || embeds
                || poll
                || !components.is_empty()
                || !uploads.is_empty()
                || before.is_some_and(|before| kept || before.has_content || before.has_embeds)
        };
        if !something {
            self.refuse_at("components", "BASE_TYPE_REQUIRED", "Cannot send an empty message");
        }
    }

    fn flags(&mut self, data: &Value, before: Option<&Before>) -> u64 {
        let kept = before.map_or(0, |before| before.flags);
        let flags = match &data["flags"] {
            Value::Null => return kept,
            value => match value.as_u64() {
                Some(flags) => flags,
                None => {
                    self.refuse_at("flags", "NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not int."));
                    return kept;
                }
            },
        };
        let allowed = match before {
            None => SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2,
            // Who sees a message is settled when it is made.
            Some(_) => SUPPRESS_EMBEDS | IS_COMPONENTS_V2,
        };
        if flags & !allowed != 0 {
            let wrong = flags & !allowed;
            self.refuse_at("flags", "BASE_TYPE_CHOICES", format!("The flags {wrong:#x} cannot be set here"));
        }
        if kept & IS_COMPONENTS_V2 != 0 && flags & IS_COMPONENTS_V2 == 0 {
            self.refuse_at(
                "flags",
                "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG",
                "The IS_COMPONENTS_V2 flag cannot be removed from a message",
            );
        }
        flags | kept & (EPHEMERAL | IS_COMPONENTS_V2)
    }

    fn attachments(&mut self, data: &Value, uploads: &[Upload], before: Option<&Before>) {
        let kept = before.map_or(&[][..], |before| &before.attachments);
        let listed = self.list(data, "attachments", 0, FILES, false);
        if uploads.len() > FILES {
            self.refuse_at("files", "BASE_TYPE_BAD_LENGTH", format!("Must be between 0 and {FILES} in length."));
        }
        let mut numbers = HashSet::new();
        for upload in uploads {
            if !numbers.insert(&upload.number) {
                self.refuse_at("files", "DUPLICATE", format!("two parts are called files[{}]", upload.number));
            }
            // What `attachment://` can name. <https://docs.discord.com/developers/reference#uploading-files>
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if upload.filename.is_empty() || !upload.filename.chars().all(plain) {
                self.refuse_at("files", "FILENAME", format!("a file is called \"{}\"", upload.filename));
            }
        }
        for (index, attachment) in listed.iter().enumerate() {
            self.at("attachments", |walk| {
                walk.at(index, |walk| {
                    walk.text(attachment, "description", 0, ALT_TEXT, false);
                    walk.text(attachment, "filename", 1, 1024, false);
                    let id = match &attachment["id"] {
                        Value::String(id) => id.clone(),
                        Value::Number(id) => id.to_string(),
                        _ => return walk.required("id"),
                    };
                    let known =
                        uploads.iter().any(|upload| upload.number == id) || kept.iter().any(|(had, _)| *had == id);
                    if !known {
                        walk.refuse_at("id", "ATTACHMENT_NOT_FOUND", "Attachment data could not be found.");
                    }
                });
            });
        }
        let stays = |id: &String| data.get("attachments").is_none() || listed.iter().any(|one| one["id"] == **id);
        self.files = uploads.iter().map(|upload| upload.filename.clone()).collect();
        self.files.extend(kept.iter().filter(|(id, _)| stays(id)).map(|(_, name)| name.clone()));
    }

    fn allowed_mentions(&mut self, mentions: &Value) {
        if mentions.is_null() {
            return;
        }
        self.at("allowed_mentions", |walk| {
            if !mentions.is_object() {
                return walk.refuse("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
            }
            let mut parsed = HashSet::new();
            for kind in walk.list(mentions, "parse", 0, 3, false) {
                let kind = kind.as_str().unwrap_or_default();
                if !["roles", "users", "everyone"].contains(&kind) {
                    walk.refuse_at(
                        "parse",
                        "BASE_TYPE_CHOICES",
                        "Value must be one of {'roles', 'users', 'everyone'}.",
                    );
                } else if !parsed.insert(kind) {
                    walk.refuse_at("parse", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
                }
            }
            for key in ["users", "roles"] {
                let listed = walk.list(mentions, key, 0, 100, false);
                if !listed.is_empty() && parsed.contains(key) {
                    walk.refuse_at(
                        key,
                        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                        format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive."),
                    );
                }
            }
            walk.boolean(mentions, "replied_user");
        });
    }

    /// <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
    fn embeds(&mut self, embeds: &Value) {
        let mut total = 0;
        for (index, embed) in embeds.as_array().map_or(&[][..], Vec::as_slice).iter().enumerate() {
            self.at(index, |walk| {
                let mut count = |text: Option<&str>| total += text.map_or(0, characters);
                count(walk.text(embed, "title", 0, 256, false));
                count(walk.text(embed, "description", 0, 4096, false));
                count(walk.at("footer", |walk| walk.text(&embed["footer"], "text", 0, 2048, false)));
                count(walk.at("author", |walk| walk.text(&embed["author"], "name", 0, 256, false)));
                let fields = walk.list(embed, "fields", 0, 25, false);
                for (index, field) in fields.iter().enumerate() {
                    walk.at("fields", |walk| {
                        walk.at(index, |walk| {
                            count(walk.text(field, "name", 1, 256, true));
                            count(walk.text(field, "value", 1, 1024, true));
                        });
                    });
                }
            });
        }
        if total > 6000 {
            self.refuse("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
        }
    }

    fn components(&mut self, components: &[Value], place: Place) {
        for (index, component) in components.iter().enumerate() {
            self.at(index, |walk| walk.component(component, place));
        }
    }

    /// The types that may stand in a place.
    /// <https://docs.discord.com/developers/components/reference#component-object-component-types>
    fn component(&mut self, component: &Value, place: Place) {
        self.components += 1;
        let allowed: &[u64] = match place {
            Place::Message if self.v2 => &[1, 9, 10, 12, 13, 14, 17],
            Place::Message => &[1],
            Place::Container => &[1, 9, 10, 12, 13, 14],
            Place::Row => &[2, 3, 5, 6, 7, 8],
            Place::Section => &[10],
            Place::Accessory => &[2, 11],
        };
        let Some(kind) = component["type"].as_u64().filter(|kind| allowed.contains(kind)) else {
            let allowed = allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("Value of field \"type\" must be one of ({allowed},).");
            return self.refuse_at("type", "UNION_TYPE_CHOICES", message);
        };
        if let Some(id) = self.integer(component, "id", 0, i64::from(i32::MAX))
            && id > 0
            && !self.ids.insert(id.unsigned_abs())
        {
            self.refuse_at("id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
        }
        match kind {
            1 => self.row(component),
            2 => self.button(component),
            3 | 5..=8 => self.select(component, kind),
            9 => {
                let texts = self.list(component, "components", 1, SECTION_TEXTS, true);
                self.at("components", |walk| walk.components(texts, Place::Section));
                if component["accessory"].is_null() {
                    self.required("accessory");
                } else {
                    self.at("accessory", |walk| walk.component(&component["accessory"], Place::Accessory));
                }
            }
            10 => {
                let text = self.text(component, "content", 1, TEXT, true);
                self.text += text.map_or(0, characters);
            }
            11 => self.media(component, "media"),
            12 => {
                let items = self.list(component, "items", 1, GALLERY_ITEMS, true);
                for (index, item) in items.iter().enumerate() {
                    self.at("items", |walk| walk.at(index, |walk| walk.media(item, "media")));
                }
            }
            13 => {
                let url = component["file"]["url"].as_str().unwrap_or_default();
                if !url.is_empty() && !url.starts_with("attachment://") {
                    self.at("file", |walk| {
                        walk.refuse_at("url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).");
                    });
                }
                self.media(component, "file");
            }
            14 => {
                self.boolean(component, "divider");
                self.integer(component, "spacing", 1, 2);
            }
            _ => {
                self.integer(component, "accent_color", 0, 0x00FF_FFFF);
                self.boolean(component, "spoiler");
                let inner = self.list(component, "components", 1, COMPONENTS, true);
                self.at("components", |walk| walk.components(inner, Place::Container));
            }
        }
    }

    fn row(&mut self, row: &Value) {
        let inner = self.list(row, "components", 1, BUTTONS_IN_ROW, true);
        let selects = inner.iter().filter(|one| one["type"].as_u64().is_some_and(|kind| kind > 2)).count();
        if selects > 0 && inner.len() > 1 {
            self.refuse_at(
                "components",
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            );
        }
        self.at("components", |walk| walk.components(inner, Place::Row));
    }

    fn custom_id(&mut self, component: &Value) {
        if let Some(id) = self.text(component, "custom_id", 1, CUSTOM_ID, true)
            && !self.custom_ids.insert(id.to_owned())
        {
            self.refuse_at("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
        }
    }

    fn button(&mut self, button: &Value) {
        let style = self.integer(button, "style", 1, 6);
        if style.is_none() {
            self.required("style");
        }
        self.boolean(button, "disabled");
        let label = self.text(button, "label", 0, LABEL, false).is_some_and(|label| !label.trim().is_empty());
        let emoji = &button["emoji"];
        if emoji.is_object() {
            self.at("emoji", |walk| walk.text(emoji, "name", 0, 32, emoji["id"].is_null()));
        }
        let exclusive = |walk: &mut Self, key: &str| {
            if !button[key].is_null() {
                walk.refuse_at(
                    key,
                    "BUTTON_COMPONENT_EXCLUSIVE",
                    format!("A button of this style cannot have a {key}"),
                );
            }
        };
        match style {
            Some(1..=4) => {
                self.custom_id(button);
                exclusive(self, "url");
                exclusive(self, "sku_id");
            }
            Some(5) => {
                if let Some(url) = self.text(button, "url", 1, BUTTON_URL, true)
                    && !["http://", "https://", "discord://"].iter().any(|scheme| url.starts_with(scheme))
                {
                    self.refuse_at(
                        "url",
                        "URL_TYPE_INVALID_SCHEME",
                        "Scheme must be one of ('discord', 'http', 'https').",
                    );
                }
                exclusive(self, "custom_id");
                exclusive(self, "sku_id");
            }
            Some(6) => {
                if button["sku_id"].is_null() {
                    self.required("sku_id");
                }
                for key in ["custom_id", "url", "label", "emoji"] {
                    exclusive(self, key);
                }
                return;
            }
            _ => {}
        }
        if !label && !emoji.is_object() {
            self.refuse_at("label", "BUTTON_COMPONENT_INVALID_LABEL", "A label or emoji is required");
        }
    }

    fn select(&mut self, select: &Value, kind: u64) {
        self.custom_id(select);
        self.text(select, "placeholder", 0, 150, false);
        self.boolean(select, "disabled");
        self.integer(select, "min_values", 0, 25);
        self.integer(select, "max_values", 1, 25);
        if kind != 3 {
            return;
        }
        let mut values = HashSet::new();
        let options = self.list(select, "options", 1, SELECT_OPTIONS, true);
        for (index, option) in options.iter().enumerate() {
            self.at("options", |walk| {
                walk.at(index, |walk| {
                    walk.text(option, "label", 1, 100, true);
                    walk.text(option, "description", 0, 100, false);
                    let value = walk.text(option, "value", 1, 100, true);
                    if value.is_some_and(|value| !values.insert(value)) {
                        walk.refuse_at(
                            "value",
                            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                            "The specified option value is already used",
                        );
                    }
                });
            });
        }
    }

    fn modal(&mut self, data: &Value, uploads: &[Upload]) {
        if !uploads.is_empty() {
            self.refuse_at("files", "BASE_TYPE_BAD_LENGTH", "A form has no files");
        }
        self.text(data, "custom_id", 1, CUSTOM_ID, true);
        self.text(data, "title", 1, MODAL_TITLE, true);
        let parts = self.list(data, "components", 1, MODAL_PARTS, true);
        for (index, part) in parts.iter().enumerate() {
            self.at("components", |walk| walk.at(index, |walk| walk.modal_part(part)));
        }
    }

    fn modal_part(&mut self, part: &Value) {
        match part["type"].as_u64() {
            Some(10) => {
                self.text(part, "content", 1, TEXT, true);
            }
            Some(18) => {
                self.text(part, "label", 1, FIELD_LABEL, true);
                self.text(part, "description", 1, FIELD_DESCRIPTION, false);
                let group = &part["component"];
                if group["type"] == 21 {
                    self.at("component", |walk| walk.radio_group(group));
                } else {
                    let message = "Value of field \"type\" must be one of (21,): the stand-in knows no other";
                    self.at("component", |walk| walk.refuse_at("type", "UNION_TYPE_CHOICES", message));
                }
            }
            _ => self.refuse_at("type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (10, 18)."),
        }
    }

    fn radio_group(&mut self, group: &Value) {
        self.custom_id(group);
        self.boolean(group, "required");
        let mut values = HashSet::new();
        let options = match &group["options"] {
            Value::Array(_) => self.list(group, "options", RADIO_OPTIONS.0, RADIO_OPTIONS.1, true),
            _ => return self.required("options"),
        };
        for (index, option) in options.iter().enumerate() {
            self.at("options", |walk| {
                walk.at(index, |walk| {
                    walk.text(option, "label", 1, RADIO_TEXT, true);
                    walk.text(option, "description", 1, RADIO_TEXT, false);
                    walk.boolean(option, "default");
                    let value = walk.text(option, "value", 1, RADIO_TEXT, true);
                    if value.is_some_and(|value| !values.insert(value)) {
                        walk.refuse_at(
                            "value",
                            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                            "The specified option value is already used",
                        );
                    }
                });
            });
        }
        let chosen = options.iter().filter(|option| option["default"] == true).count();
        if chosen > 1 {
            self.refuse_at("options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "At most one can be the default");
        }
    }

    /// A thumbnail, an item of a gallery, or a file.
    fn media(&mut self, of: &Value, key: &str) {
        self.boolean(of, "spoiler");
        if of["description"].is_string() {
            self.text(of, "description", 1, ALT_TEXT, false);
        }
        self.at(key, |walk| {
            let Some(url) = walk.text(&of[key], "url", 1, 2048, true) else { return };
            match url.strip_prefix("attachment://") {
                Some(name) => {
                    if !walk.files.iter().any(|file| file == name) {
                        walk.refuse_at(
                            "url",
                            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                            "The referenced attachment could not be found",
                        );
                    }
                }
                None if url.starts_with("http://") || url.starts_with("https://") => {}
                None => walk.refuse_at(
                    "url",
                    "URL_TYPE_INVALID_SCHEME",
                    "Scheme must be one of ('http', 'https', 'attachment').",
                ),
            }
        });
    }
}

/// Everything Discord would refuse in the body of a bulk overwrite.
pub fn commands(body: &Value) -> Vec<Refusal> {
    let mut walk = Walk::new(&[]);
    let Some(list) = body.as_array() else {
        walk.refuse("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        return walk.refusals;
    };
    let mut names = HashSet::new();
    let mut by_type: BTreeMap<u64, usize> = BTreeMap::new();
    for (index, command) in list.iter().enumerate() {
        walk.at(index, |walk| {
            let kind = command["type"].as_u64().unwrap_or(1);
            *by_type.entry(kind).or_default() += 1;
            walk.command(command, kind);
            if !names.insert((kind, command["name"].as_str().unwrap_or_default().to_owned())) {
                walk.refuse_at(
                    "name",
                    "APPLICATION_COMMANDS_DUPLICATE_NAME",
                    "Application command names must be unique",
                );
            }
        });
    }
    if by_type.get(&1).is_some_and(|count| *count > COMMANDS) {
        walk.refuse(
            "APPLICATION_COMMANDS_MAX",
            format!("Maximum number of application commands reached ({COMMANDS})."),
        );
    }
    walk.refusals
}

impl Walk {
    fn command(&mut self, command: &Value, kind: u64) {
        if !command.is_object() {
            return self.refuse("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        }
        self.named(command, kind == 1);
        if kind == 1 {
            self.described(command);
        } else if command["description"].as_str().is_some_and(|text| !text.is_empty()) {
            self.refuse_at(
                "description",
                "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED",
                "Context menu commands cannot have description",
            );
        }
        for (key, most) in [("contexts", 3), ("integration_types", 2)] {
            let listed = self.list(command, key, 1, most, false);
            let mut seen = HashSet::new();
            for value in listed {
                let known = value.as_u64().is_some_and(|value| value < most as u64);
                if !known {
                    self.refuse_at(key, "BASE_TYPE_CHOICES", format!("{value} is no such value"));
                } else if !seen.insert(value.to_string()) {
                    self.refuse_at(key, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
                }
            }
        }
        self.boolean(command, "nsfw");
        self.options(command);
        let total = size(command);
        if total > COMMAND_TOTAL {
            self.refuse(
                "APPLICATION_COMMAND_TOO_LARGE",
                format!("Command exceeds maximum size ({COMMAND_TOTAL}); it has {total}"),
            );
        }
    }

    fn named(&mut self, of: &Value, slash: bool) {
        let good = |name: &str| {
            !slash
                || name.chars().all(|c| {
                    let script = matches!(c, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}');
                    (script || c.is_alphanumeric() || "-_'".contains(c))
                        && (c.to_lowercase().eq([c]) || !c.is_uppercase())
                })
        };
        let bad = "String value did not match validation regex.";
        if let Some(name) = self.text(of, "name", 1, COMMAND_NAME, true)
            && !good(name)
        {
            self.refuse_at("name", "APPLICATION_COMMAND_INVALID_NAME", bad);
        }
        self.localized(of, "name_localizations", COMMAND_NAME, |name| good(name).then_some(()).ok_or(bad));
    }

    fn described(&mut self, of: &Value) {
        self.text(of, "description", 1, COMMAND_DESCRIPTION, true);
        self.localized(of, "description_localizations", COMMAND_DESCRIPTION, |_| Ok(()));
    }

    fn localized(&mut self, of: &Value, key: &str, max: usize, check: impl Fn(&str) -> Result<(), &'static str>) {
        let Some(map) = of[key].as_object() else {
            if !of[key].is_null() {
                self.refuse_at(key, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
            }
            return;
        };
        self.at(key, |walk| {
            for locale in map.keys() {
                if !LOCALES.contains(&locale.as_str()) {
                    walk.refuse_at(locale, "BASE_TYPE_CHOICES", "This is no locale that Discord knows");
                }
                if let Some(text) = walk.text(&of[key], locale, 1, max, true)
                    && let Err(message) = check(text)
                {
                    walk.refuse_at(locale, "APPLICATION_COMMAND_INVALID_NAME", message);
                }
            }
        });
    }

    fn options(&mut self, of: &Value) {
        let options = self.list(of, "options", 0, COMMAND_OPTIONS, false);
        let mut names = HashSet::new();
        let mut optional = false;
        for (index, option) in options.iter().enumerate() {
            self.at("options", |walk| {
                walk.at(index, |walk| {
                    if walk.integer(option, "type", 1, 11).is_none() {
                        walk.required("type");
                    }
                    walk.named(option, true);
                    walk.described(option);
                    walk.boolean(option, "required");
                    walk.boolean(option, "autocomplete");
                    if !names.insert(option["name"].as_str().unwrap_or_default()) {
                        walk.refuse_at(
                            "name",
                            "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                            "Option name already exists",
                        );
                    }
                    if option["required"] == true && optional {
                        walk.refuse_at(
                            "required",
                            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                            "Required options must be placed before non-required options",
                        );
                    }
                    optional |= option["required"] != true;
                    walk.choices(option);
                    walk.options(option);
                });
            });
        }
    }

    fn choices(&mut self, option: &Value) {
        let choices = self.list(option, "choices", 0, COMMAND_OPTIONS, false);
        let kind = option["type"].as_u64().unwrap_or_default();
        if !choices.is_empty() && option["autocomplete"] == true {
            self.refuse_at(
                "choices",
                "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE",
                "Choices exclude autocomplete",
            );
        }
        let (mut names, mut values) = (HashSet::new(), HashSet::new());
        for (index, choice) in choices.iter().enumerate() {
            self.at("choices", |walk| {
                walk.at(index, |walk| {
                    walk.text(choice, "name", 1, CHOICE_NAME, true);
                    walk.localized(choice, "name_localizations", CHOICE_NAME, |_| Ok(()));
                    let fits = match kind {
                        3 => choice["value"].as_str().is_some_and(|value| characters(value) <= 100),
                        4 => choice["value"].is_i64(),
                        10 => choice["value"].is_number(),
                        _ => false,
                    };
                    if !fits {
                        walk.refuse_at("value", "BASE_TYPE_CHOICES", "The value does not fit the option's type");
                    }
                    let name_taken = !names.insert(choice["name"].as_str().unwrap_or_default());
                    if name_taken || !values.insert(choice["value"].to_string()) {
                        walk.refuse(
                            "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                            "Option choice name already exists",
                        );
                    }
                });
            });
        }
    }
}

/// What a command, an option or a choice counts towards [`COMMAND_TOTAL`].
fn size(of: &Value) -> usize {
    let longest = |key: &str, map: Option<&Map<String, Value>>| {
        let texts = map.into_iter().flat_map(Map::values).chain(of.get(key));
        texts.filter_map(Value::as_str).map(characters).max().unwrap_or_default()
    };
    let own = longest("name", of["name_localizations"].as_object())
        + longest("description", of["description_localizations"].as_object())
        + of["value"].as_str().map_or(0, characters);
    let inner = ["options", "choices"].iter().filter_map(|key| of[*key].as_array());
    own + inner.flatten().map(size).sum::<usize>()
}
