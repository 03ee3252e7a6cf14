//! What an operator sees: logs, metrics, health. The transports report to it; nothing here changes a reply.
//!
//! ```text
//! service::Handled ─► handled() ─┬─► logs.rs     one line for each interaction, on stderr
//!                                │
//! panics.rs ─────────────────────┴─► metrics.rs ─┐
//! transports, main ────────────────► health.rs ──┴─► server.rs   /healthz  /readyz  /metrics
//! ```
//!
//! Each interaction ends in one [`Handled`], given to [`handled()`]. The values of its parts are closed sets, so no
//! label and no log field grows with users, servers or what a person sends.

mod handled;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod panics;
mod redact;
pub mod server;

pub use handled::Handled;

/// Logs and counts a handled interaction.
pub fn handled(metrics: &metrics::Metrics, handled: &Handled<'_>) {
    metrics.answered(handled);
    logs::interaction_answered(handled);
}
