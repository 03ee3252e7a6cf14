//! What members do in the channel, as the JSON that Discord would send: commands, presses, forms that are sent.

use serde_json::{Value, json};

use super::channel::{Cause, Channel, Post, SERVER_ID};
use super::commands::Typed;
use super::markdown::CHANNEL_ID;
use super::members::Member;
use crate::custom_id::{Action, RoundStep};
use crate::interaction::{DISCORD_EPOCH, MANAGE_MESSAGES};
use crate::message::{EPHEMERAL, IS_COMPONENTS_V2, Modal, Part, RadioGroup, Visibility};
use crate::responses::ROUND;

/// The permission of every member in the channel.
/// <https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags>
const SEND_MESSAGES: u128 = 1 << 11;

/// An interaction that the bot has not answered yet.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(super) by: Member,
    pub(super) cause: Cause,
    /// Whether it may write something, so that it is not to be sent twice.
    pub(super) writes: bool,
    /// The JSON that Discord would send.
    pub(crate) interaction: Value,
}

/// Why a form was not sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// It is not open any more.
    Gone,
    /// A question has no answer, or one that it does not offer.
    Incomplete,
}

impl Channel {
    /// A member uses a slash command.
    pub(crate) fn command(&mut self, by: Member, command: &Typed<'_>, now: u64) -> Pending {
        let Typed { name, options } = command;
        let options: Vec<_> =
            options.iter().map(|(name, value)| json!({"name": name, "type": 3, "value": value})).collect();
        let data = json!({"id": "1200000000000000020", "name": name, "type": 1, "options": options});
        let interaction = self.interaction(by, json!({"type": 2, "data": data}), now);
        Pending { by, cause: Cause::Command((*name).to_owned()), writes: *name == ROUND, interaction }
    }

    /// A member presses a button under a message. `None` if the member sees no such message, or it has no such button
    /// to press.
    pub(crate) fn press(&mut self, by: Member, post: u64, custom_id: &str, now: u64) -> Option<Pending> {
        let under = self.seen_by(by).find(|known| known.id == post)?;
        let buttons = under.message()?.buttons();
        buttons.iter().find(|button| button.custom_id == custom_id && !button.disabled)?;
        let what = json!({
            "type": 3,
            "data": {"component_type": 2, "custom_id": custom_id},
            "message": under.as_discord_has_it(),
        });
        let interaction = self.interaction(by, what, now);
        Some(Pending { by, cause: Cause::Press(post), writes: writes(custom_id), interaction })
    }

    /// A member sends the form that they have open; `fields` has the value that was chosen for each question by name.
    ///
    /// # Errors
    ///
    /// If another form is open, or none, or the form has a question without an answer. It stays open then.
    pub(crate) fn submit(
        &mut self,
        by: Member,
        form: u64,
        fields: &[(String, String)],
        now: u64,
    ) -> Result<Pending, Unsent> {
        let open = self.forms[by as usize].take_if(|open| open.id == form).ok_or(Unsent::Gone)?;
        let sent = self.fill(by, open.under, &open.modal, now, |group| {
            let (_, value) = fields.iter().find(|(name, _)| *name == group.custom_id)?;
            group.options.iter().find(|option| option.value == *value).map(|option| option.value.clone())
        });
        if matches!(sent, Err(Unsent::Incomplete)) {
            self.forms[by as usize] = Some(open);
        }
        sent
    }

    /// A member fills in a form that a button of a message opened, with what `choose` chooses for each question.
    ///
    /// # Errors
    ///
    /// If the message is gone, or a question has no answer.
    pub(crate) fn fill(
        &mut self,
        by: Member,
        under: u64,
        modal: &Modal<'_>,
        now: u64,
        mut choose: impl FnMut(&RadioGroup<'_>) -> Option<String>,
    ) -> Result<Pending, Unsent> {
        let message = self.seen_by(by).find(|known| known.id == under).ok_or(Unsent::Gone)?.as_discord_has_it();
        let mut components = Vec::new();
        for part in &modal.parts {
            // Discord numbers parts and what is in them, from 1.
            let id = 2 * components.len() + 1;
            components.push(match part {
                Part::TextDisplay(_) => json!({"type": 10, "id": id}),
                Part::RadioGroup(group) => {
                    let value = choose(group).ok_or(Unsent::Incomplete)?;
                    let answered = json!({"type": 21, "id": id + 1, "custom_id": group.custom_id, "value": value});
                    json!({"type": 18, "id": id, "component": answered})
                }
            });
        }
        let data = json!({"custom_id": modal.custom_id, "components": components});
        let interaction = self.interaction(by, json!({"type": 5, "data": data, "message": message}), now);
        Ok(Pending { by, cause: Cause::Press(under), writes: true, interaction })
    }

    /// A member closes the form that they have open without sending it, which Discord tells nobody. Returns the id of
    /// the message with the button that opened it.
    pub(crate) fn cancel(&mut self, by: Member) -> Option<u64> {
        self.forms[by as usize].take().map(|form| form.under)
    }

    /// What a member did, as Discord would send it.
    fn interaction(&mut self, by: Member, what: Value, now: u64) -> Value {
        let manages = if by.may_manage_messages() { MANAGE_MESSAGES } else { 0 };
        let mut interaction = json!({
            "id": self.new_id(now).to_string(),
            "application_id": "1200000000000000000",
            "token": "a token that answers nowhere",
            "version": 1,
            "guild_id": SERVER_ID.to_string(),
            "channel_id": CHANNEL_ID.to_string(),
            "context": 0,
            "member": {
                "user": {"id": by.id().to_string(), "username": by.name().to_lowercase()},
                "permissions": (SEND_MESSAGES | manages).to_string(),
            },
            "locale": self.locale(by),
            "guild_locale": self.server_locale(),
        });
        if let (Value::Object(interaction), Value::Object(what)) = (&mut interaction, what) {
            interaction.extend(what);
        }
        interaction
    }

    /// An id as Discord gives it: it tells the time, by the channel's clock, and is never given again.
    pub(super) fn new_id(&mut self, now: u64) -> u64 {
        self.ids += 1;
        let milliseconds = self.time(now).saturating_mul(1000).saturating_sub(DISCORD_EPOCH);
        milliseconds << 22 | self.ids & ((1 << 22) - 1)
    }
}

/// Whether a press on a button with this `custom_id` may write something: one that opens a form does not.
fn writes(custom_id: &str) -> bool {
    match Action::parse(custom_id) {
        Ok(Action::Vote { .. } | Action::Forget | Action::Round(RoundStep::Withdraw, _)) => true,
        Ok(Action::Page { .. } | Action::Start | Action::Conversation(_) | Action::Round(..)) | Err(_) => false,
    }
}

impl Post {
    /// The message in the interactions that begin at one of its buttons.
    fn as_discord_has_it(&self) -> Value {
        let flags = match self.visibility {
            Visibility::Public => IS_COMPONENTS_V2,
            Visibility::Private => IS_COMPONENTS_V2 | EPHEMERAL,
        };
        json!({"id": self.message_id.to_string(), "flags": flags})
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, Talk};
    use super::*;
    use crate::interaction::{Incoming, Interaction, Request, Server, parse};
    use Member::{Ana, Cleo};

    /// What the bot's own reader makes of an interaction.
    fn read(pending: &Pending, then: impl FnOnce(&Interaction<'_>)) {
        let json = pending.interaction.to_string();
        let Ok(Incoming::Interaction(envelope)) = parse(json.as_bytes()) else { panic!("{json}") };
        let interaction = envelope.interaction;
        then(&interaction);
    }

    #[tokio::test]
    async fn each_interaction_is_another_and_tells_the_channels_time_and_what_the_member_may() {
        let mut talk = Talk::new();
        let command = |talk: &mut Talk, by, now| {
            talk.channel().command(by, &Typed { name: "round", options: vec![("deadline", "day")] }, now)
        };
        let mut ids = Vec::new();
        for (by, manages) in [(Ana, false), (Cleo, true), (Ana, false)] {
            read(&command(&mut talk, by, NOW), |interaction| {
                let server = Server { id: SERVER_ID, channel: CHANNEL_ID, may_manage_messages: manages };
                assert_eq!((interaction.at(), interaction.server), (1_700_000_000, Some(server)));
                let Request::Command { name, deadline, .. } = &interaction.request else { panic!("{interaction:?}") };
                assert_eq!((name.as_ref(), deadline.as_deref()), ("round", Some("day")));
                ids.push(interaction.id);
            });
        }
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        talk.channel().pass(NOW + 3600, NOW);
        read(&command(&mut talk, Ana, NOW + 5), |interaction| assert_eq!(interaction.at(), 1_700_003_605));
        talk.channel().pass(NOW, NOW);
        read(&command(&mut talk, Ana, NOW), |interaction| {
            assert_eq!(interaction.at(), 1_700_003_600, "time never goes back");
        });
    }

    #[tokio::test]
    async fn a_form_comes_back_as_discord_sends_it() {
        let mut talk = Talk::new();
        let card = talk.send(Ana, "/round").await.expect("it is a command");
        talk.press(Cleo, card, 0).await;
        let open = talk.channel().form(Cleo).expect("it is open");
        let (id, custom_id) = (open.id, open.modal.custom_id.clone());
        let fields = [("notices", "staff"), ("wants", "unsure"), ("area", "both"), ("other", "x")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let pending = talk.channel().submit(Cleo, id, &fields, NOW).expect("it is whole");
        read(&pending, |interaction| {
            let Request::Submit { custom_id: sent, fields, on } = &interaction.request else {
                panic!("{interaction:?}")
            };
            assert_eq!((sent.as_ref(), *on), (custom_id.as_str(), Visibility::Public));
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
            assert_eq!(fields, [("wants", "unsure"), ("area", "both"), ("notices", "staff")]);
        });
        let ids: Vec<_> = pending.interaction["data"]["components"].as_array().into_iter().flatten().collect();
        assert_eq!(
            ids[2],
            &json!({"type": 18, "id": 5, "component": {"type": 21, "id": 6, "custom_id": "notices", "value": "staff"}})
        );
    }

    #[test]
    fn what_may_write_is_not_sent_twice() {
        for (custom_id, expected) in [
            ("start", false),
            ("page:cto", false),
            ("round:answer:7", false),
            ("round:close:7", false),
            ("round:export:7", false),
            ("round:withdraw:7", true),
            ("vote:5f2a91c0:7:02", true),
            ("about:forget", true),
            ("nothing of ours", false),
        ] {
            assert_eq!(writes(custom_id), expected, "{custom_id}");
        }
    }
}
