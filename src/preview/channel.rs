//! A channel with some members and the bot in it, in memory. Pure: the clock is an argument, and so is the bot's answer.
//!
//! What members do there is in [`actions`](super::actions).

use std::collections::VecDeque;

use serde_json::Value;

use super::actions::Pending;
use super::members::Member;
use crate::custom_id::{Action, RoundStep};
use crate::message::{Attached, File, Message, Modal, Reply, Target, Visibility};
use crate::picture::Drawing;
use crate::responses::Responses;
use crate::round::{self, RoundId};
use crate::service::After;

/// How many messages a channel keeps; the oldest go first.
pub(crate) const MAX_POSTS: usize = 50;

/// How many characters a member's message may have.
/// <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>
pub(crate) const MAX_CONTENT: usize = 2000;

/// The id of the server that the channel is in.
pub(crate) const SERVER_ID: u64 = 1_200_000_000_000_000_030;

/// The channel.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Oldest first, at most [`MAX_POSTS`].
    posts: VecDeque<Post>,
    /// How many messages there ever were: the id of the newest.
    last: u64,
    /// How many ids of Discord's there ever were, so that each is another.
    pub(super) ids: u64,
    /// For how many seconds the channel's clock is ahead of the real one.
    ahead: u64,
    /// The form that each member has open, in the order of [`Member::ALL`].
    pub(super) forms: [Option<OpenForm>; Member::ALL.len()],
    /// How many forms there ever were: the id of the newest.
    last_form: u64,
    /// The language of each member's client, in the order of [`Member::ALL`].
    locales: [String; Member::ALL.len()],
    /// The preferred language of the server.
    server_locale: String,
}

/// A message in the channel.
#[derive(Debug)]
pub(crate) struct Post {
    /// Counts from 1; never used again.
    pub(crate) id: u64,
    /// The id by which Discord knows it.
    pub(super) message_id: u64,
    /// How often the message was changed.
    pub(crate) changes: u32,
    /// When it was sent, in seconds since 1970 by the channel's clock.
    pub(crate) at: u64,
    /// Its author; of an answer, the member who is answered.
    pub(crate) by: Member,
    pub(crate) visibility: Visibility,
    pub(crate) content: Content,
}

/// The content of a message.
#[derive(Debug)]
pub(crate) enum Content {
    /// A member's own words.
    Words(String),
    /// The bot's answer.
    Answer {
        /// What is answered.
        to: Cause,
        /// The interaction that last changed the message; `None` if it may have written something, so that it is not to
        /// be sent again.
        interaction: Option<Value>,
        /// The answer to that.
        answer: Answer,
    },
}

/// What the bot answers.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// A slash command, by its name.
    Command(String),
    /// A press on a button under a message, by its id; or a form that the button opened.
    Press(u64),
}

/// What the bot answers, as Discord would get it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply<'static>,
    /// The language of the reply.
    pub(crate) locale: String,
    /// Whether it is a message by itself, sent or edited after the reply.
    pub(crate) by_itself: bool,
}

/// A form that a member has open.
#[derive(Debug)]
pub(crate) struct OpenForm {
    /// Counts from 1; never used again.
    pub(crate) id: u64,
    /// The message with the button that opened it.
    pub(crate) under: u64,
    pub(crate) modal: Modal<'static>,
    /// The language of the form.
    pub(crate) locale: String,
}

/// What came of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Where it leads the member who is answered.
    pub(crate) led: Led,
    /// The card of a round, to be remembered: the round, who opened it, and the message's id of Discord's.
    pub(crate) card: Option<(RoundId, round::Member, u64)>,
    /// A round whose card is to be brought up to date.
    pub(crate) changed: Option<RoundId>,
}

/// Where an answer leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Led {
    /// To the message with this id, which was sent or changed.
    Post(u64),
    /// To a form.
    Form,
    /// Nowhere: the message to change is gone.
    Nowhere,
}

/// How to find out what a message of the bot's would say now.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    /// By the same interaction once more.
    Interaction(Value),
    /// By a look at the round: for its card, or for what a member sees of their own answer.
    Round { round: RoundId, by: Member, visibility: Visibility },
}

impl Channel {
    /// An empty channel, in the default language.
    pub(crate) fn new(responses: &Responses) -> Self {
        let default = &responses.languages[0].locale;
        Self {
            posts: VecDeque::new(),
            last: 0,
            ids: 0,
            ahead: 0,
            forms: Member::ALL.map(|_| None),
            last_form: 0,
            locales: Member::ALL.map(|_| default.clone()),
            server_locale: default.clone(),
        }
    }

    /// The time in the channel at a real time, both in seconds since 1970.
    pub(crate) fn time(&self, now: u64) -> u64 {
        now.saturating_add(self.ahead)
    }

    /// For how many seconds the channel's clock is ahead of the real one.
    pub(crate) fn ahead(&self) -> u64 {
        self.ahead
    }

    /// Lets time pass until the channel's clock shows this, if it does not yet.
    pub(crate) fn pass(&mut self, until: u64, now: u64) {
        self.ahead = self.ahead.max(until.saturating_sub(now));
    }

    /// The language of a member's client.
    pub(crate) fn locale(&self, member: Member) -> &str {
        &self.locales[member as usize]
    }

    /// The preferred language of the server.
    pub(crate) fn server_locale(&self) -> &str {
        &self.server_locale
    }

    /// Sets the language of a member's client, if the bot speaks it.
    pub(crate) fn set_locale(&mut self, responses: &Responses, member: Member, locale: &str) {
        if speaks(responses, locale) {
            self.locales[member as usize] = locale.to_owned();
        }
    }

    /// Sets the preferred language of the server, if the bot speaks it.
    pub(crate) fn set_server_locale(&mut self, responses: &Responses, locale: &str) {
        if speaks(responses, locale) {
            self.server_locale = locale.to_owned();
        }
    }

    /// What a member sees, oldest first.
    pub(crate) fn seen_by(&self, member: Member) -> impl DoubleEndedIterator<Item = &Post> {
        self.posts.iter().filter(move |post| post.is_seen_by(member))
    }

    /// The message with this id.
    #[cfg(test)]
    pub(crate) fn post_by_id(&self, id: u64) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    /// The form that a member has open.
    pub(crate) fn form(&self, member: Member) -> Option<&OpenForm> {
        self.forms[member as usize].as_ref()
    }

    /// The newest card of an open round: the message's id, and the round.
    pub(crate) fn open_round(&self) -> Option<(u64, RoundId)> {
        self.posts.iter().rev().filter(|post| post.visibility == Visibility::Public).find_map(|post| {
            let mut steps = round_steps(post.message()?);
            steps.find_map(|(step, round)| (step == RoundStep::Close).then_some((post.id, round)))
        })
    }

    /// The picture of a message that a member sees; `None` if there is none.
    pub(crate) fn picture(&self, member: Member, post: u64) -> Option<&Drawing> {
        let post = self.seen_by(member).find(|known| known.id == post)?;
        post.message()?.picture().map(|picture| &picture.drawing)
    }

    /// The file of this name in a message that a member sees; `None` if there is none.
    pub(crate) fn file(&self, member: Member, post: u64, name: &str) -> Option<&File> {
        let post = self.seen_by(member).find(|known| known.id == post)?;
        find_file(post.message()?, name)
    }

    /// Adds a member's own words, and returns the id of the message; `None` if the text is empty.
    pub(crate) fn say(&mut self, by: Member, text: &str, now: u64) -> Option<u64> {
        let words: String = text.trim().chars().take(MAX_CONTENT).collect();
        (!words.is_empty()).then(|| self.post(by, Visibility::Public, Content::Words(words), now))
    }

    /// Takes the bot's answer and what comes after it.
    pub(crate) fn answer(&mut self, pending: Pending, answer: Answer, after: Vec<After<'static>>, now: u64) -> Outcome {
        let (by, cause) = (pending.by, pending.cause.clone());
        let mut outcome = Outcome { led: self.reply(pending, answer, now), card: None, changed: None };
        for after in after {
            match after {
                After::FollowUp(message) => {
                    // Only the member sees it, so it is in their language.
                    let reply = Reply::Message(Target::NewMessage(Visibility::Private), message);
                    let answer = Answer { reply, locale: self.locale(by).to_owned(), by_itself: true };
                    let content = Content::Answer { to: cause.clone(), interaction: None, answer };
                    outcome.led = Led::Post(self.post(by, Visibility::Private, content, now));
                }
                After::RememberCard { round, by } => {
                    let Led::Post(post) = outcome.led else { continue };
                    let card = self.posts.iter().find(|known| known.id == post);
                    outcome.card = card.map(|card| (round, by, card.message_id));
                }
                After::EditCard { round, .. } => outcome.changed = Some(round),
            }
        }
        outcome
    }

    fn reply(&mut self, pending: Pending, answer: Answer, now: u64) -> Led {
        let Pending { by, cause, writes, interaction } = pending;
        let target = match answer.reply {
            Reply::Message(target, _) => target,
            Reply::Modal(modal) => {
                let Cause::Press(under) = cause else { return Led::Nowhere };
                self.last_form += 1;
                let form = OpenForm { id: self.last_form, under, modal, locale: answer.locale };
                self.forms[by as usize] = Some(form);
                return Led::Form;
            }
        };
        let interaction = (!writes).then_some(interaction);
        match (target, &cause) {
            (Target::UpdateMessage, &Cause::Press(id)) => {
                let Some(changed) = self.posts.iter_mut().find(|post| post.id == id) else { return Led::Nowhere };
                let Content::Answer { to, .. } = &changed.content else { return Led::Nowhere };
                changed.content = Content::Answer { to: to.clone(), interaction, answer };
                changed.changes += 1;
                Led::Post(id)
            }
            (Target::UpdateMessage, Cause::Command(_)) => Led::Nowhere,
            (Target::NewMessage(visibility), _) => {
                Led::Post(self.post(by, visibility, Content::Answer { to: cause, interaction, answer }, now))
            }
        }
    }

    /// The bot edits a message of its own, by the id that Discord knows it by; a message that is gone stays so.
    pub(crate) fn edit(&mut self, message_id: u64, new: Message<'static>) {
        let Some(post) = self.posts.iter_mut().find(|known| known.message_id == message_id) else { return };
        let Content::Answer { answer, interaction, .. } = &mut post.content else { return };
        let Reply::Message(target, message) = &mut answer.reply else { return };
        if new != *message {
            (*target, *message) = (Target::UpdateMessage, new);
            answer.by_itself = true;
            *interaction = None;
            post.changes += 1;
        }
    }

    /// A member dismisses a private message of theirs. Returns the id of the message they see before it.
    pub(crate) fn dismiss(&mut self, by: Member, post: u64) -> Option<u64> {
        self.posts.retain(|known| !(known.id == post && known.visibility == Visibility::Private && known.by == by));
        self.seen_by(by).map(|known| known.id).take_while(|&id| id < post).last()
    }

    /// Lists the bot's messages whose words may be other ones now, and how to find out: nothing is done twice. What
    /// cannot be found out stays as it is.
    pub(crate) fn asked(&self) -> Vec<(u64, Asked)> {
        let asked = self.posts.iter().filter_map(|post| {
            let Content::Answer { interaction, .. } = &post.content else { return None };
            let round = round_steps(post.message()?).map(|(_, round)| round).next();
            let asked = match (round, interaction) {
                (Some(round), _) => Asked::Round { round, by: post.by, visibility: post.visibility },
                (None, Some(interaction)) => Asked::Interaction(interaction.clone()),
                (None, None) => return None,
            };
            Some((post.id, asked))
        });
        asked.collect()
    }

    /// Puts other words for the same in the place of those that a message shows.
    pub(crate) fn redraw(&mut self, post: u64, new: Answer) {
        let Some(post) = self.posts.iter_mut().find(|known| known.id == post) else { return };
        let Content::Answer { answer, .. } = &mut post.content else { return };
        let (Reply::Message(_, new_message), Reply::Message(_, message)) = (new.reply, &mut answer.reply) else {
            return;
        };
        if new_message != *message {
            // Who sees the message stays as it is.
            *message = new_message;
            answer.locale = new.locale;
            post.changes += 1;
        }
    }

    fn post(&mut self, by: Member, visibility: Visibility, content: Content, now: u64) -> u64 {
        self.last += 1;
        if self.posts.len() == MAX_POSTS {
            self.posts.pop_front();
        }
        let (id, message_id, at) = (self.last, self.new_id(now), self.time(now));
        self.posts.push_back(Post { id, message_id, changes: 0, at, by, visibility, content });
        id
    }
}

fn speaks(responses: &Responses, locale: &str) -> bool {
    responses.languages.iter().any(|language| language.locale == locale)
}

/// What the buttons of a message do to rounds.
fn round_steps(message: &Message<'_>) -> impl Iterator<Item = (RoundStep, RoundId)> {
    message.buttons().into_iter().filter_map(|button| match Action::parse(&button.custom_id) {
        Ok(Action::Round(step, round)) => Some((step, round)),
        _ => None,
    })
}

/// The file of this name in a message; `None` if there is none.
pub(crate) fn find_file<'m>(message: &'m Message<'_>, name: &str) -> Option<&'m File> {
    message.attachments().into_iter().find_map(|attached| match attached {
        Attached::File(file) if file.name == name => Some(file),
        _ => None,
    })
}

impl Post {
    fn is_seen_by(&self, member: Member) -> bool {
        self.visibility == Visibility::Public || self.by == member
    }

    /// The bot's message; `None` if a member wrote it.
    pub(crate) fn message(&self) -> Option<&Message<'_>> {
        match &self.content {
            Content::Words(_) => None,
            Content::Answer { answer, .. } => answer.reply.message(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, Talk};
    use super::*;
    use crate::TestResult;
    use crate::preview::actions::Unsent;
    use Member::{Ana, Ben, Cleo};

    #[tokio::test]
    async fn a_conversation_is_one_message_that_changes_and_goes_when_dismissed() -> TestResult {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.ok_or("it is no command")?;
        assert_eq!(talk.get(first).visibility, Visibility::Private);
        let before = talk.text(first);
        assert_eq!(talk.press(Ana, first, 0).await, Some(first));
        assert_eq!(talk.get(first).changes, 1);
        assert_ne!(talk.text(first), before);
        assert_eq!(talk.channel().dismiss(Ben, first), None);
        assert_eq!(talk.ids(Ana), [first], "Ben cannot dismiss what is Ana's");
        talk.channel().dismiss(Ana, first);
        assert_eq!(talk.ids(Ana), [] as [u64; 0]);
        Ok(())
    }

    #[tokio::test]
    async fn an_answer_to_a_message_that_was_dismissed_meanwhile_changes_nothing() -> TestResult {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.ok_or("it is no command")?;
        let custom_id = talk.get(first).message().ok_or("it is not the bot's")?.buttons()[0].custom_id.clone();
        let pending = talk.channel().press(Ana, first, &custom_id, NOW).ok_or("the button is not there")?;
        talk.channel().dismiss(Ana, first);
        assert_eq!(talk.answer(pending).await, None);
        assert_eq!(talk.ids(Ana), [] as [u64; 0]);
        Ok(())
    }

    #[tokio::test]
    async fn a_private_message_is_one_members_and_a_public_one_everyones() -> TestResult {
        let mut talk = Talk::new();
        let private = talk.send(Ana, "/cto show:private").await.ok_or("it is no command")?;
        let public = talk.send(Ana, "/whichrole show:public").await.ok_or("it is no command")?;
        assert_eq!((talk.ids(Ana), talk.ids(Ben)), (vec![private, public], vec![public]));
        assert_eq!(talk.press(Ben, private, 0).await, None, "Ben does not see it");
        let own = talk.press(Ben, public, 0).await.ok_or("Ben gets no conversation of his own")?;
        assert_eq!((talk.get(own).visibility, talk.get(own).by), (Visibility::Private, Ben));
        assert_eq!((talk.ids(Ana), talk.ids(Ben)), (vec![private, public], vec![public, own]));
        assert_eq!(talk.channel().dismiss(Ana, public), Some(private));
        assert_eq!(talk.ids(Ben), [public, own], "only private messages can be dismissed");
        Ok(())
    }

    #[tokio::test]
    async fn only_buttons_that_are_there_can_be_pressed() -> TestResult {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.ok_or("it is no command")?;
        let buttons = talk.get(first).message().ok_or("it is not the bot's")?.buttons();
        let disabled =
            buttons.iter().find(|button| button.disabled).ok_or("Back leads somewhere already")?.custom_id.clone();
        assert!(talk.channel().press(Ana, first, &disabled, NOW).is_none());
        assert!(talk.channel().press(Ana, first, "no such button", NOW).is_none());
        assert!(talk.channel().press(Ana, first + 1, "start", NOW).is_none());
        let words = talk.send(Ana, "hello").await.ok_or("it is no text")?;
        assert!(talk.channel().press(Ana, words, "start", NOW).is_none());
        Ok(())
    }

    #[tokio::test]
    async fn a_text_that_is_no_command_of_the_bots_is_a_members_own_words() -> TestResult {
        let mut talk = Talk::new();
        for text in ["hello", "/", "/ceo", "/compare", "/cto-x"] {
            let id = talk.send(Ana, text).await.ok_or("it is no text")?;
            assert!(matches!(&talk.get(id).content, Content::Words(words) if words == text), "{text}");
        }
        assert_eq!(talk.send(Ana, " \n ").await, None);
        let long = talk.send(Ana, &"é".repeat(MAX_CONTENT + 1)).await.ok_or("it is no text")?;
        assert!(matches!(&talk.get(long).content, Content::Words(words) if words.chars().count() == MAX_CONTENT));
        Ok(())
    }

    #[tokio::test]
    async fn an_answer_has_the_language_of_those_who_see_it() -> TestResult {
        let mut talk = Talk::new();
        let responses = talk.app.service.responses();
        let (default, other) = (&responses.languages[0].locale, &responses.language("de").locale);
        assert_ne!(default, other);
        talk.channel().set_locale(&responses, Ana, other);
        talk.channel().set_locale(&responses, Ana, "tlh");
        for (text, expected) in [("/cto show:private", other), ("/cto show:public", default)] {
            let id = talk.send(Ana, text).await.ok_or("it is no command")?;
            let Content::Answer { answer, .. } = &talk.get(id).content else { panic!("the bot answers") };
            assert_eq!(answer.locale, *expected, "{text}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn the_oldest_messages_go_first() {
        let mut talk = Talk::new();
        for _ in 0..MAX_POSTS + 3 {
            talk.send(Ana, "hello").await;
        }
        assert_eq!(talk.ids(Ben), (4..=MAX_POSTS as u64 + 3).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_member_answers_in_a_form_and_sees_the_suggestion_alone() -> TestResult {
        let mut talk = Talk::new();
        let card = talk.send(Ana, "/round deadline:day").await.ok_or("it is no command")?;
        assert_eq!(
            (talk.get(card).visibility, talk.channel().open_round().map(|(card, _)| card)),
            (Visibility::Public, Some(card))
        );
        assert_eq!(talk.press(Ben, card, 0).await, None, "no message, but a form");
        assert!(talk.channel().form(Ana).is_none(), "the form is Ben's");
        let own = talk.submit(Ben, &["product", "making", "customers"]).await.ok_or("it is not whole")?;
        assert!(talk.channel().form(Ben).is_none(), "it is sent");
        assert_eq!((talk.ids(Ana), talk.ids(Ben)), (vec![card], vec![card, own]));
        assert!(talk.text(card).contains("1 card answered one"), "{}", talk.text(card));
        assert!(talk.text(own).contains("mine counts"), "{}", talk.text(own));

        talk.press_label(Ben, own, "button change").await;
        let form = talk.channel().form(Ben).ok_or("it is not open")?.modal.to_string();
        assert_eq!(form.matches("(•)").count(), 3, "the answers so far are chosen: {form}");
        assert_eq!(
            talk.submit(Ben, &["inside", "systems", "staff"]).await,
            Some(own),
            "it changes the private message"
        );
        let changes = talk.get(card).changes;
        assert_eq!(talk.press_label(Ben, own, "button withdraw").await, Some(own));
        assert!(talk.text(own).contains("mine withdrawn"), "{}", talk.text(own));
        assert!(talk.text(card).contains("0 card answered other"), "the card is edited: {}", talk.text(card));
        assert_eq!(talk.get(card).changes, changes + 1);
        Ok(())
    }

    #[tokio::test]
    async fn a_form_is_sent_whole_or_stays_open_and_can_be_closed() -> TestResult {
        let mut talk = Talk::new();
        let card = talk.send(Ana, "/round").await.ok_or("it is no command")?;
        talk.press(Ana, card, 0).await;
        let form = talk.channel().form(Ana).ok_or("it is not open")?.id;
        assert_eq!(talk.submit(Ana, &["product", "making"]).await, None, "a question has no answer");
        assert_eq!(talk.submit(Ana, &["product", "making", "cats"]).await, None, "it is not offered");
        assert_eq!(talk.channel().form(Ana).map(|form| form.id), Some(form), "it is still open");
        assert_eq!(talk.channel().submit(Ana, form + 1, &[], NOW).err(), Some(Unsent::Gone));
        assert_eq!(talk.channel().submit(Ben, form, &[], NOW).err(), Some(Unsent::Gone));
        assert_eq!(talk.channel().cancel(Ana), Some(card));
        assert_eq!((talk.channel().cancel(Ana), talk.channel().form(Ana).is_none()), (None, true));
        assert!(talk.text(card).contains("0 card answered other"), "nothing was sent");
        Ok(())
    }

    #[tokio::test]
    async fn only_who_opened_the_round_or_manages_messages_may_close_it() -> TestResult {
        let mut talk = Talk::new();
        let card = talk.send(Ana, "/round").await.ok_or("it is no command")?;
        let notice = talk.press_label(Ben, card, "button close").await.ok_or("Ben is not told")?;
        assert!(talk.text(notice).contains("notice not allowed"), "{}", talk.text(notice));
        assert_eq!(talk.press_label(Cleo, card, "button close").await, None, "Cleo gets the form");
        assert_eq!(talk.submit(Cleo, &["delete"]).await, Some(card));
        assert!(talk.text(card).contains("result deleted"), "{}", talk.text(card));
        assert_eq!(talk.channel().open_round(), None);
        Ok(())
    }
}
