//! A Discord bot that explains the CTO and the CIO, and helps a team find out which one it needs.
//!
//! **A button carries the state it leads to**, so the bot remembers nothing; and **one pure function is the bot**:
//! [`bot::Bot::plan`] turns an [`interaction`] and the loaded [`responses`] into a [`message`]. Everything else is a
//! thin rim around it:
//!
//! ```text
//! Discord ── gateway ──┐                               ┌── gateway ── Discord
//! Discord ── endpoint ─┼─► Interaction ─► bot ─► Reply ┼── endpoint ── Discord
//! browser ── preview ──┘                               └── preview ── browser
//!                                          ▲
//!                           responses (checked when loaded, swapped whole)
//! ```
//!
//! Where to look:
//!
//! - what a user sees: [`cards`], and the words in `responses/`
//! - the questions and the rule: [`advisor`], and `responses/whichrole.toml`
//! - what a team answers together, and where that is kept: [`round`]
//! - what a button means: [`custom_id`]
//! - what an operator sees, logs, metrics and health: [`telemetry`]
//! - Discord itself, by gateway or endpoint: [`discord`]; the page in the browser: [`preview`]
//! - what all of these share: [`service`]; how a running bot takes changed texts: [`reload`]; what closes rounds on
//!   time: `keeper`

#![warn(missing_docs)]

pub mod advisor;
mod backoff;
pub mod bot;
pub mod cards;
mod causes;
pub mod check;
mod clock;
pub mod config;
mod credentials;
pub mod custom_id;
pub mod diagnostic;
pub mod discord;
mod encoding;
pub mod exit_code;
pub mod failure;
mod http_client;
pub mod init;
pub mod interaction;
mod keeper;
pub mod links;
mod listen;
pub mod load;
mod locale;
pub mod message;
pub mod output;
pub mod picture;
pub mod preview;
pub mod reload;
pub mod responses;
pub mod round;
pub mod run;
pub mod secret;
pub mod service;
mod signals;
pub mod telemetry;
pub mod terminal;
mod tls;
mod toml_reader;

/// What a test returns: any error ends it.
#[cfg(test)]
type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;
