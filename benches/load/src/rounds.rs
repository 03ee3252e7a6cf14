//! Team rounds in their stores: votes at the same time, the close of many rounds, and the memory that open rounds take.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;
use whichrole::interaction::UserId;
use whichrole::round::rules::Place;
use whichrole::round::store::PostgresSettings;
use whichrole::round::{Ballot, Command, Limits, Member, Request, RoundId, Rules, Store};

use crate::Arguments;
use crate::process::memory_of;
use crate::traffic::{Random, responses};

/// People who vote at the same time.
const PEOPLE: usize = 50;

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
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(with_suffix(&file, suffix));
    }
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
    let opened = together(0..rounds, |round| {
        let place = Place { channel: 9, locale: "en-US".to_owned() };
        ask(store, &rules, round, 1, Command::Open { place, deadline: Some(DEADLINE) })
    });
    let opened = opened.await?;
    line("opened", &opened, start.elapsed());
    println!("    {} KiB of memory more with {rounds} open rounds", memory_of("self")?.saturating_sub(before));

    let mut random = Random(42);
    let votes: Vec<_> = (0..arguments.votes as u64)
        .map(|vote| {
            let choices = [(); 3].map(|()| u8::try_from(random.next() % 4).expect("below four"));
            let answers = Ballot::new(&rules.questionnaire, &choices).expect("each core question has four choices");
            (random.next() % rounds, vote, answers)
        })
        .collect();
    let start = Instant::now();
    let voted =
        together(votes, |(round, person, answers)| ask(store, &rules, round, 1000 + person, Command::Vote { answers }));
    let voted = voted.await?;
    line("votes", &voted, start.elapsed());

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
    Ok(())
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
