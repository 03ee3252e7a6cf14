//! What only a file can do: be read by others, fill its disk, be locked, be something else.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::super::sqlite::Sqlite;
use super::home::Home;
use super::*;
use crate::round::rules::{State, Tag};

/// Everything on the disk: the file, its log and its index of the log.
fn bytes(file: &Path) -> TestResult<Vec<u8>> {
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(file.parent().ok_or("it is in no directory")?)? {
        bytes.extend(std::fs::read(file?.path())?);
    }
    Ok(bytes)
}

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Keys and tags of the open rounds, and the texts of their answers.
async fn secrets(store: &Store) -> TestResult<(Vec<Vec<u8>>, Vec<String>)> {
    let (mut hashes, mut texts) = (Vec::new(), Vec::new());
    for kept in store.export().await? {
        if let State::Open { key } = &kept.round.state {
            hashes.push(key.0.to_vec());
        }
        for (Tag(tag), answers) in kept.answers {
            // A page may begin in the middle of a hash, so each half counts.
            hashes.extend([tag[..16].to_vec(), tag[16..].to_vec()]);
            texts.push(answers.to_text());
        }
    }
    Ok((hashes, texts))
}

#[tokio::test]
async fn after_the_close_the_disk_tells_nothing() -> TestResult {
    let home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    for user in 1..=300 {
        ask(&store, user, 10, vote(user * 13)).await;
    }
    let (hashes, texts) = secrets(&store).await?;
    assert_eq!(texts.len(), 300);
    let before = bytes(&home.file())?;
    assert!(hashes.iter().take(9).all(|hash| has(&before, hash)), "an open round is on the disk for the test to see");
    assert!(texts.iter().take(9).all(|text| has(&before, text.as_bytes())));

    ask(&store, STARTER, 20, show()).await;
    // Traces are removed between two jobs.
    assert_eq!(store.open_rounds().await, Ok(0));
    let after = bytes(&home.file())?;
    assert_eq!(hashes.iter().filter(|hash| has(&after, hash)).count(), 0);
    assert!(!has(&after, b"wants="), "no answer is left");
    let log = home.file().with_extension("db-wal");
    assert_eq!(std::fs::metadata(log).map(|log| log.len()).ok(), Some(0), "the log is cut");
    Ok(())
}

/// Rounds share pages, so closing one must not leave it in the pages of the others.
#[tokio::test]
async fn after_the_close_of_one_among_many_the_disk_tells_nothing_of_it() -> TestResult {
    let home = Home::sqlite();
    let mut store = home.open().await;
    for id in 1..=12 {
        assert!(ask_of(&store, RoundId(id), STARTER, 0, open(1_000)).await.is_ok());
    }
    // By turns, and with changes, so that pages are split and filled in every way.
    for user in 1..=60 {
        for id in 1..=12 {
            assert!(ask_of(&store, RoundId(id), user, 10, vote(user * id)).await.is_ok());
        }
    }
    for user in 1..=60 {
        for id in 1..=12 {
            assert!(ask_of(&store, RoundId(id), user, 10, vote(user + id * 7)).await.is_ok());
        }
    }
    let kept = store.export().await?;
    for closing in kept.iter().filter(|kept| kept.round.facts.id.0 % 3 == 0) {
        let id = closing.round.facts.id;
        assert!(ask_of(&store, id, STARTER, 20, show()).await.is_ok());
        // The next job would remove traces only after a while; the end of the process does at once.
        drop(store);
        store = home.open().await;
        let after = bytes(&home.file())?;
        let State::Open { key } = &closing.round.state else { panic!("it was open") };
        assert!(!has(&after, &key.0), "the key of {id:?} is gone");
        let left = closing.answers.iter().filter(|(Tag(tag), _)| has(&after, &tag[..16]) || has(&after, &tag[16..]));
        assert_eq!(left.count(), 0, "hashes of {id:?} are left");
    }
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_answer_and_a_deleted_round_are_gone_from_the_disk() -> TestResult {
    let home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 5, 0, vote(5)).await;
    let (hashes, _) = secrets(&store).await?;
    ask(&store, 5, 0, Command::Withdraw).await;
    drop(store);
    let store = home.open().await;
    let after = bytes(&home.file())?;
    assert!(has(&after, &hashes[0]), "the key is there while the round is open");
    assert!(!has(&after, &hashes[1]) && !has(&after, b"wants="));
    ask(&store, 5, 0, vote(5)).await;
    ask(&store, STARTER, 0, Command::Close(Close::Delete)).await;
    drop(store);
    let after = bytes(&home.file())?;
    assert!(!has(&after, &hashes[0]) && !has(&after, &hashes[1]) && !has(&after, b"wants="));
    Ok(())
}

#[tokio::test]
async fn the_file_is_its_owners_only() -> TestResult {
    let home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    #[cfg(unix)]
    for file in std::fs::read_dir(home.file().parent().ok_or("it is in no directory")?)? {
        let file = file?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_done() -> TestResult {
    let home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 2, 0, vote(2)).await;
    drop(store);
    let limited = Sqlite::open_limited(&home.file(), 0)?;
    let store = Store::of(Kind::Sqlite(limited));
    let (mut confirmed, mut full) = (Vec::new(), None);
    for user in 3..2_000 {
        match store.execute(&shared_rules(), request(ROUND, user, 10, vote(user))).await {
            Ok(voted) => confirmed.push((user, voted?)),
            Err(error) => {
                full = Some(error);
                break;
            }
        }
    }
    let full = full.ok_or("the file could grow")?;
    assert_eq!(full.trouble, Trouble::Full);
    assert!(full.to_string().starts_with("the disk of the store of rounds is full: "), "{full}");
    drop(store);
    let store = home.open().await;
    let looked = ask(&store, 2, 20, Command::Look).await;
    assert_eq!(counted(&looked), (1 + u32::try_from(confirmed.len())?, true));
    ask(&store, 9_999, 20, vote(1)).await;
    Ok(())
}

#[tokio::test]
async fn a_locked_file_is_told_and_works_once_it_is_free() -> TestResult {
    let home = Home::sqlite();
    let store = Store::of(Kind::Sqlite(Sqlite::open_with(&home.file(), Duration::from_millis(1))?));
    store.migrate(NEWEST).await?;
    ask(&store, STARTER, 0, open(1_000)).await;
    // Another process opens it and locks it.
    let other = Connection::open(home.file())?;
    other.execute_batch("begin immediate")?;
    let busy = store.execute(&shared_rules(), request(ROUND, 2, 10, vote(2))).await.expect_err("it is locked");
    assert_eq!(busy.trouble, Trouble::Busy);
    assert_eq!(busy.to_string(), "the store of rounds is busy: database is locked");
    other.execute_batch("rollback")?;
    assert_eq!(counted(&ask(&store, 2, 10, vote(2)).await), (1, true));
    Ok(())
}

/// A reader in another process keeps the log from being cut at the close; the next job after it does.
#[tokio::test]
async fn a_log_that_could_not_be_cut_is_cut_later() -> TestResult {
    let home = Home::sqlite();
    let store = Store::of(Kind::Sqlite(Sqlite::open_with(&home.file(), Duration::from_millis(1))?));
    store.migrate(NEWEST).await?;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 2, 0, vote(2)).await;
    let other = Connection::open(home.file())?;
    other.execute_batch("begin; select * from round")?;
    ask(&store, STARTER, 0, show()).await;
    assert_eq!(store.open_rounds().await, Ok(0));
    assert!(has(&bytes(&home.file())?, b"wants="), "the reader still sees the answer");
    other.execute_batch("rollback")?;
    for _ in 0..2 {
        assert_eq!(store.open_rounds().await, Ok(0));
    }
    assert!(!has(&bytes(&home.file())?, b"wants="));
    Ok(())
}

#[tokio::test]
async fn what_is_no_store_is_told() -> TestResult {
    let home = Home::sqlite();
    std::fs::write(home.file(), "a text that is no database, and is long enough to be looked at ".repeat(20))?;
    let error = Store::sqlite(&home.file()).await.expect_err("it is no database");
    assert_eq!(error.trouble, Trouble::Broken);
    let told = error.to_string();
    assert!(told.starts_with("the store of rounds is damaged or something else: "), "{told}");
    assert!(told.ends_with("rounds.db: file is not a database"), "{told}");

    let missing = home.file().with_file_name("missing").join("rounds.db");
    let error = Store::sqlite(&missing).await.expect_err("its directory is missing");
    assert_eq!(error.trouble, Trouble::Refused);
    assert!(error.to_string().contains("missing/rounds.db: unable to open database file"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_told() -> TestResult {
    let home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    for user in 1..=300 {
        ask(&store, user, 0, vote(user)).await;
    }
    drop(store);
    let mut bytes = std::fs::read(home.file())?;
    for byte in &mut bytes[4096..] {
        *byte = 0xA5;
    }
    std::fs::write(home.file(), bytes)?;
    let broken = Store::sqlite(&home.file()).await.expect_err("it is damaged");
    assert_eq!(broken.trouble, Trouble::Broken);
    Ok(())
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() -> TestResult {
    let home = Home::sqlite();
    ask(&home.open().await, STARTER, 0, open(1_000)).await;
    // A newer whichrole opens it and migrates it.
    let other = Connection::open(home.file())?;
    other.execute_batch("update whichrole_schema set version = 99")?;
    let error = Store::sqlite(&home.file()).await.expect_err("it is newer");
    assert_eq!(
        error.to_string(),
        "the store of rounds was written by a newer whichrole: its schema is version 99; this whichrole knows 1"
    );
    let version: i64 = other.query_row("select version from whichrole_schema", [], |row| row.get(0))?;
    assert_eq!(version, 99);
    Ok(())
}

/// A process that ends between the close and the removal of its traces leaves that to the next one.
#[tokio::test]
async fn traces_that_a_killed_process_left_are_removed() -> TestResult {
    let mut home = Home::sqlite();
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    ask(&store, 2, 0, vote(2)).await;
    // Another process opens it and keeps the traces in the log.
    let other = Connection::open(home.file())?;
    other.execute_batch("begin; select * from round")?;
    ask(&store, STARTER, 0, show()).await;
    let store = home.crash(store).await;
    for _ in 0..2 {
        assert_eq!(store.open_rounds().await, Ok(0));
    }
    assert!(!has(&bytes(&home.file())?, b"wants="));
    Ok(())
}
