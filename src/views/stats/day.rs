//! When a day began, where the workspace is.

use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// The first moment of the day that a moment is in, in an IANA time zone; in UTC if that is unknown.
///
/// Where the clocks go forward at midnight the day begins after it.
pub(super) fn began(now: Timestamp, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let moment = jiff::Timestamp::from_millisecond(now.as_millis());
    let start = moment.and_then(|moment| moment.to_zoned(zone).start_of_day());
    // Beyond what the calendar can hold there is no midnight to find.
    start.map_or(now, |start| {
        Timestamp::from_millis(start.timestamp().as_millisecond())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire_time::{parse_rfc3339, rfc3339};

    #[track_caller]
    fn day(now: &str, zone: &str) -> String {
        rfc3339(began(parse_rfc3339(now).unwrap(), zone))
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_workspace_is() {
        let now = "2026-03-01T09:30:00Z";
        assert_eq!(day(now, "UTC"), "2026-03-01T00:00:00.000Z");
        assert_eq!(day(now, "Europe/Berlin"), "2026-02-28T23:00:00.000Z");
        assert_eq!(day(now, "Asia/Kathmandu"), "2026-02-28T18:15:00.000Z");
        assert_eq!(day(now, "Nowhere/At_All"), "2026-03-01T00:00:00.000Z");
    }

    #[test]
    fn also_when_the_clocks_change() {
        // The clocks went forward at two; midnight was still winter time.
        let spring = "2026-03-29T12:00:00Z";
        assert_eq!(day(spring, "Europe/Berlin"), "2026-03-28T23:00:00.000Z");
        // In Cairo they go forward at midnight: the day begins at one.
        let cairo = "2026-04-24T12:00:00Z";
        assert_eq!(day(cairo, "Africa/Cairo"), "2026-04-23T22:00:00.000Z");
    }
}
