//! The operations of a store within one transaction.

use super::error::Stop;
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Key, Round, RoundId, Tag};

/// How a round that a transaction loads is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// No lock: the round is only read.
    Free,
    /// A shared lock: others may change answers meanwhile, but nobody the round itself.
    Shared,
    /// An exclusive lock: nobody else may change anything about the round.
    Alone,
}

/// A transaction of a store. Stores that never wait return futures that are ready at once.
pub(super) trait Transaction {
    /// Returns `Err` unless loaded rounds are locked exclusively. Stores with one writer at a time always return `Ok`.
    fn alone(&self) -> Result<(), Stop> {
        Ok(())
    }

    /// Loads a round; `None` if there is none with this id.
    async fn load(&mut self, id: RoundId) -> Result<Option<Round>, Stop>;

    /// Adds a round, and fails if there is one with this id.
    async fn insert(&mut self, round: &Round) -> Result<(), Stop>;

    /// Writes a round that exists.
    async fn update(&mut self, round: &Round) -> Result<(), Stop>;

    /// Deletes a round and its answers.
    async fn delete(&mut self, id: RoundId) -> Result<(), Stop>;

    /// Returns how many people answered, and the answers under this tag.
    async fn count(&mut self, id: RoundId, tag: &Tag) -> Result<(u32, Option<Ballot>), Stop>;

    /// Returns all answers of a round, ordered by tag: PostgreSQL would return them in the order in which people voted.
    async fn answers(&mut self, id: RoundId) -> Result<Vec<(Tag, Ballot)>, Stop>;

    /// Writes the answers under this tag, in place of earlier ones.
    async fn put(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<(), Stop>;

    /// Does what [`Self::put`] does, and returns how many people have answered then.
    async fn put_and_count(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<u32, Stop> {
        self.put(id, tag, answers).await?;
        Ok(self.count(id, tag).await?.0)
    }

    /// Deletes the answers under this tag.
    async fn remove(&mut self, id: RoundId, tag: &Tag) -> Result<(), Stop>;

    /// Deletes all answers of a round.
    async fn destroy(&mut self, id: RoundId) -> Result<(), Stop>;

    /// Returns the open rounds whose deadline has passed.
    async fn due(&mut self, now: i64) -> Result<Vec<RoundId>, Stop>;

    /// Returns the earliest deadline of an open round.
    async fn next_due(&mut self) -> Result<Option<i64>, Stop>;

    /// Deletes closed rounds that have expired.
    async fn purge(&mut self, now: i64) -> Result<u64, Stop>;

    /// Returns the number of open rounds.
    async fn open_rounds(&mut self) -> Result<u64, Stop>;

    /// Returns the keys of all open rounds.
    async fn keys(&mut self) -> Result<Vec<(RoundId, Key)>, Stop>;

    /// Returns those of these rounds in which there are answers under the tag beside the id.
    async fn holding(&mut self, tags: &[(RoundId, Tag)]) -> Result<Vec<RoundId>, Stop>;

    /// Returns the rounds that a person started.
    async fn started(&mut self, user: UserId) -> Result<Vec<RoundId>, Stop>;

    /// Removes a person as the starter of rounds, and returns the number of these rounds.
    async fn forget_starter(&mut self, user: UserId) -> Result<u64, Stop>;

    /// Returns the ids of all rounds.
    async fn ids(&mut self) -> Result<Vec<RoundId>, Stop>;

    /// Returns the version of the schema, 0 if there is none, and locks it against other processes that want to change
    /// it.
    async fn version(&mut self) -> Result<i64, Stop>;

    /// Runs statements that change the schema, and writes its new version.
    async fn migrate(&mut self, statements: &str, version: i64) -> Result<(), Stop>;
}
