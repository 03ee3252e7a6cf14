//! Answers by the ids of their choices, for tests.

use super::{Next, Questionnaire, next};

/// The answers that pick these choices, question by question as they are asked.
pub(crate) fn answers(questionnaire: &Questionnaire, ids: &[&str]) -> Vec<u8> {
    let mut answers = Vec::new();
    for id in ids {
        let Ok(Next::Ask(question)) = next(questionnaire, &answers) else { panic!("nothing is asked before {id}") };
        let question = &questionnaire.questions[question];
        let choice = question.choices.iter().position(|choice| choice.id == *id);
        let choice = choice.unwrap_or_else(|| panic!("no choice {id} in {}", question.id));
        answers.push(u8::try_from(choice).expect("a question has few choices"));
    }
    answers
}
