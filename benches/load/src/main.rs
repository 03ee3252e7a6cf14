//! Measures the endpoint, compared with servers that only verify the signature and send a constant answer; the endpoint
//! in a flood; what pictures cost; the processor time of an interaction through the gateway; and the stores of team
//! rounds.
//!
//! ```text
//! cargo run --release --package load                            # all of it
//! cargo run --release --package load -- --turns 1 --seconds 2 --interactions 0 --flood 0 --gateway 0 --rounds 0
//! ```
//!
//! Each server is a process of its own with one thread, pinned to one core; this process is pinned to another. All
//! requests are made and signed before the clock starts: whole conversations, commands and presses, with bodies as
//! large as Discord's. Connections are kept alive. Two servers only verify: `strict` as ed25519-dalek's documentation
//! says, `bare` with the bot's own, faster verification.
//!
//! - *Throughput*: every connection sends its next request as soon as it has the answer to the last.
//! - *Latency*: requests arrive at random moments, half as many a second as the bot's throughput, and the clock starts
//!   at the moment the request was due, not when it could be sent.
//! - *Flood*: three times as many connections as the bot serves, each of which sends its next request as soon as it has
//!   the answer to the last, or a second after it was told to come again; then one more. It needs as many open files.
//! - *Pictures*: one press for each picture that a suggestion can have, to a bot that sends pictures and to one that does
//!   not. The pictures were drawn before the clock starts.
//! - *Gateway*: people in the tests' stand-in Discord talk to the bot as fast as the stand-in can follow, which is much
//!   slower than the bot: what is measured is the bot's processor time, without and with pictures.
//! - *Beside votes*: presses of personal conversations at a steady rate: alone, while a team answers a round through the
//!   same process, and while it does through another process on the same core. The client sleeps between them, so that
//!   PostgreSQL may have its core: `taskset --cpu-list 0 .ci/postgres start`.
//! - *Rounds*: a store of team rounds in this process: votes by 50 people at a time, and the close of all rounds.
//!
//! oha and wrk are not used, because they cannot send a different body and signature with each request, do not compare
//! responses, and do not see the server's processor time.

#![recursion_limit = "256"] // an interaction has many fields

mod beside;
mod client;
mod endpoint;
mod flood;
mod gateway;
mod pictures;
mod process;
mod rounds;
mod servers;
mod traffic;

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::{Parser, Subcommand};
use whichrole::discord::endpoint::Limits;

/// Measures the endpoint beside a bare server.
#[derive(Parser)]
struct Arguments {
    /// How often each server is measured, in turns.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How many interactions the bot answers before its memory is looked at again.
    #[arg(long, default_value_t = 1_000_000)]
    interactions: usize,
    /// How many connections flood the bot.
    #[arg(long, default_value_t = 3 * Limits::default().connections)]
    flood: usize,
    /// How many interactions the bot answers through the gateway.
    #[arg(long, default_value_t = 20_000)]
    gateway: usize,
    /// An older build of this program, whose bot is measured behind the gateway in turns with this one's: both talk to the
    /// stand-in of this build.
    #[arg(long, value_name = "PROGRAM")]
    before: Option<PathBuf>,
    /// How many team rounds are opened in each store, and closed at their deadline.
    #[arg(long, default_value_t = 10_000)]
    rounds: usize,
    /// How many people answer in one of these rounds.
    #[arg(long, default_value_t = 20_000)]
    votes: usize,
    /// A PostgreSQL database in which rounds are measured, too. Its rounds are deleted!
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Where the bot's log goes. By default nowhere: how long a write takes is up to what the log goes to.
    #[arg(long, default_value = "/dev/null")]
    log: String,
    #[command(subcommand)]
    server: Option<Server>,
}

/// The servers; this program starts itself as one.
#[derive(Subcommand)]
enum Server {
    /// Verifies the signature as the library's documentation says, and answers a constant.
    Strict,
    /// Verifies the signature as the bot does, and answers a constant.
    Bare,
    /// The bot's endpoint.
    Bot {
        /// Send pictures.
        #[arg(long)]
        pictures: bool,
        /// The SQLite file of its rounds.
        #[arg(long, value_name = "FILE")]
        sqlite: Option<PathBuf>,
        /// The PostgreSQL database of its rounds.
        #[arg(long, value_name = "URL")]
        postgres: Option<String>,
        /// The API that messages after an answer go to.
        #[arg(long, default_value = whichrole::discord::API_URL)]
        api_url: String,
    },
    /// An API that says yes to everything.
    Yes,
    /// The bot, with its interactions from the gateway of this API.
    Gateway {
        /// Where the API is.
        api_url: String,
        /// Send pictures.
        #[arg(long)]
        pictures: bool,
    },
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.server {
        Some(server) => runtime.block_on(servers::serve(&server)),
        None => {
            Command::new("taskset")
                .args(["--cpu-list", "--pid", process::CLIENT_CORE, &std::process::id().to_string()])
                .stdout(Stdio::null())
                .status()?;
            let signed = traffic::conversations();
            if arguments.turns > 0 {
                endpoint::measure(&arguments, &signed)?;
            }
            if arguments.interactions > 0 {
                endpoint::measure_memory(&arguments, &signed)?;
            }
            if arguments.flood > 0 {
                runtime.block_on(flood::measure(&arguments, &signed))?;
            }
            let presses = if arguments.turns > 0 { traffic::presses_for_pictures() } else { Vec::new() };
            if arguments.turns > 0 {
                pictures::measure(&arguments, &presses)?;
            }
            if arguments.gateway > 0 {
                runtime.block_on(gateway::measure(&arguments))?;
            }
            if arguments.turns > 0 {
                beside::measure(&arguments, &presses)?;
            }
            if arguments.rounds > 0 {
                runtime.block_on(rounds::measure(&arguments))?;
            }
            Ok(())
        }
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
