//! One shard's session with the gateway, without its socket: payloads in, actions out.
//!
//! ```text
//! connect ──► hello ──► identify ──► READY ──► events …
//!    ▲          └────── resume ──► what was missed, RESUMED ──► events …
//!    └── lost, silent, or asked to reconnect: the session stays, and is resumed
//! ```
//!
//! <https://docs.discord.com/developers/events/gateway#connection-lifecycle>

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Error, WRONG_TOKEN};
use crate::secret::Secret;

/// Close code to send if the session is to be resumed; 1000 and 1001 end it.
/// <https://docs.discord.com/developers/events/gateway#initiating-a-disconnect>
pub(super) const KEEP_SESSION: u16 = 4000;

/// Close code to send if the session is over.
/// <https://docs.discord.com/developers/events/gateway#initiating-a-disconnect>
pub(super) const END_SESSION: u16 = 1000;

/// A payload of the gateway, with its content unread.
/// <https://docs.discord.com/developers/events/gateway-events#payload-structure>
#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    op: u8,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
    s: Option<u64>,
    t: Option<&'a str>,
}

/// The opcodes of payloads.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes>
mod opcode {
    pub(super) const DISPATCH: u8 = 0;
    pub(super) const HEARTBEAT: u8 = 1;
    pub(super) const IDENTIFY: u8 = 2;
    pub(super) const RESUME: u8 = 6;
    pub(super) const RECONNECT: u8 = 7;
    pub(super) const INVALID_SESSION: u8 = 9;
    pub(super) const HELLO: u8 = 10;
    pub(super) const HEARTBEAT_ACK: u8 = 11;
}

/// Action that a payload calls for.
#[derive(Debug)]
pub(super) enum Action<'a> {
    None,
    /// Send [`Session::identify_or_resume`], and heartbeats at this interval.
    Hello(Duration),
    /// Send a heartbeat at once.
    Heartbeat,
    /// Answer this interaction.
    Interaction(&'a RawValue),
    /// The session receives events.
    Ready {
        /// `true` if an earlier session goes on, `false` if a new one has begun.
        resumed: bool,
    },
    /// Close the connection and connect again, for this reason.
    Reconnect(&'static str),
}

/// State that a shard keeps from one connection to the next.
#[derive(Debug)]
pub(super) struct Session {
    token: Secret<String>,
    shard: [u32; 2],
    /// The session to resume, from READY until Discord ends it.
    resume: Option<Resume>,
    /// Sequence number of the last event of this session.
    sequence: Option<u64>,
    /// `true` if the last heartbeat was acknowledged, and at the start of each connection.
    acknowledged: bool,
}

#[derive(Debug, Deserialize)]
struct Resume {
    session_id: String,
    #[serde(rename = "resume_gateway_url")]
    url: String,
}

impl Session {
    /// A session that has not begun, of this shard of `total`.
    pub(super) fn new(token: Secret<String>, shard: u32, total: u32) -> Self {
        Self { token, shard: [shard, total], resume: None, sequence: None, acknowledged: true }
    }

    /// The URL to resume the session at; `None` if the shard has to identify.
    pub(super) fn resume_url(&self) -> Option<&str> {
        self.resume.as_ref().map(|resume| resume.url.as_str())
    }

    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If the content is not as documented.
    pub(super) fn receive<'a>(&mut self, payload: &Payload<'a>) -> Result<Action<'a>, serde_json::Error> {
        let content = || payload.d.map_or("null", RawValue::get);
        Ok(match payload.op {
            opcode::DISPATCH => {
                self.sequence = payload.s.or(self.sequence);
                match (payload.t, payload.d) {
                    (Some("INTERACTION_CREATE"), Some(interaction)) => Action::Interaction(interaction),
                    (Some("READY"), _) => {
                        self.resume = Some(serde_json::from_str(content())?);
                        Action::Ready { resumed: false }
                    }
                    (Some("RESUMED"), _) => Action::Ready { resumed: true },
                    _ => Action::None,
                }
            }
            opcode::HEARTBEAT => Action::Heartbeat,
            opcode::RECONNECT => Action::Reconnect("Discord asked to reconnect"),
            opcode::INVALID_SESSION => {
                let resumable: bool = serde_json::from_str(content())?;
                if resumable {
                    Action::Reconnect("Discord asked to resume")
                } else {
                    self.forget();
                    Action::Reconnect("Discord has ended the session")
                }
            }
            opcode::HELLO => {
                #[derive(Deserialize)]
                struct Hello {
                    heartbeat_interval: u64,
                }
                let Hello { heartbeat_interval } = serde_json::from_str(content())?;
                self.acknowledged = true;
                Action::Hello(Duration::from_millis(heartbeat_interval))
            }
            opcode::HEARTBEAT_ACK => {
                self.acknowledged = true;
                Action::None
            }
            _ => Action::None,
        })
    }

    /// The payload that follows hello: resume if there is a session, else identify.
    /// <https://docs.discord.com/developers/events/gateway-events#identify>
    pub(super) fn identify_or_resume(&self) -> String {
        let token = self.token.expose();
        match &self.resume {
            Some(Resume { session_id, .. }) => serde_json::json!({
                "op": opcode::RESUME, "d": {"token": token, "session_id": session_id, "seq": self.sequence},
            }),
            None => serde_json::json!({
                "op": opcode::IDENTIFY,
                "d": {
                    "token": token,
                    // Interactions need none.
                    "intents": 0,
                    "shard": self.shard,
                    "properties": {
                        "os": std::env::consts::OS,
                        "browser": env!("CARGO_PKG_NAME"),
                        "device": env!("CARGO_PKG_NAME"),
                    },
                },
            }),
        }
        .to_string()
    }

    /// The heartbeat that is due. `None` if the last one was not acknowledged: the connection is dead.
    /// <https://docs.discord.com/developers/events/gateway#heartbeat-interval-example-heartbeat-ack>
    pub(super) fn heartbeat_due(&mut self) -> Option<String> {
        std::mem::replace(&mut self.acknowledged, false).then(|| self.heartbeat())
    }

    /// A heartbeat that Discord asked for. It sets no acknowledgement to wait for.
    pub(super) fn heartbeat(&self) -> String {
        serde_json::json!({"op": opcode::HEARTBEAT, "d": self.sequence}).to_string()
    }

    /// Handles a close code of Discord's.
    ///
    /// # Errors
    ///
    /// If reconnecting is pointless: [`Error::Fatal`].
    /// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
    pub(super) fn closed(&mut self, code: Option<u16>) -> Result<(), Error> {
        let [shard, total] = self.shard;
        let sentence = match code {
            Some(4004) => WRONG_TOKEN.into(),
            Some(4010) => format!("Discord does not accept shard {shard} of {total}: correct gateway.shards"),
            Some(4011) => format!(
                "Discord requires more than {total} shards for this bot, as it is in very many servers: set \
                 gateway.shards to \"auto\" or to more"
            ),
            Some(4012) => "Discord no longer supports version 10 of its gateway: this bot is too old".into(),
            Some(4013 | 4014) => {
                "Discord refuses the gateway intents, although this bot asks for none: something on the way changes \
                 the payload"
                    .into()
            }
            // The session is over (4003, 4006), its sequence number is unknown (4007), or it has expired (4009).
            Some(4003 | 4006 | 4007 | 4009) => {
                self.forget();
                return Ok(());
            }
            _ => return Ok(()),
        };
        Err(Error::Fatal(sentence))
    }

    /// Forgets the session, so that the next connection identifies.
    fn forget(&mut self) {
        self.resume = None;
        self.sequence = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str =
        r#"{"op":0,"s":1,"t":"READY","d":{"v":10,"session_id":"abc","resume_gateway_url":"wss://resume"}}"#;

    fn session() -> Session {
        Session::new(Secret::new("hush"), 1, 2)
    }

    fn action(session: &mut Session, json: &str) -> String {
        let payload: Payload<'_> = serde_json::from_str(json).expect("it is a payload");
        match session.receive(&payload) {
            Ok(action) => format!("{action:?}"),
            Err(error) => error.to_string(),
        }
    }

    fn first_payload(session: &Session) -> serde_json::Value {
        serde_json::from_str(&session.identify_or_resume()).expect("a payload is JSON")
    }

    #[test]
    fn after_the_first_hello_it_identifies_without_intents() {
        let mut session = session();
        assert_eq!(action(&mut session, r#"{"op":10,"d":{"heartbeat_interval":41250}}"#), "Hello(41.25s)");
        let payload = first_payload(&session);
        assert_eq!(payload["op"], 2);
        assert_eq!(payload["d"]["intents"], 0);
        assert_eq!(payload["d"]["shard"], serde_json::json!([1, 2]));
    }

    #[test]
    fn after_ready_a_hello_is_followed_by_resuming_at_the_last_event() {
        let mut session = session();
        assert_eq!(action(&mut session, READY), "Ready { resumed: false }");
        assert_eq!(session.resume_url(), Some("wss://resume"));
        action(&mut session, r#"{"op":0,"s":7,"t":"GUILD_CREATE","d":{}}"#);
        assert_eq!(
            first_payload(&session),
            serde_json::json!({"op": opcode::RESUME, "d": {"token": "hush", "session_id": "abc", "seq": 7}})
        );
        assert_eq!(session.heartbeat(), r#"{"d":7,"op":1}"#);
        assert_eq!(action(&mut session, r#"{"op":0,"s":8,"t":"RESUMED","d":null}"#), "Ready { resumed: true }");
    }

    #[test]
    fn an_interaction_is_passed_on_unread() {
        let json = r#"{"t":"INTERACTION_CREATE","s":2,"op":0,"d":{"any":["thing"]}}"#;
        let payload: Payload<'_> = serde_json::from_str(json).expect("it is a payload");
        let Ok(Action::Interaction(raw)) = session().receive(&payload) else { panic!("it is an interaction") };
        assert_eq!(raw.get(), r#"{"any":["thing"]}"#);
    }

    #[test]
    fn some_payloads_and_close_codes_end_a_session_and_some_do_not() {
        for (json, kept) in
            [(r#"{"op":7,"d":null}"#, true), (r#"{"op":9,"d":true}"#, true), (r#"{"op":9,"d":false}"#, false)]
        {
            let mut session = session();
            action(&mut session, READY);
            assert!(action(&mut session, json).starts_with("Reconnect"), "{json}");
            assert_eq!(session.resume_url().is_some(), kept, "{json}");
        }
        for (code, kept) in [
            (None, true),
            (Some(1000), true),
            (Some(1006), true),
            (Some(4000), true),
            (Some(4003), false),
            (Some(4007), false),
            (Some(4008), true),
            (Some(4009), false),
        ] {
            let mut session = session();
            action(&mut session, READY);
            session.closed(code).expect("the bot can reconnect");
            assert_eq!(session.resume_url().is_some(), kept, "{code:?}");
        }
    }

    #[test]
    fn codes_that_a_restart_cannot_cure_are_fatal() {
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(matches!(session().closed(Some(code)), Err(Error::Fatal(_))), "{code}");
        }
    }

    #[test]
    fn a_heartbeat_without_acknowledgement_means_a_dead_connection() {
        let mut session = session();
        assert_eq!(session.heartbeat_due().as_deref(), Some(r#"{"d":null,"op":1}"#));
        action(&mut session, r#"{"op":11}"#);
        assert!(session.heartbeat_due().is_some());
        assert_eq!(session.heartbeat_due(), None);
        action(&mut session, r#"{"op":10,"d":{"heartbeat_interval":1}}"#);
        assert!(session.heartbeat_due().is_some(), "a new connection starts anew");
    }

    #[test]
    fn a_malformed_payload_is_an_error_and_no_panic() {
        for json in [r#"{"op":10,"d":{}}"#, r#"{"op":9}"#, r#"{"op":0,"s":1,"t":"READY","d":{}}"#] {
            let payload: Payload<'_> = serde_json::from_str(json).expect("it is a payload");
            assert!(session().receive(&payload).is_err(), "{json}");
        }
    }

    #[test]
    fn the_token_is_never_printed() {
        assert!(!format!("{:?}", session()).contains("hush"));
    }
}
