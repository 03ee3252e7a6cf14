//! Conversations as tests: a person types a command and presses buttons by their words.

use super::{Bot, Defaults, ReplyKind};
use crate::interaction::{Interaction, Request, UserId};
use crate::message::{Message, Reply, Target, Visibility};
use crate::responses::fixture;

/// A message in a channel, and who sees it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub message: Message<'static>,
    pub seen: Visibility,
    pub target: Target,
    pub kind: ReplyKind,
}

/// Somebody in a server whose preferred language is the default.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub id: u64,
    pub locale: &'static str,
}

pub(crate) const ANA: Person = Person { id: 1001, locale: "en-US" };
pub(crate) const BEN: Person = Person { id: 1002, locale: "en-US" };

impl Person {
    /// Types a command.
    pub(crate) fn types(self, name: &str, show: Option<Visibility>) -> Shown {
        self.does(Request::Command { name: name.into(), show, deadline: None }, Visibility::Public)
    }

    /// Presses the button with these words.
    pub(crate) fn presses(self, shown: &Shown, label: &str) -> Shown {
        let buttons = shown.message.buttons();
        let button = buttons.iter().find(|button| button.label == label && !button.disabled);
        let button = button.unwrap_or_else(|| panic!("no button [{label}] under:\n{}", shown.message));
        self.sends(shown, &button.custom_id)
    }

    /// Sends a press with any custom_id, as though a button under the message had it.
    pub(crate) fn sends(self, shown: &Shown, custom_id: &str) -> Shown {
        self.does(Request::Press { custom_id: custom_id.into(), on: shown.seen }, shown.seen)
    }

    fn does(self, request: Request<'_>, on: Visibility) -> Shown {
        let interaction = Interaction {
            id: 0,
            server: None,
            user: UserId(self.id),
            user_locale: self.locale.into(),
            guild_locale: Some("en-US".into()),
            guild_is_community: true,
            request,
        };
        let bot = Bot::new(fixture(), Defaults::default());
        let response = bot.plan(&interaction).answer().expect("no store is asked");
        let Reply::Message(target, message) = response.reply else { panic!("no form is opened") };
        let seen = match target {
            Target::NewMessage(seen) => seen,
            Target::UpdateMessage => on,
        };
        Shown { message, seen, target, kind: response.record.reply }
    }
}
