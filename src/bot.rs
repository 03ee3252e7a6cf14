//! The bot: an interaction and the loaded responses in, one response out. Pure: no I/O, no clock, no memory.
//!
//! ```text
//! /cto            ─► the card of a page
//! /whichrole      ─► the first question
//! a press         ─► what its custom_id leads to: a page, a question, a suggestion
//! anything else   ─► a private notice with a button to start a conversation
//! ```

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::advisor::{Answers, Next, Outcome, Strength, Suggestion, next};
use crate::cards::{Conversation, Reveal, notice, page};
use crate::custom_id::{Action, ConversationState, Step};
use crate::interaction::{Interaction, Request, UserId};
use crate::message::{Message, Reply, Target, Violation, Visibility};
use crate::responses::{CONVERSATION, Language, Page, Responses};

/// Who sees a response where the person did not choose (`[visibility]` in `config.toml`), and in which language a
/// public one is (`responses.public_language`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// The card of a page such as `/cto`.
    pub cards: Visibility,
    /// A conversation.
    pub conversation: Visibility,
    /// The language of a public response.
    pub public_language: PublicLanguage,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            cards: Visibility::Public,
            conversation: Visibility::Private,
            public_language: PublicLanguage::ServerIfChosen,
        }
    }
}

/// Whose language a public response in a server is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicLanguage {
    /// The server's preferred language if it could choose one, else that of the person who asks.
    ServerIfChosen,
    /// The server's preferred language, which is `en-US` in every server that cannot choose one.
    Server,
    /// The language of the person who asks.
    Person,
}

/// A reply, and what to log and count of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The message, and where it goes.
    pub reply: Reply<'a>,
    /// What is logged and counted.
    pub record: Record,
}

/// What is logged and counted of an interaction. Its values are closed sets, so that no label and no log field grows
/// with users, servers or what a person sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The command that the interaction belongs to.
    pub command: CommandName,
    /// What the person did.
    pub kind: InteractionKind,
    /// What the reply was.
    pub reply: ReplyKind,
}

/// The name of the command that an interaction belongs to: `whichrole`, the name of a loaded page, or `unknown`. It
/// is never a text that came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandName(Name);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Unknown,
    Conversation,
    Page(Arc<str>),
}

impl CommandName {
    /// The name of no command of ours.
    pub const UNKNOWN: Self = Self(Name::Unknown);

    /// The conversation's name.
    pub const CONVERSATION: Self = Self(Name::Conversation);

    fn page(page: &Page) -> Self {
        Self(Name::Page(Arc::clone(&page.name)))
    }

    /// The name as logs and metrics show it.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Unknown => "unknown",
            Name::Conversation => CONVERSATION,
            Name::Page(name) => name,
        }
    }
}

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InteractionKind {
    /// Used a slash command.
    Command,
    /// Pressed a button.
    Press,
}

impl InteractionKind {
    /// The kind of a request.
    pub fn of(request: &Request<'_>) -> Self {
        match request {
            Request::Command { .. } => Self::Command,
            Request::Press { .. } => Self::Press,
        }
    }

    /// The name as logs and metrics show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Press => "press",
        }
    }
}

/// What a reply was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// A page.
    Page,
    /// A question.
    Question,
    /// A suggestion.
    Suggestion(Outcome, Strength),
    /// A suggestion, after its details or a preview.
    SuggestionAgain,
    /// The details of a suggestion.
    Details,
    /// What the channel would see of a suggestion.
    Preview,
    /// A suggestion, shared with the channel.
    Shared(Outcome, Strength),
    /// The first question of an own conversation, after a press on another person's.
    Foreign,
    /// The notice that the questions have changed since the button was made.
    Changed,
    /// The notice that the button or command leads nowhere.
    Unknown,
    /// The apology: the reply broke these limits, which the load should have found.
    Failed(Vec<Violation>),
    /// The apology: the bot panicked.
    Panicked,
}

impl ReplyKind {
    /// The name as logs and metrics show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Question => "question",
            Self::Suggestion(..) => "suggestion",
            Self::SuggestionAgain => "suggestion_again",
            Self::Details => "details",
            Self::Preview => "preview",
            Self::Shared(..) => "shared",
            Self::Foreign => "foreign",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for ReplyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Answers an interaction. Every interaction gets a reply, and no reply breaks a limit of Discord's.
pub fn respond<'a>(responses: &'a Responses, defaults: Defaults, interaction: &Interaction<'_>) -> Response<'a> {
    let (command, route) = route(responses, defaults, &interaction.request);
    let kind = InteractionKind::of(&interaction.request);
    let context = Context { responses, public_language: defaults.public_language, interaction };
    let (reply, reply_kind) = context.reply(&route);
    match reply.message.usage() {
        Ok(_) => Response { reply, record: Record { command, kind, reply: reply_kind } },
        Err(violations) => {
            let record = Record { command, kind, reply: ReplyKind::Failed(violations) };
            Response { reply: context.apology(), record }
        }
    }
}

/// The private apology after [`respond`] panicked.
pub fn apologise<'a>(responses: &'a Responses, defaults: Defaults, interaction: &Interaction<'_>) -> Response<'a> {
    let (command, _) = route(responses, defaults, &interaction.request);
    let kind = InteractionKind::of(&interaction.request);
    let reply = Context { responses, public_language: defaults.public_language, interaction }.apology();
    Response { reply, record: Record { command, kind, reply: ReplyKind::Panicked } }
}

/// The language of a reply with this target.
pub(crate) fn language<'a>(
    responses: &'a Responses,
    defaults: Defaults,
    interaction: &Interaction<'_>,
    target: Target,
) -> &'a Language {
    let visibility = match (target, &interaction.request) {
        (Target::NewMessage(visibility), _) => visibility,
        (Target::UpdateMessage, Request::Press { on, .. }) => *on,
        (Target::UpdateMessage, Request::Command { .. }) => Visibility::Private,
    };
    Context { responses, public_language: defaults.public_language, interaction }.language(visibility)
}

/// Where a request leads.
enum Route {
    /// To the page with this index, as a new card or in place of the card that the button is under.
    Page(usize, Target),
    /// To the first question of an own conversation.
    Start(Target),
    /// To a state of a conversation, from a button under a message with this visibility.
    Conversation(ConversationState, Visibility),
    /// Nowhere.
    Unknown,
}

/// Finds out where a request leads and which command it belongs to. No other place parses a `custom_id`.
fn route(responses: &Responses, defaults: Defaults, request: &Request<'_>) -> (CommandName, Route) {
    match request {
        Request::Command { name, show } if name == CONVERSATION => {
            let target = Target::NewMessage(show.unwrap_or(defaults.conversation));
            (CommandName::CONVERSATION, Route::Start(target))
        }
        Request::Command { name, show } => match responses.page(name) {
            Some((index, page)) if page.command => {
                (CommandName::page(page), Route::Page(index, Target::NewMessage(show.unwrap_or(defaults.cards))))
            }
            _ => (CommandName::UNKNOWN, Route::Unknown),
        },
        Request::Press { custom_id, on } => match Action::parse(custom_id) {
            Ok(Action::Page { name, in_place }) => match responses.page(name) {
                Some((index, page)) => {
                    // A public card stays as it is for its other readers; the press opens a private one.
                    let turn = in_place && *on == Visibility::Private;
                    let target = if turn { Target::UpdateMessage } else { Target::NewMessage(Visibility::Private) };
                    (CommandName::page(page), Route::Page(index, target))
                }
                None => (CommandName::UNKNOWN, Route::Unknown),
            },
            Ok(Action::Start) => (CommandName::CONVERSATION, Route::Start(Target::NewMessage(Visibility::Private))),
            Ok(Action::Conversation(state)) => (CommandName::CONVERSATION, Route::Conversation(state, *on)),
            Err(_) => (CommandName::UNKNOWN, Route::Unknown),
        },
    }
}

/// What a reply is made from: the responses, and who asks where.
struct Context<'a, 'i> {
    responses: &'a Responses,
    public_language: PublicLanguage,
    interaction: &'i Interaction<'i>,
}

impl<'a> Context<'a, '_> {
    /// The language of a reply: the person's own if only they see it, that of `responses.public_language` if the
    /// channel sees it.
    fn language(&self, visibility: Visibility) -> &'a Language {
        let Interaction { user_locale, guild_locale, guild_is_community, .. } = self.interaction;
        let is_servers = match (visibility, self.public_language) {
            (Visibility::Private, _) | (_, PublicLanguage::Person) => false,
            (Visibility::Public, PublicLanguage::ServerIfChosen) => *guild_is_community,
            (Visibility::Public, PublicLanguage::Server) => true,
        };
        let server = guild_locale.as_deref().filter(|_| is_servers);
        self.responses.language(server.unwrap_or(user_locale))
    }

    fn conversation(&self, visibility: Visibility, owner: UserId) -> Conversation<'a> {
        Conversation { responses: self.responses, language: self.language(visibility), owner }
    }

    fn reply(&self, route: &Route) -> (Reply<'a>, ReplyKind) {
        match route {
            Route::Page(index, target) => {
                let message = page::card(self.responses, self.language(visible(*target)), *index);
                (Reply { target: *target, message }, ReplyKind::Page)
            }
            Route::Start(target) => {
                let conversation = self.conversation(visible(*target), self.interaction.user);
                let message = conversation.question(0, &Answers::default());
                (Reply { target: *target, message }, ReplyKind::Question)
            }
            Route::Conversation(state, on) => self.go(state, *on),
            Route::Unknown => self.unknown(),
        }
    }

    /// The reply to a press that leads to a state of a conversation, on a message with this visibility.
    fn go(&self, state: &ConversationState, on: Visibility) -> (Reply<'a>, ReplyKind) {
        if state.owner != self.interaction.user {
            return self.foreign(state.owner);
        }
        if state.revision != self.responses.revision {
            return (update(notice::changed(self.responses, self.language(on))), ReplyKind::Changed);
        }
        let Ok(next) = next(&self.responses.questionnaire, state.answers.choices()) else { return self.unknown() };
        let conversation = self.conversation(on, state.owner);
        match (next, state.step) {
            (Next::Ask(question), Step::Answer | Step::Back | Step::Restart) => {
                (update(conversation.question(question, &state.answers)), ReplyKind::Question)
            }
            // Only a suggestion has these buttons.
            (Next::Ask(_), _) => self.unknown(),
            (Next::Suggest(suggestion), step) => self.end(&conversation, &suggestion, step, &state.answers, on),
        }
    }

    /// The reply to a press at the end of a conversation, on a message with this visibility.
    fn end(
        &self,
        conversation: &Conversation<'a>,
        suggestion: &Suggestion,
        step: Step,
        answers: &Answers,
        on: Visibility,
    ) -> (Reply<'a>, ReplyKind) {
        let public = self.conversation(Visibility::Public, conversation.owner);
        let share = |reveal| {
            let message = public.shared(suggestion, reveal);
            let reply = Reply { target: Target::NewMessage(Visibility::Public), message };
            (reply, ReplyKind::Shared(suggestion.outcome, suggestion.strength))
        };
        match step {
            Step::Share => share(Reveal::Answers),
            Step::ShareWithoutAnswers => share(Reveal::SuggestionOnly),
            Step::Details => (update(conversation.details(suggestion, answers, on)), ReplyKind::Details),
            Step::Preview => (update(conversation.preview(&public, suggestion, answers)), ReplyKind::Preview),
            Step::Suggestion => (update(conversation.suggestion(suggestion, answers, on)), ReplyKind::SuggestionAgain),
            Step::Answer | Step::Back | Step::Restart => {
                let message = conversation.suggestion(suggestion, answers, on);
                (update(message), ReplyKind::Suggestion(suggestion.outcome, suggestion.strength))
            }
        }
    }

    /// An own conversation, in private, after a press on another person's.
    fn foreign(&self, owner: UserId) -> (Reply<'a>, ReplyKind) {
        let conversation = self.conversation(Visibility::Private, self.interaction.user);
        (private(conversation.first_question_after(owner)), ReplyKind::Foreign)
    }

    fn unknown(&self) -> (Reply<'a>, ReplyKind) {
        (private(notice::unknown(self.responses, self.language(Visibility::Private))), ReplyKind::Unknown)
    }

    fn apology(&self) -> Reply<'a> {
        private(notice::failed(self.responses, self.language(Visibility::Private)))
    }
}

/// The visibility of a page or a first question. Only private cards are replaced by these in place.
fn visible(target: Target) -> Visibility {
    match target {
        Target::NewMessage(visibility) => visibility,
        Target::UpdateMessage => Visibility::Private,
    }
}

fn update(message: Message<'_>) -> Reply<'_> {
    Reply { target: Target::UpdateMessage, message }
}

fn private(message: Message<'_>) -> Reply<'_> {
    Reply { target: Target::NewMessage(Visibility::Private), message }
}
