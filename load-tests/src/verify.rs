//! Judges one conversation: its state and its history against what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::LoadError,
    ledger::Ledger,
    listing,
    patient::PatientClient,
    wire::{ConversationView, HistoryEntry},
};

/// Whether every change has had its answer, so that history may hold nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// All of them have.
    Complete,
    /// Some requests were never answered: they may or may not have happened.
    SomeMissing,
}

/// Reads a conversation from the server and judges it.
pub async fn judge(
    client: &mut PatientClient,
    token: &str,
    conversation: &str,
    ledger: &Ledger,
    answers: Answers,
) -> Result<Vec<String>, LoadError> {
    let view = match listing::conversation(client, token, conversation).await {
        Ok(view) => view,
        Err(LoadError::Unexpected { status: 404, .. }) => {
            return Ok(vec![format!(
                "{conversation}: the acknowledged conversation is gone"
            )]);
        }
        Err(error) => return Err(error),
    };
    let history = listing::history(client, token, conversation).await?;
    Ok(violations(&view, &history, ledger, answers))
}

/// Everything that is wrong with the conversation, each in a sentence.
pub fn violations(
    view: &ConversationView,
    history: &[HistoryEntry],
    ledger: &Ledger,
    answers: Answers,
) -> Vec<String> {
    let mut found = ledger.contradictions.clone();
    found.extend(gaps(view, history));
    let (owners, broken_links) = owners(history);
    found.extend(broken_links);
    let last = owners
        .last_key_value()
        .and_then(|(_, change)| change.owner.clone());
    let assignee = view.assignee.as_ref().map(|person| person.id.clone());
    if last != assignee {
        let (last, assignee) = (name(last.as_deref()), name(assignee.as_deref()));
        found.push(format!(
            "history ends with {last} as the owner, the conversation has {assignee}"
        ));
    }
    found.extend(wrong_acknowledgements(ledger, &owners));
    found.extend(wrong_refusals(ledger, &owners));
    if answers == Answers::Complete {
        found.extend(unacknowledged(ledger, &owners));
    }
    found
        .iter()
        .map(|violation| format!("{}: {violation}", view.id))
        .collect()
}

/// The owner from one version on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ownership {
    owner: Option<String>,
    actor: Option<String>,
}

/// Versions and commits have to grow without a gap, and to end where the conversation is.
fn gaps(view: &ConversationView, history: &[HistoryEntry]) -> Vec<String> {
    let mut found = Vec::new();
    let (mut version, mut seq) = (0, 0);
    for entry in history {
        let same_commit = entry.version == version && entry.seq == seq;
        let next_commit = entry.version == version + 1 && entry.seq > seq;
        if !same_commit && !next_commit {
            found.push(format!(
                "history goes from version {version} (seq {seq}) to version {} (seq {})",
                entry.version, entry.seq
            ));
        }
        (version, seq) = (entry.version, entry.seq);
    }
    if version != view.version {
        let at = view.version;
        found.push(format!(
            "history ends at version {version}, the conversation is at {at}"
        ));
    }
    found
}

/// The owner from each version on, and the entries that do not link to the one before.
fn owners(history: &[HistoryEntry]) -> (BTreeMap<u64, Ownership>, Vec<String>) {
    let mut owners: BTreeMap<u64, Ownership> = BTreeMap::new();
    let mut broken = Vec::new();
    let mut present: Option<String> = None;
    for entry in history {
        let Some((from, to)) = entry.owners() else {
            continue;
        };
        let version = entry.version;
        if from != present {
            let (from, present) = (name(from.as_deref()), name(present.as_deref()));
            broken.push(format!(
                "version {version} changes the owner from {from}, it was {present}"
            ));
        }
        let actor = entry.actor_id().map(str::to_owned);
        present.clone_from(&to);
        if owners
            .insert(version, Ownership { owner: to, actor })
            .is_some()
        {
            broken.push(format!("version {version} changes the owner twice"));
        }
    }
    (owners, broken)
}

/// Each acknowledged change is at its version, and no two are at one.
fn wrong_acknowledgements(ledger: &Ledger, owners: &BTreeMap<u64, Ownership>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for acknowledged in &ledger.acknowledged {
        let version = acknowledged.version;
        let wanted = name(acknowledged.owner.as_deref());
        if !seen.insert(version) {
            found.push(format!("two acknowledged changes have version {version}"));
        }
        match owners.get(&version) {
            None => found.push(format!(
                "the acknowledged change to {wanted} at version {version} is not in history"
            )),
            Some(change) if change.owner != acknowledged.owner => {
                let owner = name(change.owner.as_deref());
                found.push(format!(
                    "version {version} was acknowledged as {wanted}, history has {owner}"
                ));
            }
            Some(change)
                if change
                    .actor
                    .as_ref()
                    .is_some_and(|id| *id != acknowledged.actor) =>
            {
                let actor = name(change.actor.as_deref());
                let by = &acknowledged.actor;
                found.push(format!(
                    "version {version} was acknowledged to {by}, history has it by {actor}"
                ));
            }
            Some(_) => {}
        }
    }
    found
}

/// Each refusal named the owner that history has at that version.
fn wrong_refusals(ledger: &Ledger, owners: &BTreeMap<u64, Ownership>) -> Vec<String> {
    let mut found = Vec::new();
    for refused in &ledger.refused {
        let version = refused.version;
        let at_that_time = owners.range(..=version).next_back();
        let owner = at_that_time.and_then(|(_, change)| change.owner.as_deref());
        if refused.owner.is_none() || refused.owner.as_deref() != owner {
            let (named, owner) = (name(refused.owner.as_deref()), name(owner));
            found.push(format!(
                "a refusal named {named} at version {version}, history has {owner}"
            ));
        }
    }
    found
}

/// History holds no change that nobody was told of; what creation did needs no answer of its own.
fn unacknowledged(ledger: &Ledger, owners: &BTreeMap<u64, Ownership>) -> Vec<String> {
    let known: BTreeSet<u64> = ledger
        .acknowledged
        .iter()
        .map(|change| change.version)
        .collect();
    let surplus = owners
        .iter()
        .filter(|(version, _)| **version > 1 && !known.contains(version));
    surplus
        .map(|(version, change)| {
            let owner = name(change.owner.as_deref());
            format!("history has a change to {owner} at version {version} that no client made")
        })
        .collect()
}

fn name(owner: Option<&str>) -> &str {
    owner.unwrap_or("nobody")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        ledger::{Acknowledged, Refused},
        wire::PersonView,
    };

    fn entry(version: u64, change: Option<(Option<&str>, Option<&str>)>) -> HistoryEntry {
        let person = |id: Option<&str>| id.map(|id| json!({"id": id, "name": id}));
        HistoryEntry {
            seq: version * 10,
            version,
            kind: String::new(),
            actor: Some(json!({"kind": "user", "id": "a"})),
            changes: change.map_or_else(
                || json!({}),
                |(from, to)| json!({"assignee": {"from": person(from), "to": person(to)}}),
            ),
        }
    }

    /// Created, given to a, given to b.
    fn history() -> Vec<HistoryEntry> {
        vec![
            entry(1, None),
            entry(2, Some((None, Some("a")))),
            entry(3, Some((Some("a"), Some("b")))),
        ]
    }

    fn view(version: u64, owner: Option<&str>) -> ConversationView {
        ConversationView {
            id: "c".to_owned(),
            external_id: None,
            status: "open".to_owned(),
            version,
            assignee: owner.map(|id| PersonView { id: id.to_owned() }),
        }
    }

    fn acknowledged(version: u64, owner: &str) -> Acknowledged {
        Acknowledged {
            version,
            owner: Some(owner.to_owned()),
            actor: "a".to_owned(),
        }
    }

    fn ledger() -> Ledger {
        Ledger {
            acknowledged: vec![acknowledged(3, "b"), acknowledged(2, "a")],
            refused: vec![Refused {
                version: 2,
                owner: Some("a".to_owned()),
            }],
            contradictions: Vec::new(),
        }
    }

    fn judged(view: &ConversationView, history: &[HistoryEntry], ledger: &Ledger) -> String {
        violations(view, history, ledger, Answers::Complete).join("; ")
    }

    #[test]
    fn a_right_history_has_no_violation() {
        assert_eq!(judged(&view(3, Some("b")), &history(), &ledger()), "");
    }

    #[test]
    fn a_missing_version_is_a_gap() {
        let mut history = history();
        history.remove(1);
        let found = judged(&view(3, Some("b")), &history, &ledger());
        assert!(
            found.contains("from version 1 (seq 10) to version 3"),
            "{found}"
        );
        assert!(
            found.contains("change to a at version 2 is not in history"),
            "{found}"
        );
    }

    #[test]
    fn an_end_that_is_missing_is_a_lost_acknowledgement() {
        let found = judged(&view(2, Some("a")), &history()[..2], &ledger());
        assert_eq!(
            found,
            "c: the acknowledged change to b at version 3 is not in history"
        );
    }

    #[test]
    fn an_owner_that_history_does_not_explain_is_found() {
        let found = judged(&view(3, None), &history(), &ledger());
        assert_eq!(
            found,
            "c: history ends with b as the owner, the conversation has nobody"
        );
    }

    #[test]
    fn two_acknowledgements_of_one_version_are_found() {
        let mut ledger = ledger();
        ledger.acknowledged.push(acknowledged(2, "a"));
        let found = judged(&view(3, Some("b")), &history(), &ledger);
        assert_eq!(found, "c: two acknowledged changes have version 2");
    }

    #[test]
    fn a_refusal_has_to_name_the_owner_of_its_version() {
        let mut ledger = ledger();
        ledger.refused = vec![Refused {
            version: 2,
            owner: Some("b".to_owned()),
        }];
        let found = judged(&view(3, Some("b")), &history(), &ledger);
        assert_eq!(found, "c: a refusal named b at version 2, history has a");
    }

    #[test]
    fn a_change_that_nobody_made_is_found_only_when_all_answers_are_known() {
        let mut ledger = ledger();
        ledger.acknowledged.pop();
        let view = view(3, Some("b"));
        let found = judged(&view, &history(), &ledger);
        assert_eq!(
            found,
            "c: history has a change to a at version 2 that no client made"
        );
        assert!(violations(&view, &history(), &ledger, Answers::SomeMissing).is_empty());
    }

    #[test]
    fn an_entry_that_does_not_link_to_the_one_before_is_found() {
        let mut history = history();
        history[2] = entry(3, Some((Some("z"), Some("b"))));
        let found = judged(&view(3, Some("b")), &history, &ledger());
        assert_eq!(found, "c: version 3 changes the owner from z, it was a");
    }
}
