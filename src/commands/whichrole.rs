//! `/whichrole`: a short conversation, one click a question, that ends in a suggestion.

use std::borrow::Cow;

use crate::advisor::{Answer as GivenAnswer, Next, Outcome, Reason, Role, Strength, Suggestion};
use crate::advisor::{next, what_would_change};
use crate::bot::{Context, ReplyKind, Response, unknown};
use crate::commands::{button, notice};
use crate::custom_id::{Action, Answers, ConversationState, Step};
use crate::interaction::{UserId, Visibility};
use crate::message::{Button, ButtonStyle, Component, Message, Reply, Target};
use crate::responses::{Language, Responses, RoleWords};

/// The name of the slash command.
pub const COMMAND: &str = "whichrole";

/// The first question of a conversation of one's own.
pub(crate) fn start<'a>(asked: &Context<'a, '_>, target: Target) -> Response<'a> {
    let visibility = match target {
        Target::NewMessage(visibility) => visibility,
        Target::UpdateMessage => Visibility::Private,
    };
    let conversation = Conversation::of(asked, asked.language(visibility), asked.interaction.user);
    let message = conversation.question(0, &Answers::default());
    Response { reply: Reply { target, message }, kind: ReplyKind::Question }
}

/// A press that leads to a state in somebody's conversation, on a message seen by some.
pub(crate) fn go<'a>(asked: &Context<'a, '_>, state: &ConversationState, on: Visibility) -> Response<'a> {
    if state.owner != asked.interaction.user {
        return foreign(asked, state.owner);
    }
    if state.revision != asked.responses.revision {
        let message = notice::changed(asked.responses, asked.language(on));
        return Response { reply: Reply { target: Target::UpdateMessage, message }, kind: ReplyKind::Changed };
    }
    let Ok(next) = next(&asked.responses.questionnaire, state.answers.choices()) else { return unknown(asked) };
    let conversation = Conversation::of(asked, asked.language(on), state.owner);
    let (message, kind) = match next {
        Next::Suggest(suggestion) if state.step == Step::Share => return conversation.share(asked, &suggestion),
        // Only a suggestion has a button to share it.
        Next::Ask(_) if state.step == Step::Share => return unknown(asked),
        Next::Ask(question) => (conversation.question(question, &state.answers), ReplyKind::Question),
        Next::Suggest(suggestion) => (
            conversation.suggestion(&conversation.view(&suggestion), &state.answers, on),
            ReplyKind::Suggestion(suggestion.outcome, suggestion.strength),
        ),
    };
    Response { reply: Reply { target: Target::UpdateMessage, message }, kind }
}

/// One's own conversation, in private, after a press on somebody else's.
fn foreign<'a>(asked: &Context<'a, '_>, owner: UserId) -> Response<'a> {
    let language = asked.language(Visibility::Private);
    let conversation = Conversation::of(asked, language, asked.interaction.user);
    let mut message = conversation.question(0, &Answers::default());
    message.components.insert(0, Component::TextDisplay(conversation.foreign_notice(owner)));
    Response { reply: Reply { target: Target::NewMessage(Visibility::Private), message }, kind: ReplyKind::Foreign }
}

/// A person, by the name that each reader knows them by. It pings nobody: no message of ours parses mentions.
fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

/// The cards of one person's conversation in one language.
pub struct Conversation<'a> {
    /// What the bot says.
    pub responses: &'a Responses,
    /// The language it says it in.
    pub language: &'a Language,
    /// Whose conversation it is.
    pub owner: UserId,
}

/// What an answer is told by: the question's topic and the choice's words.
#[derive(Clone, Copy)]
pub struct AnswerText<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The choice.
    pub choice: &'a str,
}

impl<'a> Conversation<'a> {
    fn of(asked: &Context<'a, '_>, language: &'a Language, owner: UserId) -> Self {
        Self { responses: asked.responses, language, owner }
    }

    fn action(&self, step: Step, answers: Answers) -> Action<'static> {
        Action::Conversation(ConversationState { step, revision: self.responses.revision, owner: self.owner, answers })
    }

    /// A question's card (`question` is its index), after these answers.
    pub fn question(&self, question: usize, answers: &Answers) -> Message<'a> {
        let ui = &self.language.words.ui;
        let words = &self.language.words.questions[question];
        let questionnaire = &self.responses.questionnaire;
        let given = answers.choices().len();
        let number = (given + 1).to_string();
        let progress = if question < questionnaire.core {
            ui.question_progress.fill(&[("number", &number), ("total", &questionnaire.core.to_string())])
        } else {
            ui.question_follow_up.fill(&[("number", &number), ("most", &questionnaire.max_questions.to_string())])
        };
        // Intro and line, the question, its choices, and below them the line and the row.
        let mut components = Vec::with_capacity(words.choices.len() + 5);
        if given == 0 {
            components.push(Component::TextDisplay(ui.question_intro.fill(&[])));
            components.push(Component::Separator);
        }
        components.push(Component::TextDisplay(format!("-# {progress}\n## {}\n{}", words.title, words.help).into()));
        for (choice, words) in (0..).zip(&words.choices) {
            let action = self.action(Step::Answer, answers.with(choice));
            components.push(Component::Section {
                text: Cow::Borrowed(&words.text),
                accessory: button(&action, words.label.as_str(), ButtonStyle::Primary),
            });
        }
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.back_and_restart(answers)));
        let accent_color = self.responses.styles.question;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The line above one's own conversation that says whose the other is.
    pub fn foreign_notice(&self, owner: UserId) -> Cow<'a, str> {
        self.language.words.ui.notice_foreign.fill(&[("owner", &mention(owner))])
    }

    fn back_and_restart(&self, answers: &Answers) -> Vec<Button<'a>> {
        let ui = &self.language.words.ui;
        [(Step::Back, answers.without_last(), &ui.button_back), (Step::Restart, Answers::default(), &ui.button_restart)]
            .into_iter()
            .map(|(step, to, label)| Button {
                disabled: answers.choices().is_empty(),
                ..button(&self.action(step, to), label.fill(&[]), ButtonStyle::Secondary)
            })
            .collect()
    }

    /// The card of a suggestion, with what can be done next.
    pub fn suggestion(&self, view: &SuggestionCard<'_>, answers: &Answers, on: Visibility) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components = self.suggestion_text(view);
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.page_buttons(view.outcome)));
        let mut row = self.back_and_restart(answers);
        if on == Visibility::Private {
            let share = self.action(Step::Share, answers.clone());
            row.push(button(&share, ui.button_share.fill(&[]), ButtonStyle::Primary));
        }
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.styles.of(view.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The suggestion for the whole channel, in the channel's language.
    fn share(&self, asked: &Context<'a, '_>, suggestion: &Suggestion) -> Response<'a> {
        let public = Self::of(asked, asked.language(Visibility::Public), self.owner);
        let message = public.shared(&public.view(suggestion));
        Response {
            reply: Reply { target: Target::NewMessage(Visibility::Public), message },
            kind: ReplyKind::Shared(suggestion.outcome, suggestion.strength),
        }
    }

    /// The card of a suggestion that its owner shares: names who asked, and lets anyone start their own.
    pub fn shared(&self, view: &SuggestionCard<'_>) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components = vec![
            Component::TextDisplay(ui.notice_shared.fill(&[("owner", &mention(self.owner))])),
            Component::Separator,
        ];
        components.extend(self.suggestion_text(view));
        components.push(Component::Separator);
        let mut row = self.page_buttons(view.outcome);
        row.push(button(&Action::Start, ui.button_start.fill(&[]), ButtonStyle::Primary));
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.styles.of(view.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// Buttons to the pages of an outcome; they leave the suggestion where it is.
    fn page_buttons(&self, outcome: Outcome) -> Vec<Button<'a>> {
        let pages = &self.responses.styles.of(outcome).pages;
        pages
            .iter()
            .map(|&page| {
                let action = Action::Page { name: &self.responses.pages[page].name, in_place: false };
                button(&action, self.language.words.pages[page].button.as_str(), ButtonStyle::Secondary)
            })
            .collect()
    }

    fn told(&self, question: usize, choice: usize) -> AnswerText<'a> {
        let words = &self.language.words.questions[question];
        AnswerText { topic: &words.topic, choice: &words.choices[choice].text }
    }

    /// What the card of a suggestion says.
    pub fn view(&self, suggestion: &Suggestion) -> SuggestionCard<'a> {
        let told = |answer: GivenAnswer| self.told(answer.question, answer.choice);
        let change = what_would_change(&self.responses.questionnaire, suggestion);
        SuggestionCard {
            outcome: suggestion.outcome,
            strength: suggestion.strength,
            nothing: suggestion.reason == Reason::NothingToSay,
            small: suggestion.small,
            counted: suggestion.counted_most(2).into_iter().map(told).collect(),
            against: suggestion.speaks_against().map(told),
            tie: match suggestion.reason {
                Reason::Tie(question) => Some(&self.language.words.questions[question].topic),
                Reason::Totals | Reason::NothingToSay => None,
            },
            comes_first: suggestion.first,
            change: change.map(|change| (self.told(change.question, change.choice), change.outcome)),
        }
    }

    fn role(&self, role: Role) -> &'a RoleWords {
        match role {
            Role::Cto => &self.language.words.cto,
            Role::Cio => &self.language.words.cio,
        }
    }

    /// The text of a suggestion, in the order in which it is read.
    pub fn suggestion_text(&self, view: &SuggestionCard<'_>) -> Vec<Component<'a>> {
        let words = &self.language.words.suggestion;
        let role = match view.outcome {
            Outcome::One(role) => Some(self.role(role)),
            Outcome::Both => None,
        };
        let mut paragraphs = vec![self.headline(view)];

        let mut why = Vec::new();
        if !view.counted.is_empty() {
            why.push(words.counted.fill(&[]));
            why.extend(view.counted.iter().map(|told| words.answer.fill(&told.values())));
        }
        why.extend(view.against.map(|told| words.against.fill(&told.values())));
        why.extend(view.tie.map(|topic| words.tie.fill(&[("topic", topic)])));
        if !why.is_empty() {
            paragraphs.push(why.join("\n").into());
        }

        let first = role.map_or(&words.both_first, |role| &role.first);
        paragraphs.push(format!("{}\n{}", words.first.fill(&[]), first.fill(&[])).into());
        if role.is_none() {
            let comes_first = view.comes_first.map_or(&words.both_comes_first, |role| &self.role(role).comes_first);
            paragraphs.push(comes_first.fill(&[]));
        }

        let general = role.map_or(&words.both_change, |role| &role.change);
        let mut change = vec![words.change.fill(&[]), general.fill(&[])];
        change.extend(view.change.map(|(told, outcome)| {
            let outcome = match outcome {
                Outcome::One(role) => self.role(role).name.fill(&[]),
                Outcome::Both => words.both_name.fill(&[]),
            };
            words.changed_by.fill(&[("topic", told.topic), ("choice", told.choice), ("outcome", &outcome)])
        }));
        paragraphs.push(change.join("\n").into());

        paragraphs.extend(match (role, view.small) {
            (Some(role), true) => Some(role.small.fill(&[])),
            (Some(role), false) => Some(role.if_small.fill(&[])),
            (None, false) => Some(words.both_if_small.fill(&[])),
            // The headline has said it.
            (None, true) => None,
        });
        paragraphs.push(words.caveat.fill(&[]));
        paragraphs.into_iter().map(Component::TextDisplay).collect()
    }

    fn headline(&self, view: &SuggestionCard<'_>) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        let line = match view.outcome {
            _ if view.nothing => &words.nothing,
            Outcome::One(role) => {
                let role = self.role(role);
                match view.strength {
                    Strength::Clear => &role.clear,
                    Strength::Leaning => &role.leaning,
                    Strength::Slight => &role.slight,
                }
            }
            Outcome::Both if view.small => &words.both_small,
            Outcome::Both if view.strength == Strength::Clear => &words.both_clear,
            Outcome::Both => &words.both_leaning,
        };
        line.fill(&[])
    }
}

impl<'a> AnswerText<'a> {
    fn values(self) -> [(&'static str, &'a str); 2] {
        [("topic", self.topic), ("choice", self.choice)]
    }
}

/// What the card of a suggestion says.
pub struct SuggestionCard<'a> {
    /// Which role, or both.
    pub outcome: Outcome,
    /// How much the answers say.
    pub strength: Strength,
    /// Whether they say nothing that tells the roles apart.
    pub nothing: bool,
    /// Whether an answer said that the organisation is small.
    pub small: bool,
    /// The answers that counted most.
    pub counted: Vec<AnswerText<'a>>,
    /// The answer that speaks most for the other role.
    pub against: Option<AnswerText<'a>>,
    /// The topic of the question that decided between equal totals.
    pub tie: Option<&'a str>,
    /// Who comes first when it is both.
    pub comes_first: Option<Role>,
    /// An answer that would have led to another outcome.
    pub change: Option<(AnswerText<'a>, Outcome)>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use insta::assert_snapshot;

    use super::*;
    use crate::commands::testing::{ANA, BEN, Person, Shown};
    use crate::interaction::Visibility::{Private, Public};
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

    /// Every state of every conversation, in every language, under every limit, with buttons that lead on.
    #[test]
    fn every_reachable_message_is_within_every_limit() {
        let responses = shipped();
        let mut places = 0;
        for language in &responses.languages {
            let conversation = Conversation { responses, language, owner: UserId(u64::MAX) };
            let mut open = vec![Answers::default()];
            while let Some(answers) = open.pop() {
                places += 1;
                let mut messages = Vec::new();
                match next(&responses.questionnaire, answers.choices()).expect("each state is reached by its buttons") {
                    Next::Ask(question) => {
                        let choices = responses.questionnaire.questions[question].choices.len();
                        open.extend((0..choices).map(|choice| answers.with(choice as u8)));
                        messages.push(conversation.question(question, &answers));
                    }
                    Next::Suggest(suggestion) => {
                        let view = conversation.view(&suggestion);
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
            }
        }
        assert_eq!(places, 2897 * responses.languages.len());
    }
}
