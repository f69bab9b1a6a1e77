//! When a digest is sent: on the hour, and at 08:00, as the clock on somebody's wall shows it.

use jiff::tz::TimeZone;
use jiff::{RoundMode, ToSpan, Unit, ZonedRound};

use crate::domain::Timestamp;

/// The hour of the day at which daily digests are sent (S08).
const DAILY_HOUR: i8 = 8;

/// The time zone of that name in the IANA database; UTC when it no longer knows the name.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The next full hour after a moment. Never in the past, whatever the clocks do.
pub(super) fn next_hour(after: Timestamp, zone: &TimeZone) -> Timestamp {
    let found = jiff::Timestamp::from_millisecond(after.as_millis()).and_then(|after| {
        let hour = ZonedRound::new()
            .smallest(Unit::Hour)
            .mode(RoundMode::Trunc);
        let next = after
            .to_zoned(zone.clone())
            .round(hour)?
            .checked_add(1.hour())?;
        Ok(next.timestamp().as_millisecond())
    });
    later(after, found)
}

/// The next 08:00 after a moment. A day on which the clocks change has 23 or 25 hours; where there is
/// no 08:00 on a day it is as much later as the clocks are put forward.
pub(super) fn next_morning(after: Timestamp, zone: &TimeZone) -> Timestamp {
    let found = jiff::Timestamp::from_millisecond(after.as_millis()).and_then(|after| {
        let mut date = after.to_zoned(zone.clone()).date();
        loop {
            let morning = date.at(DAILY_HOUR, 0, 0, 0).to_zoned(zone.clone())?;
            if morning.timestamp() > after {
                return Ok(morning.timestamp().as_millisecond());
            }
            date = date.tomorrow()?;
        }
    });
    later(after, found)
}

/// At the end of time there is no later.
fn later(after: Timestamp, found: Result<i64, jiff::Error>) -> Timestamp {
    found.map_or(after, Timestamp::from_millis).max(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use proptest::sample::select;

    use super::*;
    use crate::wire_time::{parse_rfc3339, rfc3339};

    fn at(text: &str) -> Timestamp {
        parse_rfc3339(text).unwrap()
    }

    fn mornings(from: &str, name: &str, count: usize) -> Vec<String> {
        let mut now = at(from);
        let next = || {
            now = next_morning(now, &zone(name));
            rfc3339(now)
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn the_morning_is_at_eight_on_both_sides_of_a_change_of_the_clocks() {
        // Berlin puts the clocks forward on 29 March 2026 and back on 25 October 2026.
        assert_eq!(
            mornings("2026-03-28T06:59:59Z", "Europe/Berlin", 3),
            [
                "2026-03-28T07:00:00.000Z",
                "2026-03-29T06:00:00.000Z",
                "2026-03-30T06:00:00.000Z"
            ]
        );
        assert_eq!(
            mornings("2026-10-24T06:00:00Z", "Europe/Berlin", 2),
            ["2026-10-25T07:00:00.000Z", "2026-10-26T07:00:00.000Z"]
        );
        // New York, a day with 23 hours.
        assert_eq!(
            mornings("2026-03-07T13:00:00Z", "America/New_York", 2),
            ["2026-03-08T12:00:00.000Z", "2026-03-09T12:00:00.000Z"]
        );
        // Samoa left out 30 December 2011.
        assert_eq!(
            mornings("2011-12-29T19:00:00Z", "Pacific/Apia", 1),
            ["2011-12-30T18:00:00.000Z"]
        );
    }

    #[test]
    fn the_hour_is_that_of_the_wall() {
        let next = |from, name| rfc3339(next_hour(at(from), &zone(name)));
        assert_eq!(
            next("2026-01-01T10:00:00Z", "UTC"),
            "2026-01-01T11:00:00.000Z"
        );
        assert_eq!(
            next("2026-01-01T10:10:00Z", "Asia/Kolkata"),
            "2026-01-01T10:30:00.000Z"
        );
        assert_eq!(
            next("2026-10-25T00:30:00Z", "Europe/Berlin"),
            "2026-10-25T01:00:00.000Z"
        );
    }

    #[test]
    fn a_zone_that_is_no_longer_known_is_utc() {
        assert_eq!(zone("Mars/Olympus"), TimeZone::UTC);
    }

    proptest! {
        #[test]
        fn there_is_always_a_next_one_and_it_is_near(
            millis in 0_i64..4_000_000_000_000,
            name in select(vec!["UTC", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo"]),
            _salt in any::<bool>(),
        ) {
            let now = Timestamp::from_millis(millis);
            let hour = next_hour(now, &zone(name)).as_millis() - millis;
            assert!(hour > 0 && hour <= 3_600_000 * 2, "{hour}");
            let day = next_morning(now, &zone(name)).as_millis() - millis;
            assert!(day > 0 && day <= 3_600_000 * 49, "{day}");
        }
    }
}
