//! The place of a store, which outlives it, so that a test can lose the process and open the store again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::super::*;
use super::TestResult;

pub(super) enum Home {
    Memory,
    Sqlite(TempDir),
    Postgres(PostgresSettings),
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Home {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a directory can be made"))
    }

    /// A schema of its own in the database of `DATABASE_URL`.
    pub(super) async fn postgres() -> Self {
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL has the address of a database");
        let schema = format!("rounds_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
        admin(&url, &format!("drop schema if exists {schema} cascade; create schema {schema}"))
            .await
            .expect("a schema can be made");
        let joint = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{joint}options=-csearch_path%3D{schema}&application_name={schema}");
        Self::Postgres(PostgresSettings { url, connections: 8, authorities: None })
    }

    pub(super) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(directory) => directory.path().join("rounds.db"),
            _ => panic!("only SQLite has a file"),
        }
    }

    pub(super) fn settings(&self) -> &PostgresSettings {
        match self {
            Self::Postgres(settings) => settings,
            _ => panic!("only PostgreSQL has settings"),
        }
    }

    pub(super) async fn open(&self) -> Store {
        match self {
            Self::Memory => Store::memory(),
            Self::Sqlite(_) => Store::sqlite(&self.file()).await.expect("the file can be opened"),
            Self::Postgres(settings) => Store::postgres(settings, None).await.expect("the database can be opened"),
        }
    }

    /// Ends the process that uses the store, and opens the store as it is on the disk at this moment.
    pub(super) async fn crash(&mut self, store: Store) -> Store {
        match self {
            Self::Memory => return store,
            Self::Sqlite(directory) => {
                let copy = copy(directory.path()).expect("the directory can be copied");
                drop(store);
                *directory = copy;
            }
            Self::Postgres(_) => drop(store),
        }
        self.open().await
    }
}

/// A copy of a directory of files.
fn copy(directory: &Path) -> TestResult<TempDir> {
    let copy = tempfile::tempdir()?;
    for file in std::fs::read_dir(directory)? {
        let file = file?;
        std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
    }
    Ok(copy)
}

type Connection = tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>;

/// Connects to the database that a URL names, past the store.
pub(super) async fn connect(url: &str) -> TestResult<(tokio_postgres::Client, Connection)> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    Ok((client, tokio::spawn(connection)))
}

/// Runs statements in the database that a URL names.
pub(super) async fn admin(url: &str, statements: &str) -> TestResult {
    let (client, connection) = connect(url).await?;
    client.batch_execute(statements).await?;
    drop(client);
    connection.await??;
    Ok(())
}
