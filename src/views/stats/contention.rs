//! How often in the last minute somebody came second, and where (X08). It is counted where it is
//! decided, and kept in memory: nothing of it is in the log.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

use super::minute::{SECONDS, second};
use crate::domain::conversation::Rejection;
use crate::domain::{ConversationId, Timestamp};

/// How many conversations are told apart in one second; those beyond count in the sum alone.
const CONVERSATIONS_A_SECOND_MAX: usize = 256;
/// How many of the hottest are listed.
const HOTTEST_MAX: usize = 10;

/// See the module.
#[derive(Debug, Default)]
pub struct Contention {
    /// The oldest first; at most a minute of them.
    seconds: Mutex<VecDeque<ContendedSecond>>,
}

#[derive(Debug, Default)]
struct ContendedSecond {
    second: i64,
    conflicts: u64,
    by_conversation: HashMap<ConversationId, u64>,
}

impl Contention {
    /// Counts a refusal, if it is one because another's change of assignee came first.
    pub fn refused(&self, id: ConversationId, rejection: &Rejection, now: Timestamp) {
        match rejection {
            Rejection::AlreadyAssigned
            | Rejection::AssigneeChanged
            | Rejection::AlreadyTakenOver => self.conflict(id, now),
            Rejection::NotFound
            | Rejection::CallerGone
            | Rejection::Forbidden(_)
            | Rejection::VersionMismatch
            | Rejection::AssigneeNotEligible
            | Rejection::NotInAiQueue
            | Rejection::NothingToUndo
            | Rejection::ExternalIdTaken(_)
            | Rejection::InvalidReference { .. }
            | Rejection::TooManyCustomFields { .. } => {}
        }
    }

    fn conflict(&self, id: ConversationId, now: Timestamp) {
        let mut seconds = self.seconds.lock();
        let newest = seconds.back().map_or(i64::MIN, |last| last.second);
        let second = second(now).max(newest);
        if newest != second {
            seconds.push_back(ContendedSecond {
                second,
                ..ContendedSecond::default()
            });
        }
        let over = second.saturating_sub(SECONDS);
        while seconds.front().is_some_and(|old| old.second <= over) {
            seconds.pop_front();
        }
        if let Some(last) = seconds.back_mut() {
            last.conflicts = last.conflicts.saturating_add(1);
            let known = last.by_conversation.len() < CONVERSATIONS_A_SECOND_MAX
                || last.by_conversation.contains_key(&id);
            if known {
                let conflicts = last.by_conversation.entry(id).or_default();
                *conflicts = conflicts.saturating_add(1);
            }
        }
    }

    /// How many there were in the minute that ends at a moment, and where most of them were.
    #[must_use]
    pub fn last_minute(&self, now: Timestamp) -> (u64, Vec<(ConversationId, u64)>) {
        let over = second(now).saturating_sub(SECONDS);
        let mut sum = 0_u64;
        let mut by_conversation: HashMap<ConversationId, u64> = HashMap::new();
        for young in self.seconds.lock().iter().filter(|one| one.second > over) {
            sum = sum.saturating_add(young.conflicts);
            for (id, conflicts) in &young.by_conversation {
                let all = by_conversation.entry(*id).or_default();
                *all = all.saturating_add(*conflicts);
            }
        }
        let mut hottest: Vec<_> = by_conversation.into_iter().collect();
        hottest.sort_unstable_by_key(|(id, conflicts)| (Reverse(*conflicts), *id));
        hottest.truncate(HOTTEST_MAX);
        (sum, hottest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn only_those_who_came_second_are_counted() {
        let contention = Contention::default();
        let id = ConversationId::from_u128(1);
        for rejection in [
            Rejection::AlreadyAssigned,
            Rejection::AssigneeChanged,
            Rejection::AlreadyTakenOver,
            Rejection::NotFound,
            Rejection::VersionMismatch,
        ] {
            contention.refused(id, &rejection, at(1));
        }
        assert_eq!(contention.last_minute(at(1)), (3, vec![(id, 3)]));
        assert_eq!(contention.last_minute(at(60)), (3, vec![(id, 3)]));
        assert_eq!(contention.last_minute(at(61)), (0, Vec::new()));
    }

    #[test]
    fn the_hottest_come_first_and_what_is_kept_has_an_end() {
        let contention = Contention::default();
        for second in 0..200 {
            for id in 0..300 {
                contention.conflict(ConversationId::from_u128(id), at(second));
            }
            contention.conflict(ConversationId::from_u128(7), at(second));
        }
        let (sum, hottest) = contention.last_minute(at(199));
        assert_eq!(sum, 60 * 301);
        assert_eq!(hottest.len(), HOTTEST_MAX);
        assert_eq!(hottest[0], (ConversationId::from_u128(7), 120));
        let kept = contention.seconds.lock();
        assert!(kept.len() <= 60);
        let most = kept.iter().map(|one| one.by_conversation.len()).max();
        assert_eq!(most, Some(CONVERSATIONS_A_SECOND_MAX));
    }
}
