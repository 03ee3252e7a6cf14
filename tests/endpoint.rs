//! The HTTP interactions endpoint from outside: real connections over loopback, real signatures.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{panic, thread};

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin::{FIXTURE, TestResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use whichrole::bot::{Bot, Defaults};
use whichrole::discord::endpoint::{self, Endpoint, Limits, MAX_BODY, PublicKey};
use whichrole::discord::{API_URL, Afterwards};
use whichrole::interaction::{Incoming, parse};
use whichrole::load::load;
use whichrole::responses::{Responses, Source};
use whichrole::service::Service;
use whichrole::telemetry::metrics::Metrics;
use whichrole::telemetry::panics;

use crate::log::Log;

const TIMESTAMP: &str = "1763956800";
const NEVER: Duration = Duration::from_secs(3600);

/// Limits that no test reaches by being slow; each test lowers the one that it is about.
const PATIENT: Limits = Limits {
    connections: 100,
    shed_connections: 100,
    in_flight: 100,
    patience: NEVER,
    head_timeout: NEVER,
    body_timeout: NEVER,
    idle_timeout: NEVER,
    drain_timeout: NEVER,
};

fn responses() -> TestResult<Responses> {
    Ok(load(&Source::Folder(FIXTURE.into()), "en-US")?)
}

fn application() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signature(key: &SigningKey, timestamp: &str, body: &[u8]) -> String {
    hex(&key.sign(&[timestamp.as_bytes(), body].concat()).to_bytes())
}

/// No test here has something to do after a reply.
fn afterwards(service: &Arc<Service>) -> Arc<Afterwards> {
    Arc::new(Afterwards::new(API_URL, None, Arc::clone(service), CancellationToken::new()))
}

/// An endpoint on a port of its own.
struct Server {
    address: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(limits: Limits) -> TestResult<Self> {
        Self::with(limits, responses()?).await
    }

    async fn with(limits: Limits, responses: Responses) -> TestResult<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let public_key = PublicKey::parse(&hex(application().verifying_key().as_bytes()))?;
        let service = Arc::new(Service::new(responses, Defaults::default()));
        let afterwards = afterwards(&service);
        let endpoint = Endpoint {
            path: "/interactions".to_owned(),
            public_key,
            service: Arc::clone(&service),
            callbacks: None,
            afterwards,
            limits,
        };
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(endpoint::serve(listener, endpoint, async {
            let _ = stopped.await;
        }));
        Ok(Self { address, service, stop, done })
    }

    async fn client(&self) -> TestResult<Client> {
        Ok(Client { stream: TcpStream::connect(self.address).await?, read: Vec::new() })
    }
}

/// A connection that one can be slow on.
struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
struct Response {
    status: u16,
    /// In lower case, sorted, without the date.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The JSON of the body, or of its first part where a picture travels with it.
    fn json(&self) -> TestResult<Value> {
        assert_eq!(self.status, 200);
        let boundary = match self.header("content-type").ok_or("it has no type")? {
            "application/json" => return Ok(serde_json::from_slice(&self.body)?),
            other => other.strip_prefix("multipart/form-data; boundary=").ok_or("another type is sent")?,
        };
        let body = String::from_utf8_lossy(&self.body);
        let part = body.split(&format!("--{boundary}")).nth(1).ok_or("there is no first part")?;
        let (head, json) = part.split_once("\r\n\r\n").ok_or("the part has no head")?;
        assert!(head.contains("name=\"payload_json\""), "{head}");
        Ok(serde_json::from_str(json.trim_end())?)
    }
}

/// The head of a signed request.
fn head(body: &[u8]) -> String {
    let signature = signature(&application(), TIMESTAMP, body);
    format!(
        "POST /interactions HTTP/1.1\r\nHost: bot\r\nX-Signature-Ed25519: {signature}\r\n\
         X-Signature-Timestamp: {TIMESTAMP}\r\nContent-Length: {}\r\n",
        body.len()
    )
}

/// The longest that anything here may take: a test that hangs fails in its own words.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it takes no longer than 30 s")
}

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) -> TestResult {
        Ok(self.stream.write_all(bytes.as_ref()).await?)
    }

    /// Sends a signed request and waits for its answer.
    async fn post(&mut self, body: impl AsRef<[u8]>) -> TestResult<Response> {
        let body = body.as_ref();
        self.send([head(body).as_bytes(), b"\r\n", body].concat()).await?;
        self.response().await
    }

    /// Sends the head of a signed request, and waits until the endpoint asks for the body.
    async fn begin(&mut self, body: &[u8]) -> TestResult {
        self.send(head(body) + "Expect: 100-continue\r\n\r\n").await?;
        assert_eq!(self.response().await?.status, 100);
        Ok(())
    }

    async fn more(&mut self) -> bool {
        soon(self.stream.read_buf(&mut self.read)).await.unwrap_or(0) > 0
    }

    /// Waits until the endpoint closes the connection; returns what it sent before.
    async fn closed(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    async fn response(&mut self) -> TestResult<Response> {
        let end = loop {
            match self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => assert!(self.more().await, "closed after {:?}", String::from_utf8_lossy(&self.read)),
            }
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let mut lines = std::str::from_utf8(&head)?.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or("there is no status")?;
        let mut headers = lines
            .map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
            .collect::<Option<Vec<_>>>()
            .ok_or("it is no header")?;
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        let mut response = Response { status, headers, body: Vec::new() };
        let length = response.header("content-length").map_or(Ok(0), str::parse)?;
        while self.read.len() < length {
            assert!(self.more().await, "closed in the middle of a body");
        }
        response.body = self.read.drain(..length).collect();
        Ok(response)
    }
}

fn command(name: &str) -> String {
    json!({"id": "1187", "type": 2, "token": "hush", "locale": "de", "guild_locale": "en-US",
           "member": {"user": {"id": "80351110224678912"}}, "data": {"name": name}})
    .to_string()
}

fn press(custom_id: &str) -> String {
    json!({"id": "1188", "type": 3, "token": "hush", "locale": "de", "message": {"flags": 32832},
           "user": {"id": "80351110224678912"}, "data": {"component_type": 2, "custom_id": custom_id}})
    .to_string()
}

const PING: &str = r#"{"id":"1","type":1,"token":"hush","application_id":"2","version":1}"#;

#[tokio::test]
async fn a_ping_gets_a_pong() -> TestResult {
    let server = Server::start(PATIENT).await?;
    assert_eq!(server.client().await?.post(PING).await?.json()?, json!({"type": 1}));
    Ok(())
}

#[tokio::test]
async fn a_conversation_is_answered_as_the_bot_answers_it() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let responses = responses()?;
    let mut client = server.client().await?;
    let mut said = Vec::new();
    let mut body = command("whichrole");
    loop {
        let Ok(Incoming::Interaction(envelope)) = parse(body.as_bytes()) else { panic!("{body}") };
        let plan = Bot::new(&responses, Defaults::default()).plan(&envelope.interaction);
        let answer = plan.answer().ok_or("a store is asked")?;
        let expected = serde_json::to_value(&answer.reply)?;
        let mut given = client.post(&body).await?.json()?;
        // A busy machine may not draw the picture in time; then it is there at a later press.
        for _ in 0..20 {
            if given == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
            given = client.post(&body).await?.json()?;
        }
        assert_eq!(given, expected);
        said.push(answer.record.reply.to_string());
        if said.len() == 4 {
            break;
        }
        body = press(&answer.reply.message().ok_or("there is no message")?.buttons()[0].custom_id);
    }
    assert_eq!(said, ["question", "question", "question", "suggestion"]);
    assert_eq!(client.post(command("cto")).await?.json()?["data"]["flags"], 32768);
    Ok(())
}

#[tokio::test]
async fn every_wrong_signature_gets_the_same_response() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let body = command("cto");
    let right = signature(&application(), TIMESTAMP, body.as_bytes());
    let stranger = signature(&SigningKey::from_bytes(&[8; 32]), TIMESTAMP, body.as_bytes());
    let (r, s) = right.split_at(64);
    let identity = format!("01{}", "0".repeat(62));
    let of = |signature: &str| format!("X-Signature-Ed25519: {signature}\r\n");
    let at = |timestamp: &str| format!("X-Signature-Timestamp: {timestamp}\r\n");
    let refused = [
        ("no headers", String::new()),
        ("no signature", at(TIMESTAMP)),
        ("no timestamp", of(&right)),
        ("an empty signature", of("") + &at(TIMESTAMP)),
        ("too short", of(&right[..126]) + &at(TIMESTAMP)),
        ("an odd number of digits", of(&right[..127]) + &at(TIMESTAMP)),
        ("too long", of(&format!("{right}00")) + &at(TIMESTAMP)),
        ("no hexadecimal", of(&right.replace(&right[..1], "g")) + &at(TIMESTAMP)),
        ("no text", format!("X-Signature-Ed25519: {}é\r\n", &right[..126]) + &at(TIMESTAMP)),
        ("all zero", of(&"0".repeat(128)) + &at(TIMESTAMP)),
        ("somebody else's", of(&stranger) + &at(TIMESTAMP)),
        ("for another body", of(&signature(&application(), TIMESTAMP, PING.as_bytes())) + &at(TIMESTAMP)),
        ("for another timestamp", of(&right) + &at("1763956801")),
        ("for an empty timestamp", of(&right) + &at("")),
        ("s not reduced", of(&format!("{r}{}", "f".repeat(64))) + &at(TIMESTAMP)),
        ("r not canonical", of(&format!("{}7f{s}", "f".repeat(62))) + &at(TIMESTAMP)),
        ("r of small order", of(&format!("{identity}{s}")) + &at(TIMESTAMP)),
        ("two signatures", of(&right) + &of(&right) + &at(TIMESTAMP)),
        ("two timestamps", of(&right) + &at(TIMESTAMP) + &at(TIMESTAMP)),
    ];
    let mut client = server.client().await?;
    let mut send = async |headers: String| {
        let length = body.len();
        let request =
            format!("POST /interactions HTTP/1.1\r\nHost: bot\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        client.send(request).await?;
        client.response().await
    };
    assert_eq!(send(of(&right) + &at(TIMESTAMP)).await?.status, 200);
    assert_eq!(send(of(&right.to_uppercase()) + &at(TIMESTAMP)).await?.status, 200);
    let one = send(String::new()).await?;
    assert_eq!((one.status, one.body.as_slice()), (401, b"invalid request signature".as_slice()));
    for (what, headers) in refused {
        assert_eq!(send(headers).await?, one, "{what}");
    }
    // Nor does it matter whether the body is one.
    let unsigned = "POST /interactions HTTP/1.1\r\nHost: bot\r\nContent-Length: 0\r\n\r\n";
    client.send(unsigned).await?;
    assert_eq!(client.response().await?, one);
    Ok(())
}

/// Refusals look alike from outside. The operator learns what to compare, and how often it happens.
#[tokio::test]
async fn refusals_are_counted_by_reason() -> TestResult {
    let server = Server::start(Limits { body_timeout: Duration::from_millis(50), ..PATIENT }).await?;
    let stranger = signature(&SigningKey::from_bytes(&[8; 32]), TIMESTAMP, PING.as_bytes());
    let mut client = server.client().await?;
    let foreign = head(PING.as_bytes()).replace(&signature(&application(), TIMESTAMP, PING.as_bytes()), &stranger);
    for (request, status) in [
        (format!("{foreign}\r\n{PING}"), 401),
        ("POST /interactions HTTP/1.1\r\nHost: bot\r\nContent-Length: 0\r\n\r\n".to_owned(), 401),
        ("POST /interactions/ HTTP/1.1\r\nHost: bot\r\nContent-Length: 0\r\n\r\n".to_owned(), 404),
        ("GET /interactions HTTP/1.1\r\nHost: bot\r\n\r\n".to_owned(), 405),
        (head(b"{}") + "\r\n{}", 400),
        (head(&[b' '; MAX_BODY + 1]) + "Expect: 100-continue\r\n\r\n", 413),
    ] {
        client.send(&request).await?;
        assert_eq!(client.response().await?.status, status, "{}", request.lines().next().unwrap_or_default());
    }
    let mut slow = server.client().await?;
    slow.begin(PING.as_bytes()).await?;
    assert_eq!(slow.response().await?.status, 408);
    let text = server.service.metrics.text();
    for reason in ["unsigned", "signature", "path", "method", "too_large", "too_slow", "unreadable"] {
        let line = format!("whichrole_requests_refused_total{{reason=\"{reason}\"}} 1\n");
        assert!(text.contains(&line), "{line}{text}");
    }
    Ok(())
}

#[tokio::test]
async fn only_post_and_only_the_path() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let mut client = server.client().await?;
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        client.send(format!("{method} /interactions HTTP/1.1\r\nHost: bot\r\n\r\n")).await?;
        let response = client.response().await?;
        assert_eq!((response.status, response.header("allow")), (405, Some("POST")), "{method}");
    }
    client.send("POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 0\r\n\r\n").await?;
    assert_eq!(client.response().await?.status, 404);
    assert_eq!(client.post(PING).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_invalid_path_is_an_error_at_once() -> TestResult {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let service = Arc::new(Service::new(responses()?, Defaults::default()));
    let endpoint = Endpoint {
        path: "interactions".to_owned(),
        public_key: PublicKey::parse(&hex(application().verifying_key().as_bytes()))?,
        afterwards: afterwards(&service),
        service,
        callbacks: None,
        limits: PATIENT,
    };
    let error = soon(endpoint::serve(listener, endpoint, std::future::pending())).await.expect_err("no path");
    assert!(error.to_string().contains("`interactions`; it must begin with `/`"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_not_a_byte_more() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let ping_of = |length: usize| format!("{PING}{}", " ".repeat(length - PING.len()));
    let mut client = server.client().await?;
    assert_eq!(client.post(ping_of(MAX_BODY)).await?.json()?, json!({"type": 1}));
    assert_eq!(client.post(ping_of(MAX_BODY + 1)).await?.status, 413);

    // In chunks, without a `Content-Length`.
    for (length, status) in [(MAX_BODY, 200), (MAX_BODY + 1, 413)] {
        let body = ping_of(length);
        let head = head(body.as_bytes()).replace(&format!("Content-Length: {length}"), "Transfer-Encoding: chunked");
        let (first, second) = body.split_at(length / 3);
        let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
        let mut client = server.client().await?;
        client.send(format!("{head}\r\n{chunks}")).await?;
        assert_eq!(client.response().await?.status, status);
    }

    // A client that asks before it sends.
    let mut client = server.client().await?;
    client.send(head(ping_of(MAX_BODY + 1).as_bytes()) + "Expect: 100-continue\r\n\r\n").await?;
    let response = client.response().await?;
    assert_eq!((response.status, response.header("connection")), (413, Some("close")));
    Ok(())
}

#[tokio::test]
async fn a_head_has_a_limit() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let begun = head(PING.as_bytes()) + "X: ";
    let of = |length: usize| format!("{begun}{}", "x".repeat(length - begun.len()));
    let mut client = server.client().await?;
    client.send(of(31 * 1024) + "\r\n\r\n" + PING).await?;
    assert_eq!(client.response().await?.status, 200);
    let mut client = server.client().await?;
    client.send(of(32 * 1024)).await?;
    assert_eq!(client.response().await?.status, 431);
    Ok(())
}

#[tokio::test]
async fn a_body_in_pieces_is_one_body() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let mut client = server.client().await?;
    let body = command("cto");
    client.begin(body.as_bytes()).await?;
    for byte in body.bytes() {
        client.send([byte]).await?;
    }
    assert_eq!(client.response().await?.json()?["type"], 4);
    Ok(())
}

#[tokio::test]
async fn past_the_limit_of_requests_the_response_is_503() -> TestResult {
    let server = Server::start(Limits { in_flight: 1, ..PATIENT }).await?;
    let (mut first, mut second) = (server.client().await?, server.client().await?);
    let body = command("cto");
    first.begin(body.as_bytes()).await?;
    let response = second.post(PING).await?;
    assert_eq!((response.status, response.header("retry-after")), (503, Some("1")));
    first.send(&body).await?;
    assert_eq!(first.response().await?.status, 200);
    assert_eq!(second.post(PING).await?.status, 200, "on the same connection, once there is room");
    Ok(())
}

#[tokio::test]
async fn a_connection_stays_when_the_body_comes_after_its_request_got_no_room() -> TestResult {
    let server = Server::start(Limits { in_flight: 1, ..PATIENT }).await?;
    let (mut first, mut second) = (server.client().await?, server.client().await?);
    let body = command("cto");
    first.begin(body.as_bytes()).await?;
    second.send(head(PING.as_bytes()) + "\r\n").await?;
    for byte in PING.bytes() {
        second.send([byte]).await?;
    }
    assert_eq!(second.response().await?.status, 503);
    first.send(&body).await?;
    assert_eq!(first.response().await?.status, 200);
    assert_eq!(second.post(PING).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_slow_body_makes_room_for_a_request_that_is_there() -> TestResult {
    let server = Server::start(Limits { in_flight: 1, patience: Duration::ZERO, ..PATIENT }).await?;
    let (mut slow, mut quick) = (server.client().await?, server.client().await?);
    slow.begin(PING.as_bytes()).await?;
    assert_eq!(quick.post(PING).await?.status, 200);
    assert_eq!(slow.closed().await, b"");
    assert_eq!(quick.post(PING).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn past_the_limit_of_connections_the_longest_waited_for_makes_room() -> TestResult {
    let server = Server::start(Limits { connections: 2, patience: Duration::ZERO, ..PATIENT }).await?;
    let mut stuck = server.client().await?;
    stuck.send("POST /inter").await?;
    // A client that keeps sending and never reads a response.
    let mut deaf = server.client().await?;
    for _ in 0..100 {
        deaf.send([head(PING.as_bytes()).as_bytes(), b"\r\n", PING.as_bytes()].concat()).await?;
    }
    for _ in 0..10 {
        assert_eq!(server.client().await?.post(PING).await?.status, 200);
    }
    assert_eq!(stuck.closed().await, b"");
    Ok(())
}

#[tokio::test]
async fn a_connection_waits_while_no_other_is_slow() -> TestResult {
    let server = Server::start(Limits { connections: 1, ..PATIENT }).await?;
    let mut first = server.client().await?;
    assert_eq!(first.post(PING).await?.status, 200);
    let mut second = server.client().await?;
    second.send([head(PING.as_bytes()).as_bytes(), b"\r\n", PING.as_bytes()].concat()).await?;
    for _ in 0..10 {
        assert_eq!(first.post(PING).await?.status, 200);
    }
    drop(first);
    assert_eq!(second.response().await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_rush_of_connections_waits_in_the_kernels_queue() -> TestResult {
    let listener = endpoint::listen("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    // More than the usual 128, and nobody accepts them.
    let mut rush = Vec::new();
    for _ in 0..300 {
        rush.push(soon(TcpStream::connect(address)).await.expect("there is room in the queue"));
    }
    Ok(())
}

/// One busy client takes all the room there is.
#[tokio::test]
async fn after_a_while_without_room_new_connections_get_503() -> TestResult {
    let server = Server::start(Limits { connections: 1, patience: Duration::from_millis(500), ..PATIENT }).await?;
    let mut first = server.client().await?;
    let (stop, mut stopped) = oneshot::channel::<()>();
    let busy = tokio::spawn(async move {
        while stopped.try_recv().is_err() {
            assert_eq!(first.post(PING).await.expect("it is served all along").status, 200);
        }
    });
    // The first of them waits that while, those after it do not.
    for _ in 0..20 {
        let mut newcomer = server.client().await?;
        // The body is read as well: a connection that is closed while bytes are unread is reset.
        newcomer.send(head(PING.as_bytes()) + "\r\n" + PING).await?;
        let response = newcomer.response().await?;
        let headers = ["retry-after", "connection"].map(|name| response.header(name));
        assert_eq!((response.status, headers), (503, [Some("1"), Some("close")]));
        assert_eq!(newcomer.closed().await, b"");
    }
    // A body that never comes is waited for as long, not for ever.
    let mut newcomer = server.client().await?;
    newcomer.send(head(PING.as_bytes()) + "\r\n").await?;
    assert_eq!(newcomer.response().await?.status, 503);
    // A client that asks before it sends the body is told at once.
    let mut newcomer = server.client().await?;
    newcomer.send(head(PING.as_bytes()) + "Expect: 100-continue\r\n\r\n").await?;
    assert_eq!(newcomer.response().await?.status, 503);
    assert!(server.service.metrics.text().contains("\nwhichrole_requests_shed_total 22\n"));
    stop.send(()).expect("it is still busy");
    busy.await?;
    // There is room as soon as the endpoint has seen that connection end.
    let room = async {
        while server.client().await?.post(PING).await?.status != 200 {}
        TestResult::Ok(())
    };
    soon(room).await?;
    Ok(())
}

#[tokio::test]
async fn slow_clients_are_cut_and_others_are_served() -> TestResult {
    let soon = Duration::from_millis(50);
    let server = Server::start(Limits { head_timeout: soon, body_timeout: soon, ..PATIENT }).await?;
    let (mut silent, mut head_only, mut body_only) =
        (server.client().await?, server.client().await?, server.client().await?);
    head_only.send("POST /interactions HTTP/1.1\r\nHost:").await?;
    body_only.begin(PING.as_bytes()).await?;
    let mut patient = server.client().await?;
    assert_eq!(patient.post(PING).await?.status, 200);
    assert_eq!(silent.closed().await, b"");
    assert_eq!(head_only.closed().await, b"");
    let response = body_only.response().await?;
    assert_eq!((response.status, response.header("connection")), (408, Some("close")));
    assert_eq!(body_only.closed().await, b"");
    // Being idle is not being slow, until the next head begins.
    assert_eq!(patient.post(PING).await?.status, 200);
    patient.send("POST /interactions HTTP/1.1\r\n").await?;
    assert_eq!(patient.closed().await, b"");
    Ok(())
}

#[tokio::test]
async fn an_idle_connection_is_closed_when_its_time_is_over() -> TestResult {
    let idle_timeout = Duration::from_millis(50);
    let server = Server::start(Limits {
        idle_timeout,
        head_timeout: Duration::from_secs(20),
        patience: idle_timeout,
        ..PATIENT
    })
    .await?;
    let mut client = server.client().await?;
    assert_eq!(client.post(PING).await?.status, 200);
    assert_eq!(client.closed().await, b"");
    Ok(())
}

#[tokio::test]
async fn a_signed_body_that_is_no_interaction_gets_400() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let mut client = server.client().await?;
    for body in ["", "{", "[]", "null", r#"{"type":1}"#, r#"{"id":"1","type":9}"#, r#"{"id":"1","type":2}"#, "\u{0}"] {
        assert_eq!(client.post(body).await?.status, 400, "{body}");
    }
    assert_eq!(client.post([0xff, 0xfe]).await?.status, 400);
    assert_eq!(client.post(PING).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn stopping_finishes_requests_in_flight_and_takes_nothing_new() -> TestResult {
    let server = Server::start(PATIENT).await?;
    let (mut busy, mut idle) = (server.client().await?, server.client().await?);
    assert_eq!(idle.post(PING).await?.status, 200);
    let body = command("cto");
    busy.begin(body.as_bytes()).await?;
    server.stop.send(()).expect("it runs");
    assert_eq!(idle.closed().await, b"");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
    assert!(!server.done.is_finished());
    busy.send(&body).await?;
    let response = busy.response().await?;
    assert_eq!((response.status, response.header("connection")), (200, Some("close")));
    assert_eq!(busy.closed().await, b"");
    soon(server.done).await??;
    Ok(())
}

#[tokio::test]
async fn stopping_waits_for_no_request_for_ever() -> TestResult {
    let limits = Limits { drain_timeout: Duration::from_millis(50), ..PATIENT };
    let server = Server::start(limits).await?;
    let mut slow = server.client().await?;
    slow.begin(PING.as_bytes()).await?;
    server.stop.send(()).expect("it runs");
    soon(server.done).await??;
    assert_eq!(slow.closed().await, b"");

    // A request that never comes is not in flight.
    let server = Server::start(Limits { patience: Duration::from_millis(50), ..PATIENT }).await?;
    let mut silent = server.client().await?;
    let mut head_only = server.client().await?;
    head_only.send("POST /interactions HTTP/1.1\r\nHost:").await?;
    assert_eq!(server.client().await?.post(PING).await?.status, 200);
    server.stop.send(()).expect("it runs");
    soon(server.done).await??;
    assert_eq!(silent.closed().await, b"");
    assert_eq!(head_only.closed().await, b"");
    Ok(())
}

/// Panics of other tests, which run at the same time, are reported as usual.
fn log_panics_of_this_thread() {
    let before = panic::take_hook();
    panics::install(Arc::new(Metrics::new()));
    let (ours, us) = (panic::take_hook(), thread::current().id());
    panic::set_hook(Box::new(move |info| if thread::current().id() == us { ours(info) } else { before(info) }));
}

#[tokio::test]
async fn each_interaction_is_a_line_in_the_log_and_no_line_tells_secrets() -> TestResult {
    let (log, _guard) = Log::start();
    log_panics_of_this_thread();
    let mut responses = responses()?;
    let answer = format!("answer:{}:80351110224678912:02", responses.revision);
    // Nothing to show once a question is asked: the bot panics.
    for language in &mut responses.languages {
        Arc::get_mut(language).ok_or("the language is shared")?.words.questions.clear();
    }
    let server = Server::with(PATIENT, responses).await?;
    let mut client = server.client().await?;
    assert_eq!(client.post(command("cto")).await?.json()?["data"]["flags"], 32768);
    assert_eq!(client.post(press("page:cio")).await?.json()?["type"], 7);
    assert_eq!(client.post(press(&answer)).await?.json()?["data"]["flags"], 32832, "an apology, in private");
    assert_eq!(client.post(press("no button of ours")).await?.json()?["data"]["flags"], 32832);
    assert_eq!(client.post(r#"{"id":"1","type":2,"token":"hush","data":"hush"}"#).await?.status, 400);
    for _ in 0..3 {
        client.send(head(PING.as_bytes()).replace("Timestamp: ", "Timestamp: 9") + "\r\n" + PING).await?;
        assert_eq!(client.response().await?.status, 401);
        client.send("POST /interactions/ HTTP/1.1\r\nHost: bot\r\nContent-Length: 0\r\n\r\n").await?;
        assert_eq!(client.response().await?.status, 404);
    }

    let log = log.text();
    let lines: Vec<_> = log.lines().collect();
    for expected in [
        "INFO whichrole: answered id=1187 kind=command command=cto locale=de reply=page ms=",
        "INFO whichrole: answered id=1188 kind=press command=cio locale=de reply=page ms=",
        "INFO whichrole: answered id=1188 kind=press command=whichrole locale=de reply=panicked ms=",
        "INFO whichrole: answered id=1188 kind=press command=unknown locale=de reply=unknown ms=",
        "WARN whichrole: cannot read an interaction kind=Data line=1 column=",
    ] {
        assert!(lines.iter().any(|line| line.trim_start().starts_with(expected)), "{expected}\n{log}");
    }
    assert!(log.contains("ERROR whichrole: panicked: please report this bug place=src/cards/"), "{log}");
    assert_eq!(log.matches("compare DISCORD_PUBLIC_KEY").count(), 1, "once a minute:\n{log}");
    assert_eq!(log.matches("path=\"/interactions/\" expected=\"/interactions\"").count(), 1, "{log}");
    for secret in ["hush", ":02", "80351110224678912", "no button of ours"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
    Ok(())
}

/// Bodies that get further than noise would: pieces of interactions, put together anyhow.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u64..10).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[0-9]{1,22}".prop_map(Value::from),
        "(page|open|answer|back|share|start)(:5f2a91c0:7:[0-9a-z]{0,8}|:cto|:[^ ]{0,9})?".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "id",
        "type",
        "token",
        "data",
        "name",
        "options",
        "value",
        "custom_id",
        "member",
        "user",
        "message",
        "flags",
        "locale",
        "guild_locale",
    ]);
    let value = leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..10)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    });
    // What every interaction has, so that many get as far as the bot.
    let whole = (value.clone(), value.clone(), 1_u8..5).prop_map(|(mut rest, data, kind)| {
        if let (Some(rest), false) = (rest.as_object_mut(), data.is_null()) {
            rest.insert("id".into(), "7".into());
            rest.insert("type".into(), kind.into());
            rest.insert("token".into(), "hush".into());
            rest.insert("user".into(), json!({"id": "7"}));
            rest.insert("data".into(), json!({"name": "cto", "custom_id": data, "options": []}));
        }
        rest
    });
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200),
        4 => value.prop_map(|value| value.to_string().into_bytes()),
        4 => whole.prop_map(|value| value.to_string().into_bytes()),
    ]
}

/// Nothing that is signed, Discord's or not, gets anything but an answer or a refusal.
#[test]
fn any_signed_body_gets_200_or_400() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (server, client) = runtime.block_on(async {
        let server = Server::start(PATIENT).await?;
        let client = server.client().await?;
        TestResult::Ok((server, client))
    })?;
    let client = Mutex::new(client);
    proptest!(|(body in bodies())| {
        let mut client = client.lock().expect("one case at a time");
        let response = runtime.block_on(client.post(&body)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(matches!(response.status, 200 | 400), "{}", response.status);
    });
    drop(server);
    Ok(())
}
