//! What is done once Discord has a reply: messages that follow it, and the cards of rounds.
//!
//! ```text
//! gateway: the callback is accepted ─┐
//! endpoint: the response is written ─┴─► follow-ups, in order     POST  …/webhooks/{application}/{interaction's token}
//!                                        which message it became  GET   …/messages/@original
//!                                        its picture, if late     PATCH …/messages/@original
//!                                        cards.rs                 PATCH …/channels/{channel}/messages/{message}
//! ```
//!
//! An endpoint cannot know when Discord has read its response, so a message that comes too early is sent again for some
//! seconds. serenity does not make these requests for the reason of `callback.rs`: their path has the interaction's
//! token in it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, http};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::callback::{RATE_LIMITED, Verdict, judge, rate_limit};
use super::cards::Cards;
use super::rest::{ALL_CALLS, Clients, RateLimits, Rest, request};
use super::{Settings, routes_url};
use crate::backoff::{Backoff, Pace};
use crate::causes::causes;
use crate::clock;
use crate::http_client::{Answer, HttpClient};
use crate::message::{Message, Target, Visibility};
use crate::round::{Member, RoundId};
use crate::secret::Secret;
use crate::service::{After, Body, Delivered, Handled, Service};
use crate::telemetry::metrics::CallbackFailure;

/// Time for one message, its attempts and pauses together. Whoever pressed a button still looks at the screen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time that a stopping bot gives to what is to be done after its last replies.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Discord does not know the interaction, its webhook or its reply: it has not read the reply yet.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
const NOT_YET: [u64; 3] = [10062, 10015, 10008];

/// Does what is to be done after replies, on tasks of its own.
pub struct Afterwards {
    service: Arc<Service>,
    webhooks_url: String,
    /// Made when they are first needed: an endpoint that only answers never asks for anything.
    clients: LazyLock<Clients>,
    /// Limits that hold for every call.
    limits: RateLimits,
    /// `None` without the bot's token, which edits need.
    cards: Option<Arc<Cards>>,
    tasks: TaskTracker,
}

/// Leaves out what would only fill a log.
impl std::fmt::Debug for Afterwards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Afterwards").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

/// A reply's interaction, as far as messages after the reply need it.
struct Replied {
    id: u64,
    application_id: u64,
    token: Secret<String>,
}

/// Why a message was not sent.
struct Failure {
    why: String,
    counted: CallbackFailure,
    attempts: u32,
}

impl Afterwards {
    /// Sends to the API at `api_url`. Without `settings`, and so without the bot's token, no card is edited but by presses on
    /// it. Once `stop` is cancelled, edits of cards that wait for their turn are made at once.
    pub fn new(api_url: &str, settings: Option<&Settings>, service: Arc<Service>, stop: CancellationToken) -> Self {
        let clients: LazyLock<Clients> = LazyLock::new(Clients::new);
        let cards = settings.map(|settings| {
            let rest = Rest::new(settings, clients.kept.clone(), Duration::MAX);
            Arc::new(Cards::new(Arc::clone(&service), rest, stop))
        });
        Self {
            service,
            webhooks_url: format!("{}/webhooks", routes_url(api_url)),
            clients,
            limits: RateLimits::default(),
            cards,
            tasks: TaskTracker::new(),
        }
    }

    /// The clients, for other calls to the same API.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Starts a task that [`Afterwards::finish`] waits for.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Starts a task that waits until the reply is `delivered`, and does what is to be done after it.
    pub(super) fn begin(
        self: &Arc<Self>,
        handled: Handled<Body>,
        delivered: impl Future<Output = Delivered> + Send + 'static,
    ) {
        if handled.ends_with_reply() {
            return;
        }
        let Handled { id, application_id, token, after, late_picture, .. } = handled;
        let afterwards = Arc::clone(self);
        let replied = Replied { id, application_id, token };
        self.spawn(async move {
            let delivered = delivered.await;
            for after in after {
                match (after, delivered) {
                    (After::EditCard { round, server }, _) => afterwards.edit_card(round, server),
                    (After::FollowUp(message), Delivered::Yes) => afterwards.follow_up(&replied, message).await,
                    (After::RememberCard { round, by }, Delivered::Yes) => {
                        afterwards.remember_card(&replied, round, by).await;
                    }
                    // What follows a reply needs the reply.
                    (After::FollowUp(_) | After::RememberCard { .. }, Delivered::No) => {}
                }
            }
            if let (Some(message), Delivered::Yes) = (late_picture, delivered) {
                afterwards.add_picture(&replied, message).await;
            }
        });
    }

    /// Brings the card of a round up to date, where the bot may.
    pub fn edit_card(&self, round: RoundId, server: u64) {
        if let Some(cards) = &self.cards {
            cards.refresh(round, server, &self.tasks);
        }
    }

    /// Waits for what has begun, once the transport has stopped.
    pub async fn finish(&self) {
        self.tasks.close();
        if timeout(DRAIN_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "stopped before every message after a reply was sent");
        }
    }

    async fn follow_up(&self, replied: &Replied, message: Message<'static>) {
        // Drawn and encoded here, so that the reply does not wait for it.
        let body = self.service.encode_message(message, Target::NewMessage(Visibility::Private)).await;
        let url = self.webhook_url(replied);
        self.deliver(replied, Method::POST, &url, body, "Discord did not take a message after the reply").await;
    }

    /// Adds the picture to a reply that went without.
    async fn add_picture(&self, replied: &Replied, message: Message<'static>) {
        let body = self.service.encode_message(message, Target::UpdateMessage).await;
        if !body.is_multipart() {
            // It could not be drawn. The message says the same in words.
            return;
        }
        let url = self.reply_url(replied);
        self.deliver(replied, Method::PATCH, &url, body, "Discord did not take the picture of a reply").await;
    }

    /// Sends a message; `refused` is the line in the log if Discord does not take it.
    async fn deliver(&self, replied: &Replied, method: Method, url: &str, body: Body, refused: &'static str) {
        let message = request(method, url).header(CONTENT_TYPE, &*body.content_type).body(body.bytes);
        if let Err(failure) = self.send(replied, message).await {
            self.log(replied, &failure, refused);
        }
    }

    /// Finds out which message a reply became. Only the bot's token can edit it, so without one nobody needs to know.
    async fn remember_card(&self, replied: &Replied, round: RoundId, by: Member) {
        #[derive(Deserialize)]
        struct Original {
            id: String,
        }
        if self.cards.is_none() {
            return;
        }
        let url = self.reply_url(replied);
        let original = match self.send(replied, request(Method::GET, &url).body(Bytes::new())).await {
            Ok(original) => original,
            Err(failure) => {
                return self.log(replied, &failure, "which message is the card of a round is not known");
            }
        };
        let original = serde_json::from_slice(&original).ok().and_then(|Original { id }| id.parse().ok());
        let Some(message) = original else {
            tracing::error!(id = replied.id, "the reply as Discord returns it has no id that can be read");
            return;
        };
        // The store counts and tells its failures. Without the message, the card is up to date after each press on it.
        let _ = self.service.remember_card(round, by, message, clock::unix_seconds()).await;
    }

    /// The route of an interaction's messages. It has the interaction's token in it: never log it.
    fn webhook_url(&self, replied: &Replied) -> String {
        format!("{}/{}/{}", self.webhooks_url, replied.application_id, replied.token.expose())
    }

    /// The route of the reply itself.
    fn reply_url(&self, replied: &Replied) -> String {
        format!("{}/messages/@original", self.webhook_url(replied))
    }

    fn log(&self, replied: &Replied, failure: &Failure, what: &'static str) {
        let Failure { why, counted, attempts } = failure;
        self.service.metrics.follow_up_failed(*counted);
        tracing::error!(id = replied.id, attempts, why, "{what}");
    }

    /// Sends a request until Discord takes it, refuses it for good, or [`PATIENCE`] is over.
    ///
    /// A message whose response is lost is sent again: two are better than none.
    async fn send(&self, replied: &Replied, request: http::Result<Request<Bytes>>) -> Result<Bytes, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut backoff = Backoff::new(Pace::FOLLOW_UP);
        let invalid =
            |error: http::Error| Failure { why: causes(&error), counted: CallbackFailure::Connection, attempts: 0 };
        let request = request.map_err(invalid)?;
        loop {
            let limited = self.limits.remaining(ALL_CALLS);
            if Instant::now() + limited >= deadline {
                let why = "a rate limit holds for all calls".into();
                return Err(Failure { why, counted: RATE_LIMITED, attempts: backoff.failures() });
            }
            sleep(limited).await;
            let client = if backoff.failures() == 0 { &self.clients.kept } else { &self.clients.fresh };
            let (why, counted, pause) = match attempt(client, request.clone()).await {
                Ok(body) => return Ok(body),
                Err(Verdict::RateLimited { pause, global }) => {
                    if global {
                        self.limits.hold(ALL_CALLS, pause);
                    }
                    (rate_limit(pause), RATE_LIMITED, Some(pause))
                }
                Err(Verdict::Lost { why, counted, pause }) => (why, counted, pause),
                Err(Verdict::Refused { status, code, why }) => {
                    let counted = CallbackFailure::Refused { status, code: u32::try_from(code).ok() };
                    if !NOT_YET.contains(&code) {
                        return Err(Failure { why, counted, attempts: backoff.failures() + 1 });
                    }
                    (why, counted, None)
                }
            };
            backoff.fail();
            let pause = pause.unwrap_or_else(|| backoff.pause());
            if Instant::now() + pause >= deadline {
                return Err(Failure { why, counted, attempts: backoff.failures() });
            }
            tracing::debug!(id = replied.id, attempts = backoff.failures(), why, "a message was not taken; retrying");
            sleep(pause).await;
        }
    }
}

/// Makes one attempt. The URL is in no error.
async fn attempt(client: &HttpClient, request: Request<Bytes>) -> Result<Bytes, Verdict> {
    let Answer { status, headers, body } = client.ask(request, ATTEMPT_TIMEOUT).await.map_err(Verdict::lost)?;
    if status.is_success() { Ok(body) } else { Err(judge(status, &headers, &body)) }
}
