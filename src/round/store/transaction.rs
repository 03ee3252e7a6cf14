//! What each store can do within one transaction.

use super::error::Stop;
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Key, Round, RoundId, Tag};

/// How a round that a transaction loads is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// Not at all: it is only read.
    Free,
    /// Others may change answers meanwhile, and nobody the round itself.
    Shared,
    /// Nobody else may change anything of it.
    Alone,
}

/// A transaction of a store. Stores that do not wait give futures that are ready at once.
pub(super) trait Transaction {
    /// Stops the transaction unless loaded rounds are locked alone. Stores with one writer at a time never do.
    fn alone(&self) -> Result<(), Stop> {
        Ok(())
    }

    /// A round; `None` when there is none of this id.
    async fn load(&mut self, id: RoundId) -> Result<Option<Round>, Stop>;

    /// Adds a round, and fails when there is one of this id.
    async fn insert(&mut self, round: &Round) -> Result<(), Stop>;

    /// Writes a round that is there.
    async fn update(&mut self, round: &Round) -> Result<(), Stop>;

    /// Deletes a round with its answers.
    async fn delete(&mut self, id: RoundId) -> Result<(), Stop>;

    /// How many answered, and the answers of one.
    async fn count(&mut self, id: RoundId, tag: &Tag) -> Result<(u32, Option<Ballot>), Stop>;

    /// Every answer of a round, in the order of the tags: PostgreSQL would give the order in which people voted.
    async fn answers(&mut self, id: RoundId) -> Result<Vec<(Tag, Ballot)>, Stop>;

    /// Writes the answers of one, in place of earlier ones.
    async fn put(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<(), Stop>;

    /// Deletes the answers of one.
    async fn remove(&mut self, id: RoundId, tag: &Tag) -> Result<(), Stop>;

    /// Deletes every answer of a round.
    async fn destroy(&mut self, id: RoundId) -> Result<(), Stop>;

    /// The open rounds whose deadline has passed.
    async fn due(&mut self, now: i64) -> Result<Vec<RoundId>, Stop>;

    /// The earliest deadline of an open round.
    async fn next_due(&mut self) -> Result<Option<i64>, Stop>;

    /// Deletes closed rounds that have expired.
    async fn purge(&mut self, now: i64) -> Result<u64, Stop>;

    /// How many rounds are open.
    async fn open_rounds(&mut self) -> Result<u64, Stop>;

    /// The keys of all open rounds.
    async fn keys(&mut self) -> Result<Vec<(RoundId, Key)>, Stop>;

    /// Those of these rounds that have answers under the tag beside them.
    async fn holding(&mut self, tags: &[(RoundId, Tag)]) -> Result<Vec<RoundId>, Stop>;

    /// The rounds that a person started.
    async fn started(&mut self, user: UserId) -> Result<Vec<RoundId>, Stop>;

    /// Removes a person as the one who started rounds; gives the number of rounds.
    async fn forget_starter(&mut self, user: UserId) -> Result<u64, Stop>;

    /// Every round's id.
    async fn ids(&mut self) -> Result<Vec<RoundId>, Stop>;

    /// The version of the schema, locked against other processes that want to change it; 0 for none.
    async fn version(&mut self) -> Result<i64, Stop>;

    /// Runs statements that change the schema, and writes its new version.
    async fn migrate(&mut self, statements: &str, version: i64) -> Result<(), Stop>;
}
