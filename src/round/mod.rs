//! Team rounds: several people answer the core questions in private, and see where they stand once it is closed.
//!
//! While a round is open, its card shows how many have answered, and each person their own answers; nothing else leaves
//! the store. Closing turns the answers into counts ([`Tally`]) and destroys them together with the key they were kept
//! under.
//!
//! - what may be asked of a round, and what it answers: [`rules`]
//! - what is left of the answers after the close: [`tally`]
//! - how far people agree: [`agreement`]; the team's suggestion: [`advisor::together`](crate::advisor::together)
//! - a result as a file: [`export`]
//! - where rounds are kept: [`store`]; that and the rules together, in a running bot: [`Rounds`]
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
