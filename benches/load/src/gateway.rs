//! Processor time of an interaction that comes through the gateway.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use standin::{Discord, MessageView, Options, Route};
use whichrole::responses::CONVERSATION;

use crate::process::Process;
use crate::traffic::Random;
use crate::{Arguments, micros};

/// How long the answers to one person took, in the stand-in's eyes.
#[derive(Default)]
struct Times {
    suggestions: Vec<Duration>,
    others: Vec<Duration>,
}

/// Measures the processor time that the bot needs for an interaction through the gateway, from its event to the line in
/// the log, without and with pictures. The bot sends the reply as a request, here without TLS.
pub(crate) async fn measure(arguments: &Arguments) -> io::Result<()> {
    let turns = if arguments.before.is_some() { arguments.turns.max(1) } else { 1 };
    for _ in 0..turns {
        if let Some(before) = &arguments.before {
            one(arguments, Some(before), false).await?;
        }
        for pictures in [false, true] {
            one(arguments, None, pictures).await?;
        }
    }
    Ok(())
}

async fn one(arguments: &Arguments, build: Option<&Path>, pictures: bool) -> io::Result<()> {
    let patience = Duration::from_secs(60);
    let discord = Discord::start(Options { deadline: patience, patience, ..Options::default() }).await;
    let api_url = discord.api_url();
    let flag = pictures.then_some("--pictures");
    let server: Vec<_> = ["gateway", &api_url].into_iter().chain(flag).collect();
    let server = Process::start(build, &server, &arguments.log)?;
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    let people = 50;
    let each = arguments.gateway.div_ceil(people);
    // The same conversations twice: the first time only warms up, and draws their pictures.
    for measured in [false, true] {
        let (start, cpu) = (Instant::now(), server.cpu()?);
        let talks = (0..people).map(|person| talk(&discord, person, each));
        let times = futures_util::future::join_all(talks).await;
        if measured {
            let (suggestions, others): (Vec<_>, Vec<_>) =
                times.into_iter().map(|times| (times.suggestions, times.others)).unzip();
            let (suggestions, others) = (suggestions.concat(), others.concat());
            let count = u32::try_from(suggestions.len() + others.len()).map_err(io::Error::other)?;
            println!(
                "\nthrough the gateway{}, {} pictures: {count} interactions at {:.0}/s, {:.1} µs of processor each, \
                 {} KiB of memory",
                if build.is_some() { ", the build before" } else { "" },
                if pictures { "with" } else { "without" },
                f64::from(count) / start.elapsed().as_secs_f64(),
                micros((server.cpu()? - cpu) / count),
                server.memory()?
            );
            for (what, mut times) in [("suggestions", suggestions), ("other answers", others)] {
                times.sort_unstable();
                let [p50, p99] = [50, 99].map(|part| micros(times[times.len() * part / 100]) / 1e3);
                println!("  {what:13}  {:6}  p50 {p50:5.1} ms, p99 {p99:5.1} ms", times.len());
            }
        }
    }
    Ok(())
}

/// Sends this many commands and presses of one person: whole conversations, one after the other.
async fn talk(discord: &Discord, person: usize, count: usize) -> Times {
    let member = discord.member(&format!("Person {person}"));
    let mut random = Random(42 + person as u64);
    let mut times = Times::default();
    while times.suggestions.len() + times.others.len() < count {
        let start = Instant::now();
        let mut shown = member.command(CONVERSATION, []).await;
        times.others.push(start.elapsed());
        // A question has its choices beside it, and Back below; a suggestion has neither.
        while is_question(&shown.message) {
            let choice = usize::try_from(random.next() % 4).expect("below four");
            let label = shown.message.buttons()[choice].label.clone();
            let start = Instant::now();
            shown = member.press(&shown.message, &label).await;
            if is_question(&shown.message) {
                times.others.push(start.elapsed());
            } else {
                times.suggestions.push(start.elapsed());
            }
        }
    }
    times
}

fn is_question(message: &MessageView) -> bool {
    message.buttons().iter().any(|button| button.custom_id.starts_with("answer:"))
}
