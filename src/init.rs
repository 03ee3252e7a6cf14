//! `whichrole init`: writes the built-in config and responses into a folder, to edit.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use include_dir::Dir;

use crate::config;
use crate::exit_code::ExitCode;
use crate::responses::BUILT_IN;

/// Why the files were not written, or not all of them.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// These files exist already. Nothing was written.
    #[error("nothing was written, as these files exist already (`--force` overwrites them):{}", list(.0))]
    Exists(Vec<PathBuf>),
    /// A file or folder could not be written.
    #[error("cannot write {}: {}{}", .0.display(), .1, hint(.0, .1))]
    Write(PathBuf, io::Error),
}

impl InitError {
    /// Returns the exit code: a restart helps if the reason may pass, such as a full disk.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Write(_, error) => match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::Interrupted => ExitCode::Failure,
                _ => ExitCode::Configuration,
            },
            Self::Exists(_) => ExitCode::Failure,
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("\n  {}", path.display())).collect()
}

/// Returns what is in the way, if it is a file where a folder should be or a link to nowhere.
fn hint(path: &Path, error: &io::Error) -> String {
    if !matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists | ErrorKind::NotFound) {
        return String::new();
    }
    for path in path.ancestors().filter(|path| !path.as_os_str().is_empty()) {
        match (std::fs::metadata(path), std::fs::read_link(path)) {
            (Ok(found), _) if found.is_file() => return format!("; {} is a file, not a folder", path.display()),
            (Err(_), Ok(target)) => {
                return format!("; {} is a link to {}, which is not there", path.display(), target.display());
            }
            _ => {}
        }
    }
    String::new()
}

/// Writes `config.toml` and `responses/` into a folder and returns the paths. Existing files are overwritten with `force`
/// only; other files stay as they are.
///
/// # Errors
///
/// When a file exists and `force` is not given: then nothing is written. When a file cannot be written.
pub fn init(folder: &Path, force: bool) -> Result<Vec<PathBuf>, InitError> {
    let mut files = vec![(folder.join(config::DEFAULT_FILE), config::BUILT_IN.as_bytes())];
    collect(&BUILT_IN, &folder.join("responses"), &mut files);
    let there: Vec<_> =
        files.iter().map(|(path, _)| path).filter(|path| std::fs::symlink_metadata(path).is_ok()).cloned().collect();
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
    use crate::TestResult;
    use crate::config::Config;
    use crate::load::load;

    #[test]
    fn what_is_written_passes_the_check_and_is_not_overwritten() -> TestResult {
        let folder = tempfile::tempdir()?;
        let written = init(folder.path(), false)?;
        let config = Config::load(Some(&folder.path().join("config.toml")))?;
        let responses = load(&config.responses.source(), &config.default_language)?;
        assert_eq!(responses.warnings.0, []);
        assert!(written.iter().any(|path| path.ends_with("responses/en-US/pages/cto.toml")), "{written:?}");

        std::fs::write(folder.path().join("config.toml"), "# mine")?;
        let Err(InitError::Exists(there)) = init(folder.path(), false) else { panic!("it overwrites") };
        assert_eq!(there, written);
        assert_eq!(std::fs::read_to_string(folder.path().join("config.toml"))?, "# mine");
        // `force` overwrites.
        init(folder.path(), true)?;
        assert_eq!(std::fs::read_to_string(folder.path().join("config.toml"))?, config::BUILT_IN);
        Ok(())
    }

    #[test]
    fn what_is_in_the_way_is_named() -> TestResult {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "")?;
        for name in ["file", "file/below"] {
            let error = init(&path(name), false).expect_err("a file is in the way");
            assert!(error.to_string().contains("file is a file, not a folder"), "{error}");
            assert_eq!(error.exit_code(), ExitCode::Configuration);
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/srv/not-mounted", path("link"))?;
            let error = init(&path("link"), false).expect_err("the link leads nowhere");
            assert!(error.to_string().contains("link is a link to /srv/not-mounted, which is not there"), "{error}");
            // A link with the name of a file counts as that file: it would be followed, and written elsewhere.
            std::fs::create_dir(path("mine"))?;
            std::os::unix::fs::symlink("/srv/not-mounted", path("mine/config.toml"))?;
            assert!(matches!(init(&path("mine"), false), Err(InitError::Exists(_))));
        }
        Ok(())
    }
}
