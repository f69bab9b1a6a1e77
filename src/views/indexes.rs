//! Ordered sets of rows, one a filter, kept up to date a change at a time.

use std::collections::{BTreeSet, HashMap};

use super::filter::{Filter, Membership};
use crate::domain::conversation::Conversation;
use crate::domain::{ConversationId, Timestamp, UserId};

/// Where a row stands in every list: by its last activity, then by its id. Lists show the largest
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// When the conversation last saw a message.
    pub activity: Timestamp,
    /// Which conversation.
    pub id: ConversationId,
}

impl RowKey {
    /// The place of a conversation.
    #[must_use]
    pub fn of(conversation: &Conversation) -> Self {
        Self {
            activity: conversation.last_activity_at,
            id: conversation.facts.id,
        }
    }
}

/// The rows of a list.
pub type Rows = BTreeSet<RowKey>;

/// Every list of a workspace.
#[derive(Debug, Default)]
pub struct Indexes {
    ai_queue: Rows,
    all: Rows,
    unassigned: Rows,
    ai_handled: Rows,
    closed: Rows,
    mine: HashMap<UserId, Rows>,
    owned: HashMap<UserId, Rows>,
    mentions: HashMap<UserId, Rows>,
    nothing: Rows,
}

impl Indexes {
    /// Moves a conversation from where it was to where it is.
    pub fn update(&mut self, before: Option<&Conversation>, after: &Conversation) {
        let key = RowKey::of(after);
        let now = Membership::of(after);
        let (old_key, was) = before.map_or_else(
            || (key, Membership::default()),
            |before| (RowKey::of(before), Membership::of(before)),
        );
        let moved = old_key != key;
        let shared = [
            (&mut self.ai_queue, was.ai_queue, now.ai_queue),
            (&mut self.all, was.all, now.all),
            (&mut self.unassigned, was.unassigned, now.unassigned),
            (&mut self.ai_handled, was.ai_handled, now.ai_handled),
            (&mut self.closed, was.closed, now.closed),
        ];
        for (rows, was_in, is_in) in shared {
            if was_in && (moved || !is_in) {
                rows.remove(&old_key);
            }
            if is_in && (moved || !was_in) {
                rows.insert(key);
            }
        }
        for (lists, was_of, is_of) in [
            (&mut self.mine, was.mine, now.mine),
            (&mut self.owned, was.owner, now.owner),
        ] {
            if moved || was_of != is_of {
                was_of.inspect(|user| remove(lists, *user, old_key));
                is_of.inspect(|user| insert(lists, *user, key));
            }
        }
        if moved || was.mentions != now.mentions {
            was.mentions
                .iter()
                .for_each(|user| remove(&mut self.mentions, *user, old_key));
            now.mentions
                .iter()
                .for_each(|user| insert(&mut self.mentions, *user, key));
        }
    }

    /// The list as this person sees it; nobody sees no `mine` and no `mentions`.
    #[must_use]
    pub fn rows(&self, filter: Filter, viewer: Option<UserId>) -> &Rows {
        match filter {
            Filter::AiQueue => &self.ai_queue,
            Filter::All => &self.all,
            Filter::Unassigned => &self.unassigned,
            Filter::AiHandled => &self.ai_handled,
            Filter::Closed => &self.closed,
            Filter::Mine => self.of(&self.mine, viewer),
            Filter::Mentions => self.of(&self.mentions, viewer),
        }
    }

    /// Everything that a person owns, whatever its status.
    #[must_use]
    pub fn owned_by(&self, user: UserId) -> &Rows {
        self.of(&self.owned, Some(user))
    }

    fn of<'a>(&'a self, lists: &'a HashMap<UserId, Rows>, user: Option<UserId>) -> &'a Rows {
        user.and_then(|user| lists.get(&user))
            .unwrap_or(&self.nothing)
    }
}

fn insert(lists: &mut HashMap<UserId, Rows>, user: UserId, key: RowKey) {
    lists.entry(user).or_default().insert(key);
}

fn remove(lists: &mut HashMap<UserId, Rows>, user: UserId, key: RowKey) {
    if let Some(rows) = lists.get_mut(&user) {
        rows.remove(&key);
        if rows.is_empty() {
            lists.remove(&user);
        }
    }
}
