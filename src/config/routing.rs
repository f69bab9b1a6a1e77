//! `[routing]`: rules, teams and simulations.

use serde::{Deserialize, Serialize};

/// A character takes at most so many bytes in JSON that is itself a text in JSON.
const CHAR_BYTES: usize = 7;
/// The ids, times and words of a rule, and of what is said about it.
const RULE_BYTES: usize = 2048;
/// An id in a list.
const ID_BYTES: usize = 64;

/// How many rules and teams a workspace may have, and how large they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingConfig {
    /// Rules of a workspace.
    pub rules_max: usize,
    /// Characters of a rule's name.
    pub rule_name_chars_max: usize,
    /// Characters of what a condition compares with.
    pub condition_value_chars_max: usize,
    /// Teams of a workspace, besides that of everybody.
    pub teams_max: usize,
    /// Characters of a team's name.
    pub team_name_chars_max: usize,
    /// Members of a team.
    pub team_members_max: usize,
    /// Conversations of one simulation.
    pub simulation_conversations_max: usize,
    /// Simulations at once, over all workspaces.
    pub simulations_max: usize,
}

impl RoutingConfig {
    /// The bytes that no record about rules or teams, and no remembered answer, can be over; the names
    /// of custom fields and tags may have so many characters.
    #[must_use]
    pub fn record_bytes_max(&self, label_chars_max: usize) -> usize {
        let rule = self
            .rule_name_chars_max
            .saturating_add(self.condition_value_chars_max)
            .saturating_add(label_chars_max)
            .saturating_mul(CHAR_BYTES)
            .saturating_add(RULE_BYTES);
        let team = self.team_members_max.saturating_mul(ID_BYTES);
        self.rules_max
            .saturating_mul(rule)
            .max(team.saturating_add(RULE_BYTES))
    }
}
