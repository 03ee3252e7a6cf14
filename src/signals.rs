//! Signals: what stops the process and what makes it read its responses again. Other systems than Unix have ctrl-c alone.

use std::io;
use std::sync::Arc;

use tokio::sync::Notify;

/// What SIGHUP does: the terminal of the process is gone, or somebody wants the responses read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hangup {
    /// It stops the process.
    Stops,
    /// It does not: [`hangups`] reports it.
    Reloads,
}

/// Starts to listen for the signals that stop the process: SIGTERM, which service managers send, SIGINT, which ctrl-c
/// sends, and SIGHUP if it [stops](Hangup::Stops). The future completes with the first of them. Process 1 of a container
/// gets only the signals that it listens for.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub fn stop(hangup: Hangup) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = match hangup {
        Hangup::Stops if !hangup_is_ignored() => Some(signal(SignalKind::hangup())?),
        Hangup::Stops | Hangup::Reloads => None,
    };
    Ok(async move {
        let hangup = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup => {}
        }
    })
}

/// Returns `true` if the process was started with SIGHUP ignored, as nohup(1) does, to outlive its terminal.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    // A set of bits, the lowest for signal 1, which is SIGHUP. <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_some_and(|bits| bits & 1 == 1)
}

/// Listens for ctrl-c.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn stop(_: Hangup) -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Notifies of every SIGHUP from now on.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub fn hangups(notify: Arc<Notify>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            notify.notify_one();
        }
    });
    Ok(())
}

/// Does nothing: this system has no SIGHUP.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn hangups(_: Arc<Notify>) -> io::Result<()> {
    Ok(())
}
