//! Live dashboards: what they watch, and how every change reaches them.
//!
//! A [`Live`] has a hub for each workspace. A session is an actor on the thread of its connection;
//! the hubs have threads of their own.

mod client_frame;
mod event_stream;
mod frames;
mod hub;
mod hub_actor;
mod latency;
mod list_fold;
mod moments;
mod pace;
mod past;
mod peer;
mod presence;
mod session;
mod socket;
#[cfg(test)]
mod tests;
mod view;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::{Actor, Addr, Arbiter, ArbiterHandle, Context};
use dashmap::DashMap;
use tokio::sync::watch;

use crate::auth::Principal;
use crate::clock::Clock;
use crate::config::LiveConfig;
use crate::domain::{OperationId, UserId, WorkspaceId};
use crate::faults::ActorFaults;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::views::AccessIndex;
use hub::{Feed, Share, Tools};
use hub_actor::{HubActor, Restart, Tell};
use peer::{QueueLimits, SessionId};

pub(crate) use event_stream::event;
pub use event_stream::{StreamFrom, event_stream};
pub use list_fold::{ListChange, ListFold};
pub use past::{Missed, by_conversation, was_in};
pub use session::{Authenticate, open};
pub use socket::SecondHandles;
pub use view::{Topic, View};

/// How often some more sessions are ended while the server stops.
const RESTART_EVERY: Duration = Duration::from_millis(50);

/// How many threads the hubs share. A hub works in turns that leave most of its time to others.
fn hub_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4))
}

/// What a [`Live`] is built from.
#[derive(Debug)]
pub struct LiveParts {
    /// What a dashboard may cost.
    pub limits: LiveConfig,
    /// How many websockets may be open.
    pub sockets_max: usize,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The log, for what the ring no longer has.
    pub journal: Arc<dyn Journal>,
    /// Who may still watch.
    pub access: Arc<AccessIndex>,
    /// What is to go wrong: nothing, but in fault tests.
    pub faults: ActorFaults,
}

/// See the module.
#[derive(Debug)]
pub struct Live {
    tools: Tools,
    journal: Arc<dyn Journal>,
    access: Arc<AccessIndex>,
    hubs: DashMap<WorkspaceId, Addr<HubActor>>,
    /// Of the hubs; each is started with the first hub on it.
    threads: Vec<OnceLock<ArbiterHandle>>,
    sessions: AtomicU64,
    seats: Arc<AtomicUsize>,
    sockets_max: usize,
    stopping: watch::Sender<bool>,
}

/// Room for one websocket, until it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Live {
    /// Without a hub yet.
    #[must_use]
    pub fn new(parts: LiveParts) -> Self {
        let LiveParts {
            limits,
            sockets_max,
            clock,
            metrics,
            journal,
            access,
            faults,
        } = parts;
        Self {
            tools: Tools {
                limits,
                clock,
                metrics,
                faults,
            },
            journal,
            access,
            hubs: DashMap::new(),
            threads: (0..hub_threads()).map(|_| OnceLock::new()).collect(),
            sessions: AtomicU64::new(1),
            seats: Arc::new(AtomicUsize::new(0)),
            sockets_max,
            stopping: watch::Sender::new(false),
        }
    }

    /// Tells when the server stops, for what is open and has no session.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Room for one more websocket, if there is any.
    #[must_use]
    pub fn seat(&self) -> Option<Seat> {
        let taken = self.seats.fetch_add(1, Ordering::AcqRel);
        let seat = Seat(Arc::clone(&self.seats));
        (taken < self.sockets_max && !self.is_stopping()).then_some(seat)
    }

    /// Ends every session with 4012, spread over the configured time, so that they do not all come
    /// back at once.
    pub async fn stop(&self) {
        self.stopping.send_replace(true);
        let drain = self.tools.limits.drain();
        let rounds = |time: Duration| {
            let rounds = time.as_millis() / RESTART_EVERY.as_millis();
            usize::try_from(rounds).unwrap_or(usize::MAX)
        };
        // Who does not take the news is cut a while after the last of them was told.
        let patience = rounds(hub::CLOSE_GRACE).saturating_add(2);
        let mut rounds = rounds(drain).max(1).saturating_add(patience);
        loop {
            let mut share = Share::of_round(rounds.saturating_sub(patience));
            let mut left = 0_usize;
            let hubs: Vec<_> = self.hubs.iter().map(|hub| hub.value().clone()).collect();
            for hub in hubs {
                // A hub that has panicked has no sessions any more.
                if let Ok((sessions, rest)) = hub.send(Restart(share)).await {
                    left = left.saturating_add(sessions);
                    share = rest;
                }
            }
            if left == 0 || rounds == 0 {
                break;
            }
            rounds -= 1;
            actix_web::rt::time::sleep(RESTART_EVERY).await;
        }
        for thread in self.threads.iter().filter_map(OnceLock::get) {
            thread.stop();
        }
    }

    /// Tells somebody how many of the items of an operation of theirs have an outcome. Where the hub has
    /// too much to do they are told with the next.
    pub fn tell_progress(
        &self,
        (workspace, to): (WorkspaceId, UserId),
        (operation, idempotency_key): (OperationId, Option<&str>),
        (done, total): (usize, usize),
    ) {
        let hub = self.hubs.get(&workspace).map(|hub| hub.value().clone());
        if let Some(hub) = hub {
            let frame = frames::bulk_progress((operation, idempotency_key), (done, total));
            drop(hub.try_send(Tell { to, frame }));
        }
    }

    /// The hub of somebody's workspace; started when there is none.
    fn hub(&self, principal: &Principal) -> Addr<HubActor> {
        let workspace = principal.workspace.id();
        let start = || {
            let feed = Feed {
                workspace,
                views: Arc::clone(principal.workspace.views()),
                bus: Arc::clone(principal.workspace.bus()),
                journal: Arc::clone(&self.journal),
                access: Arc::clone(&self.access),
            };
            let tools = self.tools.clone();
            let start = move |_ctx: &mut Context<HubActor>| HubActor::new(feed, tools);
            match self.thread(workspace) {
                Some(thread) => HubActor::start_in_arbiter(thread, start),
                None => HubActor::create(start),
            }
        };
        let mut hub = self.hubs.entry(workspace).or_insert_with(start);
        if !hub.connected() {
            tracing::error!(%workspace, "the live hub had panicked");
            *hub = start();
        }
        hub.clone()
    }

    /// The thread of a workspace's hub.
    fn thread(&self, workspace: WorkspaceId) -> Option<&ArbiterHandle> {
        let number = u128::try_from(self.threads.len()).unwrap_or(1).max(1);
        let place = usize::try_from(workspace.as_u128() % number).unwrap_or(0);
        let thread = self.threads.get(place)?;
        Some(thread.get_or_init(|| Arbiter::new().handle()))
    }

    fn next_session(&self) -> SessionId {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    fn queue_limits(&self) -> QueueLimits {
        QueueLimits {
            bytes_max: self.tools.limits.session_queue_bytes_max,
            frames_max: self.tools.limits.session_queue_frames_max,
        }
    }

    fn limits(&self) -> &LiveConfig {
        &self.tools.limits
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.tools.clock
    }

    fn metrics(&self) -> &Metrics {
        &self.tools.metrics
    }
}
