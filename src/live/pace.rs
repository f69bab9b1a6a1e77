//! How fast a client may send: a rate, with a second's worth at once (the generic cell rate
//! algorithm).

use std::time::{Duration, Instant};

/// See the module.
#[derive(Debug)]
pub(super) struct Pace {
    /// The time that one frame uses up.
    each: Duration,
    /// When all that was used up has been made good.
    even_at: Option<Instant>,
}

/// How much may be used up ahead of time.
const AHEAD: Duration = Duration::from_secs(1);

impl Pace {
    pub(super) fn new(frames_per_second: u32) -> Self {
        let each = Duration::from_secs(1) / frames_per_second.max(1);
        let even_at = None;
        Self { each, even_at }
    }

    /// Whether one more may come now.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let from = self.even_at.map_or(now, |at| at.max(now));
        let Some(even_at) = from.checked_add(self.each) else {
            return false;
        };
        if even_at.saturating_duration_since(now) > AHEAD {
            return false;
        }
        self.even_at = Some(even_at);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::domain::Timestamp;

    #[test]
    fn a_second_at_once_and_then_the_rate() {
        let start = ManualClock::starting_at(Timestamp::EPOCH).instant();
        let mut pace = Pace::new(10);
        assert_eq!((0..20).filter(|_| pace.admits(start)).count(), 10);
        let later = start + Duration::from_millis(250);
        assert_eq!((0..20).filter(|_| pace.admits(later)).count(), 2);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..20).filter(|_| pace.admits(much_later)).count(), 10);
    }
}
