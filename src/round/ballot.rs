//! One person's answers in a round.
//!
//! They are kept as the ids of questions and choices, so that what is still asked stays readable if the questions
//! change while a round is open.

use std::fmt;

use crate::advisor::{InvalidAnswers, Next, Questionnaire, Standing, asked, next, so_far};

/// One person's answers: to every core question, and to the follow-ups answered so far.
#[derive(Clone, PartialEq, Eq)]
pub struct Ballot(Vec<(String, String)>);

/// Why choices are no valid answers in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotABallot {
    /// These questions cannot lead to these choices.
    Invalid(InvalidAnswers),
    /// A core question is not answered.
    Unfinished,
}

impl fmt::Display for NotABallot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Unfinished => f.write_str("a core question is not answered"),
        }
    }
}

impl std::error::Error for NotABallot {}

/// Hides the answers, so that no log has them by accident.
impl fmt::Debug for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ballot(..)")
    }
}

impl Ballot {
    /// Makes a ballot of these choices: indices, in the order in which the questions were asked.
    ///
    /// # Errors
    ///
    /// If these questions cannot lead to the choices, or a core question is not answered.
    pub fn new(questionnaire: &Questionnaire, choices: &[u8]) -> Result<Self, NotABallot> {
        next(questionnaire, choices).map_err(NotABallot::Invalid)?;
        if choices.len() < questionnaire.core {
            return Err(NotABallot::Unfinished);
        }
        let asked = asked(questionnaire, choices);
        let named = asked.iter().zip(choices).map(|(&question, &choice)| {
            let question = &questionnaire.questions[question];
            (question.id.clone(), question.choices[usize::from(choice)].id.clone())
        });
        Ok(Self(named.collect()))
    }

    /// Returns the id of the choice that was made in a question.
    pub fn choice(&self, question: &str) -> Option<&str> {
        self.0.iter().find(|(id, _)| id == question).map(|(_, choice)| choice.as_str())
    }

    /// Returns the ids of questions and choices, in the order in which the questions were asked.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(question, choice)| (question.as_str(), choice.as_str()))
    }

    /// Returns the choices as indices into the current questions. Follow-ups that are no longer asked are left out;
    /// `None` if a core question is not answered.
    pub fn choices(&self, questionnaire: &Questionnaire) -> Option<Vec<u8>> {
        let mut choices = Vec::with_capacity(self.0.len());
        while let Ok(Next::Ask(question)) = next(questionnaire, &choices) {
            let question = &questionnaire.questions[question];
            let found = self.choice(&question.id);
            let index = found.and_then(|found| question.choices.iter().position(|choice| choice.id == found));
            match index.and_then(|index| u8::try_from(index).ok()) {
                Some(index) => choices.push(index),
                None if choices.len() < questionnaire.core => return None,
                None => break,
            }
        }
        Some(choices)
    }

    /// Returns the result of the answers by the current questions; `None` if a core question is not answered.
    pub fn standing(&self, questionnaire: &Questionnaire) -> Option<Standing> {
        so_far(questionnaire, &self.choices(questionnaire)?).as_ref().map(Standing::of)
    }

    /// Returns the text in which a store keeps the answers: `wants=product area=making`.
    pub(crate) fn to_text(&self) -> String {
        let pairs: Vec<_> = self.iter().map(|(question, choice)| format!("{question}={choice}")).collect();
        pairs.join(" ")
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `None` for anything else.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let pairs = text.split(' ').map(|pair| {
            let (question, choice) = pair.split_once('=')?;
            Some((question.to_owned(), choice.to_owned()))
        });
        pairs.collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::advisor::{Outcome, Role, Strength, testing};
    use crate::responses::shipped;

    /// Makes the ballot with these choices of the shipped questions, by their ids.
    pub(crate) fn answers(ids: &[&str]) -> Ballot {
        let questionnaire = &shipped().questionnaire;
        let choices = testing::answers(questionnaire, ids);
        Ballot::new(questionnaire, &choices).expect("every core question is answered")
    }

    /// Any ballot for the shipped questions: the core questions, and as many follow-ups as are asked and wanted.
    pub(crate) fn any_answers() -> impl Strategy<Value = Ballot> {
        (proptest::collection::vec(0..4_u8, 6), 3..=6_usize).prop_map(|(wanted, count)| {
            let questionnaire = &shipped().questionnaire;
            let mut choices = Vec::new();
            while choices.len() < count && matches!(next(questionnaire, &choices), Ok(Next::Ask(_))) {
                choices.push(wanted[choices.len()]);
            }
            Ballot::new(questionnaire, &choices).expect("these choices follow the questions")
        })
    }

    #[test]
    fn what_is_not_answers() {
        let questionnaire = &shipped().questionnaire;
        assert_eq!(Ballot::new(questionnaire, &[0, 0]), Err(NotABallot::Unfinished));
        assert!(matches!(Ballot::new(questionnaire, &[9, 0, 0]), Err(NotABallot::Invalid(_))));
        for text in ["", "wants", "wants=product area"] {
            assert_eq!(Ballot::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_follow_up_not_answered_leaves_a_suggestion() {
        let questionnaire = &shipped().questionnaire;
        let told = answers(&["product", "making", "both"]).standing(questionnaire).expect("the core is answered");
        assert_eq!((told.outcome, told.strength), (Some(Outcome::One(Role::Cto)), Strength::Leaning));
        let nothing = answers(&["unsure", "suppliers", "nobody"]).standing(questionnaire).expect("so is this");
        assert_eq!((nothing.outcome, nothing.strength), (None, Strength::Slight));
    }

    #[test]
    fn a_question_that_is_gone_leaves_the_rest() {
        let questionnaire = &shipped().questionnaire;
        let told = answers(&["product", "both", "both", "product"]);
        let mut fewer = questionnaire.clone();
        fewer.questions[3].id = "another".to_owned();
        assert_eq!(told.choices(&fewer).map(|choices| choices.len()), Some(3));
        fewer.questions[0].choices[0].id = "another".to_owned();
        assert_eq!(told.choices(&fewer), None);
    }

    proptest! {
        #[test]
        fn answers_come_back_from_their_text(told in any_answers()) {
            let questionnaire = &shipped().questionnaire;
            prop_assert_eq!(Ballot::from_text(&told.to_text()), Some(told.clone()));
            let choices = told.choices(questionnaire).expect("nothing changed");
            prop_assert_eq!(Ballot::new(questionnaire, &choices), Ok(told.clone()));
            let standing = told.standing(questionnaire).expect("nothing changed");
            if let Ok(Next::Suggest(suggestion)) = next(questionnaire, &choices) {
                prop_assert_eq!(standing, Standing::of(&suggestion));
            }
        }
    }
}
