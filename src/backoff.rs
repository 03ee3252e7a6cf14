//! Pauses between failed attempts, for everything here that is tried again.

use std::time::Duration;

use tokio::time::sleep;

/// How the pauses grow: from `first`, doubling, up to `max`; after `quick` failures in a row, `later` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    first: Duration,
    max: Duration,
    quick: u32,
    later: Duration,
}

impl Pace {
    /// Reconnects of a shard: within 10 s at short intervals, since an interaction that waits in the session is lost
    /// after 3 s.
    pub(super) const RECONNECT: Self = Self {
        first: Duration::from_millis(100),
        max: Duration::from_millis(400),
        quick: 30,
        later: Duration::from_secs(5),
    };

    /// `GET /gateway/bot`, before a session begins.
    pub(super) const GATEWAY_URL: Self = Self::doubling(Duration::from_millis(500), Duration::from_secs(30));

    /// Registration of the slash commands. The bot answers meanwhile.
    pub(super) const REGISTRATION: Self = Self::doubling(Duration::from_secs(2), Duration::from_secs(600));

    /// Callbacks, which have 3 s in all.
    pub(super) const CALLBACK: Self = Self::doubling(Duration::from_millis(50), Duration::from_millis(400));

    /// A store of rounds that fails. Presses are told at once meanwhile.
    pub(crate) const STORE: Self = Self::doubling(Duration::from_secs(1), Duration::from_secs(30));

    /// Messages after a reply, which somebody waits for.
    pub(crate) const FOLLOW_UP: Self = Self::doubling(Duration::from_millis(100), Duration::from_secs(2));

    /// Edits of the card of a round, which the next press on it makes, too.
    pub(crate) const CARD: Self = Self::doubling(Duration::from_millis(500), Duration::from_secs(30));

    const fn doubling(first: Duration, max: Duration) -> Self {
        Self { first, max, quick: u32::MAX, later: max }
    }

    /// Returns the pause after so many failures in a row, without jitter. Zero before the first failure.
    fn pause(self, failures: u32) -> Duration {
        match failures {
            0 => Duration::ZERO,
            failures if failures > self.quick => self.later,
            failures => self.first.saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX)).min(self.max),
        }
    }
}

/// Number of failures in a row, and the pause that follows from it.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    pace: Pace,
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, failures: 0 }
    }

    /// Number of failures since the last success.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Counts a failure.
    pub(super) fn fail(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Forgets all failures.
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// Returns the pause before the next attempt, with 50 to 100 % jitter, so that processes that failed together do
    /// not come back together.
    pub(super) fn pause(&self) -> Duration {
        self.pace.pause(self.failures).mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// Counts a failure and sleeps for the pause that follows.
    pub(super) async fn wait_after_failure(&mut self) {
        self.fail();
        sleep(self.pause()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_maximum() {
        let pauses = |pace: Pace, failures: &[u32]| -> Vec<u128> {
            failures.iter().map(|failures| pace.pause(*failures).as_millis()).collect()
        };
        assert_eq!(pauses(Pace::RECONNECT, &[0, 1, 2, 3, 30, 31, u32::MAX]), [0, 100, 200, 400, 400, 5_000, 5_000]);
        assert_eq!(
            pauses(Pace::REGISTRATION, &[1, 2, 9, 10, 33, u32::MAX]),
            [2_000, 4_000, 512_000, 600_000, 600_000, 600_000]
        );
    }

    #[test]
    fn jitter_takes_at_most_half_of_a_pause() {
        let mut backoff = Backoff::new(Pace::RECONNECT);
        assert_eq!(backoff.pause(), Duration::ZERO);
        (0..3).for_each(|_| backoff.fail());
        for _ in 0..100 {
            let pause = backoff.pause().as_millis();
            assert!((200..=400).contains(&pause), "{pause}");
        }
        backoff.succeed();
        assert_eq!(backoff.failures(), 0);
    }
}
