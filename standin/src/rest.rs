//! The HTTP routes, and the faults a test puts before them.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State as Shares};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::interactions::{self, ApiError, Kind};
use crate::limits::{self, Upload};
use crate::messages::bot_user;
use crate::{APPLICATION_ID, BOT_NAME, Delivery, Shared, State, commands, gateway, schema};

/// Bytes of a whole request: ten files and the message.
const LARGEST: usize = limits::FILES * limits::FILE_SIZE + 1024 * 1024;

/// The routes a fault can be put before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `GET /gateway/bot`
    GatewayBot,
    /// `GET /applications/@me`, `GET /oauth2/applications/@me`, `GET /users/@me`
    Application,
    /// Reading and writing of commands, global or of a server.
    Commands,
    /// `POST /interactions/{id}/{token}/callback`
    Callback,
    /// The messages of an interaction after its answer: `/webhooks/{application}/{token}…`
    Webhook,
    /// A message by its channel: `/channels/{channel}/messages/{message}`
    ChannelMessage,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// This status in place of an answer, so many times.
    Status(u16, u32),
    /// The connection is reset before anything is done.
    Reset,
    /// All is done, but the connection is reset before the bot learns it.
    LostReply,
    /// 429, so many times; whoever comes back earlier than told breaks the rules.
    RateLimited { retry_after: f64, times: u32 },
    /// It takes so long before anything is done.
    Delay(Duration),
}

/// One fault for one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Queued {
    Status(u16),
    Reset,
    LostReply,
    RateLimited(f64),
    Delay(Duration),
}

impl Fault {
    pub(crate) fn queued(self) -> Vec<Queued> {
        match self {
            Self::Status(status, times) => vec![Queued::Status(status); times as usize],
            Self::Reset => vec![Queued::Reset],
            Self::LostReply => vec![Queued::LostReply],
            Self::RateLimited { retry_after, times } => vec![Queued::RateLimited(retry_after); times as usize],
            Self::Delay(delay) => vec![Queued::Delay(delay)],
        }
    }
}

/// A request and how it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: String,
    /// Without the version, such as `/gateway/bot`.
    pub path: String,
    pub query: String,
    pub route: Option<Route>,
    pub headers: Vec<(String, String)>,
    /// The JSON of the body, also of a multipart one.
    pub body: Value,
    /// The names of the files of a multipart body.
    pub files: Vec<String>,
    /// 0 where the connection was reset.
    pub status: u16,
    /// When it came.
    pub at: Instant,
}

/// A reading or writing of commands.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Whether it overwrote them; otherwise it read them.
    pub write: bool,
    /// The server whose commands they are; `None` for global ones.
    pub guild: Option<String>,
    pub with_localizations: bool,
    /// What was sent to overwrite them.
    pub body: Value,
    pub status: u16,
}

/// A body with its files.
pub(crate) struct Body {
    pub json: Value,
    pub uploads: Vec<Upload>,
}

/// Reads JSON, or multipart with `payload_json` and `files[n]`; an empty body is null.
/// <https://docs.discord.com/developers/reference#uploading-files>
pub(crate) async fn body(content_type: &str, bytes: Vec<u8>) -> Result<Body, String> {
    if bytes.is_empty() {
        return Ok(Body { json: Value::Null, uploads: Vec::new() });
    }
    if content_type.starts_with("application/json") {
        let json = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        return Ok(Body { json, uploads: Vec::new() });
    }
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let stream = futures_util::stream::iter([Ok::<_, io::Error>(bytes)]);
    let mut parts = multer::Multipart::new(stream, boundary);
    let (mut json, mut uploads) = (Value::Null, Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|error| error.to_string())? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| error.to_string())?;
        if name == "payload_json" {
            json = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        } else {
            let number = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
            let number = number.filter(|number| number.parse::<u64>().is_ok());
            let number = number.ok_or(format!("a part is called `{name}`"))?.to_owned();
            let filename = filename.ok_or(format!("the part `{name}` has no filename"))?;
            uploads.push(Upload { number, filename, bytes: bytes.to_vec() });
        }
    }
    Ok(Body { json, uploads })
}

/// A connection that can be told to reset.
struct Resettable {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

struct ResettableListener(TcpListener);

#[derive(Clone)]
struct Reset(Arc<AtomicBool>);

impl Listener for ResettableListener {
    type Io = Resettable;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Resettable { stream, reset: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, ResettableListener>> for Reset {
    fn connect_info(stream: IncomingStream<'_, ResettableListener>) -> Self {
        Self(Arc::clone(&stream.io().reset))
    }
}

impl AsyncRead for Resettable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.reset.load(Ordering::SeqCst) {
            // Closed without lingering, the connection ends with a RST in place of a FIN.
            let _ = self.stream.set_zero_linger();
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Serves until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let app = axum::Router::new().fallback(handle).with_state(shared);
    let app = app.into_make_service_with_connect_info::<Reset>();
    let _ = axum::serve(ResettableListener(listener), app).await;
}

async fn handle(
    Shares(shared): Shares<Arc<Shared>>,
    ConnectInfo(Reset(reset)): ConnectInfo<Reset>,
    request: axum::extract::Request,
) -> Response {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let Some(path) = parts.uri.path().strip_prefix("/api/v10").map(str::to_owned) else {
        let message = format!("{} is not under /api/v10", parts.uri.path());
        shared.change(|state| state.violate("request", "", message));
        return (StatusCode::NOT_FOUND, "404: Not Found").into_response();
    };
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let route = route(&segments);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let content_type = header_of(&parts.headers, "content-type");
    let bytes = axum::body::to_bytes(body, LARGEST).await;
    let parsed = match bytes {
        Ok(bytes) => self::body(&content_type, bytes.into()).await,
        Err(error) => Err(error.to_string()),
    };
    let mut call = Call {
        method: parts.method.clone(),
        segments: &segments,
        query: &query,
        headers: &parts.headers,
        json: Value::Null,
        uploads: Vec::new(),
        unreadable: None,
    };
    match parsed {
        Ok(Body { json, uploads }) => (call.json, call.uploads) = (json, uploads),
        Err(why) => call.unreadable = Some(why),
    }
    let seen = Request {
        method: parts.method.to_string(),
        path: path.clone(),
        query: query.clone(),
        route,
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: call.json.clone(),
        files: call.uploads.iter().map(|upload| upload.filename.clone()).collect(),
        status: 0,
        at,
    };
    let fault = route.and_then(|route| shared.state().faults.get_mut(&route).and_then(VecDeque::pop_front));
    let bucket = bucket(route, &segments);
    if fault.is_some() && route == Some(Route::Callback) {
        let id = segments[1];
        if let Some(interaction) = shared.state().interactions.get_mut(id) {
            interaction.faulted = true;
        }
    }
    if let Some(Queued::Delay(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    let reply = shared.change(|state| {
        let reply = match fault {
            Some(Queued::Reset) => {
                reset.store(true, Ordering::SeqCst);
                Reply::new(502, Value::Null)
            }
            Some(Queued::Status(status)) => Reply::new(status, json!({"message": "a fault put here", "code": 0})),
            Some(Queued::RateLimited(retry_after)) => {
                let until = Instant::now() + Duration::from_secs_f64(retry_after);
                state.not_before.insert(bucket.clone(), until);
                Reply::rate_limited(retry_after)
            }
            _ => match state.not_before.get(&bucket).map(|until| until.saturating_duration_since(at)) {
                Some(left) if !left.is_zero() => {
                    state.violate(&path, "retry_after", format!("came back {left:?} before it was told to"));
                    Reply::rate_limited(left.as_secs_f64())
                }
                _ => {
                    if fault == Some(Queued::LostReply) {
                        reset.store(true, Ordering::SeqCst);
                    }
                    answer(state, &shared, call)
                }
            },
        };
        let status = if reset.load(Ordering::SeqCst) { 0 } else { reply.status };
        state.requests.push(Request { status, ..seen });
        reply
    });
    reply.into_response(&bucket)
}

fn header_of(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn route(segments: &[&str]) -> Option<Route> {
    match segments {
        ["gateway", ..] => Some(Route::GatewayBot),
        ["applications" | "users", "@me"] | ["oauth2", "applications", "@me"] => Some(Route::Application),
        ["applications", _, "commands", ..] | ["applications", _, "guilds", _, "commands", ..] => Some(Route::Commands),
        ["interactions", _, _, "callback"] => Some(Route::Callback),
        ["webhooks", _, _, ..] => Some(Route::Webhook),
        ["channels", _, "messages", _] => Some(Route::ChannelMessage),
        _ => None,
    }
}

/// Each interaction has limits of its own.
fn bucket(route: Option<Route>, segments: &[&str]) -> String {
    match route {
        Some(Route::Callback) => format!("callback/{}", segments[1]),
        Some(Route::Webhook) => format!("webhook/{}", segments[2]),
        Some(Route::ChannelMessage) => format!("channel/{}", segments[1]),
        other => format!("{other:?}"),
    }
}

struct Call<'a> {
    method: Method,
    segments: &'a [&'a str],
    query: &'a str,
    headers: &'a HeaderMap,
    json: Value,
    uploads: Vec<Upload>,
    unreadable: Option<String>,
}

impl Call<'_> {
    fn asks(&self, key: &str) -> bool {
        self.query.split('&').any(|pair| pair == format!("{key}=true") || pair == format!("{key}=1"))
    }
}

struct Reply {
    status: u16,
    body: Value,
    retry_after: Option<f64>,
}

impl Reply {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body, retry_after: None }
    }

    /// <https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit>
    fn rate_limited(seconds: f64) -> Self {
        let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
        Self { status: 429, body, retry_after: Some(seconds) }
    }

    fn into_response(self, bucket: &str) -> Response {
        let status = StatusCode::from_u16(self.status).expect("a fault has a status that HTTP knows");
        let mut response = if self.body.is_null() {
            status.into_response()
        } else {
            (status, [(header::CONTENT_TYPE, "application/json")], self.body.to_string()).into_response()
        };
        let after = self.retry_after.unwrap_or(1.0);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
        let limited = self.retry_after.is_some();
        let bucket: String = bucket.bytes().map(|byte| format!("{byte:02x}")).take(16).collect();
        let mut set = |name: &'static str, value: String| {
            response.headers_mut().insert(name, HeaderValue::from_str(&value).expect("it is plain text"));
        };
        set("x-ratelimit-limit", "5".into());
        set("x-ratelimit-remaining", if limited { "0" } else { "4" }.into());
        set("x-ratelimit-reset", format!("{:.3}", now.as_secs_f64() + after));
        set("x-ratelimit-reset-after", format!("{after:.3}"));
        set("x-ratelimit-bucket", bucket);
        if limited {
            set("x-ratelimit-scope", "user".into());
            set("retry-after", after.ceil().to_string());
        }
        response
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        Self::new(error.status, error.json())
    }
}

fn answer(state: &mut State, shared: &Shared, call: Call<'_>) -> Reply {
    let of = format!("{} /{}", call.method, call.segments.join("/"));
    let agent = header_of(call.headers, "user-agent");
    // <https://docs.discord.com/developers/reference#user-agent>
    if !agent.starts_with("DiscordBot (") {
        state.violate(&of, "User-Agent", format!("`{agent}` is not the user agent that Discord asks for"));
        return Reply::new(403, json!({"message": "internal network error", "code": 40333}));
    }
    // An interaction's token is all that these need.
    let open = matches!(call.segments, ["interactions" | "webhooks", ..] | ["gateway"]);
    let authorization = header_of(call.headers, "authorization");
    if !open && authorization != format!("Bot {}", shared.options.token) {
        return Reply::new(401, json!({"message": "401: Unauthorized", "code": 0}));
    }
    if let Some(why) = &call.unreadable {
        state.violate(&of, "", why.clone());
        return interactions::INVALID_JSON.into();
    }
    let foreign = match call.segments {
        ["applications", id, ..] | ["webhooks", id, ..] => *id != "@me" && *id != APPLICATION_ID,
        _ => false,
    };
    if foreign {
        state.violate(&of, "", "this application belongs to somebody else");
        let message = "You are not authorized to perform this action on this application";
        return Reply::new(403, json!({"message": message, "code": 20012}));
    }
    let method = call.method.clone();
    match (method.as_str(), call.segments) {
        ("GET", ["gateway"]) => Reply::new(200, json!({"url": format!("ws://{}", shared.gateway)})),
        ("GET", ["gateway", "bot"]) => gateway_bot(state, shared),
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => Reply::new(200, application()),
        ("GET", ["users", "@me"]) => {
            let mut user = bot_user();
            user["mfa_enabled"] = json!(true);
            user["verified"] = json!(true);
            user["email"] = Value::Null;
            user["locale"] = json!("en-US");
            user["premium_type"] = json!(0);
            Reply::new(200, user)
        }
        ("GET" | "PUT", ["applications", _, "commands"]) => registered(state, &of, call, None),
        ("GET" | "PUT", ["applications", _, "guilds", guild, "commands"]) => registered(state, &of, call, Some(guild)),
        ("POST", ["interactions", id, token, "callback"]) => callback(state, shared, call, id, token),
        (_, ["webhooks", _, token, rest @ ..]) => webhook(state, shared, &of, call, token, rest),
        ("GET" | "PATCH", ["channels", channel, "messages", message]) => {
            channel_message(state, shared, &of, call, channel, message)
        }
        _ => {
            state.violate(&of, "", "this stand-in has no such route");
            Reply::new(404, json!({"message": "404: Not Found", "code": 0}))
        }
    }
}

fn gateway_bot(state: &State, shared: &Shared) -> Reply {
    let options = &shared.options;
    let (starts_left, reset) = state.gateway.starts_left(shared);
    let body = json!({
        "url": format!("ws://{}", shared.gateway),
        "shards": options.shards,
        "session_start_limit": {
            "total": gateway::STARTS_A_DAY,
            "remaining": starts_left,
            "reset_after": u64::try_from(reset.as_millis()).expect("a day is short"),
            "max_concurrency": options.max_concurrency,
        },
    });
    Reply::new(200, body)
}

fn application() -> Value {
    json!({
        "id": APPLICATION_ID, "name": BOT_NAME, "icon": null, "description": "", "type": null, "bot": bot_user(),
        "summary": "", "bot_public": true, "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": 0,
        "flags_new": "0", "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "hook": true, "is_monetized": false, "is_verified": false, "is_discoverable": false,
        "storefront_available": false, "tags": [], "redirect_uris": [], "interactions_endpoint_url": null,
        "role_connections_verification_url": null, "owner": bot_user(), "team": null,
        "approximate_guild_count": 1, "approximate_user_install_count": 1, "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0, "event_webhooks_status": 1, "max_participants": null,
        "integration_types_config": {"0": {}, "1": {}},
    })
}

fn registered(state: &mut State, of: &str, call: Call<'_>, guild: Option<&str>) -> Reply {
    let with_localizations = call.asks("with_localizations");
    let write = call.method == Method::PUT;
    let reply = if write {
        let mut refusals = limits::commands(&call.json);
        if refusals.is_empty() {
            let pointer = schema::request("put", "/applications/{application_id}/commands");
            refusals = schema::check(&pointer, &call.json);
        }
        let is_entry_point = |command: &Value| command["type"] == 4;
        let before = state.commands.get(&guild.map(str::to_owned));
        if before.is_some_and(|before| before.iter().any(is_entry_point))
            && !call.json.as_array().is_some_and(|body| body.iter().any(is_entry_point))
        {
            // https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
            let message = "You cannot remove this app's Entry Point command in a bulk update operation.";
            state.violate(of, "", message);
            Reply::new(400, json!({"message": message, "code": 50240}))
        } else if refusals.is_empty() {
            Reply::new(200, json!(state.overwrite_commands(guild, &call.json)))
        } else {
            interactions::refuse(state, of, refusals).into()
        }
    } else {
        let stored = json!(state.commands.get(&guild.map(str::to_owned)).cloned().unwrap_or_default());
        let locale = header_of(call.headers, "x-discord-locale");
        let locale = Some(locale.as_str()).filter(|locale| !locale.is_empty());
        let shown = if with_localizations { stored } else { commands::in_one_language(&stored, locale) };
        Reply::new(200, shown)
    };
    state.registrations.push(Registration {
        write,
        guild: guild.map(str::to_owned),
        with_localizations,
        body: call.json,
        status: reply.status,
    });
    reply
}

fn callback(state: &mut State, shared: &Shared, call: Call<'_>, id: &str, token: &str) -> Reply {
    let with_response = call.asks("with_response");
    let accepted = match state.answer(shared, id, token, &call.json, call.uploads) {
        Ok(accepted) => accepted,
        Err(error) => return error.into(),
    };
    if !with_response {
        return Reply::new(204, Value::Null);
    }
    let kind = state.interactions[id].kind;
    let (number, shown) = match accepted.kind {
        Kind::New => (4, true),
        Kind::Thinking => (5, true),
        Kind::Deferred => (6, false),
        Kind::Updated => (7, true),
        Kind::Form => (9, false),
    };
    let mut body = json!({"interaction": {"id": id, "type": kind}});
    if let Some(message) = accepted.message.filter(|_| shown) {
        body["interaction"]["response_message_id"] = json!(message.id);
        body["interaction"]["response_message_ephemeral"] = json!(message.ephemeral);
        body["interaction"]["response_message_loading"] = json!(message.thinking);
        body["resource"] = json!({"type": number, "message": message.json});
    }
    Reply::new(200, body)
}

/// The messages of an interaction after its answer.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#endpoints>
fn webhook(state: &mut State, shared: &Shared, of: &str, call: Call<'_>, token: &str, rest: &[&str]) -> Reply {
    let found = state.interactions.iter().find(|(_, interaction)| interaction.token == token);
    let Some((id, interaction)) = found.map(|(id, interaction)| (id.clone(), interaction)) else {
        state.violate(of, "", "no interaction has this token");
        return interactions::UNKNOWN_WEBHOOK.into();
    };
    if interaction.created.elapsed() > shared.options.token_life {
        return interactions::TOKEN_EXPIRED.into();
    }
    let Some(accepted) = interaction.answered.clone() else {
        // An endpoint cannot know when its response was read.
        if matches!(shared.options.delivery, Delivery::Gateway) {
            state.violate(of, "", "the interaction is not answered yet");
        }
        return interactions::UNKNOWN_WEBHOOK.into();
    };
    let original = accepted.message.map(|message| message.id);
    let (message, before) = match rest {
        [] => (None, None),
        ["messages", which] => {
            let which = if *which == "@original" { original } else { Some((*which).to_owned()) };
            let own = which.and_then(|which| state.messages.get(&which)).cloned();
            let Some(own) = own else { return interactions::UNKNOWN_MESSAGE.into() };
            let before = own.before();
            (Some(own), Some(before))
        }
        _ => {
            state.violate(of, "", "this stand-in has no such route");
            return Reply::new(404, json!({"message": "404: Not Found", "code": 0}));
        }
    };
    let check = |state: &mut State, call: &Call<'_>| {
        let mut refusals = limits::message(&call.json, &call.uploads, before.as_ref(), &[]);
        if refusals.is_empty() {
            let name = match before {
                Some(_) => "IncomingWebhookUpdateRequestPartial",
                None => "IncomingWebhookRequestPartial",
            };
            refusals = schema::check(&schema::named(name), &call.json);
        }
        if refusals.is_empty() { Ok(()) } else { Err(interactions::refuse(state, of, refusals)) }
    };
    match (call.method.as_str(), message.clone()) {
        ("GET", Some(message)) => Reply::new(200, message.json()),
        ("DELETE", Some(message)) => {
            state.messages.remove(&message.id);
            Reply::new(204, Value::Null)
        }
        ("PATCH", Some(message)) => match check(state, &call) {
            Ok(()) => Reply::new(200, state.edit(message, &call.json, call.uploads).json()),
            Err(error) => error.into(),
        },
        ("POST", None) => match check(state, &call) {
            Ok(()) => {
                let message = state.new_message(&id, &call.json, call.uploads, false);
                let interaction = state.interactions.get_mut(&id).expect("it was there above");
                interaction.follow_ups.push(message.id.clone());
                Reply::new(200, message.json())
            }
            Err(error) => error.into(),
        },
        _ => Reply::new(405, json!({"message": "405: Method Not Allowed", "code": 0})),
    }
}

/// A message as the bot user sees it: it must be a member of the server, and nobody but its reader sees a private one.
/// <https://docs.discord.com/developers/resources/message#edit-message>
fn channel_message(
    state: &mut State,
    shared: &Shared,
    of: &str,
    call: Call<'_>,
    channel: &str,
    message: &str,
) -> Reply {
    if !shared.options.bot_is_member {
        return interactions::MISSING_ACCESS.into();
    }
    let found = state.messages.get(message).filter(|found| found.channel_id == channel && found.only_for.is_none());
    let Some(found) = found.cloned() else { return interactions::UNKNOWN_MESSAGE.into() };
    if call.method == Method::GET {
        return Reply::new(200, found.json());
    }
    let mut refusals = limits::message(&call.json, &call.uploads, Some(&found.before()), &[]);
    if refusals.is_empty() {
        refusals = schema::check(&schema::named("MessageEditRequestPartial"), &call.json);
    }
    if !refusals.is_empty() {
        return interactions::refuse(state, of, refusals).into();
    }
    Reply::new(200, state.edit(found, &call.json, call.uploads).json())
}
