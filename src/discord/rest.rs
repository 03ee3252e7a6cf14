//! REST calls that carry the bot's token.
//!
//! serenity's `Http` does not make them. Its rate limiter calls Discord directly and ignores `discord.api_url`;
//! without the limiter, it hides the headers of a refusal, and so the time to wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::http::request;
use hyper::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serenity::model::gateway::BotGateway;
use serenity::model::id::ApplicationId;
use tokio::time::{Instant, sleep};

use super::{Error, Settings, WRONG_TOKEN, routes_url};
use crate::causes::causes;
use crate::http_client::{Answer, HttpClient, HttpError};
use crate::service::Body;

/// Discord's convention for the user agent. <https://docs.discord.com/developers/reference#user-agent>
const AGENT: &str = concat!("DiscordBot (", env!("CARGO_PKG_NAME"), ", ", env!("CARGO_PKG_VERSION"), ")");

/// Time limit of a REST call. A callback has a shorter one of its own.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a rate limit that does not say how long it lasts.
const UNKNOWN_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Longest pause that is accepted. Discord's longest limits last a day.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest rate limit that a command on the command line waits for.
pub(super) const COMMAND_LINE_PATIENCE: Duration = Duration::from_secs(60);

/// The clients of calls that a person waits for.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    /// For first attempts: keeps connections, so that most need no TLS handshake.
    pub kept: HttpClient,
    /// For all others: each uses a new connection, because a kept one may be dead without a sign.
    pub fresh: HttpClient,
}

impl Clients {
    pub(super) fn new() -> Self {
        Self { kept: HttpClient::new(true), fresh: HttpClient::new(false) }
    }
}

/// Begins a request to Discord's API.
pub(super) fn request(method: Method, url: &str) -> request::Builder {
    hyper::Request::builder().method(method).uri(url).header(USER_AGENT, AGENT)
}

/// A call of the REST API.
#[derive(Debug)]
pub(super) struct Call {
    pub method: Method,
    /// Path and query of the URL, without `/api/v10`.
    pub path: String,
    pub body: Option<Body>,
}

impl Call {
    /// A call that reads.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }
}

/// The REST API with the bot's token.
pub(super) struct Rest {
    client: HttpClient,
    /// The `Authorization` header.
    authorization: String,
    routes_url: String,
    limits: RateLimits,
    /// Longest rate limit to wait for; a longer one is an error.
    patience: Duration,
}

/// Why a REST call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{doing} failed: {cause}")]
pub(super) struct RestError {
    /// What the call was for, as in "reading the slash commands".
    pub doing: &'static str,
    pub cause: Cause,
}

/// Cause of a [`RestError`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Cause {
    #[error("{WRONG_TOKEN}")]
    WrongToken,
    #[error("discord.api_url is not a valid URL: {0}")]
    InvalidUrl(String),
    #[error("Discord answered {status}, code {code}: {message}")]
    Refused { status: StatusCode, code: u64, message: String },
    #[error("Discord's rate limit lasts for another {} s", .0.as_secs_f64().ceil())]
    RateLimited(Duration),
    #[error("Discord answered {0}")]
    Unavailable(StatusCode),
    #[error("{0}")]
    Network(String),
}

impl RestError {
    /// Converts to the error of the command line, where a refusal needs an operator.
    pub(super) fn for_operator(self) -> Error {
        match self.cause {
            Cause::WrongToken => Error::Fatal(WRONG_TOKEN.into()),
            Cause::InvalidUrl(_) | Cause::Refused { .. } => Error::Fatal(self.to_string()),
            Cause::RateLimited(_) | Cause::Unavailable(_) | Cause::Network(_) => Error::Temporary(self.to_string()),
        }
    }
}

impl Rest {
    /// The API that `settings` name. Rate limits longer than `patience` are errors.
    pub(super) fn new(settings: &Settings, client: HttpClient, patience: Duration) -> Self {
        Self {
            client,
            authorization: format!("Bot {}", settings.token.expose()),
            routes_url: routes_url(&settings.api_url),
            limits: RateLimits::default(),
            patience,
        }
    }

    /// The URL of the gateway, the recommended number of shards, and the session starts that are left.
    pub(super) async fn gateway(&self) -> Result<BotGateway, RestError> {
        self.fire("getting the gateway URL", &Call::get("/gateway/bot")).await
    }

    /// Id of the application that the token belongs to.
    pub(super) async fn application_id(&self) -> Result<ApplicationId, RestError> {
        #[derive(Deserialize)]
        struct Application {
            id: ApplicationId,
        }
        let call = Call::get("/oauth2/applications/@me");
        self.fire::<Application>("reading the application", &call).await.map(|application| application.id)
    }

    /// Makes a call, and waits for rate limits before and after it.
    pub(super) async fn fire<T: DeserializeOwned>(&self, doing: &'static str, call: &Call) -> Result<T, RestError> {
        let failed = |cause| RestError { doing, cause };
        loop {
            let pause = self.limits.remaining(doing);
            if pause > self.patience {
                return Err(failed(Cause::RateLimited(pause)));
            }
            sleep(pause).await;
            match self.attempt(doing, call).await {
                Ok(body) => {
                    let parsed = serde_json::from_slice(&body);
                    return parsed.map_err(|error| {
                        failed(Cause::Network(format!("the response is not as documented: {error}")))
                    });
                }
                Err(Cause::RateLimited(pause)) => {
                    tracing::warn!(doing, wait_s = pause.as_secs_f64(), "Discord's rate limit is reached; waiting");
                }
                Err(cause) => return Err(failed(cause)),
            }
        }
    }

    /// Edits a message of the bot's in a channel, once. The caller waits for rate limits, because they differ from
    /// message to message.
    pub(super) async fn edit_message(&self, channel: u64, message: u64, body: &Body) -> Result<(), Cause> {
        let pause = self.limits.remaining(ALL_CALLS);
        if !pause.is_zero() {
            return Err(Cause::RateLimited(pause));
        }
        let path = format!("/channels/{channel}/messages/{message}");
        let call = Call { method: Method::PATCH, path, body: Some(body.clone()) };
        self.attempt("editing a message", &call).await.map(drop)
    }

    /// Makes one attempt.
    async fn attempt(&self, doing: &'static str, call: &Call) -> Result<Bytes, Cause> {
        let url = format!("{}{}", self.routes_url, call.path);
        let authorization = HeaderValue::from_str(&self.authorization).map_err(|_| Cause::WrongToken)?;
        let request = request(call.method.clone(), &url).header(AUTHORIZATION, authorization);
        let request = match &call.body {
            Some(body) => request.header(CONTENT_TYPE, &*body.content_type).body(body.bytes.clone()),
            None => request.body(Bytes::new()),
        };
        let answer = async { self.client.ask(request?, TIMEOUT).await }.await;
        let Answer { status, headers, body } = answer.map_err(|error| match error {
            HttpError::Invalid(_) => Cause::InvalidUrl(causes(&error)),
            error => Cause::Network(causes(&error)),
        })?;
        if status.is_success() {
            return Ok(body);
        }
        let problem = Problem::parse(&body);
        if let Some(pause) = problem.retry_after(status, &headers) {
            self.limits.hold(if problem.is_global() { ALL_CALLS } else { doing }, pause);
            if status == StatusCode::TOO_MANY_REQUESTS {
                return Err(Cause::RateLimited(pause));
            }
        }
        Err(match status {
            StatusCode::UNAUTHORIZED => Cause::WrongToken,
            StatusCode::REQUEST_TIMEOUT => Cause::Unavailable(status),
            status if status.is_client_error() => {
                Cause::Refused { status, code: problem.code, message: problem.message }
            }
            status => Cause::Unavailable(status),
        })
    }
}

/// The body of a refusal, as far as it is needed. All fields are empty if the body is not Discord's.
/// <https://docs.discord.com/developers/reference#error-messages> and
/// <https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit-rate-limit-response-structure>
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub code: u64,
    pub message: String,
    retry_after: Option<f64>,
    /// Whether the limit is one for all routes; `None` if the body does not say, as when Cloudflare refuses.
    global: Option<bool>,
}

impl Problem {
    pub(super) fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Time to wait before the next request: the longer of what header and body say. `None` if neither says anything,
    /// and the status does not mean a rate limit.
    pub(super) fn retry_after(&self, status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
        let header = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
        let header = header(RETRY_AFTER.as_str()).or_else(|| header("x-ratelimit-reset-after"));
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        let header = header.filter(|_| limited || headers.contains_key(RETRY_AFTER));
        let seconds = self.retry_after.into_iter().chain(header).reduce(f64::max);
        let pause = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        pause.or(limited.then_some(UNKNOWN_RETRY_AFTER)).map(|pause| pause.min(MAX_RETRY_AFTER))
    }

    /// Returns `true` if a rate limit is one for every route: Discord's global limit, or one of Cloudflare's, whose
    /// body does not say.
    pub(super) fn is_global(&self) -> bool {
        self.global != Some(false)
    }
}

/// The key of [`RateLimits`] for a limit that holds for every call.
pub(super) const ALL_CALLS: &str = "all calls";

/// Times before which no request may be made because of a rate limit, by what the request is for. A limit of one call
/// must not stop the others: Discord limits registrations by the day, and a gateway cannot wait that long.
#[derive(Debug, Default)]
pub(super) struct RateLimits(Mutex<HashMap<&'static str, Instant>>);

impl RateLimits {
    /// Time until this call may be made; zero if there is no limit.
    pub(super) fn remaining(&self, call: &'static str) -> Duration {
        let limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = [call, ALL_CALLS].into_iter().filter_map(|call| limits.get(call)).max();
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Forbids such calls for this long; a longer limit that is already known stays.
    pub(super) fn hold(&self, call: &'static str, pause: Duration) {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = limits.entry(call).or_insert_with(Instant::now);
        *until = (*until).max(Instant::now() + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_lasts_as_long_as_the_longer_of_header_and_body_says() {
        let after = |status: u16, header: Option<&'static str>, body: &str| {
            let mut headers = HeaderMap::new();
            headers.extend(header.map(|value| (RETRY_AFTER, HeaderValue::from_static(value))));
            let status = StatusCode::from_u16(status).expect("it is a status");
            Problem::parse(body.as_bytes()).retry_after(status, &headers)
        };
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        assert_eq!(after(429, None, r#"{"retry_after":0.25,"global":false}"#), seconds(0.25));
        assert_eq!(after(429, Some("30"), "<html>"), seconds(30.0));
        assert_eq!(after(429, Some("1"), r#"{"retry_after":64.5}"#), seconds(64.5));
        assert_eq!(after(429, Some("30"), r#"{"retry_after":0.5}"#), seconds(30.0));
        assert_eq!(after(429, None, "<html>"), Some(UNKNOWN_RETRY_AFTER));
        assert_eq!(after(429, None, r#"{"retry_after":-1}"#), Some(UNKNOWN_RETRY_AFTER));
        assert_eq!(after(429, Some("1e300"), ""), Some(UNKNOWN_RETRY_AFTER));
        assert_eq!(after(429, Some("1e15"), ""), Some(MAX_RETRY_AFTER));
        assert_eq!(after(503, Some("7"), ""), seconds(7.0));
        assert_eq!(after(503, None, ""), None);
    }

    #[test]
    fn a_limit_without_discords_body_is_one_for_every_route() {
        for (body, global) in [(r#"{"global":true}"#, true), (r#"{"global":false}"#, false), ("error code: 1015", true)]
        {
            assert_eq!(Problem::parse(body.as_bytes()).is_global(), global, "{body}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_holds_for_its_call_and_a_global_one_for_all() {
        let limits = RateLimits::default();
        let remaining = || ["reading", "writing"].map(|call| limits.remaining(call).as_secs());
        assert_eq!(remaining(), [0, 0]);
        limits.hold("reading", Duration::from_secs(30));
        // A shorter limit does not end a longer one.
        limits.hold("reading", Duration::from_secs(1));
        assert_eq!(remaining(), [30, 0]);
        limits.hold(ALL_CALLS, Duration::from_secs(10));
        assert_eq!(remaining(), [30, 10]);
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(remaining(), [0, 0]);
    }
}
