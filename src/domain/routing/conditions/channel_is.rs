//! `channel_is`: how the customer reached the workspace.

use super::Facts;
use crate::domain::conversation::Channel;

pub(super) fn matches(value: Channel, facts: &Facts<'_>) -> bool {
    facts.channel == value
}
