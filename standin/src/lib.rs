//! A stand-in Discord over real HTTP and real WebSocket, as strict as Discord itself.
//!
//! ```text
//! let discord = Discord::start(Options::default()).await;
//! let bot = Setup::new(env!("CARGO_BIN_EXE_whichrole"), &discord).start();
//! discord.ready(0).await;
//! let ana = discord.member("Ana");
//! let card = ana.command("cto", [("show", "everyone")]).await;
//! let other = ana.press(&card.message, "And the CIO?").await;
//! assert_eq!(other.kind, Kind::Updated);
//! ```
//!
//! What the bot sends is refused where Discord refuses it, and remembered: a [`Discord`] dropped with a violation that
//! no test expected panics. Everything is waited for by a marker, for at most [`Options::patience`].
//!
//! | File | Idea |
//! |---|---|
//! | `lib.rs` | what a test holds and waits for |
//! | `users.rs` | people who type commands, press buttons and fill in forms |
//! | `forms.rs` | a form: what a user sees of it, and what the client sends |
//! | `interactions.rs` | the life of one interaction: made, delivered, answered once or too late |
//! | `gateway.rs` | the WebSocket: sessions, sequence numbers, replay, faults |
//! | `endpoint.rs` | signed posts to a bot that is an HTTP endpoint |
//! | `rest.rs` | the HTTP routes and their faults |
//! | `commands.rs` | registered commands, as Discord gives them back |
//! | `messages.rs` | the messages and what a user sees of them |
//! | `limits.rs` | what Discord refuses |
//! | `schema.rs` | Discord's OpenAPI description, when `DISCORD_OPENAPI` names it |
//! | `process.rs` | the bot under test as a process |
//! | `transport.rs` | gateway or endpoint, for tests that run over both |
//! | `fixture.rs` | the responses that it is tested with |

mod commands;
mod endpoint;
mod fixture;
mod forms;
mod gateway;
mod interactions;
pub mod limits;
mod messages;
mod process;
mod rest;
pub mod schema;
mod transport;
mod users;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::AbortHandle;

pub use endpoint::PING;
pub use fixture::{FIXTURE, copy_fixture, copy_folder};
pub use forms::{Choice, Form, Group};
pub use gateway::{Control, Identify, Resume};
pub use interactions::{Answer, Failed, Kind};
pub use messages::{Attachment, Button, MessageView};
pub use process::{Bot, Setup, free_port};
pub use rest::{Fault, Registration, Request, Route};
pub use transport::Transport;
pub use users::Member;

/// A client for HTTP that takes any certificate, as a test makes its own for what stands before a bot.
pub fn http_client() -> reqwest::Client {
    // reqwest asks the process which cryptography to use. If there is an answer already, it is this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().expect("it builds")
}

/// What a test returns: any error ends it.
pub type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The application, which is its bot user, too.
pub const APPLICATION_ID: &str = "1180000000000000001";
/// The bot's user name.
pub const BOT_NAME: &str = "whichrole";
/// The server that members are in unless a test says otherwise.
pub const GUILD_ID: &str = "1170000000000000002";
/// The token that a bot needs unless a test says otherwise. It has the shape of a real one and is none.
pub const TOKEN: &str = "MTE4MDAwMDAwMDAwMDAwMDAwMQ.GstndN.stand-in-stand-in-stand-in-stand-in-000";

/// How this Discord behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the bot must call itself with.
    pub token: String,
    /// How many shards `GET /gateway/bot` recommends; with more than one, identifying without a shard is refused.
    pub shards: u32,
    /// How many shards may identify at once.
    pub max_concurrency: u32,
    /// How many identifies are left today.
    pub session_starts: u32,
    /// How long after the start the day is over, and a whole day's identifies are left.
    /// <https://docs.discord.com/developers/events/gateway#session-start-limit-object>
    pub session_starts_reset: Duration,
    /// How long an identify keeps its place among [`Options::max_concurrency`].
    /// <https://docs.discord.com/developers/events/gateway#rate-limiting>
    pub identify_window: Duration,
    /// What hello asks for.
    pub heartbeat_interval: Duration,
    /// How long an interaction waits for its answer.
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback>
    pub deadline: Duration,
    /// How long an answered interaction's token lasts.
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages>
    pub token_life: Duration,
    /// How long after an endpoint's response its answer is taken.
    pub answer_lag: Duration,
    /// How far the clock is behind that new ids are made by.
    pub behind: Duration,
    /// Whether the bot is a member of every server, as it is where it was added with the scope `bot`.
    pub bot_is_member: bool,
    /// How many events a session keeps for a replay.
    pub replay: usize,
    /// How interactions reach the bot.
    pub delivery: Delivery,
    /// How long a test waits for anything before it fails.
    pub patience: Duration,
}

/// How interactions reach the bot.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// As events on the WebSocket.
    Gateway,
    /// As signed posts to these addresses, in turn. [`Discord::endpoints`] can name them later.
    Endpoint {
        /// The bot's addresses; several replicas take turns.
        urls: Vec<String>,
        /// The seed of the Ed25519 key that signs.
        signing_key: [u8; 32],
    },
}

impl Delivery {
    /// To an endpoint that [`Discord::endpoints`] names once it listens.
    pub fn to_endpoint() -> Self {
        Self::Endpoint { urls: Vec::new(), signing_key: [7; 32] }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: TOKEN.into(),
            shards: 1,
            max_concurrency: 1,
            session_starts: gateway::STARTS_A_DAY,
            session_starts_reset: Duration::from_secs(4 * 60 * 60),
            identify_window: Duration::from_secs(5),
            heartbeat_interval: Duration::from_millis(41_250),
            deadline: Duration::from_secs(3),
            token_life: Duration::from_secs(15 * 60),
            answer_lag: Duration::ZERO,
            behind: Duration::ZERO,
            bot_is_member: false,
            replay: 1000,
            delivery: Delivery::Gateway,
            patience: Duration::from_secs(20),
        }
    }
}

/// Something the bot did that Discord does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which call or which frame.
    pub of: String,
    /// The field, where it is one.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.of, self.path, self.message)
    }
}

/// A running stand-in Discord. It ends when it is dropped.
pub struct Discord {
    shared: Arc<Shared>,
    tasks: Vec<AbortHandle>,
}

/// What every connection and every user of one [`Discord`] share.
struct Shared {
    options: Options,
    started: Instant,
    rest: SocketAddr,
    gateway: SocketAddr,
    /// Where READY sends a session for its resume.
    resume_gateway: SocketAddr,
    state: Mutex<State>,
    /// Tells waiting tests that the state changed.
    changed: watch::Sender<()>,
    http: reqwest::Client,
}

#[derive(Default)]
struct State {
    /// How far the clock is behind that ids are made by.
    behind: Duration,
    next_id: u64,
    requests: Vec<Request>,
    violations: Vec<Violation>,
    faults: HashMap<Route, VecDeque<rest::Queued>>,
    /// Until when a route has told the bot to stay away.
    not_before: HashMap<String, Instant>,
    registrations: Vec<Registration>,
    /// Registered commands by scope: `None` is global.
    commands: BTreeMap<Option<String>, Vec<Value>>,
    interactions: HashMap<String, interactions::Interaction>,
    messages: BTreeMap<String, messages::Message>,
    gateway: gateway::Gateway,
    endpoint: endpoint::Endpoint,
}

impl State {
    /// A new snowflake. <https://docs.discord.com/developers/reference#snowflakes>
    fn new_id(&mut self) -> String {
        /// The first second of 2015, in milliseconds.
        const EPOCH: u64 = 1_420_070_400_000;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let now = u64::try_from((now - self.behind).as_millis()).expect("milliseconds fit for ages") - EPOCH;
        self.next_id = (self.next_id + 1).max(now << 22);
        self.next_id.to_string()
    }

    fn violate(&mut self, of: impl Into<String>, path: impl Into<String>, message: impl Into<String>) {
        self.violations.push(Violation { of: of.into(), path: path.into(), message: message.into() });
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock has said why; the rest need not hide it.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the state and tells everyone who waits.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_replace(());
        result
    }

    /// Waits until `look` finds what it looks for.
    async fn until<T>(&self, what: &str, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        let deadline = tokio::time::Instant::now() + self.options.patience;
        loop {
            if let Some(found) = look(&mut self.state()) {
                return found;
            }
            if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
                let seen = self.state().summary();
                panic!("waited {:?} for {what}; seen so far:\n{seen}", self.options.patience);
            }
        }
    }
}

impl State {
    /// What has happened, for a failing test to show.
    fn summary(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        for request in self.requests.iter().rev().take(15).rev() {
            let _ = writeln!(text, "  {} {} -> {}", request.method, request.path, request.status);
        }
        for line in self.gateway.log.iter().rev().take(25).rev() {
            let _ = writeln!(text, "  gateway: {line}");
        }
        for violation in &self.violations {
            let _ = writeln!(text, "  violation: {violation}");
        }
        if text.is_empty() { "  nothing".into() } else { text }
    }
}

impl Discord {
    /// Starts on free ports of the loopback.
    pub async fn start(options: Options) -> Self {
        let rest = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        let gateway = gateway::bind("127.0.0.1:0".parse().expect("it is an address"));
        let resume = gateway::bind("127.0.0.1:0".parse().expect("it is an address"));
        let address = |listener: &tokio::net::TcpListener| listener.local_addr().expect("a bound listener knows");
        let shared = Arc::new(Shared {
            started: Instant::now(),
            rest: address(&rest),
            gateway: address(&gateway),
            resume_gateway: address(&resume),
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            http: http_client(),
            options,
        });
        shared.state().behind = shared.options.behind;
        if let Delivery::Endpoint { urls, .. } = &shared.options.delivery {
            shared.state().endpoint.urls.clone_from(urls);
        }
        let tasks = vec![
            tokio::spawn(rest::serve(rest, Arc::clone(&shared))).abort_handle(),
            tokio::spawn(gateway::serve(gateway, Arc::clone(&shared), false)).abort_handle(),
            tokio::spawn(gateway::serve(resume, Arc::clone(&shared), true)).abort_handle(),
        ];
        Self { shared, tasks }
    }

    /// What `discord.api_url` is set to.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.shared.rest)
    }

    /// The token that the bot needs.
    pub fn token(&self) -> &str {
        &self.shared.options.token
    }

    /// Somebody in the server [`GUILD_ID`]. The same name is the same person.
    pub fn member(&self, name: &str) -> Member {
        Member::new(Arc::clone(&self.shared), name)
    }

    /// Waits for the next READY of a shard that no earlier call has taken, and gives its session id.
    pub async fn ready(&self, shard: u32) -> String {
        let what = format!("shard {shard} to become ready");
        self.shared.until(&what, |state| state.gateway.readies.get_mut(&shard)?.pop_front()).await
    }

    /// Waits for the next resume that no earlier call has taken.
    pub async fn resumed(&self) -> Resume {
        self.shared.until("a session to be resumed", |state| state.gateway.resumes.pop_front()).await
    }

    /// Waits until no connection holds this shard.
    pub async fn offline(&self, shard: u32) {
        let what = format!("shard {shard} to go offline");
        self.shared.until(&what, |state| (!state.gateway.is_online(shard)).then_some(())).await;
    }

    /// Waits until `count` identifies have arrived since the start, and gives them all.
    pub async fn identified(&self, count: usize) -> Vec<Identify> {
        let enough =
            |state: &mut State| (state.gateway.identifies.len() >= count).then(|| state.gateway.identifies.clone());
        self.shared.until(&format!("{count} identifies"), enough).await
    }

    /// Waits until `count` heartbeats have arrived since the start.
    pub async fn heartbeats(&self, count: usize) {
        let enough = |state: &mut State| (state.gateway.heartbeats >= count).then_some(());
        self.shared.until(&format!("{count} heartbeats"), enough).await;
    }

    /// Waits until `count` requests to a route have been answered since the start, and gives them.
    pub async fn requested(&self, route: Route, count: usize) -> Vec<Request> {
        let enough = |state: &mut State| {
            let of_route: Vec<_> = state.requests.iter().filter(|one| one.route == Some(route)).cloned().collect();
            (of_route.len() >= count).then_some(of_route)
        };
        self.shared.until(&format!("{count} requests to {route:?}"), enough).await
    }

    /// Every identify so far.
    pub fn identifies(&self) -> Vec<Identify> {
        self.shared.state().gateway.identifies.clone()
    }

    /// Every reading and writing of the registered commands so far.
    pub fn registrations(&self) -> Vec<Registration> {
        self.shared.state().registrations.clone()
    }

    /// Every HTTP request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// What has happened on the WebSocket so far, a line each.
    pub fn gateway_log(&self) -> Vec<String> {
        self.shared.state().gateway.log.clone()
    }

    /// The codes with which the bot closed its connections; `None` where it gave none.
    pub fn closes(&self) -> Vec<Option<u16>> {
        self.shared.state().gateway.closes.clone()
    }

    /// Registers commands without the bot's doing, as an earlier version of it may have left them.
    pub fn set_commands(&self, guild: Option<&str>, body: &Value) {
        let refusals = limits::commands(body);
        assert!(refusals.is_empty(), "Discord would refuse these commands: {refusals:?}");
        self.shared.change(|state| state.overwrite_commands(guild, body));
    }

    /// The registered commands, as Discord gives them back with every language.
    pub fn commands(&self, guild: Option<&str>) -> Vec<Value> {
        self.shared.state().commands.get(&guild.map(str::to_owned)).cloned().unwrap_or_default()
    }

    /// How a message is now.
    pub fn look(&self, message: &MessageView) -> Option<MessageView> {
        self.shared.state().messages.get(&message.id).map(messages::Message::view)
    }

    /// Waits for a message that follows this answer, and gives the last of them.
    pub async fn follow_up(&self, answer: &Answer) -> MessageView {
        let last = |state: &mut State| {
            let id = state.interactions.get(&answer.interaction)?.follow_ups.last()?;
            state.messages.get(id).map(messages::Message::view)
        };
        self.shared.until("a message after the answer", last).await
    }

    /// Waits until a message differs from how a test last saw it.
    pub async fn changed(&self, message: &MessageView) -> MessageView {
        let edited = |state: &mut State| {
            let now = state.messages.get(&message.id)?;
            (now.edits != message.edits || now.view().thinking != message.thinking).then(|| now.view())
        };
        self.shared.until("a message to change", edited).await
    }

    /// Puts a fault before the next answers of the callback route.
    pub fn fault(&self, fault: Fault) {
        self.fault_on(Route::Callback, fault);
    }

    /// Puts a fault before the next answers of a route; several queue up.
    pub fn fault_on(&self, route: Route, fault: Fault) {
        self.shared.state().faults.entry(route).or_default().extend(fault.queued());
    }

    /// What can be done to the connections of all shards.
    pub fn gateway(&self) -> Control {
        Control::new(Arc::clone(&self.shared))
    }

    /// Names the bot's addresses for [`Delivery::Endpoint`].
    pub fn endpoints<U: Into<String>>(&self, urls: impl IntoIterator<Item = U>) {
        self.shared.state().endpoint.urls = urls.into_iter().map(Into::into).collect();
    }

    /// Sends the next interaction to this one of the addresses; after it they take turns again.
    pub fn send_next_to(&self, index: usize) {
        self.shared.state().endpoint.next = index;
    }

    /// The key that an endpoint checks signatures with, in hex, as the Developer Portal shows it.
    pub fn public_key(&self) -> String {
        endpoint::public_key(&self.shared.options.delivery)
    }

    /// What `X-Signature-Ed25519` says of a body that a test posts itself.
    pub fn sign(&self, timestamp: &str, body: &str) -> String {
        endpoint::sign(&self.shared.options.delivery, timestamp, body)
    }

    /// A signed [`PING`] as it goes over the wire, with more headers, and with as much of its body.
    pub fn ping(&self, more: &str, body: &str) -> String {
        endpoint::ping(&self.shared.options.delivery, more, body)
    }

    /// Does what Discord does before it takes an endpoint's address: a PING, and a request with a wrong signature.
    ///
    /// # Errors
    ///
    /// When Discord would refuse the address, with the reason.
    pub async fn verify_endpoint(&self, url: &str) -> Result<(), String> {
        endpoint::verify(&self.shared, url).await
    }

    /// What the bot did so far that Discord does not allow.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.state().violations.clone()
    }

    /// Takes the violations that a test provoked, so that the end of the test does not fail for them.
    pub fn expect_violation(&self) -> Vec<Violation> {
        let violations = std::mem::take(&mut self.shared.state().violations);
        assert!(!violations.is_empty(), "a violation was expected, and there is none");
        violations
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.shared.state().gateway.drop_all();
        let violations = std::mem::take(&mut self.shared.state().violations);
        if !violations.is_empty() && !std::thread::panicking() {
            let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
            panic!("the bot did what Discord does not allow:\n{}", list.join("\n"));
        }
    }
}
