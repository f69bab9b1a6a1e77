//! Turns: dense in log order, each the turn of a member, and fair.
//!
//! Written from the definition of fairness, and not from the order that the rotation keeps, so that a
//! mistake there is found here.

use std::collections::BTreeMap;

use super::Invariant;
use crate::domain::UserId;
use crate::domain::directory::Directory;
use crate::domain::rotation::TeamRef;

/// What is wrong, in words.
type Broken = (Invariant, String);

/// The turns of all teams so far.
#[derive(Debug, Default)]
pub(super) struct Turns {
    teams: BTreeMap<TeamRef, Ledger>,
}

/// The turns of one team so far.
#[derive(Debug, Default)]
struct Ledger {
    /// How many there were.
    turn: u64,
    /// Its members as of the last one.
    members: BTreeMap<UserId, Standing>,
}

/// What fairness looks at.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Whoever was removed and added again has another.
    joined: u64,
    /// They could have had every turn after this one.
    eligible_since: Option<u64>,
    /// The last one that they had.
    last_turn: Option<u64>,
}

impl Turns {
    /// Somebody has a turn of a team, as the directory stands.
    pub(super) fn spend(
        &mut self,
        (team, turn, user): (TeamRef, u64, UserId),
        directory: &Directory,
    ) -> Result<(), Broken> {
        let ledger = self.teams.entry(team).or_default();
        ledger.follow(team, directory);
        ledger.spend(turn, user)
    }

    /// How many turns a team has had.
    pub(super) fn spent(&self, team: TeamRef) -> u64 {
        self.teams.get(&team).map_or(0, |ledger| ledger.turn)
    }
}

impl Ledger {
    /// Takes in who has joined, left, and become eligible or not since the last turn.
    fn follow(&mut self, team: TeamRef, directory: &Directory) {
        let mut before = std::mem::take(&mut self.members);
        for member in directory.members(team) {
            let known = before
                .remove(&member.user)
                .filter(|known| known.joined == member.joined);
            let eligible = directory.may_be_assigned(member.user);
            let since = known.and_then(|known| known.eligible_since);
            let standing = Standing {
                joined: member.joined,
                eligible_since: eligible.then(|| since.unwrap_or(self.turn)),
                last_turn: known.and_then(|known| known.last_turn),
            };
            self.members.insert(member.user, standing);
        }
    }

    fn spend(&mut self, turn: u64, user: UserId) -> Result<(), Broken> {
        let expected = self.turn.saturating_add(1);
        if turn != expected {
            let detail = format!("turn {turn} is spent where {expected} was expected");
            return Err((Invariant::TurnIsTheAssignment, detail));
        }
        let Some(standing) = self.members.get(&user).copied() else {
            let detail = format!("turn {turn} goes to {user}, who is not in the team");
            return Err((Invariant::TurnIsTheAssignment, detail));
        };
        if let Some(neglected) = self.neglected(standing, user) {
            let detail = format!(
                "{user} has turn {turn}, while {neglected}, as eligible all the time, had none \
                 since {user} had the last"
            );
            return Err((Invariant::Fair, detail));
        }
        self.turn = turn;
        self.members
            .entry(user)
            .and_modify(|standing| standing.last_turn = Some(turn));
        Ok(())
    }

    /// Somebody who has had no turn since this member's last one, though both could have had every turn
    /// since. Where there never is anybody, the picks of two members who are eligible throughout a span
    /// alternate, and so differ by at most one.
    fn neglected(&self, standing: Standing, user: UserId) -> Option<UserId> {
        let last = standing.last_turn?;
        let throughout = |one: &Standing| one.eligible_since.is_some_and(|since| since < last);
        if !throughout(&standing) {
            return None;
        }
        let waits = |one: &Standing| throughout(one) && one.last_turn.is_none_or(|had| had < last);
        self.members
            .iter()
            .find(|(other, one)| **other != user && waits(one))
            .map(|(other, _)| *other)
    }
}
