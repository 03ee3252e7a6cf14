//! The cost of a suggestion's picture that was drawn before: processor time, latency, bytes and memory.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::client::{Connection, Pace, Until, run};
use crate::endpoint::{WARM_UP, median};
use crate::process::Process;
use crate::traffic::Signed;
use crate::{Arguments, micros};

/// The two bots that are measured in turns, by what this program starts them with.
const BOTS: [(&str, &[&str]); 2] = [("without", &["bot"]), ("with", &["bot", "--pictures"])];

/// A PNG file begins with this.
const PNG: &[u8] = b"\x89PNG";

/// The measurements of each of [`BOTS`], one value for each turn.
#[derive(Default)]
struct Values {
    cpu: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    memory: Vec<f64>,
    bytes: usize,
}

pub(crate) fn measure(arguments: &Arguments, presses: &[Signed]) -> io::Result<()> {
    println!("\n{} presses that end in a suggestion, each with a picture of its own", presses.len());
    let mut values = <[Values; BOTS.len()]>::default();
    let mut rate = None;
    for turn in 0..arguments.turns {
        for place in 0..BOTS.len() {
            let which = (place + turn) % BOTS.len();
            let server = Process::listening(BOTS[which].1, &arguments.log)?;
            let started = server.0.memory()?;
            draw_all(server.1, presses, which == 1)?;
            let values = &mut values[which];
            #[expect(clippy::cast_precision_loss, reason = "the memory of a process is far below 2^52 KiB")]
            values.memory.push(server.0.memory()?.saturating_sub(started) as f64);
            run(&server, presses, arguments.connections, Pace::Full, WARM_UP)?;
            let time = Until::Time(Duration::from_secs(arguments.seconds));
            let full = run(&server, presses, arguments.connections, Pace::Full, time)?;
            let rate = *rate.get_or_insert(full.per_second() / 2.0);
            let paced = run(&server, presses, arguments.connections, Pace::Rate(rate), time)?;
            values.cpu.push(micros(full.cpu));
            values.bytes = full.bytes;
            values.p50.push(micros(paced.percentile(50)));
            values.p99.push(micros(paced.percentile(99)));
        }
    }
    println!(
        "pictures     processor each      answer   p50, p99 at {:.0}/s    memory for all",
        rate.unwrap_or_default()
    );
    for ((name, _), Values { cpu, p50, p99, memory, bytes }) in BOTS.iter().zip(&values) {
        let [cpu, p50, p99, memory] = [cpu, p50, p99, memory].map(|values| median(values));
        println!("  {name:8} {cpu:12.1} µs {bytes:10} bytes {p50:8.0}, {p99:4.0} µs {memory:14.0} KiB");
    }
    Ok(())
}

/// Sends each press once, so that each picture is drawn; then again, and looks whether it is there.
fn draw_all(address: SocketAddr, presses: &[Signed], pictures: bool) -> io::Result<()> {
    let mut connection = Connection::open(address)?;
    for press in presses {
        connection.ask(press)?;
    }
    for press in presses {
        let body = connection.ask(press)?;
        let sent = body.windows(PNG.len()).any(|window| window == PNG);
        assert_eq!(sent, pictures, "whether a picture is sent");
    }
    Ok(())
}
