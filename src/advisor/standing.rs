//! The result of one person's answers, for comparison with others'; also while follow-ups are not answered yet.

use super::{Next, Outcome, Points, Questionnaire, Reason, Rule, Strength, Suggestion, next};

/// The result of one person's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The suggested outcome, or `None` if the answers do not tell the roles apart.
    pub outcome: Option<Outcome>,
    /// How strongly the answers support it.
    pub strength: Strength,
    /// The sums of the points of all answers.
    pub totals: Points,
    /// The most points that one role could have had in the questions asked.
    pub most: u32,
}

impl Standing {
    /// Takes the standing from a person's suggestion.
    pub fn of(suggestion: &Suggestion) -> Self {
        let says = suggestion.reason != Reason::NothingToSay;
        Self {
            outcome: says.then_some(suggestion.outcome),
            strength: suggestion.strength,
            totals: suggestion.totals,
            most: suggestion.most,
        }
    }
}

/// Returns the suggestion for answers to which follow-ups may be missing, as if there were no more questions. `None` if
/// these questions cannot lead to these choices, or a core question is not answered.
pub fn so_far(questionnaire: &Questionnaire, choices: &[u8]) -> Option<Suggestion> {
    match next(questionnaire, choices).ok()? {
        Next::Suggest(suggestion) => Some(suggestion),
        Next::Ask(_) if choices.len() < questionnaire.core => None,
        Next::Ask(_) => {
            let follow_ups = asked(questionnaire, choices).split_off(questionnaire.core);
            let rule = Rule { order: follow_ups.clone(), order_if_both: follow_ups, ..questionnaire.rule.clone() };
            match next(&Questionnaire { rule, ..questionnaire.clone() }, choices) {
                Ok(Next::Suggest(suggestion)) => Some(suggestion),
                _ => None,
            }
        }
    }
}

/// The questions (indices) that valid choices answer, in the order in which they were asked.
pub fn asked(questionnaire: &Questionnaire, choices: &[u8]) -> Vec<usize> {
    (0..choices.len())
        .filter_map(|count| match next(questionnaire, &choices[..count]) {
            Ok(Next::Ask(question)) => Some(question),
            _ => None,
        })
        .collect()
}
