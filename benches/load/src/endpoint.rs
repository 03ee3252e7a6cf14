//! The endpoint compared with the bare servers: throughput, latency, memory.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::client::{Connection, Pace, Until, run};
use crate::process::Process;
use crate::traffic::Signed;
use crate::{Arguments, micros};

/// The servers that are measured beside each other, by the names that this program starts them with.
pub(crate) const SERVERS: [&str; 3] = ["strict", "bare", "bot"];
/// The place of the bot among [`SERVERS`].
pub(crate) const BOT: usize = 2;

/// Sends every request once, and compares the responses with the replies of the bot in this process.
pub(crate) fn check(address: SocketAddr, signed: &[Signed]) -> io::Result<()> {
    let mut connection = Connection::open(address)?;
    for signed in signed {
        let body = connection.ask(signed)?;
        assert!(body == signed.reply, "another answer: {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}

/// The measurements of each of [`SERVERS`], one value for each turn.
type Turns<T> = [Vec<T>; SERVERS.len()];

/// How long each server runs before it is measured.
pub(crate) const WARM_UP: Until = Until::Time(Duration::from_millis(500));

pub(crate) fn measure(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let mean = |length: fn(&Signed) -> usize| signed.iter().map(length).sum::<usize>() / signed.len();
    println!(
        "{} requests of whole conversations: {} bytes on average, answers of {} bytes",
        signed.len(),
        mean(|signed| signed.request.len()),
        mean(|signed| signed.reply.len())
    );
    println!("\nthroughput, {} connections, one core", arguments.connections);
    let (rates, cpu) = throughput(arguments, signed)?;
    let rate = median(&rates[BOT]) / 2.0;
    println!("\nlatency at {rate:.0}/s, half of the bot's throughput");
    let (p50, p99) = latency(arguments, signed, rate)?;

    // Other load on the machine can only make a server slower, so the best value says most about the server.
    println!("\nbest (median)          {:>15} {:>15} {:>15}", SERVERS[0], SERVERS[1], SERVERS[2]);
    row("throughput", "/s", 0, f64::max, &rates);
    row("processor each", "µs", 1, f64::min, &cpu);
    row("p50", "µs", 0, f64::min, &p50);
    row("p99", "µs", 0, f64::min, &p99);
    Ok(())
}

/// Measures interactions a second, and microseconds of processor time for each.
fn throughput(arguments: &Arguments, signed: &[Signed]) -> io::Result<(Turns<f64>, Turns<f64>)> {
    let (mut rates, mut cpu) = (Turns::default(), Turns::default());
    let mut checked = false;
    for which in turns(arguments.turns) {
        let server = Process::listening(&[SERVERS[which]], &arguments.log)?;
        if which == BOT && !checked {
            check(server.1, signed)?;
            checked = true;
        }
        run(&server, signed, arguments.connections, Pace::Full, WARM_UP)?;
        let time = Until::Time(Duration::from_secs(arguments.seconds));
        let measured = run(&server, signed, arguments.connections, Pace::Full, time)?;
        println!(
            "  {:6}  {:6.0}/s  {:5.1} µs of processor each  p50 {:6.0} µs  p99 {:6.0} µs",
            SERVERS[which],
            measured.per_second(),
            micros(measured.cpu),
            micros(measured.percentile(50)),
            micros(measured.percentile(99))
        );
        rates[which].push(measured.per_second());
        cpu[which].push(micros(measured.cpu));
    }
    Ok((rates, cpu))
}

/// Measures p50 and p99 at so many interactions a second, in microseconds.
fn latency(arguments: &Arguments, signed: &[Signed], rate: f64) -> io::Result<(Turns<f64>, Turns<f64>)> {
    let (mut p50, mut p99) = (Turns::default(), Turns::default());
    for which in turns(arguments.turns) {
        let server = Process::listening(&[SERVERS[which]], &arguments.log)?;
        run(&server, signed, arguments.connections, Pace::Rate(rate), WARM_UP)?;
        let time = Until::Time(Duration::from_secs(arguments.seconds));
        let measured = run(&server, signed, arguments.connections, Pace::Rate(rate), time)?;
        let [half, most] = [50, 99].map(|percent| micros(measured.percentile(percent)));
        println!("  {:6}  {:6.0}/s  p50 {half:6.0} µs  p99 {most:6.0} µs", SERVERS[which], measured.per_second());
        p50[which].push(half);
        p99[which].push(most);
    }
    Ok((p50, p99))
}

/// Prints the best and the median of each server, and below them the bot's part of the others'.
fn row(name: &str, unit: &str, digits: usize, best: fn(f64, f64) -> f64, turns: &Turns<f64>) {
    let bests = turns.each_ref().map(|values| values.iter().copied().reduce(best).unwrap_or_default());
    let medians = turns.each_ref().map(|values| median(values));
    let cells = bests.iter().zip(medians).map(|(best, median)| format!("{best:.digits$} ({median:.digits$})"));
    println!("  {name:20} {} {unit}", cells.map(|cell| format!("{cell:>15}")).collect::<Vec<_>>().join(" "));
    let part_of = |other: usize| (bests[BOT] / bests[other], medians[BOT] / medians[other]);
    let ((strict, strict_median), (bare, bare_median)) = (part_of(0), part_of(1));
    println!("  {:20} {strict:7.2} ({strict_median:.2})  {bare:7.2} ({bare_median:.2})", "  the bot's part");
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns the order of the servers: each of them `count` times. The first place changes, because the previous turn
/// influences it.
pub(crate) fn turns(count: usize) -> impl Iterator<Item = usize> {
    (0..count).flat_map(|turn| (0..SERVERS.len()).map(move |which| (which + turn) % SERVERS.len()))
}

/// What the bot keeps in memory.
pub(crate) fn measure_memory(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let server = Process::listening(&["bot"], &arguments.log)?;
    let started = server.0.memory()?;
    run(&server, signed, arguments.connections, Pace::Full, Until::Count(1000))?;
    let first = server.0.memory()?;
    run(&server, signed, arguments.connections, Pace::Full, Until::Count(arguments.interactions))?;
    println!(
        "\nmemory of the bot: {started} KiB at start, {first} KiB after 1000 interactions, {} KiB after {} more",
        server.0.memory()?,
        arguments.interactions
    );
    Ok(())
}
