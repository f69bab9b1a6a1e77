//! The changes of one list, folded until they are sent. Pure.
//!
//! However often a conversation came and went in between, it is in a frame once, with its last
//! state, or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::ConversationId;
use crate::domain::conversation::Conversation;

/// How many conversations a frame has at most.
pub(super) const FOLDED_MAX: usize = 200;

/// What some commits did to the members of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange {
    /// The last position that it speaks of.
    pub seq: u64,
    /// The position up to which the one before it spoke.
    pub prev: u64,
    /// Those that are members now and were not.
    pub enter: Vec<Arc<Conversation>>,
    /// Those that were members, still are, and changed.
    pub update: Vec<Arc<Conversation>>,
    /// Those that were members and no longer are.
    pub leave: Vec<ConversationId>,
    /// How many members there are now.
    pub total: usize,
}

/// A conversation that changed: whether it was a member, and what it is if it now is one.
#[derive(Debug)]
struct Pending {
    was_in: bool,
    now: Option<Arc<Conversation>>,
}

/// See the module.
#[derive(Debug)]
pub struct ListFold {
    spoken: u64,
    total: usize,
    pending: BTreeMap<ConversationId, Pending>,
}

impl ListFold {
    /// A list that has been told in full up to a position, at which it had so many members.
    #[must_use]
    pub const fn new(seq: u64, total: usize) -> Self {
        Self {
            spoken: seq,
            total,
            pending: BTreeMap::new(),
        }
    }

    /// Takes a commit in that changed a conversation which was a member before it, or is after it.
    pub fn apply(&mut self, was_in: bool, is_in: bool, after: &Arc<Conversation>) {
        match (was_in, is_in) {
            (false, true) => self.total = self.total.saturating_add(1),
            (true, false) => self.total = self.total.saturating_sub(1),
            (true, true) | (false, false) => {}
        }
        let now = is_in.then(|| Arc::clone(after));
        self.pending
            .entry(after.facts.id)
            .and_modify(|pending| pending.now.clone_from(&now))
            .or_insert(Pending { was_in, now });
    }

    /// Whether more conversations have changed than a frame may have.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        self.pending.len() > FOLDED_MAX
    }

    /// How many members there are.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// What has changed up to a position; nothing if whatever happened left no trace.
    pub fn flush(&mut self, seq: u64) -> Option<ListChange> {
        let pending = std::mem::take(&mut self.pending);
        let change = change(
            pending
                .into_iter()
                .map(|(id, Pending { was_in, now })| (id, was_in, now)),
        );
        let (enter, update, leave) = change?;
        let prev = std::mem::replace(&mut self.spoken, seq);
        let total = self.total;
        Some(ListChange {
            seq,
            prev,
            enter,
            update,
            leave,
            total,
        })
    }
}

/// Who enters, who changes and who leaves.
pub(super) type Moves = (
    Vec<Arc<Conversation>>,
    Vec<Arc<Conversation>>,
    Vec<ConversationId>,
);

/// Sorts conversations by whether they were members and whether they are; nothing when none of
/// them matters.
pub(super) fn change(
    touched: impl Iterator<Item = (ConversationId, bool, Option<Arc<Conversation>>)>,
) -> Option<Moves> {
    let (mut enter, mut update, mut leave) = (Vec::new(), Vec::new(), Vec::new());
    for (id, was_in, now) in touched {
        match (was_in, now) {
            (false, Some(now)) => enter.push(now),
            (true, Some(now)) => update.push(now),
            (true, None) => leave.push(id),
            (false, None) => {}
        }
    }
    let any = !(enter.is_empty() && update.is_empty() && leave.is_empty());
    any.then_some((enter, update, leave))
}
