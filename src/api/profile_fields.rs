//! What people are called and how they are reached, as requests have it: checked, and made ours.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::error::Problem;
use crate::config::AuthConfig;

/// Characters of a person's or token's name.
const NAME_CHARS_MAX: usize = 200;
/// Characters of an address (RFC 5321).
const EMAIL_CHARS_MAX: usize = 254;
/// Characters of a Slack account's id.
const SLACK_USER_ID_CHARS_MAX: usize = 64;

/// A name: not empty, one line; spaces around it do not belong to it.
pub(super) fn name(text: &str) -> Result<Arc<str>, Problem> {
    let name = text.trim();
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        let detail = format!("must have 1 to {NAME_CHARS_MAX} characters");
        return Err(Problem::invalid("name", detail));
    }
    if name.chars().any(char::is_control) {
        return Err(Problem::invalid("name", "must be one line of text"));
    }
    Ok(Arc::from(name))
}

/// An address: something on both sides of its one `@`. Whether mail arrives there is not for a
/// pattern to say.
pub(super) fn email(text: &str, field: &str) -> Result<Arc<str>, Problem> {
    let refused = |detail: &str| Err(Problem::invalid(field, detail));
    if text.chars().count() > EMAIL_CHARS_MAX {
        return refused("may have 254 characters at most");
    }
    if text
        .chars()
        .any(|one| one.is_whitespace() || one.is_control())
    {
        return refused("must not have spaces");
    }
    match text.split_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() && !host.contains('@') => {
            Ok(Arc::from(text))
        }
        Some(_) | None => refused("must be of the form user@host"),
    }
}

/// A new password: long enough, and not too long to be hashed.
pub(super) fn password(text: &str, auth: &AuthConfig) -> Result<(), Problem> {
    let permitted = auth.password_chars();
    if permitted.contains(&text.chars().count()) {
        return Ok(());
    }
    let (min, max) = (permitted.start(), permitted.end());
    let detail = format!("must have {min} to {max} characters");
    Err(Problem::invalid("password", detail))
}

/// An IANA time zone, in the spelling of the database.
pub(super) fn time_zone(text: &str) -> Result<Arc<str>, Problem> {
    let unknown = || {
        let detail = "must be a time zone of the IANA database, such as Europe/Berlin";
        Problem::invalid("time_zone", detail)
    };
    let zone = TimeZone::get(text).map_err(|_unknown| unknown())?;
    zone.iana_name().map(Arc::from).ok_or_else(unknown)
}

/// The id of a Slack account.
pub(super) fn slack_user_id(text: &str) -> Result<Arc<str>, Problem> {
    let fits = (1..=SLACK_USER_ID_CHARS_MAX).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(Arc::from(text));
    }
    let detail = format!("must be 1 to {SLACK_USER_ID_CHARS_MAX} ASCII letters and digits");
    Err(Problem::invalid("slack_user_id", detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn an_address_has_one_at_and_no_spaces() {
        let longest = format!("{}@b", "a".repeat(252));
        for good in ["maya@example.com", "a@b", "müller@exämple.de", &longest] {
            assert_eq!(&*email(good, "email").unwrap(), good);
        }
        let too_long = format!("{}@b", "a".repeat(253));
        for bad in [
            "",
            "@",
            "maya",
            "maya@",
            "@example.com",
            "a@b@c",
            "a b@c",
            " a@b",
            "a@b\n",
            &too_long,
        ] {
            assert!(email(bad, "email").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_a_line_of_1_to_200_characters() {
        assert_eq!(&*name("  Maya Ö.  ").unwrap(), "Maya Ö.");
        assert!(name(&"ö".repeat(200)).is_ok());
        for bad in ["", "   ", "a\nb", &"ö".repeat(201)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_measured_in_characters() {
        let auth = Config::load(None, std::iter::empty()).unwrap().auth;
        assert!(password("öööööööö", &auth).is_ok());
        assert!(password("ööööööö", &auth).is_err());
        assert!(password(&"x".repeat(1024), &auth).is_ok());
        assert!(password(&"x".repeat(1025), &auth).is_err());
    }

    #[test]
    fn time_zones_are_known_ones() {
        assert_eq!(&*time_zone("europe/berlin").unwrap(), "Europe/Berlin");
        assert_eq!(&*time_zone("UTC").unwrap(), "UTC");
        for bad in ["", "Mars/Olympus", "+02:00", "../../etc/passwd"] {
            assert!(time_zone(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn slack_accounts_have_ids_of_letters_and_digits() {
        assert!(slack_user_id("U012AB3CD").is_ok());
        for bad in ["", "@maya", "U 1", &"U".repeat(65)] {
            assert!(slack_user_id(bad).is_err(), "{bad:?}");
        }
    }
}
