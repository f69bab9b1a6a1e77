//! When to try again: exponential backoff with jitter, as a pure function.

use std::time::Duration;

use crate::clock::Clock;

/// How often something is tried, and how long to wait between.
///
/// The wait before the second attempt is `first`; each one after it is `factor` times as long, up to
/// `longest`. Each is lengthened or shortened at random by up to `jitter_percent`, so that what
/// failed together is not tried again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Attempts in all, the first one included.
    pub attempts_max: u32,
    /// The wait before the second attempt.
    pub first: Duration,
    /// How many times as long each further wait is.
    pub factor: u32,
    /// The longest wait, before jitter.
    pub longest: Duration,
    /// By how much a wait may differ, either way; at most 100.
    pub jitter_percent: u32,
}

impl Backoff {
    /// How long to wait after so many failed attempts, or nothing when that were all. `dice` is any
    /// random number.
    #[must_use]
    pub fn after(&self, failed: u32, dice: u32) -> Option<Duration> {
        if failed >= self.attempts_max {
            return None;
        }
        let times = self.factor.saturating_pow(failed.saturating_sub(1));
        let wait = self.first.saturating_mul(times).min(self.longest);
        let jitter = self.jitter_percent.min(100);
        let sides = jitter.saturating_mul(2).saturating_add(1);
        let percent = 100_u32
            .saturating_sub(jitter)
            .saturating_add(dice.checked_rem(sides).unwrap_or(0));
        let millis = wait.as_millis().saturating_mul(u128::from(percent)) / 100;
        Some(Duration::from_millis(
            u64::try_from(millis).unwrap_or(u64::MAX),
        ))
    }

    /// [`Backoff::after`] with the clock's randomness; never sooner than the other side asked for,
    /// which may ask for the longest wait at most.
    #[must_use]
    pub fn wait(
        &self,
        failed: u32,
        asked_for: Option<Duration>,
        clock: &dyn Clock,
    ) -> Option<Duration> {
        let mut dice = [0; 4];
        clock.random_bytes(&mut dice);
        let asked_for = asked_for.unwrap_or_default().min(self.longest);
        self.after(failed, u32::from_le_bytes(dice))
            .map(|wait| wait.max(asked_for))
    }

    /// The most time that can pass between the first attempt and the last, jitter included.
    #[must_use]
    pub fn span_max(&self) -> Duration {
        let most = self.jitter_percent.min(100).saturating_mul(2);
        (1..self.attempts_max)
            .filter_map(|failed| self.after(failed, most))
            .fold(Duration::ZERO, Duration::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;
    use crate::clock::ManualClock;
    use crate::domain::Timestamp;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    const BACKOFF: Backoff = Backoff {
        attempts_max: 6,
        first: Duration::from_secs(50),
        factor: 6,
        longest: DAY,
        jitter_percent: 10,
    };

    #[test]
    fn waits_grow_by_the_factor_and_end_with_the_attempts() {
        let plain = Backoff {
            jitter_percent: 0,
            ..BACKOFF
        };
        let waits: Vec<_> = (1..=7).map(|failed| plain.after(failed, 7)).collect();
        let seconds = [50, 300, 1_800, 10_800, 64_800].map(|s| Some(Duration::from_secs(s)));
        assert_eq!(waits[..5], seconds);
        assert_eq!(waits[5..], [None, None]);
        assert!(BACKOFF.span_max() < DAY);
        assert!(BACKOFF.span_max() > plain.span_max());
    }

    #[test]
    fn no_wait_is_longer_than_the_longest() {
        let capped = Backoff {
            attempts_max: u32::MAX,
            longest: Duration::from_secs(60),
            jitter_percent: 0,
            ..BACKOFF
        };
        let wait = |failed| capped.after(failed, 0);
        assert_eq!(wait(2), Some(Duration::from_secs(60)));
        assert_eq!(wait(u32::MAX - 1), Some(Duration::from_secs(60)));
    }

    #[test]
    fn the_other_side_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() {
        let clock = ManualClock::starting_at(Timestamp::EPOCH);
        let wait = |seconds| BACKOFF.wait(1, Some(Duration::from_secs(seconds)), &clock);
        assert_eq!(wait(600), Some(Duration::from_secs(600)));
        assert!(wait(1).unwrap() >= Duration::from_secs(45));
        assert_eq!(wait(u64::MAX), Some(DAY));
        assert_eq!(BACKOFF.wait(6, None, &clock), None);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_its_share(failed in 1_u32..6, dice in any::<u32>()) {
            let plain = Backoff { jitter_percent: 0, ..BACKOFF }.after(failed, dice).unwrap();
            let wait = BACKOFF.after(failed, dice).unwrap();
            assert!(wait >= plain * 9 / 10 && wait <= plain * 11 / 10, "{wait:?}");
        }
    }
}
