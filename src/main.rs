//! The command line: parse it, run, print an error once, exit with a code.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use whichrole::config::{Config, Transport};
use whichrole::credentials::{self, Credential};
use whichrole::diagnostic::{Diagnostic, Diagnostics};
use whichrole::discord::endpoint::{self, Endpoint, Limits, PublicKey};
use whichrole::discord::{self, Settings, gateway, registration};
use whichrole::listen::ListenError;
use whichrole::responses::Responses;
use whichrole::secret::Secret;
use whichrole::service::Service;
use whichrole::{advisor, check, init, load, preview, reload, telemetry};

/// A Discord bot that explains the CTO and the CIO and helps a team find out which one it needs.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Cli {
    /// The settings; without this option `config.toml` here, and without that file the defaults
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Try it without Discord:   whichrole preview
Serve it in Discord:      DISCORD_TOKEN_FILE=token.txt whichrole run

The token comes from DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names, never from the command line.

Exit codes: 0 fine; 1 a failure that a restart may cure (and for `commands diff`: they differ); 2 wrong usage;
3 configuration, responses or token are wrong, and a restart will not help.";

#[derive(Subcommand)]
enum Command {
    /// Connect to Discord and serve (the default)
    Run,
    /// The whole bot in the browser; needs no token and no network
    Preview {
        /// The port on this machine; 0 picks a free one
        #[arg(long, default_value_t = preview::DEFAULT_PORT)]
        port: u16,
        /// Show changed responses only after a restart
        #[arg(long)]
        no_watch: bool,
    },
    /// Check config and responses: every fault, or the figures of what was proved
    Check {
        /// Take warnings, such as lines that a language lacks, for errors
        #[arg(long)]
        strict: bool,
        /// How to print what was found
        #[arg(long, value_enum, default_value_t = Print::Text)]
        format: Print,
    },
    /// Compare or register the slash commands
    Commands {
        #[command(subcommand)]
        command: Registration,
    },
    /// Write the built-in config and responses into a folder, to edit
    Init {
        /// The folder; it is made if it is not there
        dir: PathBuf,
        /// Overwrite files that are there
        #[arg(long)]
        force: bool,
    },
    /// Print the conversation as a Mermaid chart
    Graph,
    /// Try the advice: print the suggestion for each organisation of a table
    Advise {
        /// A CSV file: a header with `organisation` and the ids of the questions, then a line for each organisation
        table: PathBuf,
    },
    /// Ask the running bot whether it is ready, for container health checks
    Healthcheck,
}

#[derive(Subcommand)]
enum Registration {
    /// Show how the registered commands differ from ours; exits 1 when they do
    Diff {
        /// Of this server alone (its id), instead of everywhere
        #[arg(long, value_name = "ID")]
        guild: Option<u64>,
    },
    /// Register our commands where they differ
    Sync {
        /// For this server alone (its id), instead of everywhere
        #[arg(long, value_name = "ID")]
        guild: Option<u64>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Print {
    /// For people
    Text,
    /// For tools
    Json,
}

/// Why the program ends otherwise than well.
enum Failure {
    /// A restart may cure it.
    Temporary(String),
    /// Configuration, responses or token are wrong; a restart will not help.
    Wrong(String),
    /// The same, and all of it has been printed.
    Told,
}

impl From<Diagnostics> for Failure {
    fn from(faults: Diagnostics) -> Self {
        Self::Wrong(faults.render(std::io::stderr().is_terminal()))
    }
}

impl From<discord::Error> for Failure {
    fn from(error: discord::Error) -> Self {
        match error {
            discord::Error::Fatal(sentence) => Self::Wrong(sentence),
            discord::Error::Temporary(sentence) => Self::Temporary(sentence),
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            let (message, code) = match failure {
                Failure::Temporary(message) => (Some(message), 1),
                Failure::Wrong(message) => (Some(message), 3),
                Failure::Told => (None, 3),
            };
            if let Some(message) = message {
                let prefix = if message.starts_with("error") || message.starts_with('\u{1b}') { "" } else { "error: " };
                eprintln!("{prefix}{message}");
            }
            ExitCode::from(code)
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let command = cli.command.unwrap_or(Command::Run);
    if let Command::Init { dir, force } = &command {
        let written = init::init(dir, *force).map_err(|error| Failure::Temporary(error.to_string()))?;
        let lines = written.iter().map(|path| format!("wrote {}\n", path.display())).collect::<String>();
        print(&format!(
            "{lines}\nLook at it:  cd {} && whichrole preview\nCheck it:    whichrole check\n",
            dir.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Check { strict, format } = command {
        return check(cli.config.as_deref(), strict, format);
    }
    let config = Config::load(cli.config.as_deref())?;
    if let Command::Healthcheck = command {
        return healthcheck(&config);
    }
    let responses = load::load(&config.responses.source(), &config.default_language)?;
    match command {
        Command::Run => block_on(serve(config, responses)),
        Command::Preview { port, no_watch } => block_on(show_preview(config, responses, port, !no_watch)),
        Command::Commands { command } => block_on(commands(&config, &responses, &command)),
        Command::Graph => {
            print(&advisor::mermaid(&responses.questionnaire));
            Ok(ExitCode::SUCCESS)
        }
        Command::Advise { table } => advise(&responses, &table),
        Command::Init { .. } | Command::Check { .. } | Command::Healthcheck => unreachable!("they returned above"),
    }
}

/// Prints to standard output. Whoever closes it has seen enough.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Runs on this thread alone: a process uses one core, and more of them share the work.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Temporary(format!("no runtime: {error}")))?.block_on(work)
}

fn token() -> Result<Option<Secret<String>>, Failure> {
    credentials::read(Credential::Token, |name| std::env::var_os(name))
        .map_err(|error| Failure::Wrong(error.to_string()))
}

fn settings(config: &Config) -> Result<Settings, Failure> {
    let Some(token) = token()? else {
        return Err(Failure::Wrong(
            "no token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to the path of a file that holds it. It is in Discord's \
             Developer Portal under Bot. To try the bot without one: whichrole preview"
                .to_owned(),
        ));
    };
    Ok(Settings {
        api_url: config.api_url.clone(),
        token,
        test_guild: config.test_guild,
        register_commands: config.register_commands,
        shards: config.shards,
    })
}

/// Stops the bot on SIGTERM, which service managers send, and on SIGINT, which ctrl-c sends.
fn stop_on_signals(service: Arc<Service>) -> Result<CancellationToken, Failure> {
    let cannot = |error| Failure::Temporary(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        service.readiness.drain();
        stopped.cancel();
    });
    Ok(stop)
}

async fn serve(config: Config, responses: Responses) -> Result<ExitCode, Failure> {
    telemetry::logs::init(config.log_level, config.log_format);
    log_warnings(&responses);
    let service = Arc::new(Service::new(responses, config.visibility));
    telemetry::panics::install(Arc::clone(&service.metrics));
    let stop = stop_on_signals(Arc::clone(&service))?;
    let (source, language) = (config.responses.source(), config.default_language.clone());
    tokio::spawn(reload::run(Arc::clone(&service), source, language, config.watch));
    // What watches us is the last to stop listening.
    let watched = CancellationToken::new();
    if let Some(listen) = config.telemetry_listen {
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen(listen, "telemetry.listen"))?;
        let (metrics, readiness) = (Arc::clone(&service.metrics), Arc::clone(&service.readiness));
        let watched = watched.clone();
        let serving = telemetry::server::serve(listener, metrics, readiness, async move { watched.cancelled().await });
        tokio::spawn(serving);
    }
    match config.transport {
        Transport::Gateway => gateway::run(settings(&config)?, service, stop).await?,
        Transport::Endpoint => serve_endpoint(&config, service, stop).await?,
    }
    watched.cancel();
    Ok(ExitCode::SUCCESS)
}

fn cannot_listen(address: SocketAddr, setting: &str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::Temporary(format!("`{setting}`: {}", ListenError { address, error }))
}

async fn serve_endpoint(config: &Config, service: Arc<Service>, stop: CancellationToken) -> Result<(), Failure> {
    let key = credentials::read(Credential::PublicKey, |name| std::env::var_os(name));
    let Some(key) = key.map_err(|error| Failure::Wrong(error.to_string()))? else {
        return Err(Failure::Wrong(
            "no public key: set DISCORD_PUBLIC_KEY, or DISCORD_PUBLIC_KEY_FILE to the path of a file that holds it. It is \
             in Discord's Developer Portal under General Information"
                .to_owned(),
        ));
    };
    let public_key = PublicKey::parse(key.expose()).map_err(|error| Failure::Wrong(error.to_string()))?;
    if token()?.is_none() {
        tracing::info!("no token: the slash commands are not compared; register them with `whichrole commands sync`");
    } else if config.register_commands {
        let (settings, service) = (settings(config)?, Arc::clone(&service));
        tokio::spawn(async move { registration::keep(&settings, &service).await });
    }
    let listen = config.endpoint_listen;
    let listener = endpoint::listen(listen).map_err(cannot_listen(listen, "endpoint.listen"))?;
    let address = listener.local_addr().unwrap_or(listen);
    tracing::info!("listening on http://{address}{}", config.endpoint_path);
    service.readiness.listening();
    let endpoint = Endpoint { path: config.endpoint_path.clone(), public_key, service, limits: Limits::default() };
    let served = endpoint::serve(listener, endpoint, stop.cancelled_owned()).await;
    served.map_err(|error| Failure::Temporary(error.to_string()))
}

fn log_warnings(responses: &Responses) {
    for fault in &responses.warnings.0 {
        tracing::warn!("{}", fault.render(false));
    }
}

async fn show_preview(config: Config, responses: Responses, port: u16, watch: bool) -> Result<ExitCode, Failure> {
    let listener = preview::bind(port).await.map_err(|error| Failure::Temporary(error.to_string()))?;
    let url = listener.url().map_err(|error| Failure::Temporary(error.to_string()))?;
    print(&format!("The bot is at {url}\nctrl-c ends it.\n"));
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let service = Arc::new(Service::new(responses, config.visibility));
    tokio::spawn(reload::run(Arc::clone(&service), config.responses.source(), config.default_language, watch));
    let served = preview::serve(listener, service, interrupted).await;
    served.map_err(|error| Failure::Temporary(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

async fn commands(config: &Config, responses: &Responses, command: &Registration) -> Result<ExitCode, Failure> {
    let settings = settings(config)?;
    let (differences, synced) = match command {
        Registration::Diff { guild } => {
            (registration::diff(&settings, responses, guild.or(config.test_guild)).await?, false)
        }
        Registration::Sync { guild } => {
            (registration::sync(&settings, responses, guild.or(config.test_guild)).await?, true)
        }
    };
    if differences.is_empty() {
        print("The registered commands are ours.\n");
        return Ok(ExitCode::SUCCESS);
    }
    let lines: String = differences.iter().map(|difference| format!("{difference}\n")).collect();
    print(&lines);
    print(if synced { "Registered.\n" } else { "Register them with: whichrole commands sync\n" });
    Ok(if synced { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check(path: Option<&std::path::Path>, strict: bool, format: Print) -> Result<ExitCode, Failure> {
    let loaded = Config::load(path).and_then(|config| load::load(&config.responses.source(), &config.default_language));
    let (report, faults) = match &loaded {
        Ok(responses) => (Some(check::report(responses)), &responses.warnings),
        Err(faults) => (None, faults),
    };
    match format {
        Print::Json => {
            let records: Vec<_> = faults.0.iter().map(Diagnostic::record).collect();
            let found = serde_json::json!({ "faults": records, "report": report });
            print(&format!("{found:#}\n"));
        }
        Print::Text => {
            if !faults.0.is_empty() {
                eprintln!("{}", faults.render(std::io::stderr().is_terminal()));
            }
            if let Some(report) = &report {
                print(&report.to_string());
            }
        }
    }
    if loaded.is_err() || (strict && !faults.0.is_empty()) { Err(Failure::Told) } else { Ok(ExitCode::SUCCESS) }
}

fn advise(responses: &Responses, path: &std::path::Path) -> Result<ExitCode, Failure> {
    let wrong = |message: String| Failure::Wrong(format!("{}: {message}", path.display()));
    let table = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let advised = advisor::advise(&responses.questionnaire, &table).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        wrong(lines.join(&format!("\nerror: {}: ", path.display())))
    })?;
    let width = advised.iter().map(|one| one.organisation.chars().count()).max().unwrap_or(0).max(12);
    let mut lines = format!("{:<width$}  suggestion  strength  CTO  CIO   of\n", "organisation");
    for one in &advised {
        let suggestion = &one.suggestion;
        lines.push_str(&format!(
            "{:<width$}  {:<10}  {:<8}  {:>3}  {:>3}  {:>3}\n",
            one.organisation,
            suggestion.outcome.to_string(),
            suggestion.strength.to_string(),
            suggestion.totals.cto,
            suggestion.totals.cio,
            suggestion.most
        ));
    }
    print(&lines);
    Ok(ExitCode::SUCCESS)
}

fn healthcheck(config: &Config) -> Result<ExitCode, Failure> {
    let Some(listen) = config.telemetry_listen else {
        return Err(Failure::Wrong("`telemetry.listen` is not set, so there is nobody to ask".to_owned()));
    };
    match telemetry::server::healthcheck(listen, telemetry::server::HEALTHCHECK_TIMEOUT) {
        Ok(said) => {
            print(&format!("{}\n", said.trim_end()));
            Ok(ExitCode::SUCCESS)
        }
        Err(unhealthy) => Err(Failure::Temporary(unhealthy.to_string())),
    }
}
