//! Logs: one line for each event on stderr, as text or as JSON. `docs/logs.md` describes both for operators.
//!
//! ```text
//! 2026-07-27T10:00:00.123456Z  INFO whichrole: answered id=1398… kind=press command=cto locale=de reply=page ms=0.4
//! ```

use std::io::{self, BufWriter};
use std::panic::AssertUnwindSafe;
use std::thread;
use std::time::Duration;

use tracing::Dispatch;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::Handled;
use super::redact::Redacting;
use crate::bot::ReplyKind;
use crate::interaction::ParseError;
use crate::message::Violation;
use crate::terminal;

/// The `target` of the documented lines. It is fixed, so that moving code to another file does not change it.
pub(super) const TARGET: &str = env!("CARGO_CRATE_NAME");

/// The level of this crate's lines: `[log] level`. Dependencies log errors and warnings only, or only errors if the
/// level is `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Only failures.
    Error,
    /// Also warnings.
    Warn,
    /// Also every interaction.
    Info,
    /// Also what the transports do.
    Debug,
    /// Also everything else.
    Trace,
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}

/// The format of a line: `[log] format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text, for people.
    Text,
    /// One flat JSON object, for programs.
    Json,
}

/// Maximum number of lines that wait to be written, some 0.8 MB: what the highest load produces while the disk is busy for
/// half a second. The places for them take 32 bytes each from the start.
const MAX_WAITING_LINES: usize = 4_096;

/// How long lines gather after some were written: waking the thread costs more than writing a line. A line that comes
/// after a pause is written at once.
const GATHER: Duration = Duration::from_millis(5);

/// Maximum size of a write of several lines: up to `PIPE_BUF`, other processes' lines never get between those of a write.
/// <https://man7.org/linux/man-pages/man7/pipe.7.html>
const MAX_WRITE: usize = 4096;

/// Writes lines some at a time: the thread that writes them calls `flush` when none wait.
struct Batches<W: io::Write>(BufWriter<W>);

impl<W: io::Write> io::Write for Batches<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        thread::sleep(GATHER);
        Ok(())
    }
}

/// The running log. Dropping it writes the lines that wait, within about a second.
pub struct Logs {
    guard: Option<WorkerGuard>,
    dropped: ErrorCounter,
}

impl Logs {
    /// Returns the counter of the lines that were dropped.
    pub fn dropped(&self) -> ErrorCounter {
        self.dropped.clone()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        // The guard prints to standard output if the lines cannot be written, and panics if that fails, too.
        let guard = self.guard.take();
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| drop(guard)));
    }
}

/// Starts logging to standard error, in [colour](terminal::colour) if that is a terminal which shows it. A thread of
/// its own writes the lines: if nobody reads them, they are dropped and counted, and no caller waits.
///
/// # Panics
///
/// If logging has been started before.
pub fn init(level: Level, format: Format) -> Logs {
    let (writer, logs) = write_aside(io::stderr());
    dispatch(level, format, terminal::colour(&io::stderr()), writer).init();
    logs
}

/// Starts the thread that writes lines. Returns the writer that hands lines to it, and the running log.
fn write_aside(stream: impl io::Write + Send + 'static) -> (NonBlocking, Logs) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MAX_WAITING_LINES).thread_name("log");
    let (writer, guard) = builder.finish(Redacting(Batches(BufWriter::with_capacity(MAX_WRITE, stream))));
    let dropped = writer.error_counter();
    (writer, Logs { guard: Some(guard), dropped })
}

fn dispatch<W>(level: Level, format: Format, colour: bool, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = LevelFilter::from(level);
    let filter = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(TARGET, level);
    // A line that cannot be written is lost: reporting that on stderr would fail as well, and panic.
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
    let lines = match format {
        Format::Text if colour => lines.boxed(),
        Format::Text => lines.with_ansi(false).boxed(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    Dispatch::new(tracing_subscriber::registry().with(lines).with(filter))
}

/// Writes the line of an interaction. If the reply broke limits of Discord's, a second line names them.
pub fn interaction_answered(handled: &Handled<'_>) {
    let Handled { id, record, locale, took, .. } = handled;
    tracing::info!(
        target: TARGET,
        id = %id,
        kind = %record.kind.name(),
        command = %record.command.as_str(),
        locale = %known_shape(locale),
        reply = %handled.reply(),
        ms = tenths_of_ms(*took),
        "answered"
    );
    if let ReplyKind::Failed(violations) = &record.reply {
        let broken: Vec<_> = violations.iter().map(without_answers).collect();
        tracing::error!(target: TARGET, id = %id, broken = %broken.join("; "), "an answer broke limits of Discord's");
    }
}

/// Writes that an interaction could not be read. The line does not quote it, because it may contain a person's text.
pub fn unreadable(error: &ParseError) {
    match error {
        ParseError::Malformed(error) => {
            let (line, column) = (error.line(), error.column());
            tracing::warn!(target: TARGET, kind = ?error.classify(), line, column, "cannot read an interaction");
        }
        error => tracing::warn!(target: TARGET, %error, "cannot read an interaction"),
    }
}

/// Returns the locale if it looks like one of Discord's, else `unknown`: it is the only text in the line that comes
/// from outside.
/// <https://docs.discord.com/developers/reference#locales>
fn known_shape(locale: &str) -> &str {
    let fits =
        (2..=6).contains(&locale.len()) && locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { locale } else { "unknown" }
}

fn tenths_of_ms(took: std::time::Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Describes a broken limit, without the `custom_id` that broke it, because that contains a person's answers.
fn without_answers(violation: &Violation) -> String {
    match violation {
        Violation::DuplicateCustomId(_) => "two buttons with one custom_id; each must differ".into(),
        other => other.to_string(),
    }
}

/// Returns what is logged while `work` runs.
#[cfg(test)]
pub(super) fn captured(level: Level, format: Format, work: impl FnOnce()) -> String {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let writer = lines.clone();
    let dispatch = dispatch(level, format, false, move || Redacting(writer.clone()));
    tracing::dispatcher::with_default(&dispatch, work);
    let written = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(written.clone()).expect("lines are UTF-8")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bot::{CommandName, InteractionKind, Record};

    fn log(reply: ReplyKind) {
        let record = Record { command: CommandName::CONVERSATION, kind: InteractionKind::Press, reply };
        interaction_answered(&Handled {
            id: 1_398_000_000_000_000_001,
            record: &record,
            locale: "pt-BR",
            undelivered: false,
            took: Duration::from_micros(449),
        });
    }

    /// A stream that nobody reads: a write is told, and blocks until the other end is dropped.
    struct Unread {
        begun: std::sync::mpsc::Sender<()>,
        reader: std::sync::mpsc::Receiver<()>,
    }

    impl io::Write for Unread {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            let _ = self.begun.send(());
            let _ = self.reader.recv();
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_reads_are_dropped_and_counted_and_hold_nothing_up() {
        const DROPPED: usize = 100;
        let (reader, unread) = std::sync::mpsc::channel();
        let (begun, begins) = std::sync::mpsc::channel();
        let (writer, logs) = write_aside(Unread { begun, reader: unread });
        let metrics = crate::telemetry::metrics::Metrics::new();
        metrics.count_dropped_lines(logs.dropped());
        tracing::dispatcher::with_default(&dispatch(Level::Info, Format::Text, false, writer), || {
            // From the first line on, the thread is held up and takes no other.
            tracing::info!(target: TARGET, "a line");
            assert_eq!(begins.recv_timeout(Duration::from_secs(10)), Ok(()));
            (0..MAX_WAITING_LINES + DROPPED).for_each(|_| tracing::info!(target: TARGET, "a line"));
        });
        let dropped = logs.dropped().dropped_lines();
        assert_eq!(dropped, DROPPED);
        for _ in 0..2 {
            let text = metrics.text();
            assert!(text.contains(&format!("\nwhichrole_log_lines_dropped_total {dropped}\n")), "{text}");
        }
        drop(reader);
        drop(logs);
    }

    /// Counts the writes that it is given.
    struct Counting(std::sync::mpsc::Sender<usize>);

    impl io::Write for Counting {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(lines.iter().filter(|byte| **byte == b'\n').count());
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn many_lines_are_written_whole_and_in_few_writes_and_one_at_once() {
        const LINES: usize = 1000;
        let (lines, written) = std::sync::mpsc::channel();
        let (writer, logs) = write_aside(Counting(lines));
        tracing::dispatcher::with_default(&dispatch(Level::Info, Format::Text, false, writer), || {
            tracing::info!(target: TARGET, "a line");
            assert_eq!(written.recv_timeout(Duration::from_secs(10)), Ok(1));
            (1..LINES).for_each(|_| tracing::info!(target: TARGET, "a line"));
        });
        drop(logs);
        let writes: Vec<_> = written.iter().collect();
        assert_eq!(writes.iter().sum::<usize>(), LINES - 1);
        assert!(writes.len() < LINES / 10, "{} writes", writes.len());
    }

    #[test]
    fn the_text_form() {
        let written = captured(Level::Info, Format::Text, || log(ReplyKind::Question));
        let (time, line) = written.split_at("2026-07-27T10:00:00.123456Z".len());
        assert!(time.ends_with('Z'), "{written}");
        assert_eq!(
            line,
            "  INFO whichrole: answered id=1398000000000000001 kind=press command=whichrole locale=pt-BR \
             reply=question ms=0.4\n"
        );
    }

    #[test]
    fn the_json_form_is_one_flat_object_with_the_id_as_text() {
        let written = captured(Level::Info, Format::Json, || log(ReplyKind::Page));
        let mut line: serde_json::Value = serde_json::from_str(&written).expect("one line of JSON");
        let time = line["timestamp"].take();
        assert_eq!(time.as_str().map(str::len), Some(27), "{time}");
        assert_eq!(
            line,
            serde_json::json!({
                "timestamp": null, "level": "INFO", "target": "whichrole", "message": "answered",
                "id": "1398000000000000001", "kind": "press", "command": "whichrole", "locale": "pt-BR",
                "reply": "page", "ms": 0.4,
            })
        );
    }

    #[test]
    fn an_answer_that_broke_limits_says_which_and_never_what_somebody_answered() {
        let violations = vec![
            Violation::TooMuch("components", 41, 40),
            Violation::DuplicateCustomId("answer:00000000:7:0123".into()),
        ];
        let answered = ReplyKind::Failed(violations);
        let written = captured(Level::Info, Format::Text, || log(answered));
        assert!(written.contains("reply=failed"), "{written}");
        assert!(
            written.contains("41 components; Discord allows at most 40; two buttons with one custom_id"),
            "{written}"
        );
        assert!(!written.contains("0123"), "{written}");
    }

    #[test]
    fn a_locale_out_of_shape_is_not_logged() {
        for (locale, logged) in [
            ("de", "de"),
            ("es-419", "es-419"),
            ("", "unknown"),
            ("x", "unknown"),
            ("en-US-x", "unknown"),
            ("a\nb", "unknown"),
        ] {
            assert_eq!(known_shape(locale), logged, "{locale:?}");
        }
    }

    #[test]
    fn times_have_one_decimal() {
        for (micros, ms) in [(0, 0.0), (49, 0.0), (50, 0.1), (12_340, 12.3), (3_000_000, 3000.0)] {
            assert_eq!(tenths_of_ms(Duration::from_micros(micros)).to_string(), format!("{ms}"), "{micros} µs");
        }
    }

    #[test]
    fn dependencies_are_logged_from_warn_on_and_never_more_than_we_are() {
        for (level, ours, theirs) in [(Level::Debug, 2, 1), (Level::Info, 1, 1), (Level::Error, 0, 0)] {
            let written = captured(level, Format::Text, || {
                tracing::debug!(target: "whichrole::discord", "ours");
                tracing::info!(target: "whichrole::discord", "ours");
                tracing::info!(target: "serenity::http", "theirs");
                tracing::warn!(target: "serenity::http", "theirs");
            });
            assert_eq!(
                (written.matches("ours").count(), written.matches("theirs").count()),
                (ours, theirs),
                "{level:?}"
            );
        }
    }

    /// The error is a real one of a library that writes addresses into its errors.
    #[test]
    fn an_error_with_an_interaction_token_in_its_address_is_logged_without_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let error = runtime
            .block_on(standin::http_client().get("http://127.0.0.1:1/api/v10/interactions/7/hush/callback").send())
            .expect_err("nobody listens on port 1");
        for said in [error.to_string(), format!("{error:?}")] {
            let written = captured(Level::Info, Format::Json, || {
                tracing::warn!(error = said.as_str(), "not delivered");
                tracing::warn!(target: "serenity::http", "{said}");
            });
            assert_eq!(written.lines().count(), 2);
            assert!(!written.contains("hush"), "{written}");
        }
        assert!(format!("{error:?}").contains("hush"), "the error no longer holds what this test is about");
    }
}
