//! A fold as bytes and back, and start-up: the newest snapshot plus the log's tail.
//!
//! Snapshots only save time. One that this program cannot read is passed over, and the log is read
//! from its beginning.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::fold::{ApplyError, EpochStart, Row, WorkspaceFold};
use super::inbox::{Inboxes, StoredInbox};
use super::indexes::Summed;
use super::operations::Operation;
use super::routing::RoutingFold;
use super::stats::{StatsFold, StoredStats};
use super::sums::RowSum;
use crate::domain::conversation::Conversation;
use crate::domain::directory::DirectoryFold;
use crate::domain::{ConversationId, EpochId, Timestamp, WorkspaceId};
use crate::journal::{Journal, JournalError, Snapshot, commits_after};

/// The form of snapshots; any other is passed over.
const SNAPSHOT_VERSION: u32 = 3;

/// How many records are read at a time.
const READ_RECORDS: usize = 4096;

/// Why a workspace could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The log does not fold.
    #[error("the log of {workspace} is damaged at position {seq}: {source}")]
    Fold {
        /// Whose log.
        workspace: WorkspaceId,
        /// Where.
        seq: u64,
        /// What does not fit.
        source: ApplyError,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredFold {
    version: u32,
    head: u64,
    at: Timestamp,
    numbers: u64,
    rows: Vec<StoredRow>,
    directory: DirectoryFold,
    routing: RoutingFold,
    lineage: Vec<(EpochId, u64)>,
    stats: StoredStats,
    /// Of a log from before there were any, it is as if there were none.
    #[serde(default)]
    operations: Vec<Operation>,
    inboxes: Vec<StoredInbox>,
}

#[derive(Serialize, Deserialize)]
struct StoredRow {
    conversation: Arc<Conversation>,
    positions: Vec<u64>,
    message_positions: Vec<u64>,
    decided_at: u64,
}

impl WorkspaceFold {
    /// The fold as a snapshot.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn to_snapshot(&self) -> Result<Snapshot, serde_json::Error> {
        let rows = self.rows.values().map(|row| StoredRow {
            conversation: Arc::clone(&row.conversation),
            positions: row.positions.clone(),
            message_positions: row.message_positions.clone(),
            decided_at: row.decided_at,
        });
        let stored = StoredFold {
            version: SNAPSHOT_VERSION,
            head: self.head,
            at: self.at,
            numbers: self.numbers,
            rows: rows.collect(),
            directory: self.directory.clone(),
            routing: self.routing.clone(),
            lineage: self
                .lineage
                .iter()
                .map(|start| (start.epoch, start.seq))
                .collect(),
            stats: self.stats.stored(),
            operations: self.operations.all().cloned().collect(),
            inboxes: self.inboxes.to_stored(),
        };
        Ok(Snapshot {
            seq: self.head,
            bytes: Bytes::from(serde_json::to_vec(&stored)?),
        })
    }

    /// The fold that a snapshot holds; `None` when it is of another form.
    #[must_use]
    pub fn from_snapshot(snapshot: &Snapshot) -> Option<Self> {
        let stored: StoredFold = serde_json::from_slice(&snapshot.bytes).ok()?;
        if stored.version != SNAPSHOT_VERSION || stored.head != snapshot.seq {
            return None;
        }
        let mut fold = Self {
            head: stored.head,
            at: stored.at,
            numbers: stored.numbers,
            directory: stored.directory,
            routing: stored.routing,
            stats: StatsFold::of(stored.stats),
            lineage: stored
                .lineage
                .into_iter()
                .map(|(epoch, seq)| EpochStart { epoch, seq })
                .collect(),
            inboxes: Inboxes::from_stored(stored.inboxes),
            ..Self::default()
        };
        for operation in stored.operations {
            fold.operations.insert(operation);
        }
        for row in stored.rows {
            let id = row.conversation.facts.id;
            let sum = RowSum::of(id, row.conversation.version);
            let conversation = &*row.conversation;
            fold.indexes.update(None, Summed { conversation, sum });
            fold.stats.restore(conversation);
            if let Some(external_id) = &row.conversation.facts.external_id {
                fold.external_ids.insert(Arc::clone(external_id), id);
            }
            let StoredRow {
                conversation,
                positions,
                message_positions,
                decided_at,
            } = row;
            fold.rows.insert(
                id,
                Row {
                    conversation,
                    positions,
                    message_positions,
                    decided_at,
                    sum,
                },
            );
        }
        fold.customers = first_conversations(&fold);
        Some(fold)
    }

    /// Loads a workspace: the newest snapshot plus the log's tail. Also says at which position that
    /// snapshot stood, 0 for none.
    ///
    /// # Errors
    /// When the journal cannot be read, or the log is damaged.
    pub fn load(journal: &dyn Journal, workspace: WorkspaceId) -> Result<(Self, u64), LoadError> {
        let snapshot = journal.load_snapshot(workspace)?;
        let mut fold = snapshot
            .as_ref()
            .and_then(Self::from_snapshot)
            .unwrap_or_default();
        let from = fold.head;
        fold.catch_up(journal, workspace)?;
        Ok((fold, from))
    }

    /// Folds in whatever the log has beyond this fold.
    ///
    /// # Errors
    /// When the journal cannot be read, or the log is damaged.
    pub fn catch_up(
        &mut self,
        journal: &dyn Journal,
        workspace: WorkspaceId,
    ) -> Result<(), LoadError> {
        loop {
            let commits = commits_after(journal, workspace, self.head, READ_RECORDS)?;
            if commits.is_empty() {
                return Ok(());
            }
            for commit in &commits {
                let fold_error = |source| LoadError::Fold {
                    workspace,
                    seq: commit.seq,
                    source,
                };
                self.apply(commit, None).map_err(fold_error)?;
            }
        }
    }
}

/// The first conversation of each customer, by the numbers of conversations.
fn first_conversations(fold: &WorkspaceFold) -> HashMap<Arc<str>, ConversationId> {
    let mut first: HashMap<Arc<str>, (u64, ConversationId)> = HashMap::new();
    for row in fold.rows.values() {
        let facts = &row.conversation.facts;
        let one = (facts.number, facts.id);
        let known = first.entry(facts.customer.key()).or_insert(one);
        *known = one.min(*known);
    }
    let first = first.into_iter();
    first.map(|(key, (_, id))| (key, id)).collect()
}
