//! An interaction that has been dealt with: what is said and counted of it.

use std::borrow::Cow;
use std::time::Duration;

use crate::bot::ReplyKind;
use crate::commands::whichrole;
use crate::custom_id::Action;
use crate::interaction::Request;
use crate::responses::Responses;

/// An interaction that has been dealt with, one way or the other.
#[derive(Debug, Clone)]
pub struct Handled<'a> {
    /// The interaction's id.
    pub id: u64,
    /// Whether it was a slash command or a press.
    pub kind: Kind,
    /// The command it belongs to.
    pub command: Command<'a>,
    /// The language of the person's client, as Discord sent it.
    pub locale: &'a str,
    /// How it ended.
    pub ending: Ending<'a>,
    /// From its arrival until Discord had the answer (gateway) or the answer was ready to send (endpoint).
    pub took: Duration,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A slash command.
    Command,
    /// A press of a button.
    Press,
}

impl Kind {
    /// The kind of a request.
    pub fn of(request: &Request<'_>) -> Self {
        match request {
            Request::Command { .. } => Self::Command,
            Request::Press { .. } => Self::Press,
        }
    }

    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Press => "press",
        }
    }
}

/// The command that an interaction belongs to: `whichrole`, the name of a loaded page, or `unknown`. There is no way
/// to make one of a text that came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command<'a>(Cow<'a, str>);

impl<'a> Command<'a> {
    /// None that we know.
    pub const UNKNOWN: Command<'static> = Command(Cow::Borrowed("unknown"));

    /// The conversation.
    pub const WHICHROLE: Command<'static> = Command(Cow::Borrowed(whichrole::COMMAND));

    /// The command that a request belongs to.
    pub fn of(responses: &'a Responses, request: &Request<'_>) -> Self {
        let page = |name: &str| responses.page(name).map(|(_, page)| page);
        let page = match request {
            Request::Command { name, .. } if name == whichrole::COMMAND => return Self::WHICHROLE,
            Request::Command { name, .. } => page(name).filter(|page| page.command),
            Request::Press { custom_id, .. } => match Action::parse(custom_id) {
                Ok(Action::Page { name, .. }) => page(name),
                Ok(Action::Start | Action::Conversation(_)) => return Self::WHICHROLE,
                Err(_) => None,
            },
        };
        page.map_or(Self::UNKNOWN, |page| Self(Cow::Borrowed(&page.name)))
    }

    /// Its name in logs and metrics.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The same, for when the responses may be gone.
    pub fn into_owned(self) -> Command<'static> {
        Command(Cow::Owned(self.0.into_owned()))
    }
}

/// How an interaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending<'a> {
    /// With this answer.
    Answered(&'a ReplyKind),
    /// With the apology after a panic.
    Panicked,
    /// With nothing that the person sees: Discord did not take the answer.
    Undelivered,
}

impl Ending<'_> {
    /// Its name in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answered(answered) => answered.name(),
            Self::Panicked => "panicked",
            Self::Undelivered => "undelivered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::Visibility;
    use crate::responses::shipped;

    #[test]
    fn a_command_is_whichrole_or_a_loaded_page_or_unknown() {
        let responses = shipped();
        for (name, command) in
            [("whichrole", "whichrole"), ("cto", "cto"), ("compare", "unknown"), ("cfo", "unknown"), ("", "unknown")]
        {
            let request = Request::Command { name: name.into(), show: None };
            assert_eq!(Command::of(responses, &request).name(), command, "/{name}");
        }
    }

    #[test]
    fn a_press_belongs_to_what_it_leads_to() {
        let responses = shipped();
        for (custom_id, command) in [
            ("page:cto", "cto"),
            ("open:compare", "compare"),
            ("page:cfo", "unknown"),
            ("start", "whichrole"),
            ("answer:00000000:7:01", "whichrole"),
            ("anything at all", "unknown"),
            ("", "unknown"),
        ] {
            let request = Request::Press { custom_id: custom_id.into(), on: Visibility::Private };
            assert_eq!(Command::of(responses, &request).name(), command, "{custom_id}");
        }
    }
}
