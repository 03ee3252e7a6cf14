//! The REST calls that carry the bot's token, by serenity.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serenity::http::{Http, HttpBuilder, HttpError, Request, Route};
use serenity::model::gateway::BotGateway;

use super::{API_URL, Error, Settings, WRONG_TOKEN};

/// How we introduce ourselves. <https://docs.discord.com/developers/reference#user-agent>
const USER_AGENT: &str = concat!("DiscordBot (", env!("CARGO_PKG_NAME"), ", ", env!("CARGO_PKG_VERSION"), ")");

/// How long a REST call may take; a callback sets its own, shorter limit.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long an unused connection is kept, so that the first answer after a quiet minute does not wait for TLS.
const KEEP_ALIVE: Duration = Duration::from_secs(90);

/// A client without the bot's token, for callbacks.
///
/// It knows no proxy from the environment, as the gateway's socket knows none either: `discord.api_url` is the setting
/// for one.
pub(super) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        // Discord's API redirects nobody, and what an address holds is a secret.
        .redirect(Policy::none())
        .user_agent(USER_AGENT)
        .timeout(TIMEOUT)
        .pool_idle_timeout(KEEP_ALIVE)
        .build()
        .expect("a client with the built-in certificates and nothing from outside always builds")
}

/// The REST API with the bot's token.
pub(super) struct Rest(Http);

impl Rest {
    pub fn new(settings: &Settings, client: reqwest::Client) -> Self {
        let builder = HttpBuilder::new(settings.token.expose()).client(client);
        // serenity's rate limiter asks Discord itself, whatever proxy is set; and a proxy has its own.
        Self(match settings.api_url.as_str() {
            API_URL => builder.build(),
            proxy => builder.proxy(proxy).ratelimiter_disabled(true).build(),
        })
    }

    /// Where the gateway is, how many shards Discord recommends, and how many sessions may still be started.
    pub async fn gateway(&self) -> Result<BotGateway, Error> {
        // Whoever answers otherwise, such as a proxy that starts up, may answer better another time.
        self.0.get_bot_gateway().await.map_err(|error| explain("asking for the gateway", &error, Error::Temporary))
    }

    /// Makes a request; `doing` says what for, as in "reading the slash commands". Refusals are fatal.
    pub async fn fire<T: DeserializeOwned>(&self, doing: &str, request: Request<'_>) -> Result<T, Error> {
        self.0.fire(request).await.map_err(|error| explain(doing, &error, Error::Fatal))
    }

    /// The application that the token belongs to.
    pub async fn application_id(&self) -> Result<serenity::model::id::ApplicationId, Error> {
        #[derive(serde::Deserialize)]
        struct Application {
            id: serenity::model::id::ApplicationId,
        }
        let request = Request::new(Route::Oauth2ApplicationCurrent, serenity::http::LightMethod::Get);
        self.fire::<Application>("asking for the application", request).await.map(|application| application.id)
    }
}

fn explain(doing: &str, error: &serenity::Error, refused: fn(String) -> Error) -> Error {
    match error {
        serenity::Error::Http(HttpError::InvalidHeader(_)) => Error::Fatal(WRONG_TOKEN.into()),
        serenity::Error::Http(HttpError::Url(error)) => {
            Error::Fatal(format!("{doing} failed, because discord.api_url is no address: {error}"))
        }
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => match response.status_code {
            StatusCode::UNAUTHORIZED => Error::Fatal(WRONG_TOKEN.into()),
            status if status.is_client_error() && !matches!(status.as_u16(), 408 | 429) => {
                refused(format!("{doing} failed: Discord answered {status}: {error}"))
            }
            status => Error::Temporary(format!("{doing} failed: Discord answered {status}")),
        },
        error => Error::Temporary(format!("{doing} failed: {}", chain(error))),
    }
}

/// An error with its causes, which is where reqwest keeps what happened.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
