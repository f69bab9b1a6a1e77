//! Routing: who gets a new conversation, by rules that are looked at once, from top to bottom (B40).
//!
//! ```text
//! rules + facts            ──choose────▶ the rule that matches, and those passed over
//! rules + facts + rotation ──route─────▶ what happens to the conversation, and why
//! drafts + directory       ──validate──▶ rules, or every problem at once
//! ```

mod choose;
mod conditions;
mod route;
mod rule;
mod simulation;
mod validate;
mod warnings;
mod why;

pub use choose::{Choice, choose};
pub use conditions::{Facts, Miss};
pub use route::{Effect, Intake, Route, Routed, route};
pub use rule::{Action, Condition, Operator, Rule, RuleSet};
pub use simulation::Simulation;
pub use validate::{ActionDraft, ConditionDraft, RuleDraft, RuleLimits, RuleProblem, validate};
pub use warnings::{Warning, warnings};
pub use why::{
    CANDIDATES_RECORDED_MAX, Candidate, LeftUnassigned, Matched, PassedOver, Routing, Spin,
};

#[cfg(test)]
mod tests;
