//! The questionnaire and the rule that turns answers into a suggestion. Independent of Discord.
//!
//! The two needs are counted separately, never on one scale between them: points toward a CTO (technology that
//! customers or the public buy or use) and points toward a CIO (the company's own systems and information). On one
//! scale "a strong need for both" and "no idea" would be the same point.

mod advise;
mod answers;
mod canonical;
mod claims;
mod decision;
mod graph;
pub(crate) mod paths;
mod proof;
mod standing;
mod team;
#[cfg(test)]
pub(crate) mod testing;

pub use advise::{Advice, Expected, TableError, advise};
pub use answers::Answers;
pub use claims::{Claims, Headline};
pub use decision::{Answer, Change, InvalidAnswers, Next, Reason, Suggestion, next, what_would_change};
pub use graph::mermaid;
pub use proof::{Proof, ProofError, prove};
pub use standing::{Standing, asked, so_far};
pub use team::{Outcomes, TeamProof, TeamProofError, TeamRule, Together, prove_team, together};

use std::fmt;

/// One of the two roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Chief Technology Officer.
    Cto,
    /// Chief Information Officer.
    Cio,
}

impl Role {
    /// The other role.
    pub fn other(self) -> Self {
        match self {
            Self::Cto => Self::Cio,
            Self::Cio => Self::Cto,
        }
    }
}

/// The result of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// One of the two.
    One(Role),
    /// Both.
    Both,
}

impl Outcome {
    /// All three.
    pub const ALL: [Self; 3] = [Self::One(Role::Cto), Self::One(Role::Cio), Self::Both];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cto => "cto",
            Self::Cio => "cio",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(role) => role.fmt(f),
            Self::Both => f.write_str("both"),
        }
    }
}

/// How strongly the answers support an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strength {
    /// The totals differ only a little, or do not tell the roles apart.
    Slight,
    /// More of the weight is for it than against it.
    Leaning,
    /// The answers point to it clearly.
    Clear,
}

impl Strength {
    /// All three, the weakest first.
    pub const ALL: [Self; 3] = [Self::Slight, Self::Leaning, Self::Clear];
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slight => "slight",
            Self::Leaning => "leaning",
            Self::Clear => "clear",
        })
    }
}

/// Points toward each role: what a choice is worth, or what answers add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Points {
    /// Toward a CTO.
    pub cto: u32,
    /// Toward a CIO.
    pub cio: u32,
}

impl Points {
    /// The points toward one role.
    pub fn of(self, role: Role) -> u32 {
        match role {
            Role::Cto => self.cto,
            Role::Cio => self.cio,
        }
    }

    /// Returns the larger number.
    pub fn most(self) -> u32 {
        self.cto.max(self.cio)
    }

    /// Returns the smaller number.
    pub fn least(self) -> u32 {
        self.cto.min(self.cio)
    }

    /// Returns the difference of the two numbers.
    pub fn gap(self) -> u32 {
        self.cto.abs_diff(self.cio)
    }

    /// Returns the role with more points; `None` if they are equal.
    pub fn leader(self) -> Option<Role> {
        match self.cto.cmp(&self.cio) {
            std::cmp::Ordering::Greater => Some(Role::Cto),
            std::cmp::Ordering::Less => Some(Role::Cio),
            std::cmp::Ordering::Equal => None,
        }
    }
}

impl std::ops::Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { cto: self.cto + other.cto, cio: self.cio + other.cio }
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::default(), std::ops::Add::add)
    }
}

/// The questions and the decision rule, as `responses/whichrole.toml` has them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Questionnaire {
    /// The core questions, always asked, in this order; then the follow-ups, asked while the outcome is open.
    pub questions: Vec<Question>,
    /// How many of [`questions`](Self::questions) are core questions; at least one.
    pub core: usize,
    /// The most questions that one conversation may ask; the loader refuses a rule that asks more.
    pub max_questions: usize,
    /// The decision rule.
    pub rule: Rule,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// Its name in the responses.
    pub id: String,
    /// Its choices, in the order in which they are shown; at least two.
    pub choices: Vec<Choice>,
}

impl Question {
    /// The most points that one role can get from it.
    pub fn most(&self) -> u32 {
        self.choices.iter().map(|choice| choice.points.most()).max().unwrap_or(0)
    }
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Choice {
    /// Its name in the responses.
    pub id: String,
    /// What it is worth.
    pub points: Points,
    /// `true` if it says that there is little money or time for the work.
    pub small: bool,
}

/// The decision rule. Percentages are of the most points one role could have had in the questions asked so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Conditions for one role, clearly. Nothing more is asked then.
    pub clear: Clear,
    /// Conditions for both roles.
    pub both: Both,
    /// The order of the follow-ups (indices of questions) while both totals are at least [`Both::low`].
    pub order_if_both: Vec<usize>,
    /// The order of the follow-ups (indices of questions) otherwise.
    pub order: Vec<usize>,
    /// Conditions for asking nothing more although nothing is clear.
    pub stop: Stop,
    /// Conditions for one role, leaning rather than slight.
    pub leaning: Leaning,
    /// The questions (indices) that decide between equal totals: the first whose answer speaks for one role.
    pub tie: Vec<usize>,
    /// The questions (indices) that decide who comes first if it is both: the first whose answer speaks for one role,
    /// else the larger total.
    pub first: Vec<usize>,
    /// The role that is named if the answers do not tell the roles apart.
    pub nothing: Role,
}

/// Conditions for one role, clearly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clear {
    /// The larger total is at least this (percent).
    pub high: u32,
    /// The smaller total is at most this (percent).
    pub low: u32,
    /// And they are at least this far apart (percent).
    pub gap: u32,
    /// And at least this many answers give the role more points than the other.
    pub answers: usize,
}

/// Conditions for one role, leaning rather than slight.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leaning {
    /// The totals are at least this far apart (percent).
    pub gap: u32,
    /// And at least this many answers give the role more points than the other.
    pub answers: usize,
}

/// Conditions for both: two real needs, and a follow-up that confirmed them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Both {
    /// The smaller total is at least this (percent).
    pub low: u32,
    /// And at least this part (percent) of the larger total.
    pub ratio: u32,
    /// From this smaller total on (percent), both is clear rather than leaning.
    pub clear: u32,
}

/// Conditions for asking nothing more although nothing is clear.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stop {
    /// At least this many follow-ups are answered,
    pub after: usize,
    /// and the totals are at least this many points apart.
    pub gap: u32,
}
