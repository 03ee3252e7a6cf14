//! Readiness: whether this process can answer every interaction that is meant for it (`/readyz`).
//!
//! ```text
//! 200  ready                                        503  not ready
//!      warning: the last reload failed: …                the gateway has been away for more than a minute
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time that a shard may be away before the process counts as not ready. Discord asks shards to reconnect several times a
/// day, and that takes seconds.
const MAX_AWAY: Duration = Duration::from_secs(60);

/// What readiness depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The transport and its state.
    pub transport: Transport,
    /// `true` once the process only finishes the interactions in flight, and then ends.
    pub draining: bool,
    /// The error of the last reload of the responses; `None` if it succeeded.
    pub reload_failure: Option<String>,
    /// The last failure to register the slash commands; `None` once a registration succeeds.
    pub registration_failure: Option<String>,
    /// The last failure of the store of rounds; `None` once it works again.
    pub round_store_failure: Option<String>,
}

/// A transport and its state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Transport {
    /// Neither connected nor listening yet.
    #[default]
    Starting,
    /// The endpoint listens.
    Listening,
    /// The gateway: the shards of this process, by number.
    Shards(BTreeMap<u32, Shard>),
}

/// The state of a shard's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shard {
    /// Not connected since the start of the process.
    Connecting,
    /// It receives interactions.
    Up,
    /// It lost its connection at this time, and has not been up since.
    Away(Instant),
}

/// The number of shards in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardCounts {
    /// Shards that were never up.
    pub connecting: usize,
    /// Shards that receive interactions.
    pub up: usize,
    /// Shards that lost their connection.
    pub away: usize,
}

/// The answer of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// The reasons why the process is not ready; empty if it is ready.
    pub reasons: Vec<String>,
    /// Problems that an operator should look at, although the process is ready.
    pub warnings: Vec<String>,
}

impl Status {
    /// Returns `true` if [`reasons`](Self::reasons) is empty.
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Writes `ready` or `not ready`, then one line for each reason and each warning.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", if self.is_ready() { "ready" } else { "not ready" })?;
        self.reasons.iter().try_for_each(|reason| writeln!(f, "{reason}"))?;
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}

impl State {
    /// Returns the readiness at the time `now`.
    pub fn status(&self, now: Instant) -> Status {
        let mut status = Status::default();
        if self.draining {
            status.reasons.push("shutting down".into());
        }
        match &self.transport {
            Transport::Starting => status.reasons.push("not connected to Discord yet".into()),
            Transport::Listening => {}
            Transport::Shards(shards) => {
                let all = shards.len();
                let connecting = shards.values().filter(|shard| matches!(shard, Shard::Connecting)).count();
                if connecting > 0 || all == 0 {
                    status.reasons.push(format!("{connecting} of {all} shards not connected to Discord yet"));
                }
                let away =
                    |shard: &&Shard| matches!(shard, Shard::Away(since) if now.duration_since(*since) > MAX_AWAY);
                let away = shards.values().filter(away).count();
                if away > 0 {
                    status.reasons.push(format!("{away} of {all} shards away from Discord for more than a minute"));
                }
            }
        }
        status.warnings.extend(
            self.reload_failure
                .iter()
                .map(|why| format!("the last reload failed, the responses before it stay: {why}")),
        );
        status.warnings.extend(
            self.registration_failure.iter().map(|why| format!("the slash commands are not registered: {why}")),
        );
        status.warnings.extend(
            self.round_store_failure.iter().map(|why| format!("team rounds fail, everything else works: {why}")),
        );
        status
    }

    /// Counts the shards in each state. All counts are 0 with the endpoint.
    pub fn shards(&self) -> ShardCounts {
        let mut counts = ShardCounts::default();
        if let Transport::Shards(shards) = &self.transport {
            for shard in shards.values() {
                match shard {
                    Shard::Connecting => counts.connecting += 1,
                    Shard::Up => counts.up += 1,
                    Shard::Away(_) => counts.away += 1,
                }
            }
        }
        counts
    }
}

/// The state that all parts of the process share. Transports and reloads change it a few times a day; probes read it
/// every few seconds. Handling an interaction does not touch it.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<State>);

impl Readiness {
    /// Starts with a transport that is not ready, and without failures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that the endpoint listens.
    pub fn listening(&self) {
        self.state().transport = Transport::Listening;
    }

    /// Records the shards that the gateway will serve, none of them connected yet.
    pub fn expect_shards(&self, shards: impl IntoIterator<Item = u32>) {
        self.state().transport =
            Transport::Shards(shards.into_iter().map(|shard| (shard, Shard::Connecting)).collect());
    }

    /// Records that a shard receives interactions: its session has begun or was resumed.
    pub fn shard_up(&self, shard: u32) {
        self.set_shard(shard, |_| Shard::Up);
    }

    /// Records that a shard lost its connection, or failed to reconnect.
    pub fn shard_away(&self, shard: u32, now: Instant) {
        self.set_shard(shard, |was| match was {
            Shard::Up => Shard::Away(now),
            // A shard that is away keeps the time at which it left; one that was never up stays `Connecting`.
            other => other,
        });
    }

    /// Records that from now on the process only finishes the interactions in flight.
    pub fn drain(&self) {
        self.state().draining = true;
    }

    /// Records the result of the last reload of the responses. Only the first line of an error is kept: the log has
    /// all.
    pub fn reloaded(&self, result: Result<(), &str>) {
        self.state().reload_failure = result.err().map(|why| why.lines().next().unwrap_or_default().to_owned());
    }

    /// Sets the result of the last registration of the slash commands.
    pub fn registered(&self, result: Result<(), &str>) {
        self.state().registration_failure = result.err().map(str::to_owned);
    }

    /// Sets the result of the last transaction of the store of rounds.
    pub fn round_store(&self, result: Result<(), &str>) {
        self.state().round_store_failure = result.err().map(str::to_owned);
    }

    /// Returns a copy of the state.
    pub fn snapshot(&self) -> State {
        self.state().clone()
    }

    fn set_shard(&self, shard: u32, change: impl FnOnce(Shard) -> Shard) {
        if let Transport::Shards(shards) = &mut self.state().transport {
            let was = shards.entry(shard).or_insert(Shard::Connecting);
            *was = change(*was);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock; and in no case may a health check end the process.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready_on(transport: Transport) -> State {
        State { transport, ..State::default() }
    }

    #[test]
    fn a_process_is_ready_between_its_connection_and_its_shutdown() {
        let readiness = Readiness::new();
        let now = Instant::now();
        let said = || readiness.snapshot().status(now).to_string();
        assert_eq!(said(), "not ready\nnot connected to Discord yet\n");
        readiness.listening();
        assert_eq!(said(), "ready\n");
        readiness.drain();
        assert_eq!(said(), "not ready\nshutting down\n");
    }

    #[test]
    fn every_shard_has_to_have_been_up() {
        let readiness = Readiness::new();
        readiness.expect_shards(4..=5);
        readiness.shard_up(4);
        readiness.shard_away(5, Instant::now());
        let state = readiness.snapshot();
        assert_eq!(state.status(Instant::now()).reasons, ["1 of 2 shards not connected to Discord yet"]);
        assert_eq!(state.shards(), ShardCounts { connecting: 1, up: 1, away: 0 });
        readiness.shard_up(5);
        assert!(readiness.snapshot().status(Instant::now()).is_ready());
    }

    #[test]
    fn a_shard_may_be_away_for_a_minute() {
        let left = Instant::now();
        let state = ready_on(Transport::Shards([(0, Shard::Up), (1, Shard::Away(left))].into()));
        for (seconds, reasons) in
            [(0, &[][..]), (60, &[]), (61, &["1 of 2 shards away from Discord for more than a minute"])]
        {
            assert_eq!(state.status(left + Duration::from_secs(seconds)).reasons, reasons, "{seconds} s");
        }
    }

    #[test]
    fn a_minute_away_counts_from_when_the_shard_left_not_from_its_last_attempt() {
        let readiness = Readiness::new();
        readiness.expect_shards([0]);
        readiness.shard_up(0);
        let left = Instant::now();
        for attempt in 0..=7 {
            readiness.shard_away(0, left + Duration::from_secs(10) * attempt);
        }
        assert!(!readiness.snapshot().status(left + Duration::from_secs(70)).is_ready());
        readiness.shard_up(0);
        assert!(readiness.snapshot().status(left + Duration::from_secs(70)).is_ready());
    }

    #[test]
    fn a_failed_reload_is_a_warning_until_one_works() {
        let readiness = Readiness::new();
        readiness.listening();
        readiness.reloaded(Err("2 errors in en-US/ui.toml\nand more"));
        assert_eq!(
            readiness.snapshot().status(Instant::now()).to_string(),
            "ready\nwarning: the last reload failed, the responses before it stay: 2 errors in en-US/ui.toml\n"
        );
        readiness.reloaded(Ok(()));
        assert_eq!(readiness.snapshot().status(Instant::now()).to_string(), "ready\n");
    }

    #[test]
    fn a_gateway_without_shards_is_not_ready() {
        assert!(!ready_on(Transport::Shards(BTreeMap::new())).status(Instant::now()).is_ready());
    }
}
