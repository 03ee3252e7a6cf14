//! Printing for people: results on standard output, errors on standard error.
//!
//! A program such as `head` may close the pipe early; the command then goes on quietly. Any other failure to write a
//! result is an error, and a failure to write an error changes nothing: the exit code says that something is wrong.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc;
use std::time::Duration;

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal::colour;

/// How long [`Failure`]s of a running bot may take to be written, if nobody reads standard error any more.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// Writes a result to standard output.
///
/// # Errors
///
/// When it cannot be written, except to a pipe that was closed.
pub fn print(text: &str) -> Result<(), Failure> {
    write(&mut io::stdout().lock(), text).map_err(|error| {
        Failure::Message(ExitCode::Failure, format!("the result cannot be written to standard output: {error}"))
    })
}

/// Writes a result that belongs on standard error, such as the diagnostics of `check`.
///
/// # Errors
///
/// When it cannot be written, except to a pipe that was closed.
pub fn print_error(text: &str) -> Result<(), Failure> {
    write(&mut io::stderr().lock(), text).map_err(|error| {
        Failure::Message(ExitCode::Failure, format!("the result cannot be written to standard error: {error}"))
    })
}

fn write(stream: &mut impl Write, text: &str) -> io::Result<()> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a failure to standard error, as far as that can be written.
pub fn complain(failure: &Failure) {
    let _ = print_error(&format!("{}\n", failure.render(colour(&io::stderr()))));
}

/// Writes a failure to standard error within `timeout`. After that time it returns, written or not: a full pipe that
/// nobody reads must not keep the process.
pub fn complain_within(failure: &Failure, timeout: Duration) {
    let text = format!("{}\n", failure.render(colour(&io::stderr())));
    let (sender, written) = mpsc::channel();
    let write = move || {
        let _ = print_error(&text);
        let _ = sender.send(());
    };
    if std::thread::Builder::new().spawn(write).is_ok() {
        let _ = written.recv_timeout(timeout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_an_error() {
        assert!(write(&mut Fails(ErrorKind::BrokenPipe), "text").is_ok());
        assert!(write(&mut Fails(ErrorKind::StorageFull), "text").is_err());
    }
}
