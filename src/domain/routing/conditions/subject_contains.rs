//! `subject_contains`: a text in the subject, whatever the case of the letters.

use super::Facts;

pub(super) fn matches(value: &str, facts: &Facts<'_>) -> bool {
    covers(value, facts.subject)
}

/// Whether the text is in the other, and so in every subject that the other is in.
pub(super) fn covers(value: &str, other: &str) -> bool {
    other.to_lowercase().contains(&value.to_lowercase())
}
