//! One set of tests over all stores; then what only a file or only a server can do.
//!
//! The tests over PostgreSQL need the URL of a database in `DATABASE_URL`; `.ci/postgres` starts one.

mod home;
mod killed;
mod model;
mod postgres;
mod shared;
mod sqlite;

use std::sync::Arc;

use super::*;
use crate::TestResult;
use crate::advisor::{Next, next};
use crate::responses::shipped;
use crate::round::Ballot;
use crate::round::rules::tests::rules;
use crate::round::rules::{Close, Command, Member, Place};

const SERVER: u64 = 7;
const ROUND: RoundId = RoundId(1_000_000_000_000_000_000);
const STARTER: u64 = 1;

fn shared_rules() -> Arc<Rules> {
    Arc::new(rules())
}

/// Makes a ballot for the shipped questions: with as many follow-ups as are asked, and the choices in turn.
fn some_answers(seed: u64) -> Ballot {
    let questionnaire = &shipped().questionnaire;
    let mut choices = Vec::new();
    let mut left = seed;
    while matches!(next(questionnaire, &choices), Ok(Next::Ask(_))) {
        choices.push((left % 4) as u8);
        left /= 4;
    }
    Ballot::new(questionnaire, &choices).expect("these choices follow the questions")
}

fn request(round: RoundId, user: u64, now: i64, command: Command) -> Request {
    Request { round, by: Member { user: UserId(user), server: SERVER, may_manage: false }, now, command }
}

fn open(deadline: i64) -> Command {
    let place = Place { channel: 9, locale: "en-US".to_owned() };
    Command::Open { place, deadline: Some(deadline) }
}

fn vote(seed: u64) -> Command {
    Command::Vote { answers: some_answers(seed) }
}

/// Asks, and expects the store and the round to agree.
async fn ask(store: &Store, user: u64, now: i64, command: Command) -> RoundView {
    ask_of(store, ROUND, user, now, command).await.expect("the round does it")
}

async fn ask_of(store: &Store, round: RoundId, user: u64, now: i64, command: Command) -> Result<RoundView, Refused> {
    store.execute(&shared_rules(), request(round, user, now, command)).await.expect("the store works")
}

/// How many answered an open round, and whether the one who asks is among them.
fn counted(view: &RoundView) -> (u32, bool) {
    match view {
        RoundView::Open { answered, mine, .. } => (*answered, mine.is_some()),
        other => panic!("the round is not open: {other:?}"),
    }
}

const fn show() -> Command {
    Command::Close(Close::Show)
}
