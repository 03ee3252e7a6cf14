//! People who type commands, press buttons and fill in forms, and what their clients send.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::forms::{self, Form};
use crate::interactions::{self, Answer, Delivered, Failed};
use crate::messages::{Message, MessageView};
use crate::{APPLICATION_ID, GUILD_ID, Shared};

/// What a member may do in most servers: <https://docs.discord.com/developers/topics/permissions>.
const PERMISSIONS: &str = "2248473465835073";

/// Somebody, somewhere.
#[derive(Clone)]
pub struct Member {
    shared: Arc<Shared>,
    origin: Origin,
}

/// Who acts, and where.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub user_id: String,
    pub name: String,
    pub locale: String,
    pub guild_id: Option<String>,
    pub guild_locale: String,
    pub channel_id: String,
    /// 0 a server, 1 a direct message with the bot, 2 any other private channel.
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-context-types>
    pub context: u8,
    /// Whether the user installed the bot, and the server did not.
    pub user_install: bool,
    /// Whether the user may delete messages of others.
    pub manages_messages: bool,
}

impl Member {
    pub(crate) fn new(shared: Arc<Shared>, name: &str) -> Self {
        // FNV-1a: the same name is the same person.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let origin = Origin {
            user_id: (200_000_000_000_000_000 + hash % 900_000_000_000_000_000).to_string(),
            name: name.to_owned(),
            locale: "en-US".into(),
            guild_id: Some(GUILD_ID.into()),
            guild_locale: "en-US".into(),
            channel_id: "1170000000000000003".into(),
            context: 0,
            user_install: false,
            manages_messages: false,
        };
        Self { shared, origin }
    }

    /// The person's id.
    pub fn id(&self) -> &str {
        &self.origin.user_id
    }

    /// With this client language.
    pub fn locale(mut self, locale: &str) -> Self {
        self.origin.locale = locale.into();
        self
    }

    /// In a server whose preferred language is this.
    pub fn guild_locale(mut self, locale: &str) -> Self {
        self.origin.guild_locale = locale.into();
        self
    }

    /// In another server.
    pub fn in_guild(mut self, guild_id: u64) -> Self {
        self.origin.guild_id = Some(guild_id.to_string());
        self.origin.channel_id = (guild_id + 1).to_string();
        self.origin.context = 0;
        self
    }

    /// Allowed to delete messages of others.
    pub fn who_manages_messages(mut self) -> Self {
        self.origin.manages_messages = true;
        self
    }

    /// In another channel.
    pub fn in_channel(mut self, channel_id: u64) -> Self {
        self.origin.channel_id = channel_id.to_string();
        self
    }

    /// In a direct message with the bot.
    pub fn in_dm(mut self) -> Self {
        self.origin.guild_id = None;
        self.origin.channel_id = format!("9{}", &self.origin.user_id[1..]);
        self.origin.context = 1;
        self
    }

    /// In a group of friends, where only somebody who installed the bot can use it.
    pub fn in_group(mut self) -> Self {
        self.origin.guild_id = None;
        self.origin.channel_id = "1170000000000000077".into();
        self.origin.context = 2;
        self.origin.user_install = true;
        self
    }

    /// Having installed the bot for themselves, where the server has not.
    pub fn by_user_install(mut self) -> Self {
        self.origin.user_install = true;
        self
    }

    /// Types a command; the options by name, each value as it is typed.
    ///
    /// # Panics
    ///
    /// When the bot has no such command here, or gives no answer.
    pub async fn command<'a>(&self, name: &str, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Answer {
        let answer = self.try_command(name, options).await;
        answer.unwrap_or_else(|failed| panic!("{} typed /{name}: {} ({})", self.origin.name, failed.shown, failed.why))
    }

    /// Types a command that may go unanswered.
    ///
    /// # Errors
    ///
    /// When no answer comes in time.
    pub async fn try_command<'a>(
        &self,
        name: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Answer, Failed> {
        let command = self.shared.state().command(self.origin.guild_id.as_deref(), name);
        let command = command.unwrap_or_else(|| panic!("no command `{name}` is registered here"));
        self.assert_offered(&command);
        let options: Vec<(&str, &str)> = options.into_iter().collect();
        for option in command["options"].as_array().into_iter().flatten() {
            let given = options.iter().any(|(name, _)| option["name"] == **name);
            assert!(given || option["required"] != true, "/{name} needs the option {}", option["name"]);
        }
        let options: Vec<Value> = options.iter().map(|(key, value)| typed(&command, key, value)).collect();
        let mut data = json!({"id": command["id"], "name": name, "type": 1});
        if !options.is_empty() {
            data["options"] = json!(options);
        }
        if let Some(guild) = command.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        interactions::deliver(&self.shared, self.origin.clone(), 2, &data, None, None).await?.answer()
    }

    /// Discord's client shows a command only where its contexts and installations allow it.
    fn assert_offered(&self, command: &Value) {
        let (name, context) = (&command["name"], self.origin.context);
        let allows = |key: &str, value: u8| command[key].as_array().is_none_or(|list| list.contains(&json!(value)));
        assert!(allows("contexts", context), "/{name} is not offered in the context {context}: {command}");
        let install = u8::from(self.origin.user_install);
        assert!(
            allows("integration_types", install),
            "/{name} is not offered to the installation {install}: {command}"
        );
    }

    /// Presses the button with this label.
    ///
    /// # Panics
    ///
    /// When the person does not see such a button, cannot press it, or gets no answer.
    pub async fn press(&self, message: &MessageView, label: &str) -> Answer {
        let answer = self.try_press(message, label).await;
        answer.unwrap_or_else(|failed| {
            panic!("{} pressed [{label}]: {} ({})", self.origin.name, failed.shown, failed.why)
        })
    }

    /// Presses a button that may go unanswered.
    ///
    /// # Errors
    ///
    /// When no answer comes in time.
    pub async fn try_press(&self, message: &MessageView, label: &str) -> Result<Answer, Failed> {
        self.press_button(message, label).await?.answer()
    }

    async fn press_button(&self, message: &MessageView, label: &str) -> Result<Delivered, Failed> {
        let button = message.button(label);
        assert!(!button.disabled, "[{label}] cannot be pressed: it is disabled");
        assert!(!button.custom_id.is_empty(), "[{label}] is a link");
        let now = self.seen(message);
        let same = now.buttons().into_iter().find(|one| one.custom_id == button.custom_id);
        let same = same.unwrap_or_else(|| {
            panic!("[{label}] is gone from the message since; `press_id` sends what no client would:\n{}", now.text())
        });
        self.send(&now, &button.custom_id, same.id).await
    }

    /// Sends a press of any custom_id, as a forged client might.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn press_id(&self, message: &MessageView, custom_id: &str) -> Answer {
        let answer = self.try_press_id(message, custom_id).await;
        answer.unwrap_or_else(|failed| {
            panic!("{} pressed `{custom_id}`: {} ({})", self.origin.name, failed.shown, failed.why)
        })
    }

    /// Sends a press of any custom_id that may go unanswered.
    ///
    /// # Errors
    ///
    /// When no answer comes in time.
    pub async fn try_press_id(&self, message: &MessageView, custom_id: &str) -> Result<Answer, Failed> {
        let now = self.seen(message);
        let known = now.buttons().into_iter().find(|one| one.custom_id == custom_id);
        self.send(&now, custom_id, known.map_or(2, |button| button.id)).await?.answer()
    }

    async fn send(&self, message: &MessageView, custom_id: &str, id: u64) -> Result<Delivered, Failed> {
        let data = json!({"component_type": 2, "custom_id": custom_id, "id": id});
        interactions::deliver(&self.shared, self.origin.clone(), 3, &data, Some(&message.id), None).await
    }

    /// Presses a button that opens a form.
    ///
    /// # Panics
    ///
    /// When the person cannot press it, or no form opens.
    pub async fn open(&self, message: &MessageView, label: &str) -> Form {
        let form = match self.press_button(message, label).await {
            Ok(delivered) => delivered.form(),
            Err(failed) => Err(failed),
        };
        form.unwrap_or_else(|failed| {
            panic!("{} pressed [{label}]: {} ({})", self.origin.name, failed.shown, failed.why)
        })
    }

    /// Sends a form with these choices, each the name of a group and a value; the other groups keep what was chosen when it
    /// opened.
    ///
    /// # Panics
    ///
    /// When the client would not send that, or there is no answer.
    pub async fn submit<'a>(&self, form: &Form, choices: impl IntoIterator<Item = (&'a str, &'a str)>) -> Answer {
        let answer = self.try_submit(form, choices).await;
        answer.unwrap_or_else(|failed| {
            panic!("{} sent `{}`: {} ({})", self.origin.name, form.custom_id, failed.shown, failed.why)
        })
    }

    /// Sends a form that may go unanswered.
    ///
    /// # Errors
    ///
    /// When no answer comes in time.
    pub async fn try_submit<'a>(
        &self,
        form: &Form,
        choices: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Answer, Failed> {
        let choices: Vec<_> = choices.into_iter().collect();
        self.send_form(form, &form.submission(&choices)).await
    }

    /// Sends any values under any custom_id in place of a form's, as a forged client might.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn submit_as<'a>(
        &self,
        form: &Form,
        custom_id: &str,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Answer {
        let values: Vec<_> = values.into_iter().map(|(name, value)| (name, Some(value.to_owned()))).collect();
        let answer = self.send_form(form, &forms::data(custom_id, &values)).await;
        answer.unwrap_or_else(|failed| {
            panic!("{} sent `{custom_id}`: {} ({})", self.origin.name, failed.shown, failed.why)
        })
    }

    async fn send_form(&self, form: &Form, data: &Value) -> Result<Answer, Failed> {
        let (under, opened_by) = (form.under.as_deref(), Some(&form.opened_by));
        interactions::deliver(&self.shared, self.origin.clone(), 5, data, under, opened_by).await?.answer()
    }

    /// The message as it is now, which this person must see.
    fn seen(&self, message: &MessageView) -> MessageView {
        let state = self.shared.state();
        let now = state.messages.get(&message.id).unwrap_or_else(|| panic!("the message {} is gone", message.id));
        assert!(self.sees(now), "{} does not see this message:\n{}", self.origin.name, now.view().text());
        now.view()
    }

    fn sees(&self, message: &Message) -> bool {
        message.channel_id == self.origin.channel_id
            && message.only_for.as_ref().is_none_or(|user| *user == self.origin.user_id)
    }

    /// Every message that this person sees in their channel, oldest first.
    pub fn screen(&self) -> Vec<MessageView> {
        let state = self.shared.state();
        state.messages.values().filter(|message| self.sees(message)).map(Message::view).collect()
    }
}

/// An option's value as the client sends it.
fn typed(command: &Value, key: &str, value: &str) -> Value {
    let options = command["options"].as_array();
    let option = options.and_then(|options| options.iter().find(|option| option["name"] == *key));
    let option = option.unwrap_or_else(|| panic!("/{} has no option `{key}`", command["name"]));
    let kind = option["type"].as_u64().unwrap_or_default();
    let typed = match kind {
        4 => value.parse::<i64>().ok().map(|number| json!(number)),
        5 => value.parse::<bool>().ok().map(|truth| json!(truth)),
        10 => value.parse::<f64>().ok().map(|number| json!(number)),
        _ => Some(json!(value)),
    };
    let typed = typed.unwrap_or_else(|| panic!("`{value}` is no value for the option `{key}`"));
    if let Some(choices) = option["choices"].as_array() {
        assert!(choices.iter().any(|choice| choice["value"] == typed), "the option `{key}` has no choice `{value}`");
    }
    json!({"name": key, "type": kind, "value": typed})
}

impl Origin {
    fn user(&self) -> Value {
        json!({
            "id": self.user_id,
            "username": self.name.to_lowercase(),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": null,
            "avatar_decoration_data": null,
            "clan": null,
            "collectibles": null,
            "display_name_styles": null,
            "primary_guild": null,
            "public_flags": 0,
            "flags": 0,
        })
    }

    fn owners(&self) -> Value {
        match (self.user_install, &self.guild_id) {
            (true, _) => json!({"1": self.user_id}),
            (false, Some(guild)) => json!({"0": guild}),
            // What Discord writes for a direct message with the bot.
            (false, None) => json!({"0": "0"}),
        }
    }

    /// A message's `interaction_metadata`.
    pub(crate) fn made_by(&self, id: &str, kind: u64, under: Option<&str>, opened_by: Option<&Value>) -> Value {
        let mut made_by = json!({
            "id": id, "type": kind, "user": self.user(), "authorizing_integration_owners": self.owners(),
        });
        match (opened_by, under) {
            (Some(opened_by), _) => made_by["triggering_interaction_metadata"] = opened_by.clone(),
            (None, Some(message)) => made_by["interacted_message_id"] = json!(message),
            (None, None) => made_by["command_type"] = json!(1),
        }
        made_by
    }

    /// The interaction as Discord sends it, on either transport.
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object>
    pub(crate) fn interaction(&self, id: &str, token: &str, kind: u64, data: &Value, message: Option<&Value>) -> Value {
        let mut interaction = json!({
            "id": id,
            "application_id": APPLICATION_ID,
            "type": kind,
            "token": token,
            "version": 1,
            "data": data,
            "channel_id": self.channel_id,
            "channel": self.channel(),
            "app_permissions": if self.user_install { "562949953601536" } else { PERMISSIONS },
            "locale": self.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners(),
            "context": self.context,
            "attachment_size_limit": crate::limits::FILE_SIZE,
        });
        match &self.guild_id {
            Some(guild) => {
                interaction["guild_id"] = json!(guild);
                interaction["guild_locale"] = json!(self.guild_locale);
                interaction["guild"] = json!({"id": guild, "locale": self.guild_locale, "features": ["COMMUNITY"]});
                interaction["member"] = json!({
                    "user": self.user(),
                    "nick": null,
                    "avatar": null,
                    "banner": null,
                    "collectibles": null,
                    "roles": [],
                    "joined_at": "2024-03-01T09:00:00.000000+00:00",
                    "premium_since": null,
                    "communication_disabled_until": null,
                    "unusual_dm_activity_until": null,
                    "deaf": false,
                    "mute": false,
                    "pending": false,
                    "flags": 0,
                    "permissions": self.permissions(),
                });
            }
            None => interaction["user"] = self.user(),
        }
        if let Some(message) = message {
            interaction["message"] = message.clone();
        }
        interaction
    }

    /// What the member may do in the channel.
    fn permissions(&self) -> String {
        const MANAGE_MESSAGES: u64 = 1 << 13;
        let bits: u64 = PERMISSIONS.parse().expect("it is a number");
        (if self.manages_messages { bits | MANAGE_MESSAGES } else { bits }).to_string()
    }

    fn channel(&self) -> Value {
        match (&self.guild_id, self.context) {
            (Some(guild), _) => json!({
                "id": self.channel_id, "type": 0, "guild_id": guild, "name": "general", "topic": null, "nsfw": false,
                "position": 0, "parent_id": null, "rate_limit_per_user": 0, "last_message_id": null, "flags": 0,
                "icon_emoji": {"id": null, "name": "👋"}, "theme_color": null, "permissions": PERMISSIONS,
            }),
            (None, 1) => json!({
                "id": self.channel_id, "type": 1, "last_message_id": null, "flags": 0,
                "recipients": [self.user()], "recipient_flags": 0,
            }),
            (None, _) => json!({
                "id": self.channel_id, "type": 3, "last_message_id": null, "flags": 0, "name": null, "icon": null,
                "owner_id": self.user_id, "recipients": [self.user()],
            }),
        }
    }
}
