//! The cards of rounds, brought up to date where no press of theirs does it.
//!
//! ```text
//! a private "Change" or "Withdraw" ─┐
//! a round closed on time ───────────┴─► Cards::refresh ─► what the store shows now ─► PATCH …/channels/{}/messages/{}
//! ```
//!
//! A press on the card itself needs none of this: its reply updates the card. Here the bot's token is needed, and the bot
//! must be a member of the server; where it is not, the card is up to date after the next press on it.
//!
//! A card is edited at most once in [`INTERVAL`], because Discord limits edits, those of old messages most of all. What
//! changes meanwhile is shown by the edit that follows. Each edit asks the store anew, so that no edit that waited shows an
//! open round after its close.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::rest::{Cause, Rest};
use crate::backoff::{Backoff, Pace};
use crate::clock;
use crate::message::Target;
use crate::round::RoundId;
use crate::service::Service;

/// Minimum time between two edits of a card.
const INTERVAL: Duration = Duration::from_secs(5);

/// Maximum number of attempts at one edit. The next press on the card does the same.
const MAX_ATTEMPTS: u32 = 6;

/// Longest rate limit that an edit waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Edits the cards of rounds.
pub(super) struct Cards {
    service: Arc<Service>,
    rest: Rest,
    /// The rounds whose card is being edited, or was within [`INTERVAL`]; `true` if it has to be edited again.
    busy: Mutex<HashMap<RoundId, bool>>,
    stop: CancellationToken,
}

/// How an attempt to edit a card ended.
enum Edited {
    /// Nothing more is to be done.
    Done,
    /// Another attempt may succeed, after this pause if Discord named one.
    Later(Option<Duration>),
}

impl Cards {
    /// Edits by `rest`, in which edits that wait do so no longer once `stop` is cancelled.
    pub(super) fn new(service: Arc<Service>, rest: Rest, stop: CancellationToken) -> Self {
        Self { service, rest, busy: Mutex::default(), stop }
    }

    /// Brings the card of a round up to date, on a task of `tasks`.
    pub(super) fn refresh(self: &Arc<Self>, round: RoundId, server: u64, tasks: &TaskTracker) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(again) = busy.get_mut(&round) {
            *again = true;
            return;
        }
        busy.insert(round, false);
        drop(busy);
        let cards = Arc::clone(self);
        tasks.spawn(async move {
            loop {
                cards.edit(round, server).await;
                // A bot that stops shows what there is to show at once.
                let _ = cards.stop.run_until_cancelled(sleep(INTERVAL)).await;
                let mut busy = cards.busy.lock().unwrap_or_else(PoisonError::into_inner);
                match busy.get_mut(&round) {
                    Some(again) if *again => *again = false,
                    _ => {
                        busy.remove(&round);
                        return;
                    }
                }
            }
        });
    }

    async fn edit(&self, round: RoundId, server: u64) {
        let mut backoff = Backoff::new(Pace::CARD);
        while let Edited::Later(pause) = self.attempt(round, server).await {
            backoff.fail();
            let pause = pause.unwrap_or_else(|| backoff.pause());
            let last = backoff.failures() >= MAX_ATTEMPTS || pause > PATIENCE;
            if last || self.stop.run_until_cancelled(sleep(pause)).await.is_none() {
                tracing::warn!(round = round.0, "the card of a round is not up to date; the next press on it is");
                return;
            }
        }
    }

    async fn attempt(&self, round: RoundId, server: u64) -> Edited {
        let card = match self.service.card(round, server, clock::unix_seconds()).await {
            Ok(Some(card)) => card,
            Ok(None) => return Edited::Done,
            // The store counts and tells its failures.
            Err(_) => return Edited::Later(None),
        };
        let body = self.service.encode_message(card.card, Target::UpdateMessage).await;
        let Err(cause) = self.rest.edit_message(card.channel, card.message, &body).await else { return Edited::Done };
        match &cause {
            Cause::RateLimited(pause) => {
                tracing::debug!(round = round.0, %cause, "a card cannot be edited yet");
                Edited::Later(Some(*pause))
            }
            Cause::Unavailable(_) | Cause::Network(_) => {
                tracing::debug!(round = round.0, %cause, "a card was not edited; retrying");
                Edited::Later(None)
            }
            // The bot is no member, may not see the channel, or somebody deleted the message. All that is usual.
            Cause::Refused { status, .. } if matches!(status.as_u16(), 403 | 404) => {
                tracing::debug!(round = round.0, %cause, "a card cannot be edited");
                Edited::Done
            }
            Cause::WrongToken | Cause::InvalidUrl(_) | Cause::Refused { .. } => {
                tracing::warn!(round = round.0, %cause, "a card cannot be edited");
                Edited::Done
            }
        }
    }
}
