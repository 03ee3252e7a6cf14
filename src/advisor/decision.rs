//! What comes after some answers: the next question or the suggestion.

use std::fmt;

use super::{Outcome, Points, Questionnaire, Role, Strength};

/// What comes after the answers so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This question (an index).
    Ask(usize),
    /// Nothing more: this is the suggestion.
    Suggest(Suggestion),
}

/// The suggestion at the end of a conversation, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which role, or both.
    pub outcome: Outcome,
    /// How strongly the answers support the outcome.
    pub strength: Strength,
    /// What decided.
    pub reason: Reason,
    /// The sums of the points of all answers.
    pub totals: Points,
    /// The most points one role could have had in the questions asked.
    pub most: u32,
    /// Whether an answer said that there is little money or time for the work.
    pub small: bool,
    /// The role to look for first if it is both: that of the more pressing need, else of the larger; `None` if there is
    /// none.
    pub first: Option<Role>,
    /// The answers, in the order in which they were given.
    pub answered: Vec<Answer>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answer {
    /// The question's index in the questionnaire.
    pub question: usize,
    /// The choice's index in the question.
    pub choice: usize,
    /// What the choice is worth.
    pub points: Points,
}

/// Answers to which these questions cannot lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidAnswers {
    /// A question has no such choice.
    NoSuchChoice {
        /// Its index in the questionnaire.
        question: usize,
        /// The index of the choice that it does not have.
        choice: usize,
    },
    /// There are answers after the suggestion.
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
/// If these questions cannot lead to these answers.
pub fn next(questionnaire: &Questionnaire, answers: &[u8]) -> Result<Next, InvalidAnswers> {
    let mut answered = Vec::with_capacity(answers.len());
    for &choice in answers {
        let Next::Ask(question) = after(questionnaire, &answered) else { return Err(InvalidAnswers::AfterTheEnd) };
        let choice = usize::from(choice);
        let Some(found) = questionnaire.questions[question].choices.get(choice) else {
            return Err(InvalidAnswers::NoSuchChoice { question, choice });
        };
        answered.push(Answer { question, choice, points: found.points });
    }
    Ok(after(questionnaire, &answered))
}

/// The decision rule.
fn after(questionnaire: &Questionnaire, answered: &[Answer]) -> Next {
    let Questionnaire { questions, core, rule, .. } = questionnaire;
    if answered.len() < *core {
        return Next::Ask(answered.len());
    }
    let follow_ups = &answered[*core..];
    let totals: Points = answered.iter().map(|answer| answer.points).sum();
    let most: u32 = answered.iter().map(|answer| questions[answer.question].most()).sum();
    // Each threshold is a percentage of `most`. Comparing products avoids fractions.
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

    let speaking = |role| answered.iter().filter(|answer| answer.points.leader() == Some(role)).count();
    if let Some(leader) = totals.leader()
        && speaking(leader) >= rule.clear.answers
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
        let leaning = reaches(totals.gap(), rule.leaning.gap) && speaking(leader) >= rule.leaning.answers;
        let strength = if leaning { Strength::Leaning } else { Strength::Slight };
        return suggest(Outcome::One(leader), strength, Reason::Totals);
    }
    match says(answered, &rule.tie) {
        Some((question, leader)) => suggest(Outcome::One(leader), Strength::Slight, Reason::Tie(question)),
        None => suggest(Outcome::One(rule.nothing), Strength::Slight, Reason::NothingToSay),
    }
}

/// Finds the first of these questions whose answer speaks for one role, and that role.
fn says(answered: &[Answer], questions: &[usize]) -> Option<(usize, Role)> {
    questions.iter().find_map(|&question| {
        let answer = answered.iter().find(|answer| answer.question == question)?;
        Some((question, answer.points.leader()?))
    })
}

/// A different answer to one question, and the outcome that it would have led to.
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
    /// Returns the answers that counted most toward the outcome, the most important first; at most `count`.
    pub fn counted_most(&self, count: usize) -> Vec<Answer> {
        let weight = |answer: &Answer| match self.outcome {
            Outcome::One(role) => answer.points.of(role).saturating_sub(answer.points.of(role.other())),
            Outcome::Both => answer.points.least() * 2,
        };
        let mut telling: Vec<_> = self.answered.iter().filter(|answer| weight(answer) > 0).copied().collect();
        telling.sort_by_key(|answer| std::cmp::Reverse(weight(answer)));
        telling.truncate(count);
        telling
    }

    /// Returns the answers that gave points to both roles.
    pub fn two_sided(&self) -> impl Iterator<Item = Answer> {
        self.answered.iter().filter(|answer| answer.points.least() > 0).copied()
    }

    /// Returns the answer that speaks most for the other role; `None` if no answer does, or the outcome is both.
    pub fn speaks_against(&self) -> Option<Answer> {
        let Outcome::One(role) = self.outcome else { return None };
        let weight = |answer: &Answer| answer.points.of(role.other()).saturating_sub(answer.points.of(role));
        self.answered.iter().filter(|answer| weight(answer) > 0).rev().max_by_key(|answer| weight(answer)).copied()
    }
}

/// Finds one answer to one question that would have led to another outcome, with nothing more to ask. The question that
/// weighs most is tried first. Only a choice that speaks for the other outcome counts: a reader does not believe that
/// "not sure" would have led to a CIO, or "customers" to both.
pub fn what_would_change(questionnaire: &Questionnaire, suggestion: &Suggestion) -> Option<Change> {
    let mut answers = suggestion.answered.clone();
    answers.sort_by_key(|answer| std::cmp::Reverse(questionnaire.questions[answer.question].most()));
    answers.iter().find_map(|answer| {
        let choices = &questionnaire.questions[answer.question].choices;
        (0..choices.len()).filter(|&choice| choice != answer.choice).find_map(|choice| {
            let other = Answer { choice, points: choices[choice].points, ..*answer };
            let outcome = outcome_of(questionnaire, &answers, other)?;
            let speaks = match outcome {
                Outcome::One(role) => other.points.leader() == Some(role),
                Outcome::Both => other.points.least() > 0,
            };
            (outcome != suggestion.outcome && speaks).then_some(Change { question: answer.question, choice, outcome })
        })
    })
}

/// Returns the outcome of these answers with one of them replaced; `None` if another question would be asked.
fn outcome_of(questionnaire: &Questionnaire, answers: &[Answer], replaced: Answer) -> Option<Outcome> {
    let mut path = Vec::with_capacity(answers.len());
    loop {
        match after(questionnaire, &path) {
            Next::Suggest(suggestion) => return Some(suggestion.outcome),
            Next::Ask(question) if question == replaced.question => path.push(replaced),
            Next::Ask(question) => path.push(*answers.iter().find(|answer| answer.question == question)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::advisor::testing::answers;
    use crate::advisor::{Both, Choice, Clear, Leaning, ProofError, Question, Rule, Stop, prove};
    use crate::responses::shipped;

    fn suggestion(questionnaire: &Questionnaire, answers: &[u8]) -> Suggestion {
        match next(questionnaire, answers) {
            Ok(Next::Suggest(suggestion)) => suggestion,
            other => panic!("{other:?}"),
        }
    }

    /// Typical organisations, as their people would answer, and the advice for each.
    #[test]
    fn organisations_one_knows() {
        let questionnaire = &shipped().questionnaire;
        for (organisation, ids, outcome, strength) in [
            ("a software start-up", &["product", "making", "customers"][..], "cto", "clear"),
            ("a hospital", &["inside", "systems", "staff"], "cio", "clear"),
            ("a bank with its own app and old core systems", &["both", "both", "both", "both"], "both", "clear"),
            ("a carrier after two acquisitions", &["inside", "suppliers", "staff"], "cio", "clear"),
            (
                "a bakery chain with a rented web shop",
                &["inside", "suppliers", "rented", "nothing", "little", "hardly"],
                "cio",
                "slight",
            ),
            ("a maker of lab devices, growing", &["product", "making", "both", "product"], "cto", "clear"),
            (
                "someone who knows nothing yet",
                &["unsure", "suppliers", "nobody", "nothing", "little", "hardly"],
                "cio",
                "slight",
            ),
        ] {
            let found = suggestion(questionnaire, &answers(questionnaire, ids));
            assert_eq!(
                (found.outcome.to_string(), found.strength.to_string()),
                (outcome.into(), strength.into()),
                "{organisation}"
            );
        }
    }

    #[test]
    fn knowing_nothing_is_never_both_and_says_so() {
        let questionnaire = &shipped().questionnaire;
        let ids = ["unsure", "suppliers", "nobody", "nothing", "little", "hardly"];
        let found = suggestion(questionnaire, &answers(questionnaire, &ids));
        assert_eq!((found.reason, found.small), (Reason::NothingToSay, true));
    }

    #[test]
    fn one_weak_answer_for_each_is_not_both() {
        let questionnaire = &shipped().questionnaire;
        let ids = ["product", "systems", "nobody", "nothing", "little", "hardly"];
        let found = suggestion(questionnaire, &answers(questionnaire, &ids));
        assert_eq!((found.outcome, found.strength), (Outcome::One(Role::Cto), Strength::Slight));
    }

    #[test]
    fn the_nearer_pain_comes_first_when_it_is_both() {
        let questionnaire = &shipped().questionnaire;
        let first = |ids: &[&str]| suggestion(questionnaire, &answers(questionnaire, ids)).first;
        assert_eq!(first(&["both", "both", "both", "hardly", "product", "both"]), Some(Role::Cto));
        assert_eq!(first(&["both", "both", "both", "hardly", "inside", "both"]), Some(Role::Cio));
        assert_eq!(first(&["both", "both", "both", "both"]), None);
    }

    #[test]
    fn what_counted_what_spoke_against_and_what_would_change_it() {
        let questionnaire = &shipped().questionnaire;
        let ids = ["product", "systems", "customers"];
        let found = suggestion(questionnaire, &answers(questionnaire, &ids));
        let id = |question: usize, choice: usize| questionnaire.questions[question].choices[choice].id.as_str();
        let told = |answer: Answer| id(answer.question, answer.choice);
        assert_eq!(found.outcome, Outcome::One(Role::Cto));
        assert_eq!(found.counted_most(2).into_iter().map(told).collect::<Vec<_>>(), ["customers", "product"]);
        assert_eq!(found.speaks_against().map(told), Some("systems"));
        // With everything else as it is, no one other answer settles it.
        assert_eq!(what_would_change(questionnaire, &found), None);

        let ids = ["product", "systems", "nobody", "product", "little", "keepers"];
        let found = suggestion(questionnaire, &answers(questionnaire, &ids));
        let change = what_would_change(questionnaire, &found).expect("the question that weighs most changes it");
        assert_eq!(id(change.question, change.choice), "staff");
        assert_eq!(change.outcome, Outcome::One(Role::Cio));
    }

    #[test]
    fn answers_that_cannot_be_are_named() {
        let questionnaire = &shipped().questionnaire;
        let clear = answers(questionnaire, &["product", "making", "customers"]);
        assert_eq!(next(questionnaire, &[&clear[..], &[0]].concat()), Err(InvalidAnswers::AfterTheEnd));
        let choice = questionnaire.questions[0].choices.len();
        let answers = [u8::try_from(choice).expect("a question has few choices")];
        assert_eq!(next(questionnaire, &answers), Err(InvalidAnswers::NoSuchChoice { question: 0, choice }));
    }

    /// Every organisation that differs from the others in one of six answers, whether the question is asked or not.
    #[test]
    fn every_way_to_answer_all_six_questions() {
        let questionnaire = &shipped().questionnaire;
        let mut ends: BTreeMap<(String, String), u32> = BTreeMap::new();
        let mut organisations = vec![Vec::new()];
        for question in &questionnaire.questions {
            let with_each =
                |given: Vec<u8>| (0..question.choices.len() as u8).map(move |choice| [&given[..], &[choice]].concat());
            organisations = organisations.into_iter().flat_map(with_each).collect();
        }
        assert_eq!(organisations.len(), 5 * 5 * 6 * 5 * 5 * 6);
        let mut nothing_to_say = 0;
        for all in organisations {
            let mut given = Vec::new();
            let end = loop {
                match next(questionnaire, &given).expect("each choice exists") {
                    Next::Ask(question) => given.push(all[question]),
                    Next::Suggest(suggestion) => break suggestion,
                }
            };
            nothing_to_say += u32::from(end.reason == Reason::NothingToSay);
            *ends.entry((end.outcome.to_string(), end.strength.to_string())).or_default() += 1;
        }
        let count = |outcome: &str, strength: &str| ends.get(&(outcome.into(), strength.into())).copied().unwrap_or(0);
        for strength in ["clear", "leaning"] {
            assert_eq!(count("cto", strength), count("cio", strength), "{strength}: the roles are treated alike");
        }
        // The one asymmetry that is meant: organisations whose answers say nothing get the rule's fallback.
        assert_eq!(count("cio", "slight") - count("cto", "slight"), nothing_to_say);
        assert_eq!(count("both", "slight"), 0);
    }

    #[test]
    fn the_shipped_questionnaire_is_proved() {
        let (proof, _) = prove(&shipped().questionnaire).expect("the shipped questionnaire holds");
        assert_eq!((proof.paths, proof.shortest, proof.longest), (15_070, 3, 6));
        assert_eq!(proof.nothing_to_say, 1383);
    }

    /// The questionnaire with the roles swapped everywhere.
    fn mirrored(questionnaire: &Questionnaire) -> Questionnaire {
        let mut mirrored = questionnaire.clone();
        for choice in mirrored.questions.iter_mut().flat_map(|question| &mut question.choices) {
            choice.points = Points { cto: choice.points.cio, cio: choice.points.cto };
        }
        mirrored.rule.nothing = mirrored.rule.nothing.other();
        mirrored
    }

    fn mirror(outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::One(role) => Outcome::One(role.other()),
            Outcome::Both => Outcome::Both,
        }
    }

    fn points() -> impl Strategy<Value = Points> {
        (0..5_u32, 0..5_u32).prop_map(|(cto, cio)| Points { cto, cio })
    }

    /// Any questionnaire of two to four core questions and up to three follow-ups, with any thresholds.
    fn questionnaires() -> impl Strategy<Value = Questionnaire> {
        fn questions(count: usize) -> impl Strategy<Value = Vec<Question>> {
            let choice =
                (points(), any::<bool>()).prop_map(|(points, small)| Choice { id: String::new(), points, small });
            let question = prop::collection::vec(choice, 2..5);
            let question = question.prop_map(|choices| Question { id: String::new(), choices });
            prop::collection::vec(question, count)
        }
        let percents = prop::array::uniform7(0..=100_u32);
        (2..5_usize, 0..4_usize, percents, 1..4_usize, 0..8_u32, any::<bool>()).prop_flat_map(
            move |(core, follow_ups, percents, after, gap, nothing)| {
                questions(core + follow_ups).prop_map(move |questions| {
                    let [high, low, clear_gap, both_low, ratio, clear, leaning] = percents;
                    let follow_ups: Vec<usize> = (core..questions.len()).collect();
                    Questionnaire {
                        max_questions: questions.len(),
                        core,
                        rule: Rule {
                            clear: Clear { high, low, gap: clear_gap, answers: after },
                            both: Both { low: both_low, ratio, clear },
                            order_if_both: follow_ups.iter().rev().copied().collect(),
                            order: follow_ups,
                            stop: Stop { after, gap },
                            leaning: Leaning { gap: leaning, answers: after },
                            tie: (0..questions.len()).collect(),
                            first: vec![0],
                            nothing: if nothing { Role::Cto } else { Role::Cio },
                        },
                        questions,
                    }
                })
            },
        )
    }

    proptest! {
        /// The advice is symmetric, whatever the questions and the thresholds.
        #[test]
        fn the_mirrored_answers_give_the_mirrored_suggestion(questionnaire in questionnaires(), seed: [u8; 8]) {
            let mirrored = mirrored(&questionnaire);
            let (mut here, mut there) = (Vec::new(), Vec::new());
            for seed in seed {
                match (next(&questionnaire, &here).unwrap(), next(&mirrored, &there).unwrap()) {
                    (Next::Ask(question), Next::Ask(same)) => {
                        prop_assert_eq!(question, same);
                        let choice = seed % questionnaire.questions[question].choices.len() as u8;
                        here.push(choice);
                        there.push(choice);
                    }
                    (Next::Suggest(suggestion), Next::Suggest(other)) => {
                        prop_assert_eq!(mirror(suggestion.outcome), other.outcome);
                        prop_assert_eq!(suggestion.strength, other.strength);
                        prop_assert_eq!(suggestion.first.map(Role::other), other.first);
                        break;
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }

        /// Every path ends, and no question is asked twice on it.
        #[test]
        fn every_path_ends(questionnaire in questionnaires(), seed: [u8; 8]) {
            let mut given = Vec::new();
            let mut asked = Vec::new();
            for seed in seed {
                match next(&questionnaire, &given).unwrap() {
                    Next::Ask(question) => {
                        prop_assert!(!asked.contains(&question));
                        asked.push(question);
                        given.push(seed % questionnaire.questions[question].choices.len() as u8);
                    }
                    Next::Suggest(suggestion) => {
                        prop_assert_eq!(suggestion.answered.len(), given.len());
                        prop_assert!(suggestion.outcome != Outcome::Both || suggestion.strength != Strength::Slight);
                        return Ok(());
                    }
                }
            }
            prop_assert!(false, "still asking after {} answers", given.len());
        }

        /// Whenever both is suggested without two real needs, the proof that runs on every load has found it.
        #[test]
        fn both_from_weak_signals_does_not_pass_the_proof(questionnaire in questionnaires(), seed: [u8; 8]) {
            let mut given = Vec::new();
            for seed in seed {
                match next(&questionnaire, &given).unwrap() {
                    Next::Ask(question) => given.push(seed % questionnaire.questions[question].choices.len() as u8),
                    Next::Suggest(Suggestion { outcome: Outcome::Both, totals, most, .. }) => {
                        let weak = totals.least() * 2 < most;
                        let found = |error: &ProofError| matches!(error, ProofError::WeakBoth(_));
                        let refused = prove(&questionnaire).is_err_and(|errors| errors.iter().any(found));
                        prop_assert!(!weak || refused);
                        break;
                    }
                    Next::Suggest(_) => break,
                }
            }
        }

        #[test]
        fn any_answers_are_refused_or_lead_somewhere(given in prop::collection::vec(any::<u8>(), 0..9)) {
            let _ = next(&shipped().questionnaire, &given);
        }
    }
}
