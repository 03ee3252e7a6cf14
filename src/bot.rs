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
            Step::Suggestion => {
                (update(conversation.suggestion(suggestion, answers, on)), ReplyKind::SuggestionAgain)
            }
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
        Many technology jobs look alike from outside, and these two are mixed up most. In short: a **CTO** answers for the technology your customers use, a **CIO** for the systems and information your own people work with. If you can have only one, get that difference clear first, then look at why you want either. Your answers are your reasons.
        ---
        -# Question 1 of 3
        ## What does the company want most from this person?
        Think of the one thing that should be different in a year.
        **A new or better product.** Something customers get, with technology in it.  [A better product]
        **Smoother work inside.** Systems, security, cost, getting things done.  [Smoother work inside]
        **Two separate big aims.** One for customers and one for inside, each with a name.  [Two separate aims]
        **Mainly to keep things running,** or we are not sure yet.  [Not sure yet]
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
        ## Your answers point to a CTO
        Plainly: what you describe is technology that your customers buy or use, the work of a Chief Technology Officer.
        **What counted most**
        - Who notices first: **Customers or the public.** It is what they buy or use.
        - What you want most: **A new or better product.** Something customers get, with technology in it.
        **What to take on first**
        - look over the technology that customers meet, and what fails in it
        - settle what to build, what to buy, and in which order
        - bring technology in line with your goals and values
        **What would change this**
        Customers who only meet software that you rent, or trouble that is mostly inside, would speak for a CIO.
        If you are a small team, a part-time CTO or a senior engineer can cover the work before there is a post.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_clear_cio_after_three_questions() {
        let end = picks(ANA, &[1, 0, 1]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Clear));
        assert_snapshot!(end.message, @"
        ## Your answers point to a CIO
        Plainly: what you describe is the systems and information your own people work with, the work of a Chief Information Officer.
        **What counted most**
        - Who notices first: **Our staff and departments.** They work with it every day.
        - What you want most: **Smoother work inside.** Systems, security, cost, getting things done.
        **What to take on first**
        - look over the systems and information people work with, and what slows them down
        - settle security, suppliers and support, and who answers for each
        - strengthen the weak points that cost most work
        **What would change this**
        Technology that you make yourselves and customers use, or a product that falls behind, would speak for a CTO.
        If you are a small team, a part-time CIO or a good IT provider can cover the work before there is a post.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CIO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_follow_up_says_that_it_is_one_more_to_be_sure() {
        assert_snapshot!(picks(ANA, &[2, 2, 2]).message, @"
        -# One more question, to be sure (number 4, at most 6)
        ## Who does this work today?
        Whoever spends real time on it, whatever their title.
        **Mostly people or a provider** who keep our systems going.  [People for systems]
        **Mostly people who build** what customers use.  [People who build]
        **Separate groups** for each.  [Separate groups]
        **Hardly anyone.** We are a small team, under about 50 in all.  [We are a small team]
        ---
        [Back] [Start over]
        ");
    }

    #[test]
    fn both_confirmed_by_a_follow_up() {
        let end = picks(ANA, &[2, 2, 2, 2]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::Both, Strength::Clear));
        assert_snapshot!(end.message, @"
        ## Your answers point to both
        Two strong needs, each with its own work: technology for customers, and systems for your own people. A Chief Technology Officer and a Chief Information Officer can help a business work and succeed together, just because neither can stand in for the other.
        **What counted most**
        - Who notices first: **Both within a day,** through two different systems.
        - What you want most: **Two separate big aims.** One for customers and one for inside, each with a name.
        **What to take on first**
        - **CTO:** the technology customers meet, and what to build next
        - **CIO:** the systems people work with, and being the first large user of what the CTO makes
        - **Together:** write down who answers for what. They are a bridge between the company's parts, and improve it while it is in use
        **Who comes first:** your answers leave it open. Begin where a deadline, a duty or lost income is nearer; if one of the two is already there, look for the other.
        **What would change this**
        One need that turns out to be small, or to be met already, would leave one role.
        If you are a small team, one combined or part-time person can hold both for now.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [About the CIO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn both_for_a_small_organisation_is_one_person() {
        let end = picks(ANA, &[2, 2, 2, 3, 2]);
        assert!(matches!(end.kind, ReplyKind::Suggestion(Outcome::Both, _)));
        assert_snapshot!(end.message, @"
        ## Both kinds of work, one person for now
        You describe two real needs, technology for customers and systems for your own people, in a small organization. One combined or part-time person can hold both for now; people strong at both are rare, so say which need comes first.
        **What counted most**
        - Who notices first: **Both within a day,** through two different systems.
        - What you want most: **Two separate big aims.** One for customers and one for inside, each with a name.
        **What to take on first**
        - **CTO:** the technology customers meet, and what to build next
        - **CIO:** the systems people work with, and being the first large user of what the CTO makes
        - **Together:** write down who answers for what. They are a bridge between the company's parts, and improve it while it is in use
        **Who comes first:** your answers leave it open. Begin where a deadline, a duty or lost income is nearer; if one of the two is already there, look for the other.
        **What would change this**
        One need that turns out to be small, or to be met already, would leave one role.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [About the CIO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_leaning_names_what_speaks_for_the_other_role() {
        let end = picks(ANA, &[0, 0, 2, 1, 1]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Leaning));
        assert_snapshot!(end.message, @"
        ## Your answers lean toward a CTO
        More of what you describe is technology for customers, the work of a Chief Technology Officer, but not all of it.
        **What counted most**
        - What you want most: **A new or better product.** Something customers get, with technology in it.
        - What hurts most: **The product.** It is late, unreliable or behind rivals.
        **On the other side**
        - Where the work is: **Information and systems we use.** Apps, data, network, help desk.
        **What to take on first**
        - look over the technology that customers meet, and what fails in it
        - settle what to build, what to buy, and in which order
        - bring technology in line with your goals and values
        **What would change this**
        Customers who only meet software that you rent, or trouble that is mostly inside, would speak for a CIO.
        With your other answers as they are, “What hurts most: **One of each,** and each has already cost us money or customers.” would have led to both.
        If you are a small team, a part-time CTO or a senior engineer can cover the work before there is a post.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn a_slight_suggestion_says_that_the_answers_say_little() {
        let end = picks(ANA, &[0, 0, 3, 3, 3, 3]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cto), Strength::Slight));
        assert_snapshot!(end.message, @"
        ## A slight tip toward a CTO
        Your answers say little: they tip the balance only a touch toward a Chief Technology Officer. Before you look for anyone, find out what technology your customers really use, and whether you make it. Talk to your staff first, or get part-time help.
        **What counted most**
        - What you want most: **A new or better product.** Something customers get, with technology in it.
        **On the other side**
        - Where the work is: **Information and systems we use.** Apps, data, network, help desk.
        **What to take on first**
        - look over the technology that customers meet, and what fails in it
        - settle what to build, what to buy, and in which order
        - bring technology in line with your goals and values
        **What would change this**
        Customers who only meet software that you rent, or trouble that is mostly inside, would speak for a CIO.
        With your other answers as they are, “Who notices first: **Our staff and departments.** They work with it every day.” would have led to a CIO.
        You said you are small. Often the work is wanted rather than the post: a part-time CTO or a senior engineer can cover it for now.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [Both side by side]
        [Back] [Start over] [Share with the channel]
        ");
    }

    #[test]
    fn answers_that_say_nothing_get_what_to_find_out() {
        let end = picks(ANA, &[3, 3, 3, 3, 3, 3]);
        assert_eq!(end.kind, ReplyKind::Suggestion(Outcome::One(Role::Cio), Strength::Slight));
        assert_snapshot!(end.message, @"
        ## Your answers say too little to tell
        Nothing in them speaks for one role more than the other. Find out two things, then start over: what technology do your customers really use, and what slows your own people down? If you want to do something today, some outside IT help first is a safe step: nearly every company has systems of its own, so the rest of this card is a slight tip toward that side.
        **What to take on first**
        - look over the systems and information people work with, and what slows them down
        - settle security, suppliers and support, and who answers for each
        - strengthen the weak points that cost most work
        **What would change this**
        Technology that you make yourselves and customers use, or a product that falls behind, would speak for a CTO.
        With your other answers as they are, “Who notices first: **Customers or the public.** It is what they buy or use.” would have led to a CTO.
        You said you are small. Often the work is wanted rather than the post: a part-time CIO or a good IT provider can cover it for now.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CIO] [Both side by side]
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
        let shared = ANA.presses(&end, "Share with the channel");
        assert_eq!(
            (shared.target, &shared.kind),
            (Target::NewMessage(Public), &ReplyKind::Shared(Outcome::One(Role::Cto), Strength::Clear))
        );
        assert_snapshot!(shared.message, @"
        <@1001> asked which role fits, and shares what came of it.
        ---
        ## Your answers point to a CTO
        Plainly: what you describe is technology that your customers buy or use, the work of a Chief Technology Officer.
        **What counted most**
        - Who notices first: **Customers or the public.** It is what they buy or use.
        - What you want most: **A new or better product.** Something customers get, with technology in it.
        **What to take on first**
        - look over the technology that customers meet, and what fails in it
        - settle what to build, what to buy, and in which order
        - bring technology in line with your goals and values
        **What would change this**
        Customers who only meet software that you rent, or trouble that is mostly inside, would speak for a CIO.
        If you are a small team, a part-time CTO or a senior engineer can cover the work before there is a post.
        -# A guide to start a conversation, not a verdict: a few answers cannot describe a company. Titles vary, and where a law asks for a role, the law comes first. Not legal, financial or hiring advice.
        ---
        [About the CTO] [Both side by side] [Start my own]
        ");
        let own = BEN.presses(&shared, "Start my own");
        assert_eq!((own.target, own.kind), (Target::NewMessage(Private), ReplyKind::Question));
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
        That conversation is <@1001>'s. Here is one of your own; only you can see it.
        Many technology jobs look alike from outside, and these two are mixed up most. In short: a **CTO** answers for the technology your customers use, a **CIO** for the systems and information your own people work with. If you can have only one, get that difference clear first, then look at why you want either. Your answers are your reasons.
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
        The questions have changed since this button was made, so its answers no longer fit. A new start takes a minute.
        [Start my own]
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

    /// Every state of every conversation, in every language, under every limit, with buttons that lead on.
    #[test]
    fn every_reachable_message_is_within_every_limit() {
        let responses = shipped();
        let mut places = 0;
        for language in &responses.languages {
            let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
            let walked = paths::walk(&responses.questionnaire, |state| {
                places += 1;
                let answers = Answers::new(state.answers.to_vec());
                let mut messages = Vec::new();
                match state.next {
                    Next::Ask(question) => messages.push(conversation.question(*question, &answers)),
                    Next::Suggest(suggestion) => {
                        let view = conversation.view(suggestion);
                        messages.push(conversation.suggestion(&view, &answers, Private));
                        messages.push(conversation.suggestion(&view, &answers, Public));
                        messages.push(conversation.shared(&view));
                    }
                }
                for message in messages {
                    if let Err(violations) = message.usage() {
                        panic!("{} {answers}: {violations:?}", language.locale);
                    }
                    let ids: HashSet<_> = message.buttons().into_iter().map(|button| &button.custom_id).collect();
                    assert!(ids.iter().all(|id| Action::parse(id).is_ok()), "{ids:?}");
                }
                ControlFlow::<()>::Continue(())
            });
            assert!(walked.is_continue());
        }
        assert_eq!(places, 2897 * responses.languages.len());
    }
}
