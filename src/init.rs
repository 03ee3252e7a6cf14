//! `whichrole init`: writes the built-in config and responses into a folder, to edit.

use std::io;
use std::path::{Path, PathBuf};

use include_dir::Dir;

use crate::config;
use crate::responses::BUILT_IN;

/// Why nothing was written.
#[derive(Debug)]
pub enum InitError {
    /// These files are there already.
    Exists(Vec<PathBuf>),
    /// A file or folder could not be written.
    Write(PathBuf, io::Error),
}

impl std::fmt::Display for InitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exists(paths) => {
                write!(f, "nothing was written, as these are there already (`--force` overwrites them):")?;
                paths.iter().try_for_each(|path| write!(f, "\n  {}", path.display()))
            }
            Self::Write(path, error) => write!(f, "{} cannot be written: {error}", path.display()),
        }
    }
}

impl std::error::Error for InitError {}

/// Writes `config.toml` and `responses/` into a folder, and gives the paths. With `force` it overwrites what is there;
/// other files are left as they are.
///
/// # Errors
///
/// When a file is there already and `force` is not given: then nothing is written. When a file cannot be written.
pub fn init(folder: &Path, force: bool) -> Result<Vec<PathBuf>, InitError> {
    let mut files = vec![(folder.join(config::DEFAULT_FILE), config::BUILT_IN.as_bytes())];
    collect(&BUILT_IN, &folder.join("responses"), &mut files);
    let there: Vec<_> = files.iter().map(|(path, _)| path).filter(|path| path.exists()).cloned().collect();
    if !force && !there.is_empty() {
        return Err(InitError::Exists(there));
    }
    for (path, text) in &files {
        let parent = path.parent().expect("every file is in the folder");
        std::fs::create_dir_all(parent).map_err(|error| InitError::Write(parent.to_owned(), error))?;
        std::fs::write(path, text).map_err(|error| InitError::Write(path.clone(), error))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn collect<'a>(dir: &'a Dir<'a>, folder: &Path, into: &mut Vec<(PathBuf, &'a [u8])>) {
    into.extend(dir.files().map(|file| (folder.join(file.path()), file.contents())));
    dir.dirs().for_each(|dir| collect(dir, folder, into));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::load::load;

    #[test]
    fn what_is_written_passes_the_check_and_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let written = init(folder.path(), false).expect("the folder is empty");
        let config = Config::load(Some(&folder.path().join("config.toml"))).expect("our own config is right");
        let responses =
            load(&config.responses.source(), &config.default_language).expect("our own responses are right");
        assert_eq!(responses.warnings.0, []);
        assert!(written.iter().any(|path| path.ends_with("responses/en-US/pages/cto.toml")), "{written:?}");

        std::fs::write(folder.path().join("config.toml"), "# mine").unwrap();
        let Err(InitError::Exists(there)) = init(folder.path(), false) else { panic!("it overwrites") };
        assert_eq!(there, written);
        assert_eq!(std::fs::read_to_string(folder.path().join("config.toml")).unwrap(), "# mine");
        init(folder.path(), true).expect("it is told to overwrite");
        assert_eq!(std::fs::read_to_string(folder.path().join("config.toml")).unwrap(), config::BUILT_IN);
    }
}
