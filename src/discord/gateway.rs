//! The gateway: a WebSocket for each shard, over which interactions arrive, kept for as long as the bot runs.
//!
//! A lost connection is not a lost interaction: the session is resumed, and Discord sends again what was missed. Only
//! what a restart cannot help ends [`run`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serenity::model::gateway::BotGateway;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::callback::Callback;
use super::rest::{self, Rest};
use super::session::{Action, END_SESSION, KEEP_SESSION, Payload, Session};
use super::shards::{Place, Places, wait_for_starts};
use super::{Error, Settings, registration};
use crate::service::Service;

/// How many interactions are answered at once. The others wait in the socket, where they cost nothing.
const IN_HAND: u32 = 128;

/// How long a stopping bot may take for what is in hand; each has 3 seconds at most.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long Discord may take to close a connection after we did; what it had already sent is still answered.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long connecting, and after it Discord's hello, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so many failures to reach the address that a session is to be resumed at, the general one takes turns with
/// it: the session is as good there, and the host may be gone for good.
const FAITHFUL: u32 = 30;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves interactions from the gateway until `shutdown`, and then finishes what is in hand.
///
/// # Errors
///
/// [`Error::Fatal`] when Discord does not accept the token, the intents or the shards. Everything else is tried again.
pub async fn run(settings: Settings, service: Arc<Service>, shutdown: CancellationToken) -> Result<(), Error> {
    let client = rest::client();
    let rest = Rest::new(&settings, client.clone());
    // A shard that gives up stops the others, not whoever called us.
    let stop = shutdown.child_token();
    let Some(gateway) = stop.run_until_cancelled(ask_for_gateway(&rest)).await.transpose()? else { return Ok(()) };
    let (ours, total) = settings.shards.of(&gateway);
    let needed = ours.end() + 1 - ours.start();
    // Each shard keeps a permit ready for what it reads next.
    let permits = IN_HAND + needed;
    let shared = Arc::new(Shared {
        interactions_url: format!("{}/api/v10/interactions", settings.api_url.trim_end_matches('/')),
        places: Places::new(gateway.session_start_limit.max_concurrency),
        in_hand: Arc::new(Semaphore::new(permits as usize)),
        settings,
        client,
        rest,
        service,
        stop,
    });
    shared.service.readiness.expect_shards(ours.clone());
    let registration = shared.settings.register_commands.then(|| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { registration::keep_with(&shared.rest, &shared.settings, &shared.service).await })
    });

    let starts = shared.stop.run_until_cancelled(wait_to_start(&shared.rest, Some(gateway), needed.into())).await;
    let result = match starts.transpose() {
        Ok(Some(gateway)) => serve(&shared, ours.map(|id| (id, total)), &gateway).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };

    if let Some(registration) = registration {
        registration.abort();
    }
    if timeout(LAST_ANSWERS, shared.in_hand.acquire_many(permits)).await.is_err() {
        tracing::warn!(
            left = permits as usize - shared.in_hand.available_permits(),
            "stopped before everything was answered"
        );
    }
    result
}

/// What all shards share.
struct Shared {
    settings: Settings,
    rest: Rest,
    client: reqwest::Client,
    interactions_url: String,
    service: Arc<Service>,
    /// Whose turn it is to identify.
    places: Places,
    /// A permit for each interaction that is being answered.
    in_hand: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Shared {
    fn answer(self: &Arc<Self>, json: &str, permit: OwnedSemaphorePermit) {
        let (shared, json, received) = (Arc::clone(self), json.to_owned(), Instant::now());
        tokio::spawn(async move {
            if let Some(callback) = Callback::prepare(&json, received, &shared.service).await {
                callback.send(&shared.client, &shared.interactions_url, &shared.service).await;
            }
            drop(permit);
        });
    }
}

/// How many tries in a row failed. The wait before the next grows with it, and differs among those who fail at once.
pub(super) struct Backoff(pub u32);

impl Backoff {
    /// Nothing at first, then 100 ms, doubling up to 400 ms, because an interaction that waits for us waits 3 s at most;
    /// and 5 s when it has gone on for about 10 s. Of that, half to all.
    fn wait(&self) -> Duration {
        let most = match self.0 {
            0 => return Duration::ZERO,
            1..=2 => 50 << self.0,
            3..=30 => 400,
            _ => 5_000,
        };
        Duration::from_millis(most).mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// Waits before the next try.
    pub async fn failed(&mut self) {
        self.0 += 1;
        sleep(self.wait()).await;
    }
}

async fn ask_for_gateway(rest: &Rest) -> Result<BotGateway, Error> {
    let mut backoff = Backoff(0);
    loop {
        match rest.gateway().await {
            Err(Error::Temporary(error)) => tracing::warn!(error, "trying again"),
            answer => return answer,
        }
        backoff.failed().await;
    }
}

/// Waits until Discord lets us start so many sessions. `known` is what it last said about that.
async fn wait_to_start(rest: &Rest, known: Option<BotGateway>, needed: u64) -> Result<BotGateway, Error> {
    let mut gateway = match known {
        Some(gateway) => gateway,
        None => ask_for_gateway(rest).await?,
    };
    while let Some(wait) = wait_for_starts(&gateway.session_start_limit, needed) {
        tracing::warn!(
            remaining = gateway.session_start_limit.remaining,
            needed,
            wait_s = wait.as_secs_f64(),
            "Discord allows too few session starts for now; waiting until it allows more"
        );
        sleep(wait.max(Duration::from_secs(1))).await;
        gateway = ask_for_gateway(rest).await?;
    }
    Ok(gateway)
}

async fn serve(
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
            start_granted: true,
            backoff: Backoff(0),
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

/// One shard, for as long as the bot runs.
struct Shard {
    shared: Arc<Shared>,
    id: u32,
    session: Session,
    /// Where to connect for a new session.
    url: String,
    /// Whether [`run`] has made sure that the next session may be started.
    start_granted: bool,
    /// How often in a row it has failed to become ready.
    backoff: Backoff,
}

/// How a connection ended, other than fatally.
enum Ended {
    /// Because the bot stops.
    Stopped,
    /// For this reason; come back.
    Lost(String),
}

impl Shard {
    async fn run(mut self) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        loop {
            let connected = shared.stop.run_until_cancelled(self.connect(&shared.places)).await;
            let Some((socket, place)) = connected.transpose()? else { return Ok(()) };
            match self.converse(socket, place).await? {
                Ended::Stopped => return Ok(()),
                Ended::Lost(why) => {
                    self.away();
                    let resumable = self.session.resume_url().is_some();
                    tracing::warn!(shard = self.id, why, resumable, "the gateway's connection is lost");
                    let wait = if resumable {
                        self.backoff.wait()
                    } else {
                        // https://docs.discord.com/developers/events/gateway-events#invalid-session
                        Duration::from_secs_f64(1.0 + 4.0 * fastrand::f64()).max(self.backoff.wait())
                    };
                    // Reset once the session is there.
                    self.backoff.0 += 1;
                    if shared.stop.run_until_cancelled(sleep(wait)).await.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn away(&self) {
        self.shared.service.readiness.shard_away(self.id, Instant::now().into_std());
    }

    /// Connects, however long it takes; with the turn to identify where there is no session to resume.
    async fn connect<'a>(&mut self, places: &'a Places) -> Result<(Socket, Option<Place<'a>>), Error> {
        loop {
            let mut place = None;
            if self.session.resume_url().is_none() {
                place = Some(places.wait(self.id).await);
                if !self.start_granted {
                    self.url = wait_to_start(&self.shared.rest, None, 1).await?.url;
                }
            }
            let general = self.backoff.0 > FAITHFUL && self.backoff.0.is_multiple_of(2);
            let url = self.session.resume_url().filter(|_| !general).unwrap_or(&self.url);
            match connect(url).await {
                Ok(socket) => return Ok((socket, place)),
                Err(why) => tracing::warn!(shard = self.id, why, "the gateway cannot be reached; trying again"),
            }
            self.away();
            drop(place);
            self.backoff.failed().await;
        }
    }

    /// Everything over one connection.
    async fn converse(&mut self, mut socket: Socket, mut place: Option<Place<'_>>) -> Result<Ended, Error> {
        let shared = Arc::clone(&self.shared);
        let stop = shared.stop.cancelled();
        let mut stopping = false;
        let mut interval = None;
        // For the next heartbeat; before the first, for Discord's hello; when stopping, for its last words.
        let timer = sleep(PATIENCE);
        tokio::pin!(stop, timer);
        let mut permit = None;
        loop {
            if permit.is_none() {
                permit = Arc::clone(&shared.in_hand).try_acquire_owned().ok();
            }
            let message = tokio::select! {
                biased;
                () = &mut stop, if !stopping => {
                    stopping = true;
                    if close(&mut socket, END_SESSION).await.is_err() {
                        return Ok(Ended::Stopped);
                    }
                    timer.as_mut().reset(Instant::now() + LAST_WORDS);
                    continue;
                }
                () = &mut timer => {
                    let lost = match (stopping, interval) {
                        (true, _) => return Ok(Ended::Stopped),
                        (_, None) => "Discord did not say hello".to_owned(),
                        (_, Some(interval)) => match self.session.beat() {
                            Some(beat) => {
                                timer.as_mut().reset(Instant::now() + interval);
                                match send(&mut socket, beat).await {
                                    Ok(()) => continue,
                                    Err(why) => why,
                                }
                            }
                            None => {
                                // Whatever is said to a dead connection may wait for ever.
                                let _ = timeout(LAST_WORDS, close(&mut socket, KEEP_SESSION)).await;
                                "a heartbeat was not answered".to_owned()
                            }
                        },
                    };
                    return Ok(Ended::Lost(lost));
                }
                free = Arc::clone(&shared.in_hand).acquire_owned(), if permit.is_none() => {
                    permit = free.ok();
                    continue;
                }
                message = socket.next(), if permit.is_some() => message,
            };
            let json = match message {
                Some(Ok(Message::Text(json))) => json,
                Some(Ok(Message::Close(_))) | None | Some(Err(_)) if stopping => return Ok(Ended::Stopped),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.as_ref().map(|frame| u16::from(frame.code));
                    self.session.closed(code)?;
                    let reason = frame.map(|frame| frame.reason).unwrap_or_default();
                    return Ok(Ended::Lost(format!("closed by Discord with {code:?}: {reason}")));
                }
                None => return Ok(Ended::Lost("the connection ended".into())),
                Some(Err(error)) => return Ok(Ended::Lost(error.to_string())),
                Some(Ok(_)) => continue,
            };
            let action = serde_json::from_str::<Payload<'_>>(&json).and_then(|payload| self.session.receive(&payload));
            let sent = match action {
                Ok(Action::None) => Ok(()),
                Ok(Action::Answer(interaction)) => {
                    let permit = permit.take().expect("nothing is read without a permit");
                    shared.answer(interaction.get(), permit);
                    Ok(())
                }
                Ok(Action::Beat) => send(&mut socket, self.session.heartbeat()).await,
                Ok(Action::Greet(every)) => {
                    interval = Some(every);
                    // https://docs.discord.com/developers/events/gateway#heartbeat-interval
                    timer.as_mut().reset(Instant::now() + every.mul_f64(fastrand::f64()));
                    let sent = send(&mut socket, self.session.greeting()).await;
                    if let Some(place) = place.take() {
                        place.identified();
                        self.start_granted = false;
                    }
                    sent
                }
                Ok(Action::Ready { resumed }) => {
                    self.backoff = Backoff(0);
                    shared.service.readiness.shard_up(self.id);
                    tracing::info!(shard = self.id, resumed, "ready");
                    Ok(())
                }
                Ok(Action::Reconnect(why)) => {
                    let _ = timeout(LAST_WORDS, close(&mut socket, KEEP_SESSION)).await;
                    Err(why.into())
                }
                // It would come again after a reconnect: better to go on without it.
                Err(error) => {
                    tracing::warn!(shard = self.id, %error, "a payload that cannot be read");
                    Ok(())
                }
            };
            if let Err(why) = sent {
                return Ok(if stopping { Ended::Stopped } else { Ended::Lost(why) });
            }
        }
    }
}

async fn connect(url: &str) -> Result<Socket, String> {
    // https://docs.discord.com/developers/events/gateway#connecting-gateway-url-query-string-params
    let url = format!("{}/?v=10&encoding=json", url.trim_end_matches('/'));
    match timeout(PATIENCE, tokio_tungstenite::connect_async_with_config(url, None, true)).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".into()),
    }
}

async fn send(socket: &mut Socket, payload: String) -> Result<(), String> {
    socket.send(Message::Text(payload.into())).await.map_err(|error| error.to_string())
}

async fn close(socket: &mut Socket, code: u16) -> Result<(), String> {
    let frame = CloseFrame { code: code.into(), reason: "".into() };
    socket.send(Message::Close(Some(frame))).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows() {
        assert_eq!(Backoff(0).wait(), Duration::ZERO);
        for (failures, most) in [(1, 100), (2, 200), (3, 400), (30, 400), (31, 5000), (u32::MAX, 5000)] {
            let most = Duration::from_millis(most);
            for _ in 0..100 {
                let wait = Backoff(failures).wait();
                assert!(wait >= most / 2 && wait <= most, "{failures}: {wait:?}");
            }
        }
    }
}
