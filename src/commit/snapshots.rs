//! Snapshots in the background: folded by a thread of their own from the last one and the log,
//! never from the live views under a lock.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use dashmap::DashMap;
use rustix::process::setpriority_process;
use rustix::thread::gettid;

use super::sequencer::Workspace;
use crate::domain::WorkspaceId;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::views::WorkspaceFold;

/// How many workspaces may wait for a snapshot; others are considered again later.
const WAITING_MAX: usize = 64;

/// The priority of the thread; 0 is that of the others, 19 the lowest.
const NICENESS: i32 = 10;

/// Asks for snapshots; dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Snapshots {
    asked: SyncSender<WorkspaceId>,
    every_commits: u64,
    /// The position of the newest snapshot asked for.
    newest: DashMap<WorkspaceId, u64>,
}

impl Snapshots {
    /// Starts the thread.
    pub(super) fn start(
        journal: Arc<dyn Journal>,
        metrics: Arc<Metrics>,
        every_commits: u64,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (asked, waiting) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("ochre-snapshots".to_owned())
            .spawn(move || run(&waiting, &*journal, &metrics))?;
        Ok((
            Self {
                asked,
                every_commits,
                newest: DashMap::new(),
            },
            thread,
        ))
    }

    /// Notes that a workspace was loaded from a snapshot, or from the beginning of its log.
    pub(super) fn loaded(&self, workspace: WorkspaceId, seq: u64) {
        self.newest.insert(workspace, seq);
    }

    /// Asks for a snapshot of a workspace if its log has grown by enough: by the configured number
    /// of commits, and by half of what the last one holds, so that all snapshots together cost no
    /// more than a few times what the log does.
    pub(super) fn consider(&self, workspace: &Workspace) {
        let (id, applied) = (workspace.id(), workspace.views().applied());
        let newest = self.newest.get(&id).map_or(0, |seq| *seq);
        let enough = self.every_commits.max(newest / 2);
        if applied.saturating_sub(newest) >= enough && self.asked.try_send(id).is_ok() {
            self.newest.insert(id, applied);
        }
    }
}

fn run(waiting: &Receiver<WorkspaceId>, journal: &dyn Journal, metrics: &Metrics) {
    yield_to_others();
    for workspace in waiting {
        let saved = WorkspaceFold::load(journal, workspace)
            .map_err(|error| error.to_string())
            .and_then(|(fold, _)| fold.to_snapshot().map_err(|error| error.to_string()))
            .and_then(|snapshot| {
                journal
                    .save_snapshot(workspace, &snapshot)
                    .map_err(|error| error.to_string())
            });
        match saved {
            Ok(()) => metrics.snapshot_saved(),
            // Nothing depends on it but the time that a start takes.
            Err(reason) => tracing::warn!(%workspace, reason, "a snapshot could not be saved"),
        }
    }
}

/// Commands come first where processors are short.
fn yield_to_others() {
    if let Err(error) = setpriority_process(Some(gettid()), NICENESS) {
        tracing::debug!(%error, "the priority of snapshots could not be lowered");
    }
}
