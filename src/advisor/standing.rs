//! What one person's answers come to, beside those of others: also while follow-ups are not answered yet.

use super::{Next, Outcome, Points, Questionnaire, Reason, Rule, Strength, Suggestion, next};

/// What one person's answers come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The suggestion, or `None` when the answers say nothing that tells the roles apart.
    pub outcome: Option<Outcome>,
    /// How much the answers say.
    pub strength: Strength,
    /// What the answers add up to.
    pub totals: Points,
    /// The most points that one role could have had in the questions asked.
    pub most: u32,
}

impl Standing {
    /// What a suggestion says of the person who got it.
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

/// The suggestion for answers to which follow-ups may be missing: as if no more questions existed. `None` when the
/// questions cannot have led to these choices, or a core question is missing.
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
