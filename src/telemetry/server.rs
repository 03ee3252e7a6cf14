//! `/healthz`, `/readyz` and `/metrics`; and `whichrole healthcheck`, which requests `/readyz`.
//!
//! For the operator's own network: the answers contain nothing about people, but there is no TLS and no limit on slow
//! clients, so do not publish the address.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;

use super::health::Readiness;
use super::metrics::{self, Metrics};
use crate::causes::causes;
use crate::http_client::{Answer, HttpClient, HttpError};

const TEXT: &str = "text/plain; charset=utf-8";

/// Serves the three routes until `shutdown` completes. It must complete last, so that `/readyz` can report the
/// shutdown.
///
/// # Errors
///
/// If the listener fails.
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

/// Time limit of `whichrole healthcheck`, less than the 5 seconds of container runtimes.
pub const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a health check failed.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// The bot answered that it is not ready, and why.
    #[error("{}", .0.trim_end())]
    NotReady(String),
    /// Nothing answered at this address, or something other than the bot did. The text says which.
    #[error("no answer from http://{0}/readyz: {1}")]
    NoAnswer(SocketAddr, String),
}

/// Asks the process that listens at `listen` (`telemetry.listen`) whether it is ready, and returns its answer.
///
/// # Errors
///
/// If it is not ready, or does not answer within `timeout`.
pub async fn healthcheck(listen: SocketAddr, timeout: Duration) -> Result<String, Unhealthy> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let no_answer = |reason: String| Unhealthy::NoAnswer(address, reason);
    let request = Request::get(format!("http://{address}/readyz")).body(Bytes::new());
    let asked = async { HttpClient::new(false).ask(request?, timeout).await }.await;
    let Answer { status, body, .. } = asked.map_err(|error| match error {
        HttpError::Timeout(_) => no_answer("timed out".to_owned()),
        error => no_answer(causes(&error)),
    })?;
    let text = String::from_utf8_lossy(&body).into_owned();
    match status {
        StatusCode::OK => Ok(text),
        StatusCode::SERVICE_UNAVAILABLE => Err(Unhealthy::NotReady(text)),
        other => {
            Err(no_answer(format!("HTTP status {}; 200 and 503 are expected: is that whichrole?", other.as_u16())))
        }
    }
}

/// Returns the address at which to reach a server that listens on `ip`: loopback if it listens on all addresses.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::TestResult;

    #[test]
    fn what_listens_everywhere_is_reached_over_loopback() -> TestResult {
        for (listen, reached) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.2", "127.0.0.2"), ("10.0.0.7", "10.0.0.7")]
        {
            let ip: IpAddr = listen.parse()?;
            assert_eq!(reachable(ip).to_string(), reached);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_health_check_gives_up_in_time_on_what_never_answers() -> TestResult {
        let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = silent.local_addr()?;
        let error = healthcheck(address, Duration::from_millis(50)).await.expect_err("nobody answers");
        assert_eq!(error.to_string(), format!("no answer from http://{address}/readyz: timed out"));
        drop(silent);
        let error = healthcheck(address, Duration::from_secs(5)).await.expect_err("nobody listens").to_string();
        assert_eq!(error.matches("refused").count(), 1, "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn a_health_check_says_when_something_else_answers() -> TestResult {
        for (response, words) in [
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "HTTP status 404; 200 and 503 are expected"),
            ("SSH-2.0-OpenSSH\r\n", "invalid HTTP version"),
            ("", "closed"),
        ] {
            let other = TcpListener::bind("127.0.0.1:0").await?;
            let address = other.local_addr()?;
            let answering = tokio::spawn(async move {
                let (mut stream, _) = other.accept().await?;
                // Read first: closing with something unread would reset the connection.
                let _ = stream.read(&mut [0; 1024]).await;
                stream.write_all(response.as_bytes()).await
            });
            let error = healthcheck(address, Duration::from_secs(5)).await.expect_err("it is not ours").to_string();
            assert!(error.contains(words), "{error}");
            answering.await??;
        }
        Ok(())
    }
}
