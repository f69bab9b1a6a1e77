//! A count over the last minute, to the second.

use std::collections::VecDeque;

use crate::domain::Timestamp;

/// How many seconds count.
pub(super) const SECONDS: i64 = 60;

/// See the module: how much there was in each second, the oldest first; at most a minute of them.
#[derive(Debug, Default)]
pub(super) struct Minute {
    seconds: VecDeque<(i64, u64)>,
}

/// The second of a moment.
pub(super) const fn second(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

impl Minute {
    /// Adds what happened at a moment. One before the newest counts with that.
    pub(super) fn add(&mut self, at: Timestamp, count: u64) {
        let newest = self.seconds.back().map_or(i64::MIN, |(second, _)| *second);
        let second = second(at).max(newest);
        match self.seconds.back_mut() {
            Some((last, sum)) if *last == second => *sum = sum.saturating_add(count),
            _ => self.seconds.push_back((second, count)),
        }
        let over = second.saturating_sub(SECONDS);
        while self.seconds.front().is_some_and(|(old, _)| *old <= over) {
            self.seconds.pop_front();
        }
    }

    /// How much there was in the minute that ends at a moment.
    pub(super) fn count(&self, now: Timestamp) -> u64 {
        let over = second(now).saturating_sub(SECONDS);
        let young = self.seconds.iter().filter(|(second, _)| *second > over);
        young.map(|(_, count)| *count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_minute_old_no_longer_counts() {
        let at = Timestamp::from_millis;
        let mut minute = Minute::default();
        minute.add(at(1_000), 1);
        minute.add(at(1_999), 1);
        minute.add(at(30_000), 3);
        assert_eq!(minute.count(at(30_000)), 5);
        assert_eq!(minute.count(at(60_999)), 5);
        assert_eq!(minute.count(at(61_000)), 3);
        assert_eq!(minute.count(at(90_000)), 0);
        for second in 0..1_000 {
            minute.add(at(100_000 + 1_000 * second), 1);
        }
        assert!(minute.seconds.len() <= 60);
        minute.add(at(0), 1);
        assert_eq!(minute.count(at(1_099_000)), 61, "a clock that went back");
    }
}
