//! Takes changed responses without a restart: on a change of their folder, and on SIGHUP.
//!
//! A load is parse, check, swap: one that fails changes nothing, and is told in the log, counted, and shown as a warning
//! by `/readyz`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::load::load;
use crate::responses::{Responses, Source};
use crate::service::Service;

/// How long a folder must be left alone before it is read: an editor or a checkout touches many files in a row.
const QUIET: Duration = Duration::from_millis(200);

/// How long a folder may be restless before it is read all the same.
const RESTLESS: Duration = Duration::from_secs(2);

/// How often to look at a folder that cannot be watched, or is not there.
const POLL: Duration = Duration::from_secs(5);

/// Reloads responses for as long as the process lives. With `watch` it does so when their folder changes; SIGHUP always
/// makes it.
pub async fn run(service: Arc<Service>, source: Source, default_language: String, watch: bool) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => return tracing::error!(%error, "SIGHUP cannot be received; responses stay as they are"),
    };
    let mut folder = match &source {
        Source::Folder(folder) if watch => Some(Watched::new(folder.clone())),
        Source::Folder(_) | Source::BuiltIn => None,
    };
    loop {
        let why = tokio::select! {
            _ = hangup.recv() => "SIGHUP",
            () = changed(folder.as_mut()) => "a change",
        };
        let (from, language) = (source.clone(), default_language.clone());
        // Reading files waits for disks; interactions do not wait for that.
        let loaded = tokio::task::spawn_blocking(move || load(&from, &language)).await;
        match loaded {
            Ok(Ok(responses)) => took(&service, responses, why),
            Ok(Err(faults)) => {
                for fault in &faults.0 {
                    tracing::error!("{}", fault.render(false));
                }
                let summary = format!("the changed responses are not used: {}", faults.summary());
                tracing::error!(why, "{summary}");
                service.refuse(&faults);
                service.metrics.reloaded(false);
                service.readiness.reloaded(Err(&summary));
            }
            Err(error) => {
                tracing::error!(why, %error, "the responses could not be read again");
                service.metrics.reloaded(false);
            }
        }
    }
}

fn took(service: &Service, responses: Responses, why: &str) {
    let questions = if responses.revision == service.responses().revision { "the same" } else { "others" };
    let revision = responses.revision;
    for fault in &responses.warnings.0 {
        tracing::warn!("{}", fault.render(false));
    }
    service.replace(responses);
    service.metrics.reloaded(true);
    service.readiness.reloaded(Ok(()));
    tracing::info!(why, %revision, questions, "the responses are reloaded");
}

/// Waits for a change; without a folder for ever.
async fn changed(folder: Option<&mut Watched>) {
    match folder {
        Some(folder) => folder.changed().await,
        None => std::future::pending().await,
    }
}

/// A folder, and what it held when it was last read.
struct Watched {
    folder: PathBuf,
    held: Fingerprint,
}

/// Path, time of change and length of every file: what differs when a file was changed, however it was.
type Fingerprint = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Watched {
    fn new(folder: PathBuf) -> Self {
        let held = fingerprint(&folder);
        Self { folder, held }
    }

    /// Waits until the folder holds something else, and is left alone.
    async fn changed(&mut self) {
        loop {
            // Made anew each time: a folder that was replaced by another of its name is watched under that name.
            let (told, mut events) = mpsc::channel(1);
            let watcher = watcher(&self.folder, told);
            if let Err(error) = &watcher {
                tracing::debug!(%error, "the responses cannot be watched; looking at them now and then");
            }
            // A change between the last look and the new watch is not told by it.
            if fingerprint(&self.folder) == self.held {
                let _ = timeout(POLL, events.recv()).await;
            }
            let settled = async { while timeout(QUIET, events.recv()).await.is_ok_and(|event| event.is_some()) {} };
            if fingerprint(&self.folder) != self.held {
                let _ = timeout(RESTLESS, settled).await;
                if watcher.is_err() {
                    sleep(QUIET).await;
                }
                self.held = fingerprint(&self.folder);
                return;
            }
        }
    }
}

/// Tells of everything that happens in the folder, and to the folder itself. Links to other places are followed by
/// looking at what the folder holds; their swap happens here.
fn watcher(folder: &Path, told: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |_| {
        // One that waits says as much as many.
        let _ = told.try_send(());
    })?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

fn fingerprint(folder: &Path) -> Fingerprint {
    /// Below this no responses are.
    const DEPTH: usize = 3;
    fn walk(folder: &Path, depth: usize, found: &mut Fingerprint) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            match std::fs::metadata(&path) {
                Ok(data) if data.is_dir() && depth > 0 => walk(&path, depth - 1, found),
                Ok(data) if data.is_file() => drop(found.insert(path, (data.modified().ok(), data.len()))),
                _ => {}
            }
        }
    }
    let mut found = Fingerprint::new();
    walk(folder, DEPTH, &mut found);
    found
}
