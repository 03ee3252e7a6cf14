//! The preview: the whole bot in the browser, with no account and no token.
//!
//! A page that looks and behaves like a Discord channel with the bot in it. What somebody does becomes the JSON that
//! Discord would send, and the bot's answer is drawn from the very message that Discord would get:
//!
//! ```text
//! form ─► channel ─► interaction::parse ─► bot::answer ─► channel ─► page
//! ```
//!
//! The page is made here and works without JavaScript; the script on it saves reloads and offers the commands. Changed
//! responses are shown at once, or what is wrong with them. A gallery shows every card. It edits nothing, keeps a bounded past in memory, listens on loopback alone, and answers only to loopback's names.

mod channel;
mod gallery;
mod guard;
mod markdown;
mod members;
mod message;
mod page;
mod sessions;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::service::Service;
use channel::{Bot, Channel};
use gallery::Gallery;
use members::Member;
use page::{Theme, View};
use sessions::Sessions;

/// The port of the preview where none is given.
pub const DEFAULT_PORT: u16 = 8080;

/// How many bytes a form may have: the longest message is 2000 characters, of at most 12 bytes each in a form.
const MAX_FORM: usize = 32 * 1024;

/// How long a page waits for changed texts before it asks again.
const WAIT: Duration = Duration::from_secs(25);

/// Remembers which channel a browser looks at.
const SESSION_COOKIE: &str = "whichrole_preview";

/// Remembers the theme that was chosen.
const THEME_COOKIE: &str = "whichrole_theme";

/// Why the preview cannot listen.
#[derive(Debug)]
pub struct BindError {
    port: u16,
    source: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, source } = self;
        match source.kind() {
            io::ErrorKind::AddrInUse => {
                write!(f, "port {port} is taken; choose another with `--port N`, or let `--port 0` find a free one")
            }
            io::ErrorKind::PermissionDenied => {
                write!(f, "port {port} is not for everyone; choose one from 1024 up with `--port N`")
            }
            _ => write!(f, "cannot listen on port {port}: {source}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A port on loopback, not yet served.
#[derive(Debug)]
pub struct Listener(TcpListener);

/// Takes a port on loopback; 0 takes a free one.
///
/// # Errors
///
/// When the port cannot be had.
pub async fn bind(port: u16) -> Result<Listener, BindError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map(Listener).map_err(|source| BindError { port, source })
}

impl Listener {
    /// The address of the page, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// When the system does not tell which port it gave.
    pub fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }
}

/// Serves the page until `shutdown` completes.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: Listener,
    service: Arc<Service>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Pages wait for changes for as long as they are open; nothing here is worth waiting for them.
    tokio::select! {
        served = axum::serve(listener.0, router(service)).into_future() => served,
        () = shutdown => Ok(()),
    }
}

/// The page and everything on it.
pub fn router(service: Arc<Service>) -> Router {
    let app = App { service, sessions: Mutex::default() };
    Router::new()
        .route("/", get(|| async { Redirect::to(Member::Ana.path()) }))
        .route("/gallery", get(gallery))
        .route("/changes/{loads}", get(changes))
        .route("/{member}", get(show))
        .route("/{member}/send", post(send))
        .route("/{member}/press/{post}", post(press))
        .route("/{member}/dismiss/{post}", post(dismiss))
        .route("/{member}/settings", post(settings))
        .route("/style.css", asset("text/css; charset=utf-8", include_str!("style.css")))
        .route("/script.js", asset("text/javascript; charset=utf-8", include_str!("script.js")))
        .route("/live.js", asset("text/javascript; charset=utf-8", include_str!("live.js")))
        .route("/bot.svg", asset("image/svg+xml", include_str!("bot.svg")))
        .with_state(Arc::new(app))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(from_fn(guard::check))
        .layer(map_response(guard::headers))
}

/// What all requests share.
struct App {
    service: Arc<Service>,
    /// Held for the moment of one answer.
    sessions: Mutex<Sessions>,
}

impl App {
    /// The bot of the moment, and which load of the responses it has.
    fn bot(&self) -> (Bot, u64) {
        // In this order: a load in between is drawn now, and once more.
        let loads = *self.service.loads().borrow();
        (Bot { responses: self.service.responses(), defaults: self.service.defaults }, loads)
    }

    /// The channels. One that panicked half-way is as good as any other: it holds whole messages.
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something in the browser's channel, and leads back to what came of it (the id of a message).
    fn act(
        &self,
        headers: &HeaderMap,
        member: Member,
        act: impl FnOnce(&mut Channel, &Bot) -> Option<u64>,
    ) -> Response {
        let (bot, loads) = self.bot();
        let mut sessions = self.sessions();
        let known = cookie(headers, SESSION_COOKIE).filter(|id| sessions.get(id).is_some());
        let id = known.map_or_else(|| sessions.open(Channel::new(&bot.responses)), str::to_owned);
        let shown = sessions.get(&id).and_then(|channel| {
            channel.refresh(&bot, loads);
            act(channel, &bot)
        });
        let fragment = shown.map(|post| format!("#post-{post}")).unwrap_or_default();
        let mut response = Redirect::to(&format!("{}{fragment}", member.path())).into_response();
        set_cookie(&mut response, SESSION_COOKIE, &id, "; HttpOnly");
        response
    }
}

type Shared = State<Arc<App>>;

/// A file that the binary carries.
fn asset(kind: &'static str, text: &'static str) -> MethodRouter<Arc<App>> {
    get(([(header::CONTENT_TYPE, kind)], text))
}

async fn show(State(app): Shared, member: Member, headers: HeaderMap) -> Html<String> {
    let (bot, loads) = app.bot();
    let refused = app.service.refused();
    let mut sessions = app.sessions();
    let mut empty = Channel::new(&bot.responses);
    let channel = cookie(&headers, SESSION_COOKIE).and_then(|id| sessions.get(id)).unwrap_or(&mut empty);
    channel.refresh(&bot, loads);
    let refused = refused.as_ref().map(|faults| faults.as_str());
    let view = View { responses: &bot.responses, channel, member, theme: theme(&headers), loads, refused };
    Html(view.page().into_string())
}

fn theme(headers: &HeaderMap) -> Theme {
    cookie(headers, THEME_COOKIE).map(Theme::named).unwrap_or_default()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    language: String,
}

async fn gallery(State(app): Shared, Query(asked): Query<Asked>, headers: HeaderMap) -> Html<String> {
    let (bot, loads) = app.bot();
    let refused = app.service.refused();
    let refused = refused.as_ref().map(|faults| faults.as_str());
    let (responses, language) = (&*bot.responses, bot.responses.language(&asked.language));
    Html(Gallery { responses, language, theme: theme(&headers), loads, refused }.page().into_string())
}

/// Waits until there was another load than the one that a page shows, and says which. After a while it says the same:
/// a connection that is silent for long may be cut by whatever is in between.
async fn changes(State(app): Shared, Path(shown): Path<u64>) -> String {
    let mut loads = app.service.loads();
    let _ = tokio::time::timeout(WAIT, loads.wait_for(|loads| *loads != shown)).await;
    let now = *loads.borrow();
    now.to_string()
}

/// What the message box sends; without JavaScript, what the two lists beside it send.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    text: String,
    command: Option<String>,
    #[serde(default)]
    show: String,
}

async fn send(State(app): Shared, member: Member, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    app.act(&headers, member, |channel, bot| match sent.command {
        Some(name) => {
            let show = Some(sent.show.as_str()).filter(|show| !show.is_empty());
            Some(channel.command(bot, member, &name, show, now()))
        }
        None => channel.send(bot, member, &sent.text, now()),
    })
}

#[derive(Deserialize)]
struct Pressed {
    custom_id: String,
}

async fn press(
    State(app): Shared,
    member: Member,
    Path((_, post)): Path<(String, u64)>,
    headers: HeaderMap,
    Form(Pressed { custom_id }): Form<Pressed>,
) -> Response {
    app.act(&headers, member, |channel, bot| channel.press(bot, member, post, &custom_id, now()))
}

async fn dismiss(
    State(app): Shared,
    member: Member,
    Path((_, post)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    app.act(&headers, member, |channel, _| channel.dismiss(member, post))
}

#[derive(Deserialize)]
struct Settings {
    locale: String,
    server_locale: String,
    theme: String,
}

async fn settings(State(app): Shared, member: Member, headers: HeaderMap, Form(settings): Form<Settings>) -> Response {
    let mut response = app.act(&headers, member, |channel, bot| {
        channel.set_locale(bot, member, &settings.locale);
        channel.set_server_locale(bot, &settings.server_locale);
        None
    });
    set_cookie(&mut response, THEME_COOKIE, Theme::named(&settings.theme).name(), "; Max-Age=31536000");
    response
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|pairs| pairs.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(n, _)| *n == name))
        .map(|(_, value)| value)
}

fn set_cookie(response: &mut Response, name: &str, value: &str, more: &str) {
    let cookie = format!("{name}={value}; Path=/; SameSite=Strict{more}");
    let cookie = HeaderValue::try_from(cookie).expect("our cookies are made of letters, digits and hyphens");
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
