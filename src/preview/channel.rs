//! A channel with two members and the bot in it, in memory. Pure: the clock is an argument.
//!
//! What a member does is written down as the JSON that Discord would send, and read by the bot's own reader.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use super::members::Member;
use crate::bot::{Defaults, respond};
use crate::interaction::{Incoming, SHOW, parse};
use crate::message::{EPHEMERAL, IS_COMPONENTS_V2, Message, Reply, Target, Visibility};
use crate::responses::{CONVERSATION, Responses};

/// How many messages a channel keeps; the oldest go first.
pub const MAX_POSTS: usize = 50;

/// How many characters a member's message may have.
/// <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>
pub const MAX_CONTENT: usize = 2000;

/// The bot, as far as a channel asks it.
pub struct Bot {
    /// What it says.
    pub responses: Arc<Responses>,
    /// Who sees an answer when nobody said.
    pub defaults: Defaults,
}

/// A slash command, as Discord lists it.
#[derive(Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Its name, without the slash.
    pub name: &'a str,
    /// What it does.
    pub description: Cow<'a, str>,
}

/// The slash commands, in the order of their names, described in the language for a locale.
pub fn commands<'a>(responses: &'a Responses, locale: &str) -> Vec<Command<'a>> {
    let words = &responses.language(locale).words;
    let pages = responses.pages.iter().zip(&words.pages).filter(|(page, _)| page.command);
    let mut commands: Vec<_> = pages
        .map(|(page, words)| Command { name: &page.name, description: Cow::Borrowed(words.description.as_str()) })
        .chain([Command { name: CONVERSATION, description: words.ui.command_whichrole() }])
        .collect();
    commands.sort_by_key(|command| command.name);
    commands
}

/// The channel.
#[derive(Debug)]
pub struct Channel {
    /// Oldest first, at most [`MAX_POSTS`].
    posts: VecDeque<Post>,
    /// How many messages there ever were: the id of the newest.
    last: u64,
    /// The language of each member's client, in the order of [`Member::ALL`].
    locales: [String; Member::ALL.len()],
    /// The preferred language of the server.
    server_locale: String,
    /// Which load of the responses its answers are drawn from; 0 before there are any.
    loads: u64,
}

/// A message in the channel.
#[derive(Debug)]
pub struct Post {
    /// Its id, from 1; never used again.
    pub id: u64,
    /// How often it was changed.
    pub changes: u32,
    /// When it was sent, in seconds since 1970.
    pub at: u64,
    /// Who sent it, or whom it answers.
    pub by: Member,
    /// Who sees it.
    pub seen: Visibility,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Debug)]
pub enum Content {
    /// A member's own words.
    Words(String),
    /// The bot's answer.
    Answer {
        /// What it answers.
        to: Cause,
        /// The interaction that last changed it.
        asked: Value,
        /// The answer to that, as Discord would get it.
        reply: Reply<'static>,
        /// The locale of its language.
        locale: String,
    },
}

/// What the bot answers.
#[derive(Debug, Clone)]
pub enum Cause {
    /// A slash command, by its name.
    Command(String),
    /// A press on a button under a message, by its id.
    Press(u64),
}

impl Channel {
    /// An empty channel, in the default language.
    pub fn new(responses: &Responses) -> Self {
        let default = &responses.languages[0].locale;
        Self {
            posts: VecDeque::new(),
            last: 0,
            locales: Member::ALL.map(|_| default.clone()),
            server_locale: default.clone(),
            loads: 0,
        }
    }

    /// The language of a member's client.
    pub fn locale(&self, member: Member) -> &str {
        &self.locales[member as usize]
    }

    /// The preferred language of the server.
    pub fn server_locale(&self) -> &str {
        &self.server_locale
    }

    /// Sets the language of a member's client, if the bot speaks it.
    pub fn set_locale(&mut self, bot: &Bot, member: Member, locale: &str) {
        if speaks(bot, locale) {
            self.locales[member as usize] = locale.to_owned();
        }
    }

    /// Sets the preferred language of the server, if the bot speaks it.
    pub fn set_server_locale(&mut self, bot: &Bot, locale: &str) {
        if speaks(bot, locale) {
            self.server_locale = locale.to_owned();
        }
    }

    /// What a member sees, oldest first.
    pub fn seen_by(&self, member: Member) -> impl Iterator<Item = &Post> {
        self.posts.iter().filter(move |post| post.is_seen_by(member))
    }

    /// A member sends a text: a command of ours if it is one (`/cto`, `/cto show:private`), else their own words.
    /// Returns the id of the message that came of it; an empty text does nothing.
    pub fn send(&mut self, bot: &Bot, by: Member, text: &str, now: u64) -> Option<u64> {
        let text = text.trim();
        if let Some(line) = text.strip_prefix('/') {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or_default();
            if commands(&bot.responses, "").iter().any(|command| command.name == name) {
                let show = words.find_map(|word| word.strip_prefix(SHOW)?.strip_prefix(':'));
                return Some(self.command(bot, by, name, show, now));
            }
        }
        let words: String = text.chars().take(MAX_CONTENT).collect();
        (!words.is_empty()).then(|| self.post(by, Visibility::Public, Content::Words(words), now))
    }

    /// A member uses a slash command. Returns the id of the answer.
    pub fn command(&mut self, bot: &Bot, by: Member, name: &str, show: Option<&str>, now: u64) -> u64 {
        let options: Vec<_> = show.map(|show| json!({"name": SHOW, "type": 3, "value": show})).into_iter().collect();
        let data = json!({"id": "1200000000000000020", "name": name, "type": 1, "options": options});
        let asked = self.interaction(by, json!({"type": 2, "data": data}));
        let reply = ask(bot, &asked);
        // Only a press is answered by a change; it has a message to change.
        let Target::NewMessage(seen) = reply.target else { unreachable!("a command is answered with a new message") };
        let locale = self.language(bot, by, seen);
        self.post(by, seen, Content::Answer { to: Cause::Command(name.to_owned()), asked, reply, locale }, now)
    }

    /// A member presses a button under a message. Returns the id of the message that it sent or changed; nothing
    /// happens where the member sees no such message, or it has no such button to press.
    pub fn press(&mut self, bot: &Bot, by: Member, post: u64, custom_id: &str, now: u64) -> Option<u64> {
        let at = self.posts.iter().position(|known| known.id == post && known.is_seen_by(by))?;
        let under = &self.posts[at];
        let buttons = under.message()?.buttons();
        buttons.iter().find(|button| button.custom_id == custom_id && !button.disabled)?;
        let on = under.seen;
        let flags = match on {
            Visibility::Public => IS_COMPONENTS_V2,
            Visibility::Private => IS_COMPONENTS_V2 | EPHEMERAL,
        };
        let asked = self.interaction(
            by,
            json!({
                "type": 3,
                "data": {"component_type": 2, "custom_id": custom_id},
                "message": {"id": post.to_string(), "flags": flags},
            }),
        );
        let reply = ask(bot, &asked);
        match reply.target {
            Target::NewMessage(seen) => {
                let locale = self.language(bot, by, seen);
                Some(self.post(by, seen, Content::Answer { to: Cause::Press(post), asked, reply, locale }, now))
            }
            Target::UpdateMessage => {
                let locale = self.language(bot, by, on);
                let changed = &mut self.posts[at];
                changed.changes += 1;
                if let Content::Answer { asked: old_asked, reply: old, locale: old_locale, .. } = &mut changed.content {
                    (*old_asked, *old, *old_locale) = (asked, reply, locale);
                }
                Some(post)
            }
        }
    }

    /// A member dismisses a private message of theirs. Returns the id of the one they see before it.
    pub fn dismiss(&mut self, by: Member, post: u64) -> Option<u64> {
        self.posts.retain(|known| !(known.id == post && known.seen == Visibility::Private && known.by == by));
        self.seen_by(by).map(|known| known.id).take_while(|&id| id < post).last()
    }

    /// Draws every answer anew from what the bot says now; where nothing changed since `loads`, it is as it was.
    pub fn refresh(&mut self, bot: &Bot, loads: u64) {
        if std::mem::replace(&mut self.loads, loads) == loads {
            return;
        }
        for post in &mut self.posts {
            let Content::Answer { asked, reply, .. } = &mut post.content else { continue };
            let now = ask(bot, asked);
            if now.message != reply.message {
                // Where the message is stays as it is; only its words are others.
                reply.message = now.message;
                post.changes += 1;
            }
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
            "channel_id": "1200000000000000040",
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

    /// The locale of the language that an answer has: the channel's own where all see it, else the member's.
    fn language(&self, bot: &Bot, member: Member, seen: Visibility) -> String {
        let locale = match seen {
            Visibility::Public => &self.server_locale,
            Visibility::Private => self.locale(member),
        };
        bot.responses.language(locale).locale.clone()
    }

    fn post(&mut self, by: Member, seen: Visibility, content: Content, now: u64) -> u64 {
        self.last += 1;
        if self.posts.len() == MAX_POSTS {
            self.posts.pop_front();
        }
        self.posts.push_back(Post { id: self.last, changes: 0, at: now, by, seen, content });
        self.last
    }
}

/// Sends an interaction to the bot as Discord would, and returns the bot's answer.
fn ask(bot: &Bot, interaction: &Value) -> Reply<'static> {
    let json = interaction.to_string();
    match parse(json.as_bytes()) {
        Ok(Incoming::Interaction(envelope)) => {
            respond(&bot.responses, bot.defaults, &envelope.interaction).reply.into_owned()
        }
        other => unreachable!("an interaction of ours was read as {other:?}"),
    }
}

fn speaks(bot: &Bot, locale: &str) -> bool {
    bot.responses.languages.iter().any(|language| language.locale == locale)
}

impl Post {
    fn is_seen_by(&self, member: Member) -> bool {
        self.seen == Visibility::Public || self.by == member
    }

    /// The bot's message, if it is one.
    pub fn message(&self) -> Option<&Message<'static>> {
        match &self.content {
            Content::Words(_) => None,
            Content::Answer { reply, .. } => Some(&reply.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Member::{Ana, Ben};

    fn bot() -> Bot {
        let responses = crate::load::load(&crate::responses::Source::BuiltIn, "en-US");
        Bot { responses: Arc::new(responses.expect("the built-in responses are whole")), defaults: Defaults::default() }
    }

    fn ids(channel: &Channel, member: Member) -> Vec<u64> {
        channel.seen_by(member).map(|post| post.id).collect()
    }

    fn get(channel: &Channel, id: u64) -> &Post {
        channel.posts.iter().find(|post| post.id == id).expect("it is there")
    }

    /// Presses the n-th button under a message.
    fn press(channel: &mut Channel, bot: &Bot, by: Member, post: u64, n: usize) -> Option<u64> {
        let custom_id = get(channel, post).message()?.buttons()[n].custom_id.clone();
        channel.press(bot, by, post, &custom_id, 0)
    }

    #[test]
    fn a_conversation_is_one_message_that_changes_and_goes_when_dismissed() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        let first = channel.send(&bot, Ana, "/whichrole", 7).expect("it is a command");
        assert_eq!((get(&channel, first).seen, get(&channel, first).at), (Visibility::Private, 7));
        let before = get(&channel, first).message().cloned();
        assert_eq!(press(&mut channel, &bot, Ana, first, 0), Some(first));
        assert_eq!(get(&channel, first).changes, 1);
        assert_ne!(get(&channel, first).message().cloned(), before);
        assert_eq!(channel.dismiss(Ben, first), None);
        assert_eq!(ids(&channel, Ana), [first], "Ben cannot dismiss what is Ana's");
        channel.dismiss(Ana, first);
        assert_eq!(ids(&channel, Ana), [] as [u64; 0]);
    }

    #[test]
    fn a_private_message_is_one_members_and_a_public_one_everyones() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        let private = channel.send(&bot, Ana, "/cto show:private", 0).expect("it is a command");
        let public = channel.send(&bot, Ana, "/whichrole show:public", 0).expect("it is a command");
        assert_eq!((ids(&channel, Ana), ids(&channel, Ben)), (vec![private, public], vec![public]));
        assert_eq!(press(&mut channel, &bot, Ben, private, 0), None, "Ben does not see it");
        let own = press(&mut channel, &bot, Ben, public, 0).expect("Ben gets a conversation of his own");
        assert_eq!((get(&channel, own).seen, get(&channel, own).by), (Visibility::Private, Ben));
        assert_eq!((ids(&channel, Ana), ids(&channel, Ben)), (vec![private, public], vec![public, own]));
        assert_eq!(channel.dismiss(Ana, public), Some(private));
        assert_eq!(ids(&channel, Ben), [public, own], "only private messages can be dismissed");
    }

    #[test]
    fn only_buttons_that_are_there_can_be_pressed() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        let first = channel.send(&bot, Ana, "/whichrole", 0).expect("it is a command");
        let disabled = get(&channel, first).message().expect("it is the bot's").buttons();
        let disabled = disabled.iter().find(|button| button.disabled).expect("Back leads nowhere yet");
        let disabled = disabled.custom_id.clone();
        assert_eq!(channel.press(&bot, Ana, first, &disabled, 0), None);
        assert_eq!(channel.press(&bot, Ana, first, "no such button", 0), None);
        assert_eq!(channel.press(&bot, Ana, first + 1, "start", 0), None);
        let words = channel.send(&bot, Ana, "hello", 0).expect("it is a text");
        assert_eq!(channel.press(&bot, Ana, words, "start", 0), None);
    }

    #[test]
    fn what_is_no_command_of_ours_is_a_members_own_words() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        for text in ["hello", "/", "/ceo", "/compare", "/cto-x"] {
            let id = channel.send(&bot, Ana, text, 0).expect("it is a text");
            assert!(matches!(&get(&channel, id).content, Content::Words(words) if words == text), "{text}");
        }
        assert_eq!(channel.send(&bot, Ana, " \n ", 0), None);
        let long = channel.send(&bot, Ana, &"é".repeat(MAX_CONTENT + 1), 0).expect("it is a text");
        assert!(matches!(&get(&channel, long).content, Content::Words(words) if words.chars().count() == MAX_CONTENT));
    }

    #[test]
    fn an_answer_has_the_language_of_whoever_sees_it() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        let [default, .., other] = &bot.responses.languages[..] else { return };
        channel.set_locale(&bot, Ana, &other.locale);
        channel.set_locale(&bot, Ana, "tlh");
        for (text, expected) in [("/cto show:private", other), ("/cto show:public", default)] {
            let id = channel.send(&bot, Ana, text, 0).expect("it is a command");
            let Content::Answer { locale, .. } = &get(&channel, id).content else { panic!("the bot answers") };
            assert_eq!(*locale, expected.locale, "{text}");
        }
    }

    #[test]
    fn the_oldest_messages_go_first() {
        let (bot, mut channel) = (bot(), Channel::new(crate::responses::shipped()));
        for _ in 0..MAX_POSTS + 3 {
            channel.send(&bot, Ana, "hello", 0);
        }
        assert_eq!(ids(&channel, Ben), (4..=MAX_POSTS as u64 + 3).collect::<Vec<_>>());
    }
}
