//! A channel with two members and the bot in it, in memory. Pure: the clock is an argument, and so is the bot's answer.
//!
//! What a member does is written down as the JSON that Discord would send, and read by the bot's own reader.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde_json::{Value, json};

use super::markdown::CHANNEL_ID;
use super::members::Member;
use crate::interaction::SHOW;
use crate::message::{EPHEMERAL, IS_COMPONENTS_V2, Message, Reply, Target, Visibility};
use crate::picture::Drawing;
use crate::responses::{CONVERSATION, Responses};

/// How many messages a channel keeps; the oldest go first.
pub(crate) const MAX_POSTS: usize = 50;

/// How many characters a member's message may have.
/// <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>
pub(crate) const MAX_CONTENT: usize = 2000;

/// A slash command, as Discord lists it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandEntry<'a> {
    /// The name, without the slash.
    pub(crate) name: &'a str,
    pub(crate) description: Cow<'a, str>,
}

/// Lists the slash commands by name, described in the language for a locale.
pub(crate) fn commands<'a>(responses: &'a Responses, locale: &str) -> Vec<CommandEntry<'a>> {
    let words = &responses.language(locale).words;
    let pages = responses.pages.iter().zip(&words.pages).filter(|(page, _)| page.command);
    let mut commands: Vec<_> = pages
        .map(|(page, words)| CommandEntry { name: &page.name, description: Cow::Borrowed(words.description.as_str()) })
        .chain([CommandEntry { name: CONVERSATION, description: words.ui.command_whichrole() }])
        .collect();
    commands.sort_by_key(|command| command.name);
    commands
}

/// Reads a slash command such as `/cto` or `/cto show:private`: its name and the value of `show`. `None` if the text is
/// no command of the bot's.
pub(crate) fn command<'a>(responses: &Responses, text: &'a str) -> Option<(&'a str, Option<&'a str>)> {
    let mut words = text.trim().strip_prefix('/')?.split_whitespace();
    let name = words.next()?;
    commands(responses, "").iter().find(|command| command.name == name)?;
    Some((name, words.find_map(|word| word.strip_prefix(SHOW)?.strip_prefix(':'))))
}

/// The channel.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Oldest first, at most [`MAX_POSTS`].
    posts: VecDeque<Post>,
    /// How many messages there ever were: the id of the newest.
    last: u64,
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
    /// How often the message was changed.
    pub(crate) changes: u32,
    /// When it was sent, in seconds since 1970.
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
        /// The interaction that last changed the message.
        interaction: Value,
        /// The answer to that.
        answer: Answer,
    },
}

/// What the bot answers.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// A slash command, by its name.
    Command(String),
    /// A press on a button under a message, by its id.
    Press(u64),
}

/// An interaction that the bot has not answered yet.
#[derive(Debug)]
pub(crate) struct Pending {
    by: Member,
    cause: Cause,
    /// The JSON that Discord would send.
    pub(crate) interaction: Value,
}

/// What the bot answers, as Discord would get it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply<'static>,
    /// The language of the reply.
    pub(crate) locale: String,
}

impl Channel {
    /// An empty channel, in the default language.
    pub(crate) fn new(responses: &Responses) -> Self {
        let default = &responses.languages[0].locale;
        Self {
            posts: VecDeque::new(),
            last: 0,
            locales: Member::ALL.map(|_| default.clone()),
            server_locale: default.clone(),
        }
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
    pub(crate) fn seen_by(&self, member: Member) -> impl Iterator<Item = &Post> {
        self.posts.iter().filter(move |post| post.is_seen_by(member))
    }

    /// The picture of a message that a member sees; `None` if there is none.
    pub(crate) fn picture(&self, member: Member, post: u64) -> Option<&Drawing> {
        let post = self.seen_by(member).find(|known| known.id == post)?;
        post.message()?.picture().map(|picture| &picture.drawing)
    }

    /// Adds a member's own words, and returns the id of the message; `None` if the text is empty.
    pub(crate) fn say(&mut self, by: Member, text: &str, now: u64) -> Option<u64> {
        let words: String = text.trim().chars().take(MAX_CONTENT).collect();
        (!words.is_empty()).then(|| self.post(by, Visibility::Public, Content::Words(words), now))
    }

    /// A member uses a slash command.
    pub(crate) fn command(&self, by: Member, name: &str, show: Option<&str>) -> Pending {
        let options: Vec<_> = show.map(|show| json!({"name": SHOW, "type": 3, "value": show})).into_iter().collect();
        let data = json!({"id": "1200000000000000020", "name": name, "type": 1, "options": options});
        let interaction = self.interaction(by, json!({"type": 2, "data": data}));
        Pending { by, cause: Cause::Command(name.to_owned()), interaction }
    }

    /// A member presses a button under a message. `None` if the member sees no such message, or it has no such button
    /// to press.
    pub(crate) fn press(&self, by: Member, post: u64, custom_id: &str) -> Option<Pending> {
        let under = self.seen_by(by).find(|known| known.id == post)?;
        let buttons = under.message()?.buttons();
        buttons.iter().find(|button| button.custom_id == custom_id && !button.disabled)?;
        let flags = match under.visibility {
            Visibility::Public => IS_COMPONENTS_V2,
            Visibility::Private => IS_COMPONENTS_V2 | EPHEMERAL,
        };
        let interaction = self.interaction(
            by,
            json!({
                "type": 3,
                "data": {"component_type": 2, "custom_id": custom_id},
                "message": {"id": post.to_string(), "flags": flags},
            }),
        );
        Some(Pending { by, cause: Cause::Press(post), interaction })
    }

    /// Takes the bot's answer, and returns the id of the message that it sent or changed; `None` if the message to
    /// change is gone.
    pub(crate) fn answer(&mut self, pending: Pending, answer: Answer, now: u64) -> Option<u64> {
        let Pending { by, cause, interaction } = pending;
        let Reply::Message(target, _) = answer.reply else { return None };
        match (target, &cause) {
            (Target::UpdateMessage, &Cause::Press(id)) => {
                let changed = self.posts.iter_mut().find(|post| post.id == id)?;
                let Content::Answer { to, .. } = &changed.content else { return None };
                changed.content = Content::Answer { to: to.clone(), interaction, answer };
                changed.changes += 1;
                Some(id)
            }
            (Target::UpdateMessage, Cause::Command(_)) => None,
            (Target::NewMessage(visibility), _) => {
                Some(self.post(by, visibility, Content::Answer { to: cause, interaction, answer }, now))
            }
        }
    }

    /// A member dismisses a private message of theirs. Returns the id of the message they see before it.
    pub(crate) fn dismiss(&mut self, by: Member, post: u64) -> Option<u64> {
        self.posts.retain(|known| !(known.id == post && known.visibility == Visibility::Private && known.by == by));
        self.seen_by(by).map(|known| known.id).take_while(|&id| id < post).last()
    }

    /// Lists the bot's messages, each with the interaction that it answers.
    pub(crate) fn asked(&self) -> Vec<(u64, Value)> {
        let asked = self.posts.iter().filter_map(|post| match &post.content {
            Content::Answer { interaction, .. } => Some((post.id, interaction.clone())),
            Content::Words(_) => None,
        });
        asked.collect()
    }

    /// Puts another answer to the same interaction in the place of the one that a message shows.
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

    /// What a member did, as Discord would send it.
    fn interaction(&self, by: Member, what: Value) -> Value {
        let mut interaction = json!({
            "id": "1200000000000000010",
            "application_id": "1200000000000000000",
            "token": "a token that answers nowhere",
            "version": 1,
            "guild_id": "1200000000000000030",
            "channel_id": CHANNEL_ID.to_string(),
            "context": 0,
            "member": {"user": {"id": by.id().to_string(), "username": by.name().to_lowercase()}},
            "locale": self.locale(by),
            "guild_locale": self.server_locale,
        });
        if let (Value::Object(interaction), Value::Object(what)) = (&mut interaction, what) {
            interaction.extend(what);
        }
        interaction
    }

    fn post(&mut self, by: Member, visibility: Visibility, content: Content, now: u64) -> u64 {
        self.last += 1;
        if self.posts.len() == MAX_POSTS {
            self.posts.pop_front();
        }
        self.posts.push_back(Post { id: self.last, changes: 0, at: now, by, visibility, content });
        self.last
    }
}

fn speaks(responses: &Responses, locale: &str) -> bool {
    responses.languages.iter().any(|language| language.locale == locale)
}

impl Post {
    fn is_seen_by(&self, member: Member) -> bool {
        self.visibility == Visibility::Public || self.by == member
    }

    /// The bot's message; `None` if a member wrote it.
    pub(crate) fn message(&self) -> Option<&Message<'static>> {
        match &self.content {
            Content::Words(_) => None,
            Content::Answer { answer, .. } => answer.reply.message(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::Defaults;
    use crate::preview::ask;
    use crate::responses::{FIXTURE_FOLDER, Source};
    use crate::service::Service;
    use Member::{Ana, Ben};

    /// A channel and the bot in it.
    struct Talk {
        service: Service,
        channel: Channel,
    }

    impl Talk {
        fn new() -> Self {
            let responses =
                crate::load::load(&Source::Folder(FIXTURE_FOLDER.into()), "en-US").expect("the fixture is whole");
            let channel = Channel::new(&responses);
            Self { service: Service::new(responses, Defaults::default()), channel }
        }

        async fn send(&mut self, by: Member, text: &str) -> Option<u64> {
            match command(&self.service.responses(), text) {
                Some((name, show)) => {
                    let pending = self.channel.command(by, name, show);
                    self.answer(pending).await
                }
                None => self.channel.say(by, text, 7),
            }
        }

        async fn answer(&mut self, pending: Pending) -> Option<u64> {
            let answer = ask(&self.service, &pending.interaction).await;
            self.channel.answer(pending, answer, 7)
        }

        /// Presses the n-th button under a message.
        async fn press(&mut self, by: Member, post: u64, n: usize) -> Option<u64> {
            let custom_id = self.get(post).message()?.buttons()[n].custom_id.clone();
            let pending = self.channel.press(by, post, &custom_id)?;
            self.answer(pending).await
        }

        fn ids(&self, member: Member) -> Vec<u64> {
            self.channel.seen_by(member).map(|post| post.id).collect()
        }

        fn get(&self, id: u64) -> &Post {
            self.channel.posts.iter().find(|post| post.id == id).expect("it is there")
        }
    }

    #[tokio::test]
    async fn a_conversation_is_one_message_that_changes_and_goes_when_dismissed() {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.expect("it is a command");
        assert_eq!((talk.get(first).visibility, talk.get(first).at), (Visibility::Private, 7));
        let before = talk.get(first).message().cloned();
        assert_eq!(talk.press(Ana, first, 0).await, Some(first));
        assert_eq!(talk.get(first).changes, 1);
        assert_ne!(talk.get(first).message().cloned(), before);
        assert_eq!(talk.channel.dismiss(Ben, first), None);
        assert_eq!(talk.ids(Ana), [first], "Ben cannot dismiss what is Ana's");
        talk.channel.dismiss(Ana, first);
        assert_eq!(talk.ids(Ana), [] as [u64; 0]);
    }

    #[tokio::test]
    async fn an_answer_to_a_message_that_was_dismissed_meanwhile_changes_nothing() {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.expect("it is a command");
        let custom_id = talk.get(first).message().expect("it is the bot's").buttons()[0].custom_id.clone();
        let pending = talk.channel.press(Ana, first, &custom_id).expect("the button is there");
        talk.channel.dismiss(Ana, first);
        assert_eq!(talk.answer(pending).await, None);
        assert_eq!(talk.ids(Ana), [] as [u64; 0]);
    }

    #[tokio::test]
    async fn a_private_message_is_one_members_and_a_public_one_everyones() {
        let mut talk = Talk::new();
        let private = talk.send(Ana, "/cto show:private").await.expect("it is a command");
        let public = talk.send(Ana, "/whichrole show:public").await.expect("it is a command");
        assert_eq!((talk.ids(Ana), talk.ids(Ben)), (vec![private, public], vec![public]));
        assert_eq!(talk.press(Ben, private, 0).await, None, "Ben does not see it");
        let own = talk.press(Ben, public, 0).await.expect("Ben gets a conversation of his own");
        assert_eq!((talk.get(own).visibility, talk.get(own).by), (Visibility::Private, Ben));
        assert_eq!((talk.ids(Ana), talk.ids(Ben)), (vec![private, public], vec![public, own]));
        assert_eq!(talk.channel.dismiss(Ana, public), Some(private));
        assert_eq!(talk.ids(Ben), [public, own], "only private messages can be dismissed");
    }

    #[tokio::test]
    async fn only_buttons_that_are_there_can_be_pressed() {
        let mut talk = Talk::new();
        let first = talk.send(Ana, "/whichrole").await.expect("it is a command");
        let buttons = talk.get(first).message().expect("it is the bot's").buttons();
        let disabled = buttons.iter().find(|button| button.disabled).expect("Back leads nowhere yet").custom_id.clone();
        assert!(talk.channel.press(Ana, first, &disabled).is_none());
        assert!(talk.channel.press(Ana, first, "no such button").is_none());
        assert!(talk.channel.press(Ana, first + 1, "start").is_none());
        let words = talk.send(Ana, "hello").await.expect("it is a text");
        assert!(talk.channel.press(Ana, words, "start").is_none());
    }

    #[tokio::test]
    async fn a_text_that_is_no_command_of_the_bots_is_a_members_own_words() {
        let mut talk = Talk::new();
        for text in ["hello", "/", "/ceo", "/compare", "/cto-x"] {
            let id = talk.send(Ana, text).await.expect("it is a text");
            assert!(matches!(&talk.get(id).content, Content::Words(words) if words == text), "{text}");
        }
        assert_eq!(talk.send(Ana, " \n ").await, None);
        let long = talk.send(Ana, &"é".repeat(MAX_CONTENT + 1)).await.expect("it is a text");
        assert!(matches!(&talk.get(long).content, Content::Words(words) if words.chars().count() == MAX_CONTENT));
    }

    #[tokio::test]
    async fn an_answer_has_the_language_of_those_who_see_it() {
        let mut talk = Talk::new();
        let responses = talk.service.responses();
        let (default, other) = (&responses.languages[0].locale, &responses.language("de").locale);
        assert_ne!(default, other);
        talk.channel.set_locale(&responses, Ana, other);
        talk.channel.set_locale(&responses, Ana, "tlh");
        for (text, expected) in [("/cto show:private", other), ("/cto show:public", default)] {
            let id = talk.send(Ana, text).await.expect("it is a command");
            let Content::Answer { answer, .. } = &talk.get(id).content else { panic!("the bot answers") };
            assert_eq!(answer.locale, *expected, "{text}");
        }
    }

    #[tokio::test]
    async fn the_oldest_messages_go_first() {
        let mut talk = Talk::new();
        for _ in 0..MAX_POSTS + 3 {
            talk.send(Ana, "hello").await;
        }
        assert_eq!(talk.ids(Ben), (4..=MAX_POSTS as u64 + 3).collect::<Vec<_>>());
    }
}
