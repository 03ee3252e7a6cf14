//! Personal presses, alone and while a team answers a round through the same process.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use whichrole::interaction::DISCORD_EPOCH;

use crate::client::{Connection, Pace, Until, run_beside};
use crate::endpoint::{WARM_UP, median};
use crate::process::{CLIENT_CORE, Process};
use crate::rounds::remove_files;
use crate::traffic::{Random, Signed, command, interaction, press_under};
use crate::{Arguments, micros};

/// Personal presses a second. One in [`PRESSES_FOR_A_VOTE`] has a vote beside it.
const PRESSES: f64 = 1_000.0;

/// How many presses come for each vote: votes come 200 times a second.
const PRESSES_FOR_A_VOTE: usize = 5;

/// How the presses are sent. Votes through another process on the same core cost the bot no work of its own, so this way
/// shows how much the presses lose to the database alone, which shares the cores with the bot.
const WAYS: [&str; 3] = ["alone", "beside 200 votes a second", "beside as many votes through another process"];

/// How many people answer, over and over.
const TEAM: u64 = 200;

pub(crate) fn measure(arguments: &Arguments, presses: &[Signed]) -> io::Result<()> {
    let file = std::env::temp_dir().join(format!("whichrole-beside-{}.db", std::process::id()));
    one("SQLite", &["bot", "--sqlite", &file.to_string_lossy()], arguments, presses)?;
    remove_files(&file);
    if let Some(url) = &arguments.postgres {
        one("PostgreSQL", &["bot", "--postgres", url], arguments, presses)?;
    }
    Ok(())
}

fn one(name: &str, server: &[&str], arguments: &Arguments, presses: &[Signed]) -> io::Result<()> {
    // The confirmation of a vote is a message after the answer.
    let (_api, address) = Process::listening_on(CLIENT_CORE, &["yes"], &arguments.log)?;
    let api_url = format!("http://{address}");
    let bot = [server, &["--api-url", &api_url]].concat();
    let mut values = [const { (Vec::new(), Vec::new()) }; WAYS.len()];
    for turn in 0..arguments.turns {
        let server = Process::listening(&bot, &arguments.log)?;
        let other = Process::listening(&bot, &arguments.log)?;
        let votes = votes(&mut Connection::open(server.1)?, turn)?;
        let mixed = beside(presses, &votes);
        let mixed_rate = PRESSES * (1.0 + 1.0 / PRESSES_FOR_A_VOTE as f64);
        for place in 0..WAYS.len() {
            let which = (place + turn) % WAYS.len();
            let (requests, rate) = if which == 0 { (presses, PRESSES) } else { (mixed.as_slice(), mixed_rate) };
            let other = (which == 2).then_some(other.1);
            let run = |until| run_beside(&server, other, requests, arguments.connections, Pace::Sharing(rate), until);
            run(WARM_UP)?;
            let measured = run(Until::Time(Duration::from_secs(arguments.seconds)))?;
            values[which].0.push(micros(measured.percentile(50)));
            values[which].1.push(micros(measured.percentile(99)));
        }
    }
    println!("\npresses at {PRESSES:.0}/s, rounds in {name}");
    for (what, (p50, p99)) in WAYS.iter().zip(&values) {
        println!("  {what:44} p50 {:5.0} µs, p99 {:6.0} µs", median(p50), median(p99));
    }
    Ok(())
}

/// Opens a round, and makes the votes of a team in it. Each turn opens another.
fn votes(connection: &mut Connection, turn: usize) -> io::Result<Vec<Signed>> {
    let mut say = |signed: &Signed| -> io::Result<Value> {
        serde_json::from_slice(&connection.ask(signed)?).map_err(io::Error::other)
    };
    let mut open = command(1_000 + turn as u64, "round");
    // A round is named after the interaction that opened it, and rounds of an earlier turn are still there.
    open["id"] = fresh_id(turn).to_string().into();
    let card = say(&Signed::new(&open))?;
    let answer = custom_id(&card, "round:answer:").ok_or_else(|| io::Error::other(format!("no round: {card}")))?;
    let form = say(&Signed::new(&press_under(1, &card, &answer)))?;
    let mut random = Random(42);
    let votes = (0..TEAM).map(|person| Signed { measured: false, ..Signed::new(&submit(person, &form, &mut random)) });
    let votes: Vec<_> = votes.collect();
    // The card that the vote turns into counts it.
    let card = say(&votes[0])?;
    if card["type"] != 7 {
        return Err(io::Error::other(format!("the vote does not count: {card}")));
    }
    Ok(votes)
}

/// An id of now, as Discord makes them.
/// <https://docs.discord.com/developers/reference#snowflakes>
fn fresh_id(turn: usize) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let milliseconds = u64::try_from(now.as_millis()).unwrap_or_default();
    (milliseconds.saturating_sub(DISCORD_EPOCH) << 22) + turn as u64
}

/// The first `custom_id` in a message that begins with this.
fn custom_id(json: &Value, beginning: &str) -> Option<String> {
    match json {
        Value::Object(fields) => {
            let own = fields.get("custom_id").and_then(Value::as_str).filter(|id| id.starts_with(beginning));
            own.map(str::to_owned).or_else(|| fields.values().find_map(|value| custom_id(value, beginning)))
        }
        Value::Array(values) => values.iter().find_map(|value| custom_id(value, beginning)),
        _ => None,
    }
}

/// A form, filled in by chance and sent.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure>
fn submit(person: u64, form: &Value, random: &mut Random) -> Value {
    let labels = form["data"]["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parts: Vec<_> = labels
        .iter()
        .filter_map(|label| {
            let group = &label["component"];
            let options = group["options"].as_array()?;
            let chosen = &options[usize::try_from(random.next() % options.len() as u64).ok()?]["value"];
            let group = json!({"type": 21, "id": 2, "custom_id": group["custom_id"], "value": chosen});
            Some(json!({"type": 18, "id": 1, "component": group}))
        })
        .collect();
    let mut body = interaction(person);
    body["type"] = 5.into();
    body["data"] = json!({"custom_id": form["data"]["custom_id"], "components": parts, "resolved": {}});
    body
}

/// The presses, over and over, with one of the votes after every few of them.
fn beside(presses: &[Signed], votes: &[Signed]) -> Vec<Signed> {
    let mut presses = presses.iter().cycle();
    let with_presses = |vote| presses.by_ref().take(PRESSES_FOR_A_VOTE).chain([vote]).cloned().collect::<Vec<_>>();
    votes.iter().flat_map(with_presses).collect()
}
