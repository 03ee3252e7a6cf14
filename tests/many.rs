//! Much at once, and the worst of it: the real process among a thousand conversations, killed, cut off, and fed with garbage.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;
use standin::{Bot, Delivery, Discord, Fault, Member, MessageView, Options, PING, Route, Setup, TestResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;
use whichrole::advisor::{Outcome, Role, Strength, advise};
use whichrole::load::load;
use whichrole::responses::{Responses, Source, Words};

/// How many people talk to the bot at the same time.
const PEOPLE: usize = 1000;

/// How many of them press a button at the same moment.
const AT_ONCE: usize = 50;

/// Somebody in the middle of a conversation.
struct Conversation {
    member: Member,
    message: MessageView,
    /// The id of the choice taken, by the id of the question.
    answers: BTreeMap<String, String>,
    /// What this person will choose next: everybody else something else.
    whim: usize,
}

impl Conversation {
    async fn start(discord: &Discord, index: usize) -> Self {
        let member = discord.member(&format!("Person {index}"));
        let message = member.command("whichrole", []).await.message;
        Self { member, message, answers: BTreeMap::new(), whim: index.wrapping_mul(2_654_435_761) }
    }

    /// Answers the question on the card; false once there is none.
    async fn answer(&mut self, responses: &Responses) -> bool {
        let text = self.message.text();
        let words = &responses.languages[0].words.questions;
        let Some(index) = words.iter().position(|question| text.contains(&question.title)) else { return false };
        let (question, words) = (&responses.questionnaire.questions[index], &words[index]);
        let choice = self.whim % question.choices.len();
        self.whim /= question.choices.len();
        self.answers.insert(question.id.clone(), question.choices[choice].id.clone());
        self.message = self.member.press(&self.message, &words.choices[choice].label).await.message;
        true
    }

    /// The heading of the suggestion.
    fn suggestion(&self) -> String {
        let text = self.message.text();
        text.lines().find(|line| line.starts_with("## ")).unwrap_or_else(|| panic!("no suggestion: {text}")).to_owned()
    }
}

/// One step of every conversation, some at a time.
async fn step(conversations: &mut [Conversation], responses: &Responses) -> usize {
    let steps = stream::iter(conversations.iter_mut().map(|conversation| conversation.answer(responses)));
    steps.buffer_unordered(AT_ONCE).filter(|answered| std::future::ready(*answered)).count().await
}

/// The headings that fit what the rule says of the answers, by the road of `whichrole advise`.
fn headings(responses: &Responses, conversations: &[Conversation]) -> Vec<BTreeSet<String>> {
    let ids: Vec<_> = responses.questionnaire.questions.iter().map(|question| question.id.as_str()).collect();
    let mut table = format!("organisation,{}\n", ids.join(","));
    for (index, conversation) in conversations.iter().enumerate() {
        let cells: Vec<_> = ids.iter().map(|id| conversation.answers.get(*id).map_or("", String::as_str)).collect();
        table.push_str(&format!("{index},{}\n", cells.join(",")));
    }
    let advised = advise(&responses.questionnaire, table.as_bytes()).expect("these answers were all given").rows;
    let Words { cto, cio, suggestion: both, .. } = &responses.languages[0].words;
    let fitting = |outcome, strength| match (outcome, strength) {
        (Outcome::One(role), strength) => {
            let words = if role == Role::Cto { cto } else { cio };
            match strength {
                Strength::Clear => vec![words.clear()],
                Strength::Leaning => vec![words.leaning()],
                Strength::Slight => vec![words.slight(), both.nothing()],
            }
        }
        (Outcome::Both, Strength::Clear) => vec![both.both_clear(), both.both_small()],
        (Outcome::Both, _) => vec![both.both_leaning(), both.both_small()],
    };
    let heading = |text: Cow<str>| text.lines().next().unwrap_or_default().to_owned();
    advised
        .iter()
        .map(|one| fitting(one.suggestion.outcome, one.suggestion.strength))
        .map(|texts| texts.into_iter().map(heading).collect())
        .collect()
}

fn setup(discord: &Discord) -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_whichrole"), discord)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_conversations_outlive_the_gateways_end_and_the_bots() -> TestResult {
    let responses = load(&Source::BuiltIn, "en-US")?;
    // A bot that is started anew need not wait for its turn to identify, and this machine may be slow.
    let options = Options { identify_window: Duration::ZERO, deadline: Duration::from_secs(20), ..Options::default() };
    let discord = Discord::start(options).await;
    let bot = setup(&discord).start();
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    let starts = stream::iter((0..PEOPLE).map(|index| Conversation::start(&discord, index)));
    let mut conversations: Vec<_> = starts.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(step(&mut conversations, &responses).await, PEOPLE);

    // The gateway goes while people press: the session is resumed, and every press is answered.
    for away in [200, 5000] {
        let gone = async {
            discord.gateway().refuse_for(Duration::from_millis(away)).await;
            discord.gateway().drop_connections();
            discord.resumed().await.replayed
        };
        let (answered, replayed) = tokio::join!(step(&mut conversations, &responses), gone);
        assert_eq!(answered, PEOPLE);
        assert!(replayed > 0, "nobody pressed anything while it was away for {away} ms");
    }
    assert_eq!(discord.identifies().len(), 1, "one session all along");

    // The bot itself goes, without a word.
    bot.kill().await;
    let _bot = setup(&discord).start();
    discord.ready(0).await;
    while step(&mut conversations, &responses).await > 0 {}

    for (conversation, fitting) in conversations.iter().zip(headings(&responses, &conversations)) {
        let heading = conversation.suggestion();
        assert!(fitting.contains(&heading), "{:?} led to {heading}; fitting: {fitting:?}", conversation.answers);
    }
    Ok(())
}

/// Callbacks fail in every way that the stand-in knows, and people notice no more than a wait.
#[tokio::test(flavor = "multi_thread")]
async fn conversations_end_right_while_discord_fails_to_take_answers() -> TestResult {
    let responses = load(&Source::BuiltIn, "en-US")?;
    let discord = Discord::start(Options { deadline: Duration::from_secs(20), ..Options::default() }).await;
    let bot = setup(&discord).start();
    discord.ready(0).await;
    discord.requested(Route::Commands, 2).await;
    let starts = stream::iter((0..100).map(|index| Conversation::start(&discord, index)));
    let mut conversations: Vec<_> = starts.buffer_unordered(AT_ONCE).collect().await;
    for _ in 0..3 {
        let faults = [
            Fault::Status(500, 2),
            Fault::Reset,
            Fault::RateLimited { retry_after: 0.2, times: 2 },
            Fault::Delay(Duration::from_secs(2)),
            Fault::LostReply,
            Fault::Status(503, 1),
        ];
        faults.into_iter().for_each(|fault| discord.fault(fault));
        let answered = step(&mut conversations, &responses).await;
        assert_eq!(answered, 100, "the first three questions are asked of everybody");
    }
    let requests = discord.requests();
    let met = |status| requests.iter().filter(|one| one.route == Some(Route::Callback) && one.status == status).count();
    assert_eq!((met(500), met(503), met(429), met(0)), (6, 3, 6, 6), "each fault was met");
    while step(&mut conversations, &responses).await > 0 {}
    for (conversation, fitting) in conversations.iter().zip(headings(&responses, &conversations)) {
        let heading = conversation.suggestion();
        assert!(fitting.contains(&heading), "{:?} led to {heading}; fitting: {fitting:?}", conversation.answers);
    }
    let output = bot.output();
    assert!(!output.contains("ERROR"), "every answer arrived:\n{output}");
    Ok(())
}

/// What is no interaction of Discord's, in a number of ways.
fn garbage(index: usize) -> Vec<u8> {
    let post = |headers: &str, body: &str| {
        let length = body.len();
        format!(
            "POST /interactions HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    };
    let signed = |signature: &str| {
        post(&format!("X-Signature-Timestamp: {index}\r\nX-Signature-Ed25519: {signature}\r\n"), r#"{"type":1}"#)
    };
    match index % 8 {
        0 => vec![0xff; 64],
        1 => b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        2 => post("", r#"{"type":1}"#).into(),
        3 => signed(&"0".repeat(128)).into(),
        4 => signed(&"f".repeat(128)).into(),
        5 => signed("not hexadecimal").into(),
        6 => format!("POST /interactions HTTP/1.1\r\nX: {}\r\n", "y".repeat(index)).into(),
        _ => b"POST /interactions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".to_vec(),
    }
}

/// An endpoint as it is shipped, in a Discord that takes its address.
async fn endpoint(discord: &Discord) -> TestResult<(Bot, String)> {
    let mut bot = setup(discord)
        .config("discord.transport", r#""endpoint""#)
        .config("endpoint.listen", r#""127.0.0.1:0""#)
        .env("DISCORD_PUBLIC_KEY", &discord.public_key())
        .start();
    let url = bot.listening().await;
    let address = url.trim_start_matches("http://").split('/').next().ok_or("there is a first part")?.to_owned();
    discord.endpoints([url]);
    discord.requested(Route::Commands, 2).await;
    Ok((bot, address))
}

/// Maximum number of requests in flight at an endpoint.
const MAX_IN_FLIGHT: usize = 128;

/// Maximum number of connections that an endpoint serves.
const CONNECTIONS: usize = 512;

/// The status of a response, and whether it has `Retry-After: 1`.
async fn status(stream: &mut TcpStream) -> TestResult<(u16, bool)> {
    let mut answer = Vec::new();
    let head = loop {
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(answer.drain(..end + 4).collect())?.to_lowercase();
        }
        let read = stream.read_buf(&mut answer).await?;
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&answer));
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Ok(0), str::parse)?;
    while answer.len() < length {
        assert!(stream.read_buf(&mut answer).await? > 0, "closed in the middle");
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("there is no status")?;
    Ok((status, head.contains("\r\nretry-after: 1\r\n")))
}

/// Three times as many requests as it takes at once, each sent in part: the rest get 503 at once, and
/// are served as soon as they do.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_shed_and_over_at_once() -> TestResult {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let (bot, address) = endpoint(&discord).await?;
    let (whole, begun) = (discord.ping("", PING), discord.ping("Expect: 100-continue\r\n", ""));
    let (mut taken, mut shed) = (Vec::new(), Vec::new());
    for _ in 0..3 * MAX_IN_FLIGHT {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(begun.as_bytes()).await?;
        match status(&mut stream).await? {
            (100, _) => taken.push(stream),
            (503, true) => shed.push(stream),
            other => panic!("{other:?}"),
        }
    }
    // On a machine so slow that all this takes longer than half a second, the first have had to make room.
    assert!(taken.len() >= MAX_IN_FLIGHT && !shed.is_empty(), "{} taken, {} shed", taken.len(), shed.len());
    let closed = taken.len() - MAX_IN_FLIGHT;
    for stream in &mut taken[closed..] {
        stream.write_all(PING.as_bytes()).await?;
        assert_eq!(status(stream).await?.0, 200);
    }
    for _ in shed {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(whole.as_bytes()).await?;
        assert_eq!(status(&mut stream).await?.0, 200);
    }
    discord.member("Ana").command("cto", []).await;
    drop(bot);
    Ok(())
}

/// Three times as many connections as it serves, each with its next request as soon as the last is answered: all are
/// answered or get 503 within Discord's 3 seconds, and when they have gone it is as before.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs 2000 open files, `ulimit -n 2000`; .ci/run has them"]
async fn a_flood_of_connections_is_shed_and_over_at_once() -> TestResult {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let (mut bot, address) = endpoint(&discord).await?;
    let request = discord.ping("", PING);
    let end = Instant::now() + Duration::from_secs(2);
    let ends = stream::iter(0..3 * CONNECTIONS).map(|_| async {
        let (mut answered, mut shed, mut closed) = (0_usize, 0_usize, 0_usize);
        let mut stream = None;
        while Instant::now() < end {
            let asked = async {
                let mut stream = match stream.take() {
                    Some(stream) => stream,
                    None => TcpStream::connect(&address).await.expect("the endpoint takes connections"),
                };
                stream.write_all(request.as_bytes()).await.ok()?;
                stream.peek(&mut [0]).await.ok().filter(|read| *read > 0)?;
                Some((status(&mut stream).await.expect("a response"), stream))
            };
            match timeout(Duration::from_secs(3), asked).await.expect("an answer in time") {
                Some(((200, _), kept)) => {
                    answered += 1;
                    stream = Some(kept);
                }
                Some(((503, true), _)) => shed += 1,
                Some((other, _)) => panic!("{other:?}"),
                // On a busy machine this client is slow, and then its connection makes room for another.
                None => closed += 1,
            }
        }
        (answered, shed, closed)
    });
    let ends: Vec<_> = ends.buffer_unordered(3 * CONNECTIONS).collect().await;
    let (all, closed) = ends.iter().fold((0, 0), |(all, closed), end| (all + end.0 + end.1, closed + end.2));
    assert!(closed * 10 <= all, "{closed} connections were closed, {all} requests were answered");
    let answered = ends.iter().filter(|(answered, ..)| *answered > 0).count();
    let shed = ends.iter().filter(|(_, shed, _)| *shed > 0).count();
    assert!(answered >= CONNECTIONS && shed >= CONNECTIONS, "of them {answered} answered, {shed} shed");
    discord.member("Ana").command("cto", []).await;
    bot.line("new ones get 503").await;
    Ok(())
}

/// Fewer open files than the connections that an endpoint serves: those that have been waited for longest make room.
#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_that_take_all_open_files_make_room() -> TestResult {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let (mut bot, address) = endpoint(&discord).await?;
    let limit = Command::new("prlimit").args(["--pid", &bot.id().to_string(), "--nofile=40"]).status().await;
    let limit = limit.map_err(|error| format!("util-linux has `prlimit`: {error}"))?;
    assert!(limit.success(), "the limit of open files could not be set");
    let mut half_open = Vec::new();
    for _ in 0..40 {
        half_open.push(TcpStream::connect(&address).await?);
    }
    bot.line("cannot accept a connection").await;
    // Within Discord's 3 seconds, while the half-open connections stay.
    discord.member("Ana").command("cto", []).await;
    drop(half_open);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_half_open_connections_leave_the_endpoint_serving() -> TestResult {
    let discord = Discord::start(Options { delivery: Delivery::to_endpoint(), ..Options::default() }).await;
    let (mut bot, address) = endpoint(&discord).await?;

    // Clients that connect, send half a line, and stay.
    let mut half_open = Vec::new();
    for index in 0..300 {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(&b"POST /interactions HTTP/1.1\r\nHost"[..index % 30]).await?;
        half_open.push(stream);
    }
    let requests = stream::iter(0..10_000).map(|index| {
        let address = &address;
        async move {
            let mut stream = TcpStream::connect(address).await.expect("the endpoint takes connections");
            // It may have hung up already; either is fine.
            let _ = stream.write_all(&garbage(index)).await;
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!answer.starts_with(b"HTTP/1.1 2") && !answer.starts_with(b"HTTP/1.1 5"), "{answer:?}");
        }
    });
    requests.buffer_unordered(AT_ONCE).collect::<()>().await;

    // Within Discord's 3 seconds, while the half-open connections stay.
    let ana = discord.member("Ana");
    for _ in 0..20 {
        ana.command("cto", []).await;
    }
    drop(half_open);
    bot.signal("TERM");
    assert_eq!(bot.exit().await, Some(0), "{}", bot.output());
    Ok(())
}
