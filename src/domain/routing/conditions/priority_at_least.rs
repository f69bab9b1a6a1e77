//! `priority_at_least`: as urgent, or more so.

use super::Facts;
use crate::domain::conversation::Priority;

pub(super) fn matches(value: Priority, facts: &Facts<'_>) -> bool {
    facts.priority >= value
}
