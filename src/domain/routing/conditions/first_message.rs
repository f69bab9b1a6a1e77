//! `first_message`: the workspace has no earlier conversation with this customer's address. Whether
//! that is so is known only where conversations are ordered, and comes as a fact.

use super::Facts;

pub(super) const fn matches(facts: &Facts<'_>) -> bool {
    facts.first_message
}
