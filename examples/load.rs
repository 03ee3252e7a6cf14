//! What the endpoint takes, beside servers that do nothing but verify the signature and answer a constant; what becomes of
//! it in a flood; and what an interaction through the gateway takes.
//!
//! ```text
//! cargo run --release --example load          # in turns, memory over a million interactions, a flood, the gateway
//! cargo run --release --example load -- --turns 1 --seconds 2 --interactions 0 --flood 0 --gateway 0
//! ```
//!
//! Each server is a process of its own, with one thread, pinned to one core; this process is pinned to another. All
//! requests are made and signed before the clock starts: whole conversations, commands and presses, with bodies as
//! large as Discord's. Connections are kept alive. There are two of the servers that do nothing: `strict` verifies as
//! ed25519-dalek's documentation says, `bare` with the bot's own, faster verification.
//!
//! - *Throughput*: every connection sends its next request as soon as it has the answer to the last.
//! - *Latency*: requests arrive at random moments, half as many a second as the bot's throughput, and the clock starts
//!   at the moment the request was due, not when it could be sent.
//! - *Flood*: three times as many connections as the bot serves, each of which sends its next request as soon as it has
//!   the answer to the last, or a second after it was told to come again; then one more. It needs as many open files.
//! - *Gateway*: people in the tests' stand-in Discord talk to the bot as fast as the stand-in can follow, which is much
//!   slower than the bot: what is measured is the bot's processor time.

#![recursion_limit = "256"] // an interaction has many fields

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use clap::{Parser, Subcommand};
use ed25519_dalek::{Signer, SigningKey};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use standin::{Discord, Options, Route};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use whichrole::bot::{self, Defaults};
use whichrole::discord::endpoint::{self, Endpoint, Limits, MAX_BODY, PublicKey};
use whichrole::discord::{Settings, Shards, gateway};
use whichrole::interaction::{Incoming, parse};
use whichrole::load::load;
use whichrole::message::Reply;
use whichrole::responses::CONVERSATION;
use whichrole::responses::{Responses, Source};
use whichrole::secret::Secret;
use whichrole::service::Service;
use whichrole::telemetry::logs;

/// Measures the endpoint beside a bare server.
#[derive(Parser)]
struct Arguments {
    /// How often each server is measured, in turns.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How many interactions the bot answers before its memory is looked at again.
    #[arg(long, default_value_t = 1_000_000)]
    interactions: usize,
    /// How many connections flood the bot.
    #[arg(long, default_value_t = 3 * Limits::default().connections)]
    flood: usize,
    /// How many interactions the bot answers through the gateway.
    #[arg(long, default_value_t = 20_000)]
    gateway: usize,
    /// Where the bot's log goes. By default nowhere: how long a write takes is up to what the log goes to.
    #[arg(long, default_value = "/dev/null")]
    log: String,
    #[command(subcommand)]
    server: Option<Server>,
}

/// The servers; this program starts itself as one.
#[derive(Subcommand)]
enum Server {
    /// Verifies the signature as the library's documentation says, and answers a constant.
    Strict,
    /// Verifies the signature as the bot does, and answers a constant.
    Bare,
    /// The bot.
    Bot,
    /// The bot, with its interactions from the gateway of this API.
    Gateway {
        /// Where the API is.
        api_url: String,
    },
}

const PATH: &str = "/interactions";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn public_key() -> PublicKey {
    PublicKey::parse(&hex(key().verifying_key().as_bytes())).expect("the key of a signing key")
}

fn responses() -> Responses {
    load(&Source::BuiltIn, "en-US").expect("what the binary carries is sound")
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.server {
        Some(Server::Gateway { api_url }) => runtime.block_on(through_the_gateway(api_url)),
        Some(server) => runtime.block_on(serve(&server)),
        None => {
            Command::new("taskset")
                .args(["--cpu-list", "--pid", CLIENT_CORE, &std::process::id().to_string()])
                .stdout(Stdio::null())
                .status()?;
            let signed = conversations();
            if arguments.turns > 0 {
                measure_endpoint(&arguments, &signed)?;
            }
            if arguments.interactions > 0 {
                measure_memory(&arguments, &signed)?;
            }
            if arguments.flood > 0 {
                runtime.block_on(measure_flood(&arguments, &signed))?;
            }
            if arguments.gateway > 0 {
                runtime.block_on(measure_gateway(&arguments))?;
            }
            Ok(())
        }
    }
}

/// Serves until it is killed, after saying where.
async fn serve(server: &Server) -> io::Result<()> {
    let listener = endpoint::listen(([127, 0, 0, 1], 0).into())?;
    println!("{}", listener.local_addr()?);
    match server {
        Server::Strict => {
            let key = key().verifying_key();
            let verify = move |timestamp: &[u8], body: &[u8], signature: &[u8]| {
                let signature = std::str::from_utf8(signature).ok().and_then(|digits| digits.parse().ok());
                signature.is_some_and(|signature| key.verify_strict(&[timestamp, body].concat(), &signature).is_ok())
            };
            bare(listener, verify).await
        }
        Server::Bare => {
            let key = public_key();
            bare(listener, move |timestamp, body, signature| key.verify(&[timestamp, body], signature)).await
        }
        Server::Bot | Server::Gateway { .. } => {
            logs::init(logs::Level::Info, logs::Format::Text);
            let endpoint = Endpoint {
                path: PATH.to_owned(),
                public_key: public_key(),
                service: Arc::new(Service::new(responses(), Defaults::default())),
                limits: Limits::default(),
            };
            endpoint::serve(listener, endpoint, std::future::pending()).await
        }
    }
}

/// The bot at the gateway of this API, until it is killed.
async fn through_the_gateway(api_url: String) -> io::Result<()> {
    logs::init(logs::Level::Info, logs::Format::Text);
    let settings = Settings {
        api_url,
        token: Secret::new(standin::TOKEN),
        test_guild: None,
        register_commands: true,
        shards: Shards::Auto,
    };
    let service = Arc::new(Service::new(responses(), Defaults::default()));
    gateway::run(settings, service, CancellationToken::new()).await.map_err(io::Error::other)
}

/// The least that a server has to do: hyper, without a framework, limits, time-outs or a log.
async fn bare(
    listener: TcpListener,
    verify: impl Fn(&[u8], &[u8], &[u8]) -> bool + Send + Sync + 'static,
) -> io::Result<()> {
    let verify = Arc::new(verify);
    let constant = axum::body::Bytes::from(usual_reply());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (verify, constant) = (Arc::clone(&verify), constant.clone());
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (verify, constant) = (Arc::clone(&verify), constant.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(Body::new(body), MAX_BODY).await.unwrap_or_default();
                let header = |name: &str| parts.headers.get(name).map(axum::http::HeaderValue::as_bytes);
                let mut response = Response::new(Body::empty());
                match (header("x-signature-timestamp"), header("x-signature-ed25519")) {
                    (Some(timestamp), Some(signature)) if verify(timestamp, &body, signature) => {
                        let json = axum::http::HeaderValue::from_static("application/json");
                        response.headers_mut().insert(CONTENT_TYPE, json);
                        *response.body_mut() = Body::from(constant);
                    }
                    _ => *response.status_mut() = StatusCode::UNAUTHORIZED,
                }
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// A reply of middling length: the first question.
fn usual_reply() -> Vec<u8> {
    let body = command(7, "whichrole");
    let responses = responses();
    let (_, reply) = answer(&responses, &body);
    serde_json::to_vec(&reply).expect("a reply is JSON")
}

fn answer<'a>(responses: &'a Responses, body: &Value) -> (String, Reply<'a>) {
    let body = body.to_string();
    let Ok(Incoming::Interaction(envelope)) = parse(body.as_bytes()) else { panic!("no interaction: {body}") };
    let answer = bot::respond(responses, Defaults::default(), &envelope.interaction);
    (answer.record.reply.to_string(), answer.reply)
}

// What Discord sends.

/// The parts that every interaction has; the values are made up, their lengths are not.
fn interaction(user: u64) -> Value {
    json!({
        "app_permissions": "2248473465835073",
        "application_id": "1187000000000000001",
        "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {"0": "1187000000000000002"},
        "channel": {"flags": 0, "guild_id": "1187000000000000002", "icon_emoji": {"id": null, "name": "👋"},
            "id": "1187000000000000003", "last_message_id": "1187000000000000004", "name": "leadership", "nsfw": false,
            "parent_id": "1187000000000000005", "permissions": "2251799813685247", "position": 0,
            "rate_limit_per_user": 0, "theme_color": null, "topic": "Who does what, and who should", "type": 0},
        "channel_id": "1187000000000000003",
        "context": 0,
        "entitlement_sku_ids": [],
        "entitlements": [],
        "guild": {"features": ["COMMUNITY", "NEWS"], "id": "1187000000000000002", "locale": "en-US"},
        "guild_id": "1187000000000000002",
        "guild_locale": "en-US",
        "id": (1_187_000_000_000_000_100 + user).to_string(),
        "locale": if user.is_multiple_of(4) { "de" } else { "en-US" },
        "member": {"avatar": null, "banner": null, "collectibles": null, "communication_disabled_until": null,
            "deaf": false, "display_name_styles": null, "flags": 0, "joined_at": "2024-03-05T11:45:27.881000+00:00",
            "mute": false, "nick": null, "pending": false, "permissions": "2251799813685247", "premium_since": null,
            "roles": ["1187000000000000006", "1187000000000000007", "1187000000000000008"],
            "unusual_dm_activity_until": null,
            "user": {"avatar": "a_d5efa99b3eeaa7dd43acca82f5692432", "avatar_decoration_data": null, "clan": null,
                "collectibles": null, "discriminator": "0", "display_name_styles": null, "global_name": "Somebody",
                "id": (80_351_110_224_678_912 + user).to_string(), "primary_guild": null, "public_flags": 4_194_304,
                "username": "somebody"}},
        "token": "aW50ZXJhY3Rpb246".repeat(13),
        "version": 1,
    })
}

fn command(user: u64, name: &str) -> Value {
    let mut body = interaction(user);
    body["type"] = 2.into();
    body["data"] = json!({"id": "1187000000000000009", "name": name, "type": 1});
    body
}

/// A press under the message of a reply, which Discord sends along.
fn press(user: u64, reply: &Reply<'_>, custom_id: &str) -> Value {
    let reply = serde_json::to_value(reply).expect("a reply is JSON");
    let mut body = interaction(user);
    body["type"] = 3.into();
    body["data"] = json!({"component_type": 2, "custom_id": custom_id, "id": 7});
    body["message"] = json!({
        "application_id": "1187000000000000001", "attachments": [],
        "author": {"avatar": "d5efa99b3eeaa7dd43acca82f5692432", "avatar_decoration_data": null, "bot": true, "clan": null,
            "collectibles": null, "discriminator": "1187", "global_name": null, "id": "1187000000000000001",
            "primary_guild": null, "public_flags": 524_288, "username": "whichrole"},
        "channel_id": "1187000000000000003", "components": reply["data"]["components"], "content": "",
        "edited_timestamp": null, "embeds": [], "flags": reply["data"]["flags"], "id": "1187000000000000010",
        "interaction_metadata": {"authorizing_integration_owners": {"0": "1187000000000000002"},
            "command_type": 1, "id": "1187000000000000011", "name": "whichrole", "type": 2,
            "user": body["member"]["user"]},
        "mention_everyone": false, "mention_roles": [], "mentions": [], "pinned": false,
        "timestamp": "2025-11-24T04:00:00.000000+00:00", "tts": false, "type": 20, "webhook_id": "1187000000000000001",
    });
    body
}

/// A request as it goes over the wire, and what the bot must answer.
struct Signed {
    request: Vec<u8>,
    reply: Vec<u8>,
}

/// The conversations of 100 people: a card, the other card, then `/whichrole` to its end by way of one Back.
fn conversations() -> Vec<Signed> {
    let responses = responses();
    let key = key();
    let mut signed = Vec::new();
    let mut random = Random(42);
    for user in 0..100 {
        let mut say = |body: Value| {
            let (result, reply) = answer(&responses, &body);
            let body = body.to_string();
            let timestamp = "1763956800";
            let signature = hex(&key.sign(format!("{timestamp}{body}").as_bytes()).to_bytes());
            let request = format!(
                "POST {PATH} HTTP/1.1\r\nHost: bot.example\r\nContent-Type: application/json\r\n\
                 User-Agent: Discord-Interactions/1.0 (+https://discord.com)\r\nX-Signature-Ed25519: {signature}\r\n\
                 X-Signature-Timestamp: {timestamp}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            signed.push(Signed {
                request: request.into_bytes(),
                reply: serde_json::to_vec(&reply).expect("a reply is JSON"),
            });
            (result, reply)
        };
        let (_, card) = say(command(user, "cto"));
        say(press(user, &card, &card.message.buttons()[0].custom_id));
        let (mut result, mut question) = say(command(user, "whichrole"));
        let mut turned_back = false;
        while result == "question" {
            let buttons = question.message.buttons();
            let back = buttons.iter().find(|button| button.custom_id.starts_with("back:") && !button.disabled);
            let choice = match back {
                Some(back) if !turned_back => {
                    turned_back = true;
                    back
                }
                _ => buttons[usize::try_from(random.next() % 4).expect("below four")],
            };
            (result, question) = say(press(user, &question, &choice.custom_id));
        }
        assert_eq!(result, "suggestion");
    }
    signed
}

/// xorshift64: every run sends the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The time to the next of so many arrivals a second, which do not know of one another.
    fn wait(&mut self, rate: f64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "any number between 0 and 1 will do")]
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_secs_f64(-(1.0 - part).ln() / rate)
    }
}

// The servers, as processes.

struct Process {
    child: Child,
    _stdin: Option<ChildStdin>,
}

impl Process {
    fn start(server: &[&str], log: &str) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        // `taskset` becomes the program it starts, so its process id is the server's.
        let mut child = Command::new("taskset")
            .args(["--cpu-list", SERVER_CORE])
            .arg(program)
            .args(server)
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()?;
        Ok(Self { _stdin: child.stdin.take(), child })
    }

    /// A server, and where it listens.
    fn listening(server: &str, log: &str) -> io::Result<(Self, SocketAddr)> {
        let mut process = Self::start(&[server], log)?;
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| io::Error::other("the server did not say where it listens"))?;
        Ok((process, address))
    }

    /// The processor time it has used, to a hundredth of a second.
    fn cpu(&self) -> io::Result<Duration> {
        // proc_pid_stat(5): utime and stime are fields 14 and 15, counted from 1; the name in field 2 may hold spaces.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        // A tick is a hundredth of a second on every Linux that Rust runs on.
        Ok(Duration::from_millis(10 * ticks))
    }

    /// What it keeps in memory, in KiB.
    fn memory(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().map_err(io::Error::other)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The servers that are measured beside each other, by the names that this program starts them with.
const SERVERS: [&str; 3] = ["strict", "bare", "bot"];
/// The place of the bot among [`SERVERS`].
const BOT: usize = 2;

const CLIENT_CORE: &str = "0";
const SERVER_CORE: &str = "1";

// The client.

struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
    read: usize,
    /// When the request was due, if one is being answered.
    since: Option<Instant>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024].into(), read: 0, since: None })
    }

    fn send(&mut self, request: &[u8], due: Instant) -> io::Result<()> {
        let mut rest = request;
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        self.read = 0;
        self.since = Some(due);
        Ok(())
    }

    /// The body of the answer, where it has arrived.
    fn answer(&mut self) -> io::Result<Option<&[u8]>> {
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
struct Answer<'a> {
    status: u16,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Reads a response; nothing where some of it has not arrived yet.
    fn parse(read: &'a [u8]) -> io::Result<Option<Self>> {
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
enum Pace {
    /// As soon as the last is answered.
    Full,
    /// At random, so many a second.
    Rate(f64),
}

/// When to stop sending.
#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    Count(usize),
}

struct Measured {
    answered: usize,
    took: Duration,
    /// Of the server's processor, for each.
    cpu: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Measured {
    fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let answered = self.answered as f64;
        answered / self.took.as_secs_f64()
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() * percent / 100).min(self.latencies.len() - 1)]
    }
}

/// Sends the requests in turn. The client never sleeps: it has a core of its own, and a sleep may take too long.
fn run(
    (server, address): &(Process, SocketAddr),
    signed: &[Signed],
    connections: usize,
    pace: Pace,
    until: Until,
) -> io::Result<Measured> {
    let mut connections: Vec<_> = (0..connections).map(|_| Connection::open(*address)).collect::<Result<_, _>>()?;
    let mut free: VecDeque<usize> = (0..connections.len()).collect();
    let mut requests = signed.iter().cycle();
    let mut latencies = Vec::new();
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
        if !sending && free.len() == connections.len() {
            break;
        }
        let now = Instant::now();
        let allowed = match until {
            Until::Count(count) => count - sent,
            Until::Time(_) if sending => usize::MAX,
            Until::Time(_) => 0,
        };
        for _ in 0..allowed.min(free.len()) {
            let since = match pace {
                Pace::Full => now,
                Pace::Rate(_) if now < due => break,
                Pace::Rate(rate) => {
                    let turn = due;
                    due += random.wait(rate);
                    turn
                }
            };
            let index = free.pop_front().expect("as many are free as there are turns");
            let request = requests.next().expect("a cycle of some requests never ends");
            connections[index].send(&request.request, since)?;
            sent += 1;
        }
        for (index, connection) in connections.iter_mut().enumerate() {
            let Some(since) = connection.since else { continue };
            if connection.answer()?.is_some() {
                latencies.push(since.elapsed());
                connection.since = None;
                free.push_back(index);
            }
        }
    }
    let (took, cpu) = (start.elapsed(), server.cpu()? - cpu);
    let answered = latencies.len();
    latencies.sort_unstable();
    let each = u32::try_from(answered).map_err(io::Error::other)?;
    Ok(Measured { answered, took, cpu: cpu / each, latencies })
}

/// Sends everything once, and compares what comes back with what the bot says in this process.
fn check(address: SocketAddr, signed: &[Signed]) -> io::Result<()> {
    let mut connection = Connection::open(address)?;
    for Signed { request, reply } in signed {
        connection.send(request, Instant::now())?;
        loop {
            if let Some(body) = connection.answer()? {
                assert!(body == reply.as_slice(), "another answer: {}", String::from_utf8_lossy(body));
                break;
            }
        }
    }
    Ok(())
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn measure_endpoint(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let mean = |length: fn(&Signed) -> usize| signed.iter().map(length).sum::<usize>() / signed.len();
    println!(
        "{} requests of whole conversations: {} bytes on average, answers of {} bytes",
        signed.len(),
        mean(|signed| signed.request.len()),
        mean(|signed| signed.reply.len())
    );
    let time = Until::Time(Duration::from_secs(arguments.seconds));
    let warm = Until::Time(Duration::from_millis(500));
    println!("\nthroughput, {} connections, one core", arguments.connections);
    let mut peaks = SERVERS.map(|_| Vec::new());
    for which in turns(arguments.turns) {
        let server = Process::listening(SERVERS[which], &arguments.log)?;
        if which == BOT && peaks[BOT].is_empty() {
            check(server.1, signed)?;
        }
        run(&server, signed, arguments.connections, Pace::Full, warm)?;
        let measured = run(&server, signed, arguments.connections, Pace::Full, time)?;
        println!(
            "  {:6}  {:6.0}/s  {:5.1} µs of processor each  p50 {:6.0} µs  p99 {:6.0} µs",
            SERVERS[which],
            measured.per_second(),
            micros(measured.cpu),
            micros(measured.percentile(50)),
            micros(measured.percentile(99))
        );
        peaks[which].push((measured.per_second(), micros(measured.cpu)));
    }

    let rate = median(peaks[BOT].iter().map(|(rate, _)| *rate)) / 2.0;
    println!("\nlatency at {rate:.0}/s, half of the bot's throughput");
    let mut tails = SERVERS.map(|_| Vec::new());
    for which in turns(arguments.turns) {
        let server = Process::listening(SERVERS[which], &arguments.log)?;
        run(&server, signed, arguments.connections, Pace::Rate(rate), warm)?;
        let measured = run(&server, signed, arguments.connections, Pace::Rate(rate), time)?;
        let [p50, p99] = [50, 99].map(|percent| micros(measured.percentile(percent)));
        println!("  {:6}  {:6.0}/s  p50 {p50:6.0} µs  p99 {p99:6.0} µs", SERVERS[which], measured.per_second());
        tails[which].push((p50, p99));
    }

    // What else the machine does only ever makes a server slower, so the best of each says most about the server.
    println!("\nbest (median)          {:>15} {:>15} {:>15}", SERVERS[0], SERVERS[1], SERVERS[2]);
    let row = |name: &str, unit: &str, digits: usize, best: fn(f64, f64) -> f64, of: &dyn Fn(usize) -> Vec<f64>| {
        let bests = [0, 1, 2].map(|which| of(which).into_iter().reduce(best).unwrap_or_default());
        let medians = [0, 1, 2].map(|which| median(of(which)));
        let cells = bests.iter().zip(medians).map(|(best, median)| format!("{best:.digits$} ({median:.digits$})"));
        println!("  {name:20} {} {unit}", cells.map(|cell| format!("{cell:>15}")).collect::<Vec<_>>().join(" "));
        let of = |other: usize| (bests[BOT] / bests[other], medians[BOT] / medians[other]);
        let ((strict, strict_median), (bare, bare_median)) = (of(0), of(1));
        println!("  {:20} {strict:7.2} ({strict_median:.2})  {bare:7.2} ({bare_median:.2})", "  the bot's part");
    };
    row("throughput", "/s", 0, f64::max, &|which| peaks[which].iter().map(|(rate, _)| *rate).collect());
    row("processor each", "µs", 1, f64::min, &|which| peaks[which].iter().map(|(_, cpu)| *cpu).collect());
    row("p50", "µs", 0, f64::min, &|which| tails[which].iter().map(|(p50, _)| *p50).collect());
    row("p99", "µs", 0, f64::min, &|which| tails[which].iter().map(|(_, p99)| *p99).collect());
    Ok(())
}

/// Each server so many times. The one that is first finds the machine as the last turn left it, so that changes.
fn turns(count: usize) -> impl Iterator<Item = usize> {
    (0..count).flat_map(|turn| (0..SERVERS.len()).map(move |which| (which + turn) % SERVERS.len()))
}

/// What the bot keeps in memory.
fn measure_memory(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let server = Process::listening("bot", &arguments.log)?;
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

/// How long Discord waits for an answer.
const DEADLINE: Duration = Duration::from_secs(3);

/// How the requests of a flood ended, with how long each took.
#[derive(Default)]
struct Ends {
    answered: Vec<Duration>,
    shed: Vec<Duration>,
    /// Not within the 3 seconds that Discord waits, or by a broken connection.
    lost: usize,
}

impl Ends {
    fn take(&mut self, mut other: Self) {
        self.answered.append(&mut other.answered);
        self.shed.append(&mut other.shed);
        self.lost += other.lost;
    }
}

/// Many times as many connections as the bot serves; and how soon after it somebody is answered.
async fn measure_flood(arguments: &Arguments, signed: &[Signed]) -> io::Result<()> {
    let (server, address) = Process::listening("bot", &arguments.log)?;
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
async fn flood(address: SocketAddr, signed: &[Signed], first: usize, end: Instant) -> Ends {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

/// What the bot's processor does for an interaction that comes through the gateway, from its event to the line in the
/// log: the answer is a request of the bot's own, without TLS here.
async fn measure_gateway(arguments: &Arguments) -> io::Result<()> {
    let patience = Duration::from_secs(60);
    let discord = Discord::start(Options { deadline: patience, patience, ..Options::default() }).await;
    let server = Process::start(&["gateway", &discord.api_url()], &arguments.log)?;
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    let people = 50;
    // How often each person types or presses: the first time to warm up.
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

/// So many commands and presses of one person: whole conversations, one after the other.
async fn talk(discord: &Discord, person: usize, count: usize) {
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
