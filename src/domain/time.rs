//! A moment as a value. The domain is told the time, it never asks for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, in UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const EPOCH: Self = Self(0);

    /// The moment that many milliseconds after the Unix epoch, or before it when negative.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment `duration` later, or the last one there is.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// The moment `duration` earlier, or the first one there is.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let millis = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let last = Timestamp::from_millis(i64::MAX);
        let first = Timestamp::from_millis(i64::MIN);
        assert_eq!(last.saturating_add(Duration::from_secs(1)), last);
        assert_eq!(first.saturating_sub(Duration::MAX), first);
        assert_eq!(first.saturating_since(last), Duration::ZERO);
        assert_eq!(
            last.saturating_since(first),
            Duration::from_millis(u64::MAX)
        );
    }

    #[test]
    fn a_duration_moves_a_moment_by_whole_milliseconds() {
        let start = Timestamp::from_millis(1_000);
        let later = start.saturating_add(Duration::from_micros(2_999));
        assert_eq!(later.as_millis(), 1_002);
        assert_eq!(later.saturating_since(start), Duration::from_millis(2));
        assert_eq!(later.saturating_sub(Duration::from_millis(2)), start);
    }

    #[test]
    fn it_is_stored_as_a_number() {
        let moment = Timestamp::from_millis(1_700_000_000_123);
        let stored = serde_json::to_string(&moment).unwrap();
        assert_eq!(stored, "1700000000123");
        assert_eq!(serde_json::from_str::<Timestamp>(&stored).unwrap(), moment);
    }
}
