//! Timestamps as clients see them: RFC 3339 in UTC with milliseconds.

use crate::domain::Timestamp;

/// The first and the last moment that RFC 3339 can write: years 0000 and 9999.
const MILLIS_MIN: i64 = -62_167_219_200_000;
const MILLIS_MAX: i64 = 253_402_300_799_999;
const MILLIS_A_DAY: i64 = 86_400_000;

/// A text that is not a time of RFC 3339.
#[derive(Debug, thiserror::Error)]
#[error("not a time of RFC 3339, such as 2026-03-01T09:30:00.000Z")]
pub struct WireTimeError(#[source] jiff::Error);

/// Writes a moment such as `2026-03-01T09:30:00.000Z`.
///
/// By hand, since every answer holds several. Outside the years 0000 to 9999 it is the nearest
/// moment inside them.
#[must_use]
pub fn rfc3339(timestamp: Timestamp) -> String {
    let millis = timestamp.as_millis().clamp(MILLIS_MIN, MILLIS_MAX);
    let (year, month, day) = civil_from_days(millis.div_euclid(MILLIS_A_DAY));
    let of_day = millis.rem_euclid(MILLIS_A_DAY);
    let mut text = String::with_capacity(24);
    push_digits(&mut text, year, 1000);
    text.push('-');
    push_digits(&mut text, month, 10);
    text.push('-');
    push_digits(&mut text, day, 10);
    text.push('T');
    push_digits(&mut text, of_day / 3_600_000, 10);
    text.push(':');
    push_digits(&mut text, of_day / 60_000 % 60, 10);
    text.push(':');
    push_digits(&mut text, of_day / 1000 % 60, 10);
    text.push('.');
    push_digits(&mut text, of_day % 1000, 100);
    text.push('Z');
    text
}

/// Reads a time of RFC 3339 in any offset; what is finer than a millisecond is cut off.
///
/// # Errors
/// When the text is something else.
pub fn parse_rfc3339(text: &str) -> Result<Timestamp, WireTimeError> {
    let parsed: jiff::Timestamp = text.parse().map_err(WireTimeError)?;
    let millis = parsed.as_nanosecond().div_euclid(1_000_000);
    Ok(Timestamp::from_millis(
        i64::try_from(millis).unwrap_or(i64::MAX),
    ))
}

/// Year, month and day of the proleptic Gregorian calendar from days since 1970-01-01.
///
/// The arithmetic counts in eras of 400 years that begin on the first of March, so that the leap
/// day is the last of its year (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days_since_epoch: i64) -> (i64, i64, i64) {
    let days = days_since_epoch + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The digits of `number` from the place `place` (a power of ten) down to the ones.
fn push_digits(text: &mut String, number: i64, mut place: i64) {
    while place > 0 {
        let digit = u8::try_from(number / place % 10).unwrap_or(0);
        text.push(char::from(b'0' + digit));
        place /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn known_moments_are_written_as_expected() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (MILLIS_MIN, "0000-01-01T00:00:00.000Z"),
            (MILLIS_MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_millis(millis)), text);
        }
    }

    #[test]
    fn offsets_are_taken_to_utc_and_finer_digits_are_cut() {
        for text in [
            "2026-03-01T09:30:00.123Z",
            "2026-03-01T10:30:00.123999+01:00",
        ] {
            let moment = parse_rfc3339(text).unwrap();
            assert_eq!(rfc3339(moment), "2026-03-01T09:30:00.123Z");
        }
        assert_eq!(
            parse_rfc3339("1969-12-31T23:59:59.9995Z").unwrap(),
            Timestamp::from_millis(-1)
        );
        for text in ["", "yesterday", "2026-03-01", "2026-02-30T00:00:00Z"] {
            assert!(parse_rfc3339(text).is_err(), "{text}");
        }
    }

    /// What jiff can hold: it stops two days before the end of the year 9999.
    fn millis_of_jiff() -> impl Strategy<Value = i64> {
        MILLIS_MIN..MILLIS_MAX - 2 * MILLIS_A_DAY
    }

    proptest! {
        #[test]
        fn the_calendar_agrees_with_jiff(millis in millis_of_jiff()) {
            let expected = jiff::Timestamp::from_millisecond(millis).unwrap();
            let text = rfc3339(Timestamp::from_millis(millis));
            prop_assert_eq!(&text, &format!("{expected:.3}"));
            prop_assert_eq!(parse_rfc3339(&text).unwrap(), Timestamp::from_millis(millis));
        }
    }
}
