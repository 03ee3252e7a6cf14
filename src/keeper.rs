//! Keeps the rounds of a running bot: closes each when its deadline passes, deletes results that were kept for long enough,
//! and tells the operator how the store does.
//!
//! A round does not depend on it: after the deadline any press closes it, too. And several keepers, one in each process, do
//! no harm: the store gives each round to the first that closes it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep};

use crate::backoff::{Backoff, Pace};
use crate::round::store::{Closed, Trouble};
use crate::round::{Rounds, StoreError};
use crate::service::Service;

/// The longest time between two looks at the deadlines: a clock may jump, and another process may open a round.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The shortest, unless a round was just closed: deadlines are whole seconds.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The time between two searches for results to delete.
const PURGE_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// The least time between two log lines about the same trouble.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Keeps the rounds for as long as the process runs. Each round that is closed here goes to `closed`, for whoever brings its
/// card up to date. `now` is the time in Unix seconds.
pub(crate) async fn run(service: Arc<Service>, closed: UnboundedSender<Closed>, now: impl Fn() -> i64) {
    if let Some(rounds) = &service.rounds {
        tokio::join!(keep(&service, rounds, &closed, now), report(&service, rounds));
    }
}

async fn keep(service: &Service, rounds: &Rounds, closed: &UnboundedSender<Closed>, now: impl Fn() -> i64) {
    let mut backoff = Backoff::new(Pace::STORE);
    let mut purged = None;
    loop {
        match look(service, rounds, closed, now(), &mut purged).await {
            Ok(pause) => {
                backoff.succeed();
                tokio::select! {
                    () = sleep(pause) => {}
                    () = rounds.store.round_opened() => {}
                }
            }
            // `report` tells it.
            Err(_) => backoff.wait_after_failure().await,
        }
    }
}

/// Does what is to be done now, and returns the time until the next look. `purged` is the time of the last search for
/// results to delete.
async fn look(
    service: &Service,
    rounds: &Rounds,
    closed: &UnboundedSender<Closed>,
    now: i64,
    purged: &mut Option<Instant>,
) -> Result<Duration, StoreError> {
    let store = &rounds.store;
    if store.is_unprepared() {
        store.prepare().await?;
    }
    if purged.is_none_or(|purged| purged.elapsed() >= PURGE_INTERVAL) {
        let results = store.purge(now).await?;
        *purged = Some(Instant::now());
        if results > 0 {
            tracing::info!(results, "results of rounds were kept for long enough and are deleted");
        }
    }
    let responses = service.responses();
    let rules = rounds.rules(&responses.questionnaire, &responses.team);
    let (mut count, mut failed) = (0_u32, Ok(()));
    for round in store.due(now).await? {
        match store.close_if_due(&rules, round, now).await {
            Ok(Some(done)) => {
                count += 1;
                // With nobody to take it, the card shows the result when somebody presses a button on it.
                let _ = closed.send(done);
            }
            Ok(None) => {}
            // A round that cannot be read keeps no other from being closed.
            Err(error) if error.trouble == Trouble::Broken => failed = Err(error),
            Err(error) => return Err(error),
        }
    }
    if count > 0 {
        tracing::info!(rounds = count, "rounds were closed at their deadline");
    }
    failed?;
    service.metrics.open_rounds(store.open_rounds().await?);
    let next = store.next_due().await?.map_or(i64::MAX, |deadline| deadline.saturating_sub(now));
    let pause = Duration::from_secs(u64::try_from(next).unwrap_or(0)).min(LONGEST_PAUSE);
    // There may be more rounds than one look closes.
    Ok(if count > 0 { pause } else { pause.max(SHORTEST_PAUSE) })
}

/// Tells in `/readyz` whether the store works, and in the log when that changes.
async fn report(service: &Service, rounds: &Rounds) {
    let mut failing = rounds.store.failing();
    let mut lines = Lines::default();
    loop {
        let error = failing.borrow_and_update().clone();
        let why = error.as_ref().map(ToString::to_string);
        service.readiness.round_store(why.as_deref().map_or(Ok(()), Err));
        match &error {
            Some(error) if lines.is_due(error.trouble, Instant::now()) => {
                let reason = error.trouble.label();
                tracing::warn!(reason, %error, "team rounds fail; commands without a round are answered as ever");
            }
            None if lines.tell_recovery() => tracing::info!("team rounds work again"),
            _ => {}
        }
        if failing.changed().await.is_err() {
            return;
        }
    }
}

/// When each trouble had its last line in the log, and whether the last line of all was about one.
#[derive(Default)]
struct Lines {
    last: [Option<Instant>; Trouble::ALL.len()],
    failing: bool,
}

impl Lines {
    fn is_due(&mut self, trouble: Trouble, now: Instant) -> bool {
        let index = Trouble::ALL.iter().position(|known| *known == trouble).expect("ALL has every trouble");
        let due = self.last[index].is_none_or(|last| now.duration_since(last) >= LOG_INTERVAL);
        if due {
            self.last[index] = Some(now);
            self.failing = true;
        }
        due
    }

    fn tell_recovery(&mut self) -> bool {
        std::mem::take(&mut self.failing)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::TestResult;
    use crate::advisor::testing;
    use crate::bot::Defaults;
    use crate::interaction::UserId;
    use crate::load::load;
    use crate::responses::Source;
    use crate::round::rules::Place;
    use crate::round::{Ballot, Command, Limits, Member, Request, RoundId, RoundView, Store};

    const START: i64 = 1_000_000;

    fn service(store: Store, limits: Limits) -> TestResult<Arc<Service>> {
        let responses = load(&Source::BuiltIn, "en-US")?;
        let mut service = Service::new(responses, Defaults::default());
        service.rounds = Some(Rounds::new(store.measured(service.metrics.round_store()), limits));
        Ok(Arc::new(service))
    }

    /// Starts a keeper whose clock is tokio's, so that a test may let time pass.
    fn keep(service: &Arc<Service>) -> UnboundedReceiver<Closed> {
        let (closed, received) = unbounded_channel();
        let started = Instant::now();
        let now = move || START + i64::try_from(started.elapsed().as_secs()).expect("a test is short");
        tokio::spawn(run(Arc::clone(service), closed, now));
        received
    }

    async fn ask(service: &Service, round: u64, user: u64, command: Command) -> TestResult<RoundView> {
        let rounds = service.rounds.as_ref().ok_or("there are no rounds")?;
        let responses = service.responses();
        let rules = rounds.rules(&responses.questionnaire, &responses.team);
        let by = Member { user: UserId(user), server: 7, may_manage: false };
        let request = Request { round: RoundId(round), by, now: START, command };
        Ok(rounds.store.execute(&rules, request).await??)
    }

    async fn open(service: &Service, round: u64, seconds: i64) -> TestResult {
        let place = Place { channel: 9, locale: "en-US".to_owned() };
        ask(service, round, 1, Command::Open { place, deadline: Some(START + seconds) }).await?;
        Ok(())
    }

    async fn vote(service: &Service, round: u64, user: u64) -> TestResult {
        let questionnaire = &service.responses().questionnaire;
        let choices = testing::answers(questionnaire, &["product", "making", "customers"]);
        let answers = Ballot::new(questionnaire, &choices)?;
        ask(service, round, user, Command::Vote { answers }).await?;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn each_round_is_closed_when_its_deadline_passes() -> TestResult {
        let service = service(Store::memory(), Limits::default())?;
        let started = Instant::now();
        for (round, seconds) in [(1, 30), (2, 90), (3, 3_600)] {
            open(&service, round, seconds).await?;
            for user in 1..=3 {
                vote(&service, round, user).await?;
            }
        }
        let mut closed = keep(&service);
        for (round, seconds) in [(1, 30), (2, 90), (3, 3_600)] {
            let done = closed.recv().await.ok_or("the keeper has ended")?;
            assert_eq!((done.facts.id, started.elapsed().as_secs()), (RoundId(round), seconds));
            let RoundView::Closed { tally: Some(tally), .. } = done.view else { panic!("{:?}", done.view) };
            assert_eq!(tally.answered, 3);
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_opened_meanwhile_with_an_earlier_deadline_is_closed_in_time() -> TestResult {
        let service = service(Store::memory(), Limits::default())?;
        let started = Instant::now();
        let mut closed = keep(&service);
        sleep(Duration::from_secs(2)).await;
        open(&service, 1, 10).await?;
        let printed = |line: &str| service.metrics.text().lines().any(|printed| printed == line);
        sleep(Duration::from_secs(1)).await;
        assert!(printed("whichrole_open_rounds 1"), "{}", service.metrics.text());
        assert_eq!(closed.recv().await.ok_or("the keeper has ended")?.facts.id, RoundId(1));
        assert_eq!(started.elapsed().as_secs(), 10);
        assert!(printed("whichrole_open_rounds 0"), "{}", service.metrics.text());
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_is_deleted_when_it_was_kept_for_long_enough() -> TestResult {
        let service = service(Store::memory(), Limits { results_kept: 3_600, ..Limits::default() })?;
        open(&service, 1, 10).await?;
        let mut closed = keep(&service);
        closed.recv().await.ok_or("the keeper has ended")?;
        let store = &service.rounds.as_ref().ok_or("there are no rounds")?.store;
        sleep(Duration::from_secs(3_500)).await;
        assert_eq!(store.export().await?.len(), 1);
        sleep(Duration::from_secs(100) + PURGE_INTERVAL + LONGEST_PAUSE).await;
        assert_eq!(store.export().await?.len(), 0);
        Ok(())
    }

    async fn on_file(path: &Path) -> TestResult<Arc<Service>> {
        service(Store::sqlite(path).await?, Limits::default())
    }

    #[tokio::test]
    async fn of_two_keepers_on_one_store_one_closes_each_round() -> TestResult {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("rounds.db");
        let services = [on_file(&path).await?, on_file(&path).await?];
        for round in 1..=150 {
            open(&services[0], round, -1).await?;
        }
        let (closed, mut received) = unbounded_channel();
        let keepers = services.map(|service| tokio::spawn(run(service, closed.clone(), || START)));
        drop(closed);
        let mut seen = BTreeSet::new();
        while seen.len() < 150 {
            let done = received.recv().await.ok_or("the keepers have ended")?;
            assert!(seen.insert(done.facts.id), "{:?} was closed twice", done.facts.id);
        }
        keepers.iter().for_each(tokio::task::JoinHandle::abort);
        assert_eq!(received.recv().await, None, "nothing was closed twice");
        Ok(())
    }

    #[tokio::test]
    async fn a_store_that_fails_is_told_until_it_works_again() -> TestResult {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("rounds.db");
        let service = on_file(&path).await?;
        open(&service, 1, -1).await?;
        let holder = rusqlite::Connection::open(&path)?;
        holder.execute_batch("begin immediate")?;
        let mut failing = service.rounds.as_ref().ok_or("there are no rounds")?.store.failing();
        let mut closed = keep(&service);

        let told = failing.wait_for(Option::is_some).await.map_err(|_| "the keeper has ended")?.clone();
        tokio::task::yield_now().await;
        let status = || service.readiness.snapshot().status(std::time::Instant::now()).to_string();
        let why = told.ok_or("it does not fail")?.to_string();
        assert!(why.starts_with("the store of rounds is busy"), "{why}");
        assert!(
            status().contains(&format!("\nwarning: team rounds fail, everything else works: {why}\n")),
            "{}",
            status()
        );
        let printed = service.metrics.text();
        assert!(printed.contains("\nwhichrole_round_store_failures_total{reason=\"busy\"} 1\n"), "{printed}");

        holder.execute_batch("rollback")?;
        assert_eq!(closed.recv().await.ok_or("the keeper has ended")?.facts.id, RoundId(1));
        failing.wait_for(Option::is_none).await.map_err(|_| "the keeper has ended")?;
        tokio::task::yield_now().await;
        assert!(!status().contains("team rounds"), "{}", status());
        Ok(())
    }

    #[test]
    fn each_trouble_has_a_line_a_minute_and_the_recovery_one() {
        let mut lines = Lines::default();
        let now = Instant::now();
        assert!(!lines.tell_recovery(), "nothing was told");
        for trouble in Trouble::ALL {
            assert!(lines.is_due(trouble, now), "{trouble:?}");
            assert!(!lines.is_due(trouble, now + LOG_INTERVAL - Duration::from_millis(1)), "{trouble:?}");
        }
        assert!(lines.tell_recovery() && !lines.tell_recovery());
        assert!(lines.is_due(Trouble::Away, now + LOG_INTERVAL));
    }
}
