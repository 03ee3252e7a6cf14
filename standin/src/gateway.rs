//! The WebSocket side: sessions, sequence numbers, the replay of missed events, and everything that can go wrong.
//!
//! <https://docs.discord.com/developers/events/gateway>

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::messages::bot_user;
use crate::{APPLICATION_ID, GUILD_ID, Shared, State};

/// Frames a connection may send in [`SENDS_WINDOW`].
/// <https://docs.discord.com/developers/events/gateway#rate-limiting>
const SENDS: usize = 120;
/// <https://docs.discord.com/developers/events/gateway#rate-limiting>
const SENDS_WINDOW: Duration = Duration::from_secs(60);
/// Bytes of one frame from a bot.
/// <https://docs.discord.com/developers/events/gateway#sending-events>
const FRAME: usize = 4096;
/// Every intent there is. <https://docs.discord.com/developers/events/gateway#list-of-intents>
const INTENTS: u64 = 0x0331_FFFF;
/// Intents that need approval, which this application has not.
/// <https://docs.discord.com/developers/events/gateway#privileged-intents>
const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | 1 << 15;

/// How many sessions a small bot may start a day.
/// <https://docs.discord.com/developers/events/gateway#session-start-limit-object>
pub(crate) const STARTS_A_DAY: u32 = 1000;

/// Everything about the gateway that lasts longer than one connection.
#[derive(Default)]
pub(crate) struct Gateway {
    next: u64,
    connections: HashMap<u64, Connection>,
    sessions: BTreeMap<String, Session>,
    /// When which rate limit key identified.
    starts: Vec<(u32, Instant)>,
    started: u32,
    pub identifies: Vec<Identify>,
    pub readies: HashMap<u32, VecDeque<String>>,
    pub resumes: VecDeque<Resume>,
    pub heartbeats: usize,
    pub closes: Vec<Option<u16>>,
    pub log: Vec<String>,
    /// Where to ask each listener to stop listening for a while.
    listeners: Vec<mpsc::UnboundedSender<(Duration, oneshot::Sender<()>)>>,
}

struct Connection {
    send: mpsc::UnboundedSender<Order>,
    session: Option<String>,
    /// Whether it was reached at the address that READY gave for resumes.
    resume_url: bool,
    /// Whether it leaves heartbeats unanswered.
    deaf: bool,
}

struct Session {
    shard: u32,
    total: u32,
    seq: u64,
    events: VecDeque<Value>,
    connection: Option<u64>,
}

/// What a connection is told to do.
enum Order {
    Send(Value),
    Close(u16),
    /// Without a close frame.
    Drop,
}

/// An identify as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Identify {
    /// Index and total, where the bot sent them.
    pub shard: Option<(u32, u32)>,
    pub intents: Option<u64>,
    pub token_is_right: bool,
    pub properties: Value,
    /// With which close code, or which opcode 9, it was turned away.
    pub refused: Option<&'static str>,
    pub at: Instant,
}

/// A resume that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    pub session_id: String,
    pub shard: u32,
    /// The last event that the bot had seen.
    pub seq: u64,
    /// How many events it had missed.
    pub replayed: usize,
    /// Whether it came to the address that READY gave for it.
    pub at_resume_url: bool,
}

/// How the handling of a frame ended.
type Handled = Result<(), u16>;

pub(crate) fn bind(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    // The same port is bound again after it refused connections for a while.
    socket.set_reuseaddr(true).expect("every system lets an address be reused");
    socket.bind(address).unwrap_or_else(|error| panic!("cannot bind {address}: {error}"));
    socket.listen(1024).unwrap_or_else(|error| panic!("cannot listen at {address}: {error}"))
}

/// Accepts connections until the task is aborted.
pub(crate) async fn serve(mut listener: TcpListener, shared: Arc<Shared>, resume_url: bool) {
    let address = listener.local_addr().expect("a bound listener knows its address");
    let (send, mut orders) = mpsc::unbounded_channel();
    shared.change(|state| state.gateway.listeners.push(send));
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(connection(stream, Arc::clone(&shared), resume_url));
                }
            }
            order = orders.recv() => {
                let Some((pause, closed)) = order else { return };
                drop(listener);
                let _ = closed.send(());
                tokio::time::sleep(pause).await;
                listener = bind(address);
                shared.change(|state| state.gateway.log.push(format!("{address} listens again")));
            }
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, resume_url: bool) {
    let mut uri = String::new();
    #[expect(clippy::result_large_err, reason = "the type is the library's")]
    let look = |request: &server::Request, response: server::Response| {
        uri = request.uri().to_string();
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, look).await else { return };
    let (send, mut orders) = mpsc::unbounded_channel();
    let id = shared.change(|state| {
        let gateway = &mut state.gateway;
        gateway.next += 1;
        let id = gateway.next;
        gateway.connections.insert(id, Connection { send: send.clone(), session: None, resume_url, deaf: false });
        gateway.log.push(format!("connection {id} to {uri}{}", if resume_url { " (resume address)" } else { "" }));
        id
    });
    let interval = shared.options.heartbeat_interval;
    let millis = u64::try_from(interval.as_millis()).expect("an interval fits");
    let _ = send.send(Order::Send(json!({
        "op": 10, "s": null, "t": null, "d": {"heartbeat_interval": millis, "_trace": ["[\"stand-in\",{}]"]},
    })));
    if !uri.contains("v=10") {
        shared.change(|state| state.violate("gateway", "v", format!("`{uri}` does not ask for version 10")));
        let _ = send.send(Order::Close(4012));
    }
    if uri.contains("compress=") {
        shared.change(|state| state.violate("gateway", "compress", "this stand-in does not compress"));
    }
    let mut alive_until = tokio::time::Instant::now() + interval * 2;
    let mut sent: VecDeque<Instant> = VecDeque::new();
    let close = loop {
        let handled: Handled = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => {
                    if socket.send(Frame::Text(frame.to_string().into())).await.is_err() {
                        break None;
                    }
                    Ok(())
                }
                Some(Order::Close(code)) => Err(code),
                Some(Order::Drop) | None => {
                    let _ = socket.get_ref().set_zero_linger();
                    break None;
                }
            },
            frame = socket.next() => match frame {
                Some(Ok(Frame::Text(text))) => {
                    sent.push_back(Instant::now());
                    sent.retain(|at| at.elapsed() < SENDS_WINDOW);
                    if sent.len() > SENDS {
                        let message = format!("more than {SENDS} frames in {SENDS_WINDOW:?} (4008)");
                        shared.change(|state| state.violate("gateway", "", message));
                        Err(4008)
                    } else if text.len() > FRAME {
                        let message = format!("a frame of {} bytes; {FRAME} is the most (4002)", text.len());
                        shared.change(|state| state.violate("gateway", "", message));
                        Err(4002)
                    } else {
                        if serde_json::from_str::<Value>(&text).is_ok_and(|frame| frame["op"] == 1) {
                            alive_until = tokio::time::Instant::now() + interval * 2;
                        }
                        shared.change(|state| received(state, &shared, id, &text))
                    }
                }
                Some(Ok(Frame::Binary(_))) => Err(4002),
                Some(Ok(Frame::Close(frame))) => {
                    let code = frame.map(|frame| u16::from(frame.code));
                    shared.change(|state| state.gateway.closed_by_bot(id, code));
                    // Reading on completes the closing handshake.
                    while let Some(Ok(_)) = socket.next().await {}
                    break None;
                }
                Some(Ok(_)) => Ok(()),
                Some(Err(_)) | None => break None,
            },
            () = tokio::time::sleep_until(alive_until) => {
                shared.change(|state| state.gateway.log.push(format!("connection {id}: no heartbeat in time")));
                Err(4009)
            }
        };
        if let Err(code) = handled {
            break Some(code);
        }
    };
    if let Some(code) = close {
        shared.change(|state| state.gateway.forget_for(id, code));
        let frame = CloseFrame { code: code.into(), reason: reason(code).into() };
        let _ = socket.close(Some(frame)).await;
    }
    // The shard is offline before the last bytes are out: whoever waits for it may go on.
    shared.change(|state| {
        state.gateway.connections.remove(&id);
        for session in state.gateway.sessions.values_mut().filter(|session| session.connection == Some(id)) {
            session.connection = None;
        }
        state.gateway.log.push(format!("connection {id} ended"));
    });
    if close.is_some() {
        let rest = async { while let Some(Ok(_)) = socket.next().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(5), rest).await;
    }
}

/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
fn reason(code: u16) -> &'static str {
    match code {
        4001 => "Unknown opcode.",
        4002 => "Error while decoding payload.",
        4003 => "Not authenticated.",
        4004 => "Authentication failed.",
        4005 => "Already authenticated.",
        4007 => "Invalid seq.",
        4008 => "You are being rate limited.",
        4009 => "Session timed out.",
        4010 => "Invalid shard.",
        4011 => "Sharding required.",
        4012 => "Invalid API version.",
        4013 => "Invalid intent(s).",
        4014 => "Disallowed intent(s).",
        _ => "",
    }
}

fn received(state: &mut State, shared: &Shared, id: u64, text: &str) -> Handled {
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        state.violate("gateway", "", format!("a frame that is no JSON: {text}"));
        return Err(4002);
    };
    let authenticated = state.gateway.connections.get(&id).is_some_and(|connection| connection.session.is_some());
    let handled = match frame["op"].as_u64() {
        Some(1) => heartbeat(state, id, &frame["d"]),
        Some(2 | 6) if authenticated => Err(4005),
        Some(2) => identify(state, shared, id, &frame["d"]),
        Some(6) => resume(state, shared, id, &frame["d"]),
        Some(3 | 4 | 8 | 31) => {
            if authenticated {
                Ok(())
            } else {
                Err(4003)
            }
        }
        _ => Err(4001),
    };
    if let Err(code) = handled {
        state.gateway.log.push(format!("connection {id}: closed with {code}"));
        if [4001, 4003, 4005].contains(&code) {
            state.violate("gateway", "op", format!("{} ({code}): opcode {}", reason(code), frame["op"]));
        }
    }
    handled
}

fn heartbeat(state: &mut State, id: u64, seq: &Value) -> Handled {
    let gateway = &mut state.gateway;
    gateway.heartbeats += 1;
    let Some(connection) = gateway.connections.get(&id) else { return Ok(()) };
    let sent = connection.session.as_ref().and_then(|session| gateway.sessions.get(session)).map(|one| one.seq);
    if !connection.deaf {
        let _ = connection.send.send(Order::Send(json!({"op": 11, "s": null, "t": null, "d": null})));
    }
    // Before READY a resuming bot sends the number it had.
    if let (Some(said), Some(sent)) = (seq.as_u64(), sent)
        && said > sent
    {
        state.violate("gateway", "d", format!("a heartbeat says {said}, the last event was {sent}"));
    }
    Ok(())
}

fn is_token(shared: &Shared, token: &Value) -> bool {
    token.as_str().is_some_and(|token| token.trim_start_matches("Bot ") == shared.options.token)
}

fn identify(state: &mut State, shared: &Shared, id: u64, data: &Value) -> Handled {
    let number = |value: &Value| value.as_u64().and_then(|value| u32::try_from(value).ok());
    let shard = data["shard"].as_array().and_then(|pair| match &pair[..] {
        [index, total] => Some((number(index)?, number(total)?)),
        _ => None,
    });
    let token_is_right = is_token(shared, &data["token"]);
    let intents = data["intents"].as_u64();
    let options = &shared.options;
    let (index, total) = shard.unwrap_or((0, 1));
    let key = index % options.max_concurrency;
    let starts_left = state.gateway.starts_left(shared).0;
    let gateway = &mut state.gateway;
    gateway.starts.retain(|(_, at)| at.elapsed() < options.identify_window);
    let refusal = if !token_is_right {
        Some((4004, "4004"))
    } else if !data["properties"].is_object() {
        Some((4002, "4002"))
    } else if total == 0 || index >= total || (shard.is_none() && !data["shard"].is_null()) {
        Some((4010, "4010"))
    } else if options.shards > 1 && total == 1 {
        Some((4011, "4011"))
    } else if intents.is_none_or(|intents| intents & !INTENTS != 0) {
        Some((4013, "4013"))
    } else if intents.is_some_and(|intents| intents & PRIVILEGED != 0) {
        Some((4014, "4014"))
    } else if starts_left == 0 {
        // Discord resets the token of a bot that does this.
        Some((4004, "no session starts left"))
    } else if gateway.starts.iter().any(|(other, _)| *other == key) {
        Some((0, "op 9: too soon after another identify"))
    } else {
        None
    };
    gateway.identifies.push(Identify {
        shard,
        intents,
        token_is_right,
        properties: data["properties"].clone(),
        refused: refusal.map(|(_, why)| why),
        at: Instant::now(),
    });
    gateway.log.push(format!("connection {id}: identify {shard:?}, refused: {:?}", refusal.map(|(_, why)| why)));
    match refusal {
        Some((0, _)) => {
            gateway.order(id, Order::Send(json!({"op": 9, "d": false, "s": null, "t": null})));
            return Ok(());
        }
        Some((code, why)) => {
            if code != 4004 || token_is_right {
                state.violate("gateway", "identify", format!("{why}: {}", reason(code)));
            }
            return Err(code);
        }
        None => {}
    }
    gateway.starts.push((key, Instant::now()));
    gateway.started += 1;
    let session_id = format!("{:032x}", u128::from(gateway.next) << 64 | u128::from(gateway.started));
    gateway.sessions.insert(
        session_id.clone(),
        Session { shard: index, total, seq: 0, events: VecDeque::new(), connection: Some(id) },
    );
    if let Some(connection) = gateway.connections.get_mut(&id) {
        connection.session = Some(session_id.clone());
    }
    let ready = json!({
        "v": 10,
        "user_settings": {},
        "user": bot_user(),
        "session_type": "normal",
        "session_id": session_id,
        "resume_gateway_url": format!("ws://{}", shared.resume_gateway),
        "shard": [index, total],
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"unavailable": true, "id": GUILD_ID}],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "game_relationships": [],
        "auth": {},
        "application": {"id": APPLICATION_ID, "flags": 0},
        "_trace": ["[\"stand-in\",{}]"],
    });
    gateway.dispatch(&session_id, "READY", ready, options.replay);
    gateway.readies.entry(index).or_default().push_back(session_id);
    Ok(())
}

fn resume(state: &mut State, shared: &Shared, id: u64, data: &Value) -> Handled {
    let gateway = &mut state.gateway;
    let session_id = data["session_id"].as_str().unwrap_or_default().to_owned();
    gateway.log.push(format!("connection {id}: resume {session_id} at {}", data["seq"]));
    if !is_token(shared, &data["token"]) {
        return Err(4004);
    }
    let invalid = json!({"op": 9, "d": false, "s": null, "t": null});
    let Some(session) = gateway.sessions.get_mut(&session_id) else {
        gateway.order(id, Order::Send(invalid));
        return Ok(());
    };
    let Some(seq) = data["seq"].as_u64().filter(|seq| *seq <= session.seq) else {
        gateway.sessions.remove(&session_id);
        return Err(4007);
    };
    let oldest = session.events.front().map_or(session.seq + 1, |event| event["s"].as_u64().unwrap_or_default());
    if seq + 1 < oldest {
        gateway.sessions.remove(&session_id);
        gateway.order(id, Order::Send(invalid));
        return Ok(());
    }
    let missed: Vec<Value> =
        session.events.iter().filter(|event| event["s"].as_u64().is_some_and(|s| s > seq)).cloned().collect();
    let shard = session.shard;
    let older = session.connection.replace(id);
    let Some(connection) = gateway.connections.get_mut(&id) else { return Ok(()) };
    connection.session = Some(session_id.clone());
    let at_resume_url = connection.resume_url;
    let replayed = missed.len();
    for event in missed {
        gateway.order(id, Order::Send(event));
    }
    if let Some(older) = older {
        gateway.order(older, Order::Drop);
    }
    gateway.dispatch(&session_id, "RESUMED", json!({"_trace": ["[\"stand-in\",{}]"]}), shared.options.replay);
    gateway.resumes.push_back(Resume { session_id, shard, seq, replayed, at_resume_url });
    Ok(())
}

impl Gateway {
    fn order(&self, connection: u64, order: Order) {
        if let Some(connection) = self.connections.get(&connection) {
            let _ = connection.send.send(order);
        }
    }

    /// Numbers an event, keeps it for a replay and sends it where somebody listens.
    fn dispatch(&mut self, session_id: &str, name: &str, data: Value, keep: usize) {
        let Some(session) = self.sessions.get_mut(session_id) else { return };
        session.seq += 1;
        let event = json!({"op": 0, "t": name, "s": session.seq, "d": data});
        session.events.push_back(event.clone());
        while session.events.len() > keep {
            session.events.pop_front();
        }
        if let Some(connection) = session.connection {
            self.order(connection, Order::Send(event));
        }
    }

    /// Sends an event to every session of the shard that a server belongs to; those that are away get it when they
    /// resume. Gives how many sessions there are.
    /// <https://docs.discord.com/developers/events/gateway#sharding>
    pub(crate) fn deliver(&mut self, guild: Option<u64>, name: &str, data: &Value, keep: usize) -> usize {
        let belongs = |session: &Session| {
            // Direct messages go to the first shard.
            let shard = guild.map_or(0, |guild| (guild >> 22) % u64::from(session.total));
            u64::from(session.shard) == shard
        };
        let sessions: Vec<String> =
            self.sessions.iter().filter(|(_, session)| belongs(session)).map(|(id, _)| id.clone()).collect();
        for session in &sessions {
            self.dispatch(session, name, data.clone(), keep);
        }
        sessions.len()
    }

    pub(crate) fn is_online(&self, shard: u32) -> bool {
        self.sessions.values().any(|session| session.shard == shard && session.connection.is_some())
    }

    /// How many more identifies there are today, and when there are a whole day's again.
    pub(crate) fn starts_left(&self, shared: &Shared) -> (u32, Duration) {
        let reset = shared.started + shared.options.session_starts_reset;
        let left = reset.saturating_duration_since(Instant::now());
        let (starts, since, left) = if left.is_zero() {
            (STARTS_A_DAY, reset, Duration::from_secs(24 * 60 * 60))
        } else {
            (shared.options.session_starts, shared.started, left)
        };
        let started = self.identifies.iter().filter(|one| one.refused.is_none() && one.at >= since).count();
        (starts.saturating_sub(u32::try_from(started).expect("they are few")), left)
    }

    pub(crate) fn drop_all(&self) {
        self.connections.values().for_each(|connection| {
            let _ = connection.send.send(Order::Drop);
        });
    }

    /// A bot that closes with 1000 or 1001 ends its session; with any other code it can come back.
    /// <https://docs.discord.com/developers/events/gateway#disconnecting>
    fn closed_by_bot(&mut self, id: u64, code: Option<u16>) {
        self.log.push(format!("connection {id}: the bot closed it with {code:?}"));
        self.closes.push(code);
        if matches!(code, Some(1000 | 1001)) {
            self.sessions.retain(|_, session| session.connection != Some(id));
        }
    }

    /// After these codes a session cannot be resumed.
    fn forget_for(&mut self, id: u64, code: u16) {
        if matches!(code, 1000 | 1001 | 4004 | 4007 | 4009..=4014) {
            self.sessions.retain(|_, session| session.connection != Some(id));
        }
    }
}

/// What a test does to connections.
pub struct Control {
    shared: Arc<Shared>,
    shard: Option<u32>,
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, shard: None }
    }

    /// Only this shard's connections.
    pub fn shard(mut self, shard: u32) -> Self {
        self.shard = Some(shard);
        self
    }

    fn each(&self, mut act: impl FnMut(&mut Gateway, u64)) {
        self.shared.change(|state| {
            let gateway = &mut state.gateway;
            let mut ids: Vec<u64> = match self.shard {
                None => gateway.connections.keys().copied().collect(),
                Some(shard) => {
                    let of_shard = gateway.sessions.values().filter(|session| session.shard == shard);
                    of_shard.filter_map(|session| session.connection).collect()
                }
            };
            ids.sort_unstable();
            ids.into_iter().for_each(|id| act(gateway, id));
        });
    }

    /// Cuts the connections without a word (a TCP reset). The sessions can be resumed, and events for them are kept
    /// from this moment on.
    pub fn drop_connections(&self) {
        self.each(|gateway, id| {
            gateway.detach(id);
            gateway.order(id, Order::Drop);
        });
    }

    /// Closes the connections with a code. Some codes end the session, as Discord's documentation says.
    pub fn close(&self, code: u16) {
        self.each(|gateway, id| {
            gateway.forget_for(id, code);
            gateway.detach(id);
            gateway.order(id, Order::Close(code));
        });
    }

    /// Asks to reconnect and resume.
    pub fn reconnect_op7(&self) {
        self.each(|gateway, id| gateway.order(id, Order::Send(json!({"op": 7, "d": null, "s": null, "t": null}))));
    }

    /// Declares the sessions invalid; only resumable ones are kept.
    pub fn invalid_session(&self, resumable: bool) {
        self.each(|gateway, id| {
            if !resumable {
                gateway.sessions.retain(|_, session| session.connection != Some(id));
            }
            gateway.detach(id);
            if let Some(connection) = gateway.connections.get_mut(&id) {
                connection.session = None;
            }
            gateway.order(id, Order::Send(json!({"op": 9, "d": resumable, "s": null, "t": null})));
        });
    }

    /// Leaves the heartbeats of the present connections unanswered.
    pub fn stop_acking_heartbeats(&self) {
        self.each(|gateway, id| {
            if let Some(connection) = gateway.connections.get_mut(&id) {
                connection.deaf = true;
            }
        });
    }

    /// Asks for a heartbeat at once (opcode 1).
    pub fn ask_for_heartbeat(&self) {
        self.each(|gateway, id| gateway.order(id, Order::Send(json!({"op": 1, "d": null, "s": null, "t": null}))));
    }

    /// Sends any frame, such as an event that this bot does not know.
    pub fn send(&self, frame: &Value) {
        self.each(|gateway, id| gateway.order(id, Order::Send(frame.clone())));
    }

    /// Sends a numbered event to every session.
    pub fn dispatch(&self, name: &str, data: &Value) {
        let keep = self.shared.options.replay;
        self.shared.change(|state| {
            let all: Vec<String> = state.gateway.sessions.keys().cloned().collect();
            all.iter().for_each(|session| state.gateway.dispatch(session, name, data.clone(), keep));
        });
    }

    /// Forgets every session, so that the next resume is answered with an invalid session.
    pub fn forget_sessions(&self) {
        self.shared.change(|state| state.gateway.sessions.clear());
    }

    /// Refuses new connections for a while (nobody listens at the ports). Returns when it has begun.
    pub async fn refuse_for(&self, pause: Duration) {
        let listeners = self.shared.until("both listeners", |state| {
            (state.gateway.listeners.len() == 2).then(|| state.gateway.listeners.clone())
        });
        for listener in listeners.await {
            let (send, closed) = oneshot::channel();
            let _ = listener.send((pause, send));
            let _ = closed.await;
        }
    }
}

impl Gateway {
    /// From now on the session's events are kept, not sent.
    fn detach(&mut self, id: u64) {
        for session in self.sessions.values_mut().filter(|session| session.connection == Some(id)) {
            session.connection = None;
        }
    }
}
