//! The HTTP endpoint: Discord sends each interaction as a signed request, and the response is the reply.
//!
//! ```text
//! POST /interactions                            HTTP/1.1 200 OK
//! X-Signature-Ed25519: 5d0f…                    Content-Type: application/json
//! X-Signature-Timestamp: 1763956800       ──►
//! {"type":2,"data":{"name":"cto",…},…}          {"type":4,"data":{"flags":32768,"components":[…],…}}
//! ```
//!
//! | Request | Response |
//! |---|---|
//! | signed, an interaction | 200 and the reply |
//! | signed, a ping | 200 and a pong |
//! | signed, anything else | 400, and a line in the log |
//! | not signed by this application's key, for whatever reason | 401, always the same |
//! | a body that does not arrive in time | 408 |
//! | a body larger than [`MAX_BODY`] | 413 |
//! | another method, another path | 405, 404 |
//! | too many requests in flight, or too many connections for a while | 503 with `Retry-After` |
//!
//! Each refusal is counted by its reason, and logged at most once a minute.
//!
//! A response needs no call to Discord, so no token is needed here. Nothing is kept between requests, so any number of
//! processes can share one address.

mod clients;
mod key;
mod refusals;
mod reply_body;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::Request;
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
use tokio_util::io::InspectReader;

use self::clients::{Admission, Client, Clients};
pub use self::key::{InvalidPublicKey, KEY_DIGITS, PublicKey};
use self::refusals::{LastLine, Refusals};
use self::reply_body::ReplyBody;
use super::afterwards::Afterwards;
use super::callback::Callbacks;
use crate::service::{Delivered, Incoming, Service};
use crate::telemetry::metrics::RefusalReason;

/// Maximum size of a body in bytes. Discord's own bodies have a few kilobytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Number of bytes that are read and dropped before a body is refused. A connection that is closed while bytes are unread is
/// reset, and the client may never see the response.
const MAX_DROPPED: usize = 8 * MAX_BODY;

/// Maximum size of a request's head in bytes, and so the memory that a connection can take.
const MAX_HEAD: usize = 32 * 1024;

/// Length of the kernel's queue of connections that are not accepted yet. A client that finds it full tries again after a
/// second, and Discord waits three. The usual 128 last for a few milliseconds.
const ACCEPT_QUEUE: u32 = 1024;

/// Maximum interval between two checks of the connections' time limits.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Pause of the listener when there is no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Minimum time between two log lines about connections that get 503; the metrics count them all.
const SHED_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature-ed25519");
/// See [`SIGNATURE`].
const TIMESTAMP: HeaderName = HeaderName::from_static("x-signature-timestamp");

/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-acknowledging-ping-requests>
const PONG: &str = r#"{"type":1}"#;

/// An endpoint, ready to serve.
#[derive(Debug)]
pub struct Endpoint {
    /// The path of the Interactions Endpoint URL, such as `/interactions`.
    pub path: String,
    /// The application's key.
    pub public_key: PublicKey,
    /// State shared by all transports.
    pub service: Arc<Service>,
    /// The way of replies with a picture. `None` if they go into the HTTP response.
    pub callbacks: Option<Arc<Callbacks>>,
    /// What is done once a response is written.
    pub afterwards: Arc<Afterwards>,
    /// Limits of connections and requests.
    pub limits: Limits,
}

/// Limits of connections and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of connections that are served. Past it, the connection that has been waited for longest is closed
    /// to make room.
    pub connections: usize,
    /// Maximum number of further connections, whose requests get 503. That begins when there has been no room for
    /// `patience`; a shorter rush waits in the kernel's queue, and is served.
    pub shed_connections: usize,
    /// Maximum number of requests in flight; each may take up [`MAX_BODY`]. Past it, requests get 503.
    pub in_flight: usize,
    /// Time that a connection is waited for before it may be closed to make room.
    pub patience: Duration,
    /// Time limit of a request's head, counted from its first byte, and of the first byte, counted from connecting.
    pub head_timeout: Duration,
    /// Time limit of a request's body. Discord itself gives up on a response after three seconds:
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction>
    pub body_timeout: Duration,
    /// Time that a connection may be idle between requests: longer than any proxy keeps one.
    pub idle_timeout: Duration,
    /// Time for requests in flight once the endpoint stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Together with everything else these stay below 1024 open files, the usual limit of a process.
            connections: 512,
            shed_connections: 400,
            in_flight: 128,
            patience: Duration::from_millis(500),
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(300),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

/// Listens on an address, with room in the kernel's queue for a rush of connections.
///
/// # Errors
///
/// If this machine does not have the address, or it is taken, or not allowed.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier process, which the kernel keeps for a while, are no obstacle then.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_QUEUE)
}

/// What all connections share.
struct Server {
    endpoint: Endpoint,
    clients: Clients,
    refusals: Refusals,
}

/// Serves interactions until `shutdown`, then finishes the requests in flight.
///
/// The caller must fail `/readyz` before it completes `shutdown`.
///
/// # Errors
///
/// If the path is not valid. Failures of single connections do not end it.
pub async fn serve(listener: TcpListener, endpoint: Endpoint, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let path = &endpoint.path;
    if !path.starts_with('/') || path.contains(['?', '#']) {
        let sentence =
            format!("the endpoint's path is `{path}`; it must begin with `/` and contain neither `?` nor `#`");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let limits = endpoint.limits;
    let server = Arc::new(Server { endpoint, clients: Clients::new(limits), refusals: Refusals::default() });
    let clients = &server.clients;
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let interval = SWEEP_INTERVAL.min(limits.head_timeout / 2).min(limits.patience).max(Duration::from_millis(1));
    let mut sweep = tokio::time::interval(interval);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let mut shutdown = std::pin::pin!(shutdown);
    let mut accepted = None;
    let mut last_line = LastLine::default();
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = tasks.join_next_with_id() => clients.remove(task_of(ended)),
            _ = sweep.tick() => clients.sweep(limits.head_timeout, limits.idle_timeout),
            () = tokio::time::sleep(ACCEPT_PAUSE), if accepted.is_some() => {}
            stream = accept(&listener, clients), if accepted.is_none() => accepted = Some(stream),
        }
        let Some(stream) = accepted.take() else { continue };
        let admission = clients.admit();
        if admission == Admission::Wait {
            accepted = Some(stream);
            continue;
        }
        if admission == Admission::Shed && last_line.is_due(SHED_LOG_INTERVAL, Instant::now()) {
            tracing::warn!(connections = clients.len(), "no room for more connections: new ones get 503");
        }
        let client = clients.client();
        let connection = connection(stream, Arc::clone(&server), Arc::clone(&client), admission);
        let task = tasks.spawn(graceful.watch(connection));
        clients.insert(client, task);
    }
    drop(listener);
    let drained = async {
        let mut drained = std::pin::pin!(graceful.shutdown());
        loop {
            tokio::select! {
                () = &mut drained => break,
                // A request whose head is incomplete is not in flight, and one that never comes must not delay the end.
                _ = sweep.tick() => clients.sweep(limits.patience, limits.drain_timeout),
            }
        }
    };
    if tokio::time::timeout(limits.drain_timeout, drained).await.is_err() {
        tracing::warn!(within = ?limits.drain_timeout, "stopped before every request in flight was answered");
    }
    Ok(())
}

/// Accepts the next connection.
async fn accept(listener: &TcpListener, clients: &Clients) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Most often too many open files.
            Err(error) => {
                tracing::warn!(%error, connections = clients.len(), "cannot accept a connection");
                clients.make_room();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Returns the id of a task that has ended.
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

type Connection<F, S> = http1::Connection<TokioIo<InspectReader<TcpStream, F>>, S>;

/// Serves one connection. Each request on it is in flight from its head to its response.
fn connection(
    stream: TcpStream,
    server: Arc<Server>,
    client: Arc<Client>,
    admission: Admission,
) -> Connection<
    impl FnMut(&[u8]) + Send,
    impl HttpService<IncomingBody, ResBody = Body, Error = Infallible, Future: Send> + Send,
> {
    // A response is one write, so there is nothing to gather. If the socket is closed already, the first read will tell.
    let _ = stream.set_nodelay(true);
    let reader = Arc::clone(&client);
    let io = TokioIo::new(InspectReader::new(stream, move |_| reader.sent()));
    let service = service_fn(move |request: hyper::Request<IncomingBody>| {
        let (server, client) = (Arc::clone(&server), Arc::clone(&client));
        let request = request.map(Body::new);
        async move {
            if admission == Admission::Shed {
                // The connection has to go as well.
                return Ok(([(CONNECTION, "close")], shed(request, &server.endpoint).await).into_response());
            }
            Ok(match server.clients.begin_request(&client) {
                Some(_in_flight) => respond(request, &server).await,
                None => shed(request, &server.endpoint).await,
            })
        }
    });
    // `Clients` keeps the time limits.
    http1::Builder::new().header_read_timeout(None).max_buf_size(MAX_HEAD).serve_connection(io, service)
}

/// Answers a request that there is no room for.
async fn shed(request: Request, endpoint: &Endpoint) -> Response {
    endpoint.service.metrics.shed();
    // If a body stays unread, the connection is reset, and the client may never see the response. A client that asks first has
    // not sent one.
    if !request.headers().contains_key(EXPECT) {
        let body = request.into_body().into_data_stream();
        let _ = tokio::time::timeout(endpoint.limits.patience, drop_rest(body)).await;
    }
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], "too many requests").into_response()
}

/// Answers a request. One path and one method need no router.
async fn respond(request: Request, server: &Server) -> Response {
    let Server { endpoint, refusals, .. } = server;
    let path = (request.uri().path() != endpoint.path).then(|| request.uri().path().to_owned());
    let reason = match path {
        Some(_) => RefusalReason::Path,
        None if request.method() != Method::POST => RefusalReason::Method,
        None => match verified(request, endpoint).await {
            Ok(Verified { body, received }) => match endpoint.service.handle(&body, received.into_std()).await {
                Ok(Incoming::Ping) => return ([(CONTENT_TYPE, "application/json")], PONG).into_response(),
                Ok(Incoming::Handled(handled)) => {
                    if let Some(callbacks) = endpoint.callbacks.as_ref().filter(|_| handled.body.is_multipart()) {
                        let callbacks = Arc::clone(callbacks);
                        endpoint.afterwards.spawn(async move { callbacks.bring(handled, received).await });
                        return StatusCode::ACCEPTED.into_response();
                    }
                    handled.finish(&endpoint.service, Delivered::Yes);
                    let content_type = [(CONTENT_TYPE, handled.body.content_type.as_ref())];
                    if handled.ends_with_reply() {
                        return (content_type, handled.body.bytes).into_response();
                    }
                    let (body, delivered) = ReplyBody::new(handled.body.bytes.clone());
                    let response = (content_type, Body::new(body)).into_response();
                    endpoint.afterwards.begin(handled, delivered);
                    return response;
                }
                // Logged by `handle`.
                Err(_) => RefusalReason::Unreadable,
            },
            Err(reason) => reason,
        },
    };
    endpoint.service.metrics.request_refused(reason);
    refusals.log(reason, path.as_deref(), &endpoint.path);
    refuse(reason)
}

/// Makes the response to a request that is refused. It says nothing about why a signature is wrong.
fn refuse(reason: RefusalReason) -> Response {
    match reason {
        RefusalReason::Path => StatusCode::NOT_FOUND.into_response(),
        RefusalReason::Method => (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response(),
        RefusalReason::Unsigned | RefusalReason::Signature => {
            (StatusCode::UNAUTHORIZED, "invalid request signature").into_response()
        }
        RefusalReason::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, [(CONNECTION, "close")]).into_response(),
        RefusalReason::TooSlow => (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")]).into_response(),
        RefusalReason::Incomplete => (StatusCode::BAD_REQUEST, [(CONNECTION, "close")]).into_response(),
        RefusalReason::Unreadable => {
            (StatusCode::BAD_REQUEST, "not an interaction that this bot can read").into_response()
        }
    }
}

/// A body that this application's key has signed, and the time of its request's arrival.
struct Verified {
    body: Vec<u8>,
    received: Instant,
}

/// Reads a request's body and verifies its signature.
async fn verified(request: Request, endpoint: &Endpoint) -> Result<Verified, RefusalReason> {
    let received = Instant::now();
    let (parts, body) = request.into_parts();
    // The body is read first, whatever the headers say, so that refusals cannot be told apart.
    let body = read(body, &parts.headers);
    let body = tokio::time::timeout_at(received + endpoint.limits.body_timeout, body)
        .await
        .map_err(|_| RefusalReason::TooSlow)??;
    let signature = only(&parts.headers, &SIGNATURE).ok_or(RefusalReason::Unsigned)?;
    let timestamp = only(&parts.headers, &TIMESTAMP).ok_or(RefusalReason::Unsigned)?;
    if endpoint.public_key.verify(&[timestamp, &body], signature) {
        Ok(Verified { body, received })
    } else {
        Err(RefusalReason::Signature)
    }
}

/// Returns the value of a header that occurs exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Reads a body of at most [`MAX_BODY`].
async fn read(body: Body, headers: &HeaderMap) -> Result<Vec<u8>, RefusalReason> {
    if body.size_hint().lower() > MAX_BODY as u64 && headers.contains_key(EXPECT) {
        // The client asks first, and has sent nothing that would have to be dropped.
        return Err(RefusalReason::TooLarge);
    }
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| RefusalReason::Incomplete)?;
        if whole.len() + chunk.len() > MAX_BODY {
            drop_rest(chunks).await;
            return Err(RefusalReason::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// Reads and drops what is left of a body, until more than [`MAX_DROPPED`] are read.
async fn drop_rest(mut chunks: BodyDataStream) {
    let mut dropped = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        dropped += chunk.len();
        if dropped > MAX_DROPPED {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::Bytes;
    use futures_util::stream;

    use super::*;

    const CHUNK: usize = 64 * 1024;

    /// Reads a body of chunks; returns also how many of them were read.
    async fn read_chunks(count: usize) -> (Result<usize, RefusalReason>, usize) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let chunks = stream::iter(0..count).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(&[b' '; CHUNK]))
        });
        let whole = read(Body::from_stream(chunks), &HeaderMap::new()).await;
        (whole.map(|whole| whole.len()), taken.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_read_to_its_end_unless_that_is_far() {
        let (whole, far) = (MAX_BODY / CHUNK, (MAX_BODY + MAX_DROPPED) / CHUNK);
        assert_eq!(read_chunks(whole).await, (Ok(MAX_BODY), whole));
        for count in [whole + 1, far] {
            assert_eq!(read_chunks(count).await, (Err(RefusalReason::TooLarge), count));
        }
        // One chunk is too much for the body, and one too much to be dropped.
        assert_eq!(read_chunks(2 * far).await, (Err(RefusalReason::TooLarge), far + 2));
    }
}
