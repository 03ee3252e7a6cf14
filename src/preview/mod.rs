//! The preview: the whole bot in the browser, with no account and no token.
//!
//! A page that looks and behaves like a Discord channel with the bot in it. What a member does becomes the JSON that
//! Discord would send, and the bot's answer is drawn from the very message that Discord would get:
//!
//! ```text
//! form ─► channel ─► Service ─► channel ─► page ─► every open tab
//! ```
//!
//! The page is made here and works without JavaScript; the script on it saves reloads and offers the commands. There is
//! one channel a process, in memory and bounded. Every open page shows at once what changed in it, and changed
//! responses or what is wrong with them. A gallery shows every card. The preview edits nothing, listens on loopback
//! alone, and answers only to loopback's names.

mod channel;
mod gallery;
mod guard;
mod listener;
mod markdown;
mod members;
mod message;
mod page;
mod time;

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{from_fn, map_response};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, Redirect};
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;

pub use listener::{BindError, Listener, bind};

use crate::picture::Drawing;
use crate::service::{Delivered, Incoming, Service};
use channel::{Answer, Channel};
use gallery::Gallery;
use members::Member;
use page::{ChannelPage, Frame, Theme};

/// The port of the preview where none is given.
pub const DEFAULT_PORT: u16 = 8080;

/// How many bytes a form may have: the longest message is 2000 characters, of at most 12 bytes each in a form.
const MAX_FORM: usize = 32 * 1024;

/// How long a page waits before it connects again to a preview that went away.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// How long a picture may take before the page goes without.
const DRAWING_TIMEOUT: Duration = Duration::from_secs(10);

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
    // Open pages hold a connection for as long as they are open, so nothing waits for connections to end.
    tokio::select! {
        served = axum::serve(listener, router(service)).into_future() => served,
        () = shutdown => Ok(()),
    }
}

/// The page and everything on it.
fn router(service: Arc<Service>) -> Router {
    let room = Room { channel: Channel::new(&service.responses()), theme: Theme::default(), drawn: 0 };
    let app = App { service, run: fastrand::u64(..), room: Mutex::new(room), changes: watch::Sender::new(0) };
    Router::new()
        .route("/", get(|| async { Redirect::to(Member::Ana.path()) }))
        .route("/gallery", get(gallery))
        .route("/gallery/picture/{card}", get(gallery_picture))
        .route("/events", get(events))
        .route("/{member}", get(show))
        .route("/{member}/send", post(send))
        .route("/{member}/press/{post}", post(press))
        .route("/{member}/dismiss/{post}", post(dismiss))
        .route("/{member}/settings", post(settings))
        // The changes make a changed picture another address, so that no browser shows the old one.
        .route("/{member}/picture/{post}/{changes}", get(channel_picture))
        .route("/style.css", asset("text/css; charset=utf-8", include_str!("style.css")))
        .route("/script.js", asset("text/javascript; charset=utf-8", include_str!("script.js")))
        .route("/events.js", asset("text/javascript; charset=utf-8", include_str!("events.js")))
        .route("/bot.svg", asset("image/svg+xml", include_str!("bot.svg")))
        .with_state(Arc::new(app))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(from_fn(guard::check))
        .layer(map_response(guard::headers))
}

/// What all requests share. It lives as long as the process.
struct App {
    service: Arc<Service>,
    /// Tells this process from an earlier one on the same port.
    run: u64,
    /// Locked for a moment at a time, never while the bot answers.
    room: Mutex<Room>,
    /// How many changes the room has seen.
    changes: watch::Sender<u64>,
}

/// What the pages show.
struct Room {
    channel: Channel,
    theme: Theme,
    /// The load of the responses that the channel's answers are drawn from; 0 before the first.
    drawn: u64,
}

impl App {
    /// The room. A panic leaves it as good as before, since it holds whole messages only.
    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names what the pages show: the process, the load of the responses, the changes in the room.
    fn state(&self) -> String {
        format!("{:016x}-{}-{}", self.run, *self.service.loads().borrow(), *self.changes.borrow())
    }

    /// Notifies every open page.
    fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Asks what every answer in the channel would be now, if there are other responses than when it was drawn.
    async fn redraw(&self) {
        // Read before the responses: a reload in between causes one redraw too many, never one too few.
        let loads = *self.service.loads().borrow();
        if std::mem::replace(&mut self.room().drawn, loads) == loads {
            return;
        }
        let asked = self.room().channel.asked();
        for (post, interaction) in asked {
            let answer = ask(&self.service, &interaction).await;
            self.room().channel.redraw(post, answer);
        }
    }

    /// Leads back to the member's page, to the message of this id.
    fn back(&self, member: Member, post: Option<u64>) -> Redirect {
        self.changed();
        let fragment = post.map(|post| format!("#post-{post}")).unwrap_or_default();
        Redirect::to(&format!("{}{fragment}", member.path()))
    }

    /// Draws a page around what `draw` returns.
    fn page(&self, draw: impl FnOnce(&Frame<'_>, &Channel) -> maud::Markup) -> Html<String> {
        let state = self.state();
        let (responses, refused) = (self.service.responses(), self.service.refused());
        let room = self.room();
        let refused = refused.as_ref().map(|faults| faults.as_str());
        let frame = Frame { responses: &responses, theme: room.theme, state: &state, refused, now: now() };
        Html(draw(&frame, &room.channel).into_string())
    }
}

type Shared = State<Arc<App>>;

/// A file that the binary carries.
fn asset(kind: &'static str, text: &'static str) -> MethodRouter<Arc<App>> {
    get(([(header::CONTENT_TYPE, kind)], text))
}

/// `?gone` in the address: what was pressed is not there any more.
#[derive(Deserialize)]
struct ShowQuery {
    gone: Option<String>,
}

async fn show(State(app): Shared, member: Member, Query(query): Query<ShowQuery>) -> Html<String> {
    app.redraw().await;
    let gone = query.gone.is_some();
    app.page(|frame, channel| ChannelPage { frame, channel, member, gone }.page())
}

#[derive(Deserialize)]
struct GalleryQuery {
    #[serde(default)]
    language: String,
}

async fn gallery(State(app): Shared, Query(query): Query<GalleryQuery>) -> Html<String> {
    app.page(|frame, _| Gallery { frame, language: frame.responses.language(&query.language) }.page())
}

type Png = Result<([(HeaderName, &'static str); 1], Bytes), StatusCode>;

/// Draws a picture, as Discord would get it.
async fn png(service: &Service, drawing: Option<Drawing>) -> Png {
    let (drawing, pictures) = drawing.zip(service.pictures.as_ref()).ok_or(StatusCode::NOT_FOUND)?;
    let png = pictures.png(&drawing, (Instant::now() + DRAWING_TIMEOUT).into()).await;
    let png = png.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], Bytes::from_owner(png)))
}

async fn gallery_picture(State(app): Shared, Path(card): Path<usize>, Query(query): Query<GalleryQuery>) -> Png {
    png(&app.service, Gallery::picture(&app.service.responses(), &query.language, card)).await
}

async fn channel_picture(State(app): Shared, member: Member, Path((_, post, _)): Path<(String, u64, u32)>) -> Png {
    let drawing = app.room().channel.picture(member, post).cloned();
    png(&app.service, drawing).await
}

/// Sends the state that the pages show now, and each one after it.
async fn events(State(app): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (loads, changes) = (app.service.loads(), app.changes.subscribe());
    let states = stream::unfold((app, loads, changes, true), |(app, mut loads, mut changes, first)| async move {
        if !first {
            tokio::select! {
                changed = loads.changed() => changed.ok()?,
                changed = changes.changed() => changed.ok()?,
            }
        }
        loads.mark_unchanged();
        changes.mark_unchanged();
        let event = Event::default().retry(RECONNECT_DELAY).data(app.state());
        Some((Ok(event), (app, loads, changes, false)))
    });
    Sse::new(states).keep_alive(KeepAlive::default())
}

/// What the message box sends; without JavaScript, what the two lists beside it send.
#[derive(Deserialize)]
struct SendForm {
    #[serde(default)]
    text: String,
    command: Option<String>,
    #[serde(default)]
    show: String,
}

async fn send(State(app): Shared, member: Member, Form(form): Form<SendForm>) -> Redirect {
    let responses = app.service.responses();
    let command = match &form.command {
        Some(name) => Some((name.as_str(), Some(form.show.as_str()).filter(|show| !show.is_empty()))),
        None => channel::command(&responses, &form.text),
    };
    let post = match command {
        Some((name, show)) => {
            let pending = app.room().channel.command(member, name, show);
            let answer = ask(&app.service, &pending.interaction).await;
            app.room().channel.answer(pending, answer, now())
        }
        None => app.room().channel.say(member, &form.text, now()),
    };
    app.back(member, post)
}

#[derive(Deserialize)]
struct PressForm {
    custom_id: String,
}

async fn press(
    State(app): Shared,
    member: Member,
    Path((_, post)): Path<(String, u64)>,
    Form(form): Form<PressForm>,
) -> Redirect {
    let pending = app.room().channel.press(member, post, &form.custom_id);
    let Some(pending) = pending else { return Redirect::to(&format!("{}?gone", member.path())) };
    let answer = ask(&app.service, &pending.interaction).await;
    let post = app.room().channel.answer(pending, answer, now());
    app.back(member, post)
}

async fn dismiss(State(app): Shared, member: Member, Path((_, post)): Path<(String, u64)>) -> Redirect {
    let before = app.room().channel.dismiss(member, post);
    app.back(member, before)
}

#[derive(Deserialize)]
struct SettingsForm {
    locale: String,
    server_locale: String,
    theme: String,
}

async fn settings(State(app): Shared, member: Member, Form(form): Form<SettingsForm>) -> Redirect {
    let responses = app.service.responses();
    let mut room = app.room();
    room.channel.set_locale(&responses, member, &form.locale);
    room.channel.set_server_locale(&responses, &form.server_locale);
    room.theme = Theme::named(&form.theme);
    drop(room);
    app.back(member, None)
}

/// Sends an interaction to the bot as Discord would, and returns the bot's answer.
async fn ask(service: &Service, interaction: &Value) -> Answer {
    match service.handle_unencoded(interaction.to_string().as_bytes(), Instant::now()).await {
        Ok(Incoming::Handled(handled)) => {
            handled.finish(service, Delivered::Yes);
            Answer { reply: handled.body.reply, locale: handled.body.language }
        }
        other => unreachable!("the channel's own interaction was read as {other:?}"),
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
