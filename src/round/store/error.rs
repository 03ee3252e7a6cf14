//! Errors of a store, each as a sentence for an operator.

use std::fmt;

/// Why a store did not do what was requested. Nothing was written, and the request may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What is wrong.
    pub trouble: Trouble,
    /// What the database says about it; never an answer, a key or a hash.
    detail: String,
}

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It cannot be reached, or does not answer in time.
    Away,
    /// Another process holds it, or too many wait for it.
    Busy,
    /// It refuses the connection or does not allow writing: a setting or a permission is wrong.
    Refused,
    /// The disk is full.
    Full,
    /// It is not a store of whichrole, or it is damaged.
    Broken,
    /// A newer whichrole wrote it.
    Newer,
    /// Something else, as the detail says.
    Other,
}

impl Trouble {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Away, Self::Busy, Self::Refused, Self::Full, Self::Broken, Self::Newer, Self::Other];

    /// Returns the name in metrics and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::Full => "full",
            Self::Broken => "broken",
            Self::Newer => "newer",
            Self::Other => "other",
        }
    }

    /// Returns `true` if it may pass without a change of settings or of the store.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Away | Self::Busy | Self::Full)
    }
}

impl StoreError {
    pub(super) fn new(trouble: Trouble, detail: impl fmt::Display) -> Self {
        Self { trouble, detail: detail.to_string() }
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self.trouble {
            Trouble::Away => "the store of rounds cannot be reached",
            Trouble::Busy => "the store of rounds is busy",
            Trouble::Refused => "the store of rounds refuses this bot",
            Trouble::Full => "the disk of the store of rounds is full",
            Trouble::Broken => "the store of rounds is damaged or something else",
            Trouble::Newer => "the store of rounds was written by a newer whichrole",
            Trouble::Other => "the store of rounds failed",
        };
        write!(f, "{sentence}: {}", self.detail)
    }
}

impl std::error::Error for StoreError {}

/// Why a transaction stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// It failed.
    Failed(StoreError),
    /// It conflicted with another transaction or lost its connection, and may succeed if it is repeated.
    Again(StoreError),
    /// It must change a round that it loaded without an exclusive lock: it has to be repeated with one.
    LockFirst,
}

impl Stop {
    /// Returns the error to report if it is not repeated.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Failed(error) | Self::Again(error) => error,
            Self::LockFirst => StoreError::new(Trouble::Busy, "the round changed while it was read"),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Returns the error for content that whichrole did not write.
pub(super) fn broken(what: impl fmt::Display) -> Stop {
    Stop::Failed(StoreError::new(Trouble::Broken, what))
}
