//! A handled interaction: what is logged and counted about it.

use std::time::Duration;

use crate::bot::Record;

/// An interaction whose handling is finished.
#[derive(Debug, Clone)]
pub struct Handled<'a> {
    /// The interaction's id.
    pub id: u64,
    /// The bot's record of its reply: the command, the kind of interaction and the kind of reply.
    pub record: &'a Record,
    /// The locale of the person's client, as Discord sent it.
    pub locale: &'a str,
    /// `true` if Discord did not take the reply, so that the person saw none.
    pub undelivered: bool,
    /// The time from its arrival until Discord had the reply (gateway) or the reply was ready to send (endpoint).
    pub took: Duration,
}

impl Handled<'_> {
    /// Returns the kind of reply as logs and metrics show it; `undelivered` if Discord did not take the reply.
    pub fn reply(&self) -> &'static str {
        if self.undelivered { "undelivered" } else { self.record.reply.name() }
    }
}
