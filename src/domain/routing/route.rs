//! From rules, facts and a rotation to what happens to a new conversation, and why.

use std::sync::Arc;

use super::choose::choose;
use super::conditions::Facts;
use super::rule::{Action, Rule};
use super::why::{Candidate, LeftUnassigned, Matched, Routing, Spin, candidates};
use crate::domain::UserId;
use crate::domain::conversation::{AssignedBy, Priority};
use crate::domain::directory::Directory;
use crate::domain::rotation::{Rotation, TeamRef};

/// What only the order knows.
#[derive(Debug, Clone, Copy)]
pub struct Intake<'a> {
    /// Whether there is no earlier conversation with this customer's address.
    pub first_message: bool,
    /// The one rotation that may be asked for a turn here, as it stands.
    pub rotation: Option<(TeamRef, &'a Rotation)>,
}

/// What routing comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routed {
    /// It is decided.
    Decided(Box<Route>),
    /// The rule that matches needs a turn of this team, and only that team's rotation can tell whose.
    NeedsTurnOf(TeamRef),
}

/// What happens to a new conversation, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Why.
    pub record: Routing,
    /// What.
    pub effect: Option<Effect>,
}

/// The action of the rule that matched, as it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Somebody gets it.
    Assign {
        /// Who.
        user: UserId,
        /// By which rule, and in which turn.
        by: AssignedBy,
    },
    /// The priority becomes this.
    SetPriority(Priority),
    /// The tag is added.
    AddTag(Arc<str>),
}

/// Routes a new conversation by the rules of a directory.
#[must_use]
pub fn route(facts: &Facts<'_>, directory: &Directory, intake: &Intake<'_>) -> Routed {
    let rules = directory.rules();
    let choice = choose(&rules.items, facts);
    let record = Routing {
        rules_version: rules.version,
        first_message: facts.first_message,
        passed_over: choice.passed_over,
        matched: choice.matched.map(|rule| Matched {
            rule: rule.id,
            name: Arc::clone(&rule.name),
            then: rule.then.clone(),
        }),
        ..Routing::default()
    };
    let Some(rule) = choice.matched else {
        return unassigned(record, LeftUnassigned::NoRuleMatched);
    };
    match &rule.then {
        Action::AssignUser { user } => decided(to_user(record, rule, *user, directory)),
        Action::RoundRobin { team } => match intake.rotation {
            Some((of, rotation)) if of == *team => {
                decided(to_team(record, rule, (of, rotation), directory))
            }
            Some(_) | None => Routed::NeedsTurnOf(*team),
        },
        Action::SetPriority { priority } => labelled(record, Effect::SetPriority(*priority)),
        Action::AddTag { tag } => labelled(record, Effect::AddTag(Arc::clone(tag))),
    }
}

fn decided(route: Route) -> Routed {
    Routed::Decided(Box::new(route))
}

fn unassigned(record: Routing, reason: LeftUnassigned) -> Routed {
    decided(Route {
        record: Routing {
            left_unassigned: Some(reason),
            ..record
        },
        effect: None,
    })
}

fn labelled(record: Routing, effect: Effect) -> Routed {
    decided(Route {
        record: Routing {
            left_unassigned: Some(LeftUnassigned::RuleDoesNotAssign),
            ..record
        },
        effect: Some(effect),
    })
}

fn to_user(mut record: Routing, rule: &Rule, user: UserId, directory: &Directory) -> Route {
    let ineligible = directory.ineligible(user);
    record.candidates = vec![Candidate {
        user,
        last_turn: None,
        ineligible,
    }];
    let effect = if ineligible.is_none() {
        let (rule, name) = (rule.id, Arc::clone(&rule.name));
        let by = AssignedBy::Rule { rule, name };
        Some(Effect::Assign { user, by })
    } else {
        record.left_unassigned = Some(LeftUnassigned::TargetNotEligible);
        None
    };
    Route { record, effect }
}

fn to_team(
    mut record: Routing,
    rule: &Rule,
    (team, rotation): (TeamRef, &Rotation),
    directory: &Directory,
) -> Route {
    let chosen = rotation.next(|user| directory.may_be_assigned(user));
    (record.candidates, record.candidates_omitted) =
        candidates(rotation, chosen, |user| directory.ineligible(user));
    let turn = rotation.next_turn();
    record.rotation = Some(Spin {
        team,
        turn: chosen.map(|_| turn),
    });
    let effect = chosen.map(|user| Effect::Assign {
        user,
        by: AssignedBy::RoundRobin {
            rule: rule.id,
            name: Arc::clone(&rule.name),
            team,
            turn,
        },
    });
    if effect.is_none() {
        record.left_unassigned = Some(LeftUnassigned::NobodyEligible);
    }
    Route { record, effect }
}
