//! Callbacks: the delivery of a reply through Discord's REST API, within the 3 seconds of an interaction.
//!
//! ```text
//! 0 s    the first attempt, on a connection that is kept; it may take all of the 3 s
//! 1 s    no response to this or any other callback: a second attempt beside it, on a connection of its own
//! 2 s    no response to this callback: the same
//! error  another attempt after a short pause
//! ```
//!
//! A callback is one HTTP request without the bot's token. `serenity::Http` does not make it: it writes all of a
//! request into a tracing span (the interaction's token, which answers in a person's name for 15 minutes, and the whole
//! body), and its rate limiter keeps a bucket for every interaction for ever.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, Method, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::afterwards::Afterwards;
use super::rest::{ALL_CALLS, Clients, Problem, RateLimits, request};
use super::routes_url;
use crate::backoff::{Backoff, Pace};
use crate::causes::causes;
use crate::http_client::{Answer, HttpClient, HttpError, read};
use crate::interaction::DISCORD_EPOCH;
use crate::service::{Body, Delivered, Handled, Incoming, Service};
use crate::telemetry::metrics::CallbackFailure;

/// Time that Discord waits for a response. It is counted from the arrival of the interaction, because clocks differ.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback>
const RESPONSE_DEADLINE: Duration = Duration::from_secs(3);

/// Time after which a second attempt may begin beside one without a response; see [`Callbacks::may_be_dead`].
const SECOND_ATTEMPT_DELAY: Duration = Duration::from_secs(1);

/// Maximum number of attempts at the same time.
const MAX_CONCURRENT_ATTEMPTS: usize = 2;

/// Discord knows no such interaction, or no longer.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
const UNKNOWN_INTERACTION: u64 = 10062;

/// The interaction already has a response.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
const ALREADY_ACKNOWLEDGED: u64 = 40060;

/// Brings replies to Discord through the callback route.
#[derive(Debug)]
pub struct Callbacks {
    interactions_url: String,
    clients: Clients,
    /// Limits that hold for all callbacks: Discord itself has none, but Cloudflare or a REST proxy may.
    limits: RateLimits,
    /// Time of the last response to any callback.
    last_response: Mutex<Option<Instant>>,
    service: Arc<Service>,
    afterwards: Arc<Afterwards>,
}

/// Why a reply was not delivered.
#[derive(Debug)]
struct Failure {
    why: String,
    counted: CallbackFailure,
}

impl Callbacks {
    /// Callbacks to the API at `api_url`.
    pub fn new(api_url: &str, service: Arc<Service>, afterwards: Arc<Afterwards>) -> Self {
        Self {
            interactions_url: format!("{}/interactions", routes_url(api_url)),
            clients: afterwards.clients().clone(),
            limits: RateLimits::default(),
            last_response: Mutex::default(),
            service,
            afterwards,
        }
    }

    /// Answers an interaction, and waits until Discord has the reply or nothing more can be done.
    pub async fn answer(&self, json: &str, received: Instant) {
        match self.service.handle(json.as_bytes(), received.into_std()).await {
            Ok(Incoming::Handled(handled)) => self.bring(handled, received).await,
            // Only an endpoint is pinged; what cannot be read has been logged and counted.
            Ok(Incoming::Ping) | Err(_) => {}
        }
    }

    /// Brings a reply to Discord, waits until Discord has it or nothing more can be done, and begins what comes after it.
    pub(super) async fn bring(&self, handled: Handled<Body>, received: Instant) {
        let delivered = self.deliver(&handled, received).await;
        handled.finish(&self.service, delivered);
        self.afterwards.begin(handled, async move { delivered });
    }

    async fn deliver(&self, handled: &Handled<Body>, received: Instant) -> Delivered {
        let mut attempts = 0;
        let Err(Failure { why, counted }) = self.try_until_deadline(handled, received, &mut attempts).await else {
            return Delivered::Yes;
        };
        let age_ms = age_ms(handled.id, SystemTime::now());
        tracing::error!(id = handled.id, age_ms, attempts, why, "Discord did not take the reply");
        self.service.metrics.callback_failed(counted);
        Delivered::No
    }

    /// Makes attempts until one succeeds, Discord refuses, or the time is over. `begun` counts the attempts.
    async fn try_until_deadline(
        &self,
        handled: &Handled<Body>,
        received: Instant,
        begun: &mut u32,
    ) -> Result<(), Failure> {
        let deadline = received + RESPONSE_DEADLINE;
        let mut attempts = FuturesUnordered::new();
        let mut backoff = Backoff::new(Pace::CALLBACK);
        // `None` once Discord has refused the reply.
        let mut next_attempt = Some(Instant::now() + self.limits.remaining(ALL_CALLS));
        let mut last_began = received;
        // Whether an attempt failed that may have arrived, so that only its confirmation was lost.
        let mut may_have_arrived = false;
        let mut failure = Failure {
            why: "no response within the 3 seconds that an interaction has".into(),
            counted: CallbackFailure::Timeout,
        };
        if !self.limits.remaining(ALL_CALLS).is_zero() {
            failure = Failure { why: "a rate limit holds for all callbacks".into(), counted: RATE_LIMITED };
        }
        loop {
            if attempts.is_empty() && next_attempt.is_none_or(|next| next >= deadline) {
                return Err(failure);
            }
            tokio::select! {
                biased;
                Some(attempted) = attempts.next() => match attempted {
                    Ok(()) => return Ok(()),
                    Err(Verdict::Refused { code: ALREADY_ACKNOWLEDGED, .. }) if may_have_arrived || !attempts.is_empty() => {
                        return Ok(());
                    }
                    Err(Verdict::Refused { status, code, why }) => {
                        let counted = CallbackFailure::Refused { status, code: u32::try_from(code).ok() };
                        failure = Failure { why: likely_cause(code, age_ms(handled.id, SystemTime::now()), why), counted };
                        next_attempt = None;
                    }
                    Err(Verdict::RateLimited { pause, global }) => {
                        if global {
                            self.limits.hold(ALL_CALLS, pause);
                        }
                        failure = Failure { why: rate_limit(pause), counted: RATE_LIMITED };
                        next_attempt = next_attempt.map(|_| Instant::now() + pause);
                    }
                    Err(Verdict::Lost { why, counted, pause }) => {
                        may_have_arrived = true;
                        backoff.fail();
                        tracing::debug!(id = handled.id, attempts = *begun, why, "a callback failed; retrying");
                        failure = Failure { why, counted };
                        let pause = pause.unwrap_or_else(|| backoff.pause());
                        next_attempt = next_attempt.map(|_| Instant::now() + pause);
                    }
                },
                () = sleep_until(next_attempt.unwrap_or(deadline)),
                    if next_attempt.is_some() && attempts.len() < MAX_CONCURRENT_ATTEMPTS =>
                {
                    if !attempts.is_empty() && !self.may_be_dead(last_began) {
                        next_attempt = Some(last_began + 2 * SECOND_ATTEMPT_DELAY);
                        continue;
                    }
                    let client = if *begun == 0 { &self.clients.kept } else { &self.clients.fresh };
                    attempts.push(self.attempt(client, handled));
                    *begun += 1;
                    last_began = Instant::now();
                    next_attempt = Some(last_began + SECOND_ATTEMPT_DELAY);
                }
                () = sleep_until(deadline) => return Err(failure),
            }
        }
    }

    /// Tells whether the connection of an attempt without response may be dead without a sign, as after a router forgot
    /// it. While other callbacks get responses it is more likely that Discord is slow, and then a second attempt would
    /// only add to its load; but with two thirds of the time gone it is worth a try.
    fn may_be_dead(&self, began: Instant) -> bool {
        let last_response = *self.last_response.lock().unwrap_or_else(PoisonError::into_inner);
        last_response.is_none_or(|last| last < began) || began.elapsed() >= 2 * SECOND_ATTEMPT_DELAY
    }

    async fn attempt(&self, client: &HttpClient, handled: &Handled<Body>) -> Result<(), Verdict> {
        let url = format!("{}/{}/{}/callback", self.interactions_url, handled.id, handled.token.expose());
        let post = request(Method::POST, &url).header(CONTENT_TYPE, &*handled.body.content_type);
        let post = post.body(handled.body.bytes.clone()).map_err(|error| Verdict::lost(error.into()))?;
        let response = client.send(post).await.map_err(Verdict::lost)?;
        *self.last_response.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if response.status().is_success() {
            return Ok(());
        }
        let Answer { status, headers, body } = read(response).await.map_err(Verdict::lost)?;
        Err(judge(status, &headers, &body))
    }
}

/// The count of callbacks that a rate limit ended.
pub(super) const RATE_LIMITED: CallbackFailure = CallbackFailure::Refused { status: 429, code: None };

/// What an attempt says that did not succeed.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Discord does not take the request; another attempt would get the same.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's error code; 0 if there is none.
        code: u64,
        /// The refusal in words.
        why: String,
    },
    /// Too many requests.
    RateLimited {
        /// Time to wait.
        pause: Duration,
        /// Whether all callbacks have to wait.
        global: bool,
    },
    /// The request or its response was lost.
    Lost {
        /// The cause in words.
        why: String,
        /// What is counted, if this was the last attempt.
        counted: CallbackFailure,
        /// Time to wait, if the response says so.
        pause: Option<Duration>,
    },
}

impl Verdict {
    /// The verdict on an attempt that got no response.
    pub(super) fn lost(error: HttpError) -> Self {
        let timeout = matches!(error, HttpError::Timeout(_));
        Self::Lost {
            counted: if timeout { CallbackFailure::Timeout } else { CallbackFailure::Connection },
            why: causes(&error),
            pause: None,
        }
    }
}

/// A rate limit in words.
pub(super) fn rate_limit(pause: Duration) -> String {
    format!("Discord's rate limit lasts for another {} s", pause.as_secs_f64())
}

/// Interprets a response that is no success.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    let problem = Problem::parse(body);
    let pause = problem.retry_after(status, headers);
    match (status.as_u16(), pause) {
        (429, Some(pause)) => Verdict::RateLimited { pause, global: problem.is_global() },
        (500.. | 408, pause) => Verdict::Lost {
            why: format!("Discord answered {}", status.as_u16()),
            counted: CallbackFailure::Refused { status: status.as_u16(), code: None },
            pause,
        },
        (status, _) => Verdict::Refused {
            status,
            code: problem.code,
            why: format!("Discord answered {status}, code {}: {}", problem.code, problem.message),
        },
    }
}

/// Adds the probable cause to a refusal.
fn likely_cause(code: u64, age_ms: i64, refusal: String) -> String {
    let cause = match code {
        UNKNOWN_INTERACTION if u128::try_from(age_ms).is_ok_and(|age| age >= RESPONSE_DEADLINE.as_millis()) => {
            "the reply came after the 3 seconds that Discord waits; this machine, or the way to Discord, is too slow"
        }
        UNKNOWN_INTERACTION => {
            "by this machine's clock the 3 seconds that Discord waits were not over; the clock may be slow"
        }
        ALREADY_ACKNOWLEDGED => "something else has answered: another process probably runs with the same token",
        _ => return refusal,
    };
    format!("{refusal}; {cause}")
}

/// Age of the interaction with this id by this machine's clock; negative if Discord's clock is ahead.
fn age_ms(id: u64, now: SystemTime) -> i64 {
    let made = (id >> 22) + DISCORD_EPOCH;
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    i64::try_from(now).unwrap_or(i64::MAX).saturating_sub_unsigned(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        judge(StatusCode::from_u16(status).expect("it is a status"), &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn errors_of_the_way_are_tried_again_and_refusals_are_not() {
        for status in [500, 502, 503, 504, 520, 408] {
            assert!(matches!(judged(status, "<html>"), Verdict::Lost { pause: None, .. }), "{status}");
        }
        let refused = |status, body: &str| match judged(status, body) {
            Verdict::Refused { code, why, .. } => (code, why),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused(404, r#"{"code":10062,"message":"Unknown interaction"}"#),
            (10062, "Discord answered 404, code 10062: Unknown interaction".into())
        );
        assert_eq!(refused(400, "nonsense").0, 0);
    }

    #[test]
    fn a_limit_holds_for_all_callbacks_unless_discord_says_otherwise() {
        let pause = Duration::from_millis(250);
        assert_eq!(
            judged(429, r#"{"retry_after":0.25,"global":false}"#),
            Verdict::RateLimited { pause, global: false }
        );
        assert_eq!(judged(429, r#"{"retry_after":0.25,"global":true}"#), Verdict::RateLimited { pause, global: true });
        assert!(matches!(judged(429, "error code: 1015"), Verdict::RateLimited { global: true, .. }));
    }

    #[test]
    fn the_age_is_in_the_id() {
        // The example of Discord's documentation.
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        assert_eq!(age_ms(175_928_847_299_117_063, at(1_462_015_105_796 + 40)), 40);
        assert_eq!(age_ms(175_928_847_299_117_063, at(1_462_015_105_796 - 40)), -40);
    }

    #[test]
    fn a_late_reply_and_a_second_process_are_told_apart() {
        let late = likely_cause(UNKNOWN_INTERACTION, 3_100, "404".into());
        assert!(late.starts_with("404; the reply came after"), "{late}");
        assert!(likely_cause(UNKNOWN_INTERACTION, 100, String::new()).contains("clock"));
        assert!(likely_cause(ALREADY_ACKNOWLEDGED, 100, String::new()).contains("another process"));
        assert_eq!(likely_cause(50035, 100, "400".into()), "400");
    }
}
