//! A workspace as the fold of its log: everything that is listed, counted and looked up.
//!
//! Messages and history are not here: each row keeps the positions at which the log has them.

use std::collections::HashMap;
use std::sync::Arc;

use super::inbox::{Inboxes, Notified};
use super::indexes::{Indexes, Summed};
use super::operations::Operations;
use super::routing::RoutingFold;
use super::stats::StatsFold;
use super::sums::RowSum;
use crate::domain::conversation::{Conversation, ConversationEvent, FoldError};
use crate::domain::directory::DirectoryFold;
use crate::domain::{Commit, CommitBody, ConversationCommit, ConversationId, EpochId, Timestamp};

/// A conversation and where the log speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its present state.
    pub conversation: Arc<Conversation>,
    /// Every position that touches it, in order.
    pub positions: Vec<u64>,
    /// Those that add a message or note.
    pub message_positions: Vec<u64>,
    /// The one that last changed its assignee, or created it.
    pub decided_at: u64,
    /// What it adds to the sum of each list that it is in.
    pub sum: RowSum,
}

impl Row {
    /// The conversation with its sum.
    #[must_use]
    pub fn summed(&self) -> Summed<'_> {
        Summed {
            conversation: &self.conversation,
            sum: self.sum,
        }
    }
}

/// A conversation before and after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Before; nothing when the commit created it.
    pub before: Option<Arc<Conversation>>,
    /// After.
    pub after: Arc<Conversation>,
    /// Who was told of it in the application.
    pub notified: Vec<Notified>,
}

/// A start of the server, and the first position that it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochStart {
    /// Its name.
    pub epoch: EpochId,
    /// The position of its record.
    pub seq: u64,
}

/// The state of a workspace at one position.
#[derive(Debug, Default)]
pub struct WorkspaceFold {
    /// The last position folded in.
    pub head: u64,
    /// The time of that commit; none before the first.
    pub at: Timestamp,
    /// How many conversations were created.
    pub numbers: u64,
    /// Every conversation.
    pub rows: HashMap<ConversationId, Row>,
    /// Conversations by the integrator's own ids.
    pub external_ids: HashMap<Arc<str>, ConversationId>,
    /// The first conversation of each customer, by [`Customer::key`](crate::domain::conversation::Customer::key).
    pub customers: HashMap<Arc<str>, ConversationId>,
    /// People, switches, tokens, sessions.
    pub directory: DirectoryFold,
    /// How often rules matched, and whose turn it is.
    pub routing: RoutingFold,
    /// The starts of the server that wrote this log, oldest first.
    pub lineage: Vec<EpochStart>,
    /// The lists.
    pub indexes: Indexes,
    /// What the numbers are read from.
    pub stats: StatsFold,
    /// What was done to many conversations at once.
    pub operations: Operations,
    /// What people were told.
    pub inboxes: Inboxes,
}

/// Why a commit cannot be folded in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It does not fit the conversation.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// It is not the next one.
    #[error("position {found} does not follow on {head}")]
    Gap {
        /// The last position folded in.
        head: u64,
        /// That of the commit.
        found: u64,
    },
}

impl WorkspaceFold {
    /// Folds the next commit in. `after` is the conversation's state after it, when whoever
    /// decided it has it at hand; otherwise it is folded here. Returns what it did to a
    /// conversation, if it is about one.
    ///
    /// # Errors
    /// When the commit does not fit; then the log is damaged.
    pub fn apply(
        &mut self,
        commit: &Commit,
        after: Option<&Arc<Conversation>>,
    ) -> Result<Option<Change>, ApplyError> {
        if commit.seq != self.head.saturating_add(1) {
            return Err(ApplyError::Gap {
                head: self.head,
                found: commit.seq,
            });
        }
        let mut change = None;
        match &commit.body {
            CommitBody::Conversation(body) => {
                change = Some(self.apply_conversation(commit, body, after)?);
                self.operations.item(body);
            }
            CommitBody::Directory { events } => {
                for event in events {
                    self.directory.apply(event, commit.at);
                    self.routing.apply_directory(event);
                    self.inboxes.apply(event);
                }
            }
            CommitBody::Operation { event } => self.operations.apply(event, commit),
            CommitBody::Epoch { epoch } => {
                self.lineage.push(EpochStart {
                    epoch: *epoch,
                    seq: commit.seq,
                });
            }
        }
        self.head = commit.seq;
        self.at = commit.at;
        Ok(change)
    }

    fn apply_conversation(
        &mut self,
        commit: &Commit,
        body: &ConversationCommit,
        after: Option<&Arc<Conversation>>,
    ) -> Result<Change, FoldError> {
        let id = body.conversation;
        let row = self.rows.get(&id);
        let before = row.map(|row| Arc::clone(&row.conversation));
        let after = match after {
            Some(after) => Arc::clone(after),
            None => {
                let stamp = body.stamp(commit.at);
                Arc::new(Conversation::fold(
                    before.as_deref(),
                    id,
                    &body.events,
                    stamp,
                )?)
            }
        };
        let sum = RowSum::of(id, after.version);
        let conversation = &*after;
        self.indexes
            .update(row.map(Row::summed), Summed { conversation, sum });
        self.stats.apply(before.as_deref(), &after, commit.at);
        if before.is_none() {
            self.numbers = after.facts.number;
            self.customers
                .entry(after.facts.customer.key())
                .or_insert(id);
            if let Some(external_id) = &after.facts.external_id {
                self.external_ids.insert(Arc::clone(external_id), id);
            }
        }
        self.routing.apply_conversation(
            (commit.seq, commit.at),
            (id, &body.events),
            &self.directory.directory,
        );
        let row = self.rows.entry(id).or_insert_with(|| Row {
            conversation: Arc::clone(&after),
            positions: Vec::new(),
            message_positions: Vec::new(),
            decided_at: commit.seq,
            sum,
        });
        row.conversation = Arc::clone(&after);
        row.sum = sum;
        row.positions.push(commit.seq);
        if body.events.iter().any(|event| event.message().is_some()) {
            row.message_positions.push(commit.seq);
        }
        if body.events.iter().any(changes_assignee) {
            row.decided_at = commit.seq;
        }
        let directory = &self.directory.directory;
        let notified = self.inboxes.tell(commit, body, &after, directory);
        Ok(Change {
            before,
            after,
            notified,
        })
    }
}

/// The owner may take over what they own already: that is no change of assignee.
pub(super) fn changes_assignee(event: &ConversationEvent) -> bool {
    matches!(
        event,
        ConversationEvent::Assigned { .. } | ConversationEvent::Unassigned { .. }
    ) || matches!(event, ConversationEvent::TakenOver { by, previous } if *previous != Some(*by))
}
