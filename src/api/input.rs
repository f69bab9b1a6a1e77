//! What requests may hold: limits, names of people, fields that can be absent, null or set.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::call::Call;
use super::error::Problem;
use crate::config::LimitsConfig;
use crate::domain::conversation::Note;
use crate::domain::{MessageId, UserId};

/// A field that may be absent (`None`), null (`Some(None)`) or set.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A field that may be absent or null, which both mean nothing in particular.
pub(super) fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A field that must be there but may be null.
pub(super) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// A note as a request has it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteRequest {
    /// The text.
    pub(super) body: String,
    /// The ids of the people it mentions.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) mentions: Vec<String>,
}

impl NoteRequest {
    /// The note, within the limits. `field` is where in the body it stands.
    pub(super) fn into_note(self, call: &Call, field: &str) -> Result<Note, Problem> {
        let limits = &call.state().config.limits;
        let body = text(&self.body, &format!("{field}body"), limits)?;
        let max = limits.mentions_max;
        if self.mentions.len() > max {
            return Err(Problem::invalid(
                &format!("{field}mentions"),
                format!("at most {max} people can be mentioned"),
            ));
        }
        let mentions = self.mentions.iter().map(|id| user_id(id)).collect();
        Ok(Note {
            id: message_id(call),
            body,
            mentions,
        })
    }
}

/// The id that a request names. What is no id of a user at all is as unknown as any other, so that
/// both get the same answer: no user ever has the id of all zeros.
pub(super) fn user_id(text: &str) -> UserId {
    text.parse().unwrap_or(UserId::from_u128(0))
}

/// The person that a request names, where `me` is the caller. A service is nobody, so its `me` is as
/// unknown as any other text.
pub(super) fn named_user(text: &str, caller: Option<UserId>) -> UserId {
    match (text, caller) {
        ("me", Some(caller)) => caller,
        (text, _) => user_id(text),
    }
}

/// A new id for a message.
pub(super) fn message_id(call: &Call) -> MessageId {
    MessageId::from_u128(call.state().clock.id128())
}

/// The text of a message: not empty, and within the limit.
pub(super) fn text(text: &str, field: &str, limits: &LimitsConfig) -> Result<Arc<str>, Problem> {
    let max = limits.text_bytes_max;
    if text.trim().is_empty() {
        return Err(Problem::invalid(field, "must not be empty"));
    }
    if text.len() > max {
        return Err(Problem::invalid(
            field,
            format!("may have {max} bytes at most"),
        ));
    }
    Ok(Arc::from(text))
}

/// A short line of text: within so many characters.
pub(super) fn line(text: &str, field: &str, chars_max: usize) -> Result<(), Problem> {
    if text.chars().count() > chars_max {
        return Err(Problem::invalid(
            field,
            format!("may have {chars_max} characters at most"),
        ));
    }
    Ok(())
}

/// Tags: not too many, none empty, none too long.
pub(super) fn tags(tags: &[String], limits: &LimitsConfig) -> Result<(), Problem> {
    words(tags, "tags", limits)
}

/// Tags, and what is compared with them: not too many, none empty, none too long.
pub(super) fn words(words: &[String], field: &str, limits: &LimitsConfig) -> Result<(), Problem> {
    let (max, chars) = (limits.tags_max, limits.tag_chars_max);
    if words.len() > max {
        return Err(Problem::invalid(field, format!("at most {max} {field}")));
    }
    if words.iter().any(|word| word.trim().is_empty()) {
        return Err(Problem::invalid(field, "none of them may be empty"));
    }
    words.iter().try_for_each(|word| line(word, field, chars))
}

/// A share of a hundred.
pub(super) fn percentage(value: u8, field: &str) -> Result<(), Problem> {
    if value <= 100 {
        return Ok(());
    }
    Err(Problem::invalid(field, "must be from 0 to 100"))
}

/// Custom fields: not too many, with names, and values within the limit.
pub(super) fn custom_fields<'a>(
    fields: impl ExactSizeIterator<Item = (&'a String, Option<&'a String>)>,
    limits: &LimitsConfig,
) -> Result<(), Problem> {
    let max = limits.custom_fields_max;
    if fields.len() > max {
        return Err(Problem::invalid(
            "custom_fields",
            format!("at most {max} custom fields"),
        ));
    }
    for (name, value) in fields {
        if name.trim().is_empty() {
            return Err(Problem::invalid("custom_fields", "a field needs a name"));
        }
        line(name, "custom_fields", limits.custom_field_name_chars_max)?;
        let field = format!("custom_fields.{name}");
        value.map_or(Ok(()), |value| {
            line(value, &field, limits.custom_field_value_chars_max)
        })?;
    }
    Ok(())
}
