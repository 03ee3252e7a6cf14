//! The table of connections, with what each is waited for, so that slow and stuck clients make room for others.
//!
//! ```text
//!   accepted ──► Head ──► Request ──► Idle ──┐      Head: within `head_timeout`
//!                 ▲  a first byte of the next │      Idle: within `idle_timeout`
//!                 └──────────────────────────┘      Request: the body within `body_timeout`
//! ```
//!
//! hyper has one time limit for the head of a request, which also runs while a connection is idle. One number cannot
//! serve both: a head takes milliseconds, while a proxy keeps idle connections for minutes and loses a request when the
//! other end closes one first. So the time limits are kept here, and cost no timer per request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::Limits;

/// What a client is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The rest of a request's head.
    Head,
    /// The body of a request, and then its response.
    Request,
    /// The next request.
    Idle,
}

/// What happens to a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Its requests are answered.
    Serve,
    /// Its requests get 503.
    Shed,
    /// It stays unaccepted: there may be room in a moment.
    Wait,
}

/// Every connection, and the number of requests in flight.
#[derive(Debug)]
pub(super) struct Clients {
    limits: Limits,
    in_flight: AtomicUsize,
    full: Mutex<Option<Full>>,
    table: Mutex<HashMap<Id, (Arc<Client>, AbortHandle)>>,
}

/// A period in which new connections find no room, except for moments.
#[derive(Debug, Clone, Copy)]
struct Full {
    since: Instant,
    /// The last time that a connection found no room.
    last: Instant,
}

/// One connection: its phase, and the time at which the phase began.
#[derive(Debug)]
pub(super) struct Client(Mutex<(Phase, Instant)>);

impl Client {
    fn enter(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (phase, Instant::now());
    }

    fn phase_since(&self) -> (Phase, Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the client has sent something: an idle one begins its next request with it.
    pub(super) fn sent(&self) {
        if self.phase_since().0 == Phase::Idle {
            self.enter(Phase::Head);
        }
    }
}

/// A request in flight; dropped with its response.
pub(super) struct InFlight<'a> {
    clients: &'a Clients,
    client: &'a Client,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.clients.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.client.enter(Phase::Idle);
    }
}

impl Clients {
    /// A table without connections.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, in_flight: AtomicUsize::new(0), full: Mutex::default(), table: Mutex::default() }
    }

    /// Decides what happens to a new connection.
    pub(super) fn admit(&self) -> Admission {
        let Limits { connections, shed_connections, patience, .. } = self.limits;
        if self.len() < connections || self.make_room() {
            return Admission::Serve;
        }
        let now = Instant::now();
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let since = full.filter(|full| now - full.last < patience).map_or(now, |full| full.since);
        *full = Some(Full { since, last: now });
        let crowded = now - since >= patience && self.len() < connections + shed_connections;
        if crowded { Admission::Shed } else { Admission::Wait }
    }

    /// Makes the state of a connection that was just accepted.
    pub(super) fn client(&self) -> Arc<Client> {
        Arc::new(Client(Mutex::new((Phase::Head, Instant::now()))))
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Id, (Arc<Client>, AbortHandle)>> {
        // No code that holds the lock leaves the table half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection; [`Clients::remove`] removes it when its task has ended.
    pub(super) fn insert(&self, client: Arc<Client>, task: AbortHandle) {
        self.table().insert(task.id(), (client, task));
    }

    /// Removes the connection of a task that has ended.
    pub(super) fn remove(&self, task: Id) {
        self.table().remove(&task);
    }

    /// Number of connections.
    pub(super) fn len(&self) -> usize {
        self.table().len()
    }

    /// Begins a request; `None` if the limit is reached, and none of the requests in flight has taken long.
    pub(super) fn begin_request<'a>(&'a self, client: &'a Client) -> Option<InFlight<'a>> {
        // `Relaxed` suffices: no other memory is published through the number.
        if self.in_flight.load(Ordering::Relaxed) >= self.limits.in_flight {
            // The closed one is subtracted once its task is dropped; until then the number is one too high.
            self.close_slowest(Some(Phase::Request)).then_some(())?;
        }
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        client.enter(Phase::Request);
        Some(InFlight { clients: self, client })
    }

    /// Closes the connection that has been waited for longest. Returns `false` if none was waited for long enough.
    pub(super) fn make_room(&self) -> bool {
        self.close_slowest(None)
    }

    fn close_slowest(&self, only: Option<Phase>) -> bool {
        let table = self.table();
        let clients = table.values().filter(|(_, task)| !task.is_finished());
        let slowest = clients
            .map(|(client, task)| (client.phase_since(), client, task))
            .filter(|((phase, _), ..)| only.is_none_or(|only| only == *phase))
            .min_by_key(|((_, since), ..)| *since);
        match slowest {
            Some(((_, since), client, task)) if since.elapsed() >= self.limits.patience => {
                // It must not be found again before its task is dropped.
                client.enter(Phase::Idle);
                task.abort();
                tracing::debug!("closed a slow connection: others wait");
                true
            }
            _ => false,
        }
    }

    /// Closes every connection whose time is over.
    pub(super) fn sweep(&self, head_timeout: Duration, idle_timeout: Duration) {
        for (client, task) in self.table().values() {
            let (phase, since) = client.phase_since();
            let over = match phase {
                Phase::Head => since.elapsed() >= head_timeout,
                Phase::Idle => since.elapsed() >= idle_timeout,
                Phase::Request => false,
            };
            if over {
                task.abort();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::task::JoinHandle;
    use tokio::time::advance;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    /// A table with room for two connections, one more that gets 503, and one request.
    fn table() -> Clients {
        let limits =
            Limits { connections: 2, shed_connections: 1, in_flight: 1, patience: PATIENCE, ..Limits::default() };
        Clients::new(limits)
    }

    /// Adds a connection that stays until it is closed.
    fn connect(clients: &Clients) -> (Arc<Client>, JoinHandle<()>) {
        let (client, task) = (clients.client(), tokio::spawn(pending()));
        clients.insert(Arc::clone(&client), task.abort_handle());
        (client, task)
    }

    /// Whether a connection was closed; its task ends a moment later.
    async fn is_closed(connection: &JoinHandle<()>) -> bool {
        tokio::task::yield_now().await;
        connection.is_finished()
    }

    #[tokio::test(start_paused = true)]
    async fn a_rush_waits_and_a_crowd_gets_503_up_to_a_limit() {
        let clients = table();
        let busy = [connect(&clients), connect(&clients)];
        let admit = || {
            busy.iter().for_each(|(client, _)| client.enter(Phase::Request));
            clients.admit()
        };
        assert_eq!(admit(), Admission::Wait);
        advance(PATIENCE / 2).await;
        assert_eq!(admit(), Admission::Wait);
        advance(PATIENCE / 2).await;
        assert_eq!(admit(), Admission::Shed);
        let (_, shed) = connect(&clients);
        assert_eq!(admit(), Admission::Wait, "one connection may get 503 at a time");
        clients.remove(shed.id());
        assert_eq!(admit(), Admission::Shed);
        // Nobody has asked for a while: the next is a rush again.
        advance(PATIENCE).await;
        assert_eq!(admit(), Admission::Wait);
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_that_was_waited_for_longest_makes_room_and_only_once() {
        let clients = table();
        let (first, first_task) = connect(&clients);
        advance(PATIENCE / 2).await;
        let (second, second_task) = connect(&clients);
        assert!(!clients.make_room(), "neither was waited for that long");
        advance(PATIENCE / 2).await;
        assert_eq!(clients.admit(), Admission::Serve);
        assert!(!clients.make_room(), "the first is closed already, although its task is not dropped yet");
        assert!(is_closed(&first_task).await && !is_closed(&second_task).await);

        // A task that has ended and is not removed yet makes no room.
        first.enter(Phase::Request);
        second.enter(Phase::Request);
        advance(PATIENCE).await;
        second.enter(Phase::Request);
        assert!(!clients.make_room());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_request_makes_room_for_another_and_an_idle_connection_does_not() {
        let clients = table();
        let (idle, idle_task) = connect(&clients);
        idle.enter(Phase::Idle);
        advance(PATIENCE).await;
        let ((slow, slow_task), (quick, _)) = (connect(&clients), connect(&clients));
        let held = clients.begin_request(&slow).expect("there is room for one");
        assert!(clients.begin_request(&quick).is_none());
        advance(PATIENCE).await;
        let request = clients.begin_request(&quick).expect("the slow one has made room");
        assert!(is_closed(&slow_task).await && !is_closed(&idle_task).await);
        drop((held, request));
        assert_eq!(quick.phase_since().0, Phase::Idle);
        assert!(clients.begin_request(&quick).is_some(), "no request is in flight any more");
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_own_time_limit() {
        let clients = table();
        let (head_timeout, idle_timeout) = (Duration::from_secs(5), Duration::from_secs(300));
        let moment = Duration::from_millis(1);
        for (phase, limit) in
            [(Phase::Head, Some(head_timeout)), (Phase::Idle, Some(idle_timeout)), (Phase::Request, None)]
        {
            let (client, task) = connect(&clients);
            client.enter(phase);
            advance(limit.unwrap_or(2 * idle_timeout) - moment).await;
            clients.sweep(head_timeout, idle_timeout);
            assert!(!is_closed(&task).await, "{phase:?}");
            advance(moment).await;
            clients.sweep(head_timeout, idle_timeout);
            assert_eq!(is_closed(&task).await, limit.is_some(), "{phase:?}");
        }
    }
}
