//! How many shards, and which of them may identify when.
//!
//! Discord allows so many sessions a day and so many identifies in 5 seconds; a bot that ignores either has its token
//! reset. <https://docs.discord.com/developers/events/gateway#session-start-limit-object>

use std::time::Duration;

use serenity::model::gateway::{BotGateway, SessionStartLimit};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

/// How long a place among those that identify at once is taken: Discord's 5 seconds, and a little for the way there,
/// which is not always equally long. <https://docs.discord.com/developers/events/gateway#rate-limiting>
const WINDOW: Duration = Duration::from_millis(5_200);

/// Which shards a process serves: `gateway.shards` in `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shards {
    /// As many as Discord recommends, all of them.
    Auto,
    /// Some of a number of shards, so that several processes share them.
    Range {
        /// How many there are in all.
        total: u32,
        /// The first of ours, from 0.
        from: u32,
        /// The last of ours, below `total`.
        to: u32,
    },
}

impl Shards {
    /// Our shards, and how many there are in all.
    pub(super) fn of(self, gateway: &BotGateway) -> (std::ops::RangeInclusive<u32>, u32) {
        match self {
            Self::Auto => (0..=gateway.shards.max(1) - 1, gateway.shards.max(1)),
            Self::Range { total, from, to } => (from..=to, total),
        }
    }
}

/// How long to wait until this many sessions may be started; `None` for not at all.
pub(super) fn wait_for_starts(limit: &SessionStartLimit, needed: u64) -> Option<Duration> {
    // Where a day never has enough, a whole day's is all there is to wait for.
    let enough = limit.remaining >= needed.min(limit.total);
    (!enough).then(|| Duration::from_millis(limit.reset_after))
}

/// Lets shards identify as many at once as Discord allows.
///
/// Shards whose numbers are equal modulo `max_concurrency` share a place.
/// <https://docs.discord.com/developers/events/gateway#sharding-max-concurrency>
#[derive(Debug)]
pub(super) struct Places(Vec<Mutex<Instant>>);

impl Places {
    pub fn new(max_concurrency: u64) -> Self {
        Self((0..max_concurrency.max(1)).map(|_| Mutex::new(Instant::now())).collect())
    }

    /// Waits for the shard's turn. The place is free for the next as soon as this is dropped, except after
    /// [`Place::identified`].
    pub async fn wait(&self, shard: u32) -> Place<'_> {
        let place = self.0[shard as usize % self.0.len()].lock().await;
        tokio::time::sleep_until(*place).await;
        Place(place)
    }
}

/// A shard's turn to identify.
#[derive(Debug)]
pub(super) struct Place<'a>(MutexGuard<'a, Instant>);

impl Place<'_> {
    /// Takes in that the shard has just identified.
    pub fn identified(mut self) {
        *self.0 = Instant::now() + WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(shards: u32, remaining: u64) -> BotGateway {
        serde_json::from_value(serde_json::json!({
            "url": "wss://gateway", "shards": shards,
            "session_start_limit": {"total": 1000, "remaining": remaining, "reset_after": 60_000, "max_concurrency": 1},
        }))
        .expect("it is what Discord answers")
    }

    #[test]
    fn shards_are_what_discord_recommends_or_what_is_set() {
        assert_eq!(Shards::Auto.of(&gateway(3, 0)), (0..=2, 3));
        assert_eq!(Shards::Auto.of(&gateway(0, 0)), (0..=0, 1));
        assert_eq!(Shards::Range { total: 8, from: 2, to: 5 }.of(&gateway(3, 0)), (2..=5, 8));
    }

    #[test]
    fn sessions_are_started_only_where_enough_remain() {
        for (remaining, needed, wait) in [(4, 4, None), (3, 4, Some(60)), (0, 1, Some(60)), (1000, 2000, None)] {
            let limit = gateway(1, remaining).session_start_limit;
            assert_eq!(wait_for_starts(&limit, needed), wait.map(Duration::from_secs), "{remaining} of {needed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shards_of_one_place_identify_one_after_the_other() {
        let places = Places::new(2);
        let start = Instant::now();
        places.wait(0).await.identified();
        places.wait(1).await.identified();
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(places.wait(2).await);
        assert_eq!(start.elapsed(), WINDOW);
        places.wait(4).await.identified();
        assert_eq!(start.elapsed(), WINDOW, "a turn that was not used is free");
    }
}
