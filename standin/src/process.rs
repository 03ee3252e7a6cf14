//! The bot under test, as the process a user would run.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Discord;

/// How long a test waits for a line or an exit.
const PATIENCE: Duration = Duration::from_secs(20);

/// A port that nobody listens on, for what has to know it beforehand.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("the loopback has free ports");
    listener.local_addr().expect("it listens").port()
}

/// What the process is started with.
pub struct Setup {
    binary: PathBuf,
    args: Vec<String>,
    config: Vec<String>,
    env: Vec<(String, String)>,
    files: Vec<(PathBuf, String)>,
}

impl Setup {
    /// The bot (`env!("CARGO_BIN_EXE_whichrole")`) with `run`, this Discord's address and its token.
    pub fn new(binary: impl Into<PathBuf>, discord: &Discord) -> Self {
        let setup = Self::without_discord(binary).args(["run"]).env("DISCORD_TOKEN", discord.token());
        setup.config("discord.api_url", &format!("{:?}", discord.api_url()))
    }

    /// The bot with nothing but an empty configuration.
    pub fn without_discord(binary: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), args: Vec::new(), config: Vec::new(), env: Vec::new(), files: Vec::new() }
    }

    /// The command line in place of `run`.
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// A setting by its dotted name; the value is written as TOML has it (a text with its quotes). The last wins.
    pub fn config(mut self, name: &str, value: &str) -> Self {
        self.config.retain(|line| !line.starts_with(&format!("{name} =")));
        self.config.push(format!("{name} = {value}"));
        self
    }

    /// An environment variable; the process gets no others, but `PATH`.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(other, _)| other != name);
        self.env.push((name.into(), value.into()));
        self
    }

    /// Takes an environment variable away.
    pub fn without_env(mut self, name: &str) -> Self {
        self.env.retain(|(other, _)| other != name);
        self
    }

    /// A file in the working directory.
    pub fn file(mut self, path: impl Into<PathBuf>, text: &str) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// Starts it in a directory of its own.
    pub fn start(self) -> Bot {
        let directory = tempfile::tempdir().expect("the system has a place for temporary files");
        let write = |path: &Path, text: &str| {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().expect("it is inside the directory")).expect("a new directory");
            std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        };
        write(Path::new("config.toml"), &(self.config.join("\n") + "\n"));
        self.files.iter().for_each(|(path, text)| write(path, text));
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(directory.path().join("config.toml")).args(&self.args);
        command.current_dir(directory.path()).env_clear().envs(self.env);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.binary.display()));
        let output = Arc::new(Output { lines: Mutex::default(), changed: watch::Sender::new(()) });
        let streams: [(&str, Box<dyn AsyncRead + Send + Unpin>); 2] = [
            ("stdout", Box::new(child.stdout.take().expect("it is piped"))),
            ("stderr", Box::new(child.stderr.take().expect("it is piped"))),
        ];
        let readers = streams.map(|(name, stream)| tokio::spawn(Arc::clone(&output).read(name, stream)));
        Bot { child, directory, output, readers: readers.into(), taken: 0 }
    }
}

struct Output {
    lines: Mutex<Vec<(&'static str, String)>>,
    changed: watch::Sender<()>,
}

impl Output {
    async fn read(self: Arc<Self>, name: &'static str, stream: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.lines.lock().expect("no reader panics").push((name, line));
            self.changed.send_replace(());
        }
    }

    fn all(&self) -> Vec<(&'static str, String)> {
        self.lines.lock().expect("no reader panics").clone()
    }
}

/// The running bot; it is killed when this is dropped.
pub struct Bot {
    child: Child,
    directory: tempfile::TempDir,
    output: Arc<Output>,
    /// They end with the process.
    readers: Vec<JoinHandle<()>>,
    /// How many lines earlier waits have passed.
    taken: usize,
}

impl Bot {
    /// The working directory, with `config.toml`.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it was not waited for yet")
    }

    /// Waits for the next line of its output with this text in it, after the lines of earlier waits.
    pub async fn line(&mut self, marker: &str) -> String {
        let mut changes = self.output.changed.subscribe();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let lines = self.output.all();
            if let Some(at) = lines.iter().skip(self.taken).position(|(_, line)| line.contains(marker)) {
                self.taken += at + 1;
                return lines[self.taken - 1].1.clone();
            }
            if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
                panic!("waited {PATIENCE:?} for a line with `{marker}`; the output so far:\n{}", self.output());
            }
        }
    }

    /// Waits until it is an endpoint, and gives its address, such as `http://127.0.0.1:8080/interactions`.
    pub async fn listening(&mut self) -> String {
        let line = self.line("listening on ").await;
        line.rsplit("listening on ").next().expect("the line was waited for").trim().to_owned()
    }

    /// All of its output so far, a line each.
    pub fn output(&self) -> String {
        self.output.all().into_iter().map(|(stream, line)| format!("{stream}: {line}\n")).collect()
    }

    /// Its standard error so far.
    pub fn stderr(&self) -> String {
        let lines = self.output.all().into_iter().filter(|(stream, _)| *stream == "stderr");
        lines.map(|(_, line)| line + "\n").collect()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(sent.expect("the system has `kill`").success(), "no signal could be sent");
    }

    /// Kills it (SIGKILL), as a crash would.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Waits until it ends by itself and all of its output is read, and gives its exit code (`None` when a signal ended it).
    pub async fn exit(&mut self) -> Option<i32> {
        let end = async {
            let status = self.child.wait().await.expect("it can be waited for");
            for reader in self.readers.drain(..) {
                reader.await.expect("no reader panics");
            }
            status.code()
        };
        match tokio::time::timeout(PATIENCE, end).await {
            Ok(code) => code,
            Err(_) => panic!("waited {PATIENCE:?} for the bot to end; its output:\n{}", self.output()),
        }
    }
}
