//! What routing has done so far: how often each rule matched, and whose turn it is in each team.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::conversation::ConversationEvent;
use crate::domain::directory::{Directory, DirectoryEvent};
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::routing::{LeftUnassigned, Routing};
use crate::domain::{ConversationId, RuleId, Timestamp};

/// How often a rule matched, and what became of it (X09).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTally {
    /// How many conversations it matched, those included that it failed for.
    pub matched_count: u64,
    /// When it last did.
    pub last_matched_at: Option<Timestamp>,
    /// How often it matched and could not be carried out.
    pub failed_count: u64,
    /// The last such case.
    pub last_failure: Option<RuleFailure>,
}

/// A rule matched and could not be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFailure {
    /// When.
    pub at: Timestamp,
    /// For which conversation.
    pub conversation: ConversationId,
    /// Why.
    pub reason: LeftUnassigned,
}

/// The tallies of the present rules; one that never matched may be missing.
pub type RuleTallies = BTreeMap<RuleId, RuleTally>;

/// The turns of a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamTurns {
    /// Whose turn it is, as of the last one.
    pub rotation: Rotation,
    /// Where the log has each turn: that of turn 1 first.
    pub positions: Vec<u64>,
}

impl TeamTurns {
    /// Whose turn it is with those who are in the team now.
    #[must_use]
    pub fn present(&self, team: TeamRef, directory: &Directory) -> Rotation {
        let mut rotation = self.rotation.clone();
        rotation.follow(directory.revision(), || directory.members(team));
        rotation
    }
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingFold {
    /// How often each rule matched.
    pub tallies: RuleTallies,
    turns: BTreeMap<TeamRef, TeamTurns>,
}

impl RoutingFold {
    /// The turns of a team; of one that never had any, none.
    #[must_use]
    pub fn turns(&self, team: TeamRef) -> Option<&TeamTurns> {
        self.turns.get(&team)
    }

    /// The number of the last turn of each team that had any.
    pub fn last_turns(&self) -> impl Iterator<Item = (TeamRef, u64)> {
        self.turns
            .iter()
            .map(|(team, turns)| (*team, turns.rotation.turn()))
    }

    /// Whose turn it is in a team with those who are in it now.
    #[must_use]
    pub fn rotation(&self, team: TeamRef, directory: &Directory) -> Rotation {
        let turns = self.turns(team);
        turns.map_or_else(
            || TeamTurns::default().present(team, directory),
            |turns| turns.present(team, directory),
        )
    }

    /// Takes in the events of the commit at a position, made on this directory.
    pub(super) fn apply_conversation(
        &mut self,
        (seq, at): (u64, Timestamp),
        (conversation, events): (ConversationId, &[ConversationEvent]),
        directory: &Directory,
    ) {
        if let [ConversationEvent::Created(created), ..] = events
            && let Some(routing) = &created.routing
        {
            self.count(routing, conversation, at);
        }
        for (team, _, user) in events.iter().filter_map(ConversationEvent::turn) {
            let turns = self.turns.entry(team).or_default();
            let rotation = &mut turns.rotation;
            rotation.follow(directory.revision(), || directory.members(team));
            rotation.take(user);
            turns.positions.push(seq);
        }
    }

    /// Takes in a change of the directory: rules that are gone are not counted any more.
    pub(super) fn apply_directory(&mut self, event: &DirectoryEvent) {
        if let DirectoryEvent::RulesReplaced { rules, .. } = event {
            self.tallies
                .retain(|id, _| rules.iter().any(|rule| rule.id == *id));
        }
    }

    fn count(&mut self, routing: &Routing, conversation: ConversationId, at: Timestamp) {
        let Some(matched) = &routing.matched else {
            return;
        };
        let tally = self.tallies.entry(matched.rule).or_default();
        tally.matched_count = tally.matched_count.saturating_add(1);
        tally.last_matched_at = Some(at);
        if let Some((_, reason)) = routing.failure() {
            tally.failed_count = tally.failed_count.saturating_add(1);
            tally.last_failure = Some(RuleFailure {
                at,
                conversation,
                reason,
            });
        }
    }
}
