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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::ops::ControlFlow;

    use insta::assert_snapshot;

    use super::testing::{ANA, BEN, Person, Shown};
    use super::*;
    use crate::advisor::{Role, paths};
    use crate::message::Visibility::{Private, Public};
    use crate::responses::shipped;

    /// A private conversation in which somebody picks these choices (their places on the card, from 0).
    fn picks(person: Person, choices: &[usize]) -> Shown {
        choices.iter().fold(person.types("whichrole", None), |shown, &choice| {
            let label = shown.message.buttons()[choice].label.clone();
            person.presses(&shown, &label)
        })
    }

    #[test]
    fn the_first_question() {
        let first = ANA.types("whichrole", None);
        assert_eq!((first.target, &first.kind), (Target::NewMessage(Private), &ReplyKind::Question));
        assert_snapshot!(first.message, @"
        From the outside, many tech jobs look alike, and these two are easy to mix up. In short: a **CTO** looks after the technology your customers use; a **CIO** looks after the systems and information your own people work with. If there is room for only one, get that difference clear first, then ask why you want either. Your answers can help show whether a CTO, a CIO or both would fit your company or organization: three questions, sometimes a few more, about a minute.
        ---
        -# Question 1 of 3
        ## What do you want most from this role?
        Answer for the whole organization, not just your own desk: what one thing should be different in a year?
        **A new or better product or service.** Something for the people we serve, built on technology.  [A better product or service]
        **Smoother work inside.** Systems, security, costs, productivity.  [Smoother work inside]
        **Two separate big goals.** One for customers and one inside, and we could name both today.  [Two separate goals]
        **Keep things running.** What we have should simply go on working.  [Keep things running]
        **We don't know yet.** There is no clear goal so far.  [We don't know yet]
        ---
        (Back) (Start over)
        ");
    }

    #[test]
    fn a_clear_cto_after_three_questions() {
        let end = picks(ANA, &[0, 1, 0]);
        assert_eq!(
            (end.target, &end.kind),
            (Target::UpdateMessage, &ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Clear))
        );
        assert_snapshot!(end.message, @"
        ## Your answers clearly point to a CTO
        You are describing someone who makes what your customers use better every month: a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        **What counted most**
        - Who feels it first: “Customers or the public”
        - Main goal: “A better product or service”
        **First step:** list the technology your customers use, and what went wrong with it lately.
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CTO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_clear_cio_after_three_questions() {
        let end = picks(ANA, &[1, 0, 1]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Clear));
        assert_snapshot!(end.message, @"
        ## Your answers clearly point to a CIO
        You are describing someone who makes Monday morning work for your own people: a Chief Information Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CIO.]
        **What counted most**
        - Who feels it first: “Our own people”
        - Main goal: “Smoother work inside”
        **First step:** list the systems your people work with, and what slowed them down lately.
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CIO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_follow_up_says_that_it_is_one_more_to_be_sure() {
        assert_snapshot!(picks(ANA, &[2, 2, 2]).message, @"
        -# Question 4 of at most 6, to be sure
        ## Who works on technology for you today?
        Count everyone who spends real time on it, whatever their title.
        **Mostly people on our own systems.** They run or build them for us, on staff or at a provider.  [People on our own systems]
        **Mostly people on what customers use.** They build it, or run it for clients.  [People on what customers use]
        **Two separate groups,** one for each.  [Two separate groups]
        **The same few people do both.**  [The same few people do both]
        **Hardly anyone.** We are small, or nobody has much time for it.  [Hardly anyone]
        **We don't know.**  [We don't know]
        ---
        [Back] [Start over]
        ");
    }

    #[test]
    fn both_confirmed_by_a_follow_up() {
        let end = picks(ANA, &[2, 2, 2, 2]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::Both, Strength::Clear));
        assert_snapshot!(end.message, @"
        ## Your answers clearly point to both
        With strong needs on two sides, a Chief Technology Officer and a Chief Information Officer can help you work well and succeed, precisely because neither can stand in for the other.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies in the part marked CTO + CIO.]
        **What counted most**
        - Who feels it first: “Both, through separate systems”
        - Main goal: “Two separate goals”
        **First step:** write down who is responsible for what, before anyone is hired.
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CTO] [About the CIO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn both_for_a_small_organisation_is_one_person() {
        let end = picks(ANA, &[2, 2, 2, 4, 2]);
        assert!(matches!(end.kind, ReplyKind::Suggestion(Outcome::Both, _)));
        assert_snapshot!(end.message, @"
        ## Both kinds of work, one person for now
        You have two real needs, one with your customers and one inside, but not much money or time for them yet: one person, combined or part-time, can cover both for now.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies in the part marked CTO + CIO.]
        **What counted most**
        - Who feels it first: “Both, through separate systems”
        - Main goal: “Two separate goals”
        **First step:** people who are strong at both are rare, so decide which need comes first.
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CTO] [About the CIO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_leaning_names_what_speaks_for_the_other_role() {
        let end = picks(ANA, &[0, 0, 2, 1, 1]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Leaning));
        assert_snapshot!(end.message, @"
        ## Your answers lean toward a CTO
        It isn't a clear case, but most of the weight is on what your customers use, and that is the work of a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        **What counted most**
        - Main goal: “A better product or service”
        - What hurts most: “What we offer”
        **On the other hand**
        - Side of the work: “Systems we use”
        **First step:** list the technology your customers use, and what went wrong with it lately.
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CTO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_slight_suggestion_asks_to_talk_to_a_colleague_first() {
        let end = picks(ANA, &[0, 0, 5, 4, 3, 3]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Slight));
        assert_snapshot!(end.message, @"
        ## A slight lean toward a CTO
        The balance tips only a little toward what your customers use, so ask around before you look for a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        **What counted most**
        - Main goal: “A better product or service”
        **On the other hand**
        - Side of the work: “Systems we use”
        **First step:** ask the colleague most likely to disagree: what technology do customers really use, and do we build it?
        -# A starting point for a conversation, not a verdict.
        ---
        [Why, and what would change it] [About the CTO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn answers_that_do_not_tip_get_two_things_to_find_out() {
        let end = picks(ANA, &[4, 4, 5, 4, 4, 5]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Slight));
        assert_snapshot!(end.message, @"
        ## Your answers don't tip either way
        They say no more for one side than for the other, and that is worth knowing. Find out two things, then try again:
        - What technology do your customers really use, and do you build it?
        - What slows your own people down, and who looks after it?

        If something has to happen today, a little outside IT help is the safer guess: nearly every organization has systems of its own.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies as near to the corner marked CTO as to the corner marked CIO.]
        -# A starting point for a conversation, not a verdict.
        ---
        [About the CTO] [About the CIO] [Compare the two]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn back_returns_to_the_question_before_and_start_over_to_the_first() {
        let third = picks(ANA, &[0, 1]);
        let second = picks(ANA, &[0]);
        assert_eq!(ANA.presses(&third, "Back").message, second.message);
        let first = ANA.types("whichrole", None);
        assert_eq!(ANA.presses(&third, "Start over").message, first.message);
        // After one answer both lead to the first question, and are still two buttons.
        assert_eq!(ANA.presses(&second, "Back").message, first.message);
        assert_eq!(ANA.presses(&second, "Start over").message, first.message);
        let end = picks(ANA, &[0, 1, 0]);
        assert_eq!(ANA.presses(&end, "Back").message, third.message);
        assert_eq!(ANA.presses(&end, "Start over").message, first.message);
    }

    #[test]
    fn a_double_click_lands_in_the_same_place_twice() {
        let first = ANA.types("whichrole", None);
        let custom_id = first.message.buttons()[0].custom_id.clone();
        let once = ANA.sends(&first, &custom_id);
        let twice = ANA.sends(&once, &custom_id);
        assert_eq!(once.message, twice.message);
    }

    #[test]
    fn a_private_suggestion_is_shared_by_its_owner_and_pings_nobody() {
        let end = picks(ANA, &[0, 1, 0]);
        let preview = ANA.presses(&end, "Share with the channel");
        assert_eq!((preview.target, &preview.kind), (Target::UpdateMessage, &ReplyKind::Preview));
        assert_snapshot!(preview.message, @"
        This is what the channel will see.
        <@1001> asked which role would fit, and got this answer:
        ---
        ## Your answers clearly point to a CTO
        You are describing someone who makes what your customers use better every month: a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        **What counted most**
        - Who feels it first: “Customers or the public”
        - Main goal: “A better product or service”
        ---
        Would you have answered the same way?  (Try it yourself)
        [Share] [Share without my answers] [Back to the suggestion]
        ");
        assert_eq!(ANA.presses(&preview, "Back to the suggestion").message, end.message);

        let shared = ANA.presses(&preview, "Share");
        assert_eq!(
            (shared.target, &shared.kind),
            (Target::NewMessage(Public), &ReplyKind::Shared(Outcome::One(Role::Cto), Strength::Clear))
        );
        assert_snapshot!(shared.message, @"
        <@1001> asked which role would fit, and got this answer:
        ---
        ## Your answers clearly point to a CTO
        You are describing someone who makes what your customers use better every month: a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        **What counted most**
        - Who feels it first: “Customers or the public”
        - Main goal: “A better product or service”
        ---
        Would you have answered the same way?  [Try it yourself]
        ");
        let own = BEN.presses(&shared, "Try it yourself");
        assert_eq!((own.target, own.kind), (Target::NewMessage(Private), ReplyKind::Question));

        let shared = ANA.presses(&preview, "Share without my answers");
        assert_snapshot!(shared.message, @"
        <@1001> asked which role would fit, and got this answer:
        ---
        ## Your answers clearly point to a CTO
        You are describing someone who makes what your customers use better every month: a Chief Technology Officer.
        [picture: A square with two axes: up, what customers use; right, what your own people use. The dot lies nearer to the corner marked CTO.]
        ---
        What would your answers say?  [Try it yourself]
        ");
        // A button shared before there was a preview still shares.
        let old = format!("share:{}:1001:010", shipped().revision);
        assert!(matches!(ANA.sends(&end, &old).kind, ReplyKind::Shared(..)));
    }

    #[test]
    fn what_is_shared_without_answers_does_not_tell_them() {
        for choices in [&[0, 1, 0][..], &[2, 2, 2, 2], &[0, 0, 5, 4, 3, 3]] {
            let end = picks(ANA, choices);
            let preview = ANA.presses(&end, "Share with the channel");
            let shared = ANA.presses(&preview, "Share without my answers").message;
            let ids: Vec<_> = shared.buttons().into_iter().map(|button| button.custom_id.as_str()).collect();
            assert_eq!(ids, ["start"]);
            let text = shared.to_string();
            for question in &shipped().languages[0].words.questions {
                assert!(!text.contains(&question.topic), "{text}");
                assert!(question.choices.iter().all(|choice| !text.contains(&format!("“{}”", choice.label))), "{text}");
            }
        }
    }

    #[test]
    fn the_details_are_one_press_away_and_one_press_back() {
        let end = picks(ANA, &[0, 0, 2, 1, 1]);
        let details = ANA.presses(&end, "Why, and what would change it");
        assert_eq!((details.target, &details.kind), (Target::UpdateMessage, &ReplyKind::Details));
        assert_snapshot!(details.message, @"
        ## Why, and what would change it
        **What each answer spoke for**
        - Main goal: “A better product or service” → CTO
        - Side of the work: “Systems we use” → CIO
        - Who feels it first: “Both, through separate systems” → CTO + CIO
        - Who does it today: “People on what customers use” → CTO
        - What hurts most: “What we offer” → CTO
        **What to take on first**
        - go through the technology your customers use, and what goes wrong with it
        - decide what to build, what to buy, and in which order
        - bring technology in line with your goals and values
        **What would change this**
        If customers only use software you rent from others, or if most of the trouble is inside, that would point to a CIO.
        One different answer would have led to both:
        - What hurts most: “Both, with a case of each”
        **When money or time is short**
        If you are a small team, a part-time CTO or a senior engineer can cover the work until there is a full-time role.
        -# A few answers can't describe an organization. Titles vary, and where the law requires a role, the law comes first. This is not legal, financial or hiring advice.
        ---
        [About the CTO] [Compare the two]
        [Back to the suggestion] [Share with the channel]
        ");
        let again = ANA.presses(&details, "Back to the suggestion");
        assert_eq!((&again.message, again.kind), (&end.message, ReplyKind::SuggestionAgain));
    }

    #[test]
    fn the_details_of_both_say_who_comes_first() {
        let details = ANA.presses(&picks(ANA, &[2, 2, 2, 2]), "Why, and what would change it");
        assert_snapshot!(details.message, @"
        ## Why, and what would change it
        **What each answer spoke for**
        - Main goal: “Two separate goals” → CTO + CIO
        - Side of the work: “A real share of both” → CTO + CIO
        - Who feels it first: “Both, through separate systems” → CTO + CIO
        - Who does it today: “Two separate groups” → CTO + CIO
        **What to take on first**
        - **For customers (CTO):** the technology they use, and what to build next
        - **Inside (CIO):** the systems people work with, security, suppliers and support
        - **Together:** keep improving the bridge between the organization's parts while others cross it
        **Who comes first:** your answers leave that open. Start where a deadline, a legal duty or lost revenue is closest. If you already have one of the two, look for the other.
        **What would change this**
        If one of the needs turns out to be small, or is already covered, one role is enough.
        **When money or time is short**
        If you are a small team, one person, combined or part-time, can cover both for now.
        -# A few answers can't describe an organization. Titles vary, and where the law requires a role, the law comes first. This is not legal, financial or hiring advice.
        ---
        [About the CTO] [About the CIO] [Compare the two]
        [Back to the suggestion] [Share with the channel]
        ");
    }

    #[test]
    fn the_details_of_both_in_one_person_are_for_one_person() {
        let details = ANA.presses(&picks(ANA, &[2, 2, 2, 4, 2]), "Why, and what would change it");
        assert_snapshot!(details.message, @"
        ## Why, and what would change it
        **What each answer spoke for**
        - Main goal: “Two separate goals” → CTO + CIO
        - Side of the work: “A real share of both” → CTO + CIO
        - Who feels it first: “Both, through separate systems” → CTO + CIO
        - Who does it today: “Hardly anyone” → neither
        - What hurts most: “Both, with a case of each” → CTO + CIO
        **What to take on first**
        - **For customers:** go through the technology they use, and what goes wrong with it
        - **Inside:** go through the systems people work with, and what slows them down
        - **For both:** write down which of the two goes first when there isn't time for both
        **What would change this**
        If one of the needs turns out to be small, or is already covered, one role is enough.
        -# A few answers can't describe an organization. Titles vary, and where the law requires a role, the law comes first. This is not legal, financial or hiring advice.
        ---
        [About the CTO] [About the CIO] [Compare the two]
        [Back to the suggestion] [Share with the channel]
        ");
    }

    #[test]
    fn little_money_is_mentioned_in_the_details() {
        let details = ANA.presses(&picks(ANA, &[1, 3, 5, 4, 3, 5]), "Why, and what would change it");
        assert_snapshot!(details.message, @"
        ## Why, and what would change it
        **What each answer spoke for**
        - Main goal: “Smoother work inside” → CIO
        - Side of the work: “Suppliers do nearly all of it” → neither
        - Who feels it first: “Hard to say” → neither
        - What hurts most: “We don't know” → neither
        - Where the money goes: “Not much into either” → neither
        - Who does it today: “We don't know” → neither
        **What to take on first**
        - go through the systems and information your people work with, and what slows them down
        - put security, suppliers and support in order, with a clear owner for each
        - fix the weak points that cost the most time
        **What would change this**
        If customers use technology you build yourselves, or if what you offer is falling behind, that would point to a CTO.
        One different answer would have led to a CTO:
        - Who feels it first: “Customers or the public”
        **When money or time is short**
        By your answers, there isn't much money or time for this yet. The work often matters more than the title: a part-time CIO or a good IT provider can cover it for now.
        -# A few answers can't describe an organization. Titles vary, and where the law requires a role, the law comes first. This is not legal, financial or hiring advice.
        ---
        [About the CIO] [Compare the two]
        [Back to the suggestion] [Share with the channel]
        ");
    }

    #[test]
    fn a_public_conversation_is_answered_by_its_owner_alone() {
        let public = ANA.types("whichrole", Some(Public));
        assert_eq!(public.target, Target::NewMessage(Public));
        let label = public.message.buttons()[0].label.clone();
        let own = BEN.presses(&public, &label);
        assert_eq!((own.target, &own.kind), (Target::NewMessage(Private), &ReplyKind::Foreign));
        let mut lines = own.message.to_string();
        lines.truncate(lines.find("-#").expect("the question follows"));
        assert_snapshot!(lines, @"
        That conversation belongs to <@1001>. Here is one of your own; only you can see it.
        From the outside, many tech jobs look alike, and these two are easy to mix up. In short: a **CTO** looks after the technology your customers use; a **CIO** looks after the systems and information your own people work with. If there is room for only one, get that difference clear first, then ask why you want either. Your answers can help show whether a CTO, a CIO or both would fit your company or organization: three questions, sometimes a few more, about a minute.
        ---
        ");
        let next = BEN.presses(&own, &label);
        assert_eq!((next.target, next.kind), (Target::UpdateMessage, ReplyKind::Question));
        let next = ANA.presses(&public, &label);
        assert_eq!((next.target, next.kind), (Target::UpdateMessage, ReplyKind::Question));
    }

    #[test]
    fn a_public_suggestion_has_nothing_to_share() {
        let mut shown = ANA.types("whichrole", Some(Public));
        for choice in [0, 1, 0] {
            let label = shown.message.buttons()[choice].label.clone();
            shown = ANA.presses(&shown, &label);
        }
        assert!(matches!(shown.kind, ReplyKind::Suggestion(..)));
        assert!(shown.message.buttons().iter().all(|button| !button.custom_id.starts_with("share")));
    }

    #[test]
    fn a_button_of_other_questions_says_so_and_offers_a_new_start() {
        let question = picks(ANA, &[0]);
        let changed = ANA.sends(&question, "answer:00000000:1001:01");
        assert_eq!((changed.target, &changed.kind), (Target::UpdateMessage, &ReplyKind::Changed));
        assert_snapshot!(changed.message, @"
        The questions have changed since this button was made, so the answers behind it no longer fit. Starting again takes about a minute.
        [Try it yourself]
        ");
    }

    #[test]
    fn whatever_else_is_pressed_gets_a_private_line_and_a_way_on() {
        let question = picks(ANA, &[0]);
        let revision = shipped().revision;
        for custom_id in [
            String::new(),
            "vote:7".into(),
            "page:ceo".into(),
            format!("answer:{revision}:1001:9"),
            format!("answer:{revision}:1001:0100000"),
            format!("share:{revision}:1001:01"),
            format!("share-only:{revision}:1001:01"),
            format!("details:{revision}:1001:01"),
            format!("suggestion:{revision}:1001:01"),
            format!("preview:{revision}:1001:01"),
            "x".repeat(100),
        ] {
            let unknown = ANA.sends(&question, &custom_id);
            assert_eq!(
                (unknown.target, &unknown.kind),
                (Target::NewMessage(Private), &ReplyKind::Unknown),
                "{custom_id}"
            );
            ANA.presses(&unknown, &unknown.message.buttons()[0].label);
        }
    }

    #[test]
    fn a_public_reply_is_in_the_servers_language_only_if_the_server_could_choose_it() {
        use PublicLanguage::{Person, Server, ServerIfChosen};
        let (cto, _) = shipped().page("cto").expect("it is shipped");
        let title = |public_language, is_community, show| {
            let interaction = Interaction {
                user: UserId(7),
                user_locale: "fr".into(),
                guild_locale: Some("en-US".into()),
                guild_is_community: is_community,
                request: Request::Command { name: "cto".into(), show: Some(show) },
            };
            let defaults = Defaults { public_language, ..Defaults::default() };
            let message = respond(shipped(), defaults, &interaction).reply.message;
            ["fr", "en-US"].into_iter().find(|locale| message == page::card(shipped(), shipped().language(locale), cto))
        };
        for (public_language, is_community, locale) in [
            (ServerIfChosen, true, "en-US"),
            (ServerIfChosen, false, "fr"),
            (Server, true, "en-US"),
            (Server, false, "en-US"),
            (Person, true, "fr"),
            (Person, false, "fr"),
        ] {
            let expected = [(Public, Some(locale)), (Private, Some("fr"))];
            let found = expected.map(|(show, _)| (show, title(public_language, is_community, show)));
            assert_eq!(found, expected, "{public_language:?}, {is_community}");
        }
    }

    /// Every state of every conversation under every limit, with buttons that lead on. In the other languages the load
    /// has shown it of the longest cards.
    #[test]
    fn every_reachable_message_is_within_every_limit() {
        let responses = shipped();
        let language = &responses.languages[0];
        let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
        let mut states = 0;
        let walked = paths::walk(&responses.questionnaire, |state| {
            states += 1;
            let answers = Answers::new(state.answers.to_vec());
            let mut messages = Vec::new();
            match state.next {
                Next::Ask(question) => messages.push(conversation.question(*question, &answers)),
                Next::Suggest(suggestion) => {
                    messages.push(conversation.suggestion(suggestion, &answers, Private));
                    messages.push(conversation.suggestion(suggestion, &answers, Public));
                    messages.push(conversation.preview(&conversation, suggestion, &answers));
                    messages.push(conversation.shared(suggestion, Reveal::SuggestionOnly));
                    // What would change it is found by trying many answers, which takes its time here.
                    if states % 20 == 0 {
                        messages.push(conversation.details(suggestion, &answers, Private));
                    }
                }
            }
            for message in messages {
                if let Err(violations) = message.usage() {
                    panic!("{answers}: {violations:?}");
                }
                let ids: HashSet<_> = message.buttons().into_iter().map(|button| &button.custom_id).collect();
                assert!(ids.iter().all(|id| Action::parse(id).is_ok()), "{ids:?}");
            }
            ControlFlow::<()>::Continue(())
        });
        assert!(walked.is_continue());
        assert_eq!(states, responses.proof.states);
    }
}
