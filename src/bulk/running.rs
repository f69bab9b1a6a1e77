//! The operations under way in this process.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::report::{Report, State, known};
use crate::domain::operation::{ItemOutcome, Started};
use crate::domain::{OperationId, WorkspaceId};

/// See the module: at most so many in a workspace.
#[derive(Debug)]
pub(super) struct Registry {
    running: Mutex<HashMap<(WorkspaceId, OperationId), Arc<Running>>>,
    running_max: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) started: Arc<Started>,
    /// What became of each item, once that is durable.
    outcomes: Mutex<Vec<Option<ItemOutcome>>>,
    /// Goes when it has ended.
    alive: watch::Sender<()>,
}

/// The place of an operation in the registry, for as long as it is under way.
#[derive(Debug)]
pub(super) struct Entry {
    registry: Arc<Registry>,
    workspace: WorkspaceId,
    pub(super) running: Arc<Running>,
}

impl Registry {
    pub(super) fn new(running_max: usize) -> Self {
        Self {
            running: Mutex::default(),
            running_max,
        }
    }

    /// Takes an operation in, unless there are too many already, or it is there.
    pub(super) fn enter(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        started: &Arc<Started>,
        outcomes: Vec<Option<ItemOutcome>>,
    ) -> Option<Entry> {
        let key = (workspace, started.operation);
        let mut running = self.running.lock();
        let others = running.keys().filter(|(of, _)| *of == workspace).count();
        if others >= self.running_max || running.contains_key(&key) {
            return None;
        }
        let one = Arc::new(Running {
            started: Arc::clone(started),
            outcomes: Mutex::new(outcomes),
            alive: watch::Sender::new(()),
        });
        running.insert(key, Arc::clone(&one));
        Some(Entry {
            registry: Arc::clone(self),
            workspace,
            running: one,
        })
    }

    pub(super) fn find(&self, workspace: WorkspaceId, id: OperationId) -> Option<Arc<Running>> {
        self.running.lock().get(&(workspace, id)).cloned()
    }

    /// Returns once an operation is not under way.
    pub(super) async fn ended(&self, workspace: WorkspaceId, id: OperationId) {
        let found = self.find(workspace, id);
        let alive = found.map(|running| running.alive.subscribe());
        if let Some(mut alive) = alive {
            // Nothing is ever sent: it ends with the sender.
            alive.changed().await.ok();
        }
    }
}

impl Running {
    /// What is known so far.
    pub(super) fn report(&self) -> Report {
        Report {
            operation: Some(self.started.operation),
            state: State::Running,
            results: known(self.started.work.names(), &self.outcomes.lock()),
        }
    }

    /// The places of the items without an outcome.
    pub(super) fn open(&self) -> Vec<usize> {
        let outcomes = self.outcomes.lock();
        let places = outcomes.iter().enumerate();
        places
            .filter_map(|(place, outcome)| outcome.is_none().then_some(place))
            .collect()
    }

    pub(super) fn set(&self, place: usize, outcome: ItemOutcome) {
        if let Some(known) = self.outcomes.lock().get_mut(place) {
            *known = Some(outcome);
        }
    }

    /// What the log will not show by the commits of the items.
    pub(super) fn beside_changes(&self) -> Vec<(usize, ItemOutcome)> {
        let outcomes = self.outcomes.lock();
        let places = outcomes.iter().enumerate();
        places
            .filter_map(|(place, outcome)| match outcome {
                Some(ItemOutcome::Changed { .. }) | None => None,
                Some(outcome) => Some((place, *outcome)),
            })
            .collect()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let key = (self.workspace, self.running.started.operation);
        self.registry.running.lock().remove(&key);
    }
}
