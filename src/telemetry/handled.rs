//! An interaction that has been dealt with: what is logged and counted of it.

use std::time::Duration;

use crate::bot::Record;

/// An interaction that has been dealt with.
#[derive(Debug, Clone)]
pub struct Handled<'a> {
    /// The interaction's id.
    pub id: u64,
    /// What the bot says of its reply.
    pub record: &'a Record,
    /// The locale of the person's client, as Discord sent it.
    pub locale: &'a str,
    /// `true` if Discord did not take the reply, so that the person saw none.
    pub undelivered: bool,
    /// The time from its arrival until Discord had the reply (gateway) or the reply was ready to send (endpoint).
    pub took: Duration,
}

impl Handled<'_> {
    /// The name of what the person saw, as logs and metrics show it.
    pub fn reply(&self) -> &'static str {
        if self.undelivered { "undelivered" } else { self.record.reply.name() }
    }
}
