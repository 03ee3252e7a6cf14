//! Takes changed responses without a restart: when their folder changes, and when a reload is requested (SIGHUP).
//!
//! A load is parse, check, swap. A load that fails changes nothing: the log says why, `/metrics` counts it, and
//! `/readyz` shows a warning.
//!
//! The folder is read every `POLL_INTERVAL` and compared by content. A system that reports changes would report them
//! sooner, but not those of every file system, of links that are switched, or of a folder that is made later.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::config::{Config, ResponsesFolder};
use crate::diagnostic::{Collector, Diagnostics};
use crate::load::load;
use crate::responses::{Files, Responses, Source};
use crate::service::Service;

/// The time between two looks at the folder. A look at the built-in texts' 70 files takes about a millisecond.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// How long a changed folder must stay as it is before it is loaded: an editor or a checkout changes many files in a row.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// How long a folder may go on changing before it is loaded all the same.
const MAX_DEBOUNCE: Duration = Duration::from_secs(2);

/// Where the responses come from, and what was there when they were last loaded.
#[derive(Debug)]
pub struct Reloader {
    folder: ResponsesFolder,
    default_language: String,
    /// Where the last load read.
    source: Source,
    /// What `source` held just before the last load.
    held: Fingerprint,
}

/// A hash of every name, text and fault that a load finds; `None` for the built-in copy, which never changes.
type Fingerprint = Option<u64>;

/// Loads the responses for the first time.
///
/// # Errors
///
/// All faults of the responses.
pub fn start(config: &Config) -> Result<(Responses, Reloader), Diagnostics> {
    let source = config.responses.source();
    // Taken before the load: a change during it differs from this, and is loaded later.
    let held = fingerprint(&source);
    let responses = load(&source, &config.default_language)?;
    let (folder, default_language) = (config.responses.clone(), config.default_language.clone());
    Ok((responses, Reloader { folder, default_language, source, held }))
}

impl Reloader {
    /// Loads the responses again whenever `requested` is notified and, with `watch`, whenever the folder changes. Runs
    /// for as long as the process.
    pub async fn run(mut self, service: Arc<Service>, watch: bool, requested: Arc<Notify>) {
        loop {
            let reason = tokio::select! {
                () = requested.notified() => "SIGHUP",
                () = self.changed(), if watch => "a change",
            };
            self.source = self.current_source();
            let Source::Folder(_) = &self.source else {
                let folder = self.folder.path().display();
                tracing::warn!(reason, "nothing to load: there is no folder {folder}, the built-in responses stay");
                continue;
            };
            let (source, default_language) = (self.source.clone(), self.default_language.clone());
            // Reading files waits for disks, which interactions must not.
            let loaded = tokio::task::spawn_blocking(move || (fingerprint(&source), load(&source, &default_language)));
            match loaded.await {
                Ok((held, Ok(responses))) => {
                    self.held = held;
                    take(&service, responses, reason);
                }
                Ok((held, Err(diagnostics))) => {
                    self.held = held;
                    refuse(&service, &diagnostics, reason);
                }
                Err(error) => {
                    tracing::error!(reason, %error, "cannot load the responses");
                    service.metrics.reloaded(false);
                }
            }
        }
    }

    /// Waits until the folder's contents differ from the last load and have settled.
    async fn changed(&mut self) {
        loop {
            sleep(POLL_INTERVAL).await;
            let mut seen = self.look().await;
            if seen == self.held {
                continue;
            }
            let deadline = Instant::now() + MAX_DEBOUNCE;
            loop {
                sleep(DEBOUNCE).await;
                let before = std::mem::replace(&mut seen, self.look().await);
                if seen == before || Instant::now() >= deadline {
                    break;
                }
            }
            if seen != self.held {
                return;
            }
        }
    }

    /// Returns the fingerprint of what a load would read now.
    async fn look(&self) -> Fingerprint {
        let source = self.current_source();
        tokio::task::spawn_blocking(move || fingerprint(&source)).await.unwrap_or(self.held)
    }

    /// Returns what to load now. A folder that has been loaded stays the source: if it is gone, the load fails, and the
    /// texts from it stay.
    fn current_source(&self) -> Source {
        match &self.source {
            Source::Folder(folder) => Source::Folder(PathBuf::clone(folder)),
            Source::BuiltIn => self.folder.source(),
        }
    }
}

fn fingerprint(source: &Source) -> Fingerprint {
    if *source == Source::BuiltIn {
        return None;
    }
    let diagnostics = Collector::default();
    let files = Files::read(source, &diagnostics);
    let mut hasher = DefaultHasher::new();
    for (path, file) in files.iter().flat_map(Files::texts) {
        (path, &file.text).hash(&mut hasher);
    }
    for diagnostic in diagnostics.into_diagnostics() {
        diagnostic.render(false).hash(&mut hasher);
    }
    Some(hasher.finish())
}

fn take(service: &Service, responses: Responses, reason: &str) {
    let questions = if responses.revision == service.responses().revision { "same" } else { "changed" };
    let revision = responses.revision;
    log_warnings(&responses);
    service.replace(responses);
    service.metrics.reloaded(true);
    service.readiness.reloaded(Ok(()));
    tracing::info!(reason, %revision, questions, "the responses are reloaded");
}

fn refuse(service: &Service, diagnostics: &Diagnostics, reason: &str) {
    for diagnostic in &diagnostics.0 {
        tracing::error!("{}", diagnostic.render(false));
    }
    let summary = format!("the changed responses are not used: {}", diagnostics.summary());
    tracing::error!(reason, "{summary}");
    service.refuse(diagnostics);
    service.metrics.reloaded(false);
    service.readiness.reloaded(Err(&summary));
}

/// Logs the warnings of loaded responses.
pub fn log_warnings(responses: &Responses) {
    for diagnostic in &responses.warnings.0 {
        tracing::warn!("{}", diagnostic.render(false));
    }
}
