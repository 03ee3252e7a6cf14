//! How far people agree: a word for every round, and a number from eight people on.
//!
//! In small teams a number would only look exact: for three people who answer at random, it can be anything from 0 to
//! 100.

use serde::{Deserialize, Serialize};

use crate::advisor::Outcomes;

/// How many of those who answered gave the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// No answer has more than half.
    Split,
    /// One answer has more than half.
    MoreThanHalf,
    /// One answer has three quarters or more: what most published studies call consensus.
    Mostly,
    /// Everybody gave the same answer.
    All,
}

impl Agreement {
    /// Returns the word for these counts; [`Split`](Self::Split) if nobody answered.
    pub fn of(counts: &[u32]) -> Self {
        let sum: u64 = counts.iter().copied().map(u64::from).sum();
        let largest = counts.iter().copied().max().map_or(0, u64::from);
        if sum == 0 || largest * 2 <= sum {
            Self::Split
        } else if largest == sum {
            Self::All
        } else if largest * 4 >= sum * 3 {
            Self::Mostly
        } else {
            Self::MoreThanHalf
        }
    }
}

/// Returns the share of all pairs of people who gave the same answer, in percent (Fleiss' agreement on one item);
/// `None` if there is no pair.
pub fn pairs_that_agree(counts: &[u32]) -> Option<u8> {
    let people: u64 = counts.iter().copied().map(u64::from).sum();
    let agree: u64 = counts.iter().copied().map(u64::from).map(pairs).sum();
    percent(agree, pairs(people))
}

/// Returns how near people are to each other on the two needs, in percent: 100 minus the mean distance over all pairs.
/// The distance of a CTO and a CIO is the largest possible one, that of either to both is half of it. `None` if there
/// is no pair.
pub fn nearness(outcomes: Outcomes) -> Option<u8> {
    let groups = [(outcomes.cto, [1, 0]), (outcomes.cio, [0, 1]), (outcomes.both, [1, 1]), (outcomes.nothing, [0, 0])];
    let (apart, all) = distance(&groups);
    // The distance of a pair is at most 2.
    percent(2 * all - apart, 2 * all)
}

/// Returns the sum of the distances of all pairs (each 0 to 2), and the number of pairs. A group is a number of people
/// and the two needs that they see.
pub(super) fn distance(groups: &[(u32, [u8; 2])]) -> (u64, u64) {
    let people: u64 = groups.iter().map(|(count, _)| u64::from(*count)).sum();
    let mut apart = 0;
    for (index, (count, needs)) in groups.iter().enumerate() {
        for (other, others) in &groups[..index] {
            let far = u64::from(needs[0].abs_diff(others[0])) + u64::from(needs[1].abs_diff(others[1]));
            apart += u64::from(*count) * u64::from(*other) * far;
        }
    }
    (apart, pairs(people))
}

fn pairs(people: u64) -> u64 {
    people * people.saturating_sub(1) / 2
}

/// Returns a part in percent, rounded; `None` if the whole is 0.
fn percent(part: u64, whole: u64) -> Option<u8> {
    let rounded = (part * 200 + whole).checked_div(whole * 2)?;
    u8::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_for_counts() {
        for (counts, word) in [
            (&[5, 0, 0][..], Agreement::All),
            (&[3, 1, 0], Agreement::Mostly),
            (&[6, 2, 0], Agreement::Mostly),
            (&[5, 2, 0], Agreement::MoreThanHalf),
            (&[2, 1, 0], Agreement::MoreThanHalf),
            (&[2, 2, 0], Agreement::Split),
            (&[2, 1, 1], Agreement::Split),
            (&[], Agreement::Split),
        ] {
            assert_eq!(Agreement::of(counts), word, "{counts:?}");
        }
    }

    #[test]
    fn a_number_for_counts() {
        assert_eq!(pairs_that_agree(&[4, 4]), Some(43));
        assert_eq!(pairs_that_agree(&[8]), Some(100));
        assert_eq!(pairs_that_agree(&[1]), None);
        let outcomes = |cto, cio, both, nothing| Outcomes { cto, cio, both, nothing };
        assert_eq!(nearness(outcomes(1, 1, 0, 0)), Some(0));
        assert_eq!(nearness(outcomes(1, 0, 1, 0)), Some(50));
        assert_eq!(nearness(outcomes(0, 0, 1, 1)), Some(0));
        assert_eq!(nearness(outcomes(5, 0, 0, 0)), Some(100));
        assert_eq!(nearness(outcomes(0, 0, 0, 1)), None);
    }

    proptest! {
        #[test]
        fn the_order_of_the_counts_never_matters(
            (counts, shuffled) in proptest::collection::vec(0..9_u32, 4)
                .prop_flat_map(|counts| (Just(counts.clone()), Just(counts).prop_shuffle()))
        ) {
            prop_assert_eq!(Agreement::of(&counts), Agreement::of(&shuffled));
            prop_assert_eq!(pairs_that_agree(&counts), pairs_that_agree(&shuffled));
        }

        #[test]
        fn swapping_the_roles_leaves_the_nearness(cto in 0..9_u32, cio in 0..9_u32, both in 0..9_u32, nothing in 0..9_u32) {
            let one = nearness(Outcomes { cto, cio, both, nothing });
            prop_assert_eq!(one, nearness(Outcomes { cto: cio, cio: cto, both, nothing }));
            let agree = pairs_that_agree(&[cto, cio, both, nothing]);
            // People with the same answer are at one point, so people are never farther apart than the pairs show.
            prop_assert!(one >= agree, "{one:?} {agree:?}");
        }
    }
}
