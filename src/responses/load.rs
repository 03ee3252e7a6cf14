//! Loads the responses.

use std::path::PathBuf;

use super::Responses;
use super::fault::Faults;

/// Where responses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The copy that the binary carries.
    BuiltIn,
    /// A folder.
    Folder(PathBuf),
}

/// Loads and checks everything the bot says; the language of this locale is the default.
///
/// # Errors
///
/// Every fault at once.
pub fn load(_source: &Source, _default_language: &str) -> Result<Responses, Faults> {
    todo!()
}
