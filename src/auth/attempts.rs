//! Failed sign-ins: so many a minute for one address, then nothing more is compared.
//!
//! The limit is the address's, not the client's, since a guesser has many machines.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clock::Clock;

/// From the first failure on, the time in which failures are added up.
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered at once. A window takes one password comparison at least, so that a
/// machine does not fill this within a minute.
const ADDRESSES_MAX: usize = 65_536;

/// Further attempts are refused for now, right or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed sign-ins with this address")]
pub struct TooManyFailures {
    /// How long until the next attempt is admitted.
    pub wait: Duration,
}

/// See the module.
#[derive(Debug)]
pub struct Attempts {
    per_minute: u32,
    addresses_max: usize,
    clock: Arc<dyn Clock>,
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    failures: u32,
    ends_at: Instant,
}

impl Attempts {
    /// So many failures a minute for one address.
    #[must_use]
    pub fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        Self {
            per_minute,
            addresses_max: ADDRESSES_MAX,
            clock,
            windows: Mutex::default(),
        }
    }

    /// Whether an attempt is admitted. Ask before a password is compared, and again before a right
    /// one is acknowledged: of many attempts sent at once, those beyond the limit learn nothing.
    ///
    /// # Errors
    /// [`TooManyFailures`].
    pub fn check(&self, address: &str) -> Result<(), TooManyFailures> {
        let now = self.clock.instant();
        let windows = self.windows.lock();
        self.within(windows.get(&key(address)), now)
    }

    /// Takes a failure down.
    ///
    /// # Errors
    /// [`TooManyFailures`] when the limit was reached before it: then it is not told from a success.
    pub fn failed(&self, address: &str) -> Result<(), TooManyFailures> {
        let now = self.clock.instant();
        let key = key(address);
        let mut windows = self.windows.lock();
        self.within(windows.get(&key), now)?;
        let failures = match windows.get(&key) {
            Some(window) if window.ends_at > now => window.failures.saturating_add(1),
            Some(_) | None => 1,
        };
        if failures > 1 {
            windows
                .entry(key)
                .and_modify(|window| window.failures = failures);
            return Ok(());
        }
        if windows.len() >= self.addresses_max {
            make_room(&mut windows, self.addresses_max, now);
        }
        let ends_at = now.checked_add(WINDOW).unwrap_or(now);
        windows.insert(key, Window { failures, ends_at });
        Ok(())
    }

    fn within(&self, window: Option<&Window>, now: Instant) -> Result<(), TooManyFailures> {
        match window {
            Some(window) if window.ends_at > now && window.failures >= self.per_minute => {
                Err(TooManyFailures {
                    wait: window.ends_at.saturating_duration_since(now),
                })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Forgets what is over; if nothing is, what is over soonest.
fn make_room(windows: &mut HashMap<String, Window>, max: usize, now: Instant) {
    windows.retain(|_, window| window.ends_at > now);
    if windows.len() < max {
        return;
    }
    let soonest = windows
        .iter()
        .min_by_key(|(_, window)| window.ends_at)
        .map(|(key, _)| key.clone());
    soonest.map(|key| windows.remove(&key));
}

/// Addresses are compared as the directory compares them.
fn key(address: &str) -> String {
    address.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::domain::Timestamp;

    fn attempts(per_minute: u32) -> (Attempts, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::EPOCH));
        let told: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        (Attempts::new(per_minute, told), clock)
    }

    #[test]
    fn the_limit_holds_until_the_minute_is_over() {
        let (attempts, clock) = attempts(2);
        assert_eq!(attempts.failed("maya@example.com"), Ok(()));
        clock.advance(Duration::from_secs(20));
        assert_eq!(attempts.check("maya@example.com"), Ok(()));
        assert_eq!(attempts.failed("maya@example.com"), Ok(()));
        let wait = Duration::from_secs(40);
        assert_eq!(
            attempts.check("maya@example.com"),
            Err(TooManyFailures { wait })
        );
        assert_eq!(
            attempts.failed("maya@example.com"),
            Err(TooManyFailures { wait })
        );
        clock.advance(Duration::from_secs(40));
        assert_eq!(attempts.check("maya@example.com"), Ok(()));
        assert_eq!(attempts.failed("maya@example.com"), Ok(()));
        assert_eq!(attempts.check("maya@example.com"), Ok(()));
    }

    #[test]
    fn an_address_is_one_whatever_its_case_and_others_are_not_concerned() {
        let (attempts, _clock) = attempts(1);
        assert_eq!(attempts.failed("Maya@Example.com "), Ok(()));
        assert!(attempts.check("maya@example.com").is_err());
        assert_eq!(attempts.check("sam@example.com"), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_what_is_over_goes_first() {
        let (mut attempts, clock) = attempts(1);
        attempts.addresses_max = 3;
        for address in ["a", "b", "c"] {
            assert_eq!(attempts.failed(address), Ok(()));
            clock.advance(Duration::from_secs(1));
        }
        assert_eq!(attempts.failed("d"), Ok(()));
        assert_eq!(attempts.windows.lock().len(), 3);
        assert_eq!(attempts.check("a"), Ok(()));
        assert!(attempts.check("b").is_err());
        clock.advance(Duration::from_secs(59));
        assert_eq!(attempts.failed("e"), Ok(()));
        // Of b, c and d only d was still running.
        assert!(attempts.check("d").is_err());
        assert_eq!(attempts.windows.lock().len(), 2);
    }
}
