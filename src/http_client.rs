//! The HTTP client of everything that the bot asks for: Discord's API, and its own `/readyz`.
//!
//! It is hyper-util's client, on which reqwest is built. reqwest itself reads each URL three times. The URL of a callback is long, so
//! this was a fifth of the cost of an answer through the gateway.

mod connect;

use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

pub(crate) use self::connect::connect;
use crate::causes::causes;
use crate::tls;

/// Time that an unused connection is kept, so that the first response after a quiet minute does not wait for TLS.
const KEEP_ALIVE: Duration = Duration::from_secs(90);

/// Maximum number of bytes that are read of a response. The longest, all slash commands in all languages, has a tenth.
const MAX_RESPONSE: usize = 4 * 1024 * 1024;

/// A client without proxies, cookies and redirects. Clones are cheap and share their connections.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: Client<HttpsConnector<Connector>, Full<Bytes>>,
}

/// A response that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no response. The URL is not in it, because that of a callback is a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no response within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("the URL or a header cannot be sent")]
    Invalid(#[from] hyper::http::Error),
    #[error("cannot connect: {0}")]
    Unreachable(String),
    #[error("the connection failed: {0}")]
    Lost(String),
    #[error("the response broke off")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the response has more than {MAX_RESPONSE} bytes")]
    TooLong,
}

impl From<hyper_util::client::legacy::Error> for HttpError {
    fn from(error: hyper_util::client::legacy::Error) -> Self {
        let why = error.source().map_or_else(|| error.to_string(), |source| causes(&source));
        if error.is_connect() { Self::Unreachable(why) } else { Self::Lost(why) }
    }
}

impl HttpClient {
    /// `keep` tells whether connections are kept for further requests.
    pub(crate) fn new(keep: bool) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::public())
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(KEEP_ALIVE);
        if !keep {
            builder.pool_max_idle_per_host(0);
        }
        Self { client: builder.build(connector) }
    }

    /// Sends a request and returns the head of the response, as soon as it is there.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, HttpError> {
        Ok(self.client.request(request.map(Full::new)).await?)
    }

    /// Sends a request and reads the response to its end.
    pub(crate) async fn ask(&self, request: Request<Bytes>, limit: Duration) -> Result<Answer, HttpError> {
        let asked = async { read(self.send(request).await?).await };
        timeout(limit, asked).await.unwrap_or(Err(HttpError::Timeout(limit)))
    }
}

/// Reads a response to its end.
pub(crate) async fn read(response: Response<Incoming>) -> Result<Answer, HttpError> {
    let (head, body) = response.into_parts();
    let body =
        Limited::new(body, MAX_RESPONSE).collect().await.map_err(|error| match error.is::<LengthLimitError>() {
            true => HttpError::TooLong,
            false => HttpError::BrokenOff(error),
        })?;
    Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
}

/// Opens the TCP connections of the client.
#[derive(Debug, Clone)]
struct Connector;

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(async move { connect(&uri).await.map(TokioIo::new) })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::TestResult;

    const LIMIT: Duration = Duration::from_secs(1);

    /// Asks a server that reads the beginning of a request, answers this, and then closes the connection, or does not.
    async fn ask(scheme: &str, answer: String, close: bool) -> Result<(Result<Answer, HttpError>, Vec<u8>), io::Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{scheme}://{}/secret", listener.local_addr()?);
        let server = async {
            let (mut stream, _) = listener.accept().await?;
            let mut read = vec![0; 1024];
            let length = stream.read(&mut read).await?;
            read.truncate(length);
            // The client may have gone before it has read everything.
            let _ = stream.write_all(answer.as_bytes()).await;
            Ok::<_, io::Error>((read, stream))
        };
        let request = Request::get(url).body(Bytes::new()).map_err(io::Error::other)?;
        let client = HttpClient::new(true);
        let asked = client.ask(request, LIMIT);
        let served = async { server.await.map(|(read, stream)| (read, (!close).then_some(stream))) };
        let (asked, served) = tokio::join!(asked, served);
        Ok((asked, served?.0))
    }

    #[tokio::test]
    async fn a_response_has_its_status_headers_and_body() -> TestResult {
        let answer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater";
        let (answer, read) = ask("http", answer.into(), true).await?;
        let answer = answer?;
        assert_eq!((answer.status.as_u16(), &*answer.body), (503, &b"later"[..]));
        assert_eq!(answer.headers["retry-after"], "7");
        assert!(read.starts_with(b"GET /secret HTTP/1.1\r\n"), "{}", read.escape_ascii());
        Ok(())
    }

    #[tokio::test]
    async fn a_response_that_does_not_end_well_is_an_error_without_the_url() -> TestResult {
        let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_RESPONSE + 1));
        for (answer, close, expected) in [
            (String::new(), false, "no response within 1 s"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_owned(), false, "no response within 1 s"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_owned(), true, "the response broke off"),
            (String::new(), true, "the connection failed: connection closed before message completed"),
            ("nonsense\r\n\r\n".to_owned(), true, "the connection failed: invalid HTTP version parsed"),
            (long, true, "the response has more than 4194304 bytes"),
        ] {
            let error = ask("http", answer, close).await?.0.err().ok_or("it is no response")?;
            let text = causes(&error);
            assert!(text.starts_with(expected) && !text.contains("secret"), "{text}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn nothing_that_listens_is_said_with_its_address() -> TestResult {
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let request = Request::get(format!("http://{address}/secret")).body(Bytes::new())?;
        let error = HttpClient::new(false).ask(request, LIMIT).await.err().ok_or("nothing listens there")?;
        assert_eq!(causes(&error), format!("cannot connect: {address}: Connection refused (os error 111)"));
        Ok(())
    }

    #[tokio::test]
    async fn tls_is_spoken_to_an_https_url() -> TestResult {
        let (answer, read) = ask("https", String::new(), true).await?;
        // The first byte of a TLS handshake. https://www.rfc-editor.org/rfc/rfc8446#section-5.1
        assert_eq!(read.first(), Some(&22));
        assert!(matches!(answer, Err(HttpError::Unreachable(_))), "{answer:?}");
        Ok(())
    }
}
