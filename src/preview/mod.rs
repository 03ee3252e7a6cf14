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
//! one channel a process, in memory and bounded, with members who can play a whole round. Every open page shows at once what changed in it, and changed
//! responses or what is wrong with them. A gallery shows every card. The preview edits nothing, listens on loopback
//! alone, and answers only to loopback's names.

mod actions;
mod channel;
mod commands;
mod form;
mod gallery;
mod guard;
mod icons;
mod listener;
mod markdown;
mod members;
mod message;
mod page;
mod rounds;
#[cfg(test)]
mod testing;
mod time;

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

use crate::clock;
use crate::interaction::{DEADLINE, SHOW};
use crate::message::File;
use crate::picture::Drawing;
use crate::round::RoundId;
use crate::service::{After, Delivered, Incoming, Service, Unencoded};
use actions::{Pending, Unsent};
use channel::{Answer, Asked, Channel, Led};
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
    Router::new()
        .route("/", get(|| async { Redirect::to(Member::Ana.path()) }))
        .route("/gallery", get(gallery))
        .route("/gallery/picture/{card}", get(gallery_picture))
        .route("/gallery/file/{card}/{name}", get(gallery_file))
        .route("/events", get(events))
        .route("/{member}", get(show))
        .route("/{member}/send", post(send))
        .route("/{member}/press/{post}", post(press))
        .route("/{member}/dismiss/{post}", post(dismiss))
        .route("/{member}/submit/{form}", post(submit))
        .route("/{member}/cancel", post(cancel))
        .route("/{member}/others/{post}", post(others))
        .route("/{member}/pass/{post}", post(pass))
        .route("/{member}/settings", post(settings))
        // The changes make a changed picture another address, so that no browser shows the old one.
        .route("/{member}/picture/{post}/{changes}", get(channel_picture))
        .route("/{member}/file/{post}/{name}", get(channel_file))
        .route("/style.css", asset("text/css; charset=utf-8", include_str!("style.css")))
        .route("/script.js", asset("text/javascript; charset=utf-8", include_str!("script.js")))
        .route("/events.js", asset("text/javascript; charset=utf-8", include_str!("events.js")))
        .route("/bot.svg", asset("image/svg+xml", include_str!("bot.svg")))
        .with_state(Arc::new(App::new(service)))
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
    /// An empty room.
    fn new(service: Arc<Service>) -> Self {
        let room = Room { channel: Channel::new(&service.responses()), theme: Theme::default(), drawn: 0 };
        Self { service, run: fastrand::u64(..), room: Mutex::new(room), changes: watch::Sender::new(0) }
    }

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
        for (post, asked) in asked {
            let answer = match asked {
                Asked::Interaction(interaction) => Some(ask(&self.service, &interaction).await.0),
                Asked::Round { round, by, visibility } => self.redrawn(round, by, visibility).await,
            };
            if let Some(answer) = answer {
                self.room().channel.redraw(post, answer);
            }
        }
    }

    /// Sends an interaction to the bot as Discord would, does what the bot answers, and returns where that leads.
    async fn send(&self, pending: Pending) -> Led {
        let (answer, after) = ask(&self.service, &pending.interaction).await;
        let outcome = self.room().channel.answer(pending, answer, after, now());
        if let Some((round, by, message)) = outcome.card {
            self.remember_card(round, by, message).await;
        }
        if let Some(round) = outcome.changed {
            self.edit_card(round).await;
        }
        outcome.led
    }

    /// Leads back to the member's page, to what they did.
    fn back(&self, member: Member, led: Led) -> Redirect {
        self.changed();
        // Without a fragment in the address, the browser moves the focus into the form.
        let fragment = match led {
            Led::Post(post) => format!("#post-{post}"),
            Led::Form | Led::Nowhere => String::new(),
        };
        Redirect::to(&format!("{}{fragment}", member.path()))
    }

    /// Draws a page around what `draw` returns.
    fn page(&self, draw: impl FnOnce(&Frame<'_>, &Channel) -> maud::Markup) -> Html<String> {
        let state = self.state();
        let (responses, refused) = (self.service.responses(), self.service.refused());
        let room = self.room();
        let refused = refused.as_ref().map(|diagnostics| diagnostics.as_str());
        let frame = Frame {
            responses: &responses,
            rounds: self.service.rounds.is_some(),
            theme: room.theme,
            state: &state,
            refused,
            now: room.channel.time(now()),
            ahead: room.channel.ahead(),
        };
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
    app.close_due().await;
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

type Download = Result<([(HeaderName, String); 2], Vec<u8>), StatusCode>;

/// A file to download, as Discord would get it.
fn download(file: Option<&File>) -> Download {
    let file = file.ok_or(StatusCode::NOT_FOUND)?;
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let kind = file.media_type.to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], file.bytes.clone()))
}

async fn gallery_file(
    State(app): Shared,
    Path((card, name)): Path<(usize, String)>,
    Query(query): Query<GalleryQuery>,
) -> Download {
    download(Gallery::file(&app.service.responses(), &query.language, card, &name).as_ref())
}

async fn channel_file(
    State(app): Shared,
    member: Member,
    Path((_, post, name)): Path<(String, u64, String)>,
) -> Download {
    download(app.room().channel.file(member, post, &name))
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

/// What the message box sends; without JavaScript, what the lists beside it send.
#[derive(Deserialize)]
struct SendForm {
    #[serde(default)]
    text: String,
    command: Option<String>,
    #[serde(default)]
    show: String,
    #[serde(default)]
    deadline: String,
}

async fn send(State(app): Shared, member: Member, Form(form): Form<SendForm>) -> Redirect {
    let (responses, rounds) = (app.service.responses(), app.service.rounds.is_some());
    let SendForm { text, command, show, deadline } = &form;
    let command = match command {
        Some(name) => commands::chosen(&responses, rounds, name, [(SHOW, show.as_str()), (DEADLINE, deadline)]),
        None => commands::typed(&responses, rounds, text),
    };
    let led = match command {
        Some(command) => {
            let pending = app.room().channel.command(member, &command, now());
            app.send(pending).await
        }
        None => app.room().channel.say(member, text, now()).map_or(Led::Nowhere, Led::Post),
    };
    app.back(member, led)
}

/// Leads to the member's page, which says that what was pressed is not there any more.
fn gone(member: Member) -> Redirect {
    Redirect::to(&format!("{}?gone", member.path()))
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
    let pending = app.room().channel.press(member, post, &form.custom_id, now());
    let Some(pending) = pending else { return gone(member) };
    let led = app.send(pending).await;
    app.back(member, led)
}

/// A form of the bot's that a member sends: for each question, by name, the value that was chosen.
async fn submit(
    State(app): Shared,
    member: Member,
    Path((_, form)): Path<(String, u64)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Redirect {
    let pending = app.room().channel.submit(member, form, &fields, now());
    match pending {
        Ok(pending) => {
            let led = app.send(pending).await;
            app.back(member, led)
        }
        Err(Unsent::Incomplete) => app.back(member, Led::Form),
        Err(Unsent::Gone) => gone(member),
    }
}

async fn cancel(State(app): Shared, member: Member) -> Redirect {
    let under = app.room().channel.cancel(member);
    app.back(member, under.map_or(Led::Nowhere, Led::Post))
}

/// Finds the open round whose card is this message.
fn open_round(app: &App, post: u64) -> Option<RoundId> {
    app.room().channel.open_round().filter(|(card, _)| *card == post).map(|(_, round)| round)
}

async fn others(State(app): Shared, member: Member, Path((_, post)): Path<(String, u64)>) -> Redirect {
    let Some(round) = open_round(&app, post) else { return gone(member) };
    app.let_others_answer(member, post, round).await;
    app.back(member, Led::Post(post))
}

async fn pass(State(app): Shared, member: Member, Path((_, post)): Path<(String, u64)>) -> Redirect {
    let Some(round) = open_round(&app, post) else { return gone(member) };
    app.pass(member, round).await;
    app.back(member, Led::Post(post))
}

async fn dismiss(State(app): Shared, member: Member, Path((_, post)): Path<(String, u64)>) -> Redirect {
    let before = app.room().channel.dismiss(member, post);
    app.back(member, before.map_or(Led::Nowhere, Led::Post))
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
    app.back(member, Led::Nowhere)
}

/// Sends an interaction to the bot as Discord would, and returns the bot's answer and what comes after it.
async fn ask(service: &Service, interaction: &Value) -> (Answer, Vec<After<'static>>) {
    match service.handle_unencoded(interaction.to_string().as_bytes(), Instant::now()).await {
        Ok(Incoming::Handled(handled)) => {
            handled.finish(service, Delivered::Yes);
            let Unencoded { reply, language } = handled.body;
            (Answer { reply, locale: language, by_itself: false }, handled.after)
        }
        other => unreachable!("the channel's own interaction was read as {other:?}"),
    }
}

/// The time in Unix seconds.
fn now() -> u64 {
    clock::unix_seconds().unsigned_abs()
}
