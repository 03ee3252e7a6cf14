//! State shared by all transports, and the one road that each interaction takes:
//!
//! ```text
//! bytes ─► Service::handle ─► interaction::parse ─► bot::respond ─► encode ─► Handled ─► finish()
//!             one catch          one parse             pure          once     delivered   one log line, one count
//! ```

use std::sync::Arc;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use tokio::sync::watch;

use crate::bot::{self, Defaults, Record, Response};
use crate::diagnostic::Diagnostics;
use crate::interaction::{self, Interaction, ParseError};
use crate::message::Reply;
use crate::responses::Responses;
use crate::secret::Secret;
use crate::telemetry::health::Readiness;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{self, logs, panics};

/// State shared by all transports. It lives as long as the process.
#[derive(Debug)]
pub struct Service {
    /// Replaced whole by a reload; readers never wait, and each interaction is answered from one set of them.
    responses: ArcSwap<Responses>,
    /// How many loads there were, the first among them, taken or refused.
    loads: watch::Sender<u64>,
    /// What was wrong with the last load, where it was refused.
    refused: ArcSwapOption<String>,
    /// Who sees an answer when the person did not say.
    pub defaults: Defaults,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether interactions are served.
    pub readiness: Arc<Readiness>,
}

/// What an interaction's JSON turned out to be, with a reply of type `B`.
#[derive(Debug)]
pub enum Incoming<B> {
    /// Discord's question whether the endpoint is there.
    Ping,
    /// An interaction, answered.
    Handled(Handled<B>),
}

/// An interaction that the bot has answered; the transport delivers the reply and then calls [`Handled::finish`].
#[derive(Debug)]
pub struct Handled<B> {
    /// The interaction's id; its upper bits tell when Discord made it.
    pub id: u64,
    /// The token of the callback route. It answers in the bot's name for 15 minutes: never log it.
    pub token: Secret<String>,
    /// The reply.
    pub body: B,
    record: Record,
    /// The locale of the person's client, as Discord sent it.
    locale: String,
    /// The time of the interaction's arrival.
    received: Instant,
}

/// An encoded reply.
#[derive(Debug, Clone)]
pub struct Body {
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Bytes,
}

/// Tells whether Discord took a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Discord has it.
    Yes,
    /// It was lost or refused; the log says why.
    No,
}

impl<B> Handled<B> {
    /// Writes the interaction's line into the log and counts it.
    pub fn finish(&self, service: &Service, delivered: Delivered) {
        let Self { id, record, locale, received, .. } = self;
        let undelivered = delivered == Delivered::No;
        let took = received.elapsed();
        telemetry::handled(&service.metrics, &telemetry::Handled { id: *id, record, locale, undelivered, took });
    }
}

impl Service {
    /// A service with these responses.
    pub fn new(responses: Responses, defaults: Defaults) -> Self {
        let readiness = Readiness::new();
        readiness.responses_loaded();
        Self {
            responses: ArcSwap::from_pointee(responses),
            loads: watch::Sender::new(1),
            refused: ArcSwapOption::empty(),
            defaults,
            metrics: Arc::new(Metrics::new()),
            readiness: Arc::new(readiness),
        }
    }

    /// The responses of the moment.
    pub fn responses(&self) -> Arc<Responses> {
        self.responses.load_full()
    }

    /// Puts other responses in the place of these.
    pub fn replace(&self, responses: Responses) {
        self.responses.store(Arc::new(responses));
        self.refused.store(None);
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// Keeps the responses there are, since others had these faults.
    pub fn refuse(&self, faults: &Diagnostics) {
        self.refused.store(Some(Arc::new(faults.render(false))));
        self.loads.send_modify(|loads| *loads += 1);
    }

    /// The faults of the last load, where it was refused.
    pub fn refused(&self) -> Option<Arc<String>> {
        self.refused.load_full()
    }

    /// How many loads there were, the first among them; it tells of each, taken or refused.
    pub fn loads(&self) -> watch::Receiver<u64> {
        self.loads.subscribe()
    }

    /// Reads an interaction, answers it, and encodes the reply.
    ///
    /// `received` is the time of its arrival, from which the time to answer counts.
    ///
    /// # Errors
    ///
    /// If it cannot be read as an interaction that this bot causes. That is logged and counted here.
    pub async fn handle(&self, json: &[u8], received: Instant) -> Result<Incoming<Body>, ParseError> {
        self.handle_with(json, received, |reply| encode(&reply)).await
    }

    /// Does what [`Service::handle`] does, and leaves the reply unencoded.
    ///
    /// # Errors
    ///
    /// Those of [`Service::handle`].
    pub async fn handle_unencoded(
        &self,
        json: &[u8],
        received: Instant,
    ) -> Result<Incoming<Reply<'static>>, ParseError> {
        self.handle_with(json, received, |reply| reply.into_owned()).await
    }

    /// Nothing waits yet; a step that does comes between reading and replying.
    #[expect(clippy::unused_async, reason = "the store of team rounds waits here")]
    async fn handle_with<B>(
        &self,
        json: &[u8],
        received: Instant,
        finish: impl FnOnce(Reply<'_>) -> B,
    ) -> Result<Incoming<B>, ParseError> {
        let envelope = match interaction::parse(json) {
            Ok(interaction::Incoming::Interaction(envelope)) => envelope,
            Ok(interaction::Incoming::Ping) => return Ok(Incoming::Ping),
            Err(error) => {
                self.metrics.unreadable();
                logs::unreadable(&error);
                return Err(error);
            }
        };
        let responses = self.responses();
        let Response { reply, record } = self.respond(&responses, &envelope.interaction);
        Ok(Incoming::Handled(Handled {
            id: envelope.id,
            token: Secret::new(envelope.token.into_exposed()),
            body: finish(reply),
            record,
            locale: envelope.interaction.user_locale.into_owned(),
            received,
        }))
    }

    /// [`bot::respond`], or the apology if it panics. The panic hook logs the cause.
    fn respond<'a>(&self, responses: &'a Responses, interaction: &Interaction<'_>) -> Response<'a> {
        panics::catch(|| bot::respond(responses, self.defaults, interaction))
            .unwrap_or_else(|_| bot::apologise(responses, self.defaults, interaction))
    }
}

/// Encodes a reply for Discord. The one place that knows how a reply travels.
fn encode(reply: &Reply<'_>) -> Body {
    let mut bytes = Vec::with_capacity(USUAL_REPLY);
    serde_json::to_writer(&mut bytes, reply).expect("a reply is text and numbers, and writing to memory succeeds");
    Body { content_type: "application/json", bytes: bytes.into() }
}

/// The capacity of a reply's buffer in bytes; few replies are longer.
const USUAL_REPLY: usize = 4096;
