//! One shard's session with the gateway, without its socket: payloads in, what to do about them out.
//!
//! ```text
//! connect ──► hello ──► identify ──► READY ──► events …
//!    ▲          └────── resume ──► what was missed, RESUMED ──► events …
//!    └── dropped, told to reconnect, silent: the session stays, and is resumed
//! ```
//!
//! <https://docs.discord.com/developers/events/gateway#connection-lifecycle>

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Error, WRONG_TOKEN};
use crate::secret::Secret;

/// A close code of ours after which Discord keeps the session; 1000 and 1001 end it.
/// <https://docs.discord.com/developers/events/gateway#initiating-a-disconnect>
pub(super) const KEEP_SESSION: u16 = 4000;

/// A close code of ours that ends the session.
/// <https://docs.discord.com/developers/events/gateway#initiating-a-disconnect>
pub(super) const END_SESSION: u16 = 1000;

/// What Discord sends. Its content is only looked at where it matters.
/// <https://docs.discord.com/developers/events/gateway-events#payload-structure>
#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    op: u8,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
    s: Option<u64>,
    t: Option<&'a str>,
}

/// What to do about a payload.
#[derive(Debug)]
pub(super) enum Action<'a> {
    /// Nothing.
    None,
    /// Greet back, with [`Session::greeting`], and send heartbeats this far apart.
    Greet(Duration),
    /// Send a heartbeat at once.
    Beat,
    /// Answer this interaction.
    Answer(&'a RawValue),
    /// The session has begun, or goes on: whether it was resumed.
    Ready {
        /// Whether nothing was missed.
        resumed: bool,
    },
    /// Leave this connection, and come back.
    Reconnect(&'static str),
}

/// What a shard remembers from one connection to the next.
#[derive(Debug)]
pub(super) struct Session {
    token: Secret<String>,
    shard: [u32; 2],
    /// The session to resume: from READY until Discord ends it.
    resume: Option<Resume>,
    /// The number of the last event of this session.
    sequence: Option<u64>,
    /// Whether the last heartbeat was answered; forgotten with each connection.
    acknowledged: bool,
}

#[derive(Debug, Deserialize)]
struct Resume {
    session_id: String,
    #[serde(rename = "resume_gateway_url")]
    url: String,
}

impl Session {
    /// A session that has yet to begin, of this shard of this many.
    pub fn new(token: Secret<String>, shard: u32, total: u32) -> Self {
        Self { token, shard: [shard, total], resume: None, sequence: None, acknowledged: true }
    }

    /// Where to resume the session; `None` where there is none to resume, and the shard has to identify.
    pub fn resume_url(&self) -> Option<&str> {
        self.resume.as_ref().map(|resume| resume.url.as_str())
    }

    /// Takes in a payload.
    pub fn receive<'a>(&mut self, payload: &Payload<'a>) -> Result<Action<'a>, serde_json::Error> {
        let content = || payload.d.map_or("null", RawValue::get);
        Ok(match payload.op {
            0 => {
                self.sequence = payload.s.or(self.sequence);
                match (payload.t, payload.d) {
                    (Some("INTERACTION_CREATE"), Some(interaction)) => Action::Answer(interaction),
                    (Some("READY"), _) => {
                        self.resume = Some(serde_json::from_str(content())?);
                        Action::Ready { resumed: false }
                    }
                    (Some("RESUMED"), _) => Action::Ready { resumed: true },
                    _ => Action::None,
                }
            }
            1 => Action::Beat,
            7 => Action::Reconnect("Discord asked to reconnect"),
            9 => {
                let resumable: bool = serde_json::from_str(content())?;
                if resumable {
                    Action::Reconnect("Discord asked to resume")
                } else {
                    self.forget();
                    Action::Reconnect("Discord has ended the session")
                }
            }
            10 => {
                #[derive(Deserialize)]
                struct Hello {
                    heartbeat_interval: u64,
                }
                let Hello { heartbeat_interval } = serde_json::from_str(content())?;
                self.acknowledged = true;
                Action::Greet(Duration::from_millis(heartbeat_interval))
            }
            11 => {
                self.acknowledged = true;
                Action::None
            }
            _ => Action::None,
        })
    }

    /// The answer to a hello: resume, else identify.
    /// <https://docs.discord.com/developers/events/gateway-events#identify>
    pub fn greeting(&self) -> String {
        let token = self.token.expose();
        match &self.resume {
            Some(Resume { session_id, .. }) => serde_json::json!({
                "op": 6, "d": {"token": token, "session_id": session_id, "seq": self.sequence},
            }),
            None => serde_json::json!({
                "op": 2,
                "d": {
                    "token": token,
                    // Interactions come without any.
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

    /// A heartbeat for its time. `None` when the last one was never answered: the connection is dead.
    /// <https://docs.discord.com/developers/events/gateway#heartbeat-interval-example-heartbeat-ack>
    pub fn beat(&mut self) -> Option<String> {
        std::mem::replace(&mut self.acknowledged, false).then(|| self.heartbeat())
    }

    /// A heartbeat out of turn, because Discord asked for one; it says nothing about the last.
    pub fn heartbeat(&self) -> String {
        match self.sequence {
            Some(sequence) => format!(r#"{{"op":1,"d":{sequence}}}"#),
            None => r#"{"op":1,"d":null}"#.into(),
        }
    }

    /// Takes in that Discord closed the connection, and tells when there is no use in coming back.
    /// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
    pub fn closed(&mut self, code: Option<u16>) -> Result<(), Error> {
        let [shard, total] = self.shard;
        let sentence = match code {
            Some(4004) => WRONG_TOKEN.into(),
            Some(4010) => format!("Discord does not accept shard {shard} of {total}: set gateway.shards anew"),
            Some(4011) => format!(
                "Discord wants this bot, which is in very many servers, on more than {total} shards: set \
                 gateway.shards to \"auto\" or to more"
            ),
            Some(4012) => "Discord no longer speaks version 10 of its gateway: this bot is too old for it".into(),
            Some(4013 | 4014) => {
                "Discord refuses the gateway intents, although this bot asks for none: something between them changes \
                 them"
                    .into()
            }
            // Already answered by a new session: the old one is over (4003, 4006), lost its place (4007) or expired.
            Some(4003 | 4006 | 4007 | 4009) => {
                self.forget();
                return Ok(());
            }
            _ => return Ok(()),
        };
        Err(Error::Fatal(sentence))
    }

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

    fn told(session: &mut Session, json: &str) -> String {
        let payload: Payload<'_> = serde_json::from_str(json).expect("it is a payload");
        match session.receive(&payload) {
            Ok(action) => format!("{action:?}"),
            Err(error) => error.to_string(),
        }
    }

    fn greeting(session: &Session) -> serde_json::Value {
        serde_json::from_str(&session.greeting()).expect("a greeting is JSON")
    }

    #[test]
    fn a_first_hello_is_answered_by_identifying_with_no_intents() {
        let mut session = session();
        assert_eq!(told(&mut session, r#"{"op":10,"d":{"heartbeat_interval":41250}}"#), "Greet(41.25s)");
        let greeting = greeting(&session);
        assert_eq!(greeting["op"], 2);
        assert_eq!(greeting["d"]["intents"], 0);
        assert_eq!(greeting["d"]["shard"], serde_json::json!([1, 2]));
    }

    #[test]
    fn after_ready_a_hello_is_answered_by_resuming_at_the_last_event() {
        let mut session = session();
        assert_eq!(told(&mut session, READY), "Ready { resumed: false }");
        assert_eq!(session.resume_url(), Some("wss://resume"));
        told(&mut session, r#"{"op":0,"s":7,"t":"GUILD_CREATE","d":{}}"#);
        assert_eq!(
            greeting(&session),
            serde_json::json!({"op": 6, "d": {"token": "hush", "session_id": "abc", "seq": 7}})
        );
        assert_eq!(session.heartbeat(), r#"{"op":1,"d":7}"#);
        assert_eq!(told(&mut session, r#"{"op":0,"s":8,"t":"RESUMED","d":null}"#), "Ready { resumed: true }");
    }

    #[test]
    fn an_interaction_is_handed_on_unread() {
        let json = r#"{"t":"INTERACTION_CREATE","s":2,"op":0,"d":{"any":["thing"]}}"#;
        let payload: Payload<'_> = serde_json::from_str(json).expect("it is a payload");
        let Ok(Action::Answer(raw)) = session().receive(&payload) else { panic!("it is an interaction") };
        assert_eq!(raw.get(), r#"{"any":["thing"]}"#);
    }

    #[test]
    fn what_ends_a_session_and_what_does_not() {
        for (json, kept) in
            [(r#"{"op":7,"d":null}"#, true), (r#"{"op":9,"d":true}"#, true), (r#"{"op":9,"d":false}"#, false)]
        {
            let mut session = session();
            told(&mut session, READY);
            assert!(told(&mut session, json).starts_with("Reconnect"), "{json}");
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
            told(&mut session, READY);
            session.closed(code).expect("it is no reason to stop");
            assert_eq!(session.resume_url().is_some(), kept, "{code:?}");
        }
    }

    #[test]
    fn what_a_restart_cannot_help_is_fatal() {
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(matches!(session().closed(Some(code)), Err(Error::Fatal(_))), "{code}");
        }
    }

    #[test]
    fn a_heartbeat_without_its_answer_means_that_the_connection_is_dead() {
        let mut session = session();
        assert_eq!(session.beat().as_deref(), Some(r#"{"op":1,"d":null}"#));
        told(&mut session, r#"{"op":11}"#);
        assert!(session.beat().is_some());
        assert_eq!(session.beat(), None);
        told(&mut session, r#"{"op":10,"d":{"heartbeat_interval":1}}"#);
        assert!(session.beat().is_some(), "a new connection starts anew");
    }

    #[test]
    fn a_payload_out_of_shape_is_an_error_and_no_panic() {
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
