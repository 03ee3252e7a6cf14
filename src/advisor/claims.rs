//! What the card of a suggestion claims, apart from the wording: which lines it shows, and about which answers.
//!
//! Each line must be true of every suggestion that shows it. `docs/writing.md` lists the conditions under "When a line
//! is true"; the tests below check them on every path.

use std::fmt;

use super::{Answer, Outcome, Questionnaire, Reason, Role, Strength, Suggestion, prove};

/// What the card of a suggestion claims.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claims {
    /// The outcome and its strength.
    pub headline: Headline,
    /// The answers that counted most toward it, the most important first; at most two.
    pub counted: Vec<Answer>,
    /// The answer that speaks most for the other role.
    pub against: Option<Answer>,
    /// The questions (indices) whose answers speak for both roles, if there are two or more and the suggestion is one
    /// role.
    pub two_sided: Vec<usize>,
    /// The question (an index) that decided between equal totals.
    pub tie: Option<usize>,
}

/// The outcome and its strength, as far as the wording differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Headline {
    /// One role.
    Role(Role, Strength),
    /// Both roles.
    Both(Strength),
    /// Both needs, but little money or time for them: one person.
    BothInOne,
    /// The answers do not tell the roles apart.
    Open,
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role, strength) => write!(f, "{role}, {strength}"),
            Self::Both(strength) => write!(f, "both, {strength}"),
            Self::BothInOne => f.write_str("both in one person"),
            Self::Open => f.write_str("open"),
        }
    }
}

/// Maximum number of answers that are named as those that counted most.
const MOST_COUNTED: usize = 2;

impl Claims {
    /// A headline, and nothing about any answer.
    pub(crate) fn bare(headline: Headline) -> Self {
        Self { headline, counted: Vec::new(), against: None, two_sided: Vec::new(), tie: None }
    }

    /// Returns what the cards of suggestions can claim, as [`prove`] found it when these questions were loaded.
    pub(crate) fn all(questionnaire: &Questionnaire) -> Vec<Self> {
        prove(questionnaire).expect("questions are loaded only if this holds").1
    }
}

impl Suggestion {
    /// Returns what the card of this suggestion claims.
    pub fn claims(&self) -> Claims {
        let headline = self.headline();
        let bare = Claims::bare(headline);
        match headline {
            Headline::Open => bare,
            Headline::Both(_) | Headline::BothInOne => Claims { counted: self.counted_most(MOST_COUNTED), ..bare },
            Headline::Role(..) => {
                let two_sided: Vec<_> = self.two_sided().map(|answer| answer.question).collect();
                Claims {
                    headline,
                    counted: self.counted_most(MOST_COUNTED),
                    against: self.speaks_against(),
                    two_sided: if two_sided.len() > 1 { two_sided } else { Vec::new() },
                    tie: match self.reason {
                        Reason::Tie(question) => Some(question),
                        Reason::Totals | Reason::NothingToSay => None,
                    },
                }
            }
        }
    }

    /// Returns the outcome and its strength, as far as the wording differs.
    pub fn headline(&self) -> Headline {
        match self.outcome {
            _ if self.reason == Reason::NothingToSay => Headline::Open,
            Outcome::One(role) => Headline::Role(role, self.strength),
            Outcome::Both if self.small => Headline::BothInOne,
            Outcome::Both => Headline::Both(self.strength),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::OnceLock;

    use super::*;
    use crate::advisor::{Next, paths, what_would_change};
    use crate::responses::shipped;

    fn questionnaire() -> &'static Questionnaire {
        &shipped().questionnaire
    }

    /// Every path through the questions that come with the bot.
    fn every_suggestion() -> &'static [Suggestion] {
        static ALL: OnceLock<Vec<Suggestion>> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut all = Vec::new();
            let walked = paths::walk(questionnaire(), |state| {
                if let Next::Suggest(suggestion) = state.next {
                    all.push(suggestion.clone());
                }
                ControlFlow::<()>::Continue(())
            });
            assert!(walked.is_continue());
            all
        })
    }

    fn ids(answer: &Answer) -> (&'static str, &'static str) {
        let question = &questionnaire().questions[answer.question];
        (&question.id, &question.choices[answer.choice].id)
    }

    /// How many answers give this role more points than the other.
    fn speaking(suggestion: &Suggestion, role: Role) -> usize {
        suggestion.answered.iter().filter(|answer| answer.points.leader() == Some(role)).count()
    }

    #[test]
    fn little_money_or_time_is_claimed_only_of_those_who_said_so() {
        let said = |suggestion: &Suggestion| {
            suggestion.answered.iter().any(|answer| [("money", "little"), ("today", "hardly")].contains(&ids(answer)))
        };
        for suggestion in every_suggestion() {
            assert_eq!(suggestion.small, said(suggestion), "{suggestion:?}");
            assert!(suggestion.headline() != Headline::BothInOne || said(suggestion), "{suggestion:?}");
        }
    }

    #[test]
    fn each_strength_fits_the_totals() {
        for suggestion in every_suggestion() {
            let Headline::Role(role, strength) = suggestion.headline() else { continue };
            let (own, other) = (suggestion.totals.of(role), suggestion.totals.of(role.other()));
            let far_apart = own.abs_diff(other) * 100 >= suggestion.most * 15;
            match strength {
                // "clearly": the other side has hardly anything, and no single answer made it so.
                Strength::Clear => {
                    assert!(own * 100 >= suggestion.most * 60 && other * 100 <= suggestion.most * 30, "{suggestion:?}");
                    assert!(speaking(suggestion, role) >= 2, "{suggestion:?}");
                }
                // "most of the weight"
                Strength::Leaning => assert!(own > other && far_apart && speaking(suggestion, role) >= 2),
                // "tips only a little": close totals, or one answer alone.
                Strength::Slight => {
                    assert!(own >= other, "{suggestion:?}");
                    assert!(!far_apart || speaking(suggestion, role) < 2, "{suggestion:?}");
                }
            }
        }
    }

    #[test]
    fn one_answer_among_five_that_say_nothing_is_slight() {
        let alone = |suggestion: &&Suggestion| {
            let informative = suggestion.answered.iter().filter(|answer| answer.points != Default::default());
            informative.count() == 1
        };
        let found: Vec<_> = every_suggestion().iter().filter(alone).collect();
        assert!(!found.is_empty());
        assert!(found.iter().all(|suggestion| suggestion.strength == Strength::Slight));
    }

    #[test]
    fn both_is_two_needs_of_at_least_half_each() {
        for suggestion in every_suggestion() {
            if matches!(suggestion.headline(), Headline::Both(_) | Headline::BothInOne) {
                assert!(suggestion.totals.least() * 2 >= suggestion.most, "{suggestion:?}");
                let counted = suggestion.claims().counted;
                assert!(!counted.is_empty() && counted.iter().all(|answer| answer.points.least() > 0));
            }
        }
    }

    #[test]
    fn an_open_suggestion_has_as_much_for_one_side_as_for_the_other_and_claims_nothing_else() {
        for suggestion in every_suggestion() {
            if suggestion.headline() == Headline::Open {
                assert_eq!(suggestion.totals.leader(), None, "{suggestion:?}");
                let Claims { headline: _, counted, against, two_sided, tie } = suggestion.claims();
                assert!(counted.is_empty() && against.is_none() && two_sided.is_empty() && tie.is_none());
            }
        }
    }

    #[test]
    fn what_is_told_of_answers_is_true_of_what_was_pressed() {
        for suggestion in every_suggestion() {
            let claims = suggestion.claims();
            let Headline::Role(role, _) = claims.headline else { continue };
            let quoted = claims.counted.iter().chain(&claims.against);
            assert!(quoted.clone().all(|answer| suggestion.answered.contains(answer)));
            // No answer is named twice.
            let questions = quoted.map(|answer| answer.question).chain(claims.two_sided.iter().copied());
            let mut questions: Vec<_> = questions.collect();
            questions.sort_unstable();
            assert!(questions.windows(2).all(|pair| pair[0] != pair[1]), "{claims:?}");

            assert!(!claims.counted.is_empty(), "{suggestion:?}");
            assert!(claims.counted.iter().all(|answer| answer.points.leader() == Some(role)));
            assert_eq!(claims.against.is_some(), speaking(suggestion, role.other()) > 0, "{suggestion:?}");
            assert!(claims.against.is_none_or(|answer| answer.points.leader() == Some(role.other())));

            let both = suggestion.answered.iter().filter(|answer| answer.points.cto > 0 && answer.points.cio > 0);
            let both: Vec<_> = both.map(|answer| answer.question).collect();
            assert_eq!(claims.two_sided, if both.len() >= 2 { both } else { Vec::new() });

            if let Some(question) = claims.tie {
                assert_eq!(suggestion.totals.leader(), None);
                let decided = suggestion.answered.iter().find(|answer| answer.question == question);
                assert_eq!(decided.and_then(|answer| answer.points.leader()), Some(role));
            } else {
                assert_eq!(suggestion.totals.leader(), Some(role));
            }
        }
    }

    #[test]
    fn who_comes_first_has_the_pain_or_the_larger_total() {
        for suggestion in every_suggestion() {
            let hurts = suggestion.answered.iter().find(|answer| ids(answer).0 == "hurts");
            let hurts = hurts.and_then(|answer| answer.points.leader());
            assert_eq!(suggestion.first, hurts.or(suggestion.totals.leader()), "{suggestion:?}");
        }
    }

    #[test]
    fn what_would_change_it_is_a_choice_that_speaks_for_what_it_would_have_been() {
        let mut found = 0;
        // Every path would take minutes without optimization.
        for suggestion in every_suggestion().iter().step_by(29) {
            let Some(change) = what_would_change(questionnaire(), suggestion) else { continue };
            found += 1;
            let points = questionnaire().questions[change.question].choices[change.choice].points;
            assert_ne!(change.outcome, suggestion.outcome);
            match change.outcome {
                Outcome::One(role) => assert_eq!(points.leader(), Some(role), "{change:?}"),
                Outcome::Both => assert!(points.cto > 0 && points.cio > 0, "{change:?}"),
            }
        }
        assert!(found > 100, "only {found} suggestions had one");
    }
}
