//! What is odd about rules that can be saved all the same, or that has become so since (X09).

use super::rule::{Action, Rule};
use crate::domain::directory::Directory;
use crate::domain::rotation::TeamRef;
use crate::domain::{RuleId, UserId};

/// Something that the owner of a rule should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// It is never reached: that enabled rule above it matches whenever it would.
    NeverReached {
        /// The rule above.
        by: RuleId,
    },
    /// The person whom it names cannot be assigned any more.
    TargetNotEligible {
        /// Who.
        user: UserId,
    },
    /// Nobody of the team can be assigned now.
    NobodyEligible {
        /// Which team.
        team: TeamRef,
    },
}

/// The warnings of each rule, in their order.
#[must_use]
pub fn warnings(rules: &[Rule], directory: &Directory) -> Vec<Vec<Warning>> {
    let mut above: Vec<&Rule> = Vec::new();
    let mut all = Vec::new();
    for rule in rules {
        let covered = above.iter().find(|earlier| earlier.when.covers(&rule.when));
        let never_reached = covered.map(|earlier| Warning::NeverReached { by: earlier.id });
        let target = target(&rule.then, directory);
        all.push(never_reached.into_iter().chain(target).collect());
        if rule.enabled {
            above.push(rule);
        }
    }
    all
}

fn target(then: &Action, directory: &Directory) -> Option<Warning> {
    match then {
        Action::AssignUser { user } => (!directory.may_be_assigned(*user))
            .then_some(Warning::TargetNotEligible { user: *user }),
        Action::RoundRobin { team } => (!directory.has_eligible_member(*team))
            .then_some(Warning::NobodyEligible { team: *team }),
        Action::SetPriority { .. } | Action::AddTag { .. } => None,
    }
}
