//! Outboxes in the store: their rows go through the queue to the disk, and share the flush of whatever
//! commits are on their way.
//!
//! An outbox lies in the side table. So a write is atomic, its recovery after a failed append is the
//! journal's, and it costs no flush of its own while there are commits.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use tokio::sync::oneshot;

use super::answer::{CommandFailure, Release};
use super::proposal::Promise;
use super::queue::{CommitQueue, Item, SideRow};
use super::sequencer::Workspace;
use super::store::Store;
use crate::journal::{Journal, JournalError, Seq};
use crate::outbox::{Changes, Consumer, Key, Outbox, OutboxError, Source};

/// The outbox of a consumer in a workspace.
#[derive(Debug)]
struct StoreOutbox {
    consumer: Consumer,
    workspace: Arc<Workspace>,
    queue: Arc<CommitQueue>,
    journal: Arc<dyn Journal>,
}

impl Store {
    /// Every workspace as a consumer sees it, in the order of their ids.
    #[must_use]
    pub fn sources(&self, consumer: Consumer) -> Vec<Source> {
        let workspaces = self.workspaces().all();
        let sources = workspaces
            .iter()
            .map(|workspace| self.source(workspace, consumer));
        sources.collect()
    }

    /// Keeps rows of a consumer together with an answer, which is given once they are durable.
    pub fn keep(
        &self,
        workspace: &Arc<Workspace>,
        consumer: Consumer,
        changes: Changes,
        promise: Promise,
    ) {
        let Promise { remember, release } = promise;
        let item = Item {
            workspace: Arc::clone(workspace),
            effect: None,
            remember,
            rows: rows(consumer, changes),
            release,
        };
        if let Err(refused) = self.queue().push(item) {
            let (
                Item {
                    remember, release, ..
                },
                failure,
            ) = *refused;
            Promise { remember, release }.fail(failure);
        }
    }

    /// One workspace as a consumer sees it.
    #[must_use]
    pub fn source(&self, workspace: &Arc<Workspace>, consumer: Consumer) -> Source {
        Source {
            workspace: workspace.id(),
            bus: Arc::clone(workspace.bus()),
            views: Arc::clone(workspace.views()),
            journal: Arc::clone(self.journal()),
            outbox: Arc::new(StoreOutbox {
                consumer,
                workspace: Arc::clone(workspace),
                queue: Arc::clone(self.queue()),
                journal: Arc::clone(self.journal()),
            }),
        }
    }
}

fn rows(consumer: Consumer, changes: Changes) -> Vec<SideRow> {
    let cursor = changes.cursor.map(|seq| {
        let (key, value) = consumer.cursor_row(seq);
        (key, Some(value))
    });
    let rows = changes.rows.into_iter();
    rows.map(|(key, value)| (consumer.row_key(&key), value))
        .chain(cursor)
        .collect()
}

impl Outbox for StoreOutbox {
    fn cursor(&self) -> Result<Option<Seq>, OutboxError> {
        let key = self.consumer.cursor_key();
        let Some(value) = self.journal.side(self.workspace.id(), &key)? else {
            return Ok(None);
        };
        let seq = Consumer::seq_of(&value).ok_or_else(|| JournalError::Damaged {
            reason: "the cursor of an outbox is cut off".to_owned(),
        })?;
        Ok(Some(seq))
    }

    fn get(&self, key: &Key) -> Result<Option<Bytes>, OutboxError> {
        let key = self.consumer.row_key(key);
        Ok(self.journal.side(self.workspace.id(), &key)?)
    }

    fn range(&self, from: &Key, to: &Key, limit: usize) -> Result<Vec<(Key, Bytes)>, OutboxError> {
        let (from, to) = (self.consumer.row_key(from), self.consumer.row_key(to));
        let rows = self
            .journal
            .side_range(self.workspace.id(), &from, &to, limit)?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(key, value)| (Consumer::key_of(&key), value))
            .collect())
    }

    fn write(&self, changes: Changes) -> BoxFuture<'static, Result<(), OutboxError>> {
        if let Err(error) = changes.check() {
            return future::ready(Err(error.into())).boxed();
        }
        if changes.is_empty() {
            return future::ready(Ok(())).boxed();
        }
        let (durable, outcome) = oneshot::channel();
        let release = Release::new(move |outcome| {
            durable.send(outcome).ok();
        });
        let item = Item {
            workspace: Arc::clone(&self.workspace),
            effect: None,
            remember: None,
            rows: rows(self.consumer, changes),
            release: Some(release),
        };
        if let Err(refused) = self.queue.push_beside(item) {
            let (_item, failure) = *refused;
            return future::ready(Err(failure.into())).boxed();
        }
        outcome
            .map(|outcome| {
                outcome
                    .unwrap_or(Err(CommandFailure::Lost))
                    .map_err(OutboxError::from)
            })
            .boxed()
    }
}

impl From<CommandFailure> for OutboxError {
    fn from(failure: CommandFailure) -> Self {
        match failure {
            CommandFailure::Overloaded(_) => Self::Overloaded,
            CommandFailure::Unavailable(_)
            | CommandFailure::Reloading(_)
            | CommandFailure::Lost => Self::Unavailable(failure.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use parking_lot::Mutex;

    use super::*;
    use crate::bus::BusLimits;
    use crate::clock::ManualClock;
    use crate::commit::{Gathering, QueueLimits, StoreLimits};
    use crate::domain::{Timestamp, WorkspaceId};
    use crate::journal::{Journal, MemoryJournal, SledJournal, SledOptions};
    use crate::metrics::Metrics;
    use crate::outbox::conformance::{Backend, outbox_conformance};

    outbox_conformance! {
        store_in_memory: super::StoreBackend::new(None);
        store_on_disk: super::StoreBackend::new(Some(tempfile::tempdir().unwrap()));
    }

    const ONE: WorkspaceId = WorkspaceId::from_u128(1);
    const TWO: WorkspaceId = WorkspaceId::from_u128(2);

    const LIMITS: StoreLimits = StoreLimits {
        notifications_max: 100,
        queue: QueueLimits {
            items_max: 100,
            bytes_max: 64 * 1024 * 1024,
            batch_items_max: 10,
            batch_bytes_max: 1024 * 1024,
            gathering: Gathering {
                from_items: 16,
                patience: Duration::ZERO,
            },
        },
        recover_every: Duration::from_millis(1),
        snapshot_every_commits: 1_000,
        keep_answers: Duration::from_secs(3600),
        answers_max: 10,
        bus: BusLimits {
            commits_max: 10,
            bytes_max: 10_000,
        },
    };

    struct StoreBackend {
        /// Where it lies, unless in memory.
        folder: Option<tempfile::TempDir>,
        memory: Arc<MemoryJournal>,
        store: Mutex<Option<Store>>,
    }

    impl StoreBackend {
        fn new(folder: Option<tempfile::TempDir>) -> Self {
            let memory = Arc::new(MemoryJournal::new());
            Self {
                folder,
                memory,
                store: Mutex::new(None),
            }
        }

        fn journal(&self) -> Arc<dyn Journal> {
            match &self.folder {
                Some(folder) => {
                    let options = SledOptions::new(folder.path().join("data"));
                    Arc::new(SledJournal::open(options).unwrap())
                }
                None => Arc::<MemoryJournal>::clone(&self.memory),
            }
        }

        fn of(&self, workspace: WorkspaceId, consumer: Consumer) -> Arc<dyn Outbox> {
            let mut store = self.store.lock();
            let store = store.get_or_insert_with(|| {
                let clock = Arc::new(ManualClock::starting_at(Timestamp::EPOCH));
                Store::open(self.journal(), clock, Arc::new(Metrics::new()), LIMITS).unwrap()
            });
            let workspace = store
                .workspaces()
                .find(workspace)
                .unwrap_or_else(|| store.add_workspace(workspace));
            store.source(&workspace, consumer).outbox
        }
    }

    impl Backend for StoreBackend {
        fn outbox(&self) -> Arc<dyn Outbox> {
            self.of(ONE, Consumer::Webhooks)
        }

        fn others(&self) -> Vec<Arc<dyn Outbox>> {
            vec![
                self.of(ONE, Consumer::Notifications),
                self.of(TWO, Consumer::Webhooks),
            ]
        }

        fn reopen(&self, outbox: Arc<dyn Outbox>) -> Arc<dyn Outbox> {
            drop(outbox);
            let store = self.store.lock().take().unwrap();
            store.stop();
            drop(store);
            self.outbox()
        }
    }
}
