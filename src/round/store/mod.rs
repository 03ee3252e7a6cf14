//! Where rounds are kept: in memory, in a SQLite file, or in PostgreSQL where several processes share them.
//!
//! All three do the same: each request is one transaction that loads a round, calls the [`rules`](super::rules), and
//! writes the change. What was confirmed is not lost if the process or the machine fails; what failed has changed
//! nothing, and may be requested again.

mod error;
mod jobs;
mod measures;
mod memory;
mod migrations;
mod moving;
mod postgres;
mod settings;
mod sql;
mod sqlite;
mod transaction;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

pub use error::{StoreError, Trouble};
pub use jobs::{Forgotten, Kept, Mine};
pub use measures::Measures;
pub use migrations::NEWEST;
pub use moving::{MoveError, Moved};
pub use settings::{DEFAULT_CONNECTIONS, PostgresSettings, StoreSettings, WrongAddress};

use self::jobs::{CloseDue, Count, Due, Execute, Export, FindMine, Forget, Import, Job, NextDue, Purge};
use self::memory::Memory;
use self::migrations::Migrate;
use self::postgres::Postgres;
use self::sqlite::Sqlite;
use super::rules::{Command, Facts, Refused, Request, RoundId, RoundView, Rules};
use crate::interaction::UserId;
use crate::secret::Secret;

/// A store of rounds.
pub struct Store {
    kind: Kind,
    /// Why its schema could not be read yet. While this is `Some`, every request fails.
    unprepared: Mutex<Option<StoreError>>,
    /// The counters of this store.
    measures: Measures,
    /// The error of the last transaction; `None` if it succeeded.
    failing: watch::Sender<Option<StoreError>>,
    /// Notified when a round is opened.
    opened: Notify,
}

/// Time limit for the transaction of a press: half of the 3 seconds within which Discord wants an answer.
pub const PRESS: Duration = Duration::from_millis(1_500);

enum Kind {
    Memory(Memory),
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A round that was due and was closed by this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What everybody may know about it.
    pub facts: Facts,
    /// What it shows now.
    pub view: RoundView,
}

impl Store {
    /// Makes a store in the memory of the process, for the preview and for tests.
    pub fn memory() -> Self {
        Self::of(Kind::Memory(Memory::default()))
    }

    /// Opens a store in a SQLite file, makes the file if it is missing, and brings the schema to the newest version.
    ///
    /// # Errors
    ///
    /// When the file cannot be used, or a newer whichrole wrote it.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::of(Kind::Sqlite(Sqlite::open(path)?)).at_newest().await
    }

    /// Opens a store in a PostgreSQL database and brings the schema to the newest version.
    ///
    /// # Errors
    ///
    /// When the database cannot be used, or a newer whichrole wrote to it.
    pub async fn postgres(settings: &PostgresSettings, password: Option<&Secret<String>>) -> Result<Self, StoreError> {
        Self::of(Kind::Postgres(Postgres::connect(settings, password)?)).at_newest().await
    }

    /// Opens the store that the settings name; `None` for [`StoreSettings::Off`]. A PostgreSQL that cannot be reached
    /// is no error: then every request fails until [`Store::prepare`] has reached it.
    ///
    /// # Errors
    ///
    /// When it cannot be used, and that will probably not change without other settings or a repair of the store.
    pub async fn open(settings: &StoreSettings, password: Option<&Secret<String>>) -> Result<Option<Self>, StoreError> {
        let settings = match settings {
            StoreSettings::Off => return Ok(None),
            StoreSettings::Memory => return Ok(Some(Self::memory())),
            StoreSettings::Sqlite(path) => return Self::sqlite(path).await.map(Some),
            StoreSettings::Postgres(settings) => settings,
        };
        let store = Self::of(Kind::Postgres(Postgres::connect(settings, password)?));
        match store.prepare().await {
            Ok(()) => {}
            Err(error) if error.trouble.may_pass() => {}
            Err(error) => return Err(error),
        }
        Ok(Some(store))
    }

    fn of(kind: Kind) -> Self {
        let (failing, _) = watch::channel(None);
        Self { kind, unprepared: Mutex::new(None), measures: Measures::default(), failing, opened: Notify::new() }
    }

    /// Returns the store with these counters.
    #[must_use]
    pub fn measured(self, measures: Measures) -> Self {
        Self { measures, ..self }
    }

    /// Watches the error of the last transaction; `None` if it succeeded.
    pub fn failing(&self) -> watch::Receiver<Option<StoreError>> {
        self.failing.subscribe()
    }

    /// Completes when a round is opened by this process, or at once if one was opened since the last call.
    pub async fn round_opened(&self) {
        self.opened.notified().await;
    }

    async fn at_newest(self) -> Result<Self, StoreError> {
        self.prepare().await?;
        Ok(self)
    }

    /// Brings the schema to the newest version. The caller repeats this after a pause while it fails. Until it
    /// succeeds, every other request fails at once, so that nobody waits for a store that cannot be reached.
    ///
    /// # Errors
    ///
    /// When a newer whichrole wrote it, or the store fails.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        let prepared = self.run_now(Migrate { to: NEWEST }).await;
        *self.unprepared.lock().unwrap_or_else(PoisonError::into_inner) = prepared.clone().err();
        prepared
    }

    /// Returns `true` if [`Store::prepare`] has to be repeated.
    pub fn is_unprepared(&self) -> bool {
        self.unprepared.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Brings the schema to a version: up to [`NEWEST`], or down for an older whichrole; 0 removes every round.
    ///
    /// # Errors
    ///
    /// When a newer whichrole wrote it, or the store fails.
    pub async fn migrate(&self, version: i64) -> Result<(), StoreError> {
        self.run(Migrate { to: version }).await
    }

    /// Executes a request to a round: one transaction, for which nobody waits longer than 1.5 s.
    ///
    /// The inner result is that of the round, the outer one that of the store.
    ///
    /// # Errors
    ///
    /// When the store fails, or takes too long. Nothing was written then, and the request may be repeated.
    pub async fn execute(
        &self,
        rules: &Arc<Rules>,
        request: Request,
    ) -> Result<Result<RoundView, Refused>, StoreError> {
        let opens = matches!(request.command, Command::Open { .. } | Command::AskAgain { .. });
        let executed = self.run_for_press(Execute { rules: Arc::clone(rules), request }).await;
        if opens && matches!(executed, Ok(Ok(_))) {
            self.opened.notify_one();
        }
        executed
    }

    /// Closes every open round whose deadline has passed, and returns those that this call closed. If several processes
    /// call this at once, each round is returned by one of them.
    ///
    /// # Errors
    ///
    /// When the store fails; rounds closed before that stay closed.
    pub async fn close_due(&self, rules: &Arc<Rules>, now: i64) -> Result<Vec<Closed>, StoreError> {
        let mut closed = Vec::new();
        for round in self.due(now).await? {
            closed.extend(self.close_if_due(rules, round, now).await?);
        }
        Ok(closed)
    }

    /// Returns the open rounds whose deadline has passed, the earliest first, at most a hundred.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn due(&self, now: i64) -> Result<Vec<RoundId>, StoreError> {
        self.run(Due { now }).await
    }

    /// Closes a round if it is open and its deadline has passed. `None` if not, for instance because another process
    /// has closed it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn close_if_due(
        &self,
        rules: &Arc<Rules>,
        round: RoundId,
        now: i64,
    ) -> Result<Option<Closed>, StoreError> {
        self.run(CloseDue { rules: Arc::clone(rules), round, now }).await
    }

    /// Returns the earliest deadline of an open round, in Unix seconds.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.run(NextDue).await
    }

    /// Deletes the results that were kept for long enough, and returns their number.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn purge(&self, now: i64) -> Result<u64, StoreError> {
        self.run(Purge { now }).await
    }

    /// Returns what is stored about a person.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn mine(&self, user: UserId) -> Result<Mine, StoreError> {
        self.run_for_press(FindMine { user }).await
    }

    /// Deletes what is stored about a person: their answers in open rounds, and that they started rounds. The rounds
    /// stay.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn forget(&self, user: UserId) -> Result<Forgotten, StoreError> {
        self.run_for_press(Forget { user }).await
    }

    /// Returns the number of open rounds. Also the quickest check whether the store works.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_rounds(&self) -> Result<u64, StoreError> {
        self.run(Count).await
    }

    /// Returns everything in the store, for another store.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn export(&self) -> Result<Vec<Kept>, StoreError> {
        self.run(Export).await
    }

    /// Adds what [`export`](Self::export) returned, in one transaction.
    ///
    /// # Errors
    ///
    /// When the store fails, or has one of the rounds already.
    pub async fn import(&self, rounds: Vec<Kept>) -> Result<(), StoreError> {
        self.run(Import { rounds }).await
    }

    /// Runs a job for somebody who waits for the answer: no longer than [`PRESS`].
    async fn run_for_press<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        tokio::time::timeout(PRESS, self.run(job)).await.unwrap_or_else(|_| {
            let late = StoreError::new(Trouble::Away, format!("no answer within {} s", PRESS.as_secs_f32()));
            self.tell(Err(&late));
            Err(late)
        })
    }

    async fn run<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        let unprepared = self.unprepared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match unprepared {
            None => self.run_now(job).await,
            Some(error) => {
                self.tell(Err(&error));
                Err(error)
            }
        }
    }

    async fn run_now<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        let started = Instant::now();
        let result = match &self.kind {
            Kind::Memory(store) => store.run(job),
            Kind::Sqlite(store) => store.run(job).await,
            Kind::Postgres(store) => store.run(job).await,
        };
        self.measures.took(started.elapsed());
        self.tell(result.as_ref().map(drop));
        result
    }

    /// Counts a failure, and passes the result to those who watch [`failing`](Self::failing).
    fn tell(&self, result: Result<(), &StoreError>) {
        if let Err(error) = result {
            self.measures.failed(error);
        }
        self.failing.send_if_modified(|failing| {
            let changed = failing.as_ref() != result.err();
            if changed {
                *failing = result.err().cloned();
            }
            changed
        });
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Memory(_) => "Store(memory)",
            Kind::Sqlite(_) => "Store(SQLite)",
            Kind::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

/// Converts an id bit by bit: both databases have signed numbers only.
fn bits(id: u64) -> i64 {
    id.cast_signed()
}

fn round_id(bits: i64) -> RoundId {
    RoundId(bits.cast_unsigned())
}
