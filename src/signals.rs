//! Signals: what stops the process and what makes it read its responses again. Other systems than Unix have ctrl-c alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Starts to listen for the signals that stop the process: SIGTERM, which service managers send, and SIGINT, which ctrl-c
/// sends. The future completes with the first of them. Process 1 of a container gets only the signals that it listens for.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for ctrl-c.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Starts to listen for SIGHUP, which a closed terminal sends, and which asks for a reload if there is a terminal still, or
/// never was one. The future completes when the terminal is closed; each other SIGHUP notifies `reload`.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub(crate) fn terminal_closed(reload: Arc<Notify>) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let had_terminal = has_terminal();
    let mut hangup = if hangup_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok(async move {
        let Some(hangup) = &mut hangup else { return std::future::pending().await };
        while hangup.recv().await.is_some() {
            // A reload takes time, which a process that ends need not spend.
            if had_terminal && is_closing().await {
                return;
            }
            reload.notify_one();
        }
    })
}

/// Whether the process has a terminal, whatever its streams are. <https://man7.org/linux/man-pages/man4/tty.4.html>
#[cfg(unix)]
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Whether the terminal is gone after SIGHUP. On a busy machine the signal comes a moment before that.
#[cfg(unix)]
async fn is_closing() -> bool {
    for _ in 0..10 {
        if !has_terminal() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    !has_terminal()
}

/// Never completes: this system has no SIGHUP.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn terminal_closed(_: Arc<Notify>) -> io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Returns `true` if the process was started with SIGHUP ignored, as nohup(1) does, to outlive its terminal.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    // A set of bits, the lowest for signal 1, which is SIGHUP.
    // <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_some_and(|bits| bits & 1 == 1)
}

/// Notifies of every SIGHUP from now on.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub(crate) fn hangups(reload: Arc<Notify>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload.notify_one();
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
