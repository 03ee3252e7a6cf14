//! The walk over every state that a conversation can be in. The proof, the chart and the tests use it.

use std::ops::ControlFlow;

use super::{Next, Questionnaire, next};

/// A state of a conversation.
pub(crate) struct State<'a> {
    /// The questions answered so far, by index, in the order in which they were asked.
    pub asked: &'a [usize],
    /// The choice taken at each.
    pub answers: &'a [u8],
    /// What comes next.
    pub next: &'a Next,
}

/// Visits every state, each before the states that follow it, until `visit` breaks.
pub(crate) fn walk<B>(
    questionnaire: &Questionnaire,
    mut visit: impl FnMut(State<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    from(questionnaire, &mut Vec::new(), &mut Vec::new(), &mut visit)
}

fn from<B>(
    questionnaire: &Questionnaire,
    asked: &mut Vec<usize>,
    answers: &mut Vec<u8>,
    visit: &mut impl FnMut(State<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let next = next(questionnaire, answers).expect("the walk takes only choices that the question has");
    visit(State { asked, answers, next: &next })?;
    let Next::Ask(question) = next else { return ControlFlow::Continue(()) };
    asked.push(question);
    for choice in (0..).take(questionnaire.questions[question].choices.len()) {
        answers.push(choice);
        from(questionnaire, asked, answers, visit)?;
        answers.pop();
    }
    asked.pop();
    ControlFlow::Continue(())
}
