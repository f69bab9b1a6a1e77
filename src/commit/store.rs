//! Everything that one journal holds: its workspaces, the committer, and the remembered answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::answer::{CommandFailure, Release};
use super::committer::Committer;
use super::idempotency::Idempotency;
use super::proposal::Promise;
use super::queue::{CommitQueue, Gathering, QueueLimits};
use super::sequencer::Workspace;
use super::snapshots::Snapshots;
use crate::bus::BusLimits;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::{Actor, CommitBody, EpochId, WorkspaceId};
use crate::journal::{Journal, JournalError};
use crate::metrics::Metrics;
use crate::views::{AccessIndex, LoadError, Views, WorkspaceFold};

/// What the store is told by the configuration.
#[derive(Debug, Clone, Copy)]
pub struct StoreLimits {
    /// The queue to the disk.
    pub queue: QueueLimits,
    /// How long to wait before a failed store is tried again.
    pub recover_every: Duration,
    /// How many commits make a new snapshot worth its while.
    pub snapshot_every_commits: u64,
    /// How long answers are remembered.
    pub keep_answers: Duration,
    /// How many answers a workspace may have remembered.
    pub answers_max: usize,
    /// What a workspace keeps for those who tell of its commits.
    pub bus: BusLimits,
    /// How many notifications are kept of each person.
    pub notifications_max: usize,
}

impl StoreLimits {
    /// What the configuration says.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let commit = &config.commit;
        Self {
            queue: QueueLimits {
                items_max: commit.queue_commits_max,
                bytes_max: commit.queue_bytes_max,
                batch_items_max: commit.batch_commits_max,
                batch_bytes_max: commit.batch_bytes_max,
                gathering: Gathering {
                    from_items: commit.gather_from_commits,
                    patience: commit.gather_patience(),
                },
            },
            recover_every: commit.recover_every(),
            snapshot_every_commits: config.journal.snapshot_every_commits,
            keep_answers: config.idempotency.keep(),
            answers_max: config.idempotency.keys_max,
            bus: BusLimits {
                commits_max: config.live.bus_commits_max,
                bytes_max: config.live.bus_bytes_max,
            },
            notifications_max: config.notify.inbox_notifications_max,
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A workspace could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The start could not be recorded.
    #[error("the start could not be recorded in the log: {0}")]
    Epoch(CommandFailure),
}

/// The workspaces of a store; seldom a new one.
#[derive(Debug, Default)]
pub struct Workspaces {
    all: ArcSwap<BTreeMap<WorkspaceId, Arc<Workspace>>>,
}

impl Workspaces {
    /// All of them, in the order in which they were made.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Workspace>> {
        self.all.load().values().cloned().collect()
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: WorkspaceId) -> Option<Arc<Workspace>> {
        self.all.load().get(&id).cloned()
    }

    fn add(&self, workspace: &Arc<Workspace>) {
        self.all.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            all.insert(workspace.id(), Arc::clone(workspace));
            all
        });
    }
}

/// See the module.
#[derive(Debug)]
pub struct Store {
    workspaces: Arc<Workspaces>,
    queue: Arc<CommitQueue>,
    journal: Arc<dyn Journal>,
    idempotency: Arc<Idempotency>,
    access: Arc<AccessIndex>,
    clock: Arc<dyn Clock>,
    bus: BusLimits,
    notifications_max: usize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Loads every workspace of the journal and starts the committer.
    ///
    /// # Errors
    /// When the journal cannot be read, or a log is damaged.
    pub fn open(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        limits: StoreLimits,
    ) -> Result<Self, OpenError> {
        let queue = Arc::new(CommitQueue::new(limits.queue));
        let access = Arc::new(AccessIndex::default());
        let workspaces = Arc::new(Workspaces::default());
        let idempotency = Arc::new(Idempotency::new(
            Arc::clone(&journal),
            Arc::clone(&clock),
            limits.keep_answers,
            limits.answers_max,
        ));
        let (snapshots, snapshot_thread) = Snapshots::start(
            Arc::clone(&journal),
            Arc::clone(&metrics),
            limits.snapshot_every_commits,
        )?;
        let mut store = Self {
            workspaces: Arc::clone(&workspaces),
            queue: Arc::clone(&queue),
            journal: Arc::clone(&journal),
            idempotency: Arc::clone(&idempotency),
            access,
            clock: Arc::clone(&clock),
            bus: limits.bus,
            notifications_max: limits.notifications_max,
            threads: Mutex::new(Vec::new()),
        };
        store.load(&snapshots)?;
        let recover_every = limits.recover_every;
        let committer = Committer {
            queue,
            journal,
            workspaces,
            idempotency,
            clock,
            metrics,
            snapshots,
            recover_every,
        };
        let committer_thread = std::thread::Builder::new()
            .name("ochre-committer".to_owned())
            .spawn(move || committer.run())?;
        // The committer ends first, and with it the snapshot thread's queue.
        store
            .threads
            .get_mut()
            .extend([committer_thread, snapshot_thread]);
        Ok(store)
    }

    fn load(&self, snapshots: &Snapshots) -> Result<(), OpenError> {
        for id in self.journal.workspaces()? {
            let (fold, snapshot) = WorkspaceFold::load(&*self.journal, id)?;
            snapshots.loaded(id, snapshot);
            self.idempotency.counts.load(&*self.journal, id)?;
            self.idempotency.fingerprint_keys.load(&*self.journal, id)?;
            self.add(id, fold);
        }
        Ok(())
    }

    fn add(&self, id: WorkspaceId, mut fold: WorkspaceFold) -> Arc<Workspace> {
        fold.inboxes.keep(self.notifications_max);
        let views = Views::new(id, fold, Arc::clone(&self.access));
        let (queue, clock) = (Arc::clone(&self.queue), Arc::clone(&self.clock));
        let workspace = Arc::new(Workspace::new(id, views, self.bus, queue, clock));
        self.workspaces.add(&workspace);
        workspace
    }

    /// A workspace that has nothing in its log yet; its first commit must create it.
    #[must_use]
    pub fn add_workspace(&self, id: WorkspaceId) -> Arc<Workspace> {
        self.add(id, WorkspaceFold::default())
    }

    /// Records a start of the server in the log of every workspace, and returns once that is durable
    /// and in the views: whoever learns a position from now on learns it under this start. While the
    /// store cannot be written there is no new start, since nothing new can be told under it.
    ///
    /// # Errors
    /// When it could not be queued.
    pub fn start_epoch(&self) -> Result<EpochId, OpenError> {
        let epoch = EpochId::from_u128(self.clock.id128());
        let workspaces = self.workspaces.all();
        let (recorded, outcomes) = std::sync::mpsc::channel();
        for workspace in &workspaces {
            let recorded = recorded.clone();
            let release = Release::new(move |outcome| {
                recorded.send(outcome).ok();
            });
            let promise = Promise {
                remember: None,
                release: Some(release),
            };
            let body = CommitBody::Epoch { epoch };
            let started = workspace.enter().record(Actor::System, body, promise);
            started.map_err(OpenError::Epoch)?;
        }
        drop(recorded);
        for outcome in outcomes {
            if let Err(failure) = outcome {
                tracing::warn!(%failure, "the start could not be recorded");
            }
        }
        Ok(epoch)
    }

    /// The workspaces.
    #[must_use]
    pub const fn workspaces(&self) -> &Arc<Workspaces> {
        &self.workspaces
    }

    /// Which workspace a secret opens.
    #[must_use]
    pub const fn access(&self) -> &Arc<AccessIndex> {
        &self.access
    }

    /// The journal, for reading.
    #[must_use]
    pub const fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    pub(super) const fn queue(&self) -> &Arc<CommitQueue> {
        &self.queue
    }

    /// The remembered answers.
    #[must_use]
    pub const fn idempotency(&self) -> &Arc<Idempotency> {
        &self.idempotency
    }

    /// Why changes are refused, if they are.
    #[must_use]
    pub fn unavailable(&self) -> Option<String> {
        self.queue.down()
    }

    /// Refuses new work, carries out and answers what is queued, and waits for the threads.
    pub fn stop(&self) {
        self.queue.stop();
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}
