//! Team rounds: several people answer the core questions in private. After the close, all see the counts.
//!
//! While a round is open, its card shows how many have answered, and each person sees their own answers; nothing else
//! leaves the store. The close turns the answers into counts ([`Tally`]) and destroys the answers together with the key
//! under which they were kept.
//!
//! - requests to a round, and what they do: [`rules`]
//! - what is left of the answers after the close: [`tally`]
//! - how far people agree: [`agreement`]; the team's suggestion: [`advisor::together`](crate::advisor::together)
//! - a result as a file: [`export`]
//! - where rounds are kept: [`store`]; the store together with the rules, in a running bot: [`Rounds`]
//!
//! Everything but the store is pure: the time is an argument, and only the store draws a random key.

pub mod agreement;
pub mod ballot;
pub mod export;
mod rounds;
pub mod rules;
pub mod store;
pub mod tally;

pub use ballot::Ballot;
pub use rounds::Rounds;
pub use rules::{Command, Facts, Limits, Member, Refused, Request, RoundId, RoundView, Rules};
pub use store::{Store, StoreError, StoreSettings};
pub use tally::Tally;
