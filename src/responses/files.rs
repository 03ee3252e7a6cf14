//! The files that responses are read from.
//!
//! A folder of responses holds other things as well: a README, `.git`, `lost+found`, an editor's backup. They are
//! passed over. What has the name of a text is read, or reported with the reason why it cannot be read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::diagnostic::{Collector, Diagnostic, File, Location};
use crate::encoding;
use crate::locale::LOCALES;

/// Where responses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The copy that the binary carries.
    BuiltIn,
    /// A folder.
    Folder(PathBuf),
}

/// The copy that the binary carries.
pub static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/responses");

/// The largest file that is read, in bytes. Texts are kept in memory, and the shipped ones have some 20,000.
const MAX_FILE: u64 = 1 << 20;

/// The levels of folders below the responses: a language, and its pages.
const MAX_DEPTH: usize = 2;

/// The folder of the pages, in the responses and in each language.
pub(super) const PAGES: &str = "pages";

/// Every file of texts, by its path below the folder, with `/` between its parts.
pub(crate) struct Files {
    files: BTreeMap<String, Arc<File>>,
    /// Paths of files that are there and cannot be used. Each is reported, and so is not missing.
    unusable: BTreeSet<String>,
    /// The path of the folder, as it is shown in diagnostics.
    prefix: String,
}

impl Files {
    /// Reads every file of a source; `None` if a folder cannot be read, without which all that is in it would seem to be
    /// missing.
    pub(crate) fn read(source: &Source, diagnostics: &Collector) -> Option<Self> {
        let prefix = match source {
            Source::BuiltIn => "responses".to_owned(),
            Source::Folder(folder) => folder.display().to_string(),
        };
        let mut files = Self { files: BTreeMap::new(), unusable: BTreeSet::new(), prefix };
        let is_whole = match source {
            Source::BuiltIn => {
                files.built_in(&BUILT_IN);
                true
            }
            Source::Folder(folder) => files.folder(folder, "", MAX_DEPTH, diagnostics),
        };
        is_whole.then_some(files)
    }

    fn built_in(&mut self, dir: &'static Dir<'_>) {
        for file in dir.files() {
            let path = file.path().to_str().expect("the names of the built-in files are UTF-8");
            let text = file.contents_utf8().expect("the built-in files are UTF-8");
            self.insert(path.to_owned(), text.into());
        }
        dir.dirs().for_each(|dir| self.built_in(dir));
    }

    /// Reads a folder, whose path below the responses is `below`. Returns `false` if it cannot be read, or one in it
    /// that must be.
    fn folder(&mut self, folder: &Path, below: &str, depth: usize, diagnostics: &Collector) -> bool {
        let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => {
                diagnostics.add(cannot_be_read(folder, &error, "a folder of responses"));
                return false;
            }
        };
        let mut is_whole = true;
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_hidden_or_backup(&name) {
                continue;
            }
            let must_be_folder = is_folder_of_texts(below, &name);
            let may_be_text = is_nearly_toml(&name);
            let below_path = format!("{below}{name}");
            // Follows links: a mounted volume swaps folders by them.
            match std::fs::metadata(&path) {
                Ok(found) if found.is_dir() && must_be_folder && depth > 0 => {
                    is_whole &= self.folder(&path, &format!("{below_path}/"), depth - 1, diagnostics);
                }
                // It may be a language by a wrong name. If it cannot be read, it is something else.
                Ok(found) if found.is_dir() && !may_be_text && depth > 0 => {
                    self.folder(&path, &format!("{below_path}/"), depth - 1, &Collector::default());
                }
                Ok(found) if found.is_file() && may_be_text => match read_text(&path, found.len()) {
                    Ok(text) => self.insert(below_path, text.into()),
                    Err((message, help)) => {
                        diagnostics.add(Diagnostic::error(location(&path), message, help));
                        self.unusable.insert(below_path);
                    }
                },
                Err(error) if must_be_folder || may_be_text => {
                    let what = if must_be_folder { "a folder of responses" } else { "a file of texts" };
                    diagnostics.add(cannot_be_read(&path, &error, what));
                    self.unusable.insert(below_path);
                    is_whole &= !must_be_folder;
                }
                Ok(found) if must_be_folder && !found.is_dir() => {
                    let help = "a folder is expected under this name";
                    diagnostics.add(Diagnostic::error(location(&path), "is no folder", help));
                    is_whole = false;
                }
                Ok(found) if may_be_text && !found.is_file() => {
                    let message = if found.is_dir() { "is a folder" } else { "is no regular file" };
                    let help = "a file is expected under this name";
                    diagnostics.add(Diagnostic::error(location(&path), message, help));
                    self.unusable.insert(below_path);
                }
                Ok(_) | Err(_) => {}
            }
        }
        is_whole
    }

    fn insert(&mut self, path: String, text: Cow<'static, str>) {
        let name = self.name(&path);
        self.files.insert(path, Arc::new(File { name, text }));
    }

    /// Returns every file that could be read, with its path below the folder.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), &**file))
    }

    /// Returns the file at a path below the folder.
    pub(super) fn get(&self, path: &str) -> Option<&Arc<File>> {
        self.files.get(path)
    }

    /// Returns `true` if the file is there and cannot be used, which is reported.
    pub(super) fn is_unusable(&self, path: &str) -> bool {
        self.unusable.contains(path)
    }

    /// Returns the paths below the folder of all files that could be read.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Returns the paths below the folder of all files, also of those that are there and cannot be used.
    pub(super) fn all_paths(&self) -> BTreeSet<&str> {
        self.paths().chain(self.unusable.iter().map(String::as_str)).collect()
    }

    fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.prefix)
    }

    /// Returns the location of a file, whether it is there or not.
    pub(super) fn location(&self, path: &str) -> Location {
        Location::Path(self.name(path))
    }
}

fn location(path: &Path) -> Location {
    Location::Path(path.display().to_string())
}

/// Returns the text of a file, or message and help why there is none.
fn read_text(path: &Path, length: u64) -> Result<String, (String, String)> {
    if length > MAX_FILE {
        return Err((format!("{length} bytes long"), format!("at most {MAX_FILE} bytes are allowed")));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| (format!("cannot be read: {error}"), help(path, &error, "a file of texts")))?;
    match encoding::utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err((error.to_string(), "TOML files are UTF-8".to_owned())),
    }
}

fn cannot_be_read(path: &Path, error: &io::Error, what: &str) -> Diagnostic {
    Diagnostic::error(location(path), format!("cannot be read: {error}"), help(path, error, what))
}

fn help(path: &Path, error: &io::Error, what: &str) -> String {
    match (error.kind(), std::fs::read_link(path)) {
        (io::ErrorKind::NotFound, Ok(target)) => format!("it is a link to {}, which is not there", target.display()),
        (io::ErrorKind::PermissionDenied, _) => format!("{what}; let the user that runs whichrole read it"),
        _ => format!("{what} that can be read"),
    }
}

/// Returns `true` for a name under which a folder of texts is looked for.
fn is_folder_of_texts(below: &str, name: &str) -> bool {
    let is_locale = || LOCALES.iter().any(|(locale, _)| locale.eq_ignore_ascii_case(name));
    match below {
        "" => name == PAGES || is_locale(),
        _ => name == PAGES && below.matches('/').count() == 1,
    }
}

/// Returns `true` for what editors, desktops, git and file systems keep under names of their own.
fn is_hidden_or_backup(name: &str) -> bool {
    const ENDINGS: [&str; 10] = ["~", ".bak", ".backup", ".old", ".orig", ".rej", ".save", ".swo", ".swp", ".tmp"];
    let lower = name.to_ascii_lowercase();
    name.starts_with(['.', '~', '#']) || name == "lost+found" || ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// Returns `true` for the name of a TOML file, also by a slip: `ui.TOML`, `ui.tml`, `ui.toml.txt`.
fn is_nearly_toml(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let name = lower.strip_suffix(".txt").unwrap_or(&lower);
    match name.rsplit_once('.') {
        Some((stem, ending)) => !stem.is_empty() && strsim::damerau_levenshtein(ending, "toml") <= 1,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_files_name_is_told_from_what_is_no_text() {
        for name in ["ui.toml", "ui.TOML", "ui.tml", "ui.toml.txt", "ui.tom", "ui.tolm"] {
            assert!(is_nearly_toml(name) && !is_hidden_or_backup(name), "{name}");
        }
        for name in [".DS_Store", "ui.toml~", "ui.toml.bak", "#ui.toml#", ".#ui.toml", ".ui.toml.swp", "~$ui.toml"] {
            assert!(is_hidden_or_backup(name), "{name}");
        }
        for name in ["README.md", "Thumbs.db", "desktop.ini", "toml", "index.html", "ci.yml", "4913", "LICENSE"] {
            assert!(!is_nearly_toml(name), "{name}");
        }
    }
}
