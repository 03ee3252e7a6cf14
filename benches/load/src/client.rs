//! A client that sends the requests over many connections, and measures.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::process::Process;
use crate::traffic::{Random, Signed};

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
    read: usize,
    /// When the request was due, if one is being answered.
    since: Option<Instant>,
    /// Whether the latency of this request is measured.
    measured: bool,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024].into(), read: 0, since: None, measured: false })
    }

    pub(crate) fn send(&mut self, signed: &Signed, due: Instant) -> io::Result<()> {
        let mut rest = signed.request.as_slice();
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        self.read = 0;
        self.since = Some(due);
        self.measured = signed.measured;
        Ok(())
    }

    /// Sends a request, and waits for the body of the answer.
    pub(crate) fn ask(&mut self, signed: &Signed) -> io::Result<Vec<u8>> {
        self.send(signed, Instant::now())?;
        loop {
            if let Some(body) = self.answer()? {
                return Ok(body.to_vec());
            }
        }
    }

    /// The body of the answer; `None` if it has not arrived yet.
    pub(crate) fn answer(&mut self) -> io::Result<Option<&[u8]>> {
        match self.stream.read(&mut self.buffer[self.read..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => self.read += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        match Answer::parse(&self.buffer[..self.read])? {
            Some(Answer { status: 200, body }) => Ok(Some(body)),
            Some(Answer { status, .. }) => Err(io::Error::other(format!("status {status}"))),
            None => Ok(None),
        }
    }
}

/// A response that has arrived.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Reads a response; `None` if it has not arrived completely.
    pub(crate) fn parse(read: &'a [u8]) -> io::Result<Option<Self>> {
        let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(&read[..end]).map_err(io::Error::other)?;
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let (Some(status), Some(length)) = (status, length.and_then(|length| length.parse::<usize>().ok())) else {
            return Err(io::Error::other(head.to_owned()));
        };
        Ok(read.get(end + 4..end + 4 + length).map(|body| Self { status, body }))
    }
}

/// When requests are sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As soon as the last is answered.
    Full,
    /// At random times, this many a second on average.
    Rate(f64),
    /// At random times, too. The client sleeps while it waits, so that another program, such as a database, can use its core.
    Sharing(f64),
}

/// How much too early the client wakes up for the next request. A sleep lasts longer than it should by up to 50 µs, the
/// slack of Linux's timers.
const EARLY: Duration = Duration::from_micros(100);

/// When to stop sending.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Time(Duration),
    Count(usize),
}

/// Sleeps until a response arrives, or it is almost time for the next request.
fn sleep(connections: &[Connection], due: Instant) -> io::Result<()> {
    let time = due.saturating_duration_since(Instant::now()).saturating_sub(EARLY);
    if time.is_zero() {
        return Ok(());
    }
    let waiting = connections.iter().filter(|connection| connection.since.is_some());
    let mut waiting: Vec<_> = waiting.map(|connection| PollFd::new(&connection.stream, PollFlags::IN)).collect();
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    poll(&mut waiting, Some(&time))?;
    Ok(())
}

pub(crate) struct Measured {
    answered: usize,
    took: Duration,
    /// The mean size of a response in bytes, its head included.
    pub(crate) bytes: usize,
    /// Processor time of the server for each request.
    pub(crate) cpu: Duration,
    /// In ascending order.
    latencies: Vec<Duration>,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let answered = self.answered as f64;
        answered / self.took.as_secs_f64()
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() * percent / 100).min(self.latencies.len() - 1)]
    }
}

/// Sends the requests in turn. But for [`Pace::Sharing`], the client never sleeps: it has a core of its own, and a sleep may
/// last too long.
pub(crate) fn run(
    server: &(Process, SocketAddr),
    signed: &[Signed],
    connections: usize,
    pace: Pace,
    until: Until,
) -> io::Result<Measured> {
    run_beside(server, None, signed, connections, pace, until)
}

/// The same with `each` connections to the server, and as many to `other`, if there is one: it gets the requests whose
/// latency is not measured.
pub(crate) fn run_beside(
    (server, address): &(Process, SocketAddr),
    other: Option<SocketAddr>,
    signed: &[Signed],
    each: usize,
    pace: Pace,
    until: Until,
) -> io::Result<Measured> {
    let open = |address: SocketAddr| (0..each).map(move |_| Connection::open(address));
    let mut connections: Vec<_> = open(*address).chain(other.into_iter().flat_map(open)).collect::<Result<_, _>>()?;
    // The connections to either server that wait for a request.
    let mut free: [VecDeque<usize>; 2] = [(0..each).collect(), (each..connections.len()).collect()];
    let server_of = |request: &Signed| usize::from(other.is_some() && !request.measured);
    let mut requests = signed.iter().cycle().peekable();
    let mut latencies = Vec::new();
    let (mut answered, mut bytes) = (0, 0);
    let mut random = Random(7);
    let cpu = server.cpu()?;
    let start = Instant::now();
    let mut due = start;
    let mut sent = 0;
    loop {
        let sending = match until {
            Until::Time(time) => start.elapsed() < time,
            Until::Count(count) => sent < count,
        };
        if !sending && answered == sent {
            break;
        }
        let now = Instant::now();
        let allowed = match until {
            Until::Count(count) => count - sent,
            Until::Time(_) if sending => usize::MAX,
            Until::Time(_) => 0,
        };
        for _ in 0..allowed {
            let request = requests.peek().expect("a cycle of some requests never ends");
            let free = &mut free[server_of(request)];
            let Some(&index) = free.front() else { break };
            let since = match pace {
                Pace::Full => now,
                Pace::Rate(_) | Pace::Sharing(_) if now < due => break,
                Pace::Rate(rate) | Pace::Sharing(rate) => {
                    let turn = due;
                    due += random.wait(rate);
                    turn
                }
            };
            connections[index].send(request, since)?;
            free.pop_front();
            requests.next();
            sent += 1;
        }
        if let Pace::Sharing(_) = pace {
            sleep(&connections, due)?;
        }
        for (index, connection) in connections.iter_mut().enumerate() {
            let Some(since) = connection.since else { continue };
            if connection.answer()?.is_some() {
                answered += 1;
                bytes += connection.read;
                if connection.measured {
                    latencies.push(since.elapsed());
                }
                connection.since = None;
                free[usize::from(index >= each)].push_back(index);
            }
        }
    }
    let (took, cpu) = (start.elapsed(), server.cpu()? - cpu);
    latencies.sort_unstable();
    let each = u32::try_from(answered).map_err(io::Error::other)?;
    Ok(Measured { answered, took, bytes: bytes / answered, cpu: cpu / each, latencies })
}
