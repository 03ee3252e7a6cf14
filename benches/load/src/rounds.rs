//! Team rounds in their stores: votes at the same time and at a steady rate, the close of many rounds and of large ones,
//! and the memory that open rounds take.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use whichrole::interaction::UserId;
use whichrole::round::rules::{Close, Place};
use whichrole::round::store::PostgresSettings;
use whichrole::round::{Ballot, Command, Limits, Member, Request, RoundId, Rules, Store};

use crate::Arguments;
use crate::process::memory_of;
use crate::traffic::{Random, responses};

/// People who vote at the same time.
const PEOPLE: usize = 50;

/// Votes a second where they do not come as fast as they can, and how many of them.
const PACE: u32 = 200;
const PACED: u64 = 2_000;

/// When the rounds are opened, and until when people may answer, in Unix seconds.
const OPENED: i64 = 1_800_000_000;
const DEADLINE: i64 = OPENED + 3600;

/// Measures a SQLite file in the folder for temporary files, and a PostgreSQL database if there is a URL. The store runs in
/// this process, with its syncs to disk as in the bot, and starts empty.
pub(crate) async fn measure(arguments: &Arguments) -> io::Result<()> {
    let file = std::env::temp_dir().join(format!("whichrole-load-{}.db", std::process::id()));
    let store = Store::sqlite(&file).await.map_err(io::Error::other)?;
    one("SQLite", arguments, &store).await?;
    println!("    {} KiB of files", size_of(&file));
    drop(store);
    remove_files(&file);
    if let Some(url) = &arguments.postgres {
        let settings = PostgresSettings::new(url);
        let store = Store::postgres(&settings, None).await.map_err(io::Error::other)?;
        store.migrate(0).await.map_err(io::Error::other)?;
        store.prepare().await.map_err(io::Error::other)?;
        one("PostgreSQL", arguments, &store).await?;
        store.migrate(0).await.map_err(io::Error::other)?;
    }
    Ok(())
}

async fn one(name: &str, arguments: &Arguments, store: &Store) -> io::Result<()> {
    let responses = responses();
    let limits = Limits::default();
    let (questionnaire, team) = (responses.questionnaire.clone(), responses.team.clone());
    let rules = Arc::new(Rules { questionnaire, team, limits });
    let rounds = u64::try_from(arguments.rounds).map_err(io::Error::other)?;
    println!("\n{name}: {rounds} rounds, {} votes by {PEOPLE} people at a time", arguments.votes);

    let before = memory_of("self")?;
    let start = Instant::now();
    let opened = together(0..rounds, |round| ask(store, &rules, round, 1, open())).await?;
    line("opened", &opened, start.elapsed());
    println!("    {} KiB of memory more with {rounds} open rounds", memory_of("self")?.saturating_sub(before));

    let mut random = Random(42);
    let mut votes = |count: u64, first: u64| -> Vec<_> {
        let vote = |person| (random.next() % rounds, person, ballot(&rules, random.next()));
        (first..first + count).map(vote).collect()
    };
    let vote = |(round, person, answers)| ask(store, &rules, round, person, Command::Vote { answers });
    let start = Instant::now();
    let voted = together(votes(arguments.votes as u64, 1_000), vote).await?;
    line("votes", &voted, start.elapsed());

    let start = tokio::time::Instant::now();
    let paced = votes(PACED, 1_000_000).into_iter().zip(0_u32..).map(async |(voter, index)| {
        let due = start + Duration::from_secs(1) * index / PACE;
        tokio::time::sleep_until(due).await;
        vote(voter).await?;
        Ok(due.elapsed())
    });
    let mut paced = join_all(paced).await.into_iter().collect::<io::Result<Vec<_>>>()?;
    paced.sort_unstable();
    line("votes that come at 200 a second", &paced, start.elapsed());

    let start = Instant::now();
    store.mine(UserId(1_000)).await.map_err(io::Error::other)?;
    println!("    what is stored on one person found in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);

    let start = Instant::now();
    let mut closed = 0;
    loop {
        let now = store.close_due(&rules, DEADLINE + 1).await.map_err(io::Error::other)?.len();
        closed += now;
        if now == 0 {
            break;
        }
    }
    assert_eq!(closed, arguments.rounds, "every round is closed at its deadline");
    println!("    closed: {closed} in {:.1} s", start.elapsed().as_secs_f64());

    for count in [1_000, 10_000] {
        let round = rounds + count;
        ask(store, &rules, round, 1, open()).await?;
        let vote = |person| ask(store, &rules, round, person, Command::Vote { answers: ballot(&rules, person) });
        together(1..=count, vote).await?;
        let close = ask(store, &rules, round, 1, Command::Close(Close::Show)).await?;
        println!("    one round with {count} answers closed in {:.0} ms", close.as_secs_f64() * 1e3);
    }
    Ok(())
}

fn open() -> Command {
    Command::Open { place: Place { channel: 9, locale: "en-US".to_owned() }, deadline: Some(DEADLINE) }
}

/// Some answers to the core questions, which have at least four choices each.
fn ballot(rules: &Rules, seed: u64) -> Ballot {
    let choices = [seed, seed / 4, seed / 16].map(|choice| u8::try_from(choice % 4).expect("below four"));
    Ballot::new(&rules.questionnaire, &choices).expect("these choices follow the questions")
}

/// Asks something of a round, and returns how long that took.
async fn ask(store: &Store, rules: &Arc<Rules>, round: u64, person: u64, command: Command) -> io::Result<Duration> {
    let by = Member { user: UserId(person), server: 5, may_manage: false };
    let request = Request { round: RoundId(1 + round), by, now: OPENED, command };
    let start = Instant::now();
    let found = store.execute(rules, request).await.map_err(io::Error::other)?;
    found.map_err(|refused| io::Error::other(format!("refused: {refused:?}")))?;
    Ok(start.elapsed())
}

/// Does it for each item, for [`PEOPLE`] at a time, and returns all times in order of size.
async fn together<T, F: Future<Output = io::Result<Duration>>>(
    items: impl IntoIterator<Item = T>,
    each: impl Fn(T) -> F,
) -> io::Result<Vec<Duration>> {
    let times = stream::iter(items).map(each).buffer_unordered(PEOPLE).collect::<Vec<_>>().await;
    let mut times = times.into_iter().collect::<io::Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times)
}

fn line(what: &str, times: &[Duration], took: Duration) {
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
    let ms = |part| at(part).copied().unwrap_or_default().as_secs_f64() * 1e3;
    let rate = times.len() as f64 / took.as_secs_f64();
    println!("    {what}: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms", ms(50), ms(99));
}

/// Removes a SQLite file and what belongs to it; not all of that is always there.
pub(crate) fn remove_files(file: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(with_suffix(file, suffix));
    }
}

fn with_suffix(file: &Path, suffix: &str) -> String {
    format!("{}{suffix}", file.display())
}

/// The size of a SQLite file and its write-ahead log, in KiB.
fn size_of(file: &Path) -> u64 {
    ["", "-wal"]
        .iter()
        .filter_map(|suffix| std::fs::metadata(with_suffix(file, suffix)).ok())
        .map(|it| it.len())
        .sum::<u64>()
        / 1024
}
