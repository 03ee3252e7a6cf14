//! Processor time of an interaction that comes through the gateway.

use std::io;
use std::time::{Duration, Instant};

use standin::{Discord, Options, Route};
use whichrole::responses::CONVERSATION;

use crate::process::Process;
use crate::traffic::Random;
use crate::{Arguments, micros};

/// Measures the processor time that the bot needs for an interaction through the gateway, from its event to the line in
/// the log. The bot sends the reply as a request, here without TLS.
pub(crate) async fn measure(arguments: &Arguments) -> io::Result<()> {
    let patience = Duration::from_secs(60);
    let discord = Discord::start(Options { deadline: patience, patience, ..Options::default() }).await;
    let server = Process::start(&["gateway", &discord.api_url()], &arguments.log)?;
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    let people = 50;
    // The number of interactions of each person: the first run only warms up.
    for interactions in [1000, arguments.gateway] {
        let (start, cpu) = (Instant::now(), server.cpu()?);
        let each = interactions.div_ceil(people);
        let talks = (0..people).map(|person| talk(&discord, person, each));
        futures_util::future::join_all(talks).await;
        if interactions == arguments.gateway {
            let count = u32::try_from(people * each).map_err(io::Error::other)?;
            println!(
                "\nthrough the gateway: {count} interactions at {:.0}/s, {:.1} µs of processor each, {} KiB of memory",
                f64::from(count) / start.elapsed().as_secs_f64(),
                micros((server.cpu()? - cpu) / count),
                server.memory()?
            );
        }
    }
    Ok(())
}

/// Sends this many commands and presses of one person: whole conversations, one after the other.
pub(crate) async fn talk(discord: &Discord, person: usize, count: usize) {
    let member = discord.member(&format!("Person {person}"));
    let mut random = Random(42 + person as u64);
    let mut said = 0;
    while said < count {
        let mut shown = member.command(CONVERSATION, []).await;
        said += 1;
        // A question has its choices beside it, and Back below; a suggestion has neither.
        while said < count && shown.message.buttons().iter().any(|button| button.custom_id.starts_with("answer:")) {
            let choice = usize::try_from(random.next() % 4).expect("below four");
            let label = shown.message.buttons()[choice].label.clone();
            shown = member.press(&shown.message, &label).await;
            said += 1;
        }
    }
}
