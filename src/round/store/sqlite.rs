//! Rounds in a SQLite file.
//!
//! One thread has the only connection, so that no task that answers Discord waits for a disk. The thread runs all jobs
//! that have arrived since the last commit in one transaction, each in a savepoint of its own, and confirms them with
//! one commit: in a peak of load, many votes share one wait for the disk.
//!
//! Deleted answers must disappear from the disk, too. Freed space is overwritten (`secure_delete`), and after a
//! transaction that deleted answers the file is rewritten and its log truncated: [`Traces`].

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, ToSql, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::error::{Stop, StoreError, Trouble};
use super::jobs::Job;
use super::sql::{self, Row};
use super::transaction::Transaction;
use super::{bits, round_id};
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Key, Round, RoundId, Tag};

/// Time limit for a lock that another process holds: well under the time within which Discord wants an answer.
const BUSY: Duration = Duration::from_secs(1);

/// Maximum number of jobs in one commit.
const BATCH: usize = 128;

/// Maximum number of jobs that wait. Further ones fail with [`Trouble::Busy`].
const QUEUE: usize = 4096;

/// Access to the thread with the connection.
pub(super) struct Sqlite {
    queue: Option<SyncSender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
}

impl Sqlite {
    /// Opens a file. Makes it, if it is missing, readable by its owner only.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, BUSY)
    }

    pub(super) fn open_with(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        let connection = connect(path, busy).map_err(|error| named(path, error))?;
        Self::start(connection, path)
    }

    fn start(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("rounds".to_owned())
            .spawn(move || serve(connection, &jobs))
            .map_err(|error| StoreError::new(Trouble::Other, format!("no thread for {}: {error}", path.display())))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// A file that cannot grow by more than some pages: a disk that fills up.
    #[cfg(test)]
    pub(super) fn open_limited(path: &Path, more_pages: i64) -> Result<Self, StoreError> {
        let connection = connect(path, BUSY).map_err(|error| named(path, error))?;
        let limit = |connection: &Connection| {
            let pages: i64 = connection.query_row("pragma page_count", [], |row| row.get(0))?;
            connection.query_row(&format!("pragma max_page_count = {}", pages + more_pages), [], |_| Ok(()))
        };
        limit(&connection).map_err(told)?;
        Self::start(connection, path)
    }

    pub(super) async fn run<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        let ended = || StoreError::new(Trouble::Other, "the thread of the SQLite file has ended");
        let (reply, replied) = oneshot::channel();
        let queued = Box::new(Queued { job, output: None, reply });
        match self.queue.as_ref().ok_or_else(ended)?.try_send(queued) {
            Ok(()) => replied.await.unwrap_or_else(|_| Err(ended())),
            Err(TrySendError::Full(_)) => Err(StoreError::new(Trouble::Busy, format!("{QUEUE} jobs wait already"))),
            Err(TrySendError::Disconnected(_)) => Err(ended()),
        }
    }
}

/// Finishes the jobs in the queue, and closes the file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic of that thread.
            let _ = thread.join();
        }
    }
}

fn connect(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    create(path);
    // The path is never read as a URI.
    let connection = Connection::open_with_flags(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_URI)?;
    connection.busy_timeout(busy)?;
    let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
    if mode != "wal" {
        let why = format!("its file system does not allow a write-ahead log (the journal mode stays `{mode}`)");
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(why),
        ));
    }
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Makes the file if it is missing; SQLite would make it readable by everybody. Errors are ignored: SQLite's own error
/// says more.
fn create(path: &Path) {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// A job, and the channel to the task that waits for it.
trait Work: Send {
    /// Runs it within the transaction.
    fn run(&mut self, transaction: &mut Running<'_>);

    /// Returns `true` if its changes have to be undone.
    fn failed(&self) -> bool;

    /// Sends its result, once the transaction is committed or has failed.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Queued<J: Job> {
    job: J,
    output: Option<Result<J::Output, StoreError>>,
    reply: oneshot::Sender<Result<J::Output, StoreError>>,
}

impl<J: Job> Work for Queued<J> {
    fn run(&mut self, transaction: &mut Running<'_>) {
        let ran = self.job.run(transaction).now_or_never().expect("SQLite answers without waiting");
        self.output = Some(ran.map_err(Stop::into_error));
    }

    fn failed(&self) -> bool {
        matches!(self.output, None | Some(Err(_)))
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let never = || Err(StoreError::new(Trouble::Other, "the job was not run"));
        let output = match (self.output, committed) {
            // The job's own error says more than that of the commit.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (output, Ok(())) => output.unwrap_or_else(never),
        };
        // The task that waited may have given up.
        let _ = self.reply.send(output);
    }
}

/// Runs jobs until all senders are gone.
fn serve(mut connection: Connection, jobs: &Receiver<Box<dyn Work>>) {
    let mut traces = Traces::left_by_others(&connection);
    loop {
        let first = match traces.wait() {
            None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => jobs.recv_timeout(wait),
        };
        match first {
            Ok(first) => {
                let mut batch = vec![first];
                batch.extend(jobs.try_iter().take(BATCH - 1));
                let committed = commit(&mut connection, &mut batch, &mut traces);
                for work in batch {
                    work.finish(committed.clone());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        traces.remove(&connection);
    }
    traces.due = Instant::now();
    traces.remove(&connection);
}

/// Runs a batch as one transaction.
fn commit(connection: &mut Connection, batch: &mut [Box<dyn Work>], traces: &mut Traces) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
    let mut deleted = false;
    for work in batch {
        transaction.execute_batch("savepoint job").map_err(told)?;
        let mut running = Running { connection: &transaction, deleted: false };
        work.run(&mut running);
        deleted |= running.deleted;
        let end = if work.failed() { "rollback to job; release job" } else { "release job" };
        transaction.execute_batch(end).map_err(told)?;
    }
    if deleted {
        // A mark in the file: after a crash, the next process that opens it continues to remove the traces.
        transaction.pragma_update(None, "user_version", TRACES).map_err(told)?;
    }
    transaction.commit().map_err(told)?;
    if deleted {
        traces.state = State::Left;
    }
    Ok(())
}

/// The file's `user_version` while it may have traces of deleted answers.
const TRACES: i64 = 1;

/// Traces of deleted answers, in the file and its log.
///
/// SQLite overwrites what it deletes, but not the copies that stay behind when it moves rows between pages to balance
/// them. So the file is rewritten (`vacuum`) after answers were deleted, and its log is truncated. The time for this is
/// proportional to the size of the file: some milliseconds for a thousand rounds. It is at most a hundredth of all
/// time.
struct Traces {
    state: State,
    /// The time from which the file may be rewritten.
    due: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    None,
    /// The file may contain some.
    Left,
    /// The file is rewritten, but the log is not truncated yet, for instance because another process reads it.
    InLog,
}

impl Traces {
    /// Finds out whether an earlier process left traces.
    fn left_by_others(connection: &Connection) -> Self {
        let mark = connection.query_row("pragma user_version", [], |row| row.get::<_, i64>(0));
        let state = if mark == Ok(TRACES) { State::Left } else { State::None };
        Self { state, due: Instant::now() }
    }

    /// Returns how long to wait for a job before the next attempt to remove them; `None` if there are none.
    fn wait(&self) -> Option<Duration> {
        match self.state {
            State::None => None,
            State::Left => Some(self.due.saturating_duration_since(Instant::now())),
            State::InLog => Some(Duration::from_secs(1)),
        }
    }

    fn remove(&mut self, connection: &Connection) {
        let started = Instant::now();
        if self.state == State::Left && started >= self.due {
            let vacuumed = connection.execute_batch("vacuum");
            self.due = started + (started.elapsed() * 100).max(Duration::from_millis(1));
            match vacuumed {
                Ok(()) => self.state = State::InLog,
                // Another process writes, or the disk is full.
                Err(_) => self.due += Duration::from_secs(1),
            }
        }
        if self.state == State::InLog {
            let cut = || connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0));
            if cut() == Ok(0) && connection.pragma_update(None, "user_version", 0).is_ok() {
                self.state = State::None;
                // Removes the line of the mark itself from the log. It reveals nothing if it stays.
                let _ = cut();
            }
        }
    }
}

/// Converts an error to a sentence for an operator.
fn told(error: rusqlite::Error) -> StoreError {
    let trouble = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
        Some(ErrorCode::DiskFull) => Trouble::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Broken,
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Trouble::Refused,
        Some(ErrorCode::SystemIoFailure) => Trouble::Away,
        _ => Trouble::Other,
    };
    StoreError::new(trouble, error)
}

fn named(path: &Path, error: rusqlite::Error) -> StoreError {
    let error = told(error);
    StoreError::new(error.trouble, format!("{}: {}", path.display(), error.detail()))
}

fn stop(error: rusqlite::Error) -> Stop {
    Stop::Failed(told(error))
}

/// A transaction that is running.
struct Running<'a> {
    connection: &'a Connection,
    /// `true` once answers were deleted.
    deleted: bool,
}

impl Running<'_> {
    fn execute(&self, statement: &str, parameters: &[&dyn ToSql]) -> Result<usize, Stop> {
        self.connection.prepare_cached(statement).and_then(|mut found| found.execute(parameters)).map_err(stop)
    }

    fn query<T>(
        &self,
        statement: &str,
        parameters: &[&dyn ToSql],
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Stop> {
        let mut statement = self.connection.prepare_cached(statement).map_err(stop)?;
        statement.query_map(parameters, read).and_then(Iterator::collect).map_err(stop)
    }

    fn round_ids(&self, statement: &str, parameters: &[&dyn ToSql]) -> Result<Vec<RoundId>, Stop> {
        self.query(statement, parameters, |row| Ok(round_id(row.get(0)?)))
    }
}

impl Transaction for Running<'_> {
    async fn load(&mut self, id: RoundId) -> Result<Option<Round>, Stop> {
        let mut rows = self.query(sql::LOAD, &[&bits(id.0)], |row| Ok(sql::read!(row.get)))?;
        rows.pop().map(Row::into_round).transpose()
    }

    async fn insert(&mut self, round: &Round) -> Result<(), Stop> {
        let row = Row::of(round);
        let values: [&dyn ToSql; 13] = sql::values!(row);
        self.execute(sql::INSERT, &values)?;
        Ok(())
    }

    async fn update(&mut self, round: &Round) -> Result<(), Stop> {
        let row = Row::of(round);
        let values: [&dyn ToSql; 13] = sql::values!(row);
        self.execute(sql::UPDATE, &values)?;
        Ok(())
    }

    async fn delete(&mut self, id: RoundId) -> Result<(), Stop> {
        self.destroy(id).await?;
        self.execute(sql::DELETE, &[&bits(id.0)])?;
        Ok(())
    }

    async fn count(&mut self, id: RoundId, tag: &Tag) -> Result<(u32, Option<Ballot>), Stop> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, Option<String>>(1)?));
        let found = self.query(sql::COUNT, &[&bits(id.0), &tag.0], read)?.pop();
        let (answered, mine) = found.unwrap_or_default();
        Ok((answered, mine.map(|text| sql::read_answers(&text)).transpose()?))
    }

    async fn answers(&mut self, id: RoundId) -> Result<Vec<(Tag, Ballot)>, Stop> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?));
        let rows = self.query(sql::ANSWERS, &[&bits(id.0)], read)?;
        rows.into_iter().map(|(tag, text)| Ok((sql::read_tag(tag)?, sql::read_answers(&text)?))).collect()
    }

    async fn put(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<(), Stop> {
        self.execute(sql::PUT, &[&bits(id.0), &tag.0, &answers.to_text()])?;
        Ok(())
    }

    async fn remove(&mut self, id: RoundId, tag: &Tag) -> Result<(), Stop> {
        self.deleted |= self.execute(sql::REMOVE, &[&bits(id.0), &tag.0])? > 0;
        Ok(())
    }

    async fn destroy(&mut self, id: RoundId) -> Result<(), Stop> {
        self.execute(sql::DESTROY, &[&bits(id.0)])?;
        // The key is deleted in the same transaction, even if there were no answers.
        self.deleted = true;
        Ok(())
    }

    async fn due(&mut self, now: i64) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::DUE, &[&now])
    }

    async fn next_due(&mut self) -> Result<Option<i64>, Stop> {
        Ok(self.query(sql::NEXT_DUE, &[], |row| row.get(0))?.pop().flatten())
    }

    async fn purge(&mut self, now: i64) -> Result<u64, Stop> {
        let purged = self.execute(sql::PURGE, &[&now])?;
        self.deleted |= purged > 0;
        Ok(purged as u64)
    }

    async fn open_rounds(&mut self) -> Result<u64, Stop> {
        Ok(self.query(sql::OPEN_ROUNDS, &[], |row| row.get::<_, i64>(0))?.pop().unwrap_or(0).unsigned_abs())
    }

    async fn keys(&mut self) -> Result<Vec<(RoundId, Key)>, Stop> {
        let rows = self.query(sql::KEYS, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.into_iter().map(|(id, key)| Ok((round_id(id), sql::read_key(key)?))).collect()
    }

    async fn holding(&mut self, tags: &[(RoundId, Tag)]) -> Result<Vec<RoundId>, Stop> {
        let mut holding = Vec::new();
        let mut statement =
            self.connection.prepare_cached("select 1 from answer where round = ?1 and tag = ?2").map_err(stop)?;
        for (id, tag) in tags {
            let found = statement.query_row(params![bits(id.0), tag.0], |_| Ok(())).optional().map_err(stop)?;
            holding.extend(found.map(|()| *id));
        }
        Ok(holding)
    }

    async fn started(&mut self, user: UserId) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::STARTED, &[&bits(user.0)])
    }

    async fn forget_starter(&mut self, user: UserId) -> Result<u64, Stop> {
        let forgotten = self.execute(sql::FORGET_STARTER, &[&bits(user.0)])?;
        self.deleted |= forgotten > 0;
        Ok(forgotten as u64)
    }

    async fn ids(&mut self) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::IDS, &[])
    }

    async fn version(&mut self) -> Result<i64, Stop> {
        self.connection.execute_batch(sql::SCHEMA).map_err(stop)?;
        let found = self.query(sql::VERSION, &[], |row| row.get::<_, Option<i64>>(0))?;
        Ok(found.into_iter().flatten().next().unwrap_or(0))
    }

    async fn migrate(&mut self, statements: &str, version: i64) -> Result<(), Stop> {
        // Rows have no number of their own, because it would reveal the order of the answers.
        let statements = statements.replace("{bytes}", "blob").replace("{options}", " without rowid");
        self.connection.execute_batch(&statements).map_err(stop)?;
        self.execute(sql::CLEAR_VERSION, &[])?;
        self.execute(sql::SET_VERSION, &[&version])?;
        self.deleted |= version == 0;
        Ok(())
    }
}
