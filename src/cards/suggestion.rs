//! The card of a suggestion: what is suggested, what counted, the first step. It is read on a phone, so it is short; the
//! rest is on the card of its [details](super::details), one press away, and the channel sees a [third](super::shared).

use std::borrow::Cow;

use super::{Conversation, button};
use crate::advisor::{Answer, Answers, Claims, Headline, Outcome, Role, Strength, Suggestion};
use crate::custom_id::{Action, Step};
use crate::message::{Button, ButtonStyle, Component, Message, Picture, Visibility};
use crate::picture::Drawing;
use crate::responses::RoleWords;

/// What an answer is told by.
#[derive(Clone, Copy)]
pub(super) struct AnswerText<'a> {
    /// The topic of the question.
    pub topic: &'a str,
    /// The words on the button that was pressed.
    pub choice: &'a str,
}

/// A line of what counted, what spoke against it, and what decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ReasonLine<'c> {
    /// Above the answers that counted.
    Counted,
    /// An answer that counted.
    Answer(&'c Answer),
    /// The answer that speaks for the other role.
    Against(&'c Answer),
    /// The questions whose answers speak for both roles.
    TwoSided(&'c [usize]),
    /// The question that decided between equal totals.
    Tie(usize),
}

/// The lines that a suggestion which claims this has below its headline.
pub(super) fn reason_lines(claims: &Claims) -> impl Iterator<Item = ReasonLine<'_>> {
    let Claims { headline: _, counted, against, two_sided, tie } = claims;
    let heading = (!counted.is_empty()).then_some(ReasonLine::Counted);
    let two_sided = (!two_sided.is_empty()).then_some(ReasonLine::TwoSided(two_sided));
    heading
        .into_iter()
        .chain(counted.iter().map(ReasonLine::Answer))
        .chain(against.as_ref().map(ReasonLine::Against))
        .chain(two_sided)
        .chain(tie.map(ReasonLine::Tie))
}

impl<'a> Conversation<'a> {
    /// The card of a suggestion, with what can be done next.
    pub fn suggestion(&self, suggestion: &Suggestion, answers: &Answers, on: Visibility) -> Message<'a> {
        self.suggestion_card(&suggestion.claims(), self.drawing(suggestion), answers, on)
    }

    /// The card of a suggestion that claims this.
    pub(super) fn suggestion_card(
        &self,
        claims: &Claims,
        drawing: Drawing,
        answers: &Answers,
        on: Visibility,
    ) -> Message<'a> {
        let ui = &self.language.words.ui;
        let mut components: Vec<_> = self.summary_texts(claims).into_iter().map(Component::TextDisplay).collect();
        // Below the headline.
        components.insert(1, self.picture(claims, drawing));
        components.push(Component::Separator);

        let mut row = Vec::new();
        if claims.headline != Headline::Open {
            let details = self.action(Step::Details, answers.clone());
            row.push(button(&details, ui.button_details(), ButtonStyle::Secondary));
        }
        row.extend(self.page_buttons(claims.headline));
        components.push(Component::ActionRow(row));

        let mut row = self.back_and_restart(answers);
        if on == Visibility::Private {
            let preview = self.action(Step::Preview, answers.clone());
            row.push(button(&preview, ui.button_preview(), ButtonStyle::Primary));
        }
        components.push(Component::ActionRow(row));
        Message {
            components: vec![Component::Container { accent_color: self.accent_color(claims.headline), components }],
        }
    }

    /// The texts of the card, in the order in which they are read.
    pub fn summary_texts(&self, claims: &Claims) -> Vec<Cow<'a, str>> {
        let mut paragraphs = vec![self.headline(claims.headline)];
        paragraphs.extend(self.reasons(claims).map(Cow::Owned));
        paragraphs.extend(self.step(claims.headline));
        paragraphs.push(self.language.words.suggestion.caveat());
        paragraphs
    }

    /// The heading and the sentence below it.
    pub(super) fn headline(&self, headline: Headline) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        match headline {
            Headline::Role(role, Strength::Clear) => self.role(role).clear(),
            Headline::Role(role, Strength::Leaning) => self.role(role).leaning(),
            Headline::Role(role, Strength::Slight) => self.role(role).slight(),
            Headline::Both(Strength::Clear) => words.both_clear(),
            Headline::Both(Strength::Leaning | Strength::Slight) => words.both_leaning(),
            Headline::BothInOne => words.both_small(),
            Headline::Open => words.nothing(),
        }
    }

    /// The picture of a suggestion.
    pub(super) fn drawing(&self, suggestion: &Suggestion) -> Drawing {
        Drawing::of(&self.responses.questionnaire.rule, suggestion)
    }

    /// The picture of a suggestion that claims this, and what it shows in words.
    pub(super) fn picture(&self, claims: &Claims, drawing: Drawing) -> Component<'a> {
        let words = &self.language.words.suggestion;
        let alt = match claims.headline {
            Headline::Open => words.picture_even(),
            Headline::Role(..) if claims.tie.is_some() => words.picture_even(),
            Headline::Role(Role::Cto, _) => words.picture_cto(),
            Headline::Role(Role::Cio, _) => words.picture_cio(),
            Headline::Both(_) | Headline::BothInOne => words.picture_both(),
        };
        Component::MediaGallery(Picture { drawing, alt })
    }

    /// What counted, what spoke against it, and what decided. `None` if the answers do not tip either way.
    pub(super) fn reasons(&self, claims: &Claims) -> Option<String> {
        let lines: Vec<_> = reason_lines(claims).map(|line| self.reason_line(line)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// One of the lines of [`reasons`](Self::reasons).
    pub(super) fn reason_line(&self, line: ReasonLine<'_>) -> Cow<'a, str> {
        let words = &self.language.words.suggestion;
        match line {
            ReasonLine::Counted => words.counted(),
            ReasonLine::Answer(answer) => {
                let AnswerText { topic, choice } = self.answer_text(answer);
                words.answer(topic, choice)
            }
            ReasonLine::Against(answer) => {
                let AnswerText { topic, choice } = self.answer_text(answer);
                words.against(topic, choice)
            }
            ReasonLine::TwoSided(questions) => {
                let topics: Vec<_> = questions.iter().map(|&question| self.topic(question)).collect();
                words.two_sided(topics.join(" · "))
            }
            ReasonLine::Tie(question) => words.tie(self.topic(question)),
        }
    }

    fn step(&self, headline: Headline) -> Option<Cow<'a, str>> {
        let words = &self.language.words.suggestion;
        match headline {
            Headline::Role(role, Strength::Slight) => Some(self.role(role).step_slight()),
            Headline::Role(role, Strength::Leaning | Strength::Clear) => Some(self.role(role).step()),
            Headline::Both(_) => Some(words.both_step()),
            Headline::BothInOne => Some(words.both_step_small()),
            // Its text names two things to find out.
            Headline::Open => None,
        }
    }

    /// Buttons to the pages of a suggestion; they leave the card where it is.
    pub(super) fn page_buttons(&self, headline: Headline) -> impl Iterator<Item = Button<'a>> {
        let pages = &self.responses.styles.of(outcome(headline)).pages;
        pages.iter().map(|&page| {
            let action = Action::Page { name: &self.responses.pages[page].name, in_place: false };
            button(&action, self.language.words.pages[page].button.as_str(), ButtonStyle::Secondary)
        })
    }

    pub(super) fn accent_color(&self, headline: Headline) -> u32 {
        match headline {
            Headline::Open => self.responses.styles.question,
            headline => self.responses.styles.of(outcome(headline)).accent_color,
        }
    }

    pub(super) fn topic(&self, question: usize) -> &'a str {
        &self.language.words.questions[question].topic
    }

    pub(super) fn answer_text(&self, answer: &Answer) -> AnswerText<'a> {
        self.choice_text(answer.question, answer.choice)
    }

    pub(super) fn choice_text(&self, question: usize, choice: usize) -> AnswerText<'a> {
        let choice = &self.language.words.questions[question].choices[choice].label;
        AnswerText { topic: self.topic(question), choice }
    }

    pub(super) fn role(&self, role: Role) -> &'a RoleWords {
        match role {
            Role::Cto => &self.language.words.cto,
            Role::Cio => &self.language.words.cio,
        }
    }
}

/// The outcome whose pages a suggestion has buttons to. Where the answers do not tip, both roles are worth reading about.
fn outcome(headline: Headline) -> Outcome {
    match headline {
        Headline::Role(role, _) => Outcome::One(role),
        Headline::Both(_) | Headline::BothInOne | Headline::Open => Outcome::Both,
    }
}
