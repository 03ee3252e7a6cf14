//! The gateway: one WebSocket for each shard, over which interactions arrive, kept open as long as the bot runs.
//!
//! ```text
//!           ┌──────────────── reconnect after a pause ────────────────┐
//!           ▼                                                         │
//!   connect ──► AwaitingHello ──► Open ──► Closing ──► Ended ── lost ─┘
//!                                          (shutdown)     └──── stopped
//! ```
//!
//! A lost connection loses no interaction: the session is resumed, and Discord sends again what was missed. [`run`]
//! returns an error only if a restart cannot help.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serenity::model::gateway::BotGateway;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use tokio_util::sync::CancellationToken;

use super::afterwards::Afterwards;
use super::callback::Callbacks;
use super::rest::{Cause, Rest};
use super::session::{Action, END_SESSION, KEEP_SESSION, Payload, Session};
use super::shards::{IdentifyPermit, IdentifyQueue, wait_for_starts};
use super::{Error, Settings, registration};
use crate::backoff::{Backoff, Pace};
use crate::causes::causes;
use crate::http_client::connect;
use crate::service::Service;
use crate::tls;

/// Maximum number of interactions that are answered at once. Further ones wait in the socket, where they cost nothing.
const MAX_IN_FLIGHT: u32 = 128;

/// Time for interactions in flight after the bot was told to stop; each has 3 seconds at most.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for Discord to close a connection that the bot wants to close. Interactions that arrive meanwhile are answered.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// Time limit for connecting, and for Discord's hello after it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes that are read from the socket at once: room for some interactions. tungstenite fills all of it with zeros before each
/// read, and its default is 128 KiB.
const READ_BUFFER: usize = 16 * 1024;

/// After this many failed attempts at `resume_gateway_url`, the shard alternates with the general gateway URL, where a
/// session resumes just as well.
const RESUME_URL_ATTEMPTS: u32 = 30;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves interactions from the gateway until `shutdown`, and then finishes those in flight.
///
/// # Errors
///
/// [`Error::Fatal`] if Discord does not accept the token, the intents or the shards. After every other failure the bot
/// tries again.
pub async fn run(
    settings: Settings,
    service: Arc<Service>,
    afterwards: Arc<Afterwards>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let rest = Rest::new(&settings, afterwards.clients().kept.clone(), Duration::MAX);
    // A shard that fails stops the others, but not the caller.
    let stop = shutdown.child_token();
    let Some(gateway) = stop.run_until_cancelled(gateway_url(&rest)).await.transpose()? else { return Ok(()) };
    let (shards, total) = settings.shards.assigned(&gateway);
    let needed = shards.end() + 1 - shards.start();
    // Each shard holds a permit for the interaction that it reads next.
    let permits = MAX_IN_FLIGHT + needed;
    let shared = Arc::new(Shared {
        callbacks: Callbacks::new(&settings.api_url, Arc::clone(&service), afterwards),
        identify_queue: IdentifyQueue::new(gateway.session_start_limit.max_concurrency),
        in_flight: Arc::new(Semaphore::new(permits as usize)),
        settings,
        rest,
        service,
        stop,
    });
    shared.service.readiness.expect_shards(shards.clone());
    let registration = shared.settings.register_commands.then(|| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { registration::keep_with(&shared.rest, &shared.settings, &shared.service).await })
    });

    let starts = shared.stop.run_until_cancelled(wait_to_start(&shared.rest, Some(gateway), needed.into())).await;
    let result = match starts.transpose() {
        Ok(Some(gateway)) => run_shards(&shared, shards.map(|id| (id, total)), &gateway).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };

    if let Some(registration) = registration {
        registration.abort();
    }
    if timeout(DRAIN_TIMEOUT, shared.in_flight.acquire_many(permits)).await.is_err() {
        let in_flight = permits as usize - shared.in_flight.available_permits();
        tracing::warn!(in_flight, "stopped before every interaction was answered");
    }
    result
}

/// State that all shards share.
struct Shared {
    settings: Settings,
    rest: Rest,
    callbacks: Callbacks,
    service: Arc<Service>,
    identify_queue: IdentifyQueue,
    /// One permit for each interaction in flight.
    in_flight: Arc<Semaphore>,
    stop: CancellationToken,
}

/// Gets the URL of the gateway, and tries again until it succeeds.
async fn gateway_url(rest: &Rest) -> Result<BotGateway, Error> {
    let mut backoff = Backoff::new(Pace::GATEWAY_URL);
    loop {
        match rest.gateway().await {
            Ok(gateway) => return Ok(gateway),
            Err(error) if matches!(error.cause, Cause::WrongToken | Cause::InvalidUrl(_)) => {
                return Err(error.for_operator());
            }
            // A proxy that is starting may refuse with any status.
            Err(error) => tracing::warn!(%error, "cannot get the gateway URL; retrying"),
        }
        backoff.wait_after_failure().await;
    }
}

/// Waits until Discord allows so many session starts. `known` is its latest answer, if there is one.
async fn wait_to_start(rest: &Rest, known: Option<BotGateway>, needed: u64) -> Result<BotGateway, Error> {
    let mut gateway = match known {
        Some(gateway) => gateway,
        None => gateway_url(rest).await?,
    };
    while let Some(wait) = wait_for_starts(&gateway.session_start_limit, needed) {
        tracing::warn!(
            remaining = gateway.session_start_limit.remaining,
            needed,
            wait_s = wait.as_secs_f64(),
            "Discord allows too few session starts for now; waiting"
        );
        sleep(wait.max(Duration::from_secs(1))).await;
        gateway = gateway_url(rest).await?;
    }
    Ok(gateway)
}

/// Runs all shards until they are stopped, or one of them fails.
async fn run_shards(
    shared: &Arc<Shared>,
    shards: impl Iterator<Item = (u32, u32)>,
    gateway: &BotGateway,
) -> Result<(), Error> {
    let mut tasks = JoinSet::new();
    for (id, total) in shards {
        let shard = Shard {
            shared: Arc::clone(shared),
            id,
            session: Session::new(shared.settings.token.clone(), id, total),
            url: gateway.url.clone(),
            start_allowed: true,
            backoff: Backoff::new(Pace::RECONNECT),
        };
        tasks.spawn(shard.run());
    }
    let mut result = Ok(());
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.unwrap_or_else(|error| Err(Error::Temporary(format!("a shard failed: {error}"))));
        if ended.is_err() {
            shared.stop.cancel();
            result = result.and(ended);
        }
    }
    result
}

/// One shard, which lives as long as the bot.
struct Shard {
    shared: Arc<Shared>,
    id: u32,
    session: Session,
    /// URL for new sessions.
    url: String,
    /// Whether [`run`] has already checked that Discord allows the next session start.
    start_allowed: bool,
    /// Failures since the shard was last ready.
    backoff: Backoff,
}

/// Why a connection ended.
enum Ended {
    /// The bot stops.
    Stopped,
    /// The connection is lost, for this reason.
    Lost(String),
}

impl Shard {
    async fn run(mut self) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        loop {
            let connected = shared.stop.run_until_cancelled(self.connect(&shared.identify_queue)).await;
            let Some((socket, permit)) = connected.transpose()? else { return Ok(()) };
            let connection =
                Connection { shared: &shared, shard: &mut self, socket, identify_permit: permit, slot: None };
            let Ended::Lost(why) = connection.run().await? else { return Ok(()) };
            self.disconnected();
            let resumable = self.session.resume_url().is_some();
            tracing::warn!(shard = self.id, why, resumable, "the connection to the gateway is lost");
            let pause = if resumable {
                self.backoff.pause()
            } else {
                // https://docs.discord.com/developers/events/gateway-events#invalid-session
                Duration::from_secs_f64(1.0 + 4.0 * fastrand::f64()).max(self.backoff.pause())
            };
            // Until the session is ready, this connection counts as a failure.
            self.backoff.fail();
            if shared.stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    fn disconnected(&self) {
        self.shared.service.readiness.shard_away(self.id, Instant::now().into_std());
    }

    /// Connects, and tries again until it succeeds. Returns a permit to identify if there is no session to resume.
    async fn connect<'a>(
        &mut self,
        identify_queue: &'a IdentifyQueue,
    ) -> Result<(Socket, Option<IdentifyPermit<'a>>), Error> {
        loop {
            let mut permit = None;
            if self.session.resume_url().is_none() {
                permit = Some(identify_queue.acquire(self.id).await);
                if !self.start_allowed {
                    self.url = wait_to_start(&self.shared.rest, None, 1).await?.url;
                }
            }
            let failures = self.backoff.failures();
            let general = failures > RESUME_URL_ATTEMPTS && failures.is_multiple_of(2);
            let url = self.session.resume_url().filter(|_| !general).unwrap_or(&self.url);
            match open_socket(url).await {
                Ok(socket) => return Ok((socket, permit)),
                Err(why) => tracing::warn!(shard = self.id, why, "cannot connect to the gateway; retrying"),
            }
            self.disconnected();
            drop(permit);
            self.backoff.wait_after_failure().await;
        }
    }
}

/// State of a connection.
enum State {
    /// Connected; Discord sends the first payload.
    AwaitingHello,
    /// Events arrive; heartbeats are sent at this interval.
    Open { heartbeat_interval: Duration },
    /// The bot has closed the connection because it stops.
    Closing,
    /// Nothing more can be sent or received.
    Ended(Ended),
}

/// One connection of a shard, from its opening to its end.
struct Connection<'a> {
    shared: &'a Arc<Shared>,
    shard: &'a mut Shard,
    socket: Socket,
    /// Held until the shard has identified; `None` if it resumes.
    identify_permit: Option<IdentifyPermit<'a>>,
    /// Permit for the interaction that is read next.
    slot: Option<OwnedSemaphorePermit>,
}

/// A frame from the socket; `None` after the last.
type Frame = Option<Result<Message, tungstenite::Error>>;

impl Connection<'_> {
    async fn run(mut self) -> Result<Ended, Error> {
        let mut state = State::AwaitingHello;
        loop {
            state = match state {
                State::AwaitingHello => self.await_hello().await?,
                State::Open { heartbeat_interval } => self.serve(heartbeat_interval).await?,
                State::Closing => self.drain().await,
                State::Ended(ended) => return Ok(ended),
            };
        }
    }

    /// Waits for Discord's hello, and identifies or resumes.
    async fn await_hello(&mut self) -> Result<State, Error> {
        let shared = self.shared;
        let deadline = Instant::now() + CONNECT_TIMEOUT;
        loop {
            let frame = tokio::select! {
                biased;
                () = shared.stop.cancelled() => return Ok(self.close_for_good().await),
                frame = timeout_at(deadline, self.socket.next()) => frame,
            };
            let Ok(frame) = frame else { return Ok(lost("Discord did not send hello")) };
            if let ControlFlow::Break(state) = self.on_frame(frame).await? {
                return Ok(state);
            }
        }
    }

    /// Sends heartbeats and answers interactions.
    async fn serve(&mut self, heartbeat_interval: Duration) -> Result<State, Error> {
        let shared = self.shared;
        // https://docs.discord.com/developers/events/gateway#heartbeat-interval
        let heartbeat = sleep(heartbeat_interval.mul_f64(fastrand::f64()));
        tokio::pin!(heartbeat);
        loop {
            if self.slot.is_none() {
                self.slot = Arc::clone(&shared.in_flight).try_acquire_owned().ok();
            }
            let frame = tokio::select! {
                biased;
                () = shared.stop.cancelled() => return Ok(self.close_for_good().await),
                () = &mut heartbeat => {
                    heartbeat.as_mut().reset(Instant::now() + heartbeat_interval);
                    let Some(payload) = self.shard.session.heartbeat_due() else {
                        self.close_for_resume().await;
                        return Ok(lost("a heartbeat was not acknowledged"));
                    };
                    match self.send(payload).await {
                        ControlFlow::Continue(()) => continue,
                        ControlFlow::Break(state) => return Ok(state),
                    }
                }
                slot = Arc::clone(&shared.in_flight).acquire_owned(), if self.slot.is_none() => {
                    self.slot = slot.ok();
                    continue;
                }
                // Without a slot nothing is read, so that Discord keeps what this process has no room for.
                frame = self.socket.next(), if self.slot.is_some() => frame,
            };
            if let ControlFlow::Break(state) = self.on_frame(frame).await? {
                return Ok(state);
            }
        }
    }

    /// Also answers the interactions that arrive until Discord closes the connection.
    async fn drain(&mut self) -> State {
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        while let Ok(Some(Ok(message))) = timeout_at(deadline, self.socket.next()).await {
            let Message::Text(json) = message else { continue };
            let payload = serde_json::from_str::<Payload<'_>>(&json);
            if let Ok(Ok(Action::Interaction(interaction))) =
                payload.map(|payload| self.shard.session.receive(&payload))
            {
                self.answer(interaction.get()).await;
            }
        }
        State::Ended(Ended::Stopped)
    }

    /// Closes the connection and ends the session.
    async fn close_for_good(&mut self) -> State {
        match close(&mut self.socket, END_SESSION).await {
            Ok(()) => State::Closing,
            Err(_) => State::Ended(Ended::Stopped),
        }
    }

    /// Closes the connection and keeps the session. On a dead connection this can wait for ever, hence the timeout.
    async fn close_for_resume(&mut self) {
        let _ = timeout(CLOSE_TIMEOUT, close(&mut self.socket, KEEP_SESSION)).await;
    }

    /// Handles a frame; breaks with the next state if the state changes.
    async fn on_frame(&mut self, frame: Frame) -> Result<ControlFlow<State>, Error> {
        let json = match frame {
            Some(Ok(Message::Text(json))) => json,
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                self.shard.session.closed(code)?;
                let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                let code = code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
                return Ok(ControlFlow::Break(lost(format!("closed by Discord with {code}: {reason}"))));
            }
            Some(Ok(_)) => return Ok(ControlFlow::Continue(())),
            Some(Err(error)) => return Ok(ControlFlow::Break(lost(causes(&error)))),
            None => return Ok(ControlFlow::Break(lost("the connection ended"))),
        };
        let payload = serde_json::from_str::<Payload<'_>>(&json);
        match payload.and_then(|payload| self.shard.session.receive(&payload)) {
            Ok(action) => Ok(self.act(action).await),
            Err(error) => {
                // Skip it: a reconnect would replay the same payload.
                tracing::warn!(shard = self.shard.id, %error, "a payload cannot be read");
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    async fn act(&mut self, action: Action<'_>) -> ControlFlow<State> {
        match action {
            Action::None => {}
            Action::Interaction(interaction) => self.answer(interaction.get()).await,
            Action::Heartbeat => {
                let payload = self.shard.session.heartbeat();
                self.send(payload).await?;
            }
            Action::Hello(heartbeat_interval) => {
                let payload = self.shard.session.identify_or_resume();
                let sent = self.send(payload).await;
                if let Some(permit) = self.identify_permit.take() {
                    permit.identified();
                    self.shard.start_allowed = false;
                }
                sent?;
                return ControlFlow::Break(State::Open { heartbeat_interval });
            }
            Action::Ready { resumed } => {
                self.shard.backoff.succeed();
                self.shared.service.readiness.shard_up(self.shard.id);
                tracing::info!(shard = self.shard.id, resumed, "ready");
            }
            Action::Reconnect(why) => {
                self.close_for_resume().await;
                return ControlFlow::Break(lost(why));
            }
        }
        ControlFlow::Continue(())
    }

    /// Starts a task that answers an interaction.
    async fn answer(&mut self, json: &str) {
        let (json, received) = (json.to_owned(), Instant::now());
        let slot = match self.slot.take() {
            Some(slot) => slot,
            None => Arc::clone(&self.shared.in_flight).acquire_owned().await.expect("the semaphore is never closed"),
        };
        let shared = Arc::clone(self.shared);
        tokio::spawn(async move {
            shared.callbacks.answer(&json, received).await;
            drop(slot);
        });
    }

    /// Sends a payload; breaks if the connection is lost.
    async fn send(&mut self, payload: String) -> ControlFlow<State> {
        match self.socket.send(Message::Text(payload.into())).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(lost(causes(&error))),
        }
    }
}

fn lost(why: impl Into<String>) -> State {
    State::Ended(Ended::Lost(why.into()))
}

/// Opens a WebSocket to a gateway URL, within [`CONNECT_TIMEOUT`].
async fn open_socket(url: &str) -> Result<Socket, String> {
    match timeout(CONNECT_TIMEOUT, handshake(url)).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(causes(&error)),
        Err(_) => Err(format!("no response within {CONNECT_TIMEOUT:?}")),
    }
}

async fn handshake(url: &str) -> Result<Socket, tungstenite::Error> {
    // https://docs.discord.com/developers/events/gateway#connecting-gateway-url-query-string-params
    let request = format!("{}/?v=10&encoding=json", url.trim_end_matches('/')).into_client_request()?;
    let stream = connect(request.uri()).await?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let tls = Connector::Rustls(Arc::new(tls::public()));
    Ok(client_async_tls_with_config(request, stream, Some(config), Some(tls)).await?.0)
}

async fn close(socket: &mut Socket, code: u16) -> Result<(), tungstenite::Error> {
    let frame = CloseFrame { code: code.into(), reason: "".into() };
    socket.send(Message::Close(Some(frame))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tls_is_spoken_to_a_wss_url() -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("wss://localhost:{}", listener.local_addr()?.port());
        let server = async {
            let (stream, _) = listener.accept().await?;
            let mut first = [0];
            stream.readable().await?;
            stream.try_read(&mut first)?;
            Ok::<_, std::io::Error>(first)
        };
        let (socket, first) = tokio::join!(open_socket(&url), server);
        // The first byte of a TLS handshake. https://www.rfc-editor.org/rfc/rfc8446#section-5.1
        assert_eq!(first?, [22]);
        assert!(socket.is_err(), "the server has gone");
        Ok(())
    }
}
