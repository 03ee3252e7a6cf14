//! Rounds in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;

use super::error::{Stop, StoreError, Trouble};
use super::jobs::Job;
use super::migrations::NEWEST;
use super::transaction::Transaction;
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Key, Round, RoundId, State, Tag};

/// The rounds behind one lock: a transaction has exclusive access.
#[derive(Default)]
pub(super) struct Memory(Mutex<Rounds>);

#[derive(Default, Clone)]
struct Rounds {
    rounds: BTreeMap<RoundId, Round>,
    answers: BTreeMap<(RoundId, Tag), Ballot>,
}

impl Memory {
    pub(super) fn run<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A transaction works on a copy, which is dropped if it fails. Few rounds are in memory.
        let mut copy = rounds.clone();
        let output = job.run(&mut copy).now_or_never().expect("memory does not wait").map_err(Stop::into_error)?;
        *rounds = copy;
        Ok(output)
    }
}

impl Rounds {
    fn open(&self) -> impl Iterator<Item = (&Round, &Key)> {
        self.rounds.values().filter_map(|round| match &round.state {
            State::Open { key } => Some((round, key)),
            State::Closed { .. } => None,
        })
    }
}

impl Transaction for Rounds {
    async fn load(&mut self, id: RoundId) -> Result<Option<Round>, Stop> {
        Ok(self.rounds.get(&id).cloned())
    }

    async fn insert(&mut self, round: &Round) -> Result<(), Stop> {
        match self.rounds.insert(round.facts.id, round.clone()) {
            None => Ok(()),
            Some(_) => Err(Stop::Failed(StoreError::new(Trouble::Other, "there is a round of this id already"))),
        }
    }

    async fn update(&mut self, round: &Round) -> Result<(), Stop> {
        self.rounds.insert(round.facts.id, round.clone());
        Ok(())
    }

    async fn delete(&mut self, id: RoundId) -> Result<(), Stop> {
        self.rounds.remove(&id);
        self.destroy(id).await
    }

    async fn count(&mut self, id: RoundId, tag: &Tag) -> Result<(u32, Option<Ballot>), Stop> {
        let answered = self.answers.keys().filter(|(round, _)| *round == id).count();
        Ok((u32::try_from(answered).unwrap_or(u32::MAX), self.answers.get(&(id, *tag)).cloned()))
    }

    async fn answers(&mut self, id: RoundId) -> Result<Vec<(Tag, Ballot)>, Stop> {
        let of_round = self.answers.iter().filter(|((round, _), _)| *round == id);
        Ok(of_round.map(|((_, tag), answers)| (*tag, answers.clone())).collect())
    }

    async fn put(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<(), Stop> {
        self.answers.insert((id, *tag), answers.clone());
        Ok(())
    }

    async fn remove(&mut self, id: RoundId, tag: &Tag) -> Result<(), Stop> {
        self.answers.remove(&(id, *tag));
        Ok(())
    }

    async fn destroy(&mut self, id: RoundId) -> Result<(), Stop> {
        self.answers.retain(|(round, _), _| *round != id);
        Ok(())
    }

    async fn due(&mut self, now: i64) -> Result<Vec<RoundId>, Stop> {
        Ok(self.open().filter(|(round, _)| round.is_due(now)).map(|(round, _)| round.facts.id).collect())
    }

    async fn next_due(&mut self) -> Result<Option<i64>, Stop> {
        Ok(self.open().map(|(round, _)| round.facts.deadline).min())
    }

    async fn purge(&mut self, now: i64) -> Result<u64, Stop> {
        let before = self.rounds.len();
        self.rounds.retain(|_, round| !matches!(round.state, State::Closed { expires, .. } if expires <= now));
        Ok((before - self.rounds.len()) as u64)
    }

    async fn open_rounds(&mut self) -> Result<u64, Stop> {
        Ok(self.open().count() as u64)
    }

    async fn keys(&mut self) -> Result<Vec<(RoundId, Key)>, Stop> {
        Ok(self.open().map(|(round, key)| (round.facts.id, key.clone())).collect())
    }

    async fn holding(&mut self, tags: &[(RoundId, Tag)]) -> Result<Vec<RoundId>, Stop> {
        Ok(tags.iter().filter(|tag| self.answers.contains_key(tag)).map(|(id, _)| *id).collect())
    }

    async fn started(&mut self, user: UserId) -> Result<Vec<RoundId>, Stop> {
        let started = self.rounds.values().filter(|round| round.facts.starter == Some(user));
        Ok(started.map(|round| round.facts.id).collect())
    }

    async fn forget_starter(&mut self, user: UserId) -> Result<u64, Stop> {
        let mut forgotten = 0;
        for round in self.rounds.values_mut().filter(|round| round.facts.starter == Some(user)) {
            round.facts.starter = None;
            forgotten += 1;
        }
        Ok(forgotten)
    }

    async fn ids(&mut self) -> Result<Vec<RoundId>, Stop> {
        Ok(self.rounds.keys().copied().collect())
    }

    async fn version(&mut self) -> Result<i64, Stop> {
        Ok(NEWEST)
    }

    async fn migrate(&mut self, _: &str, version: i64) -> Result<(), Stop> {
        if version == 0 {
            *self = Self::default();
        }
        Ok(())
    }
}
