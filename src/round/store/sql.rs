//! What the two databases share: the statements, and a round as a row.
//!
//! Parameters are written `?1`, as SQLite has them; [`dollars`] converts them for PostgreSQL.

use super::error::{Stop, broken};
use super::{bits, round_id};
use crate::interaction::UserId;
use crate::round::Ballot;
use crate::round::rules::{Facts, Key, Place, Round, State, Tag};

pub(super) const LOAD: &str = "select id, server, channel, locale, message, starter, deadline, again, round_key, earlier, \
                               result, expires, successor from round where id = ?1";
pub(super) const INSERT: &str = "insert into round (id, server, channel, locale, message, starter, deadline, again, round_key, earlier, result, \
     expires, successor) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
pub(super) const UPDATE: &str = "update round set server = ?2, channel = ?3, locale = ?4, message = ?5, starter = ?6, deadline = ?7, again = ?8, \
     round_key = ?9, earlier = ?10, result = ?11, expires = ?12, successor = ?13 where id = ?1";
pub(super) const DELETE: &str = "delete from round where id = ?1";
pub(super) const COUNT: &str = "select count(*), max(case when tag = ?2 then answers end) from answer where round = ?1";
pub(super) const ANSWERS: &str = "select tag, answers from answer where round = ?1 order by tag";
pub(super) const PUT: &str = "insert into answer (round, tag, answers) values (?1, ?2, ?3) \
                              on conflict (round, tag) do update set answers = excluded.answers";
pub(super) const REMOVE: &str = "delete from answer where round = ?1 and tag = ?2";
pub(super) const DESTROY: &str = "delete from answer where round = ?1";
pub(super) const DUE: &str =
    "select id from round where round_key is not null and deadline <= ?1 order by deadline, id limit 100";
pub(super) const NEXT_DUE: &str = "select min(deadline) from round where round_key is not null";
pub(super) const PURGE: &str = "delete from round where round_key is null and expires <= ?1";
pub(super) const OPEN_ROUNDS: &str = "select count(*) from round where round_key is not null";
pub(super) const KEYS: &str = "select id, round_key from round where round_key is not null";
pub(super) const STARTED: &str = "select id from round where starter = ?1 order by id";
pub(super) const FORGET_STARTER: &str = "update round set starter = null where starter = ?1";
pub(super) const IDS: &str = "select id from round order by id";
pub(super) const SCHEMA: &str = "create table if not exists whichrole_schema (version bigint not null)";
pub(super) const VERSION: &str = "select max(version) from whichrole_schema";
pub(super) const CLEAR_VERSION: &str = "delete from whichrole_schema";
pub(super) const SET_VERSION: &str = "insert into whichrole_schema (version) values (?1)";

/// Converts the parameters of a statement for PostgreSQL.
pub(super) fn dollars(statement: &str) -> String {
    statement.replace('?', "$")
}

/// A row of `round`, column by column in the order of [`LOAD`].
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) server: i64,
    pub(super) channel: i64,
    pub(super) locale: String,
    pub(super) message: Option<i64>,
    pub(super) starter: Option<i64>,
    pub(super) deadline: i64,
    pub(super) again: i64,
    pub(super) round_key: Option<Vec<u8>>,
    pub(super) earlier: Option<String>,
    pub(super) result: Option<String>,
    pub(super) expires: Option<i64>,
    pub(super) successor: Option<i64>,
}

/// Reads a [`Row`] from a row of either database.
macro_rules! read {
    ($row:ident . $get:ident) => {
        $crate::round::store::sql::Row {
            id: $row.$get(0)?,
            server: $row.$get(1)?,
            channel: $row.$get(2)?,
            locale: $row.$get(3)?,
            message: $row.$get(4)?,
            starter: $row.$get(5)?,
            deadline: $row.$get(6)?,
            again: $row.$get(7)?,
            round_key: $row.$get(8)?,
            earlier: $row.$get(9)?,
            result: $row.$get(10)?,
            expires: $row.$get(11)?,
            successor: $row.$get(12)?,
        }
    };
}
pub(super) use read;

/// Makes the parameters for either database from a [`Row`].
macro_rules! values {
    ($row:ident) => {
        [
            &$row.id,
            &$row.server,
            &$row.channel,
            &$row.locale,
            &$row.message,
            &$row.starter,
            &$row.deadline,
            &$row.again,
            &$row.round_key,
            &$row.earlier,
            &$row.result,
            &$row.expires,
            &$row.successor,
        ]
    };
}
pub(super) use values;

impl Row {
    pub(super) fn of(round: &Round) -> Self {
        let Round { facts, before, state } = round;
        let json = |value: Result<String, serde_json::Error>| value.expect("counts are JSON");
        let (round_key, result, expires, successor) = match state {
            State::Open { key } => (Some(key.0.to_vec()), None, None, None),
            State::Closed { tally, expires, next } => {
                let result = tally.as_ref().map(|tally| json(serde_json::to_string(tally)));
                (None, result, Some(*expires), next.map(|next| bits(next.0)))
            }
        };
        Self {
            id: bits(facts.id.0),
            server: bits(facts.server),
            channel: bits(facts.place.channel),
            locale: facts.place.locale.clone(),
            message: facts.message.map(bits),
            starter: facts.starter.map(|starter| bits(starter.0)),
            deadline: facts.deadline,
            again: i64::from(facts.again),
            round_key,
            earlier: before.as_ref().map(|before| json(serde_json::to_string(before))),
            result,
            expires,
            successor,
        }
    }

    pub(super) fn into_round(self) -> Result<Round, Stop> {
        let id = round_id(self.id);
        let unreadable = |column: &str| broken(format!("`{column}` of the round {} cannot be read", id.0));
        let state = match self.round_key {
            Some(key) => State::Open { key: Key(key.try_into().map_err(|_| unreadable("round_key"))?) },
            None => State::Closed {
                tally: self
                    .result
                    .map(|text| serde_json::from_str(&text))
                    .transpose()
                    .map_err(|_| unreadable("result"))?,
                expires: self.expires.ok_or_else(|| unreadable("expires"))?,
                next: self.successor.map(round_id),
            },
        };
        let before = self.earlier.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Round {
            facts: Facts {
                id,
                server: self.server.cast_unsigned(),
                place: Place { channel: self.channel.cast_unsigned(), locale: self.locale },
                message: self.message.map(i64::cast_unsigned),
                starter: self.starter.map(|starter| UserId(starter.cast_unsigned())),
                deadline: self.deadline,
                again: self.again != 0,
            },
            before: before.map_err(|_| unreadable("earlier"))?,
            state,
        })
    }
}

/// Reads a ballot from its text.
pub(super) fn read_answers(text: &str) -> Result<Ballot, Stop> {
    Ballot::from_text(text).ok_or_else(|| broken("answers cannot be read"))
}

/// Reads a tag from its bytes.
pub(super) fn read_tag(bytes: Vec<u8>) -> Result<Tag, Stop> {
    bytes.try_into().map(Tag).map_err(|_| broken("the hash over an answer cannot be read"))
}

/// Reads a key from its bytes.
pub(super) fn read_key(bytes: Vec<u8>) -> Result<Key, Stop> {
    bytes.try_into().map(Key).map_err(|_| broken("the key of a round cannot be read"))
}
