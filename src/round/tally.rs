//! The result of a round: the counts that remain after the close, as many of them as the number of people allows.
//!
//! From fewer than three answers nothing remains; from three or four, the outcomes and the picture; from five on, also
//! the counts of each question; from eight on, also a number for the agreement. Only some people are asked a follow-up,
//! so the threshold is applied to each question by itself. In every case, each person's own answers are gone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Ballot;
use super::agreement::{Agreement, distance, nearness, pairs_that_agree};
use super::rules::Rules;
use crate::advisor::{Choice, Outcome, Outcomes, Questionnaire, Role, Standing, Together, together};

/// How many answers are needed before something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// For the outcomes and the picture. Fewer answers are destroyed, and nobody sees them.
    pub outcomes: u32,
    /// For the counts of a question.
    pub questions: u32,
    /// For a number for the agreement.
    pub index: u32,
}

impl Thresholds {
    /// The smallest allowed values, which are also the defaults: of two people, each would know what the other
    /// answered.
    pub const LEAST: Self = Self { outcomes: 3, questions: 5, index: 8 };

    /// Returns these thresholds, with none below [`LEAST`](Self::LEAST), and none that shows more with fewer answers.
    #[must_use]
    pub fn at_least(self) -> Self {
        let outcomes = self.outcomes.max(Self::LEAST.outcomes);
        let questions = self.questions.max(Self::LEAST.questions).max(outcomes);
        Self { outcomes, questions, index: self.index.max(Self::LEAST.index).max(questions) }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self::LEAST
    }
}

/// What a closed round shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many people answered.
    pub answered: u32,
    /// How many people's answers alone suggest each outcome.
    pub outcomes: Outcomes,
    /// How many of these suggestions are the same.
    pub agreement: Agreement,
    /// How near people are to each other on the two needs, in percent; `None` if too few answered.
    pub nearness: Option<u8>,
    /// The team's suggestion.
    pub together: Together,
    /// Where people are in the picture, cell by cell.
    pub dots: Vec<Dots>,
    /// The counts of each question, in the order in which they are asked; empty if too few answered.
    pub questions: Vec<QuestionTally>,
    /// The id of the question to talk about first: that on which people differ most. `None` if they differ on none, or
    /// too few answered.
    pub talk_first: Option<String>,
}

/// How many people are in one cell of the picture.
///
/// A cell is a fifth of each need wide. A dot at its exact place would reveal the answers behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dots {
    /// What points to a CTO: 0 for the lowest fifth to 4 for the highest.
    pub cto: u8,
    /// What points to a CIO: 0 for the lowest fifth to 4 for the highest.
    pub cio: u8,
    /// What was suggested to them.
    pub suggested: Suggested,
    /// The number of people.
    pub people: u32,
}

/// What was suggested to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suggested {
    /// A CTO.
    Cto,
    /// A CIO.
    Cio,
    /// Both.
    Both,
    /// Nothing: the answers do not tell the roles apart.
    Nothing,
}

impl Suggested {
    /// Returns the name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cto => "cto",
            Self::Cio => "cio",
            Self::Both => "both",
            Self::Nothing => "nothing",
        }
    }
}

impl From<Option<Outcome>> for Suggested {
    fn from(outcome: Option<Outcome>) -> Self {
        match outcome {
            Some(Outcome::One(Role::Cto)) => Self::Cto,
            Some(Outcome::One(Role::Cio)) => Self::Cio,
            Some(Outcome::Both) => Self::Both,
            None => Self::Nothing,
        }
    }
}

/// The number of cells in each direction of the picture.
pub const CELLS: u8 = 5;

/// The counts of one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionTally {
    /// The question's id.
    pub question: String,
    /// The count of each choice, in the order of the questionnaire, including choices that nobody made.
    pub choices: Vec<ChoiceTally>,
    /// How many gave the same answer.
    pub agreement: Agreement,
    /// The share of all pairs of people who gave the same answer, in percent; `None` if too few answered.
    pub pairs: Option<u8>,
}

/// The count of one choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceTally {
    /// The choice's id.
    pub choice: String,
    /// How many people made it.
    pub people: u32,
}

impl QuestionTally {
    /// Returns how many people answered this question.
    pub fn answered(&self) -> u32 {
        self.choices.iter().map(|choice| choice.people).sum()
    }

    /// Returns the choices that somebody made, the most frequent first.
    pub fn sides(&self) -> Vec<&ChoiceTally> {
        let mut sides: Vec<_> = self.choices.iter().filter(|choice| choice.people > 0).collect();
        sides.sort_by_key(|choice| std::cmp::Reverse(choice.people));
        sides
    }
}

/// The counts of the round before this one, which are kept if the same is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// How many people answered.
    pub answered: u32,
    /// How many people's answers alone suggested each outcome.
    pub outcomes: Outcomes,
}

impl Tally {
    /// Counts answers; `None` if there are too few. Ballots that the current questions cannot read are not counted.
    pub fn of(rules: &Rules, answers: &[Ballot]) -> Option<Self> {
        let Rules { questionnaire, team, limits } = rules;
        let thresholds = limits.thresholds.at_least();
        let read: Vec<(&Ballot, Standing)> =
            answers.iter().filter_map(|told| Some((told, told.standing(questionnaire)?))).collect();
        let people: Vec<_> = read.iter().map(|(_, standing)| *standing).collect();
        let answered = u32::try_from(people.len()).unwrap_or(u32::MAX);
        if answered < thresholds.outcomes {
            return None;
        }
        let outcomes = Outcomes::of(&people);
        let questions = if answered < thresholds.questions {
            Vec::new()
        } else {
            let read: Vec<_> = read.iter().map(|(told, _)| *told).collect();
            question_tallies(questionnaire, thresholds, &read)
        };
        Some(Self {
            answered,
            outcomes,
            agreement: Agreement::of(&outcomes.counts()),
            nearness: nearness(outcomes).filter(|_| answered >= thresholds.index),
            together: together(&questionnaire.rule, team, &people)?,
            dots: dots(&people),
            talk_first: talk_first(questionnaire, &questions),
            questions,
        })
    }

    /// Returns the counts of the question to talk about first.
    pub fn talk_first(&self) -> Option<&QuestionTally> {
        let id = self.talk_first.as_ref()?;
        self.questions.iter().find(|question| question.question == *id)
    }

    /// Returns what a second round may show of this one. `None` if there are too few answers: readers could work out
    /// how one person's answers changed.
    pub fn before(&self, thresholds: Thresholds) -> Option<Before> {
        let enough = self.answered >= thresholds.at_least().questions;
        enough.then_some(Before { answered: self.answered, outcomes: self.outcomes })
    }
}

fn question_tallies(questionnaire: &Questionnaire, thresholds: Thresholds, answers: &[&Ballot]) -> Vec<QuestionTally> {
    let tally = |question: &crate::advisor::Question| {
        let count = |choice: &Choice| {
            let made = answers.iter().filter(|told| told.choice(&question.id) == Some(choice.id.as_str())).count();
            ChoiceTally { choice: choice.id.clone(), people: u32::try_from(made).unwrap_or(u32::MAX) }
        };
        let choices: Vec<_> = question.choices.iter().map(count).collect();
        let counts: Vec<_> = choices.iter().map(|choice| choice.people).collect();
        let answered: u32 = counts.iter().sum();
        (answered >= thresholds.questions).then(|| QuestionTally {
            question: question.id.clone(),
            choices,
            agreement: Agreement::of(&counts),
            pairs: pairs_that_agree(&counts).filter(|_| answered >= thresholds.index),
        })
    };
    questionnaire.questions.iter().filter_map(tally).collect()
}

/// Returns the id of the question on which the fewest pairs of people agree. Among equals it is the one whose choices
/// are farther apart on the two needs, then the one that is asked first.
fn talk_first(questionnaire: &Questionnaire, questions: &[QuestionTally]) -> Option<String> {
    let divided = questions.iter().filter(|question| question.agreement != Agreement::All);
    let first = divided.min_by(|one, other| {
        let (agree, apart) = division(questionnaire, one);
        let (others_agree, others_apart) = division(questionnaire, other);
        // Shares of the pairs are compared as products, so that nothing is rounded.
        let ratio = |(part, _): (u64, u64), (_, whole): (u64, u64)| u128::from(part) * u128::from(whole);
        let by_pairs = ratio(agree, others_agree).cmp(&ratio(others_agree, agree));
        by_pairs.then_with(|| ratio(others_apart, apart).cmp(&ratio(apart, others_apart)))
    });
    first.map(|question| question.question.clone())
}

/// Returns how many pairs agree on a question, and the sum of the pairs' distances on the two needs; each with the
/// number of all pairs.
fn division(questionnaire: &Questionnaire, tally: &QuestionTally) -> ((u64, u64), (u64, u64)) {
    let question = questionnaire.questions.iter().find(|question| question.id == tally.question);
    let groups: Vec<_> = tally
        .choices
        .iter()
        .map(|counted| {
            let choice =
                question.and_then(|question| question.choices.iter().find(|choice| choice.id == counted.choice));
            let sees = |role: Role| u8::from(choice.is_some_and(|choice| choice.points.of(role) > 0));
            (counted.people, [sees(Role::Cto), sees(Role::Cio)])
        })
        .collect();
    let (apart, pairs) = distance(&groups);
    let agree =
        tally.choices.iter().map(|choice| u64::from(choice.people)).map(|people| people * (people - people.min(1)) / 2);
    ((agree.sum(), pairs), (apart, pairs))
}

fn dots(people: &[Standing]) -> Vec<Dots> {
    let mut cells: BTreeMap<(u8, u8, Suggested), u32> = BTreeMap::new();
    for person in people {
        let cell = |role| {
            let fifth = u64::from(person.totals.of(role)) * u64::from(CELLS) / u64::from(person.most.max(1));
            u8::try_from(fifth).map_or(CELLS - 1, |fifth| fifth.min(CELLS - 1))
        };
        *cells.entry((cell(Role::Cto), cell(Role::Cio), person.outcome.into())).or_default() += 1;
    }
    cells.into_iter().map(|((cto, cio, suggested), people)| Dots { cto, cio, suggested, people }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ballot::tests::{answers, any_answers};
    use super::super::rules::tests::rules;
    use super::*;
    use crate::TestResult;

    fn tally(people: &[&[&str]]) -> Option<Tally> {
        let told: Vec<_> = people.iter().map(|ids| answers(ids)).collect();
        Tally::of(&rules(), &told)
    }

    const PRODUCT: &[&str] = &["product", "making", "customers"];
    const INSIDE: &[&str] = &["inside", "systems", "staff"];

    #[test]
    fn each_threshold_at_its_edge() -> TestResult {
        assert_eq!(tally(&[PRODUCT; 2]), None);
        let three = tally(&[PRODUCT; 3]).ok_or("three were not enough for the outcomes")?;
        assert_eq!((three.answered, three.dots.len(), three.questions.len(), three.nearness), (3, 1, 0, None));
        let four = tally(&[PRODUCT; 4]).ok_or("four were not enough")?;
        assert_eq!((four.questions.len(), four.talk_first), (0, None));
        let five = tally(&[PRODUCT; 5]).ok_or("five were not enough for the questions")?;
        assert_eq!((five.questions.len(), five.questions[0].pairs, five.nearness), (3, None, None));
        let seven = tally(&[PRODUCT; 7]).ok_or("seven were not enough for the outcomes")?;
        assert_eq!((seven.questions[0].pairs, seven.nearness), (None, None));
        let eight = tally(&[PRODUCT; 8]).ok_or("eight were not enough")?;
        assert_eq!((eight.questions[0].pairs, eight.nearness), (Some(100), Some(100)));
        Ok(())
    }

    #[test]
    fn thresholds_cannot_be_lowered() {
        let low = Thresholds { outcomes: 0, questions: 1, index: 2 };
        assert_eq!(low.at_least(), Thresholds::LEAST);
        let high = Thresholds { outcomes: 10, questions: 6, index: 8 };
        assert_eq!(high.at_least(), Thresholds { outcomes: 10, questions: 10, index: 10 });
    }

    /// Four of eight were asked a follow-up: too few to show what they said.
    #[test]
    fn a_follow_up_that_few_answered_is_not_shown() -> TestResult {
        let both: &[&str] = &["both", "both", "both", "both"];
        let mut people = vec![both; 4];
        people.extend([PRODUCT; 4]);
        let found = tally(&people).ok_or("eight were not enough")?;
        assert_eq!(found.questions.len(), 3);
        people.push(both);
        let found = tally(&people).ok_or("nine were not enough")?;
        assert_eq!((found.questions.len(), found.questions[3].answered()), (4, 5));
        Ok(())
    }

    #[test]
    fn the_question_that_divides_most_comes_first() -> TestResult {
        let one: &[&str] = &["product", "making", "both", "product"];
        let two: &[&str] = &["product", "systems", "both", "both"];
        let found = tally(&[one, one, one, two, two]).ok_or("five were not enough")?;
        let first = found.talk_first().ok_or("they are equal")?;
        assert_eq!(first.question, "area");
        let sides: Vec<_> = first.sides().iter().map(|side| (side.choice.as_str(), side.people)).collect();
        assert_eq!(sides, [("making", 3), ("systems", 2)]);
        assert_eq!(tally(&[PRODUCT; 5]).ok_or("five were not enough")?.talk_first, None);
        Ok(())
    }

    #[test]
    fn of_two_that_divide_alike_the_one_farther_apart_on_the_needs_comes_first() -> TestResult {
        let one: &[&str] = &["product", "making", "customers"];
        let two: &[&str] = &["both", "systems", "customers"];
        let found = tally(&[one, one, one, two, two]).ok_or("five were not enough")?;
        assert_eq!(found.talk_first.as_deref(), Some("area"));
        Ok(())
    }

    #[test]
    fn each_sees_one_half() -> TestResult {
        let found = tally(&[PRODUCT, INSIDE, PRODUCT, INSIDE]).ok_or("four were not enough")?;
        assert_eq!((found.together.outcome, found.together.halves), (Outcome::Both, true));
        assert_eq!(found.agreement, Agreement::Split);
        assert_eq!(
            found.dots,
            [
                Dots { cto: 0, cio: 4, suggested: Suggested::Cio, people: 2 },
                Dots { cto: 4, cio: 0, suggested: Suggested::Cto, people: 2 },
            ]
        );
        Ok(())
    }

    #[test]
    fn a_second_round_shows_the_first_only_when_enough_answered() {
        let before = |people: &[&[&str]]| tally(people).and_then(|found| found.before(Thresholds::default()));
        assert_eq!(before(&[PRODUCT; 4]), None);
        let outcomes = Outcomes { cto: 5, ..Outcomes::default() };
        assert_eq!(before(&[PRODUCT; 5]), Some(Before { answered: 5, outcomes }));
    }

    proptest! {
        #[test]
        fn the_order_of_the_answers_never_matters(
            (told, shuffled) in proptest::collection::vec(any_answers(), 0..14)
                .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
        ) {
            prop_assert_eq!(Tally::of(&rules(), &told), Tally::of(&rules(), &shuffled));
        }

        #[test]
        fn the_counts_add_up_and_nothing_is_under_its_threshold(told in proptest::collection::vec(any_answers(), 0..14)) {
            let Some(found) = Tally::of(&rules(), &told) else {
                prop_assert!(told.len() < 3);
                return Ok(());
            };
            prop_assert_eq!(found.answered as usize, told.len());
            prop_assert_eq!(found.outcomes.counts().iter().sum::<u32>(), found.answered);
            prop_assert_eq!(found.dots.iter().map(|dots| dots.people).sum::<u32>(), found.answered);
            prop_assert_eq!(found.questions.is_empty(), told.len() < 5);
            prop_assert_eq!(found.nearness.is_some(), told.len() >= 8);
            for (index, question) in found.questions.iter().enumerate() {
                prop_assert!(question.answered() >= 5);
                prop_assert!(index >= 3 || question.answered() == found.answered);
                prop_assert_eq!(question.pairs.is_some(), question.answered() >= 8);
            }
            let text = serde_json::to_string(&found)?;
            let back: Tally = serde_json::from_str(&text)?;
            prop_assert_eq!(back, found);
        }
    }
}
