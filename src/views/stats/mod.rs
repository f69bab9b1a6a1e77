//! What the numbers of a workspace are read from, kept a commit at a time.

mod contention;
mod day;
mod minute;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::minute::Minute;
use super::filter::Filter;
use super::fold::WorkspaceFold;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::rotation::TeamRef;
use crate::domain::stats::{ListCounts, Percentiles, Stats};
use crate::domain::{ConversationId, Timestamp, UserId};

pub use contention::Contention;

/// How many of the newest times to claim are looked at.
const CLAIMS_KEPT_MAX: usize = 1000;
/// How many rotations are shown.
const ROTATIONS_MAX: usize = 50;

/// How many of each whose turn is next.
const NEXT_MAX: usize = 10;

/// How many owners are listed at most.
const OWNERS_MAX: usize = 100;
/// A day in any time zone is over by then.
const DAY_AT_MOST: Duration = Duration::from_secs(48 * 3600);

/// See the module. What lists and counts say is not here again.
#[derive(Debug, Default)]
pub struct StatsFold {
    /// Open ones without an assignee, by the moment since which they have none.
    waiting: BTreeSet<(Timestamp, ConversationId)>,
    /// Those that the AI closed, by when; older ones than a day are let go.
    closed_by_ai: BTreeSet<(Timestamp, ConversationId)>,
    closed_at: HashMap<ConversationId, Timestamp>,
    /// How long the newest ones waited for an owner, in milliseconds, the oldest first.
    claims: VecDeque<u64>,
    assignments: Minute,
}

/// What of it a snapshot keeps; the rest follows from the conversations, or is over in a minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredStats {
    closed_by_ai: Vec<(Timestamp, ConversationId)>,
    claims: Vec<u64>,
}

impl StatsFold {
    /// Takes a commit in.
    pub(super) fn apply(
        &mut self,
        before: Option<&Conversation>,
        after: &Conversation,
        at: Timestamp,
    ) {
        if let Some(since) = before.and_then(waits_since) {
            self.waiting.remove(&(since, after.facts.id));
        }
        self.restore(after);
        let owner_before = before.and_then(|one| one.assignee);
        if after.assignee.is_some() && after.assignee != owner_before {
            self.assignments.add(at, 1);
            // One that was born with an owner has not waited for one.
            if let (Some(before), None) = (before, owner_before) {
                self.claimed(at.saturating_since(without_owner_since(before)));
            }
        }
        self.see_closing(before, after, at);
    }

    /// Takes a conversation of a snapshot in.
    pub(super) fn restore(&mut self, conversation: &Conversation) {
        if let Some(since) = waits_since(conversation) {
            self.waiting.insert((since, conversation.facts.id));
        }
    }

    fn claimed(&mut self, after: Duration) {
        if self.claims.len() >= CLAIMS_KEPT_MAX {
            self.claims.pop_front();
        }
        let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.claims.push_back(millis);
    }

    /// S07: closed while the AI handles it, and no person has written to the customer.
    fn see_closing(&mut self, before: Option<&Conversation>, after: &Conversation, at: Timestamp) {
        let id = after.facts.id;
        let is_closed = |one: &Conversation| one.status == Status::Closed;
        match (before.is_some_and(is_closed), is_closed(after)) {
            (false, true) if after.ai.handling && !after.ai.agent_replied => {
                self.closed_by_ai.insert((at, id));
                self.closed_at.insert(id, at);
            }
            (true, false) => {
                if let Some(closed_at) = self.closed_at.remove(&id) {
                    self.closed_by_ai.remove(&(closed_at, id));
                }
            }
            (false | true, true) | (false, false) => {}
        }
        let long_ago = at.saturating_sub(DAY_AT_MOST);
        while let Some((closed_at, id)) = self.closed_by_ai.first().copied() {
            if closed_at >= long_ago {
                break;
            }
            self.closed_by_ai.pop_first();
            self.closed_at.remove(&id);
        }
    }

    /// What a snapshot keeps.
    pub(super) fn stored(&self) -> StoredStats {
        StoredStats {
            closed_by_ai: self.closed_by_ai.iter().copied().collect(),
            claims: self.claims.iter().copied().collect(),
        }
    }

    /// What a snapshot kept.
    pub(super) fn of(stored: StoredStats) -> Self {
        Self {
            closed_at: stored
                .closed_by_ai
                .iter()
                .map(|(at, id)| (*id, *at))
                .collect(),
            closed_by_ai: stored.closed_by_ai.into_iter().collect(),
            claims: stored.claims.into(),
            ..Self::default()
        }
    }
}

/// Since when it waits for an owner, if it does.
fn waits_since(conversation: &Conversation) -> Option<Timestamp> {
    let waits = conversation.status == Status::Open && conversation.assignee.is_none();
    waits.then(|| without_owner_since(conversation))
}

/// Since its creation, or since it was given to nobody.
fn without_owner_since(conversation: &Conversation) -> Timestamp {
    let last = conversation.last_assignment.as_ref();
    last.map_or(conversation.facts.created_at, |last| last.at)
}

impl WorkspaceFold {
    /// The numbers as of now.
    #[must_use]
    pub fn stats(&self, now: Timestamp, contention: &Contention) -> Stats {
        let count = |filter| self.indexes.rows(filter, None).len();
        let fold = &self.stats;
        let midnight = day::began(now, self.directory.directory.time_zone());
        let first = (midnight, ConversationId::from_u128(0));
        let mut owners: Vec<_> = self.indexes.open_counts().collect();
        owners.sort_unstable_by_key(|(user, open)| (std::cmp::Reverse(*open), *user));
        owners.truncate(OWNERS_MAX);
        let (conflicts_per_minute, hottest) = contention.last_minute(now);
        Stats {
            at: now,
            counts: ListCounts {
                ai_queue: count(Filter::AiQueue),
                all: count(Filter::All),
                unassigned: count(Filter::Unassigned),
                ai_handled: count(Filter::AiHandled),
                closed: count(Filter::Closed),
            },
            closed_today: fold.closed_by_ai.range(first..).count(),
            oldest_unassigned_at: fold.waiting.first().map(|(since, _)| *since),
            owners,
            assignments_per_minute: fold.assignments.count(now),
            conflicts_per_minute,
            hottest,
            time_to_claim: Percentiles::of(fold.claims.iter().copied().collect()),
            rotations: self.rotations(),
        }
    }

    fn rotations(&self) -> Vec<(TeamRef, Vec<UserId>)> {
        let directory = &self.directory.directory;
        let made = directory.teams().map(|team| TeamRef::Team(team.id));
        let teams = std::iter::once(TeamRef::Default).chain(made);
        let next = |team| {
            let rotation = self.routing.rotation(team, directory);
            let places = rotation.order().map(|place| place.user);
            let eligible = places.filter(|user| directory.may_be_assigned(*user));
            (team, eligible.take(NEXT_MAX).collect())
        };
        teams.take(ROTATIONS_MAX).map(next).collect()
    }
}

#[cfg(test)]
mod tests;
