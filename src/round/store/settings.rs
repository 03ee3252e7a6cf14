//! Settings of the store.

use std::path::PathBuf;

use tokio_postgres::Config;

/// Where rounds are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSettings {
    /// In a SQLite file.
    Sqlite(PathBuf),
    /// In PostgreSQL.
    Postgres(PostgresSettings),
    /// In memory: gone with the process.
    Memory,
    /// Nowhere: there are no rounds.
    Off,
}

/// The PostgreSQL database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresSettings {
    /// `postgres://user@host:port/database`; with `?sslmode=require` over TLS, otherwise without. A URL with a password
    /// is refused, because a password is a secret.
    pub url: String,
    /// Maximum number of connections.
    pub connections: usize,
    /// A PEM file with the authorities against which the server's certificate is checked; `None` for those that
    /// browsers trust.
    pub authorities: Option<PathBuf>,
}

/// Leaves out the URL, which may contain a password before it is checked.
impl std::fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url: _, connections, authorities } = self;
        let mut fields = f.debug_struct("PostgresSettings");
        fields.field("connections", connections).field("authorities", authorities).finish_non_exhaustive()
    }
}

/// Default maximum number of connections of a process. One connection serves some hundred transactions a second, and
/// PostgreSQL allows 100 in all by default.
pub const DEFAULT_CONNECTIONS: usize = 8;

/// Why an address of PostgreSQL cannot be used. No sentence quotes the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// It is malformed.
    #[error("the address cannot be read: {0}")]
    Unreadable(String),
    /// It contains a password.
    #[error("the address has a password in it; it belongs in a secret")]
    Password,
    /// It does not name a server.
    #[error("the address names no host")]
    NoHost,
}

impl PostgresSettings {
    /// Returns settings with the default number of connections and the authorities that browsers trust.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: DEFAULT_CONNECTIONS, authorities: None }
    }

    /// Checks the URL without connecting.
    ///
    /// # Errors
    ///
    /// When it cannot be used.
    pub fn check(&self) -> Result<(), WrongAddress> {
        self.address().map(drop)
    }

    pub(super) fn address(&self) -> Result<Config, WrongAddress> {
        let config: Config = self.url.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            WrongAddress::Unreadable(cause.unwrap_or_else(|| error.to_string()))
        })?;
        if config.get_password().is_some() {
            return Err(WrongAddress::Password);
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(WrongAddress::NoHost);
        }
        Ok(config)
    }
}
