//! A server in a process of its own, pinned to a core, and the resources that it uses.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

pub(crate) struct Process {
    child: Child,
    _stdin: Option<ChildStdin>,
}

impl Process {
    /// A server of this program, or of another build of it.
    pub(crate) fn start(build: Option<&Path>, server: &[&str], log: &str) -> io::Result<Self> {
        Self::start_on(SERVER_CORE, build, server, log)
    }

    fn start_on(core: &str, build: Option<&Path>, server: &[&str], log: &str) -> io::Result<Self> {
        let program = build.map_or_else(std::env::current_exe, |build| Ok(build.to_owned()))?;
        // `taskset` becomes the program it starts, so its process id is the server's.
        let mut child = Command::new("taskset")
            .args(["--cpu-list", core])
            .arg(program)
            .args(server)
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()?;
        Ok(Self { _stdin: child.stdin.take(), child })
    }

    /// A server, and where it listens.
    pub(crate) fn listening(server: &[&str], log: &str) -> io::Result<(Self, SocketAddr)> {
        Self::listening_on(SERVER_CORE, server, log)
    }

    /// The same on that core.
    pub(crate) fn listening_on(core: &str, server: &[&str], log: &str) -> io::Result<(Self, SocketAddr)> {
        let mut process = Self::start_on(core, None, server, log)?;
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| io::Error::other("the server did not say where it listens"))?;
        Ok((process, address))
    }

    /// The processor time it has used, to a hundredth of a second.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        // proc_pid_stat(5): utime and stime are fields 14 and 15, counted from 1; the name in field 2 may hold spaces.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        // A tick is a hundredth of a second on every Linux that Rust runs on.
        Ok(Duration::from_millis(10 * ticks))
    }

    /// What it keeps in memory, in KiB.
    pub(crate) fn memory(&self) -> io::Result<u64> {
        memory_of(&self.child.id().to_string())
    }
}

/// What a process keeps in memory, in KiB.
pub(crate) fn memory_of(process: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_err(io::Error::other)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) const CLIENT_CORE: &str = "0";
pub(crate) const SERVER_CORE: &str = "1";
