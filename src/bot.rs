//! The bot: an interaction and the loaded responses in, one response out. Pure: no I/O, no clock, no memory.
//!
//! ```text
//! /cto            ─► the card of a page
//! /whichrole      ─► the first question
//! a press         ─► what its custom_id leads to: a page, a question, a suggestion
//! /round, /about  ─► one request to the store of rounds, and the response to what it found
//! anything else   ─► a private notice with a button to start a conversation
//! ```
//!
//! [`Bot::plan`] gives the response at once, or what is to be asked of the store first; [`Bot::reply`] is then given
//! what the store found. At most one thing is asked, and it is known before any I/O.

mod round;
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
use crate::links::Links;
use crate::message::{Message, Reply, Target, Violation, Visibility};
use crate::responses::{ABOUT, CONVERSATION, Language, Page, ROUND, Responses};
use crate::round::{Limits, Member, RoundId};
use round::{Asked, Purpose};
pub use round::{Found, StoreRequest};

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

/// What the bot answers from.
#[derive(Debug, Clone, Copy)]
pub struct Bot<'a> {
    /// What it says.
    pub responses: &'a Responses,
    /// Who sees a response where the person did not choose.
    pub defaults: Defaults,
    /// The limits of rounds; `None` if rounds are switched off.
    pub rounds: Option<Limits>,
    /// The links of `/about`.
    pub links: &'a Links,
}

/// A response, or what is to be asked first.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan<'a> {
    /// The response: nothing is asked.
    Answer(Response<'a>),
    /// The store of rounds is asked, and [`Bot::reply`] is given what it found.
    Ask(Lookup),
}

impl<'a> Plan<'a> {
    /// The response; `None` if the store is asked first.
    pub fn answer(self) -> Option<Response<'a>> {
        match self {
            Self::Answer(response) => Some(response),
            Self::Ask(_) => None,
        }
    }
}

/// What is asked of the store of rounds, and what the response will be for.
#[derive(Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What is asked.
    pub request: StoreRequest,
    purpose: Purpose,
    record: Record,
}

/// A reply, what is sent after it, and what to log and count of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// What Discord is answered.
    pub reply: Reply<'a>,
    /// What is done once Discord has the reply, in this order.
    pub after: Vec<After<'a>>,
    /// What is logged and counted.
    pub record: Record,
}

/// Something done once Discord has the reply.
#[derive(Debug, PartialEq, Eq)]
pub enum After<'a> {
    /// Send the person another message, which nobody else sees.
    FollowUp(Message<'a>),
    /// Find out which message the reply became, and remember it as the card of this round.
    RememberCard {
        /// The round.
        round: RoundId,
        /// Who opened it.
        by: Member,
    },
    /// Bring the card of a round up to date, where the bot may: it must be a member there. What the card shows is asked
    /// when it is sent, for it may have to wait, and an old card must not take the place of a newer one.
    EditCard {
        /// The round.
        round: RoundId,
        /// The server that it is in.
        server: u64,
    },
}

impl After<'_> {
    /// Clones all borrowed text, so that it can outlive the responses.
    pub fn into_owned(self) -> After<'static> {
        match self {
            Self::FollowUp(message) => After::FollowUp(message.into_owned()),
            Self::RememberCard { round, by } => After::RememberCard { round, by },
            Self::EditCard { round, server } => After::EditCard { round, server },
        }
    }
}

impl<'a> Response<'a> {
    fn new(reply: Reply<'a>, record: Record) -> Self {
        Self { reply, after: Vec::new(), record }
    }
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
    Round,
    About,
    Page(Arc<str>),
}

impl CommandName {
    /// The name of no command of ours.
    pub const UNKNOWN: Self = Self(Name::Unknown);

    /// The conversation's name.
    pub const CONVERSATION: Self = Self(Name::Conversation);

    /// The name of rounds.
    pub const ROUND: Self = Self(Name::Round);

    /// The name of the card that says what the bot is.
    pub const ABOUT: Self = Self(Name::About);

    fn page(page: &Page) -> Self {
        Self(Name::Page(Arc::clone(&page.name)))
    }

    /// The name as logs and metrics show it.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Unknown => "unknown",
            Name::Conversation => CONVERSATION,
            Name::Round => ROUND,
            Name::About => ABOUT,
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
    /// Sent a form.
    Submit,
}

impl InteractionKind {
    /// The kind of a request.
    pub fn of(request: &Request<'_>) -> Self {
        match request {
            Request::Command { .. } => Self::Command,
            Request::Press { .. } => Self::Press,
            Request::Submit { .. } => Self::Submit,
        }
    }

    /// The name as logs and metrics show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Press => "press",
            Self::Submit => "submit",
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
    /// The card of an open round.
    Round,
    /// A form of a round.
    RoundForm,
    /// An answer in a round was taken. What it was is nobody's business.
    RoundAnswered,
    /// An answer in a round was taken back.
    RoundWithdrawn,
    /// An answer, or a change of it, came after the close.
    RoundLate,
    /// The result of a round.
    RoundResult,
    /// A round was deleted unseen.
    RoundDeleted,
    /// The counts of a round, as files.
    RoundExport,
    /// A round did not do what was asked.
    RoundRefused,
    /// The store of rounds does not work.
    RoundUnavailable,
    /// What the bot is, and what it keeps.
    About,
    /// The same, after what was stored on the person was deleted.
    Forgotten,
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
            Self::Round => "round",
            Self::RoundForm => "round_form",
            Self::RoundAnswered => "round_answered",
            Self::RoundWithdrawn => "round_withdrawn",
            Self::RoundLate => "round_late",
            Self::RoundResult => "round_result",
            Self::RoundDeleted => "round_deleted",
            Self::RoundExport => "round_export",
            Self::RoundRefused => "round_refused",
            Self::RoundUnavailable => "round_unavailable",
            Self::About => "about",
            Self::Forgotten => "forgotten",
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

impl<'a> Bot<'a> {
    /// A bot without rounds and links.
    pub fn new(responses: &'a Responses, defaults: Defaults) -> Self {
        Self { responses, defaults, rounds: None, links: Links::NONE }
    }

    /// Answers an interaction, or tells what is to be asked first. Every interaction gets a reply, and no reply breaks a
    /// limit of Discord's.
    pub fn plan(&self, interaction: &Interaction<'_>) -> Plan<'a> {
        let (command, route) = self.route(&interaction.request);
        let kind = InteractionKind::of(&interaction.request);
        let (reply, reply_kind) = match route {
            Route::Round(asked, on) => {
                return match self.plan_round(interaction, &asked, on, command) {
                    Plan::Answer(response) => Plan::Answer(self.checked(interaction, response)),
                    Plan::Ask(lookup) => Plan::Ask(lookup),
                };
            }
            route => self.context(interaction).reply(&route),
        };
        let response = Response::new(reply, Record { command, kind, reply: reply_kind });
        Plan::Answer(self.checked(interaction, response))
    }

    /// The response, or the apology if it breaks a limit of Discord's.
    fn checked(&self, interaction: &Interaction<'_>, response: Response<'a>) -> Response<'a> {
        let mut violations = response.reply.violations();
        for after in &response.after {
            if let After::FollowUp(message) = after {
                violations.extend(message.usage().err().unwrap_or_default());
            }
        }
        if violations.is_empty() {
            return response;
        }
        let record = Record { reply: ReplyKind::Failed(violations), ..response.record };
        Response::new(self.context(interaction).apology(), record)
    }

    /// The private apology after [`Bot::plan`] or [`Bot::reply`] panicked.
    pub fn apologise(&self, interaction: &Interaction<'_>) -> Response<'a> {
        let (command, _) = self.route(&interaction.request);
        let kind = InteractionKind::of(&interaction.request);
        let record = Record { command, kind, reply: ReplyKind::Panicked };
        Response::new(self.context(interaction).apology(), record)
    }

    /// The language of a reply with this target.
    pub(crate) fn language_of(&self, interaction: &Interaction<'_>, target: Target) -> &'a Language {
        let visibility = match (target, &interaction.request) {
            (Target::NewMessage(visibility), _) => visibility,
            (Target::UpdateMessage, Request::Press { on, .. } | Request::Submit { on, .. }) => *on,
            (Target::UpdateMessage, Request::Command { .. }) => Visibility::Private,
        };
        self.language(interaction, visibility)
    }

    /// The language of a reply that is seen by these.
    fn language(&self, interaction: &Interaction<'_>, visibility: Visibility) -> &'a Language {
        self.context(interaction).language(visibility)
    }

    fn context<'i>(&self, interaction: &'i Interaction<'i>) -> Context<'a, 'i> {
        Context { responses: self.responses, public_language: self.defaults.public_language, interaction }
    }

    /// Finds out where a request leads and which command it belongs to. No other place parses a `custom_id`.
    fn route<'r>(&self, request: &'r Request<'_>) -> (CommandName, Route<'r>) {
        let Self { responses, defaults, .. } = self;
        match request {
            Request::Command { name, show, .. } if name == CONVERSATION => {
                let target = Target::NewMessage(show.unwrap_or(defaults.conversation));
                (CommandName::CONVERSATION, Route::Start(target))
            }
            Request::Command { name, deadline, .. } if name == ROUND => {
                (CommandName::ROUND, Route::Round(Asked::Open(deadline.as_deref()), Visibility::Public))
            }
            Request::Command { name, .. } if name == ABOUT => {
                (CommandName::ABOUT, Route::Round(Asked::About, Visibility::Private))
            }
            Request::Command { name, show, .. } => match responses.page(name) {
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
                Ok(Action::Round(step, round)) => (CommandName::ROUND, Route::Round(Asked::Press(step, round), *on)),
                Ok(Action::Vote { round, revision, answers }) => {
                    (CommandName::ROUND, Route::Round(Asked::Vote(round, revision, answers), *on))
                }
                Ok(Action::Forget) => (CommandName::ABOUT, Route::Round(Asked::Forget, *on)),
                Err(_) => (CommandName::UNKNOWN, Route::Unknown),
            },
            Request::Submit { custom_id, fields, on } => match Action::parse(custom_id) {
                Ok(Action::Round(step, round)) => {
                    (CommandName::ROUND, Route::Round(Asked::Submit(step, round, fields), *on))
                }
                _ => (CommandName::UNKNOWN, Route::Unknown),
            },
        }
    }
}

/// Where a request leads.
enum Route<'r> {
    /// To the page with this index, as a new card or in place of the card that the button is under.
    Page(usize, Target),
    /// To the first question of an own conversation.
    Start(Target),
    /// To a state of a conversation, from a button under a message with this visibility.
    Conversation(ConversationState, Visibility),
    /// To something that a store is asked for, from below a message with this visibility.
    Round(Asked<'r>, Visibility),
    /// Nowhere.
    Unknown,
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

    fn reply(&self, route: &Route<'_>) -> (Reply<'a>, ReplyKind) {
        match route {
            Route::Page(index, target) => {
                let message = page::card(self.responses, self.language(visible(*target)), *index);
                (Reply::Message(*target, message), ReplyKind::Page)
            }
            Route::Start(target) => {
                let conversation = self.conversation(visible(*target), self.interaction.user);
                let message = conversation.question(0, &Answers::default());
                (Reply::Message(*target, message), ReplyKind::Question)
            }
            Route::Conversation(state, on) => self.go(state, *on),
            // What a store is asked for is planned apart.
            Route::Round(..) | Route::Unknown => self.unknown(),
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
            let reply = Reply::Message(Target::NewMessage(Visibility::Public), message);
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
    Reply::Message(Target::UpdateMessage, message)
}

fn private(message: Message<'_>) -> Reply<'_> {
    Reply::Message(Target::NewMessage(Visibility::Private), message)
}
