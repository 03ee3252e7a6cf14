//! The shards of this process, and the order in which they may identify.
//!
//! Discord limits the sessions a day and the identifies in 5 seconds; a bot that ignores either has its token reset. <https://docs.discord.com/developers/events/gateway#session-start-limit-object>

use std::time::Duration;

use serenity::model::gateway::{BotGateway, SessionStartLimit};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

/// Time between two identifies with the same rate limit key: Discord's 5 seconds, and a margin for the network.
/// <https://docs.discord.com/developers/events/gateway#rate-limiting>
const WINDOW: Duration = Duration::from_millis(5_200);

/// Which shards a process serves: `gateway.shards` in `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shards {
    /// All shards, as many as Discord recommends.
    Auto,
    /// A range of the shards, so that several processes share them.
    Range {
        /// Number of shards of all processes.
        total: u32,
        /// First shard of this process, counted from 0.
        from: u32,
        /// Last shard of this process, less than `total`.
        to: u32,
    },
}

impl Shards {
    /// Returns the shards of this process, and the number of shards of all processes.
    pub(super) fn assigned(self, gateway: &BotGateway) -> (std::ops::RangeInclusive<u32>, u32) {
        match self {
            Self::Auto => (0..=gateway.shards.max(1) - 1, gateway.shards.max(1)),
            Self::Range { total, from, to } => (from..=to, total),
        }
    }
}

/// Returns the time until so many sessions may be started; `None` if they may be started now.
pub(super) fn wait_for_starts(limit: &SessionStartLimit, needed: u64) -> Option<Duration> {
    // If `needed` is more than the limit of a day, the whole limit of a day is enough.
    let enough = limit.remaining >= needed.min(limit.total);
    (!enough).then(|| Duration::from_millis(limit.reset_after))
}

/// Lets as many shards identify at once as Discord allows.
///
/// Shards whose numbers are equal modulo `max_concurrency` share a rate limit key. For each key: the time of the next
/// identify, locked while a shard holds the permit.
/// <https://docs.discord.com/developers/events/gateway#sharding-max-concurrency>
#[derive(Debug)]
pub(super) struct IdentifyQueue(Vec<Mutex<Instant>>);

impl IdentifyQueue {
    /// A queue in which every key is free.
    pub(super) fn new(max_concurrency: u64) -> Self {
        Self((0..max_concurrency.max(1)).map(|_| Mutex::new(Instant::now())).collect())
    }

    /// Waits until the shard may identify. Dropping the permit frees its key at once, unless
    /// [`IdentifyPermit::identified`] was called.
    pub(super) async fn acquire(&self, shard: u32) -> IdentifyPermit<'_> {
        let next = self.0[shard as usize % self.0.len()].lock().await;
        tokio::time::sleep_until(*next).await;
        IdentifyPermit(next)
    }
}

/// Permission for one shard to identify.
#[derive(Debug)]
pub(super) struct IdentifyPermit<'a>(MutexGuard<'a, Instant>);

impl IdentifyPermit<'_> {
    /// Records that the shard has just identified: the key is free again after [`WINDOW`].
    pub(super) fn identified(mut self) {
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
        assert_eq!(Shards::Auto.assigned(&gateway(3, 0)), (0..=2, 3));
        assert_eq!(Shards::Auto.assigned(&gateway(0, 0)), (0..=0, 1));
        assert_eq!(Shards::Range { total: 8, from: 2, to: 5 }.assigned(&gateway(3, 0)), (2..=5, 8));
    }

    #[test]
    fn sessions_start_only_if_enough_remain() {
        for (remaining, needed, wait) in [(4, 4, None), (3, 4, Some(60)), (0, 1, Some(60)), (1000, 2000, None)] {
            let limit = gateway(1, remaining).session_start_limit;
            assert_eq!(wait_for_starts(&limit, needed), wait.map(Duration::from_secs), "{remaining} of {needed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shards_of_one_key_identify_one_after_the_other() {
        let queue = IdentifyQueue::new(2);
        let start = Instant::now();
        queue.acquire(0).await.identified();
        queue.acquire(1).await.identified();
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(queue.acquire(2).await);
        assert_eq!(start.elapsed(), WINDOW);
        queue.acquire(4).await.identified();
        assert_eq!(start.elapsed(), WINDOW, "a permit that was not used frees its key");
    }
}
