//! Rounds in PostgreSQL, or in another database with its protocol: for several processes.
//!
//! A vote locks its round only against the close (`for share`), so votes of one round do not wait for each other; a
//! change of the round itself locks it exclusively (`for update`). A transaction that conflicts with another one, or
//! loses its connection, is repeated: every command may be.

use std::path::Path;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use futures_util::future::{join, try_join};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{Stop, StoreError, Trouble, broken};
use super::jobs::Job;
use super::settings::PostgresSettings;
use super::sql::{self, Row};
use super::transaction::{Lock, Transaction};
use super::{bits, round_id};
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Key, Round, RoundId, Tag};
use crate::secret::Secret;
use crate::tls;

/// Time limit for getting a connection: together with the [`Job::patience`] of a transaction it is less than the time
/// within which Discord wants an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Maximum number of attempts at a transaction that conflicts with others.
const TRIES: u32 = 5;

/// Settings of each connection: no statement runs longer than anybody waits for it, no lock outlives a process that
/// hangs, and a commit is confirmed only when it is on the disk.
const SETTINGS: &str = "
    set statement_timeout = '1s';
    set idle_in_transaction_session_timeout = '5s';
    select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

/// The connections.
pub(super) struct Postgres(Pool);

impl Postgres {
    /// Makes a store. It connects at the first request.
    pub(super) fn connect(settings: &PostgresSettings, password: Option<&Secret<String>>) -> Result<Self, StoreError> {
        let mut config = settings.address().map_err(|wrong| StoreError::new(Trouble::Refused, wrong))?;
        if let Some(password) = password {
            config.password(password.expose());
        }
        if config.get_application_name().is_none() {
            config.application_name("whichrole");
        }
        config.connect_timeout(PATIENCE).tcp_user_timeout(2 * PATIENCE);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == SslMode::Require {
            let tls = MakeRustlsConnect::new(tls(settings.authorities.as_deref())?);
            Manager::from_config(config, tls, recycling)
        } else {
            config.ssl_mode(SslMode::Disable);
            Manager::from_config(config, NoTls, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(settings.connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| StoreError::new(Trouble::Other, error))?;
        Ok(Self(pool))
    }

    pub(super) async fn run<J: Job>(&self, job: J) -> Result<J::Output, StoreError> {
        let mut lock = job.lock();
        let mut tries = 0;
        loop {
            let lent = Lent(Some(self.0.get().await.map_err(no_connection)?));
            tries += 1;
            match tokio::time::timeout(job.patience(), transact(lent, &job, lock)).await {
                Ok(Ok(output)) => return Ok(output),
                Ok(Err(Stop::LockFirst)) if lock != Lock::Alone => lock = Lock::Alone,
                Ok(Err(Stop::Again(_))) if tries < TRIES => {}
                Ok(Err(stop)) => return Err(stop.into_error()),
                Err(_) => return Err(StoreError::new(Trouble::Away, "PostgreSQL did not answer in time")),
            }
        }
    }
}

/// A connection during a transaction. If it is dropped before the transaction has ended, its state is unknown, so it
/// does not go back to the others.
struct Lent(Option<Object>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

async fn transact<J: Job>(mut lent: Lent, job: &J, lock: Lock) -> Result<J::Output, Stop> {
    let client = lent.0.as_ref().expect("it is lent until the transaction has ended");
    let mut running = Running { client, lock };
    // The first statement is sent without waiting for the answer to `begin`.
    let (begun, ran) = join(client.batch_execute("begin"), job.run(&mut running)).await;
    begun.map_err(stop)?;
    client.batch_execute(if ran.is_ok() { "commit" } else { "rollback" }).await.map_err(stop)?;
    lent.0.take();
    ran
}

fn tls(authorities: Option<&Path>) -> Result<rustls::ClientConfig, StoreError> {
    let Some(path) = authorities else { return Ok(tls::public()) };
    let wrong =
        |error: &dyn std::fmt::Display| StoreError::new(Trouble::Refused, format!("{}: {error}", path.display()));
    let mut own = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
        own.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    if own.is_empty() {
        return Err(wrong(&"there is no certificate in it"));
    }
    Ok(tls::trusting(own))
}

fn no_connection(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            let text = sentence(&error);
            if error.code().is_some_and(is_refusal) {
                return StoreError::new(Trouble::Refused, text);
            }
            // The text is the only sign for this that tokio-postgres gives.
            if text.ends_with("password missing") {
                return StoreError::new(Trouble::Refused, "PostgreSQL wants a password, and none is set");
            }
            StoreError::new(Trouble::Away, text)
        }
        PoolError::Timeout(_) => StoreError::new(Trouble::Away, "no connection to PostgreSQL came about in time"),
        error => StoreError::new(Trouble::Away, error),
    }
}

/// Returns `true` for errors that do not pass by themselves: a wrong password or user (class 28), no such database, no
/// permission.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn is_refusal(code: &SqlState) -> bool {
    code.code().starts_with("28")
        || [SqlState::INVALID_CATALOG_NAME, SqlState::INVALID_SCHEMA_NAME, SqlState::INSUFFICIENT_PRIVILEGE]
            .contains(code)
}

/// Describes the error with its causes. A database's `DETAIL` is left out: it quotes rows.
fn sentence(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn stop(error: tokio_postgres::Error) -> Stop {
    let told = |trouble| StoreError::new(trouble, sentence(&error));
    match error.code() {
        // Two transactions conflicted. If the same round is opened twice, a unique key conflicts.
        Some(code)
            if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION]
                .contains(code) =>
        {
            Stop::Again(told(Trouble::Busy))
        }
        Some(code) if [SqlState::DISK_FULL, SqlState::OUT_OF_MEMORY].contains(code) => {
            Stop::Failed(told(Trouble::Full))
        }
        Some(code) if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code) => {
            Stop::Failed(told(Trouble::Broken))
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => Stop::Failed(told(Trouble::Away)),
        // The server is shutting down or starting (57P01 to 57P03), or it is a replica that does not allow writing.
        Some(code) if code.code().starts_with("57P") || *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            Stop::Again(told(Trouble::Away))
        }
        Some(code) if is_refusal(code) => Stop::Failed(told(Trouble::Refused)),
        Some(_) => Stop::Failed(told(Trouble::Other)),
        None => Stop::Again(told(Trouble::Away)),
    }
}

/// A transaction that is running.
struct Running<'a> {
    client: &'a Object,
    lock: Lock,
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Running<'_> {
    async fn prepared(&self, statement: &str) -> Result<tokio_postgres::Statement, Stop> {
        self.client.prepare_cached(&sql::dollars(statement)).await.map_err(stop)
    }

    async fn execute(&self, statement: &str, parameters: Parameters<'_>) -> Result<u64, Stop> {
        let statement = self.prepared(statement).await?;
        self.client.execute(&statement, parameters).await.map_err(stop)
    }

    async fn query(&self, statement: &str, parameters: Parameters<'_>) -> Result<Vec<tokio_postgres::Row>, Stop> {
        let statement = self.prepared(statement).await?;
        self.client.query(&statement, parameters).await.map_err(stop)
    }

    async fn round_ids(&self, statement: &str, parameters: Parameters<'_>) -> Result<Vec<RoundId>, Stop> {
        self.query(statement, parameters).await?.iter().map(|row| Ok(round_id(cell(row, 0)?))).collect()
    }
}

/// Reads one column of a row.
fn cell<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a tokio_postgres::Row, index: usize) -> Result<T, Stop> {
    row.try_get(index).map_err(stop)
}

/// Reads how many people answered, from a row of [`sql::COUNT`].
fn count(row: &tokio_postgres::Row) -> Result<u32, Stop> {
    Ok(u32::try_from(cell::<i64>(row, 0)?).unwrap_or(u32::MAX))
}

fn read_row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    Ok(sql::read!(row.try_get))
}

impl Transaction for Running<'_> {
    fn alone(&self) -> Result<(), Stop> {
        if self.lock == Lock::Alone { Ok(()) } else { Err(Stop::LockFirst) }
    }

    async fn load(&mut self, id: RoundId) -> Result<Option<Round>, Stop> {
        let lock = match self.lock {
            Lock::Free => "",
            Lock::Shared => " for share",
            Lock::Alone => " for update",
        };
        let rows = self.query(&format!("{}{lock}", sql::LOAD), &[&bits(id.0)]).await?;
        rows.first().map(|row| read_row(row).map_err(stop)?.into_round()).transpose()
    }

    async fn insert(&mut self, round: &Round) -> Result<(), Stop> {
        let row = Row::of(round);
        let values: [&(dyn ToSql + Sync); 13] = sql::values!(row);
        self.execute(sql::INSERT, &values).await?;
        Ok(())
    }

    async fn update(&mut self, round: &Round) -> Result<(), Stop> {
        let row = Row::of(round);
        let values: [&(dyn ToSql + Sync); 13] = sql::values!(row);
        self.execute(sql::UPDATE, &values).await?;
        Ok(())
    }

    async fn delete(&mut self, id: RoundId) -> Result<(), Stop> {
        self.destroy(id).await?;
        self.execute(sql::DELETE, &[&bits(id.0)]).await?;
        Ok(())
    }

    async fn count(&mut self, id: RoundId, tag: &Tag) -> Result<(u32, Option<Ballot>), Stop> {
        let rows = self.query(sql::COUNT, &[&bits(id.0), &&tag.0[..]]).await?;
        let Some(row) = rows.first() else { return Ok((0, None)) };
        let mine: Option<&str> = cell(row, 1)?;
        Ok((count(row)?, mine.map(sql::read_answers).transpose()?))
    }

    async fn answers(&mut self, id: RoundId) -> Result<Vec<(Tag, Ballot)>, Stop> {
        let rows = self.query(sql::ANSWERS, &[&bits(id.0)]).await?;
        let read = |row| Ok((sql::read_tag(cell(row, 0)?)?, sql::read_answers(cell(row, 1)?)?));
        rows.iter().map(read).collect()
    }

    async fn put(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<(), Stop> {
        self.execute(sql::PUT, &[&bits(id.0), &&tag.0[..], &answers.to_text()]).await?;
        Ok(())
    }

    async fn put_and_count(&mut self, id: RoundId, tag: &Tag, answers: &Ballot) -> Result<u32, Stop> {
        let (round, tag, answers) = (bits(id.0), &tag.0[..], answers.to_text());
        let (put, counted) = (self.prepared(sql::PUT).await?, self.prepared(sql::COUNT).await?);
        let put_values: Parameters<'_> = &[&round, &tag, &answers];
        let count_values: Parameters<'_> = &[&round, &tag];
        // Both are sent before either is answered, and run in this order.
        let (_, rows) = try_join(self.client.execute(&put, put_values), self.client.query(&counted, count_values))
            .await
            .map_err(stop)?;
        rows.first().map_or(Ok(0), count)
    }

    async fn remove(&mut self, id: RoundId, tag: &Tag) -> Result<(), Stop> {
        self.execute(sql::REMOVE, &[&bits(id.0), &&tag.0[..]]).await?;
        Ok(())
    }

    async fn destroy(&mut self, id: RoundId) -> Result<(), Stop> {
        self.execute(sql::DESTROY, &[&bits(id.0)]).await?;
        Ok(())
    }

    async fn due(&mut self, now: i64) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::DUE, &[&now]).await
    }

    async fn next_due(&mut self) -> Result<Option<i64>, Stop> {
        self.query(sql::NEXT_DUE, &[]).await?.first().map_or(Ok(None), |row| cell(row, 0))
    }

    async fn purge(&mut self, now: i64) -> Result<u64, Stop> {
        self.execute(sql::PURGE, &[&now]).await
    }

    async fn open_rounds(&mut self) -> Result<u64, Stop> {
        let rows = self.query(sql::OPEN_ROUNDS, &[]).await?;
        rows.first().map_or(Ok(0), |row| Ok(cell::<i64>(row, 0)?.unsigned_abs()))
    }

    async fn keys(&mut self) -> Result<Vec<(RoundId, Key)>, Stop> {
        let rows = self.query(sql::KEYS, &[]).await?;
        rows.iter().map(|row| Ok((round_id(cell(row, 0)?), sql::read_key(cell(row, 1)?)?))).collect()
    }

    async fn holding(&mut self, tags: &[(RoundId, Tag)]) -> Result<Vec<RoundId>, Stop> {
        let ids: Vec<i64> = tags.iter().map(|(id, _)| bits(id.0)).collect();
        let tags: Vec<&[u8]> = tags.iter().map(|(_, tag)| &tag.0[..]).collect();
        let statement = "select a.round from answer a join unnest(?1::bigint[], ?2::bytea[]) as wanted (round, tag) \
                         on a.round = wanted.round and a.tag = wanted.tag";
        self.round_ids(statement, &[&ids, &tags]).await
    }

    async fn started(&mut self, user: UserId) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::STARTED, &[&bits(user.0)]).await
    }

    async fn forget_starter(&mut self, user: UserId) -> Result<u64, Stop> {
        self.execute(sql::FORGET_STARTER, &[&bits(user.0)]).await
    }

    async fn ids(&mut self) -> Result<Vec<RoundId>, Stop> {
        self.round_ids(sql::IDS, &[]).await
    }

    async fn version(&mut self) -> Result<i64, Stop> {
        // The number is arbitrary. Processes that start at the same time wait for each other here.
        self.client.batch_execute("select pg_advisory_xact_lock(7741894)").await.map_err(stop)?;
        self.client.batch_execute(sql::SCHEMA).await.map_err(stop)?;
        let rows = self.query(sql::VERSION, &[]).await?;
        let row = rows.first().ok_or_else(|| broken("the version of its schema cannot be read"))?;
        Ok(cell::<Option<i64>>(row, 0)?.unwrap_or(0))
    }

    async fn migrate(&mut self, statements: &str, version: i64) -> Result<(), Stop> {
        let statements = statements.replace("{bytes}", "bytea").replace("{options}", "");
        self.client.batch_execute(&statements).await.map_err(stop)?;
        self.execute(sql::CLEAR_VERSION, &[]).await?;
        self.execute(sql::SET_VERSION, &[&version]).await?;
        Ok(())
    }
}
