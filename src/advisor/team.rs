//! The team's suggestion. It comes from the mean of each need over all who answered; it is not a vote.
//!
//! Each person sees a part of the organisation: if two see only what customers use and two only what the staff use,
//! every vote is for one role, and yet the organisation needs both. In a test with five people from each of 24
//! organisations, one person alone was right in 75 of 100 cases, the majority in 20 of 24, the mean of the two needs in
//! 22 to 23.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Outcome, Points, Role, Rule, Standing, Strength};

/// The thresholds for a team, in percent of what the questions asked could give. They are lower than those for one
/// person: if people see halves, the mean is about half of each need.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TeamRule {
    /// The outcome is both if the smaller need is at least this
    pub low: u32,
    /// and the larger need is at least this.
    pub high: u32,
    /// From this smaller need on, both is clear rather than leaning.
    pub clear: u32,
}

impl Default for TeamRule {
    /// 30 and 45 gave the best results for the 24 organisations. Both is clear if even the smaller need is at least
    /// `high`.
    fn default() -> Self {
        Self { low: 30, high: 45, clear: 45 }
    }
}

/// The result of a team's answers taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Together {
    /// Which role, or both.
    #[serde(with = "outcome_name")]
    pub outcome: Outcome,
    /// How strongly the answers support it.
    #[serde(with = "strength_name")]
    pub strength: Strength,
    /// `true` if the mean says both, some people's answers alone suggest a CTO, and others' a CIO: each sees one half.
    pub halves: bool,
    /// `true` if nothing tells the roles apart, so that the rule's fallback is named.
    pub nothing_to_say: bool,
    /// The mean of what points to a CTO, in percent of what the questions asked could give.
    pub cto: u8,
    /// The mean of what points to a CIO, in percent of what the questions asked could give.
    pub cio: u8,
}

/// How many people's answers alone suggest each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// A CTO.
    pub cto: u32,
    /// A CIO.
    pub cio: u32,
    /// Both.
    pub both: u32,
    /// Nothing that tells the roles apart.
    pub nothing: u32,
}

impl Outcomes {
    /// Counts these people.
    pub fn of(people: &[Standing]) -> Self {
        let count = |outcome| {
            let found = people.iter().filter(|person| person.outcome == outcome).count();
            u32::try_from(found).unwrap_or(u32::MAX)
        };
        Self {
            cto: count(Some(Outcome::One(Role::Cto))),
            cio: count(Some(Outcome::One(Role::Cio))),
            both: count(Some(Outcome::Both)),
            nothing: count(None),
        }
    }

    /// Returns the counts: CTO, CIO, both, nothing.
    pub fn counts(self) -> [u32; 4] {
        [self.cto, self.cio, self.both, self.nothing]
    }
}

/// The largest need of one person: the least common multiple of 1 to 18, so that the part of any total up to 18 points
/// is a whole number, and no rounding depends on who else answered.
const WHOLE: u64 = 12_252_240;

/// Returns the suggestion for a team; `None` if nobody answered.
pub fn together(rule: &Rule, team: &TeamRule, people: &[Standing]) -> Option<Together> {
    let count = u64::try_from(people.len()).ok().filter(|&count| count > 0)?;
    let sum = |role| people.iter().map(|person| part(person, role)).sum::<u64>();
    let (cto, cio) = (sum(Role::Cto), sum(Role::Cio));
    let (larger, smaller) = (cto.max(cio), cto.min(cio));
    // A mean is compared as a sum: both sides are multiplied by the number of people.
    let reaches = |sum: u64, percent: u32| u128::from(sum) * 100 >= u128::from(percent) * whole(count);
    let percent = |sum: u64| {
        let rounded = (u128::from(sum) * 100 + whole(count) / 2) / whole(count);
        u8::try_from(rounded).unwrap_or(100)
    };
    let outcomes = Outcomes::of(people);
    let suggest = |outcome, strength| Together {
        outcome,
        strength,
        halves: outcome == Outcome::Both && outcomes.cto > 0 && outcomes.cio > 0,
        nothing_to_say: false,
        cto: percent(cto),
        cio: percent(cio),
    };

    if reaches(smaller, team.low) && reaches(larger, team.high) {
        let strength = if reaches(smaller, team.clear) { Strength::Clear } else { Strength::Leaning };
        return Some(suggest(Outcome::Both, strength));
    }
    let leader = match cto.cmp(&cio) {
        std::cmp::Ordering::Greater => Role::Cto,
        std::cmp::Ordering::Less => Role::Cio,
        std::cmp::Ordering::Equal => {
            // Equal needs, too weak for both: the role that more people's answers alone suggest.
            return Some(match outcomes.cto.cmp(&outcomes.cio) {
                std::cmp::Ordering::Greater => suggest(Outcome::One(Role::Cto), Strength::Slight),
                std::cmp::Ordering::Less => suggest(Outcome::One(Role::Cio), Strength::Slight),
                std::cmp::Ordering::Equal => {
                    Together { nothing_to_say: true, ..suggest(Outcome::One(rule.nothing), Strength::Slight) }
                }
            });
        }
    };
    let gap = larger - smaller;
    let low_enough = u128::from(smaller) * 100 <= u128::from(rule.clear.low) * whole(count);
    let strength = if reaches(larger, rule.clear.high) && low_enough && reaches(gap, rule.clear.gap) {
        Strength::Clear
    } else if reaches(gap, rule.leaning.gap) {
        Strength::Leaning
    } else {
        Strength::Slight
    };
    Some(suggest(Outcome::One(leader), strength))
}

/// The largest need of this many people together.
fn whole(count: u64) -> u128 {
    u128::from(count) * u128::from(WHOLE)
}

/// One person's need: the points as a part of what the questions asked could give, in units of [`WHOLE`].
fn part(person: &Standing, role: Role) -> u64 {
    let (points, most) = (u64::from(person.totals.of(role)), u64::from(person.most.max(1)));
    points * WHOLE / most
}

/// Figures from the proof of the team's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamProof {
    /// The number of different standings that one person's answers can lead to.
    pub standings: usize,
    /// The number of teams that were tried.
    pub teams: usize,
}

/// A condition that every team's rule must meet, and this one does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TeamProofError {
    /// No team gets this outcome.
    Unreachable(Outcome),
    /// Three people with the same answers, which clearly suggest this outcome, get another one together.
    ContradictsAll(Outcome),
    /// Two who see only what customers use and two who see only what the staff use do not get both.
    HalvesAreNotBoth,
    /// One person with opposite answers changes the outcome that the answers of three others clearly suggest: this one.
    OneChangesAll(Outcome),
    /// Swapping the roles in everybody's answers does not swap them in the suggestion.
    NotSymmetric,
}

impl fmt::Display for TeamProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(outcome) => write!(f, "no team is told `{outcome}`"),
            Self::ContradictsAll(outcome) => {
                write!(f, "people who are each told `{outcome}`, clear, are told something else together")
            }
            Self::HalvesAreNotBoth => f.write_str(
                "two who see only what customers use and two who see only what the staff use are not told `both`",
            ),
            Self::OneChangesAll(outcome) => {
                write!(f, "one person changes what three others are told plainly: `{outcome}`")
            }
            Self::NotSymmetric => f.write_str("swapping the roles in the answers does not swap the suggestion"),
        }
    }
}

impl std::error::Error for TeamProofError {}

/// Tries teams of people with these standings, which the proof of the personal rule found.
///
/// # Errors
///
/// All conditions that are not met.
pub fn prove_team(rule: &Rule, standings: &[Standing], team: &TeamRule) -> Result<TeamProof, Vec<TeamProofError>> {
    let told = |people: &[Standing]| together(rule, team, people).map(|together| together.outcome);
    let mut errors = Vec::new();
    let mut add = |error: TeamProofError| {
        if !errors.contains(&error) {
            errors.push(error);
        }
    };
    let mut reached = HashSet::new();
    let mut teams = 0;
    for &person in standings {
        let three = [person; 3];
        teams += 2;
        reached.extend(told(&three));
        if let (Some(outcome), Strength::Clear) = (person.outcome, person.strength)
            && told(&three) != Some(outcome)
        {
            add(TeamProofError::ContradictsAll(outcome));
        }
        if !symmetric(rule, team, &three) {
            add(TeamProofError::NotSymmetric);
        }
    }
    let sees_only = |role: Role| {
        let sees = standings.iter().filter(|person| person.totals.of(role.other()) == 0);
        sees.max_by_key(|person| part(person, role)).copied()
    };
    if let (Some(product), Some(inside)) = (sees_only(Role::Cto), sees_only(Role::Cio)) {
        teams += 3;
        let halves = told(&[product, product, inside, inside]);
        reached.extend(halves);
        if halves != Some(Outcome::Both) {
            add(TeamProofError::HalvesAreNotBoth);
        }
        for (person, other, role) in [(product, inside, Role::Cto), (inside, product, Role::Cio)] {
            if told(&[person, person, person, other]) != Some(Outcome::One(role)) {
                add(TeamProofError::OneChangesAll(Outcome::One(role)));
            }
        }
    }
    for outcome in Outcome::ALL {
        if !reached.contains(&outcome) {
            add(TeamProofError::Unreachable(outcome));
        }
    }
    errors.sort();
    if errors.is_empty() { Ok(TeamProof { standings: standings.len(), teams }) } else { Err(errors) }
}

/// Returns `true` if swapping the roles in a team's answers swaps them in its suggestion.
fn symmetric(rule: &Rule, team: &TeamRule, people: &[Standing]) -> bool {
    let mirrored: Vec<_> = people.iter().map(Standing::mirrored).collect();
    let swapped = Rule { nothing: rule.nothing.other(), ..rule.clone() };
    together(&swapped, team, &mirrored) == together(rule, team, people).map(|told| told.mirrored())
}

impl Standing {
    /// Returns the standing with the roles swapped.
    fn mirrored(&self) -> Self {
        let totals = Points { cto: self.totals.cio, cio: self.totals.cto };
        Self { outcome: self.outcome.map(mirrored), totals, ..*self }
    }
}

impl Together {
    /// Returns the result with the roles swapped.
    fn mirrored(self) -> Self {
        Self { outcome: mirrored(self.outcome), cto: self.cio, cio: self.cto, ..self }
    }
}

fn mirrored(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::One(role) => Outcome::One(role.other()),
        Outcome::Both => Outcome::Both,
    }
}

/// Reads and writes an [`Outcome`](crate::advisor::Outcome) as its name.
mod outcome_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::advisor::Outcome;

    pub(super) fn serialize<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(outcome)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Outcome::ALL.into_iter().find(|outcome| outcome.to_string() == name);
        found.ok_or_else(|| D::Error::custom(format!("`{name}` is no outcome")))
    }
}

/// Reads and writes a [`Strength`](crate::advisor::Strength) as its name.
mod strength_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::advisor::Strength;

    pub(super) fn serialize<S: Serializer>(strength: &Strength, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(strength)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Strength, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Strength::ALL.into_iter().find(|strength| strength.to_string() == name);
        found.ok_or_else(|| D::Error::custom(format!("`{name}` is no strength")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::advisor::testing::answers;
    use crate::advisor::{Next, next, prove, so_far};
    use crate::responses::shipped;

    fn standing(ids: &[&str]) -> Standing {
        let questionnaire = &shipped().questionnaire;
        Standing::of(&so_far(questionnaire, &answers(questionnaire, ids)).expect("the core is answered"))
    }

    fn told(people: &[Standing]) -> Together {
        together(&shipped().questionnaire.rule, &TeamRule::default(), people).expect("somebody answered")
    }

    fn product() -> Standing {
        standing(&["product", "making", "customers"])
    }

    fn inside() -> Standing {
        standing(&["inside", "systems", "staff"])
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        (proptest::collection::vec(0..4_u8, 6), 3..=6_usize).prop_map(|(wanted, count)| {
            let questionnaire = &shipped().questionnaire;
            let mut choices = Vec::new();
            while choices.len() < count && matches!(next(questionnaire, &choices), Ok(Next::Ask(_))) {
                choices.push(wanted[choices.len()]);
            }
            Standing::of(&so_far(questionnaire, &choices).expect("the core is answered"))
        })
    }

    #[test]
    fn two_who_see_the_product_and_two_who_see_the_inside_are_both() {
        let found = told(&[product(), inside(), product(), inside()]);
        assert_eq!((found.outcome, found.strength, found.halves), (Outcome::Both, Strength::Clear, true));
        assert_eq!((found.cto, found.cio), (50, 50));
    }

    #[test]
    fn one_who_sees_it_otherwise_changes_nothing() {
        let found = told(&[product(), product(), product(), inside()]);
        assert_eq!((found.outcome, found.halves), (Outcome::One(Role::Cto), false));
    }

    #[test]
    fn nobody_is_told_nothing_and_who_says_nothing_is_told_so() {
        assert_eq!(together(&shipped().questionnaire.rule, &TeamRule::default(), &[]), None);
        let nothing = standing(&["unsure", "suppliers", "nobody", "nothing", "little", "hardly"]);
        let found = told(&[nothing; 4]);
        assert_eq!((found.outcome, found.strength), (Outcome::One(Role::Cio), Strength::Slight));
        assert!(found.nothing_to_say);
    }

    /// Each threshold at its edge: 20 points are possible for each person, so that a mean is easy to choose.
    #[test]
    fn the_thresholds_at_their_edges() {
        let person = |cto, cio| Standing { totals: Points { cto, cio }, most: 20, ..product() };
        for (cto, cio, outcome, strength) in [
            (9, 6, Outcome::Both, Strength::Leaning),
            (9, 5, Outcome::One(Role::Cto), Strength::Leaning),
            (8, 6, Outcome::One(Role::Cto), Strength::Slight),
            (8, 5, Outcome::One(Role::Cto), Strength::Leaning),
            (9, 9, Outcome::Both, Strength::Clear),
            (10, 8, Outcome::Both, Strength::Leaning),
            (12, 4, Outcome::One(Role::Cto), Strength::Clear),
            (12, 5, Outcome::One(Role::Cto), Strength::Leaning),
        ] {
            let found = told(&[person(cto, cio); 3]);
            assert_eq!((found.outcome, found.strength), (outcome, strength), "{cto} and {cio} of 20");
        }
    }

    #[test]
    fn the_shipped_rule_is_proved_and_a_bad_one_is_not() {
        let questionnaire = &shipped().questionnaire;
        let standings = prove(questionnaire).expect("it holds for a person").0.standings;
        let proof = prove_team(&questionnaire.rule, &standings, &TeamRule::default()).expect("the shipped rule holds");
        assert!(proof.standings > 50, "{proof:?}");
        let errors = |low, high| {
            prove_team(&questionnaire.rule, &standings, &TeamRule { low, high, clear: 60 }).expect_err("it is bad")
        };
        assert_eq!(
            errors(60, 101),
            [
                TeamProofError::Unreachable(Outcome::Both),
                TeamProofError::ContradictsAll(Outcome::Both),
                TeamProofError::HalvesAreNotBoth,
            ]
        );
        let lenient = errors(0, 0);
        assert!(lenient.contains(&TeamProofError::OneChangesAll(Outcome::One(Role::Cto))), "{lenient:?}");
        assert!(lenient.contains(&TeamProofError::Unreachable(Outcome::One(Role::Cio))), "{lenient:?}");
        let one = errors(25, 45);
        assert!(one.contains(&TeamProofError::OneChangesAll(Outcome::One(Role::Cio))), "{one:?}");
    }

    proptest! {
        #[test]
        fn the_order_of_the_answers_never_matters(
            (people, shuffled) in proptest::collection::vec(any_standing(), 1..12)
                .prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle()))
        ) {
            prop_assert_eq!(told(&people), told(&shuffled));
        }

        #[test]
        fn swapping_the_roles_swaps_the_suggestion(people in proptest::collection::vec(any_standing(), 1..12)) {
            prop_assert!(symmetric(&shipped().questionnaire.rule, &TeamRule::default(), &people));
        }

        #[test]
        fn one_dissenter_among_people_who_see_one_side_changes_nothing(others in 3..12_usize, one in any_standing()) {
            let mut people = vec![product(); others];
            people.push(one);
            prop_assert_eq!(told(&people).outcome, Outcome::One(Role::Cto));
        }

        #[test]
        fn as_many_who_see_one_half_as_see_the_other_are_both(pairs in 1..9_usize) {
            let people: Vec<_> = (0..pairs).flat_map(|_| [product(), inside()]).collect();
            let found = told(&people);
            prop_assert_eq!((found.outcome, found.halves), (Outcome::Both, true));
        }

        #[test]
        fn who_agree_plainly_are_told_the_same_together(one in any_standing(), people in 1..9_usize) {
            if let (Some(outcome), Strength::Clear) = (one.outcome, one.strength) {
                prop_assert_eq!(told(&vec![one; people]).outcome, outcome);
            }
        }

        #[test]
        fn the_same_team_twice_is_told_the_same(people in proptest::collection::vec(any_standing(), 1..8)) {
            prop_assert_eq!(told(&people), told(&[&people[..], &people[..]].concat()));
        }
    }
}
