//! Proof by enumeration: every load checks all paths through the questions.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;

use super::paths::{self, State};
use super::{Claims, Next, Outcome, Questionnaire, Standing, Strength, Suggestion};

/// Figures from the walk over all paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// States of a conversation: questions and suggestions, each with the answers that led there.
    pub states: usize,
    /// Paths from the first question to a suggestion.
    pub paths: usize,
    /// Questions on the shortest path.
    pub shortest: usize,
    /// Questions on the longest path.
    pub longest: usize,
    /// Paths that end in each outcome and strength.
    pub by_outcome: BTreeMap<(Outcome, Strength), usize>,
    /// Paths whose answers do not tell the roles apart.
    pub nothing_to_say: usize,
    /// Every standing that one person's answers can lead to, each once.
    pub standings: Vec<Standing>,
}

/// A condition that every questionnaire must meet, and this one does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofError {
    /// No path leads to this outcome.
    Unreachable(Outcome),
    /// This follow-up (an index) is never asked.
    NeverAsked(usize),
    /// These answers lead to "both" although they do not show two real needs.
    WeakBoth(Vec<u8>),
    /// A path asks this many questions, more than the declared maximum.
    TooLong {
        /// Questions on the longest path.
        longest: usize,
        /// The declared maximum.
        allowed: usize,
    },
    /// There are more states than can be visited on every load.
    TooMany,
}

/// Maximum number of states that the proof visits, so that a load takes well under a second.
const MOST_STATES: usize = 200_000;

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(outcome) => write!(f, "no path through the questions ends in `{outcome}`"),
            Self::NeverAsked(_) => f.write_str("no path through the questions asks this follow-up"),
            Self::WeakBoth(answers) => write!(
                f,
                "the answers {answers:?} end in \"both\" although one role has less than half of the points it \
                 could have, or no follow-up confirmed both"
            ),
            Self::TooLong { longest, allowed } => {
                write!(f, "a path through the questions asks {longest} of them; `max_questions` allows {allowed}")
            }
            Self::TooMany => write!(f, "more than {MOST_STATES} places in a conversation; ask less or offer less"),
        }
    }
}

impl std::error::Error for ProofError {}

/// Checks every path. Returns the figures, and what the cards of suggestions can claim, each once: far fewer than there
/// are paths. Only a load needs the claims, so they are not kept with the figures.
///
/// # Errors
///
/// All conditions that are not met; for "both" from weak signals, the first path that shows it.
pub fn prove(questionnaire: &Questionnaire) -> Result<(Proof, Vec<Claims>), Vec<ProofError>> {
    let mut walk = Walk {
        questionnaire,
        proof: Proof {
            states: 0,
            paths: 0,
            shortest: usize::MAX,
            longest: 0,
            by_outcome: BTreeMap::new(),
            nothing_to_say: 0,
            standings: Vec::new(),
        },
        claims: Vec::new(),
        seen: HashSet::new(),
        standings: HashSet::new(),
        asked: vec![false; questionnaire.questions.len()],
        weak_both: None,
    };
    if paths::walk(questionnaire, |state| walk.visit(&state)).is_break() {
        return Err(vec![ProofError::TooMany]);
    }
    let mut errors = Vec::new();
    for outcome in Outcome::ALL {
        if !walk.proof.by_outcome.keys().any(|(reached, _)| *reached == outcome) {
            errors.push(ProofError::Unreachable(outcome));
        }
    }
    errors.extend((0..walk.asked.len()).filter(|&index| !walk.asked[index]).map(ProofError::NeverAsked));
    let (longest, allowed) = (walk.proof.longest, questionnaire.max_questions);
    if longest > allowed {
        errors.push(ProofError::TooLong { longest, allowed });
    }
    errors.extend(walk.weak_both.map(ProofError::WeakBoth));
    if errors.is_empty() { Ok((walk.proof, walk.claims)) } else { Err(errors) }
}

struct Walk<'a> {
    questionnaire: &'a Questionnaire,
    proof: Proof,
    /// The claims without duplicates, in the order in which they are found.
    claims: Vec<Claims>,
    /// The claims that were found so far, as a set: it tells whether one is new.
    seen: HashSet<Claims>,
    /// The standings for the proof, without duplicates.
    standings: HashSet<Standing>,
    asked: Vec<bool>,
    weak_both: Option<Vec<u8>>,
}

impl Walk<'_> {
    /// Counts a state. Breaks at more than [`MOST_STATES`].
    fn visit(&mut self, state: &State<'_>) -> ControlFlow<()> {
        self.proof.states += 1;
        if self.proof.states > MOST_STATES {
            return ControlFlow::Break(());
        }
        match state.next {
            Next::Ask(question) => self.asked[*question] = true,
            Next::Suggest(suggestion) => self.end(state.answers, suggestion),
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, answers: &[u8], suggestion: &Suggestion) {
        let proof = &mut self.proof;
        proof.paths += 1;
        proof.shortest = proof.shortest.min(answers.len());
        proof.longest = proof.longest.max(answers.len());
        *proof.by_outcome.entry((suggestion.outcome, suggestion.strength)).or_default() += 1;
        proof.nothing_to_say += usize::from(suggestion.reason == super::Reason::NothingToSay);
        let claims = suggestion.claims();
        if !self.seen.contains(&claims) {
            self.seen.insert(claims.clone());
            self.claims.push(claims);
        }
        let standing = Standing::of(suggestion);
        if self.standings.insert(standing) {
            proof.standings.push(standing);
        }
        if suggestion.outcome == Outcome::Both && !self.two_real_needs(suggestion) {
            self.weak_both.get_or_insert_with(|| answers.to_vec());
        }
    }

    /// Checks "both" independently of the rule, so that no thresholds can suggest two executives on weak signals.
    fn two_real_needs(&self, suggestion: &Suggestion) -> bool {
        let follow_ups = &suggestion.answered[self.questionnaire.core..];
        suggestion.totals.least() * 2 >= suggestion.most
            && follow_ups.iter().any(|answer| answer.points.cto > 0 && answer.points.cio > 0)
    }
}
