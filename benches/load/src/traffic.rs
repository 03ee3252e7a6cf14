//! What Discord sends: whole conversations, signed before any clock starts.

use std::collections::HashSet;
use std::time::Duration;

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use whichrole::bot::{Bot, Defaults};
use whichrole::discord::endpoint::PublicKey;
use whichrole::interaction::{Incoming, parse};
use whichrole::load::load;
use whichrole::message::{Message, Reply};
use whichrole::responses::{CONVERSATION, Responses, Source};

pub(crate) const PATH: &str = "/interactions";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn public_key() -> PublicKey {
    PublicKey::parse(&hex(key().verifying_key().as_bytes())).expect("the key of a signing key")
}

pub(crate) fn responses() -> Responses {
    load(&Source::BuiltIn, "en-US").expect("what the binary carries is sound")
}

pub(crate) fn answer<'a>(responses: &'a Responses, body: &Value) -> (String, Reply<'a>) {
    let body = body.to_string();
    let Ok(Incoming::Interaction(envelope)) = parse(body.as_bytes()) else { panic!("no interaction: {body}") };
    let plan = Bot::new(responses, Defaults::default()).plan(&envelope.interaction);
    let answer = plan.answer().expect("no store is asked");
    (answer.record.reply.to_string(), answer.reply)
}

fn message<'r, 'a>(reply: &'r Reply<'a>) -> &'r Message<'a> {
    reply.message().expect("a conversation opens no form")
}

/// A reply of middling length: the first question.
pub(crate) fn usual_reply() -> Vec<u8> {
    let body = command(7, CONVERSATION);
    let responses = responses();
    let (_, reply) = answer(&responses, &body);
    serde_json::to_vec(&reply).expect("a reply is JSON")
}

/// The parts that every interaction has; the values are made up, their lengths are not.
pub(crate) fn interaction(user: u64) -> Value {
    json!({
        "app_permissions": "2248473465835073",
        "application_id": "1187000000000000001",
        "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {"0": "1187000000000000002"},
        "channel": {"flags": 0, "guild_id": "1187000000000000002", "icon_emoji": {"id": null, "name": "👋"},
            "id": "1187000000000000003", "last_message_id": "1187000000000000004", "name": "leadership", "nsfw": false,
            "parent_id": "1187000000000000005", "permissions": "2251799813685247", "position": 0,
            "rate_limit_per_user": 0, "theme_color": null, "topic": "Who does what, and who should", "type": 0},
        "channel_id": "1187000000000000003",
        "context": 0,
        "entitlement_sku_ids": [],
        "entitlements": [],
        "guild": {"features": ["COMMUNITY", "NEWS"], "id": "1187000000000000002", "locale": "en-US"},
        "guild_id": "1187000000000000002",
        "guild_locale": "en-US",
        "id": (1_187_000_000_000_000_100 + user).to_string(),
        "locale": if user.is_multiple_of(4) { "de" } else { "en-US" },
        "member": {"avatar": null, "banner": null, "collectibles": null, "communication_disabled_until": null,
            "deaf": false, "display_name_styles": null, "flags": 0, "joined_at": "2024-03-05T11:45:27.881000+00:00",
            "mute": false, "nick": null, "pending": false, "permissions": "2251799813685247", "premium_since": null,
            "roles": ["1187000000000000006", "1187000000000000007", "1187000000000000008"],
            "unusual_dm_activity_until": null,
            "user": {"avatar": "a_d5efa99b3eeaa7dd43acca82f5692432", "avatar_decoration_data": null, "clan": null,
                "collectibles": null, "discriminator": "0", "display_name_styles": null, "global_name": "Somebody",
                "id": (80_351_110_224_678_912 + user).to_string(), "primary_guild": null, "public_flags": 4_194_304,
                "username": "somebody"}},
        "token": "aW50ZXJhY3Rpb246".repeat(13),
        "version": 1,
    })
}

pub(crate) fn command(user: u64, name: &str) -> Value {
    let mut body = interaction(user);
    body["type"] = 2.into();
    body["data"] = json!({"id": "1187000000000000009", "name": name, "type": 1});
    body
}

/// A press under the message of a reply, which Discord sends along.
pub(crate) fn press(user: u64, reply: &Reply<'_>, custom_id: &str) -> Value {
    press_under(user, &serde_json::to_value(reply).expect("a reply is JSON"), custom_id)
}

/// A press under a message whose reply is given as JSON.
pub(crate) fn press_under(user: u64, reply: &Value, custom_id: &str) -> Value {
    let mut body = interaction(user);
    body["type"] = 3.into();
    body["data"] = json!({"component_type": 2, "custom_id": custom_id, "id": 7});
    body["message"] = json!({
        "application_id": "1187000000000000001", "attachments": [],
        "author": {"avatar": "d5efa99b3eeaa7dd43acca82f5692432", "avatar_decoration_data": null, "bot": true, "clan": null,
            "collectibles": null, "discriminator": "1187", "global_name": null, "id": "1187000000000000001",
            "primary_guild": null, "public_flags": 524_288, "username": "whichrole"},
        "channel_id": "1187000000000000003", "components": reply["data"]["components"], "content": "",
        "edited_timestamp": null, "embeds": [], "flags": reply["data"]["flags"], "id": "1187000000000000010",
        "interaction_metadata": {"authorizing_integration_owners": {"0": "1187000000000000002"},
            "command_type": 1, "id": "1187000000000000011", "name": "whichrole", "type": 2,
            "user": body["member"]["user"]},
        "mention_everyone": false, "mention_roles": [], "mentions": [], "pinned": false,
        "timestamp": "2025-11-24T04:00:00.000000+00:00", "tts": false, "type": 20, "webhook_id": "1187000000000000001",
    });
    body
}

/// A request as it goes over the wire.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) request: Vec<u8>,
    /// The body that the bot must answer with; empty if it is not compared.
    pub(crate) reply: Vec<u8>,
    /// Whether its latency is measured. If not, it only keeps the server busy.
    pub(crate) measured: bool,
}

impl Signed {
    pub(crate) fn new(body: &Value) -> Self {
        let body = body.to_string();
        let timestamp = "1763956800";
        let signature = hex(&key().sign(format!("{timestamp}{body}").as_bytes()).to_bytes());
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nHost: bot.example\r\nContent-Type: application/json\r\n\
             User-Agent: Discord-Interactions/1.0 (+https://discord.com)\r\nX-Signature-Ed25519: {signature}\r\n\
             X-Signature-Timestamp: {timestamp}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { request: request.into_bytes(), reply: Vec::new(), measured: true }
    }
}

/// The conversations of 100 people: a card, the other card, then `/whichrole` to its end by way of one Back.
pub(crate) fn conversations() -> Vec<Signed> {
    let responses = responses();
    let mut signed = Vec::new();
    let mut random = Random(42);
    for user in 0..100 {
        let mut say = |body: Value| {
            let (result, mut reply) = answer(&responses, &body);
            if let Reply::Message(_, message) = &mut reply {
                // The servers that are compared send none.
                message.remove_picture();
            }
            let reply_json = serde_json::to_vec(&reply).expect("a reply is JSON");
            signed.push(Signed { reply: reply_json, ..Signed::new(&body) });
            (result, reply)
        };
        let (_, card) = say(command(user, "cto"));
        say(press(user, &card, &message(&card).buttons()[0].custom_id));
        let (mut result, mut question) = say(command(user, CONVERSATION));
        let mut turned_back = false;
        while result == "question" {
            let buttons = message(&question).buttons();
            let back = buttons.iter().find(|button| button.custom_id.starts_with("back:") && !button.disabled);
            let choice = match back {
                Some(back) if !turned_back => {
                    turned_back = true;
                    back
                }
                _ => buttons[usize::try_from(random.next() % 4).expect("below four")],
            };
            (result, question) = say(press(user, &question, &choice.custom_id));
        }
        assert_eq!(result, "suggestion");
    }
    signed
}

/// One press for each picture that a suggestion can have: the last answer of a conversation that ends with it.
pub(crate) fn presses_for_pictures() -> Vec<Signed> {
    let responses = responses();
    let mut signed = Vec::new();
    let mut seen = HashSet::new();
    let mut questions = vec![answer(&responses, &command(7, CONVERSATION)).1];
    while let Some(question) = questions.pop() {
        for button in message(&question).buttons() {
            if !button.custom_id.starts_with("answer:") {
                continue;
            }
            let body = press(7, &question, &button.custom_id);
            let (_, reply) = answer(&responses, &body);
            match message(&reply).picture() {
                Some(picture) if seen.insert(picture.drawing.clone()) => signed.push(Signed::new(&body)),
                Some(_) => {}
                None => questions.push(reply),
            }
        }
    }
    signed
}

/// xorshift64: the numbers are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns the time to the next of this many independent arrivals a second.
    pub(crate) fn wait(&mut self, rate: f64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "any number between 0 and 1 will do")]
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_secs_f64(-(1.0 - part).ln() / rate)
    }
}
