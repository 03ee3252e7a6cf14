//! What an operator sees: logs, metrics, health. The rim tells it what happened; nothing here changes an answer.
//!
//! ```text
//! service::Handled ─► handled() ─┬─► logs.rs     one line an interaction, on stderr
//!                                │
//! panics.rs ─────────────────────┴─► metrics.rs ─┐
//! transports, main ────────────────► health.rs ──┴─► server.rs   /healthz  /readyz  /metrics
//! ```
//!
//! Each interaction ends in one [`Handled`], given to [`handled()`]. Its parts are closed sets, so no label and no log
//! field grows with users, servers or what a person sends.

mod handled;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod panics;
mod redact;
pub mod server;

pub use handled::Handled;

/// Writes the line of an interaction and counts it.
pub fn handled(metrics: &metrics::Metrics, handled: &Handled<'_>) {
    metrics.answered(handled);
    logs::interaction_answered(handled);
}
