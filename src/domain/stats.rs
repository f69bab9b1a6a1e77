//! How a workspace is doing at one moment, in numbers (S07, X08).

use super::rotation::TeamRef;
use super::{ConversationId, Timestamp, UserId};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The moment.
    pub at: Timestamp,
    /// The lists that are the same for everybody.
    pub counts: ListCounts,
    /// How many conversations the AI closed since midnight in the workspace's time zone, with no
    /// message of a person to the customer, and that nobody has opened since.
    pub closed_today: usize,
    /// Since when the one that has waited longest has had no assignee, of those that are open.
    pub oldest_unassigned_at: Option<Timestamp>,
    /// People and how many open conversations they own, those with most first.
    pub owners: Vec<(UserId, usize)>,
    /// How many times a conversation was given to somebody in the last minute.
    pub assignments_per_minute: u64,
    /// How many times in the last minute somebody was told that another one's change came first.
    pub conflicts_per_minute: u64,
    /// Where that was most often, and how often.
    pub hottest: Vec<(ConversationId, u64)>,
    /// How long the newest conversations waited for an owner.
    pub time_to_claim: Option<Percentiles>,
    /// For each team, that of everybody first, whose turn is next, of those who can be assigned.
    pub rotations: Vec<(TeamRef, Vec<UserId>)>,
}

/// How many conversations each list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCounts {
    /// Open, and the AI handles them.
    pub ai_queue: usize,
    /// Open.
    pub all: usize,
    /// Open, with no assignee.
    pub unassigned: usize,
    /// The AI sent a reply.
    pub ai_handled: usize,
    /// Closed.
    pub closed: usize,
}

/// The middle, and what nearly all are not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// Half are not over it.
    pub p50: u64,
    /// 99 of a hundred are not over it.
    pub p99: u64,
}

impl Percentiles {
    /// Those of some values, by the nearest rank; nothing of none.
    #[must_use]
    pub fn of(mut values: Vec<u64>) -> Option<Self> {
        values.sort_unstable();
        let at = |percent: usize| {
            let rank = values.len().saturating_mul(percent).div_ceil(100);
            values.get(rank.saturating_sub(1)).copied()
        };
        Some(Self {
            p50: at(50)?,
            p99: at(99)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        assert_eq!(Percentiles::of(Vec::new()), None);
        let of = |values: Vec<u64>| Percentiles::of(values).map(|found| (found.p50, found.p99));
        assert_eq!(of(vec![7]), Some((7, 7)));
        assert_eq!(of(vec![9, 1]), Some((1, 9)));
        assert_eq!(of((1..=100).rev().collect()), Some((50, 99)));
        assert_eq!(of((1..=1000).collect()), Some((500, 990)));
    }
}
