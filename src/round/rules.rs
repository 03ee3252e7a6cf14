//! Requests to a round: who may do what and when, and what changes. Pure: a store loads the round, calls [`decide`],
//! and writes the change.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Ballot;
use super::tally::{Before, Tally, Thresholds};
use crate::advisor::Questionnaire;
use crate::advisor::TeamRule;
use crate::interaction::UserId;

/// A round's id: that of the interaction that opened it, so that an interaction which is delivered twice opens one
/// round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoundId(pub u64);

/// What [`decide`] and the close need besides the round.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The questions and the personal rule.
    pub questionnaire: Questionnaire,
    /// The team's rule.
    pub team: TeamRule,
    /// How long rounds are kept, and how many answers are needed.
    pub limits: Limits,
}

/// How long rounds are kept, and how many answers are needed before something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many answers are needed before something is shown.
    pub thresholds: Thresholds,
    /// The longest time for which a round is open, in seconds.
    pub open_at_most: i64,
    /// The time for which a result is kept, in seconds.
    pub results_kept: i64,
}

/// A day in seconds.
pub const DAY: i64 = 24 * 60 * 60;

impl Default for Limits {
    fn default() -> Self {
        Self { thresholds: Thresholds::default(), open_at_most: 30 * DAY, results_kept: 90 * DAY }
    }
}

/// A request to one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The round.
    pub round: RoundId,
    /// The person who makes the request.
    pub by: Member,
    /// The time of the request, in Unix seconds.
    pub now: i64,
    /// What is requested.
    pub command: Command,
}

/// A member of a server, as the interaction describes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The person's id.
    pub user: UserId,
    /// The server in which the interaction happens.
    pub server: u64,
    /// `true` if the member may manage messages there.
    pub may_manage: bool,
}

/// What can be requested of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open it. The deadline is in Unix seconds; without one, the round stays open for the longest time allowed.
    Open {
        /// Where its card is.
        place: Place,
        /// Until when people may answer, in Unix seconds.
        deadline: Option<i64>,
    },
    /// Remember the message that is the round's card.
    Posted {
        /// The message's id.
        message: u64,
    },
    /// See it.
    Look,
    /// Answer, or replace one's answers.
    Vote {
        /// The answers.
        answers: Ballot,
    },
    /// Delete one's own answers.
    Withdraw,
    /// Close it.
    Close(Close),
    /// Ask the same again, on the same card: a closed round gets a successor.
    AskAgain {
        /// The successor's id.
        round: RoundId,
        /// Until when people may answer.
        deadline: Option<i64>,
    },
    /// Get the result as a file. The view is that of [`Look`](Self::Look), but only of a closed round.
    Export,
}

/// How to close a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// Show the result.
    Show,
    /// Delete the round and all answers. Nobody sees a result.
    Delete,
}

/// Where a round's card is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The channel.
    pub channel: u64,
    /// The language of the card: one of Discord's locales.
    pub locale: String,
}

/// What everybody may know about a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its id.
    pub id: RoundId,
    /// The server.
    pub server: u64,
    /// Where its card is.
    pub place: Place,
    /// The message that is its card, once known.
    pub message: Option<u64>,
    /// Who opened it; `None` once that person has deleted what was stored about them.
    pub starter: Option<UserId>,
    /// Until when people may answer, in Unix seconds.
    pub deadline: i64,
    /// `true` if it asks again what an earlier round asked.
    pub again: bool,
}

impl Facts {
    /// Returns `true` if the member may close the round before its deadline: as the person who opened it, or with the
    /// permission to manage messages.
    pub fn may_be_closed_by(&self, by: &Member) -> bool {
        by.may_manage || self.starter == Some(by.user)
    }
}

/// What a round shows to the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundView {
    /// It is open.
    Open {
        /// What everybody may know about it.
        facts: Facts,
        /// How many have answered.
        answered: u32,
        /// The answers of the person who asked.
        mine: Option<Ballot>,
    },
    /// It is closed. A vote that gets this was not counted.
    Closed {
        /// What everybody may know about it.
        facts: Facts,
        /// The result; `None` if too few answered to show one.
        tally: Option<Tally>,
        /// The counts of the round before this one, if both had enough answers.
        before: Option<Before>,
    },
    /// It has just been deleted, with all answers.
    Deleted,
}

/// Why a round refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such round in this server: perhaps it was deleted, or its result was kept for long enough.
    NoSuchRound,
    /// Only the person who opened the round, or who may manage messages, can do that.
    NotAllowed,
    /// It is still open, so there is no result yet.
    StillOpen,
    /// It is closed, and its result stays.
    AlreadyClosed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchRound => "there is no such round",
            Self::NotAllowed => "only the person who opened the round, or one who may manage messages, can do that",
            Self::StillOpen => "the round is still open",
            Self::AlreadyClosed => "the round is closed already",
        })
    }
}

impl std::error::Error for Refused {}

/// A round as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What everybody may know about it.
    pub facts: Facts,
    /// The counts of the round before this one, if it had enough answers.
    pub before: Option<Before>,
    /// Open or closed.
    pub state: State,
}

/// The state of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// People may answer.
    Open {
        /// The key from which the tags of the answers are computed.
        key: Key,
    },
    /// The answers are gone.
    Closed {
        /// The result; `None` if too few answered.
        tally: Option<Tally>,
        /// When the round is deleted, in Unix seconds.
        expires: i64,
        /// The round that asks the same again.
        next: Option<RoundId>,
    },
}

impl Round {
    /// Makes a new round.
    pub fn open(facts: Facts, before: Option<Before>, key: Key) -> Self {
        Self { facts, before, state: State::Open { key } }
    }

    /// Returns `true` if the round is open although its deadline has passed.
    pub fn is_due(&self, now: i64) -> bool {
        matches!(self.state, State::Open { .. }) && now >= self.facts.deadline
    }
}

/// A round's key: 32 random bytes, destroyed together with the answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

/// Does not print the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The name under which a person's answers are kept: HMAC-SHA256 of the user's id with the round's key. Without the
/// key, nobody can tell whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub [u8; 32]);

impl Key {
    /// Makes a new key; `None` if the system provides no random numbers.
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Returns a person's tag in the round with this key.
    pub fn tag(&self, user: UserId) -> Tag {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&user.0.to_be_bytes());
        Tag(mac.finalize().into_bytes().into())
    }
}

/// What a store has to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// A new open round.
    Open(Facts),
    /// The id of the message that is the card.
    Posted(u64),
    /// The answers of the person who asked, in place of earlier ones.
    Put(Ballot),
    /// The removal of these answers.
    Remove,
    /// The close: answers become counts, and are destroyed together with the key.
    Close,
    /// The deletion of the round and all answers.
    Delete,
    /// A new open round that asks the same again: the successor of this one.
    Follow(Facts, Option<Before>),
    /// Nothing. The successor is shown in place of this round.
    Followed(RoundId),
}

/// Returns what a request changes. `round` is `None` if there is no round with that id.
///
/// A round that is due is closed by any request, except [`Close::Delete`].
///
/// # Errors
///
/// If the round refuses the request.
pub fn decide(limits: &Limits, round: Option<&Round>, request: &Request) -> Result<Change, Refused> {
    let Request { by, now, command, .. } = request;
    let Some(round) = round.filter(|round| round.facts.server == by.server) else {
        return match (round, command) {
            (None, Command::Open { place, deadline }) => Ok(Change::Open(Facts {
                id: request.round,
                server: by.server,
                place: place.clone(),
                message: None,
                starter: Some(by.user),
                deadline: latest(limits, *now, *deadline),
                again: false,
            })),
            _ => Err(Refused::NoSuchRound),
        };
    };
    let may_close = round.facts.may_be_closed_by(by);
    match &round.state {
        State::Closed { tally, next, .. } => match command {
            Command::Close(Close::Delete) => Err(Refused::AlreadyClosed),
            Command::AskAgain { .. } if !may_close => Err(Refused::NotAllowed),
            Command::AskAgain { round: id, deadline } => Ok(match next {
                Some(next) => Change::Followed(*next),
                None => Change::Follow(
                    Facts {
                        id: *id,
                        starter: Some(by.user),
                        deadline: latest(limits, *now, *deadline),
                        again: true,
                        ..round.facts.clone()
                    },
                    tally.as_ref().and_then(|tally| tally.before(limits.thresholds)),
                ),
            }),
            Command::Posted { message } => Ok(Change::Posted(*message)),
            _ => Ok(Change::Nothing),
        },
        State::Open { .. } => match command {
            Command::Close(Close::Delete) if may_close => Ok(Change::Delete),
            Command::Close(Close::Delete) => Err(Refused::NotAllowed),
            _ if round.is_due(*now) => Ok(Change::Close),
            Command::Close(Close::Show) if may_close => Ok(Change::Close),
            Command::Close(Close::Show) => Err(Refused::NotAllowed),
            Command::Vote { answers } => Ok(Change::Put(answers.clone())),
            Command::Withdraw => Ok(Change::Remove),
            Command::Posted { message } => Ok(Change::Posted(*message)),
            Command::Open { .. } | Command::Look => Ok(Change::Nothing),
            Command::AskAgain { .. } | Command::Export => Err(Refused::StillOpen),
        },
    }
}

/// Returns the deadline of a new round: the one asked for, but not later than allowed.
fn latest(limits: &Limits, now: i64, deadline: Option<i64>) -> i64 {
    let latest = now.saturating_add(limits.open_at_most);
    deadline.map_or(latest, |deadline| deadline.min(latest))
}

/// Returns the round as it is kept after its close.
pub fn closed(rules: &Rules, round: &Round, answers: &[Ballot], now: i64) -> Round {
    let tally = Tally::of(rules, answers);
    let expires = now.saturating_add(rules.limits.results_kept);
    Round { state: State::Closed { tally, expires, next: None }, ..round.clone() }
}

/// Returns what a closed round shows.
pub fn closed_view(limits: &Limits, facts: &Facts, tally: Option<&Tally>, before: Option<Before>) -> RoundView {
    // With fewer answers, readers could work out how one person's answers changed between the rounds.
    let enough = tally.is_some_and(|tally| tally.answered >= limits.thresholds.at_least().questions);
    RoundView::Closed { facts: facts.clone(), tally: tally.cloned(), before: before.filter(|_| enough) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::ballot::tests::answers;
    use super::*;
    use crate::responses::shipped;

    /// The shipped questions under the default limits.
    pub(crate) fn rules() -> Rules {
        Rules { questionnaire: shipped().questionnaire.clone(), team: TeamRule::default(), limits: Limits::default() }
    }

    const SERVER: u64 = 7;
    const STARTER: Member = Member { user: UserId(1), server: SERVER, may_manage: false };
    const MANAGER: Member = Member { user: UserId(2), server: SERVER, may_manage: true };
    const OTHER: Member = Member { user: UserId(3), server: SERVER, may_manage: false };
    const STRANGER: Member = Member { user: UserId(1), server: 8, may_manage: true };

    fn facts() -> Facts {
        Facts {
            id: RoundId(5),
            server: SERVER,
            place: Place { channel: 9, locale: "en-US".to_owned() },
            message: None,
            starter: Some(STARTER.user),
            deadline: 1_000,
            again: false,
        }
    }

    fn open() -> Round {
        Round { facts: facts(), before: None, state: State::Open { key: Key([0; 32]) } }
    }

    fn shut(next: Option<RoundId>) -> Round {
        Round { state: State::Closed { tally: None, expires: 2_000, next }, ..open() }
    }

    fn ask(round: Option<&Round>, by: Member, now: i64, command: Command) -> Result<Change, Refused> {
        decide(&Limits::default(), round, &Request { round: RoundId(5), by, now, command })
    }

    fn vote() -> Command {
        Command::Vote { answers: answers(&["product", "making", "customers"]) }
    }

    #[test]
    fn a_round_is_opened_once_and_never_for_longer_than_allowed() {
        let command = |deadline| Command::Open { place: facts().place, deadline };
        assert_eq!(ask(None, STARTER, 0, command(Some(1_000))), Ok(Change::Open(facts())));
        for deadline in [None, Some(i64::MAX)] {
            let latest = Facts { deadline: 30 * DAY, ..facts() };
            assert_eq!(ask(None, STARTER, 0, command(deadline)), Ok(Change::Open(latest)));
        }
        assert_eq!(ask(Some(&open()), STARTER, 0, command(None)), Ok(Change::Nothing));
    }

    #[test]
    fn who_may_close_and_when() {
        let show = || Command::Close(Close::Show);
        let delete = || Command::Close(Close::Delete);
        for (by, now, shows, deletes) in [
            (STARTER, 999, Ok(Change::Close), Ok(Change::Delete)),
            (MANAGER, 999, Ok(Change::Close), Ok(Change::Delete)),
            (OTHER, 999, Err(Refused::NotAllowed), Err(Refused::NotAllowed)),
            (OTHER, 1_000, Ok(Change::Close), Err(Refused::NotAllowed)),
            (STARTER, 1_000, Ok(Change::Close), Ok(Change::Delete)),
            (STRANGER, 1_000, Err(Refused::NoSuchRound), Err(Refused::NoSuchRound)),
        ] {
            assert_eq!(ask(Some(&open()), by, now, show()), shows, "{by:?} at {now}");
            assert_eq!(ask(Some(&open()), by, now, delete()), deletes, "{by:?} at {now}");
        }
        // If the starter is forgotten, only who may manage messages can close a round.
        let forgotten = Round { facts: Facts { starter: None, ..facts() }, ..open() };
        assert_eq!(ask(Some(&forgotten), STARTER, 0, show()), Err(Refused::NotAllowed));
        assert_eq!(ask(Some(&forgotten), MANAGER, 0, show()), Ok(Change::Close));
    }

    #[test]
    fn whatever_is_asked_after_the_deadline_closes_it() {
        for command in [vote(), Command::Look, Command::Withdraw, Command::Export, Command::Posted { message: 1 }] {
            assert_eq!(ask(Some(&open()), OTHER, 1_000, command), Ok(Change::Close));
        }
        assert!(matches!(ask(Some(&open()), OTHER, 999, vote()), Ok(Change::Put(_))));
    }

    #[test]
    fn a_closed_round_stays_closed() {
        for command in [vote(), Command::Look, Command::Withdraw, Command::Export, Command::Close(Close::Show)] {
            assert_eq!(ask(Some(&shut(None)), OTHER, 0, command), Ok(Change::Nothing));
        }
        assert_eq!(ask(Some(&shut(None)), STARTER, 0, Command::Close(Close::Delete)), Err(Refused::AlreadyClosed));
    }

    #[test]
    fn asking_again_takes_a_closed_round_and_one_who_may() {
        let again = || Command::AskAgain { round: RoundId(6), deadline: Some(500) };
        assert_eq!(ask(Some(&open()), STARTER, 0, again()), Err(Refused::StillOpen));
        assert_eq!(ask(Some(&shut(None)), OTHER, 0, again()), Err(Refused::NotAllowed));
        let next = Facts { id: RoundId(6), starter: Some(MANAGER.user), deadline: 500, again: true, ..facts() };
        assert_eq!(ask(Some(&shut(None)), MANAGER, 0, again()), Ok(Change::Follow(next, None)));
        let next = RoundId(77);
        assert_eq!(ask(Some(&shut(Some(next))), MANAGER, 0, again()), Ok(Change::Followed(next)));
        assert_eq!(ask(Some(&open()), OTHER, 0, Command::Export), Err(Refused::StillOpen));
    }

    #[test]
    fn nothing_is_asked_of_a_round_that_is_not_there() {
        for command in [vote(), Command::Look, Command::Withdraw, Command::Close(Close::Show), Command::Export] {
            assert_eq!(ask(None, STARTER, 0, command), Err(Refused::NoSuchRound));
        }
        let open_elsewhere = Command::Open { place: facts().place, deadline: None };
        assert_eq!(ask(Some(&open()), STRANGER, 0, open_elsewhere), Err(Refused::NoSuchRound));
    }

    #[test]
    fn a_tag_depends_on_round_and_person() {
        let tag = |key: u8, user| Key([key; 32]).tag(UserId(user));
        assert_eq!(tag(1, 1), tag(1, 1));
        assert_ne!(tag(1, 1), tag(2, 1));
        assert_ne!(tag(1, 1), tag(1, 2));
        assert_eq!(format!("{:?}", Key([1; 32])), "Key(..)");
    }
}
