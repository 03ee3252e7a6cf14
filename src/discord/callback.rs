//! One interaction that came through the gateway: read, answered, and the answer brought to Discord in time.
//!
//! The answer is one HTTP request without the bot's token, made with reqwest itself. `serenity::Http` does not do for
//! it: it writes all of a request into a tracing span (the interaction's token, which answers in a person's name for
//! 15 minutes, and the whole body, byte by byte), and its rate limiter keeps a bucket for every interaction for ever.
//! With reqwest an interaction takes about 50 µs of one core in all, from its event to its answer (loopback, no TLS:
//! `docs/performance.md`); the goal is under 75 µs, so nothing barer is needed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Deserialize;
use tokio::time::Instant;

use super::rest;
use crate::service::{Body, Delivered, Handled, Incoming, Service};
use crate::telemetry::metrics::CallbackFailure;

/// How long Discord waits for an answer. It is counted from when the interaction reached us, because clocks differ.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback>
const BUDGET: Duration = Duration::from_secs(3);

/// How long one try may take, so that a connection that went silent leaves time for another.
const TRY: Duration = Duration::from_secs(1);

/// How long to wait before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(50);

/// The first second of 2015, from which Discord counts, in milliseconds.
/// <https://docs.discord.com/developers/reference#snowflakes>
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// Discord knows no such interaction, or no longer.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
const UNKNOWN_INTERACTION: u64 = 10062;

/// The interaction has been answered.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes>
const ALREADY_ACKNOWLEDGED: u64 = 40060;

/// A reply that has to reach Discord.
#[derive(Debug)]
pub(super) struct Callback {
    handled: Handled<Body>,
    received: Instant,
}

impl Callback {
    /// Reads an interaction and answers it. `None` if there is nothing to answer; the log says why.
    pub async fn prepare(json: &str, received: Instant, service: &Service) -> Option<Self> {
        match service.handle(json.as_bytes(), received.into_std()).await {
            Ok(Incoming::Handled(handled)) => Some(Self { handled, received }),
            // Only an endpoint is pinged; what cannot be read has been logged and counted.
            Ok(Incoming::Ping) | Err(_) => None,
        }
    }

    /// Brings the reply to Discord, and writes the interaction's line into the log.
    pub async fn send(self, client: &reqwest::Client, interactions_url: &str, service: &Service) {
        let id = self.handled.id;
        let sent = self.attempts(client, interactions_url).await;
        if let Err(Failure { tries, why, counted }) = &sent {
            let age_ms = age_ms(id, SystemTime::now());
            tracing::error!(id, age_ms, tries, why, "Discord did not take the answer");
            service.metrics.callback_failed(*counted);
        }
        self.handled.finish(service, if sent.is_ok() { Delivered::Yes } else { Delivered::No });
    }

    async fn attempts(&self, client: &reqwest::Client, interactions_url: &str) -> Result<(), Failure> {
        let url = format!("{interactions_url}/{}/{}/callback", self.handled.id, self.handled.token.expose());
        let deadline = self.received + BUDGET;
        let mut pause = PAUSE;
        // Whether an earlier try may have arrived, and only its confirmation was lost.
        let mut lost = false;
        for tries in 1.. {
            let left = deadline.saturating_duration_since(Instant::now());
            let request = client
                .post(&url)
                .header(CONTENT_TYPE, self.handled.body.content_type)
                .timeout(TRY.min(left))
                .body(self.handled.body.bytes.clone());
            let (wait, why, counted) = match attempt(request).await {
                Verdict::Accepted => return Ok(()),
                Verdict::Refused { code: ALREADY_ACKNOWLEDGED, .. } if lost => return Ok(()),
                Verdict::Refused { status, code, why } => {
                    let counted = CallbackFailure::Refused { status, code: u32::try_from(code).ok() };
                    let why = likely_cause(code, age_ms(self.handled.id, SystemTime::now()), why);
                    return Err(Failure { tries, why, counted });
                }
                Verdict::Later { after, why } => (after, why, CallbackFailure::Refused { status: 429, code: None }),
                Verdict::Again { why, counted } => {
                    lost = true;
                    let wait = pause.mul_f64(0.75 + fastrand::f64() / 2.0);
                    pause *= 2;
                    (wait, why, counted)
                }
            };
            if Instant::now() + wait >= deadline {
                return Err(Failure { tries, why, counted });
            }
            tracing::debug!(id = self.handled.id, tries, why, "trying the answer again");
            tokio::time::sleep(wait).await;
        }
        unreachable!("time is over long before the numbers are")
    }
}

/// Why an answer never arrived.
struct Failure {
    tries: u32,
    why: String,
    /// What it is counted as.
    counted: CallbackFailure,
}

/// What became of one try.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// Discord has taken the answer.
    Accepted,
    /// Discord wants none of it; trying again gets the same.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's error code; 0 for none.
        code: u64,
        /// What it said.
        why: String,
    },
    /// Discord wants to be left alone for so long.
    Later {
        /// For how long.
        after: Duration,
        /// In words.
        why: String,
    },
    /// It was lost on the way there or back.
    Again {
        /// How.
        why: String,
        /// What it is counted as, if it was the last try.
        counted: CallbackFailure,
    },
}

async fn attempt(request: reqwest::RequestBuilder) -> Verdict {
    let lost = |error: reqwest::Error| Verdict::Again {
        counted: if error.is_timeout() { CallbackFailure::Timeout } else { CallbackFailure::Connection },
        why: rest::chain(&error.without_url()),
    };
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return lost(error),
    };
    let status = response.status().as_u16();
    if response.status().is_success() {
        return Verdict::Accepted;
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    match response.bytes().await {
        Ok(body) => judge(status, retry_after, &body),
        Err(error) => lost(error),
    }
}

/// Makes out what an answer other than "fine" means.
fn judge(status: u16, retry_after_header: Option<f64>, body: &[u8]) -> Verdict {
    /// <https://docs.discord.com/developers/reference#error-messages> and
    /// <https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit-rate-limit-response-structure>
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Problem {
        code: u64,
        message: String,
        retry_after: Option<f64>,
    }
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    match status {
        429 => {
            let seconds = problem.retry_after.or(retry_after_header).unwrap_or(1.0);
            let after = Duration::try_from_secs_f64(seconds).unwrap_or(BUDGET);
            Verdict::Later { after, why: format!("Discord's rate limit, for another {seconds} s") }
        }
        500.. | 408 => Verdict::Again {
            why: format!("Discord answered {status}"),
            counted: CallbackFailure::Refused { status, code: None },
        },
        _ => Verdict::Refused {
            status,
            code: problem.code,
            why: format!("Discord answered {status}, code {}: {}", problem.code, problem.message),
        },
    }
}

/// Adds to what Discord said what probably lies behind it.
fn likely_cause(code: u64, age_ms: i64, said: String) -> String {
    let cause = match code {
        UNKNOWN_INTERACTION if u128::try_from(age_ms).is_ok_and(|age| age >= BUDGET.as_millis()) => {
            "the answer came after the 3 seconds that Discord waits; this machine, or the way to Discord, is too slow"
        }
        UNKNOWN_INTERACTION => {
            "by this machine's clock the 3 seconds that Discord waits were not over; the clock may be slow"
        }
        ALREADY_ACKNOWLEDGED => "somebody else has answered: another process probably runs with the same token",
        _ => return said,
    };
    format!("{said}; {cause}")
}

/// How old the interaction with this id is by our clock: below zero where Discord's is ahead.
fn age_ms(id: u64, now: SystemTime) -> i64 {
    let made = (id >> 22) + DISCORD_EPOCH;
    let now = now.duration_since(UNIX_EPOCH).map_or(0, millis);
    i64::try_from(now).unwrap_or(i64::MAX).saturating_sub_unsigned(made)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again_and_what_is_not() {
        let again = |status| matches!(judge(status, None, b"<html>"), Verdict::Again { .. });
        assert!([500, 502, 503, 504, 520, 408].into_iter().all(again));
        let refused = |status, body: &str| match judge(status, None, body.as_bytes()) {
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
    fn a_rate_limit_says_how_long() {
        let after = |header, body: &str| match judge(429, header, body.as_bytes()) {
            Verdict::Later { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(Some(9.0), r#"{"retry_after":0.25}"#), Duration::from_millis(250));
        assert_eq!(after(Some(2.0), "<html>"), Duration::from_secs(2));
        assert_eq!(after(None, "<html>"), Duration::from_secs(1));
        assert_eq!(after(None, r#"{"retry_after":-1}"#), BUDGET);
    }

    #[test]
    fn the_age_is_in_the_id() {
        // The example of Discord's documentation.
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        assert_eq!(age_ms(175_928_847_299_117_063, at(1_462_015_105_796 + 40)), 40);
        assert_eq!(age_ms(175_928_847_299_117_063, at(1_462_015_105_796 - 40)), -40);
    }

    #[test]
    fn a_late_answer_and_a_second_process_are_told_apart() {
        let late = likely_cause(UNKNOWN_INTERACTION, 3_100, "404".into());
        assert!(late.starts_with("404; the answer came after"), "{late}");
        assert!(likely_cause(UNKNOWN_INTERACTION, 100, String::new()).contains("clock"));
        assert!(likely_cause(ALREADY_ACKNOWLEDGED, 100, String::new()).contains("another process"));
        assert_eq!(likely_cause(50035, 100, "400".into()), "400");
    }
}
