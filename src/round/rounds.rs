//! Rounds in a running bot: their store, and the rules under the current responses.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::rules::{Limits, Rules};
use super::store::Store;
use crate::advisor::{Questionnaire, TeamRule};

/// The rounds of a running bot.
#[derive(Debug)]
pub struct Rounds {
    /// Where they are kept.
    pub store: Store,
    /// How long they are kept, and how many answers are needed before something is shown.
    pub limits: Limits,
    /// The rules that [`Rounds::rules`] gave last.
    rules: ArcSwapOption<Rules>,
}

impl Rounds {
    /// Makes the rounds of a bot with this store.
    pub fn new(store: Store, limits: Limits) -> Self {
        Self { store, limits, rules: ArcSwapOption::empty() }
    }

    /// Returns the rules for rounds with these questions and this team's rule. They are compared with those of the last
    /// call and copied only if they differ, so that a press does not copy the questions.
    pub fn rules(&self, questionnaire: &Questionnaire, team: &TeamRule) -> Arc<Rules> {
        let last = self.rules.load();
        if let Some(rules) = &*last
            && rules.questionnaire == *questionnaire
            && rules.team == *team
        {
            return Arc::clone(rules);
        }
        let (questionnaire, team, limits) = (questionnaire.clone(), team.clone(), self.limits);
        let rules = Arc::new(Rules { questionnaire, team, limits });
        self.rules.store(Some(Arc::clone(&rules)));
        rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::shipped;

    #[test]
    fn rules_are_made_anew_only_when_questions_or_rule_change() {
        let rounds = Rounds::new(Store::memory(), Limits::default());
        let mut questionnaire = shipped().questionnaire.clone();
        let mut team = TeamRule::default();
        let first = rounds.rules(&questionnaire, &team);
        assert!(Arc::ptr_eq(&first, &rounds.rules(&questionnaire.clone(), &team.clone())));

        team.low += 1;
        let second = rounds.rules(&questionnaire, &team);
        assert_eq!((&second.team, &second.questionnaire), (&team, &questionnaire));
        questionnaire.questions.pop();
        assert_eq!(rounds.rules(&questionnaire, &team).questionnaire, questionnaire);
    }
}
