//! Which rule decides: the first enabled one whose condition matches (B40).

use super::conditions::{Facts, Miss};
use super::rule::Rule;
use super::why::PassedOver;

/// The rule that decides, and those above it that did not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'r> {
    /// Those passed over, from the top.
    pub passed_over: Vec<PassedOver>,
    /// The one that matches.
    pub matched: Option<&'r Rule>,
}

/// Looks at rules from top to bottom.
#[must_use]
pub fn choose<'r>(rules: &'r [Rule], facts: &Facts<'_>) -> Choice<'r> {
    let mut passed_over = Vec::new();
    for rule in rules {
        let miss = if rule.enabled {
            rule.when.miss(facts)
        } else {
            Some(Miss::Disabled)
        };
        match miss {
            Some(reason) => passed_over.push(PassedOver {
                rule: rule.id,
                reason,
            }),
            None => {
                return Choice {
                    passed_over,
                    matched: Some(rule),
                };
            }
        }
    }
    Choice {
        passed_over,
        matched: None,
    }
}
