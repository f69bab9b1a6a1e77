//! `from_domain`: the domain of the customer's address, or one below it, at a label's boundary (S04):
//! `example.com` matches `mail.example.com`, and never `notexample.com`.

use super::Facts;

pub(super) fn matches(value: &str, facts: &Facts<'_>) -> bool {
    let domain = facts.email.trim().rsplit_once('@');
    domain.is_some_and(|(_, domain)| covers(value, domain))
}

/// Whether the other domain is this one or below it.
pub(super) fn covers(value: &str, other: &str) -> bool {
    let (value, other) = (plain(value), plain(other));
    other
        .strip_suffix(&value)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// In small letters, and without the dot that may end a domain or the sign that may begin one.
fn plain(domain: &str) -> String {
    let domain = domain.trim().trim_start_matches('@');
    domain.trim_end_matches('.').to_lowercase()
}
