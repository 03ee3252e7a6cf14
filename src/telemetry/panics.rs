//! Panics are caught, logged with their place in the code, and counted.
//!
//! A panic is a bug of the bot. The person whose interaction caused it gets a private apology, other people notice
//! nothing, and the log has one line with the place.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Arc;

use super::logs::TARGET;
use super::metrics::Metrics;

/// Maximum number of characters of a panic's message in the log: enough to show what went wrong, too few for a body.
const MAX_MESSAGE: usize = 300;

/// Logs and counts every panic of the process from here on, in place of the standard library's report.
pub fn install(metrics: Arc<Metrics>) {
    panic::set_hook(Box::new(move |info| report(&metrics, info)));
}

fn report(metrics: &Metrics, info: &PanicHookInfo<'_>) {
    metrics.panicked();
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let message: String = message.unwrap_or("no message").chars().take(MAX_MESSAGE).collect();
    let place = info.location().map_or_else(|| "unknown".into(), ToString::to_string);
    tracing::error!(target: TARGET, place = %place, panic = message.as_str(), "panicked: please report this bug");
}

/// Error of work that panicked. The panic hook has logged what and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Runs `work`, and catches a panic in it.
///
/// # Errors
///
/// If it panicked.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // What `work` was changing when it panicked may be half changed. Answering is pure: it changes nothing.
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::logs::{Format, Level, captured};

    /// One test for all of the hook, because a process has only one.
    #[test]
    fn a_panic_is_caught_logged_with_its_place_and_counted() {
        let metrics = Arc::new(Metrics::new());
        let (counted, us) = (Arc::clone(&metrics), std::thread::current().id());
        let before = panic::take_hook();
        // Panics of other tests, which run at the same time, are reported as usual.
        panic::set_hook(Box::new(move |info| match std::thread::current().id() {
            id if id == us => report(&counted, info),
            _ => before(info),
        }));
        let line = line!() + 2;
        let written = captured(Level::Info, Format::Json, || {
            assert_eq!(catch(|| -> u8 { panic!("no {}\nat all: {}", "luck", "x".repeat(1000)) }), Err(Panicked));
        });
        assert_eq!(catch(|| 7), Ok(7));

        let logged: serde_json::Value = serde_json::from_str(&written).expect("one line of JSON");
        let place = logged["place"].as_str().expect("a text");
        assert!(place.starts_with(&format!("{}:{line}:", file!())), "{place}");
        let message = logged["panic"].as_str().expect("a text");
        assert!(message.starts_with("no luck\nat all: xxx"), "{message}");
        assert_eq!(message.chars().count(), MAX_MESSAGE);
        assert!(metrics.text().contains("whichrole_panics_total 1\n"));
    }
}
