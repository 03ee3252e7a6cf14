//! Who is connected and what each is waited for, so that slow and stuck clients make room for others.
//!
//! ```text
//!   accepted ──► Head ──► Request ──► Idle ──┐      Head: within `head_timeout`
//!                 ▲  a first byte of the next │      Idle: within `idle_timeout`
//!                 └──────────────────────────┘      Request: the body within `body_timeout`
//! ```
//!
//! hyper has one time-out for the head of a request, which also runs while a connection is idle. One number cannot
//! serve both: a head takes milliseconds, while a proxy keeps idle connections for minutes and loses a request when the
//! other end closes one first. So the time-outs are kept here, and cost no timer per request.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::Limits;

/// What a client is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The rest of a request's head.
    Head,
    /// Its request is in hand: its body, and then our answer.
    Request,
    /// Its next request.
    Idle,
}

/// What becomes of somebody who has just connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Their requests are answered.
    Served,
    /// They are told to come again.
    TurnedAway,
    /// There may be room in a moment.
    Waits,
}

/// Every client, and how many requests are in hand.
#[derive(Debug)]
pub(super) struct Clients {
    started: Instant,
    limits: Limits,
    in_hand: AtomicUsize,
    full: Mutex<Option<Full>>,
    table: Mutex<HashMap<Id, (Arc<Client>, AbortHandle)>>,
}

/// A time in which newcomers find no room, but for moments.
#[derive(Debug, Clone, Copy)]
struct Full {
    since: Instant,
    /// When somebody last found none.
    last: Instant,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    started: Instant,
    /// The phase in the lowest two bits, and above them since when, in milliseconds since `started`.
    state: AtomicU64,
}

impl Client {
    fn enter(&self, phase: Phase) {
        let since = u64::try_from(self.started.elapsed().as_millis()).expect("milliseconds fit for 500 million years");
        // Nothing else is read on the strength of it, so the weakest ordering will do, here and below.
        self.state.store(since << 2 | phase as u64, Ordering::Relaxed);
    }

    fn phase_since(&self) -> (Phase, Duration) {
        let state = self.state.load(Ordering::Relaxed);
        let phase = match state & 0b11 {
            0 => Phase::Head,
            1 => Phase::Request,
            _ => Phase::Idle,
        };
        (phase, Duration::from_millis(state >> 2))
    }
}

/// A request in hand.
pub(super) struct InHand<'a> {
    clients: &'a Clients,
    client: &'a Client,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.clients.in_hand.fetch_sub(1, Ordering::Relaxed);
        self.client.enter(Phase::Idle);
    }
}

impl Clients {
    /// Nobody yet.
    pub fn new(limits: Limits) -> Self {
        let (in_hand, full, table) = (AtomicUsize::new(0), Mutex::default(), Mutex::default());
        Self { started: Instant::now(), limits, in_hand, full, table }
    }

    /// Decides about somebody who has just connected.
    pub fn admit(&self) -> Admission {
        let Limits { connections, turned_away, patience, .. } = self.limits;
        if self.len() < connections || self.make_room() {
            return Admission::Served;
        }
        let now = Instant::now();
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let since = full.filter(|full| now - full.last < patience).map_or(now, |full| full.since);
        *full = Some(Full { since, last: now });
        let crowded = now - since >= patience && self.len() < connections + turned_away;
        if crowded { Admission::TurnedAway } else { Admission::Waits }
    }

    /// A connection that was just accepted.
    pub fn client(&self) -> Arc<Client> {
        let client = Client { started: self.started, state: AtomicU64::new(0) };
        client.enter(Phase::Head);
        Arc::new(client)
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Id, (Arc<Client>, AbortHandle)>> {
        // No code that holds the lock leaves the table half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection until its task ends: see [`Clients::gone`].
    pub fn keep(&self, client: Arc<Client>, task: AbortHandle) {
        self.table().insert(task.id(), (client, task));
    }

    /// Forgets a connection whose task has ended.
    pub fn gone(&self, task: Id) {
        self.table().remove(&task);
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.table().len()
    }

    /// Takes a request in hand; `None` when as many as allowed are, and each of them is still new.
    pub fn take<'a>(&'a self, client: &'a Client) -> Option<InHand<'a>> {
        if self.in_hand.load(Ordering::Relaxed) >= self.limits.in_hand {
            // The place of the one that is let go is free only once its task is dropped; until then there is one more.
            self.let_go(Some(Phase::Request)).then_some(())?;
        }
        self.in_hand.fetch_add(1, Ordering::Relaxed);
        client.enter(Phase::Request);
        Some(InHand { clients: self, client })
    }

    /// Makes room for another connection; `false` when nobody has been waited for long enough.
    pub fn make_room(&self) -> bool {
        self.let_go(None)
    }

    fn let_go(&self, only: Option<Phase>) -> bool {
        let table = self.table();
        let clients = table.values().filter(|(_, task)| !task.is_finished());
        let longest = clients
            .map(|(client, task)| (client.phase_since(), client, task))
            .filter(|((phase, _), ..)| only.is_none_or(|only| only == *phase))
            .min_by_key(|((_, since), ..)| *since);
        match longest {
            Some(((_, since), client, task)) if self.started.elapsed() >= since + self.limits.patience => {
                // It must not be found again before its task is dropped.
                client.enter(Phase::Idle);
                task.abort();
                tracing::debug!("let go of a slow client: others wait");
                true
            }
            _ => false,
        }
    }

    /// Lets go of everyone whose time is over.
    pub fn sweep(&self, head_timeout: Duration, idle_timeout: Duration) {
        let now = self.started.elapsed();
        for (client, task) in self.table().values() {
            let (phase, since) = client.phase_since();
            let over = match phase {
                Phase::Head => now >= since + head_timeout,
                Phase::Idle => now >= since + idle_timeout,
                Phase::Request => false,
            };
            if over {
                task.abort();
            }
        }
    }
}

/// A connection's stream, which notes when an idle client begins its next request.
pub(super) struct Watched<S> {
    stream: S,
    client: Arc<Client>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, client: Arc<Client>) -> Self {
        Self { stream, client }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before && self.client.phase_since().0 == Phase::Idle {
            self.client.enter(Phase::Head);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
