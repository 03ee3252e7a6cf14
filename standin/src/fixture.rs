//! The responses of the tests: the shipped questions in terse words, each of which says what it is.

use std::path::Path;
use std::{fs, io};

/// The folder of these responses. No test writes to it: one that changes responses copies them first.
pub const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixture");

/// Copies these responses to a folder, which need not be there yet.
pub fn copy_fixture(to: impl AsRef<Path>) -> io::Result<()> {
    copy_folder(FIXTURE, to)
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(from)? {
        let from = entry?.path();
        let to = to.as_ref().join(from.file_name().unwrap_or_default());
        if from.is_dir() {
            copy_folder(from, to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}
