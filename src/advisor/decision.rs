//! What comes after some answers: the next question or the suggestion.

use std::fmt;

use super::{Outcome, Points, Questionnaire, Role, Strength};

/// What comes after the answers so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This question (an index).
    Ask(usize),
    /// The end.
    Suggest(Suggestion),
}

/// What a conversation ends in, and what led there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which role, or both.
    pub outcome: Outcome,
    /// How much the answers say.
    pub strength: Strength,
    /// Why it came to this.
    pub reason: Reason,
    /// What the answers add up to.
    pub totals: Points,
    /// The most points one role could have had in the questions asked.
    pub most: u32,
    /// Whether an answer said that the organisation is small.
    pub small: bool,
    /// Whose need is the nearer or the larger, if one is: whom to look for first when it is both.
    pub first: Option<Role>,
    /// The answers, in the order in which they were given.
    pub answered: Vec<Answered>,
}

/// Why a suggestion came out as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The totals decided.
    Totals,
    /// The totals were equal, and this question (an index) decided.
    Tie(usize),
    /// The answers say nothing that tells the roles apart; the rule's fallback is named.
    NothingToSay,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The question's index in the questionnaire.
    pub question: usize,
    /// The choice's index in the question.
    pub choice: usize,
    /// What the choice is worth.
    pub points: Points,
}

/// Answers that these questions cannot have led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidAnswers {
    /// A question has no such choice.
    NoSuchChoice {
        /// Its index in the questionnaire.
        question: usize,
        /// The index of the choice that it does not have.
        choice: usize,
    },
    /// There are answers after the end.
    AfterTheEnd,
}

impl fmt::Display for InvalidAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchChoice { question, choice } => {
                write!(f, "choice {choice} of question {question}, which does not have it")
            }
            Self::AfterTheEnd => f.write_str("answers after the suggestion was reached"),
        }
    }
}

impl std::error::Error for InvalidAnswers {}

/// What comes after these answers (indices of choices, in the order in which the questions were asked).
///
/// # Errors
///
/// When the questions cannot have led to them.
pub fn next(questionnaire: &Questionnaire, answers: &[u8]) -> Result<Next, InvalidAnswers> {
    let mut answered = Vec::with_capacity(answers.len());
    for &choice in answers {
        let Next::Ask(question) = after(questionnaire, &answered) else { return Err(InvalidAnswers::AfterTheEnd) };
        let choice = usize::from(choice);
        let Some(found) = questionnaire.questions[question].choices.get(choice) else {
            return Err(InvalidAnswers::NoSuchChoice { question, choice });
        };
        answered.push(Answered { question, choice, points: found.points });
    }
    Ok(after(questionnaire, &answered))
}

/// The decision rule.
fn after(questionnaire: &Questionnaire, answered: &[Answered]) -> Next {
    let Questionnaire { questions, core, rule, .. } = questionnaire;
    if answered.len() < *core {
        return Next::Ask(answered.len());
    }
    let follow_ups = &answered[*core..];
    let totals: Points = answered.iter().map(|answer| answer.points).sum();
    let most: u32 = answered.iter().map(|answer| questions[answer.question].most()).sum();
    // Each threshold is a part of `most`; comparing products keeps to whole numbers.
    let reaches = |points: u32, percent: u32| points * 100 >= most * percent;

    let suggest = |outcome, strength, reason| {
        Next::Suggest(Suggestion {
            outcome,
            strength,
            reason,
            totals,
            most,
            small: answered.iter().any(|answer| questions[answer.question].choices[answer.choice].small),
            first: says(answered, &rule.first).map(|(_, role)| role).or(totals.leader()),
            answered: answered.to_vec(),
        })
    };

    if let Some(leader) = totals.leader()
        && reaches(totals.most(), rule.clear.high)
        && totals.least() * 100 <= most * rule.clear.low
        && reaches(totals.gap(), rule.clear.gap)
    {
        return suggest(Outcome::One(leader), Strength::Clear, Reason::Totals);
    }

    let both_in_the_running = reaches(totals.least(), rule.both.low);
    let confirmed = follow_ups.iter().any(|answer| answer.points.least() > 0);
    if both_in_the_running && confirmed && totals.least() * 100 >= totals.most() * rule.both.ratio {
        let strength = if reaches(totals.least(), rule.both.clear) { Strength::Clear } else { Strength::Leaning };
        return suggest(Outcome::Both, strength, Reason::Totals);
    }

    let settled = follow_ups.len() >= rule.stop.after && totals.gap() >= rule.stop.gap;
    let order = if both_in_the_running { &rule.order_if_both } else { &rule.order };
    let not_asked = order.iter().find(|&&question| follow_ups.iter().all(|answer| answer.question != question));
    if let (false, Some(&question)) = (settled, not_asked) {
        return Next::Ask(question);
    }

    if let Some(leader) = totals.leader() {
        let strength = if reaches(totals.gap(), rule.leaning_gap) { Strength::Leaning } else { Strength::Slight };
        return suggest(Outcome::One(leader), strength, Reason::Totals);
    }
    match says(answered, &rule.tie) {
        Some((question, leader)) => suggest(Outcome::One(leader), Strength::Slight, Reason::Tie(question)),
        None => suggest(Outcome::One(rule.nothing), Strength::Slight, Reason::NothingToSay),
    }
}

/// The first of these questions whose answer speaks for one role, and that role.
fn says(answered: &[Answered], questions: &[usize]) -> Option<(usize, Role)> {
    questions.iter().find_map(|&question| {
        let answer = answered.iter().find(|answer| answer.question == question)?;
        Some((question, answer.points.leader()?))
    })
}

/// One answer that, given otherwise, would have led to another outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The question's index.
    pub question: usize,
    /// The choice that would have changed the outcome.
    pub choice: usize,
    /// The outcome it would have been.
    pub outcome: Outcome,
}

impl Suggestion {
    /// The answers that counted most toward the outcome, the most telling first; at most `count`.
    pub fn counted_most(&self, count: usize) -> Vec<Answered> {
        let weight = |answer: &Answered| match self.outcome {
            Outcome::One(role) => answer.points.of(role).saturating_sub(answer.points.of(role.other())),
            Outcome::Both => answer.points.least() * 2,
        };
        let mut telling: Vec<_> = self.answered.iter().filter(|answer| weight(answer) > 0).copied().collect();
        telling.sort_by_key(|answer| std::cmp::Reverse(weight(answer)));
        telling.truncate(count);
        telling
    }

    /// The answer that speaks most for the other role, when the outcome is one role and an answer does.
    pub fn speaks_against(&self) -> Option<Answered> {
        let Outcome::One(role) = self.outcome else { return None };
        let weight = |answer: &Answered| answer.points.of(role.other()).saturating_sub(answer.points.of(role));
        self.answered.iter().filter(|answer| weight(answer) > 0).rev().max_by_key(|answer| weight(answer)).copied()
    }
}

/// The one answer that, given otherwise, would have led to another outcome with nothing more to ask; the question
/// that weighs most is tried first.
pub fn what_would_change(questionnaire: &Questionnaire, suggestion: &Suggestion) -> Option<Change> {
    let mut answers = suggestion.answered.clone();
    answers.sort_by_key(|answer| std::cmp::Reverse(questionnaire.questions[answer.question].most()));
    answers.iter().find_map(|answer| {
        let choices = &questionnaire.questions[answer.question].choices;
        (0..choices.len()).filter(|&choice| choice != answer.choice).find_map(|choice| {
            let other = Answered { choice, points: choices[choice].points, ..*answer };
            let outcome = outcome_of(questionnaire, &answers, other)?;
            (outcome != suggestion.outcome).then_some(Change { question: answer.question, choice, outcome })
        })
    })
}

/// The outcome of these answers with one of them replaced, if it can be told from them alone.
fn outcome_of(questionnaire: &Questionnaire, answers: &[Answered], replaced: Answered) -> Option<Outcome> {
    let mut path = Vec::with_capacity(answers.len());
    loop {
        match after(questionnaire, &path) {
            Next::Suggest(suggestion) => return Some(suggestion.outcome),
            Next::Ask(question) if question == replaced.question => path.push(replaced),
            Next::Ask(question) => path.push(*answers.iter().find(|answer| answer.question == question)?),
        }
    }
}
