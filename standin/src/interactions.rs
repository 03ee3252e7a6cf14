//! The life of one interaction: made by a user, delivered to the bot, answered once, or too late.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding>

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::forms::Form;
use crate::limits::{self, EPHEMERAL, LOADING, Refusal, Upload};
use crate::messages::{Message, MessageView};
use crate::users::Origin;
use crate::{Delivery, Shared, State, endpoint, schema};

/// What the bot's answer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new message (`CHANNEL_MESSAGE_WITH_SOURCE`).
    New,
    /// The message with the button changed (`UPDATE_MESSAGE`).
    Updated,
    /// A message that says the bot is thinking (`DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE`).
    Thinking,
    /// Nothing yet, and nothing to see (`DEFERRED_UPDATE_MESSAGE`).
    Deferred,
    /// A form over the screen (`MODAL`).
    Form,
}

/// What a user got.
#[derive(Debug, Clone)]
pub struct Answer {
    pub message: MessageView,
    pub kind: Kind,
    /// From the user's action to the answer.
    pub took: Duration,
    /// The interaction's id, to find its requests.
    pub interaction: String,
}

/// What came back to a user, a message or a form.
pub(crate) struct Delivered {
    accepted: Accepted,
    took: Duration,
    interaction: String,
    /// What the client shows without an answer.
    shown: &'static str,
}

impl Delivered {
    /// The message.
    pub(crate) fn answer(self) -> Result<Answer, Failed> {
        let Self { accepted: Accepted { kind, message, .. }, took, interaction, shown } = self;
        let message =
            message.ok_or_else(|| Failed { shown, why: format!("the answer is no message, but {kind:?}") })?;
        Ok(Answer { message, kind, took, interaction })
    }

    /// The form.
    pub(crate) fn form(self) -> Result<Form, Failed> {
        let Self { accepted: Accepted { kind, form, .. }, shown, .. } = self;
        form.ok_or_else(|| Failed { shown, why: format!("the answer is no form, but {kind:?}") })
    }
}

/// What a user got instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What the client shows.
    pub shown: &'static str,
    /// What is behind it.
    pub why: String,
}

/// An interaction that was delivered.
pub(crate) struct Interaction {
    pub token: String,
    /// 2 a slash command, 3 a component, 5 a form that was sent.
    pub kind: u64,
    pub origin: Origin,
    /// The message with the button, or with the button that opened the form.
    pub under: Option<String>,
    /// As a message's `interaction_metadata` tells it.
    pub made_by: Value,
    pub created: Instant,
    /// Nobody waits any more.
    pub expired: bool,
    pub answered: Option<Accepted>,
    pub outcome: Option<oneshot::Sender<Accepted>>,
    /// The messages that followed the answer, oldest first.
    pub follow_ups: Vec<String>,
    /// Whether a fault hit its callback, so that a second answer is no mistake of the bot's.
    pub faulted: bool,
}

/// An answer that Discord took.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub kind: Kind,
    pub message: Option<MessageView>,
    /// The form that opened.
    pub form: Option<Form>,
    pub at: Instant,
}

/// How Discord refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub status: u16,
    /// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
    pub code: u64,
    pub message: &'static str,
    pub errors: Vec<Refusal>,
}

impl ApiError {
    pub(crate) const fn new(status: u16, code: u64, message: &'static str) -> Self {
        Self { status, code, message, errors: Vec::new() }
    }

    pub(crate) fn json(&self) -> Value {
        let mut json = json!({"message": self.message, "code": self.code});
        if !self.errors.is_empty() {
            json["errors"] = limits::tree(&self.errors);
        }
        json
    }
}

pub(crate) const UNKNOWN_INTERACTION: ApiError = ApiError::new(404, 10062, "Unknown interaction");
pub(crate) const UNKNOWN_WEBHOOK: ApiError = ApiError::new(404, 10015, "Unknown Webhook");
pub(crate) const UNKNOWN_MESSAGE: ApiError = ApiError::new(404, 10008, "Unknown Message");
pub(crate) const MISSING_ACCESS: ApiError = ApiError::new(403, 50001, "Missing Access");
pub(crate) const ACKNOWLEDGED: ApiError = ApiError::new(400, 40060, "Interaction has already been acknowledged.");
pub(crate) const TOKEN_EXPIRED: ApiError = ApiError::new(401, 50027, "Invalid Webhook Token");
pub(crate) const INVALID_JSON: ApiError = ApiError::new(400, 50109, "The request body contains invalid JSON.");
pub(crate) const TOO_LARGE: ApiError = ApiError::new(413, 40005, "Request entity too large");

/// An invalid form body, recorded as a violation of the bot's.
pub(crate) fn refuse(state: &mut State, of: &str, refusals: Vec<Refusal>) -> ApiError {
    for refusal in &refusals {
        let message = format!("{} ({})", refusal.message, refusal.code);
        state.violate(of, refusal.path.join("."), message);
    }
    ApiError { errors: refusals, ..ApiError::new(400, 50035, "Invalid Form Body") }
}

impl State {
    /// Takes an interaction's answer, or refuses it as Discord does. The callback route and the body of an endpoint's
    /// HTTP answer come to the same.
    pub(crate) fn answer(
        &mut self,
        shared: &Shared,
        id: &str,
        token: &str,
        body: &Value,
        uploads: Vec<Upload>,
    ) -> Result<Accepted, ApiError> {
        let of = format!("answer to interaction {id}");
        let Some(interaction) = self.interactions.get_mut(id).filter(|one| one.token == token) else {
            self.violate(of, "", "no interaction has this id and token");
            return Err(UNKNOWN_INTERACTION);
        };
        if interaction.answered.is_some() {
            if !interaction.faulted {
                self.violate(of, "", "a second answer");
            }
            return Err(ACKNOWLEDGED);
        }
        if interaction.expired || interaction.created.elapsed() > shared.options.deadline {
            interaction.expired = true;
            return Err(UNKNOWN_INTERACTION);
        }
        let (kind, under) = (interaction.kind, interaction.under.clone());
        let refused =
            |code: &str, message: String| vec![Refusal { path: vec!["type".into()], code: code.into(), message }];
        let answer = match (body["type"].as_u64(), kind) {
            (Some(4), _) => Kind::New,
            (Some(5), _) => Kind::Thinking,
            (Some(6), 3) => Kind::Deferred,
            (Some(7), 3) => Kind::Updated,
            // Only a form that a button opened has a message to change.
            (Some(6), 5) if under.is_some() => Kind::Deferred,
            (Some(7), 5) if under.is_some() => Kind::Updated,
            (Some(9), 2 | 3) => Kind::Form,
            (Some(other), _) => {
                let message = format!("Callback type {other} does not answer an interaction of type {kind}");
                return Err(refuse(self, &of, refused("BASE_TYPE_CHOICES", message)));
            }
            (None, _) => {
                return Err(refuse(self, &of, refused("BASE_TYPE_REQUIRED", "This field is required".into())));
            }
        };
        if uploads.iter().any(|upload| upload.bytes.len() > limits::FILE_SIZE) {
            self.violate(of, "files", "a file is larger than 10 MiB");
            return Err(TOO_LARGE);
        }
        let under = under.and_then(|id| self.messages.get(&id)).cloned();
        if under.is_none() && matches!(answer, Kind::Updated | Kind::Deferred) {
            return Err(UNKNOWN_MESSAGE);
        }
        let updated = under.as_ref().filter(|_| answer == Kind::Updated).map(Message::before);
        let mut refusals = match answer {
            Kind::New | Kind::Updated => {
                limits::message(body.get("data").unwrap_or(&json!({})), &uploads, updated.as_ref(), &["data"])
            }
            Kind::Form => limits::modal(&body["data"], &uploads, &["data"]),
            Kind::Thinking | Kind::Deferred => Vec::new(),
        };
        // The schema only adds what the walk over the limits did not see.
        if refusals.is_empty() {
            let name = match answer {
                Kind::New | Kind::Thinking => "CreateMessageInteractionCallbackRequest",
                Kind::Updated | Kind::Deferred => "UpdateMessageInteractionCallbackRequest",
                Kind::Form => "ModalInteractionCallbackRequest",
            };
            refusals = schema::check(&schema::named(name), body);
        }
        if !refusals.is_empty() {
            return Err(refuse(self, &of, refusals));
        }
        let message = match answer {
            Kind::New | Kind::Thinking => Some(self.new_message(id, &body["data"], uploads, answer == Kind::Thinking)),
            Kind::Updated => under.map(|message| self.edit(message, &body["data"], uploads)),
            Kind::Deferred => under,
            Kind::Form => None,
        };
        let interaction = self.interactions.get_mut(id).expect("it was there above");
        let form = (answer == Kind::Form)
            .then(|| Form::read(&body["data"], interaction.under.clone(), interaction.made_by.clone()));
        let message = message.as_ref().map(Message::view);
        let accepted = Accepted { kind: answer, message, form, at: Instant::now() };
        interaction.answered = Some(accepted.clone());
        if let Some(outcome) = interaction.outcome.take() {
            let _ = outcome.send(accepted.clone());
        }
        Ok(accepted)
    }

    /// A message made by the interaction `id`.
    pub(crate) fn new_message(&mut self, id: &str, data: &Value, uploads: Vec<Upload>, thinking: bool) -> Message {
        let interaction = &self.interactions[id];
        let flags = data["flags"].as_u64().unwrap_or_default();
        let mut message = Message {
            id: String::new(),
            channel_id: interaction.origin.channel_id.clone(),
            only_for: (flags & EPHEMERAL != 0).then(|| interaction.origin.user_id.clone()),
            flags: 0,
            content: String::new(),
            embeds: json!([]),
            components: Vec::new(),
            attachments: Vec::new(),
            allowed_mentions: Value::Null,
            made_by: interaction.made_by.clone(),
            reply_to: interaction.under.clone(),
            edits: 0,
            timestamp: "2025-01-01T12:00:00.000000+00:00".into(),
        };
        message.id = self.new_id();
        message.apply(data, uploads, || self.new_id());
        if thinking {
            message.flags |= LOADING;
        }
        self.messages.insert(message.id.clone(), message.clone());
        message
    }

    /// Changes a message.
    pub(crate) fn edit(&mut self, mut message: Message, data: &Value, uploads: Vec<Upload>) -> Message {
        message.apply(data, uploads, || self.new_id());
        message.edits += 1;
        self.messages.insert(message.id.clone(), message.clone());
        message
    }
}

/// Delivers an interaction and waits for what the user gets.
pub(crate) async fn deliver(
    shared: &Arc<Shared>,
    origin: Origin,
    kind: u64,
    data: &Value,
    under: Option<&str>,
    opened_by: Option<&Value>,
) -> Result<Delivered, Failed> {
    let (send, mut outcome) = oneshot::channel();
    let created = Instant::now();
    let (id, event, sessions) = shared.change(|state| {
        let id = state.new_id();
        let token = token(&id);
        let under_message = under.map(|id| state.messages[id].json());
        let event = origin.interaction(&id, &token, kind, data, under_message.as_ref());
        let interaction = Interaction {
            token,
            kind,
            made_by: origin.made_by(&id, kind, under, opened_by),
            under: under.map(str::to_owned),
            origin: origin.clone(),
            created,
            expired: false,
            answered: None,
            outcome: Some(send),
            follow_ups: Vec::new(),
            faulted: false,
        };
        state.interactions.insert(id.clone(), interaction);
        let sessions = match shared.options.delivery {
            Delivery::Gateway => {
                let guild = origin.guild_id.as_ref().map(|guild| guild.parse().expect("a guild id is a number"));
                state.gateway.deliver(guild, "INTERACTION_CREATE", &event, shared.options.replay)
            }
            Delivery::Endpoint { .. } => 1,
        };
        (id, event, sessions)
    });
    let shown = if kind == 2 { "The application did not respond" } else { "This interaction failed" };
    let failed = |why: String| Failed { shown, why };
    let deadline = tokio::time::Instant::from_std(created + shared.options.deadline);
    let posted = matches!(shared.options.delivery, Delivery::Endpoint { .. });
    if posted {
        let post = endpoint::deliver(shared, &id, &event);
        match tokio::time::timeout_at(deadline, post).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(why)) => {
                shared.change(|state| state.expire(&id));
                return Err(failed(why));
            }
        }
    }
    let answered = tokio::time::timeout_at(deadline, &mut outcome).await;
    // What counts is what the callback saw, not who woke up first.
    let accepted = match answered {
        Ok(Ok(accepted)) => Some(accepted),
        _ => shared.change(|state| state.expire(&id)),
    };
    match accepted {
        Some(accepted) => Ok(Delivered { shown, took: accepted.at.duration_since(created), accepted, interaction: id }),
        None => {
            let whom = if sessions == 0 { "no session of its shard was there to get it" } else { "it was delivered" };
            Err(failed(format!("no answer within {:?}; {whom}", shared.options.deadline)))
        }
    }
}

impl State {
    /// The user gives up, unless there is an answer after all.
    fn expire(&mut self, id: &str) -> Option<Accepted> {
        let interaction = self.interactions.get_mut(id)?;
        interaction.expired = interaction.answered.is_none();
        interaction.answered.clone()
    }
}

/// As long as a real one, and as opaque.
fn token(id: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    let random: String = (0..10).map(|part| format!("{:016x}", RandomState::new().hash_one(part))).collect();
    format!("aW50ZXJhY3Rpb246{id}{random}")
}
