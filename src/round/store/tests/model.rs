//! Sequences of what several people do, with crashes in between, compared with a model that has no keys, hashes, rows
//! or transactions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::home::Home;
use super::*;
use crate::round::rules::DAY;
use crate::round::tally::{Before, Tally};

#[derive(Debug, Clone)]
enum Step {
    Open { by: u64, lasts: Option<i64> },
    Look { round: usize, by: u64 },
    Vote { round: usize, by: u64, seed: u64 },
    Withdraw { round: usize, by: u64 },
    Close { round: usize, by: u64, how: Close },
    AskAgain { round: usize, by: u64, lasts: Option<i64> },
    Export { round: usize, by: u64 },
    Posted { round: usize, by: u64 },
    Mine { by: u64 },
    Forget { by: u64 },
    CloseDue,
    Purge,
    TimePasses { seconds: i64 },
    Crash,
}

/// People 1 to 6; the sixth may manage messages.
fn step() -> impl Strategy<Value = Step> {
    let round = 0..4_usize;
    let by = 1..=6_u64;
    let lasts = prop_oneof![Just(None), (1..400_i64).prop_map(Some)];
    let how = prop_oneof![4 => Just(Close::Show), 1 => Just(Close::Delete)];
    prop_oneof![
        2 => (by.clone(), lasts.clone()).prop_map(|(by, lasts)| Step::Open { by, lasts }),
        1 => (round.clone(), by.clone()).prop_map(|(round, by)| Step::Look { round, by }),
        12 => (round.clone(), by.clone(), 0..4096_u64).prop_map(|(round, by, seed)| Step::Vote { round, by, seed }),
        2 => (round.clone(), by.clone()).prop_map(|(round, by)| Step::Withdraw { round, by }),
        2 => (round.clone(), by.clone(), how).prop_map(|(round, by, how)| Step::Close { round, by, how }),
        2 => (round.clone(), by.clone(), lasts).prop_map(|(round, by, lasts)| Step::AskAgain { round, by, lasts }),
        1 => (round.clone(), by.clone()).prop_map(|(round, by)| Step::Export { round, by }),
        1 => (round, by.clone()).prop_map(|(round, by)| Step::Posted { round, by }),
        1 => by.clone().prop_map(|by| Step::Mine { by }),
        1 => by.prop_map(|by| Step::Forget { by }),
        1 => Just(Step::CloseDue),
        1 => Just(Step::Purge),
        2 => prop_oneof![1..300_i64, Just(31 * DAY), Just(91 * DAY)].prop_map(|seconds| Step::TimePasses { seconds }),
        2 => Just(Step::Crash),
    ]
}

#[derive(Debug, Clone)]
struct Modelled {
    starter: Option<u64>,
    deadline: i64,
    again: bool,
    message: Option<u64>,
    votes: BTreeMap<u64, Ballot>,
    before: Option<Before>,
    /// The result and when it goes; `None` while the round is open.
    closed: Option<(Option<Tally>, i64)>,
    next: Option<u64>,
}

impl Modelled {
    fn close(&mut self, now: i64) {
        let votes: Vec<_> = std::mem::take(&mut self.votes).into_values().collect();
        self.closed = Some((Tally::of(&rules(), &votes), now + 90 * DAY));
    }

    fn is_due(&self, now: i64) -> bool {
        self.closed.is_none() && self.deadline <= now
    }
}

#[derive(Default)]
struct Model {
    rounds: BTreeMap<u64, Modelled>,
    now: i64,
    ids: u64,
}

impl Model {
    fn new_round(&mut self, by: u64, lasts: Option<i64>, before: Option<&Tally>, again: bool) -> u64 {
        self.ids += 1;
        let before = before.filter(|tally| tally.answered >= 5);
        let before = before.map(|tally| Before { answered: tally.answered, outcomes: tally.outcomes });
        let deadline = self.now + lasts.unwrap_or(30 * DAY);
        let (starter, votes) = (Some(by), BTreeMap::new());
        self.rounds.insert(
            self.ids,
            Modelled { starter, deadline, again, message: None, votes, before, closed: None, next: None },
        );
        self.ids
    }

    /// The id of one of the rounds there ever were.
    fn pick(&self, index: usize) -> u64 {
        self.ids.saturating_sub(index as u64)
    }

    fn view(&self, id: u64, by: u64) -> RoundView {
        let round = &self.rounds[&id];
        let facts = Facts {
            id: RoundId(id),
            server: SERVER,
            place: Place { channel: 9, locale: "en-US".to_owned() },
            message: round.message,
            starter: round.starter.map(UserId),
            deadline: round.deadline,
            again: round.again,
        };
        match &round.closed {
            None => RoundView::Open {
                facts,
                answered: u32::try_from(round.votes.len()).expect("few"),
                mine: round.votes.get(&by).cloned(),
            },
            Some((tally, _)) => {
                let before = round.before.filter(|_| tally.as_ref().is_some_and(|tally| tally.answered >= 5));
                RoundView::Closed { facts, tally: tally.clone(), before }
            }
        }
    }

    /// What a round shows to the one who asks; nothing else is asked of a round that is due than to close.
    fn ask(
        &mut self,
        id: u64,
        by: u64,
        act: impl FnOnce(&mut Modelled) -> Result<(), Refused>,
    ) -> Result<RoundView, Refused> {
        let now = self.now;
        let round = self.rounds.get_mut(&id).ok_or(Refused::NoSuchRound)?;
        if round.is_due(now) {
            round.close(now);
        } else {
            act(round)?;
        }
        Ok(self.view(id, by))
    }

    fn may(&self, id: u64, by: u64) -> bool {
        by == 6 || self.rounds.get(&id).is_some_and(|round| round.starter == Some(by))
    }

    fn close(&mut self, id: u64, by: u64, how: Close) -> Result<RoundView, Refused> {
        let (now, may) = (self.now, self.may(id, by));
        let round = self.rounds.get(&id).ok_or(Refused::NoSuchRound)?;
        if how == Close::Show {
            return self.ask(id, by, |round| match (&round.closed, may) {
                (Some(_), _) => Ok(()),
                (None, false) => Err(Refused::NotAllowed),
                (None, true) => {
                    round.close(now);
                    Ok(())
                }
            });
        }
        if round.closed.is_some() {
            return Err(Refused::AlreadyClosed);
        }
        if !may {
            return Err(Refused::NotAllowed);
        }
        self.rounds.remove(&id);
        Ok(RoundView::Deleted)
    }

    fn ask_again(&mut self, id: u64, by: u64, lasts: Option<i64>) -> Result<RoundView, Refused> {
        let (now, may) = (self.now, self.may(id, by));
        let round = self.rounds.get_mut(&id).ok_or(Refused::NoSuchRound)?;
        if round.is_due(now) {
            round.close(now);
            return Ok(self.view(id, by));
        }
        let Some((tally, _)) = round.closed.clone() else { return Err(Refused::StillOpen) };
        if !may {
            return Err(Refused::NotAllowed);
        }
        let (next, message) = (round.next, round.message);
        let next = next.filter(|next| self.rounds.contains_key(next));
        // The card is the successor's from then on.
        let next = next.unwrap_or_else(|| {
            self.rounds.get_mut(&id).expect("it is there").message = None;
            let next = self.new_round(by, lasts, tally.as_ref(), true);
            self.rounds.get_mut(&next).expect("it was just added").message = message;
            next
        });
        self.rounds.get_mut(&id).expect("it is there").next = Some(next);
        Ok(self.view(next, by))
    }
}

/// Plays steps on a store and on the model.
async fn play(mut home: Home, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut store = home.open().await;
    if let Home::Postgres(_) = home {
        store.migrate(0).await.expect("the schema goes down");
        store.migrate(NEWEST).await.expect("and up");
    }
    let mut model = Model::default();
    for step in steps {
        let now = model.now;
        let (round, by, command, wanted) = match step {
            Step::Open { by, lasts } => {
                let id = model.new_round(by, lasts, None, false);
                let place = Place { channel: 9, locale: "en-US".to_owned() };
                let command = Command::Open { place, deadline: lasts.map(|lasts| now + lasts) };
                (id, by, command, Ok(model.view(id, by)))
            }
            Step::Look { round, by } => {
                let id = model.pick(round);
                (id, by, Command::Look, model.ask(id, by, |_| Ok(())))
            }
            Step::Vote { round, by, seed } => {
                let (id, answers) = (model.pick(round), some_answers(seed));
                let wanted = model.ask(id, by, |round| {
                    if round.closed.is_none() {
                        round.votes.insert(by, answers.clone());
                    }
                    Ok(())
                });
                (id, by, Command::Vote { answers }, wanted)
            }
            Step::Withdraw { round, by } => {
                let id = model.pick(round);
                let wanted = model.ask(id, by, |round| {
                    round.votes.remove(&by);
                    Ok(())
                });
                (id, by, Command::Withdraw, wanted)
            }
            Step::Close { round, by, how } => {
                let id = model.pick(round);
                (id, by, Command::Close(how), model.close(id, by, how))
            }
            Step::AskAgain { round, by, lasts } => {
                let (id, next) = (model.pick(round), RoundId(model.ids + 1));
                let command = Command::AskAgain { round: next, deadline: lasts.map(|lasts| now + lasts) };
                (id, by, command, model.ask_again(id, by, lasts))
            }
            Step::Export { round, by } => {
                let id = model.pick(round);
                let wanted =
                    model.ask(id, by, |round| if round.closed.is_some() { Ok(()) } else { Err(Refused::StillOpen) });
                (id, by, Command::Export, wanted)
            }
            Step::Posted { round, by } => {
                let id = model.pick(round);
                let wanted = model.ask(id, by, |round| {
                    round.message = Some(by);
                    Ok(())
                });
                (id, by, Command::Posted { message: by }, wanted)
            }
            Step::Mine { by } => {
                let mine = store.mine(UserId(by)).await.expect("the store works");
                let answered: Vec<_> = mine.answered.iter().map(|(facts, told)| (facts.id.0, told.clone())).collect();
                let wanted: Vec<_> =
                    model.rounds.iter().filter_map(|(id, round)| Some((*id, round.votes.get(&by)?.clone()))).collect();
                let mut answered = answered;
                answered.sort_by_key(|(id, _)| *id);
                prop_assert_eq!(answered, wanted);
                let started: Vec<_> = mine.started.iter().map(|facts| facts.id.0).collect();
                let wanted = model.rounds.iter().filter(|(_, round)| round.starter == Some(by));
                prop_assert_eq!(started, wanted.map(|(id, _)| *id).collect::<Vec<_>>());
                continue;
            }
            Step::Forget { by } => {
                let forgotten = store.forget(UserId(by)).await.expect("the store works");
                let mut wanted = Forgotten { answered: 0, started: 0 };
                for round in model.rounds.values_mut() {
                    wanted.answered += usize::from(round.votes.remove(&by).is_some());
                    if round.starter == Some(by) {
                        round.starter = None;
                        wanted.started += 1;
                    }
                }
                prop_assert_eq!(forgotten, wanted);
                continue;
            }
            Step::CloseDue => {
                let closed = store.close_due(&shared_rules(), now).await.expect("the store works");
                let mut wanted = Vec::new();
                for (id, round) in &mut model.rounds {
                    if round.is_due(now) {
                        round.close(now);
                        wanted.push(*id);
                    }
                }
                let mut ids: Vec<_> = closed.iter().map(|closed| closed.facts.id.0).collect();
                ids.sort_unstable();
                prop_assert_eq!(ids, wanted);
                for closed in closed {
                    prop_assert_eq!(closed.view, model.view(closed.facts.id.0, 0));
                }
                let next =
                    model.rounds.values().filter(|round| round.closed.is_none()).map(|round| round.deadline).min();
                prop_assert_eq!(store.next_due().await, Ok(next));
                continue;
            }
            Step::Purge => {
                let before = model.rounds.len();
                model.rounds.retain(|_, round| round.closed.as_ref().is_none_or(|(_, expires)| *expires > now));
                prop_assert_eq!(store.purge(now).await, Ok((before - model.rounds.len()) as u64));
                continue;
            }
            Step::TimePasses { seconds } => {
                model.now += seconds;
                continue;
            }
            Step::Crash => {
                store = home.crash(store).await;
                continue;
            }
        };
        let by = Member { user: UserId(by), server: SERVER, may_manage: by == 6 };
        let request = Request { round: RoundId(round), by, now, command };
        let asked = format!("{request:?}");
        let found = store.execute(&shared_rules(), request).await.expect("the store works");
        prop_assert_eq!(found, wanted, "{}", asked);
    }
    let open = model.rounds.values().filter(|round| round.closed.is_none()).count();
    prop_assert_eq!(store.open_rounds().await, Ok(open as u64));
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn memory_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        runtime().block_on(play(Home::Memory, steps))?;
    }

    #[test]
    fn sqlite_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        runtime().block_on(play(Home::sqlite(), steps))?;
    }

    #[test]
    #[ignore = "needs PostgreSQL"]
    fn postgres_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        runtime().block_on(async { play(Home::postgres().await, steps).await })?;
    }
}
