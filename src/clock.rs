//! The clock: the only file that reads time or randomness.
//!
//! Everything else receives both as values, so that tests can move time and repeat ids.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::domain::Timestamp;

/// Where time, ids and randomness come from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time of day. It may go back, when an operator sets it.
    fn now(&self) -> Timestamp;

    /// A moment for measuring durations; it never goes back.
    fn instant(&self) -> Instant;

    /// Fills `bytes` with randomness that nobody can guess, good enough for secrets.
    fn random_bytes(&self, bytes: &mut [u8]);

    /// A new id of 128 bits: a version 7 UUID, so that ids sort by the time they were made.
    fn id128(&self) -> u128 {
        let mut random = [0; 10];
        self.random_bytes(&mut random);
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .as_u128()
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        let now = SystemTime::now();
        // A machine whose clock stands before 1970 gets 1970: that is still an order.
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::EPOCH.saturating_add(since_epoch)
    }

    fn instant(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        Instant::now()
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// A clock for tests: it stands still until it is moved, and its randomness repeats.
///
/// Never use it in the service, since its ids and secrets can be foretold.
#[derive(Debug)]
pub struct ManualClock {
    started: Instant,
    state: Mutex<ManualState>,
}

#[derive(Debug)]
struct ManualState {
    now: Timestamp,
    elapsed: Duration,
    random: StdRng,
}

impl ManualClock {
    /// A clock that shows `now` until it is moved.
    #[must_use]
    pub fn starting_at(now: Timestamp) -> Self {
        Self::seeded(now, 0)
    }

    /// The same, with ids and randomness of their own for each seed.
    #[must_use]
    pub fn seeded(now: Timestamp, seed: u64) -> Self {
        Self {
            started: SystemClock.instant(),
            state: Mutex::new(ManualState {
                now,
                elapsed: Duration::ZERO,
                random: StdRng::seed_from_u64(seed),
            }),
        }
    }

    /// Lets that much time pass, on the time of day and for measured durations.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state.lock();
        state.now = state.now.saturating_add(duration);
        state.elapsed = state.elapsed.saturating_add(duration);
    }

    /// Sets the time of day, also back, as an operator may; measured durations do not notice.
    pub fn set(&self, now: Timestamp) {
        self.state.lock().now = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().now
    }

    fn instant(&self) -> Instant {
        let elapsed = self.state.lock().elapsed;
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        self.state.lock().random.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::starting_at(START);
        let instant = clock.instant();
        assert_eq!(clock.now(), START);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().as_millis(), START.as_millis() + 90_000);
        assert_eq!(clock.instant() - instant, Duration::from_secs(90));
        clock.set(START);
        assert_eq!(clock.now(), START);
        assert_eq!(clock.instant() - instant, Duration::from_secs(90));
    }

    #[test]
    fn a_seed_repeats_its_ids_and_no_two_ids_are_equal() {
        let ids = |seed| {
            let clock = ManualClock::seeded(START, seed);
            [clock.id128(), clock.id128(), clock.id128()]
        };
        assert_eq!(ids(1), ids(1));
        let mut all = [ids(1), ids(2)].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn ids_are_version_7_and_carry_the_time() {
        let clock = ManualClock::starting_at(START);
        let early = clock.id128();
        clock.advance(Duration::from_millis(1));
        let late = clock.id128();
        assert!(early < late);
        let id = uuid::Uuid::from_u128(early);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(i64::try_from(early >> 80).unwrap(), START.as_millis());
    }

    #[test]
    fn the_system_clock_is_past_2020_and_random() {
        let clock = SystemClock;
        assert!(clock.now().as_millis() > 1_577_836_800_000);
        assert_ne!(clock.id128(), clock.id128());
        assert!(clock.instant() <= clock.instant());
    }
}
