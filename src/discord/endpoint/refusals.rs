//! Log lines about refused requests: one a minute for each reason, however many requests there are.
//!
//! An address on the internet gets all kinds of requests, so most refusals mean nothing. But a wrong public key or path
//! looks the same from outside, and then Discord cannot verify the endpoint; so the line says what to compare.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::telemetry::metrics::RefusalReason;

/// Minimum time between two lines with the same reason.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Maximum number of characters of a path in the log.
const MAX_PATH: usize = 100;

/// The time of the last line of a kind.
#[derive(Debug, Default)]
pub(super) struct LastLine(Option<Instant>);

impl LastLine {
    /// Returns `true`, and takes `now` as the time of the last line, if that was not within this time before.
    pub(super) fn is_due(&mut self, interval: Duration, now: Instant) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= interval);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// The time of each reason's last line.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<[LastLine; RefusalReason::ALL.len()]>);

impl Refusals {
    /// Logs a refusal, unless the same reason was logged within the last minute. `path` is the path of the request if it
    /// is not `expected`.
    pub(super) fn log(&self, reason: RefusalReason, path: Option<&str>, expected: &str) {
        if !self.is_due(reason, Instant::now()) {
            return;
        }
        let reason_label = reason.label();
        match reason {
            RefusalReason::Signature => tracing::warn!(
                reason = reason_label,
                hint = "if Discord cannot verify the endpoint: compare DISCORD_PUBLIC_KEY with the Public Key in the \
                        Developer Portal, and let no proxy change the body",
                "a request is not signed by this application's key"
            ),
            RefusalReason::Path => {
                let path: String = path.unwrap_or_default().chars().take(MAX_PATH).collect();
                tracing::warn!(
                    reason = reason_label,
                    path = ?path,
                    expected,
                    hint = "compare the Interactions Endpoint URL, endpoint.path and the proxy",
                    "a request is for another path"
                );
            }
            // `Service::handle` logs each of them.
            RefusalReason::Unreadable => {}
            RefusalReason::Unsigned
            | RefusalReason::Method
            | RefusalReason::TooLarge
            | RefusalReason::TooSlow
            | RefusalReason::Incomplete => tracing::info!(reason = reason_label, "a request is refused"),
        }
    }

    fn is_due(&self, reason: RefusalReason, now: Instant) -> bool {
        let index = RefusalReason::ALL.iter().position(|known| *known == reason).expect("ALL has every reason");
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index].is_due(LOG_INTERVAL, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_logged_once_a_minute() {
        let refusals = Refusals::default();
        let now = Instant::now();
        for reason in RefusalReason::ALL {
            assert!(refusals.is_due(reason, now), "{reason:?}");
            assert!(!refusals.is_due(reason, now + LOG_INTERVAL - Duration::from_millis(1)), "{reason:?}");
            assert!(refusals.is_due(reason, now + LOG_INTERVAL), "{reason:?}");
        }
    }
}
