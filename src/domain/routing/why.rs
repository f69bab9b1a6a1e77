//! The record of a decision (X02): part of the event that creates a conversation, so that every
//! assignment by a rule, and every one that did not come about, can be explained for years.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::conditions::Miss;
use super::rule::Action;
use crate::domain::conversation::named;
use crate::domain::directory::Ineligible;
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::{RuleId, UserId};

/// How many candidates a record names; of more it says how many there were.
pub const CANDIDATES_RECORDED_MAX: usize = 50;

/// Why a conversation has the owner that it was born with, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The version of the rules that were looked at.
    pub rules_version: u64,
    /// Whether it was the first conversation with this customer's address.
    pub first_message: bool,
    /// The rules that did not match, from the top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// The rule that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Matched>,
    /// Those among whom it chose: of a rotation in the order of their next turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub candidates_omitted: u64,
    /// The rotation that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Spin>,
    /// Why nobody got it; nothing when somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_unassigned: Option<LeftUnassigned>,
}

impl Routing {
    /// The rule that matched and could not be carried out, and why.
    #[must_use]
    pub fn failure(&self) -> Option<(RuleId, LeftUnassigned)> {
        let matched = self.matched.as_ref()?;
        let reason = self.left_unassigned.filter(|reason| reason.is_failure())?;
        Some((matched.rule, reason))
    }
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A rule that was looked at and did not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Which.
    pub rule: RuleId,
    /// Why it did not.
    pub reason: Miss,
}

/// The rule that matched; its name and action are kept, since rules are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Its id.
    pub rule: RuleId,
    /// Its name then.
    pub name: Arc<str>,
    /// What it did.
    pub then: Action,
}

/// Somebody who might have got the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub user: UserId,
    /// Their last turn, if a rotation was asked; see [`crate::domain::rotation::Place::last_turn`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_turn: Option<u64>,
    /// Why they could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ineligible: Option<Ineligible>,
}

/// A rotation that was asked for its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spin {
    /// Among whom.
    pub team: TeamRef,
    /// The turn that was spent; none when nobody could take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u64>,
}

named! {
    /// Why a conversation was born without an owner (B43, B44).
    LeftUnassigned {
        /// No rule matched.
        NoRuleMatched = "no_rule_matched",
        /// The rule that matched does something else than assign.
        RuleDoesNotAssign = "rule_does_not_assign",
        /// The person that the rule names cannot be assigned.
        TargetNotEligible = "target_not_eligible",
        /// Nobody of the team can be assigned.
        NobodyEligible = "nobody_eligible",
    }
}

impl LeftUnassigned {
    /// Whether a rule matched and could not be carried out.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        match self {
            Self::TargetNotEligible | Self::NobodyEligible => true,
            Self::NoRuleMatched | Self::RuleDoesNotAssign => false,
        }
    }
}

/// The members of a rotation in their order, as far as a record names them: always with whoever is
/// chosen. Also how many it leaves out.
pub(super) fn candidates(
    rotation: &Rotation,
    chosen: Option<UserId>,
    ineligible: impl Fn(UserId) -> Option<Ineligible>,
) -> (Vec<Candidate>, u64) {
    let candidate = |user, last_turn| Candidate {
        user,
        last_turn: Some(last_turn),
        ineligible: ineligible(user),
    };
    let order = rotation.order().enumerate();
    let named =
        order.filter(|(place, one)| *place < CANDIDATES_RECORDED_MAX || chosen == Some(one.user));
    let named: Vec<_> = named
        .map(|(_, place)| candidate(place.user, place.last_turn))
        .collect();
    let omitted = rotation.len().saturating_sub(named.len());
    (named, u64::try_from(omitted).unwrap_or(u64::MAX))
}
