//! Discord: the only place that knows serenity, sockets and HTTP.
//!
//! ```text
//!                    ┌───────────────── gateway.rs ─────────────────┐
//!   wss://gateway ──►│ socket ── session.rs (what a payload means)  │──► callback.rs ──► POST …/callback
//!                    └── shards.rs (how many, who identifies when) ─┘      bot::answer, by service.rs
//!   POST /interactions ──► endpoint.rs ──► the response         bot::answer, by service.rs
//!   REST ◄── rest.rs ◄── registration.rs (the slash commands)
//! ```
//!
//! What serenity 0.12 does here: the REST calls with the bot's token (`rest.rs`), their routes and their rate limits.
//! Three things are ours, each for a reason:
//!
//! - *The gateway's socket* ([`gateway`]). serenity's `Shard` hides its socket, and its `ShardRunner` forgets the
//!   session when a reconnect is refused, so what was waiting in it is lost.
//! - *The callbacks* (`callback.rs`). `serenity::Http` writes every argument of a request into a tracing span, the
//!   interaction's token among them, and keeps a rate limit bucket for every interaction it ever answered.
//! - *The payloads of commands* ([`registration`]), which have to be compared with what Discord echoes.

mod callback;
pub mod endpoint;
pub mod gateway;
pub mod registration;
mod rest;
mod session;
pub mod shards;

use std::fmt;

use crate::secret::Secret;

pub use shards::Shards;

/// Where Discord's REST API is, unless `discord.api_url` names a proxy or a test server.
pub const API_URL: &str = "https://discord.com";

/// What the transports need to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the REST API, without `/api/v10`: [`API_URL`], a proxy or a test server.
    pub api_url: String,
    /// The bot's token.
    pub token: Secret<String>,
    /// The server that commands are registered in, in place of everywhere.
    pub test_guild: Option<u64>,
    /// Whether the slash commands are compared, and registered where they differ, on start.
    pub register_commands: bool,
    /// Which shards this process serves.
    pub shards: Shards,
}

/// Why something with Discord did not work: one sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A restart will not help: the token or the configuration is wrong.
    Fatal(String),
    /// It may work another time: the network, or Discord itself.
    Temporary(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fatal(sentence) | Self::Temporary(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Error {}

/// What to say when Discord does not know the token.
const WRONG_TOKEN: &str = "Discord does not accept the bot's token: copy it from the Developer Portal (Bot, Reset \
                           Token) into DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names";
