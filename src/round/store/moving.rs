//! Moves all rounds from one store into another, or none.

use super::error::StoreError;
use super::jobs::Kept;
use super::migrations::NEWEST;
use super::{Store, Trouble};
use crate::round::rules::State;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Open rounds.
    pub open: usize,
    /// The answers in them.
    pub answers: usize,
    /// Closed rounds.
    pub closed: usize,
}

/// Why nothing was moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// The new store contains this many rounds.
    #[error("the new store has {0} rounds; it must be empty")]
    NotEmpty(usize),
    /// The old store changed during the move.
    #[error("rounds changed while they were moved, so they stay where they were; stop the bot first")]
    Changed,
    /// The old store failed.
    #[error("the old store: {0}")]
    Old(StoreError),
    /// The new store failed.
    #[error("the new store: {0}")]
    New(StoreError),
    /// The new store has all rounds, but the old one could not be emptied.
    #[error("every round is in the new store, and the old one could not be emptied: {0}; delete it")]
    NotEmptied(StoreError),
}

impl MoveError {
    /// Returns what is wrong with the store that failed, if one did.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::NotEmpty(_) | Self::Changed => None,
            Self::Old(error) | Self::New(error) | Self::NotEmptied(error) => Some(error.trouble),
        }
    }
}

impl Store {
    /// Moves every round into another store: all in one transaction, which is then read again and compared. Afterwards
    /// this store is emptied, so that no answer stays behind.
    ///
    /// # Errors
    ///
    /// When the other store is not empty, this one is in use, or one of them fails.
    pub async fn move_into(&self, new: &Self) -> Result<Moved, MoveError> {
        let there = new.export().await.map_err(MoveError::New)?.len();
        if there > 0 {
            return Err(MoveError::NotEmpty(there));
        }
        let kept = self.export().await.map_err(MoveError::Old)?;
        new.import(kept.clone()).await.map_err(MoveError::New)?;
        let moved = new.export().await.map_err(MoveError::New)?;
        if moved != kept || self.export().await.map_err(MoveError::Old)? != kept {
            new.empty().await.map_err(MoveError::New)?;
            return Err(MoveError::Changed);
        }
        self.empty().await.map_err(MoveError::NotEmptied)?;
        Ok(Moved::of(&kept))
    }

    /// Deletes every round. The tables are dropped, so that the database frees the space of the rows.
    async fn empty(&self) -> Result<(), StoreError> {
        self.migrate(0).await?;
        self.migrate(NEWEST).await
    }
}

impl Moved {
    fn of(kept: &[Kept]) -> Self {
        let mut moved = Self::default();
        for Kept { round, answers } in kept {
            match round.state {
                State::Open { .. } => moved.open += 1,
                State::Closed { .. } => moved.closed += 1,
            }
            moved.answers += answers.len();
        }
        moved
    }
}
