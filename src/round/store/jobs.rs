//! Requests to a store. Each is one transaction, written once for all stores.

use std::sync::Arc;
use std::time::Duration;

use super::Closed;
use super::error::{Stop, StoreError, Trouble};
use super::transaction::{Lock, Transaction};
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{
    Change, Command, Facts, Key, Refused, Request, Round, RoundId, RoundView, Rules, State, Tag, closed, closed_view,
    decide,
};

/// A request to a store.
pub(super) trait Job: Send + 'static {
    /// The result.
    type Output: Send + 'static;

    /// Returns the first lock for the rounds that it loads.
    fn lock(&self) -> Lock;

    /// Returns how long PostgreSQL may take. A job that no person waits for may take longer.
    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Runs it. May be called again if the transaction was not committed.
    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop>;
}

/// [`Store::execute`](super::Store::execute).
pub(super) struct Execute {
    pub(super) rules: Arc<Rules>,
    pub(super) request: Request,
}

impl Job for Execute {
    type Output = Result<RoundView, Refused>;

    fn lock(&self) -> Lock {
        match self.request.command {
            Command::Look | Command::Export => Lock::Free,
            Command::Vote { .. } | Command::Withdraw => Lock::Shared,
            Command::Open { .. } | Command::Posted { .. } | Command::Close(_) | Command::AskAgain { .. } => Lock::Alone,
        }
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        let Self { rules, request } = self;
        let user = request.by.user;
        let mut found = transaction.load(request.round).await?;
        // A deleted successor may be followed by another.
        if let (Some(State::Closed { next, .. }), Command::AskAgain { .. }) =
            (found.as_mut().map(|round| &mut round.state), &request.command)
            && let Some(id) = *next
            && transaction.load(id).await?.is_none()
        {
            *next = None;
        }
        let change = match decide(&rules.limits, found.as_ref(), request) {
            Ok(change) => change,
            Err(refused) => return Ok(Err(refused)),
        };
        if matches!(
            change,
            Change::Posted(_) | Change::Close | Change::Delete | Change::Follow(..) | Change::Followed(_)
        ) {
            transaction.alone()?;
        }
        let shown = match (change, found) {
            (Change::Open(facts), _) => {
                let round = Round::open(facts, None, new_key()?);
                transaction.insert(&round).await?;
                round
            }
            (_, None) => return Ok(Err(Refused::NoSuchRound)),
            (Change::Nothing, Some(round)) => round,
            (Change::Posted(message), Some(mut round)) => {
                round.facts.message = Some(message);
                transaction.update(&round).await?;
                round
            }
            (Change::Put(answers), Some(round)) => {
                if let Some(tag) = tag(&round, user) {
                    let answered = transaction.put_and_count(round.facts.id, &tag, &answers).await?;
                    return Ok(Ok(RoundView::Open { facts: round.facts, answered, mine: Some(answers) }));
                }
                round
            }
            (Change::Remove, Some(round)) => {
                if let Some(tag) = tag(&round, user) {
                    transaction.remove(round.facts.id, &tag).await?;
                }
                round
            }
            (Change::Close, Some(round)) => close(transaction, rules, &round, request.now).await?,
            (Change::Delete, Some(round)) => {
                transaction.delete(round.facts.id).await?;
                return Ok(Ok(RoundView::Deleted));
            }
            (Change::Follow(facts, before), Some(mut round)) => {
                let successor = Round::open(facts, before, new_key()?);
                transaction.insert(&successor).await?;
                if let State::Closed { next, .. } = &mut round.state {
                    *next = Some(successor.facts.id);
                }
                // The card is the successor's now: nothing of this round may be shown on it again.
                round.facts.message = None;
                transaction.update(&round).await?;
                successor
            }
            (Change::Followed(id), Some(_)) => match transaction.load(id).await? {
                Some(successor) => successor,
                None => return Ok(Err(Refused::NoSuchRound)),
            },
        };
        view(transaction, rules, &shown, user).await.map(Ok)
    }
}

fn new_key() -> Result<Key, Stop> {
    let none = || Stop::Failed(StoreError::new(Trouble::Other, "the system gives no random numbers for a round's key"));
    Key::random().ok_or_else(none)
}

/// Returns a person's tag in a round; `None` if it is closed.
fn tag(round: &Round, user: UserId) -> Option<Tag> {
    match &round.state {
        State::Open { key } => Some(key.tag(user)),
        State::Closed { .. } => None,
    }
}

/// Turns a round's answers into counts, and destroys them together with the key.
async fn close<T: Transaction>(transaction: &mut T, rules: &Rules, round: &Round, now: i64) -> Result<Round, Stop> {
    let answers: Vec<_> = transaction.answers(round.facts.id).await?.into_iter().map(|(_, answers)| answers).collect();
    let closed = closed(rules, round, &answers, now);
    transaction.destroy(round.facts.id).await?;
    transaction.update(&closed).await?;
    Ok(closed)
}

async fn view<T: Transaction>(
    transaction: &mut T,
    rules: &Rules,
    round: &Round,
    user: UserId,
) -> Result<RoundView, Stop> {
    Ok(match &round.state {
        State::Open { key } => {
            let (answered, mine) = transaction.count(round.facts.id, &key.tag(user)).await?;
            RoundView::Open { facts: round.facts.clone(), answered, mine }
        }
        State::Closed { tally, .. } => closed_view(&rules.limits, &round.facts, tally.as_ref(), round.before),
    })
}

/// The rounds that [`CloseDue`] is for.
pub(super) struct Due {
    pub(super) now: i64,
}

impl Job for Due {
    type Output = Vec<RoundId>;

    fn lock(&self) -> Lock {
        Lock::Free
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        transaction.due(self.now).await
    }
}

/// Closes one round, if it is still open and due.
pub(super) struct CloseDue {
    pub(super) rules: Arc<Rules>,
    pub(super) round: RoundId,
    pub(super) now: i64,
}

impl Job for CloseDue {
    type Output = Option<Closed>;

    fn lock(&self) -> Lock {
        Lock::Alone
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        let Some(round) = transaction.load(self.round).await?.filter(|round| round.is_due(self.now)) else {
            return Ok(None);
        };
        let closed = close(transaction, &self.rules, &round, self.now).await?;
        let State::Closed { tally, .. } = &closed.state else { return Ok(None) };
        let view = closed_view(&self.rules.limits, &closed.facts, tally.as_ref(), closed.before);
        Ok(Some(Closed { facts: closed.facts, view }))
    }
}

/// [`Store::next_due`](super::Store::next_due).
pub(super) struct NextDue;

impl Job for NextDue {
    type Output = Option<i64>;

    fn lock(&self) -> Lock {
        Lock::Free
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        transaction.next_due().await
    }
}

/// [`Store::purge`](super::Store::purge).
pub(super) struct Purge {
    pub(super) now: i64,
}

impl Job for Purge {
    type Output = u64;

    fn lock(&self) -> Lock {
        Lock::Alone
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        transaction.purge(self.now).await
    }
}

/// What is stored about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// The open rounds that the person answered, with the answers.
    pub answered: Vec<(Facts, Ballot)>,
    /// The rounds that the person started, open or closed.
    pub started: Vec<Facts>,
}

/// [`Store::mine`](super::Store::mine).
pub(super) struct FindMine {
    pub(super) user: UserId,
}

impl Job for FindMine {
    type Output = Mine;

    fn lock(&self) -> Lock {
        Lock::Free
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        let mut answered = Vec::new();
        for (id, tag) in holding(transaction, self.user).await? {
            let answers = transaction.count(id, &tag).await?.1;
            let facts = transaction.load(id).await?.map(|round| round.facts);
            answered.extend(facts.zip(answers));
        }
        let mut started = Vec::new();
        for id in transaction.started(self.user).await? {
            started.extend(transaction.load(id).await?.map(|round| round.facts));
        }
        Ok(Mine { answered, started })
    }
}

/// Returns the open rounds that a person answered, with the person's tags. Each round has its own key, so each is
/// tried.
async fn holding<T: Transaction>(transaction: &mut T, user: UserId) -> Result<Vec<(RoundId, Tag)>, Stop> {
    let mut tags: Vec<_> = transaction.keys().await?.into_iter().map(|(id, key)| (id, key.tag(user))).collect();
    let holding = transaction.holding(&tags).await?;
    tags.retain(|(id, _)| holding.contains(id));
    Ok(tags)
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// The number of open rounds in which the person's answers were.
    pub answered: usize,
    /// The number of rounds that the person had started.
    pub started: u64,
}

/// [`Store::forget`](super::Store::forget).
pub(super) struct Forget {
    pub(super) user: UserId,
}

impl Job for Forget {
    type Output = Forgotten;

    fn lock(&self) -> Lock {
        Lock::Alone
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        // Rounds before answers: every transaction locks them in this order.
        let started = transaction.forget_starter(self.user).await?;
        let tags = holding(transaction, self.user).await?;
        for (id, tag) in &tags {
            transaction.remove(*id, tag).await?;
        }
        Ok(Forgotten { answered: tags.len(), started })
    }
}

/// [`Store::open_rounds`](super::Store::open_rounds).
pub(super) struct Count;

impl Job for Count {
    type Output = u64;

    fn lock(&self) -> Lock {
        Lock::Free
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        transaction.open_rounds().await
    }
}

/// A round with everything that is stored about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The round.
    pub round: Round,
    /// Its answers, while it is open.
    pub answers: Vec<(Tag, Ballot)>,
}

/// Time limit of PostgreSQL for reading or writing all rounds.
const EVERYTHING: Duration = Duration::from_secs(600);

/// [`Store::export`](super::Store::export).
pub(super) struct Export;

impl Job for Export {
    type Output = Vec<Kept>;

    fn lock(&self) -> Lock {
        Lock::Shared
    }

    fn patience(&self) -> Duration {
        EVERYTHING
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        let mut rounds = Vec::new();
        for id in transaction.ids().await? {
            if let Some(round) = transaction.load(id).await? {
                rounds.push(Kept { round, answers: transaction.answers(id).await? });
            }
        }
        Ok(rounds)
    }
}

/// [`Store::import`](super::Store::import).
pub(super) struct Import {
    pub(super) rounds: Vec<Kept>,
}

impl Job for Import {
    type Output = ();

    fn lock(&self) -> Lock {
        Lock::Alone
    }

    fn patience(&self) -> Duration {
        EVERYTHING
    }

    async fn run<T: Transaction>(&self, transaction: &mut T) -> Result<Self::Output, Stop> {
        for Kept { round, answers } in &self.rounds {
            let id = round.facts.id;
            if transaction.load(id).await?.is_some() {
                let found = format!("the round {} is there already", id.0);
                return Err(Stop::Failed(StoreError::new(Trouble::Other, found)));
            }
            transaction.insert(round).await?;
            for (tag, answers) in answers {
                transaction.put(id, tag, answers).await?;
            }
        }
        Ok(())
    }
}
