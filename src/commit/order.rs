//! What the next position of a workspace depends on.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{ConversationId, Timestamp};
use crate::views::WorkspaceFold;

/// See the module. Ahead of the views by what is not yet durable.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The last position given.
    pub(super) head: u64,
    /// Its time.
    pub(super) at: Timestamp,
    /// The last number given to a conversation.
    pub(super) numbers: u64,
    /// The last version of each conversation.
    pub(super) versions: HashMap<ConversationId, u64>,
    /// The position of the last change of the directory, or a later one of which nothing is on its
    /// way.
    pub(super) directory_at: u64,
    /// Conversations by the integrator's own ids.
    pub(super) external_ids: HashMap<Arc<str>, ConversationId>,
}

impl Order {
    pub(super) fn of(fold: &WorkspaceFold) -> Self {
        Self {
            head: fold.head,
            at: fold.at,
            numbers: fold.numbers,
            versions: fold
                .rows
                .iter()
                .map(|(id, row)| (*id, row.conversation.version))
                .collect(),
            directory_at: fold.head,
            external_ids: fold.external_ids.clone(),
        }
    }

    /// The version that a conversation has with everything that is on its way.
    pub(super) fn version(&self, conversation: ConversationId) -> u64 {
        self.versions.get(&conversation).copied().unwrap_or(0)
    }
}
