//! The files that responses are read from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::diagnostic::{Diagnostic, File, Location};
use crate::toml_reader::Collector;

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

/// Texts are read whole and kept; nobody writes a megabyte of them.
const MAX_FILE: u64 = 1 << 20;

/// Folders below the responses: a language, and its pages.
const MAX_DEPTH: usize = 2;

/// Every TOML file, by its path below the folder, with `/` between its parts.
pub struct Files {
    files: BTreeMap<String, Arc<File>>,
    /// What the names of files begin with for their reader.
    prefix: String,
}

impl Files {
    /// Reads every TOML file of a source.
    pub fn read(source: &Source, faults: &Collector) -> Self {
        match source {
            Source::BuiltIn => {
                let mut files = Self { files: BTreeMap::new(), prefix: "responses".to_owned() };
                files.built_in(&BUILT_IN);
                files
            }
            Source::Folder(folder) => {
                let mut files = Self { files: BTreeMap::new(), prefix: folder.display().to_string() };
                files.folder(folder, "", MAX_DEPTH, faults);
                files
            }
        }
    }

    fn built_in(&mut self, dir: &'static Dir<'_>) {
        for file in dir.files() {
            let path = file.path().to_str().expect("the names of our own files are text");
            let text = file.contents_utf8().expect("our own files are UTF-8");
            self.insert(path.to_owned(), text.to_owned());
        }
        dir.dirs().for_each(|dir| self.built_in(dir));
    }

    fn folder(&mut self, folder: &Path, below: &str, depth: usize, faults: &Collector) {
        let unreadable = |path: &Path, error: &io::Error| {
            let location = Location::Path(path.display().to_string());
            faults.add(Diagnostic::error(
                location,
                format!("cannot be read: {error}"),
                "a folder of responses that can be read",
            ));
        };
        let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return unreadable(folder, &error),
        };
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Editors, git and mounted volumes keep things of their own under such names.
            if name.starts_with('.') {
                continue;
            }
            // Follows links: a mounted volume swaps folders by them.
            match std::fs::metadata(&path) {
                Ok(found) if found.is_dir() && depth > 0 => {
                    self.folder(&path, &format!("{below}{name}/"), depth - 1, faults);
                }
                Ok(found) if found.is_file() && name.ends_with(".toml") => {
                    if found.len() > MAX_FILE {
                        let location = Location::Path(path.display().to_string());
                        let size = format!("{} bytes long", found.len());
                        faults.add(Diagnostic::error(location, size, format!("at most {MAX_FILE} bytes are allowed")));
                        continue;
                    }
                    match std::fs::read_to_string(&path) {
                        Ok(text) => self.insert(format!("{below}{name}"), text),
                        Err(error) => unreadable(&path, &error),
                    }
                }
                Ok(_) => {}
                Err(error) => unreadable(&path, &error),
            }
        }
    }

    fn insert(&mut self, path: String, text: String) {
        let name = self.name(&path);
        self.files.insert(path, Arc::new(File { name, text }));
    }

    /// The file at a path below the folder.
    pub fn get(&self, path: &str) -> Option<&Arc<File>> {
        self.files.get(path)
    }

    /// The paths of all files below the folder.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// What a path below the folder is called for its reader.
    pub fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.prefix)
    }

    /// The file as a location, whether it is there or not.
    pub fn location(&self, path: &str) -> Location {
        Location::Path(self.name(path))
    }
}
