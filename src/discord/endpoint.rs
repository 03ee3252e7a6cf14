//! Discord's other way to deliver interactions: it sends each as a signed HTTP request, and the response is the answer.
//!
//! ```text
//! POST /interactions                            HTTP/1.1 200 OK
//! X-Signature-Ed25519: 5d0f…                    Content-Type: application/json
//! X-Signature-Timestamp: 1763956800       ──►
//! {"type":2,"data":{"name":"cto",…},…}          {"type":4,"data":{"flags":32768,"components":[…],…}}
//! ```
//!
//! | Request | Answer |
//! |---|---|
//! | signed, an interaction | 200 and the reply |
//! | signed, a ping | 200 and a pong |
//! | signed, anything else | 400, and a line in the log |
//! | not signed by this application's key, however it fails | 401, always the very same |
//! | a body that does not arrive in time | 408 |
//! | a body past [`MAX_BODY`] | 413 |
//! | another method, another path | 405, 404 |
//! | too many requests in hand, or too many connections for a while | 503 with `Retry-After` |
//!
//! Nothing is asked of Discord to answer, so no token is needed here. Nothing is kept between requests, so any number
//! of processes can stand behind one address.

mod clients;
mod key;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, EXPECT, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper::body::Incoming as IncomingBody;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use self::clients::{Admission, Client, Clients, Watched};
pub use self::key::{InvalidPublicKey, KEY_DIGITS, PublicKey};
use super::callback::Callbacks;
use crate::service::{Delivered, Incoming, Service};

/// How many bytes a body may have. Discord's own are a few kilobytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// How many bytes of a body that is too long are read and dropped before it is refused. A connection that is closed
/// while bytes are left unread is reset, and then the client may never see why.
const MAX_DROPPED: usize = 8 * MAX_BODY;

/// How many bytes a request's head may have, and so what a connection can make us keep of it.
const MAX_HEAD: usize = 32 * 1024;

/// How many connections wait in the kernel's queue until they are accepted; whoever finds it full tries again after a
/// second, which is long for somebody who has three. The usual 128 is a few milliseconds' worth.
const QUEUE: u32 = 1024;

/// How often the time-outs of connections are looked at, at the most.
const SWEEP: Duration = Duration::from_secs(1);

/// How long to leave the listener alone when there is no room for another connection.
const PAUSE: Duration = Duration::from_millis(50);

/// How long the log is silent about newcomers that are turned away after it told of one; the metrics count them all.
const TELL_AGAIN: Duration = Duration::from_secs(10);

/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature-ed25519");
/// See [`SIGNATURE`].
const TIMESTAMP: HeaderName = HeaderName::from_static("x-signature-timestamp");

/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-acknowledging-ping-requests>
const PONG: &[u8] = br#"{"type":1}"#;

/// What the endpoint answers, and for whom.
#[derive(Debug)]
pub struct Endpoint {
    /// The path that Discord was told, such as `/interactions`.
    pub path: String,
    /// The application's key.
    pub public_key: PublicKey,
    /// What the bot says, and what is seen of it.
    pub service: Arc<Service>,
    /// The way of replies with a picture. `None` if they go into the HTTP response.
    pub callbacks: Option<Arc<Callbacks>>,
    /// How much at once, and for how long.
    pub limits: Limits,
}

/// How much the endpoint takes on at once, and how long it waits for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at most. Past it, whoever has been waited for longest makes room.
    pub connections: usize,
    /// How many more there may be, only to be told to come again: 503. That begins when there has been no room for
    /// `patience`; a shorter rush waits in the kernel's queue, and is served.
    pub turned_away: usize,
    /// How many requests are in hand at most; each may take up [`MAX_BODY`]. Past it, 503.
    pub in_hand: usize,
    /// How long somebody is waited for before they may have to make room.
    pub patience: Duration,
    /// How long the head of a request may take from its first byte, and the first byte from connecting.
    pub head_timeout: Duration,
    /// How long the body of a request may take. Discord itself gives up on an answer after three seconds:
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction>
    pub body_timeout: Duration,
    /// How long a connection may be idle between requests: longer than any proxy keeps one.
    pub idle_timeout: Duration,
    /// How long what is in hand may take once the endpoint is told to stop.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Together with everything else these stay below 1024 open files, the usual limit of a process.
            connections: 512,
            turned_away: 400,
            in_hand: 128,
            patience: Duration::from_millis(500),
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(300),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

/// Listens at an address, with room in the kernel's queue for those who come while everybody else is served.
///
/// # Errors
///
/// When the address is not this machine's, is taken, or not allowed.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Nobody else listens there; what is left of a process before us is no hindrance.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Answers interactions until `shutdown`, then finishes what is in hand.
///
/// Whoever tells others that this process is ready takes that back before `shutdown` is ready.
///
/// # Errors
///
/// When the path is none. What goes wrong with one connection is no reason to stop.
pub async fn serve(listener: TcpListener, endpoint: Endpoint, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let path = &endpoint.path;
    if !path.starts_with('/') || path.contains(['?', '#']) {
        let sentence = format!("the endpoint's path is `{path}`; it must begin with `/` and hold neither `?` nor `#`");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let limits = endpoint.limits;
    let clients = Arc::new(Clients::new(limits));
    let endpoint = Arc::new(endpoint);
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let often = SWEEP.min(limits.head_timeout / 2).min(limits.patience).max(Duration::from_millis(1));
    let mut sweep = tokio::time::interval(often);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let mut shutdown = std::pin::pin!(shutdown);
    let mut accepted = None;
    let mut told: Option<Instant> = None;
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = tasks.join_next_with_id() => clients.gone(task_of(ended)),
            _ = sweep.tick() => clients.sweep(limits.head_timeout, limits.idle_timeout),
            () = tokio::time::sleep(PAUSE), if accepted.is_some() => {}
            stream = accept(&listener, &clients), if accepted.is_none() => accepted = Some(stream),
        }
        let Some(stream) = accepted.take() else { continue };
        let admission = clients.admit();
        if admission == Admission::Waits {
            accepted = Some(stream);
            continue;
        }
        if admission == Admission::TurnedAway && told.is_none_or(|told| told.elapsed() >= TELL_AGAIN) {
            tracing::warn!(connections = clients.len(), "no room for more connections: newcomers are turned away");
            told = Some(Instant::now());
        }
        let client = clients.client();
        let (endpoint, clients) = (Arc::clone(&endpoint), Arc::clone(&clients));
        let task =
            tasks.spawn(graceful.watch(connection(stream, endpoint, Arc::clone(&clients), client.clone(), admission)));
        clients.keep(client, task);
    }
    drop(listener);
    let drained = async {
        let mut drained = std::pin::pin!(graceful.shutdown());
        loop {
            tokio::select! {
                () = &mut drained => break,
                // A request that is still being sent is not in hand yet, and one that never comes must not hold us up.
                _ = sweep.tick() => clients.sweep(limits.patience, limits.drain_timeout),
            }
        }
    };
    if tokio::time::timeout(limits.drain_timeout, drained).await.is_err() {
        tracing::warn!(within = ?limits.drain_timeout, "stopped with requests in hand that did not end in time");
    }
    Ok(())
}

/// The next connection.
async fn accept(listener: &TcpListener, clients: &Clients) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Most often too many open files; a client that has gone again is nobody's problem.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, connections = clients.len(), "cannot accept a connection");
                clients.make_room();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The id of a task that has ended.
fn task_of<T>(ended: Result<(tokio::task::Id, T), tokio::task::JoinError>) -> tokio::task::Id {
    match ended {
        Ok((id, _)) => id,
        Err(error) => {
            if error.is_panic() {
                tracing::error!("a connection's task panicked");
            }
            error.id()
        }
    }
}

type Connection<S> = http1::Connection<TokioIo<Watched<TcpStream>>, S>;

/// Serves one connection; every request on it is in hand from its head to its answer.
fn connection(
    stream: TcpStream,
    endpoint: Arc<Endpoint>,
    clients: Arc<Clients>,
    client: Arc<Client>,
    admission: Admission,
) -> Connection<impl HttpService<IncomingBody, ResBody = Body, Error = Infallible, Future: Send> + Send> {
    // A reply is one write: there is nothing to wait for. A socket that is already closed shows on the first read.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&client)));
    let service = service_fn(move |request: hyper::Request<IncomingBody>| {
        let (endpoint, clients, client) = (Arc::clone(&endpoint), Arc::clone(&clients), Arc::clone(&client));
        let request = request.map(Body::new);
        async move {
            Ok(if admission == Admission::TurnedAway {
                turned_away(request, &endpoint).await
            } else if let Some(_in_hand) = clients.take(&client) {
                route(request, &endpoint).await
            } else {
                endpoint.service.metrics.shed();
                Refusal::Busy.into_response()
            })
        }
    });
    // The time-outs are those of `clients`.
    http1::Builder::new().header_read_timeout(None).max_buf_size(MAX_HEAD).serve_connection(io, service)
}

/// What a connection that there is no room for gets, before it is closed.
async fn turned_away(request: Request, endpoint: &Endpoint) -> Response {
    endpoint.service.metrics.shed();
    let (parts, body) = request.into_parts();
    // With its body left unread the connection would be reset, and the client might never see the answer.
    let _ = tokio::time::timeout(endpoint.limits.patience, read(body, &parts.headers)).await;
    ([(CONNECTION, "close")], Refusal::Busy).into_response()
}

/// There is one path and one method, which need no router.
async fn route(request: Request, endpoint: &Endpoint) -> Response {
    if request.uri().path() != endpoint.path {
        return StatusCode::NOT_FOUND.into_response();
    }
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response();
    }
    match Verified::from_request(request, endpoint).await {
        Ok(verified) => interactions(endpoint, &verified).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A body that this application's key has signed, and when its request arrived: the only way for a handler to get one.
struct Verified {
    body: Bytes,
    since: Instant,
}

impl FromRequest<Endpoint> for Verified {
    type Rejection = Refusal;

    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Refusal> {
        let since = Instant::now();
        let (parts, body) = request.into_parts();
        // The body is read first, whatever the headers say, so that nothing tells one refusal from another.
        let body = read(body, &parts.headers);
        let body = tokio::time::timeout_at(since + endpoint.limits.body_timeout, body)
            .await
            .map_err(|_| Refusal::TooSlow)??;
        let signature = only(&parts.headers, &SIGNATURE).ok_or(Refusal::Unsigned)?;
        let timestamp = only(&parts.headers, &TIMESTAMP).ok_or(Refusal::Unsigned)?;
        if endpoint.public_key.verify(&[timestamp, &body], signature) {
            Ok(Self { body, since })
        } else {
            Err(Refusal::Unsigned)
        }
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Reads a body.
async fn read(body: Body, headers: &HeaderMap) -> Result<Bytes, Refusal> {
    let announced = body.size_hint().lower();
    if announced > MAX_BODY as u64 && headers.contains_key(EXPECT) {
        // The client asks first, and has sent nothing that would have to be dropped.
        return Err(Refusal::TooLong);
    }
    let mut chunks = body.into_data_stream();
    let Some(first) = chunks.next().await else { return Ok(Bytes::new()) };
    let first = first.map_err(|_| Refusal::Broken)?;
    let Some(second) = chunks.next().await else {
        return if first.len() <= MAX_BODY { Ok(first) } else { Err(Refusal::TooLong) };
    };
    let second = second.map_err(|_| Refusal::Broken)?;
    let mut read = first.len() + second.len();
    let mut whole = [first, second].concat();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::Broken)?;
        read += chunk.len();
        if read > MAX_DROPPED {
            return Err(Refusal::TooLong);
        }
        if announced > MAX_BODY as u64 || read > MAX_BODY {
            whole = Vec::new();
        } else {
            whole.extend_from_slice(&chunk);
        }
    }
    if read > MAX_BODY { Err(Refusal::TooLong) } else { Ok(whole.into()) }
}

/// Why a request gets to no handler.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// The key's owner has not signed it, for whatever reason.
    Unsigned,
    /// Its body is past [`MAX_BODY`].
    TooLong,
    /// Its body did not arrive in time.
    TooSlow,
    /// Its body ended early or is no HTTP.
    Broken,
    /// There are too many of them.
    Busy,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unsigned => (StatusCode::UNAUTHORIZED, "invalid request signature").into_response(),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, [(CONNECTION, "close")]).into_response(),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")]).into_response(),
            Self::Broken => (StatusCode::BAD_REQUEST, [(CONNECTION, "close")]).into_response(),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], "too many requests").into_response(),
        }
    }
}

/// Answers what Discord has signed.
async fn interactions(endpoint: &Endpoint, Verified { body, since }: &Verified) -> Response {
    match endpoint.service.handle(body, since.into_std()).await {
        Ok(Incoming::Ping) => json(PONG.into()),
        Ok(Incoming::Handled(handled)) => {
            if let Some(callbacks) = endpoint.callbacks.as_ref().filter(|_| handled.body.is_multipart()) {
                let (callbacks, since) = (Arc::clone(callbacks), *since);
                tokio::spawn(async move { callbacks.bring(handled, since).await });
                return StatusCode::ACCEPTED.into_response();
            }
            handled.finish(&endpoint.service, Delivered::Yes);
            ([(CONTENT_TYPE, handled.body.content_type.as_ref())], handled.body.bytes).into_response()
        }
        Err(_) => unknown(),
    }
}

fn json(body: Body) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn unknown() -> Response {
    (StatusCode::BAD_REQUEST, "not an interaction that this bot knows").into_response()
}
