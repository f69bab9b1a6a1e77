//! What the next position of a workspace depends on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::proposal::NotSequenced;
use crate::domain::conversation::{Conversation, ConversationEvent, Created};
use crate::domain::rotation::TeamRef;
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
    /// Customers who have a conversation.
    pub(super) customers: HashSet<Arc<str>>,
    /// The last turn that each team had.
    pub(super) turns: HashMap<TeamRef, u64>,
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
            customers: fold.customers.keys().cloned().collect(),
            turns: fold.routing.last_turns().collect(),
        }
    }

    /// The version that a conversation has with everything that is on its way.
    pub(super) fn version(&self, conversation: ConversationId) -> u64 {
        self.versions.get(&conversation).copied().unwrap_or(0)
    }

    /// The last turn that a team had, with everything that is on its way.
    pub(super) fn turn(&self, team: TeamRef) -> u64 {
        self.turns.get(&team).copied().unwrap_or(0)
    }

    /// The number for a new conversation, if what it was decided on still holds: its external id is
    /// free, its customer as new as was said, and the turn that it spends the next.
    pub(super) fn admit(
        &self,
        created: &Created,
        events: &[ConversationEvent],
    ) -> Result<u64, NotSequenced> {
        let external_id = created.external_id.as_ref();
        if let Some(owner) = external_id.and_then(|id| self.external_ids.get(id)) {
            return Err(NotSequenced::ExternalIdTaken(*owner));
        }
        let is_new = || !self.customers.contains(&created.customer.key());
        let routing = created.routing.as_ref();
        if routing.is_some_and(|routing| routing.first_message != is_new()) {
            return Err(NotSequenced::Stale);
        }
        let mut turns = events.iter().filter_map(ConversationEvent::turn);
        if turns.any(|(team, turn, _)| turn != self.turn(team).saturating_add(1)) {
            return Err(NotSequenced::Superseded);
        }
        Ok(self.numbers.saturating_add(1))
    }

    /// Takes in a conversation that was created under a number, and the turn that it spends.
    pub(super) fn created(
        &mut self,
        number: u64,
        after: &Conversation,
        turn: Option<(TeamRef, u64)>,
    ) {
        let facts = &after.facts;
        self.numbers = number;
        self.customers.insert(facts.customer.key());
        if let Some(external_id) = &facts.external_id {
            self.external_ids.insert(Arc::clone(external_id), facts.id);
        }
        self.turns.extend(turn);
    }
}
