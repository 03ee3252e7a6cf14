//! The command line: parse it, run the command, print its result or its error, exit with a code.

use std::io::{self};
use std::path::{Path, PathBuf};
use std::process;

use clap::{Parser, Subcommand, ValueEnum};
use whichrole::config::{self, Config};
use whichrole::diagnostic::Diagnostic;
use whichrole::discord::registration;
use whichrole::exit_code::ExitCode;
use whichrole::failure::Failure;
use whichrole::responses::Responses;
use whichrole::run::block_on;
use whichrole::{advisor, check, init, load, output, preview, reload, run, telemetry, terminal};

/// A Discord bot that explains the CTO and the CIO and helps a team find out which one it needs.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Cli {
    /// The config file [default: config.toml in the working directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Try it without Discord:   whichrole preview
Serve it in Discord:      DISCORD_TOKEN_FILE=token.txt whichrole run

The token comes from DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names, never from the command line.

Exit codes: 0 success; 1 a failure that a restart may cure; 2 wrong usage; 3 configuration, responses, token or key are
wrong, and a restart will not help. For `commands diff`: 0 the commands are equal; 1 they differ; 4 a failure that another
try may cure.";

#[derive(Subcommand)]
enum Command {
    /// Connect to Discord and answer interactions (the default)
    Run,
    /// Show the whole bot in a browser, without token and network
    Preview {
        /// The port on this machine; 0 chooses a free one
        #[arg(long, default_value_t = preview::DEFAULT_PORT)]
        port: u16,
        /// Do not reload changed responses
        #[arg(long)]
        no_watch: bool,
    },
    /// Check config and responses; print all faults, or figures if there are none
    Check {
        /// Treat warnings about the responses, such as untranslated lines, as errors
        #[arg(long)]
        strict: bool,
        /// The format of the output
        #[arg(long, value_enum, default_value_t = Print::Text)]
        format: Print,
    },
    /// Compare or register the bot's slash commands
    Commands {
        #[command(subcommand)]
        command: Registration,
    },
    /// Write the built-in config and responses into a folder, to edit them
    Init {
        /// The folder; it is created if it does not exist
        dir: PathBuf,
        /// Overwrite existing files
        #[arg(long)]
        force: bool,
    },
    /// Print the questions and their order as a Mermaid chart
    Graph,
    /// Print the suggestion for each organisation of a table
    Advise {
        /// A CSV file: a header with `organisation` and the ids of the questions, then one row for each organisation
        table: PathBuf,
    },
    /// Look after the rounds of teams
    Rounds {
        #[command(subcommand)]
        command: RoundsCommand,
    },
    /// Ask the running bot on this machine whether it is ready, for container health checks
    Healthcheck,
}

#[derive(Subcommand)]
enum Registration {
    /// Show how the registered commands differ from the bot's; exit with 1 if they do
    Diff {
        /// Compare the commands of this server (its id) instead of the global ones
        #[arg(long, value_name = "ID")]
        guild: Option<u64>,
    },
    /// Register the bot's commands if they differ
    Sync {
        /// Register the commands in this server only (its id) instead of everywhere
        #[arg(long, value_name = "ID")]
        guild: Option<u64>,
    },
}

#[derive(Subcommand)]
enum RoundsCommand {
    /// Move all rounds from the store of the settings into another, empty one; stop the bot first
    Move {
        /// The new store as `rounds.store` will name it: sqlite:FILE or postgres://USER@HOST/DATABASE
        #[arg(long, value_name = "STORE")]
        to: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Print {
    /// Text, for people
    Text,
    /// JSON, for tools
    Json,
}

fn main() -> process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return explain_usage(&message).into(),
    };
    let command = cli.command.unwrap_or(Command::Run);
    let runs = matches!(command, Command::Run);
    match run_command(command, cli.config.as_deref()) {
        Ok(code) => code.into(),
        Err(failure) => {
            if runs {
                output::complain_within(&failure, output::WRITE_TIMEOUT);
            } else {
                output::complain(&failure);
            }
            failure.exit_code().into()
        }
    }
}

/// Prints what the command line parser has to say: help and version as a result, anything else as an error.
fn explain_usage(message: &clap::Error) -> ExitCode {
    let text = message.render().to_string();
    if message.use_stderr() {
        let _ = output::print_error(&text);
        return ExitCode::Usage;
    }
    finish(ExitCode::Success, output::print(&text)).unwrap_or_else(|failure| {
        output::complain(&failure);
        failure.exit_code()
    })
}

/// Returns the exit code of a command whose result was written, or not. A code that already tells of something wrong
/// stays.
fn finish(code: ExitCode, written: Result<(), Failure>) -> Result<ExitCode, Failure> {
    match (code, written) {
        (ExitCode::Success, Err(failure)) => Err(failure),
        (code, Err(failure)) => {
            output::complain(&failure);
            Ok(code)
        }
        (code, Ok(())) => Ok(code),
    }
}

fn run_command(command: Command, config: Option<&Path>) -> Result<ExitCode, Failure> {
    let load_all = || -> Result<(Config, Responses), Failure> {
        let config = Config::load(config)?;
        let responses = load::load(&config.responses.source(), &config.default_language)?;
        Ok((config, responses))
    };
    match command {
        Command::Run => {
            let config = Config::load(config)?;
            let (responses, reloader) = reload::start(&config)?;
            block_on(run::serve(config, responses, reloader))?;
            Ok(ExitCode::Success)
        }
        Command::Preview { port, no_watch } => {
            let config = Config::load(config)?;
            let (responses, reloader) = reload::start(&config)?;
            block_on(run::show_preview(config, responses, reloader, port, !no_watch))?;
            Ok(ExitCode::Success)
        }
        Command::Check { strict, format } => check(config, strict, format),
        Command::Commands { command } => {
            let (config, responses) = load_all()?;
            commands(&config, &responses, command)
        }
        Command::Init { dir, force } => init(&dir, force),
        Command::Graph => {
            let (_, responses) = load_all()?;
            finish(ExitCode::Success, output::print(&advisor::mermaid(&responses.questionnaire)))
        }
        Command::Advise { table } => {
            let (_, responses) = load_all()?;
            advise(&responses, &table)
        }
        Command::Rounds { command: RoundsCommand::Move { to } } => {
            let folder = config.and_then(Path::parent).unwrap_or(Path::new(""));
            move_rounds(&Config::load(config)?, &to, folder)
        }
        Command::Healthcheck => healthcheck(&Config::load(config)?),
    }
}

fn init(dir: &Path, force: bool) -> Result<ExitCode, Failure> {
    let written = init::init(dir, force).map_err(|error| Failure::Message(error.exit_code(), error.to_string()))?;
    let lines = written.iter().map(|path| format!("wrote {}\n", path.display())).collect::<String>();
    let dir = dir.display();
    let next = format!("\nLook at it:  cd {dir} && whichrole preview\nCheck it:    whichrole check\n");
    finish(ExitCode::Success, output::print(&format!("{lines}{next}")))
}

fn commands(config: &Config, responses: &Responses, command: Registration) -> Result<ExitCode, Failure> {
    let settings = run::settings(config)?;
    match command {
        Registration::Diff { guild } => {
            let guild = guild.or(config.test_guild);
            let compared = block_on(async { Ok(registration::diff(&settings, responses, guild).await?) });
            let differences = compared.map_err(not_compared)?;
            if differences.is_empty() {
                let printed = output::print("The registered commands are the bot's.\n");
                return finish(ExitCode::Success, printed.map_err(not_compared));
            }
            let text = format!("{}Register them with: whichrole commands sync\n", lines(&differences));
            finish(ExitCode::Differ, output::print(&text))
        }
        Registration::Sync { guild } => {
            let guild = guild.or(config.test_guild);
            let differences = block_on(async { Ok(registration::sync(&settings, responses, guild).await?) })?;
            let text = match &differences[..] {
                [] => "The registered commands are the bot's.\n".to_owned(),
                differences => format!("{}Registered.\n", lines(differences)),
            };
            finish(ExitCode::Success, output::print(&text))
        }
    }
}

/// Gives a failure of `commands diff` a code of its own, since 1 says that the commands differ.
fn not_compared(failure: Failure) -> Failure {
    match failure {
        Failure::Message(ExitCode::Failure, message) => Failure::Message(ExitCode::NotCompared, message),
        other => other,
    }
}

fn lines(items: &[impl std::fmt::Display]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

fn check(path: Option<&Path>, strict: bool, format: Print) -> Result<ExitCode, Failure> {
    let loaded = Config::load(path).and_then(|config| {
        let responses = load::load(&config.responses.source(), &config.default_language)?;
        Ok((config, responses))
    });
    let failed = loaded.as_ref().map_or(true, |(_, responses)| strict && !responses.warnings.0.is_empty());
    let (report, diagnostics) = match loaded {
        Ok((config, mut responses)) => {
            let file = path.unwrap_or(Path::new(config::DEFAULT_FILE)).display().to_string();
            responses.warnings.0.extend(check::settings(&config, &file));
            (Some(check::report(&responses)), responses.warnings)
        }
        Err(diagnostics) => (None, diagnostics),
    };
    let code = if failed { ExitCode::Configuration } else { ExitCode::Success };
    let printed = match format {
        Print::Json => {
            let records: Vec<_> = diagnostics.0.iter().map(Diagnostic::record).collect();
            let found = serde_json::json!({ "faults": records, "report": report });
            output::print(&format!("{found:#}\n"))
        }
        Print::Text => {
            let rendered = match diagnostics.0.is_empty() {
                true => Ok(()),
                false => output::print_error(&format!("{}\n", diagnostics.render(terminal::colour(&io::stderr())))),
            };
            let reported = report.map_or(Ok(()), |report| output::print(&report.to_string()));
            rendered.and(reported)
        }
    };
    finish(code, printed)
}

fn advise(responses: &Responses, path: &Path) -> Result<ExitCode, Failure> {
    let name = path.display();
    let table =
        std::fs::read(path).map_err(|error| Failure::configuration(format!("{name}: cannot be read: {error}")))?;
    let advised = advisor::advise(&responses.questionnaire, &table).map_err(|errors| {
        let messages = errors.iter().map(|error| format!("{name}: {error}"));
        Failure::Messages(ExitCode::Configuration, messages.collect())
    })?;
    for line in advised.commented {
        let note = format!("note: {name}: line {line}: begins with `#`, so it is a comment and not a row\n");
        output::print_error(&note)?;
    }
    let advised = advised.rows;
    let width = advised.iter().map(|one| one.organisation.chars().count()).max().unwrap_or(0).max(12);
    let mut lines = format!("{:<width$}  suggestion  strength  CTO  CIO   of\n", "organisation");
    for one in &advised {
        let suggestion = &one.suggestion;
        let missed = one.expected.filter(|expected| !expected.is_met_by(suggestion));
        lines.push_str(&format!(
            "{:<width$}  {:<10}  {:<8}  {:>3}  {:>3}  {:>3}{}\n",
            one.organisation,
            suggestion.outcome.to_string(),
            suggestion.strength.to_string(),
            suggestion.totals.cto,
            suggestion.totals.cio,
            suggestion.most,
            missed.map(|expected| format!("   expected: {expected}")).unwrap_or_default()
        ));
    }
    let expectations = advised.iter().filter_map(|one| Some(one.expected?.is_met_by(&one.suggestion)));
    let (met, all) = expectations.fold((0, 0), |(met, all), is_met| (met + u32::from(is_met), all + 1));
    if all > 0 {
        lines.push_str(&format!("{met} of {all} as expected\n"));
    }
    finish(ExitCode::Success, output::print(&lines))
}

fn move_rounds(config: &Config, to: &str, folder: &Path) -> Result<ExitCode, Failure> {
    let moved = block_on(run::move_rounds(config, to, folder))?;
    let text = format!(
        "open rounds    {:>6}   with {} answers\nclosed rounds  {:>6}\n\nAll of them are moved, and the old store is empty. \
         Before you start the bot, set the new one:\n\n[rounds]\nstore = {to:?}\n",
        moved.open, moved.answers, moved.closed
    );
    finish(ExitCode::Success, output::print(&text))
}

fn healthcheck(config: &Config) -> Result<ExitCode, Failure> {
    let Some(listen) = config.telemetry_listen else {
        return Err(Failure::configuration("`telemetry.listen` is not set, so there is no address to ask"));
    };
    let asked = telemetry::server::healthcheck(listen, telemetry::server::HEALTHCHECK_TIMEOUT);
    let status = block_on(async { asked.await.map_err(|unhealthy| Failure::temporary(unhealthy.to_string())) })?;
    finish(ExitCode::Success, output::print(&format!("{}\n", status.trim_end())))
}
