//! What every store must do.

use super::home::Home;
use super::*;

/// Runs a test over memory and SQLite, and with a database at hand over PostgreSQL.
macro_rules! over_all_stores {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Home::Memory).await;
            })*
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Home::sqlite()).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            #[ignore = "needs PostgreSQL"]
            async fn $name() {
                super::$name(super::Home::postgres().await).await;
            })*
        }
    };
}

over_all_stores!(
    a_round_from_its_opening_to_its_end,
    votes_at_the_same_time_count_once_each,
    the_same_opening_twice_is_one_round,
    a_due_round_is_closed_by_one,
    what_is_stored_on_a_person_is_told_and_deleted,
    everything_moves_to_another_store,
    the_schema_goes_down_and_up_again,
    asking_again_twice_is_one_successor,
);

async fn a_round_from_its_opening_to_its_end(mut home: Home) {
    let store = home.open().await;
    let opened = ask(&store, STARTER, 0, open(1_000)).await;
    assert_eq!(counted(&opened), (0, false));
    for user in 1..=5 {
        let voted = ask(&store, user, 10, vote(user)).await;
        assert_eq!(counted(&voted), (u32::try_from(user).expect("few"), true));
    }
    let RoundView::Open { mine, .. } = ask(&store, 3, 20, Command::Look).await else { panic!("it is open") };
    assert_eq!(mine, Some(some_answers(3)));
    let store = home.crash(store).await;
    assert_eq!(counted(&ask(&store, 3, 20, Command::Withdraw).await), (4, false));
    assert_eq!(counted(&ask(&store, 3, 20, Command::Withdraw).await), (4, false));
    assert_eq!(counted(&ask(&store, 3, 20, vote(33)).await), (5, true));
    assert_eq!(ask_of(&store, ROUND, 2, 30, show()).await, Err(Refused::NotAllowed));
    let RoundView::Closed { tally: Some(tally), .. } = ask(&store, STARTER, 40, show()).await else {
        panic!("five are enough");
    };
    let voted = [1, 2, 4, 5, 33].map(some_answers);
    assert_eq!(Some(&tally), crate::round::Tally::of(&rules(), &voted).as_ref());
    let store = home.crash(store).await;
    for command in [Command::Look, vote(1), Command::Withdraw, Command::Export, show()] {
        let RoundView::Closed { tally: Some(found), .. } = ask(&store, 2, 50, command).await else {
            panic!("it stays closed");
        };
        assert_eq!(found, tally);
    }
    assert_eq!(store.next_due().await, Ok(None));
    let kept_until = 40 + rules().limits.results_kept;
    assert_eq!(store.purge(kept_until - 1).await, Ok(0));
    assert_eq!(store.purge(kept_until).await, Ok(1));
    assert_eq!(ask_of(&store, ROUND, 2, 50, Command::Look).await, Err(Refused::NoSuchRound));
}

async fn votes_at_the_same_time_count_once_each(home: Home) {
    let stores = [Arc::new(home.open().await), Arc::new(home.open().await)];
    let stores = if matches!(home, Home::Memory) { [stores[0].clone(), stores[0].clone()] } else { stores };
    ask(&stores[0], STARTER, 0, open(1_000)).await;
    // Each of 20 people votes twice, through either process.
    let votes = (0..40_u64).map(|index| {
        let store = stores[(index % 2) as usize].clone();
        tokio::spawn(async move { ask(&store, 1 + index / 2, 10, vote(index)).await })
    });
    for voted in votes.collect::<Vec<_>>() {
        assert!(counted(&voted.await.expect("no vote panics")).1);
    }
    assert_eq!(counted(&ask(&stores[1], 1, 20, Command::Look).await), (20, true));
}

async fn the_same_opening_twice_is_one_round(home: Home) {
    let one = Arc::new(home.open().await);
    let other = if matches!(home, Home::Memory) { one.clone() } else { Arc::new(home.open().await) };
    let opened: Vec<_> = [one.clone(), other, one.clone()]
        .map(|store| tokio::spawn(async move { ask(&store, STARTER, 0, open(1_000)).await }))
        .into();
    for opened in opened {
        assert_eq!(counted(&opened.await.expect("no opening panics")), (0, false));
    }
    ask(&one, 2, 10, vote(2)).await;
    // Again, and the vote is still there.
    assert_eq!(counted(&ask(&one, 2, 20, open(1_000)).await), (1, true));
    assert_eq!(one.open_rounds().await, Ok(1));
}

async fn a_due_round_is_closed_by_one(home: Home) {
    let one = Arc::new(home.open().await);
    let other = if matches!(home, Home::Memory) { one.clone() } else { Arc::new(home.open().await) };
    for id in 1..=5 {
        assert!(ask_of(&one, RoundId(id), STARTER, 0, open(1_000)).await.is_ok());
        for user in 1..=3 {
            assert!(ask_of(&one, RoundId(id), user, 10, vote(user)).await.is_ok());
        }
    }
    assert_eq!(one.next_due().await, Ok(Some(1_000)));
    assert_eq!(one.close_due(&shared_rules(), 999).await, Ok(Vec::new()));
    let closing: Vec<_> = [one.clone(), other.clone(), one.clone(), other.clone()]
        .map(|store| tokio::spawn(async move { store.close_due(&shared_rules(), 1_000).await }))
        .into();
    let mut closed = Vec::new();
    for closing in closing {
        closed.extend(closing.await.expect("no closing panics").expect("the store works"));
    }
    closed.sort_by_key(|closed| closed.facts.id);
    assert_eq!(closed.iter().map(|closed| closed.facts.id.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(closed.iter().all(|closed| matches!(closed.view, RoundView::Closed { tally: Some(_), .. })));
    assert_eq!(other.open_rounds().await, Ok(0));
}

async fn what_is_stored_on_a_person_is_told_and_deleted(home: Home) {
    let store = home.open().await;
    for id in 1..=3 {
        assert!(ask_of(&store, RoundId(id), id, 0, open(1_000)).await.is_ok());
        assert!(ask_of(&store, RoundId(id), 9, 0, vote(9)).await.is_ok());
    }
    assert!(ask_of(&store, RoundId(1), 2, 0, vote(2)).await.is_ok());
    assert!(ask_of(&store, RoundId(3), 3, 0, show()).await.is_ok());
    let ids = |facts: &[Facts]| facts.iter().map(|facts| facts.id.0).collect::<Vec<_>>();

    let mine = store.mine(UserId(2)).await.expect("the store works");
    assert_eq!(mine.answered.iter().map(|(facts, _)| facts.id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(mine.answered[0].1, some_answers(2));
    assert_eq!(ids(&mine.started), [2]);
    let mine = store.mine(UserId(3)).await.expect("the store works");
    assert_eq!((mine.answered, ids(&mine.started)), (Vec::new(), vec![3]));

    assert_eq!(store.forget(UserId(2)).await, Ok(Forgotten { answered: 1, started: 1 }));
    assert_eq!(store.mine(UserId(2)).await, Ok(Mine { answered: Vec::new(), started: Vec::new() }));
    assert_eq!(store.forget(UserId(2)).await, Ok(Forgotten { answered: 0, started: 0 }));
    // The rounds stay, with what the others said.
    let looked = ask_of(&store, RoundId(1), 9, 0, Command::Look).await.expect("the round is there");
    assert_eq!(counted(&looked), (1, true));
    assert_eq!(ask_of(&store, RoundId(2), 2, 0, show()).await, Err(Refused::NotAllowed));
}

async fn everything_moves_to_another_store(home: Home) {
    let old = home.open().await;
    for id in 1..=3 {
        assert!(ask_of(&old, RoundId(id), STARTER, 0, open(1_000)).await.is_ok());
        for user in 1..=6 {
            assert!(ask_of(&old, RoundId(id), user, 0, vote(user)).await.is_ok());
        }
    }
    assert!(ask_of(&old, RoundId(2), STARTER, 0, show()).await.is_ok());
    let again = Command::AskAgain { round: RoundId(4), deadline: None };
    assert!(ask_of(&old, RoundId(2), STARTER, 0, again).await.is_ok());
    assert!(ask_of(&old, RoundId(3), STARTER, 0, Command::Posted { message: 77 }).await.is_ok());

    let kept = old.export().await.expect("the store works");
    assert_eq!(kept.len(), 4);
    for new in [Store::memory(), Home::sqlite().open().await] {
        new.import(kept.clone()).await.expect("the new store is empty");
        assert_eq!(new.export().await.as_ref(), Ok(&kept));
        // A person's answers are still theirs, and can be changed.
        let voted = ask_of(&new, RoundId(1), 3, 0, vote(44)).await.expect("the round is there");
        assert_eq!(counted(&voted), (6, true));
        let twice = new.import(kept.clone()).await.expect_err("the rounds are there already");
        assert_eq!(twice.to_string(), "the store of rounds failed: the round 1 is there already");
        let voted = ask_of(&new, RoundId(1), 3, 0, Command::Look).await;
        assert!(matches!(voted, Ok(RoundView::Open { mine: Some(mine), .. }) if mine == some_answers(44)));
    }
    // Moving leaves nothing behind, and a store with rounds in it is not moved into.
    let new = Home::sqlite().open().await;
    let moved = old.move_into(&new).await.expect("the new store is empty");
    assert_eq!(moved, Moved { open: 3, answers: 12, closed: 1 });
    assert_eq!((old.export().await, new.export().await.as_ref()), (Ok(Vec::new()), Ok(&kept)));
    assert_eq!(old.move_into(&new).await, Err(MoveError::NotEmpty(4)));
    // And back.
    assert_eq!(new.move_into(&old).await, Ok(moved));
    assert_eq!((new.export().await, old.export().await), (Ok(Vec::new()), Ok(kept)));
}

async fn the_schema_goes_down_and_up_again(mut home: Home) {
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    store.migrate(NEWEST).await.expect("it is there already");
    assert_eq!(store.open_rounds().await, Ok(1));
    store.migrate(0).await.expect("it goes down");
    store.migrate(NEWEST).await.expect("and up again");
    assert_eq!(store.open_rounds().await, Ok(0));
    let newer = store.migrate(NEWEST + 1).await.expect_err("there is no such version");
    assert_eq!(newer.trouble, Trouble::Newer);
    let store = home.crash(store).await;
    ask(&store, STARTER, 0, open(1_000)).await;
}

async fn asking_again_twice_is_one_successor(home: Home) {
    let store = home.open().await;
    ask(&store, STARTER, 0, open(1_000)).await;
    for user in 1..=5 {
        ask(&store, user, 0, vote(user)).await;
    }
    ask(&store, STARTER, 0, show()).await;
    let again = |id| Command::AskAgain { round: RoundId(id), deadline: Some(2_000) };
    for id in [11, 12] {
        let RoundView::Open { facts, answered, mine } = ask(&store, STARTER, 0, again(id)).await else {
            panic!("the successor is open");
        };
        assert_eq!((facts.id, facts.again, answered, mine), (RoundId(11), true, 0, None));
    }
    for user in 1..=6 {
        assert!(ask_of(&store, RoundId(11), user, 0, vote(7)).await.is_ok());
    }
    let closed = ask_of(&store, RoundId(11), STARTER, 0, show()).await;
    let Ok(RoundView::Closed { tally: Some(tally), before: Some(before), .. }) = closed else { panic!("{closed:?}") };
    assert_eq!((tally.answered, before.answered), (6, 5));
    // A successor that was deleted unseen leaves room for another.
    assert!(ask_of(&store, RoundId(11), STARTER, 0, again(13)).await.is_ok());
    let delete = Command::Close(Close::Delete);
    assert_eq!(ask_of(&store, RoundId(13), STARTER, 0, delete).await, Ok(RoundView::Deleted));
    let Ok(RoundView::Open { facts, .. }) = ask_of(&store, RoundId(11), STARTER, 0, again(14)).await else {
        panic!("another successor");
    };
    assert_eq!(facts.id, RoundId(14));
}
