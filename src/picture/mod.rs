//! The picture on a suggestion's card, and on a team's: where the answers stand between the two needs.
//!
//! A square card of 640 pixels, made to be shown at half that size, on Discord's light theme as well as on its dark one:
//!
//! ```text
//!  cart ┌─────────────────────────┐
//!   ▲   │ CTO  |       ╲CTO + CIO │   up: what customers buy or use
//!   ┃   │      |        |         │   right: what the organisation's own people use
//!   ┃   │- - - ▲        └───╲     │
//!   ┃   │──────╯            ──────│   ▲ a CTO   ■ a CIO   ● both   ○ the answers say nothing
//!   │   │        (soft)    ╭──────│
//!   │   │ ?                |  CIO │
//!       └─────────────────────────┘
//!         ━━━━━━━━━─────────────►  office
//! ```
//!
//! There are no words on it, so it needs no fonts and is the same in every language; the alt text, which belongs to the
//! card, says what it shows. A person's picture has one dot. A team's has one dot for each person, equal ones stacked,
//! and a ring at their mean, in the colour of what is suggested to the team.
//!
//! A [`Drawing`] describes a picture; a [`Painter`] draws it, which takes milliseconds; [`Pictures`] has one on another
//! thread and keeps the result.

mod draw;
mod drawing;
mod encode;
mod marks;
mod paint;
mod pictures;

pub use draw::SIZE;
pub use drawing::{BothRegion, ClearRegion, Dot, Drawing, Place, Regions, Shape};
pub use paint::Painter;
pub use pictures::Pictures;

use crate::advisor::{Outcome, Reason, Role, Rule, Suggestion};

impl From<&Rule> for Regions {
    fn from(rule: &Rule) -> Self {
        let percent = |percent: u32| u8::try_from(percent).unwrap_or(u8::MAX);
        let Rule { clear, both, .. } = rule;
        Self {
            clear: Some(ClearRegion { high: percent(clear.high), low: percent(clear.low), gap: percent(clear.gap) }),
            both: BothRegion { low: percent(both.low), ratio: percent(both.ratio), clear: percent(both.clear) },
        }
    }
}

impl From<&Suggestion> for Shape {
    fn from(suggestion: &Suggestion) -> Self {
        match (suggestion.reason, suggestion.outcome) {
            (Reason::NothingToSay, _) => Self::Nothing,
            (_, Outcome::One(Role::Cto)) => Self::Cto,
            (_, Outcome::One(Role::Cio)) => Self::Cio,
            (_, Outcome::Both) => Self::Both,
        }
    }
}

impl From<&Suggestion> for Place {
    fn from(suggestion: &Suggestion) -> Self {
        Self::new(suggestion.totals.cto, suggestion.totals.cio, suggestion.most)
    }
}

impl Drawing {
    /// Describes the picture of one person's suggestion.
    pub fn of(rule: &Rule, suggestion: &Suggestion) -> Self {
        Self::person(rule.into(), suggestion.into(), suggestion.into())
    }
}

#[cfg(test)]
mod tests;
