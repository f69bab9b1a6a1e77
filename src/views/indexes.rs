//! Ordered sets of rows, one a filter, kept up to date a change at a time.

use std::collections::{BTreeSet, HashMap};

use super::filter::{Filter, Membership};
use super::sums::RowSum;
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

/// The rows of a list, and their sum.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    keys: BTreeSet<RowKey>,
    sum: RowSum,
}

impl Rows {
    /// Their places, the oldest activity first.
    #[must_use]
    pub const fn keys(&self) -> &BTreeSet<RowKey> {
        &self.keys
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The sum over all of them.
    #[must_use]
    pub const fn sum(&self) -> RowSum {
        self.sum
    }

    fn remove(&mut self, row: Placed) {
        self.keys.remove(&row.key);
        self.sum = self.sum.minus(row.sum);
    }

    fn insert(&mut self, row: Placed) {
        self.keys.insert(row.key);
        self.sum = self.sum.plus(row.sum);
    }

    /// A row stays where it is, at another version.
    const fn replace(&mut self, old: RowSum, new: RowSum) {
        self.sum = self.sum.minus(old).plus(new);
    }
}

/// A row at one version: its place, and what it adds to a sum.
#[derive(Debug, Clone, Copy)]
struct Placed {
    key: RowKey,
    sum: RowSum,
}

/// A conversation and what it adds to a sum.
#[derive(Debug, Clone, Copy)]
pub struct Summed<'a> {
    /// The conversation at one version.
    pub conversation: &'a Conversation,
    /// Its [`RowSum`].
    pub sum: RowSum,
}

impl Summed<'_> {
    fn placed(&self) -> Placed {
        Placed {
            key: RowKey::of(self.conversation),
            sum: self.sum,
        }
    }
}

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
    pub fn update(&mut self, before: Option<Summed<'_>>, after: Summed<'_>) {
        let new = after.placed();
        let now = Membership::of(after.conversation);
        let (old, was) = before.map_or_else(
            || (new, Membership::default()),
            |before| (before.placed(), Membership::of(before.conversation)),
        );
        let shared = [
            (&mut self.ai_queue, was.ai_queue, now.ai_queue),
            (&mut self.all, was.all, now.all),
            (&mut self.unassigned, was.unassigned, now.unassigned),
            (&mut self.ai_handled, was.ai_handled, now.ai_handled),
            (&mut self.closed, was.closed, now.closed),
        ];
        for (rows, was_in, is_in) in shared {
            match (was_in, is_in) {
                (true, true) if old.key == new.key => rows.replace(old.sum, new.sum),
                _ => {
                    if was_in {
                        rows.remove(old);
                    }
                    if is_in {
                        rows.insert(new);
                    }
                }
            }
        }
        for (lists, was_of, is_of) in [
            (&mut self.mine, was.mine, now.mine),
            (&mut self.owned, was.owner, now.owner),
        ] {
            if was_of == is_of && old.key == new.key {
                is_of.inspect(|user| replace(lists, *user, old.sum, new.sum));
            } else {
                was_of.inspect(|user| remove(lists, *user, old));
                is_of.inspect(|user| insert(lists, *user, new));
            }
        }
        let lists = &mut self.mentions;
        if was.mentions == now.mentions && old.key == new.key {
            let users = now.mentions.iter();
            users.for_each(|user| replace(lists, *user, old.sum, new.sum));
        } else {
            was.mentions
                .iter()
                .for_each(|user| remove(lists, *user, old));
            now.mentions
                .iter()
                .for_each(|user| insert(lists, *user, new));
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

    /// People and how many open conversations they own, in no order; those without are not here.
    pub fn open_counts(&self) -> impl Iterator<Item = (UserId, usize)> {
        self.mine.iter().map(|(user, rows)| (*user, rows.len()))
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

fn insert(lists: &mut HashMap<UserId, Rows>, user: UserId, row: Placed) {
    lists.entry(user).or_default().insert(row);
}

fn replace(lists: &mut HashMap<UserId, Rows>, user: UserId, old: RowSum, new: RowSum) {
    if let Some(rows) = lists.get_mut(&user) {
        rows.replace(old, new);
    }
}

fn remove(lists: &mut HashMap<UserId, Rows>, user: UserId, row: Placed) {
    if let Some(rows) = lists.get_mut(&user) {
        rows.remove(row);
        if rows.is_empty() {
            lists.remove(&user);
        }
    }
}
