//! `/healthz`, `/readyz` and `/metrics`, and `whichrole healthcheck`, which asks the second.
//!
//! For the operator's own network: it says nothing about anyone, but it is not made for strangers either, so there is
//! no TLS and no limit on slow clients.

use std::fmt;
use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::health::Readiness;
use super::metrics::{self, Metrics};

const TEXT: &str = "text/plain; charset=utf-8";

/// Serves the three routes until `shutdown`. Let that be the last thing that stops, so that `/readyz` can say that the
/// process is draining.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/healthz", get(async || answer(StatusCode::OK, TEXT, "ok\n".into())))
        .route("/readyz", get(readyz))
        .route("/metrics", get(print_metrics))
        .fallback(async || answer(StatusCode::NOT_FOUND, TEXT, "/healthz, /readyz, /metrics\n".into()))
        .with_state((metrics, readiness));
    axum::serve(listener, routes).with_graceful_shutdown(shutdown).await
}

type Shared = State<(Arc<Metrics>, Arc<Readiness>)>;

async fn readyz(State((_, readiness)): Shared) -> Response {
    let status = readiness.snapshot().status(Instant::now());
    let code = if status.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    answer(code, TEXT, status.to_string())
}

async fn print_metrics(State((metrics, readiness)): Shared) -> Response {
    let state = readiness.snapshot();
    metrics.health(state.status(Instant::now()).is_ready(), state.shards());
    answer(StatusCode::OK, metrics::CONTENT_TYPE, metrics.text())
}

fn answer(code: StatusCode, content_type: &'static str, body: String) -> Response {
    (code, [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], body).into_response()
}

/// How long `whichrole healthcheck` waits in all: less than the time that container runtimes allow a check.
pub const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a health check failed.
#[derive(Debug)]
pub enum Unhealthy {
    /// It answers, and this is why it is not ready.
    NotReady(String),
    /// It does not answer, at this address.
    NoAnswer(SocketAddr, io::Error),
}

impl fmt::Display for Unhealthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady(reasons) => f.write_str(reasons.trim_end()),
            Self::NoAnswer(address, error) => write!(f, "no answer from http://{address}/readyz: {error}"),
        }
    }
}

impl std::error::Error for Unhealthy {}

/// Asks the process that listens at `listen` (`[telemetry] listen`) whether it is ready, and gives back what it said.
/// It blocks, for at most `timeout`; nothing else runs in a health check.
///
/// # Errors
///
/// When it is not ready, or does not answer in time.
pub fn healthcheck(listen: SocketAddr, timeout: Duration) -> Result<String, Unhealthy> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    match fetch(address, "/readyz", timeout) {
        Ok((200, said)) => Ok(said),
        Ok((503, said)) => Err(Unhealthy::NotReady(said)),
        Ok((code, _)) => {
            let error = io::Error::other(format!("HTTP status {code}; 200 and 503 are allowed: is that whichrole?"));
            Err(Unhealthy::NoAnswer(address, error))
        }
        Err(error) => Err(Unhealthy::NoAnswer(address, error)),
    }
}

/// Where to reach what listens at an address: "everywhere" is no address to connect to, so it becomes loopback.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// GETs a path: the status and the body. Enough HTTP for a server that is ours.
fn fetch(address: SocketAddr, path: &str, timeout: Duration) -> io::Result<(u16, String)> {
    let deadline = Instant::now() + timeout;
    // A time-out of zero means none at all.
    let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_write_timeout(Some(left()))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut response = Vec::new();
    let mut part = [0; 4096];
    while response.len() < 64 * 1024 {
        if Instant::now() >= deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left()))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => response.extend_from_slice(&part[..read]),
            // What a read that took too long is called on Unix.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        }
    }
    let response = String::from_utf8_lossy(&response);
    let (head, body) = response.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_over_loopback() {
        for (listen, reached) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.2", "127.0.0.2"), ("10.0.0.7", "10.0.0.7")]
        {
            let ip: IpAddr = listen.parse().expect("an address");
            assert_eq!(reachable(ip).to_string(), reached);
        }
    }

    #[test]
    fn a_health_check_gives_up_in_time_on_what_never_answers() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = silent.local_addr().expect("it is bound");
        let error = healthcheck(address, Duration::from_millis(50)).expect_err("nobody answers");
        assert_eq!(error.to_string(), format!("no answer from http://{address}/readyz: timed out"));
        drop(silent);
        let error = healthcheck(address, Duration::from_secs(5)).expect_err("nobody listens");
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[test]
    fn a_health_check_says_when_something_else_answers() {
        for (response, said) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404; 200 and 503 are allowed"),
            ("SSH-2.0-OpenSSH\r\n\r\n", "invalid data"),
            ("", "unexpected end of file"),
        ] {
            let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            let address = other.local_addr().expect("it is bound");
            let thread = std::thread::spawn(move || {
                let (mut stream, _) = other.accept().expect("the check connects");
                // Read first: closing with something unread would reset the connection.
                let _ = stream.read(&mut [0; 1024]);
                stream.write_all(response.as_bytes()).expect("the check reads");
            });
            let error = healthcheck(address, Duration::from_secs(5)).expect_err("it is not ours");
            assert!(error.to_string().contains(said), "{error}");
            thread.join().expect("it wrote");
        }
    }
}
