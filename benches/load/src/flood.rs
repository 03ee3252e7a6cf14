//! A flood: many times as many connections as the bot serves.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::Answer;
use crate::process::Process;
use crate::traffic::Signed;
use crate::{Arguments, micros};

/// How long Discord waits for an answer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(3);

/// How the requests of a flood ended, with how long each took.
#[derive(Default)]
pub(crate) struct Ends {
    answered: Vec<Duration>,
    shed: Vec<Duration>,
    /// No answer within the 3 seconds that Discord waits, or a broken connection.
    lost: usize,
}

impl Ends {
    pub(crate) fn take(&mut self, mut other: Self) {
        self.answered.append(&mut other.answered);
        self.shed.append(&mut other.shed);
        self.lost += other.lost;
    }
}

/// Floods the bot with many times as many connections as it serves, and measures how soon after that a request is
/// answered.
pub(crate) async fn measure(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let (server, address) = Process::listening(&["bot"], &arguments.log)?;
    let cpu = server.cpu()?;
    let time = Duration::from_secs(arguments.seconds);
    let start = Instant::now();
    let floods = (0..arguments.flood).map(|first| flood(address, signed, first, start + time));
    let mut ends = Ends::default();
    futures_util::future::join_all(floods).await.into_iter().for_each(|one| ends.take(one));
    let (took, cpu) = (start.elapsed().as_secs_f64(), server.cpu()? - cpu);
    let over = Instant::now();
    let mut afterwards = Ends::default();
    while afterwards.answered.is_empty() {
        if over.elapsed() > DEADLINE {
            return Err(io::Error::other("nobody is answered after the flood"));
        }
        afterwards.take(flood(address, signed, 0, Instant::now()).await);
    }
    println!(
        "\nflood of {} connections: the bot is busy for {:.0} % of the time, {} requests got no answer in time",
        arguments.flood,
        100.0 * cpu.as_secs_f64() / took,
        ends.lost
    );
    for (name, mut latencies) in [("answered", ends.answered), ("shed", ends.shed)] {
        latencies.sort_unstable();
        let Some(slowest) = latencies.last() else { continue };
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let rate = latencies.len() as f64 / took;
        let [p50, p99] = [50, 99].map(|percent| micros(latencies[latencies.len() * percent / 100]) / 1e3);
        let slowest = micros(*slowest) / 1e3;
        println!("  {name:8}  {rate:6.0}/s  p50 {p50:4.0} ms  p99 {p99:4.0} ms  slowest {slowest:4.0} ms");
    }
    println!("  {:.1} ms after it somebody new is answered", micros(over.elapsed()) / 1e3);
    Ok(())
}

/// One connection of a flood: at least one request, the next as soon as it is answered, or a second after it was shed.
pub(crate) async fn flood(address: SocketAddr, signed: &[Signed], first: usize, end: Instant) -> Ends {
    let mut ends = Ends::default();
    let mut connected: Option<tokio::net::TcpStream> = None;
    let mut buffer = vec![0; 16 * 1024];
    for Signed { request, .. } in signed.iter().cycle().skip(first) {
        let since = Instant::now();
        let asked = async {
            let mut stream = match connected.take() {
                Some(stream) => stream,
                None => {
                    let stream = tokio::net::TcpStream::connect(address).await?;
                    stream.set_nodelay(true)?;
                    stream
                }
            };
            stream.write_all(request).await?;
            let mut read = 0;
            loop {
                match stream.read(&mut buffer[read..]).await? {
                    0 => return Err(ErrorKind::UnexpectedEof.into()),
                    more => read += more,
                }
                if let Some(answer) = Answer::parse(&buffer[..read])? {
                    return Ok((answer.status, stream));
                }
            }
        };
        match tokio::time::timeout(DEADLINE, asked).await {
            Ok(Ok::<_, io::Error>((200, stream))) => {
                ends.answered.push(since.elapsed());
                connected = Some(stream);
            }
            Ok(Ok((503, _))) => {
                ends.shed.push(since.elapsed());
                // What `Retry-After` asks for.
                tokio::time::sleep_until(end.min(Instant::now() + Duration::from_secs(1)).into()).await;
            }
            Ok(_) | Err(_) => ends.lost += 1,
        }
        if Instant::now() >= end {
            break;
        }
    }
    ends
}
