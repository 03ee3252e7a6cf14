//! `kill -9` while people vote: what was confirmed is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};

use super::home::Home;
use super::*;

const FILE: &str = "WHICHROLE_TEST_FILE";
const DATABASE: &str = "WHICHROLE_TEST_DATABASE";

/// The process that is killed: it opens the round and lets one person after the other vote, forever.
#[tokio::test]
#[ignore = "the process that the tests below kill"]
async fn people_vote_until_killed() -> TestResult {
    let store = if let Some(file) = std::env::var_os(FILE) {
        Store::sqlite(Path::new(&file)).await?
    } else if let Ok(url) = std::env::var(DATABASE) {
        let settings = PostgresSettings { url, connections: 8, authorities: None };
        Store::postgres(&settings, None).await?
    } else {
        return Ok(());
    };
    let store = Arc::new(store);
    ask(&store, STARTER, 0, open(1_000)).await;
    let first: u64 = std::env::var("WHICHROLE_TEST_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    // Four at a time, so that the kill meets votes under way.
    let voters = (0..4).map(|lane| {
        let store = store.clone();
        tokio::spawn(async move {
            for user in (first + lane..).step_by(4) {
                ask(&store, user, 10, vote(user)).await;
                println!("voted {user}");
            }
        })
    });
    for voter in voters.collect::<Vec<_>>() {
        voter.await?;
    }
    Ok(())
}

fn start(variable: &str, value: &std::ffi::OsStr, first: u64) -> TestResult<Child> {
    Ok(Process::new(std::env::current_exe()?)
        .args(["--exact", "round::store::tests::killed::people_vote_until_killed", "--ignored", "--nocapture"])
        .env(variable, value)
        .env("WHICHROLE_TEST_FIRST", first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?)
}

/// Reads what a process confirms until it has confirmed this many votes, kills it, and reads the rest.
fn confirmed(mut child: Child, votes: usize) -> TestResult<Vec<u64>> {
    let mut confirmed = Vec::new();
    let lines = BufReader::new(child.stdout.take().ok_or("it is not piped")?).lines();
    for line in lines {
        let line = line?;
        // The name of the test stands before the first line.
        let Some((_, user)) = line.split_once("voted ") else { continue };
        confirmed.push(user.parse()?);
        if confirmed.len() == votes {
            child.kill()?;
        }
    }
    child.wait()?;
    assert!(confirmed.len() >= votes, "it confirmed {} votes only", confirmed.len());
    Ok(confirmed)
}

async fn all_are_there(store: &Store, confirmed: &[u64]) {
    for &user in confirmed {
        let RoundView::Open { answered, mine, .. } = ask(store, user, 20, Command::Look).await else {
            panic!("it is open");
        };
        assert_eq!(mine, Some(some_answers(user)), "the vote of {user}");
        assert!(answered as usize >= confirmed.len());
    }
}

#[tokio::test]
async fn what_sqlite_confirmed_is_there() -> TestResult {
    let home = Home::sqlite();
    let mut all = Vec::new();
    for turn in 0..3_u64 {
        let child = start(FILE, home.file().as_os_str(), 1 + turn * 100_000)?;
        all.extend(confirmed(child, 200)?);
        all_are_there(&home.open().await, &all).await;
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn of_two_processes_one_is_killed_and_postgres_has_what_both_confirmed() -> TestResult {
    let home = Home::postgres().await;
    let url = home.settings().url.clone();
    let one = start(DATABASE, url.as_ref(), 1)?;
    let other = start(DATABASE, url.as_ref(), 100_001)?;
    let mut all = confirmed(one, 200)?;
    all.extend(confirmed(other, 400)?);
    all_are_there(&home.open().await, &all).await;
    Ok(())
}
