//! The thread of a consumer: follows every workspace's log, and does what is due.
//!
//! It has a thread of its own, so that it may block, and takes nothing from those who answer commands.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::{self, LocalBoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::station::{Landed, Station};
use super::{Changes, Due, OutboxError, Source};
use crate::clock::Clock;
use crate::domain::WorkspaceId;
use crate::views::Told;

/// How often the clock is looked at, which tests move: so nothing sleeps until a time.
const TICK: Duration = Duration::from_millis(50);

/// What a consumer makes of the log, and how it does what is due.
pub trait Courier: Send + 'static {
    /// What a stretch of a workspace's log leads to. The cursor is written along with it.
    ///
    /// # Errors
    /// When what it needs cannot be read; then it is asked again.
    fn read(&mut self, source: &Source, told: &[Arc<Told>]) -> Result<Changes, OutboxError>;

    /// Does something that is due. What it answers is written together with the removal of what
    /// was due: to do it again later is to put it again. Until that is durable it counts as under
    /// way; if the process dies before, it is done again.
    ///
    /// # Errors
    /// When what it needs cannot be read; then it stays due.
    fn carry(&self, source: &Source, due: &Due) -> LocalBoxFuture<'static, Carried>;
}

/// What to write after something was done.
pub type Carried = Result<Changes, OutboxError>;

/// How much a dispatcher does at a time.
#[derive(Debug, Clone, Copy)]
pub struct DispatchLimits {
    /// Things under way in all.
    pub under_way_max: usize,
    /// Things under way in a lane; with 1 a lane keeps its order.
    pub under_way_per_lane_max: usize,
    /// Commits read at a time.
    pub commits_max: usize,
    /// How long to wait after the store refused or failed.
    pub pause: Duration,
    /// How long what is under way may take when the server stops.
    pub grace: Duration,
}

/// The thread, until it is stopped.
pub struct Dispatcher {
    stop: watch::Sender<bool>,
    woken: Arc<Notify>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dispatcher")
    }
}

impl Dispatcher {
    /// Starts the thread. `sources` are all workspaces; new ones are found after a moment.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        name: &str,
        sources: impl Fn() -> Vec<Source> + Send + 'static,
        courier: impl Courier,
        clock: Arc<dyn Clock>,
        limits: DispatchLimits,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let woken = Arc::new(Notify::new());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let round = Round {
            sources: Box::new(sources),
            courier,
            clock,
            limits,
            woken: Arc::clone(&woken),
            stations: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(round.run(stopped)))?;
        Ok(Self {
            stop,
            woken,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Somebody else put something that is due.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Begins nothing more, gives what is under way some time, and ends the thread. Blocks.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        let thread = self.thread.lock().take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of a dispatcher had panicked");
        }
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the thread works on.
struct Round<C> {
    sources: Box<dyn Fn() -> Vec<Source> + Send>,
    courier: C,
    clock: Arc<dyn Clock>,
    limits: DispatchLimits,
    woken: Arc<Notify>,
    stations: BTreeMap<WorkspaceId, Station>,
}

/// What is under way.
type Flights = FuturesUnordered<LocalBoxFuture<'static, Landed>>;

impl<C: Courier> Round<C> {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut flights = Flights::new();
        while !*stopped.borrow_and_update() {
            self.open_stations();
            let more = self.turn(&mut flights).await;
            let tick = if more { Duration::ZERO } else { TICK };
            let woken = Arc::clone(&self.woken);
            tokio::select! {
                Some(landed) = flights.next() => self.land(&landed),
                () = woken.notified() => self.stations.values_mut().for_each(Station::look),
                () = changed(&mut self.stations) => {}
                () = tokio::time::sleep(tick) => {}
                _ = stopped.changed() => {}
            }
        }
        let landing = async { while flights.next().await.is_some() {} };
        tokio::time::timeout(self.limits.grace, landing).await.ok();
    }

    fn open_stations(&mut self) {
        for source in (self.sources)() {
            if self.stations.contains_key(&source.workspace) {
                continue;
            }
            let workspace = source.workspace;
            match Station::open(source) {
                Ok(station) => {
                    self.stations.insert(workspace, station);
                }
                Err(error) => {
                    tracing::warn!(%workspace, %error, "an outbox could not be opened");
                }
            }
        }
    }

    /// Reads what is new and begins what is due, everywhere; says whether there is more to read.
    async fn turn(&mut self, flights: &mut Flights) -> bool {
        let mut more = false;
        for station in self.stations.values_mut() {
            if station.is_paused() {
                continue;
            }
            let read = station.read(&mut self.courier, self.limits.commits_max);
            let begun = match read.await {
                Ok(read) => {
                    more |= read;
                    let free = self.limits.under_way_max.saturating_sub(flights.len());
                    let now = self.clock.now();
                    station.due(now, free, self.limits.under_way_per_lane_max)
                }
                Err(error) => Err(error),
            };
            match begun {
                Ok(begun) => {
                    for due in begun {
                        let carried = self.courier.carry(station.source(), &due);
                        let pause = self.limits.pause;
                        flights.push(station.fly(due, carried, pause).boxed_local());
                    }
                }
                Err(error) => {
                    let workspace = station.source().workspace;
                    tracing::debug!(%workspace, %error, "an outbox has to wait for the store");
                    station.pause(self.limits.pause);
                }
            }
        }
        more
    }

    fn land(&mut self, landed: &Landed) {
        if let Some(station) = self.stations.get_mut(&landed.workspace) {
            station.land(landed);
        }
        // What had no room may begin now, wherever it is.
        self.stations.values_mut().for_each(Station::look);
    }
}

/// Ends when one of the logs may have grown.
async fn changed(stations: &mut BTreeMap<WorkspaceId, Station>) {
    let changes = stations.values_mut().map(|one| one.changed().boxed_local());
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        future::pending::<()>().await;
    }
    future::select_all(changes).await;
}
