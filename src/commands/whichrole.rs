//! `/whichrole`: a short conversation, one click a question, that ends in a suggestion.

use crate::advisor::{Answered as GivenAnswer, Next, Outcome, Reason, Role, Strength, Suggestion};
use crate::advisor::{next, what_would_change};
use crate::bot::{Answer, Answered, Asked, unknown};
use crate::commands::{button, notice};
use crate::custom_id::{Answers, Destination, Place, Step};
use crate::interaction::{UserId, Visibility};
use crate::message::{Button, ButtonStyle, Component, Message, Reply, To};
use crate::responses::{Language, Responses, RoleWords};

/// The name of the slash command.
pub const COMMAND: &str = "whichrole";

/// The first question of a conversation of one's own.
pub(crate) fn start(asked: &Asked<'_>, to: To) -> Answer {
    let visibility = match to {
        To::New(visibility) => visibility,
        To::Update => Visibility::Private,
    };
    let conversation = Conversation::of(asked, asked.language(visibility), asked.interaction.user);
    let message = conversation.question(0, &Answers::default());
    Answer { reply: Reply { to, message }, result: Answered::Question }
}

/// A press that leads to a place in somebody's conversation, on a message seen by some.
pub(crate) fn go(asked: &Asked<'_>, place: &Place, on: Visibility) -> Answer {
    if place.owner != asked.interaction.user {
        return foreign(asked, place.owner);
    }
    if place.revision != asked.responses.revision {
        let message = notice::changed(asked.responses, asked.language(on));
        return Answer { reply: Reply { to: To::Update, message }, result: Answered::Changed };
    }
    let Ok(next) = next(&asked.responses.questionnaire, place.answers.choices()) else { return unknown(asked) };
    let conversation = Conversation::of(asked, asked.language(on), place.owner);
    let (message, result) = match next {
        Next::Suggest(suggestion) if place.step == Step::Share => return conversation.share(asked, &suggestion),
        // Only a suggestion has a button to share it.
        Next::Ask(_) if place.step == Step::Share => return unknown(asked),
        Next::Ask(question) => (conversation.question(question, &place.answers), Answered::Question),
        Next::Suggest(suggestion) => (
            conversation.suggestion(&suggestion, &place.answers, on),
            Answered::Suggestion(suggestion.outcome, suggestion.strength),
        ),
    };
    Answer { reply: Reply { to: To::Update, message }, result }
}

/// One's own conversation, in private, after a press on somebody else's.
fn foreign(asked: &Asked<'_>, owner: UserId) -> Answer {
    let language = asked.language(Visibility::Private);
    let conversation = Conversation::of(asked, language, asked.interaction.user);
    let mut message = conversation.question(0, &Answers::default());
    let notice = language.words.ui.notice_foreign.fill(&[("owner", &mention(owner))]);
    message.components.insert(0, Component::TextDisplay(notice));
    Answer { reply: Reply { to: To::New(Visibility::Private), message }, result: Answered::Foreign }
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
pub struct Told<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The choice.
    pub choice: &'a str,
}

impl<'a> Conversation<'a> {
    fn of(asked: &Asked<'a>, language: &'a Language, owner: UserId) -> Self {
        Self { responses: asked.responses, language, owner }
    }

    fn destination(&self, step: Step, answers: Answers) -> Destination<'static> {
        Destination::Conversation(Place { step, revision: self.responses.revision, owner: self.owner, answers })
    }

    /// A question's card (`question` is its index), after these answers.
    pub fn question(&self, question: usize, answers: &Answers) -> Message {
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
        let mut components = Vec::new();
        if given == 0 {
            components.push(Component::TextDisplay(ui.question_intro.fill(&[])));
            components.push(Component::Separator);
        }
        components.push(Component::TextDisplay(format!("-# {progress}\n## {}\n{}", words.title, words.help)));
        for (choice, words) in (0..).zip(&words.choices) {
            let destination = self.destination(Step::Answer, answers.with(choice));
            components.push(Component::Section {
                text: words.text.clone(),
                accessory: button(&destination, &words.label, ButtonStyle::Primary),
            });
        }
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.back_and_restart(answers)));
        let accent_color = self.responses.looks.question;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    fn back_and_restart(&self, answers: &Answers) -> Vec<Button> {
        let ui = &self.language.words.ui;
        [(Step::Back, answers.without_last(), &ui.button_back), (Step::Restart, Answers::default(), &ui.button_restart)]
            .into_iter()
            .map(|(step, to, label)| Button {
                disabled: answers.choices().is_empty(),
                ..button(&self.destination(step, to), &label.fill(&[]), ButtonStyle::Secondary)
            })
            .collect()
    }

    /// The card of a suggestion, with what can be done next.
    pub fn suggestion(&self, suggestion: &Suggestion, answers: &Answers, on: Visibility) -> Message {
        let ui = &self.language.words.ui;
        let mut components = self.suggestion_text(&self.view(suggestion));
        components.push(Component::Separator);
        components.push(Component::ActionRow(self.page_buttons(suggestion.outcome)));
        let mut row = self.back_and_restart(answers);
        if on == Visibility::Private {
            let share = self.destination(Step::Share, answers.clone());
            row.push(button(&share, &ui.button_share.fill(&[]), ButtonStyle::Primary));
        }
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.looks.of(suggestion.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// The suggestion for the whole channel, in the channel's language.
    fn share(&self, asked: &Asked<'a>, suggestion: &Suggestion) -> Answer {
        let public = Self::of(asked, asked.language(Visibility::Public), self.owner);
        let message = public.shared(suggestion);
        Answer {
            reply: Reply { to: To::New(Visibility::Public), message },
            result: Answered::Shared(suggestion.outcome, suggestion.strength),
        }
    }

    /// The card of a suggestion that its owner shares: names who asked, and lets anyone start their own.
    pub fn shared(&self, suggestion: &Suggestion) -> Message {
        let ui = &self.language.words.ui;
        let mut components = vec![
            Component::TextDisplay(ui.notice_shared.fill(&[("owner", &mention(self.owner))])),
            Component::Separator,
        ];
        components.extend(self.suggestion_text(&self.view(suggestion)));
        components.push(Component::Separator);
        let mut row = self.page_buttons(suggestion.outcome);
        row.push(button(&Destination::Start, &ui.button_start.fill(&[]), ButtonStyle::Primary));
        components.push(Component::ActionRow(row));
        let accent_color = self.responses.looks.of(suggestion.outcome).accent_color;
        Message { components: vec![Component::Container { accent_color, components }] }
    }

    /// Buttons to the pages of an outcome; they leave the suggestion where it is.
    fn page_buttons(&self, outcome: Outcome) -> Vec<Button> {
        let pages = &self.responses.looks.of(outcome).pages;
        pages
            .iter()
            .map(|&page| {
                let destination = Destination::Page { name: &self.responses.pages[page].name, turn: false };
                button(&destination, &self.language.words.pages[page].button, ButtonStyle::Secondary)
            })
            .collect()
    }

    fn told(&self, question: usize, choice: usize) -> Told<'a> {
        let words = &self.language.words.questions[question];
        Told { topic: &words.topic, choice: &words.choices[choice].text }
    }

    fn view(&self, suggestion: &Suggestion) -> View<'a> {
        let told = |answer: GivenAnswer| self.told(answer.question, answer.choice);
        let change = what_would_change(&self.responses.questionnaire, suggestion);
        View {
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
    pub fn suggestion_text(&self, view: &View<'_>) -> Vec<Component> {
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
            paragraphs.push(why.join("\n"));
        }

        let first = role.map_or(&words.both_first, |role| &role.first);
        paragraphs.push(format!("{}\n{}", words.first.fill(&[]), first.fill(&[])));
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
        paragraphs.push(change.join("\n"));

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

    fn headline(&self, view: &View<'_>) -> String {
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

impl<'a> Told<'a> {
    fn values(self) -> [(&'static str, &'a str); 2] {
        [("topic", self.topic), ("choice", self.choice)]
    }
}

/// What the card of a suggestion says.
pub struct View<'a> {
    /// Which role, or both.
    pub outcome: Outcome,
    /// How much the answers say.
    pub strength: Strength,
    /// Whether they say nothing that tells the roles apart.
    pub nothing: bool,
    /// Whether an answer said that the organisation is small.
    pub small: bool,
    /// The answers that counted most.
    pub counted: Vec<Told<'a>>,
    /// The answer that speaks most for the other role.
    pub against: Option<Told<'a>>,
    /// The topic of the question that decided between equal totals.
    pub tie: Option<&'a str>,
    /// Who comes first when it is both.
    pub comes_first: Option<Role>,
    /// An answer that would have led to another outcome.
    pub change: Option<(Told<'a>, Outcome)>,
}
