//! `custom_field`: a field equals a value, does not equal it, or contains it; letter by letter.

use super::Facts;
use crate::domain::routing::rule::Operator;

/// A field that is not there equals and contains nothing.
pub(super) fn matches(field: &str, operator: Operator, value: &str, facts: &Facts<'_>) -> bool {
    let found = facts.custom_fields.get(field).map(String::as_str);
    match operator {
        Operator::Equals => found == Some(value),
        Operator::NotEquals => found != Some(value),
        Operator::Contains => found.is_some_and(|found| found.contains(value)),
    }
}

/// Whether the one comparison of a field holds whenever the other does.
pub(super) fn covers(one: (Operator, &str), other: (Operator, &str)) -> bool {
    let ((operator, value), (other_operator, other)) = (one, other);
    match (operator, other_operator) {
        (Operator::Equals, Operator::Equals) | (Operator::NotEquals, Operator::NotEquals) => {
            value == other
        }
        (Operator::Contains, Operator::Equals | Operator::Contains) => other.contains(value),
        (Operator::NotEquals, Operator::Equals) => value != other,
        // What contains the other text cannot be a value that does not.
        (Operator::NotEquals, Operator::Contains) => !value.contains(other),
        (Operator::Equals, Operator::NotEquals | Operator::Contains)
        | (Operator::Contains, Operator::NotEquals) => false,
    }
}
