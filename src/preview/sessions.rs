//! One channel for each browser, by a cookie; bounded.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use super::channel::Channel;

/// How many channels are kept; with the bounds of a channel, a few megabytes at most.
pub const MAX_SESSIONS: usize = 32;

/// The channels, by id.
#[derive(Debug, Default)]
pub struct Sessions {
    /// The least recently used first.
    channels: VecDeque<(String, Channel)>,
    /// How many were ever opened.
    opened: u64,
}

impl Sessions {
    /// The channel of this id.
    pub fn get(&mut self, id: &str) -> Option<&mut Channel> {
        let at = self.channels.iter().position(|(known, _)| known == id)?;
        let found = self.channels.remove(at)?;
        self.channels.push_back(found);
        self.channels.back_mut().map(|(_, channel)| channel)
    }

    /// Keeps a channel, in place of the one that was not used for the longest time where there are too many.
    /// Returns its id.
    pub fn open(&mut self, channel: Channel) -> String {
        self.opened += 1;
        // Ids tell browsers apart, and a channel of made-up people holds nothing to guess one for.
        let id = format!("{}-{:016x}", self.opened, RandomState::new().hash_one(self.opened));
        if self.channels.len() == MAX_SESSIONS {
            self.channels.pop_front();
        }
        self.channels.push_back((id.clone(), channel));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    #[test]
    fn the_channel_that_was_not_used_for_the_longest_time_goes_first() {
        let mut sessions = Sessions::default();
        let ids: Vec<_> = (0..MAX_SESSIONS).map(|_| sessions.open(Channel::new(shipped()))).collect();
        assert!(sessions.get(&ids[0]).is_some());
        sessions.open(Channel::new(shipped()));
        assert!(sessions.get(&ids[0]).is_some(), "it was used a moment ago");
        assert!(sessions.get(&ids[1]).is_none(), "it was not");
        assert_eq!(sessions.channels.len(), MAX_SESSIONS);
    }
}
