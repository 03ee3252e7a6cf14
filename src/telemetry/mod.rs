//! What an operator sees: logs, metrics, health. The rim tells it what happened; nothing here changes an answer.
//!
//! ```text
//! gateway  ──┐               ┌─► logs.rs     one line an interaction, on stderr
//! endpoint ──┴─► handled() ──┤
//! panics.rs ─────────────────┴─► metrics.rs ─┐
//! transports, main ────────────► health.rs ──┴─► server.rs   /healthz  /readyz  /metrics
//! ```
//!
//! Whatever happens in one interaction ends in one [`Handled`], made by the transport that answered it and given to
//! [`handled()`]. Its parts are closed sets, so no label and no log field can grow with users, servers or what
//! somebody sends.

mod handled;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod panics;
mod redact;
pub mod server;

pub use handled::{Command, Ending, Handled, Kind};

/// Writes the line of an interaction and counts it.
pub fn handled(metrics: &metrics::Metrics, handled: &Handled<'_>) {
    metrics.answered(handled);
    logs::interaction_answered(handled);
}
