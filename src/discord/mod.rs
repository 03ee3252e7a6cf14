//! Discord: the only room that talks to Discord, over sockets and HTTP.
//!
//! ```text
//!                    ┌──────────────── gateway.rs ─────────────────┐
//!   wss://gateway ──►│ socket ── session.rs (meaning of payloads)  │──► callback.rs ──► POST …/callback
//!                    └── shards.rs (number, order of identifying) ─┘       by Service::handle
//!   POST /interactions ──► endpoint.rs ──► the response                    by Service::handle
//!   POST …/webhooks/… ◄── afterwards.rs (once Discord has the reply) ──► cards.rs (the cards of rounds)
//!   REST ◄── rest.rs ◄── registration.rs (the slash commands), cards.rs
//!   connect.rs: several addresses of one host
//! ```
//!
//! serenity 0.12 has the types of what Discord's REST API answers. Its other parts are not used, each for a reason:
//!
//! - *The gateway's socket* ([`gateway`]). serenity's `Shard` hides its socket, and its `ShardRunner` forgets the
//!   session when a reconnect is refused, so interactions that wait in it are lost.
//! - *The HTTP client* (`rest.rs`, `callback.rs`). `serenity::Http` writes every argument of a request into a tracing
//!   span, an interaction's token among them, hides `Retry-After`, and its rate limiter ignores `discord.api_url`.
//! - *The payloads of commands* ([`registration`]), which have to be compared with what Discord returns.

mod afterwards;
mod callback;
mod cards;
pub mod endpoint;
pub mod gateway;
pub mod registration;
mod rest;
mod session;
mod shards;

use crate::secret::Secret;

pub use afterwards::Afterwards;
pub use callback::Callbacks;
pub use shards::Shards;

/// The URL under which the REST API at `api_url` has its routes, with its version.
/// <https://docs.discord.com/developers/reference#api-versioning>
fn routes_url(api_url: &str) -> String {
    format!("{}/api/v10", api_url.trim_end_matches('/'))
}

/// URL of Discord's REST API, unless `discord.api_url` names a proxy or a test server.
pub const API_URL: &str = "https://discord.com";

/// Settings of the transports.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the REST API, without `/api/v10`: [`API_URL`], a proxy or a test server.
    pub api_url: String,
    /// The bot's token.
    pub token: Secret<String>,
    /// The server to register commands in, instead of globally.
    pub test_guild: Option<u64>,
    /// Whether to compare the slash commands on start, and to register them if they differ.
    pub register_commands: bool,
    /// Whether there are rounds, and with them the command that opens one.
    pub rounds: bool,
    /// The shards of this process.
    pub shards: Shards,
}

/// A failure of a transport: one sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A restart will not help: the token or the configuration is wrong.
    #[error("{0}")]
    Fatal(String),
    /// A restart may help: the network or Discord failed.
    #[error("{0}")]
    Temporary(String),
}

/// Sentence for a token that Discord refuses.
const WRONG_TOKEN: &str = "Discord does not accept the bot's token: copy it from the Developer Portal (Bot, Reset \
                           Token) into DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names";
