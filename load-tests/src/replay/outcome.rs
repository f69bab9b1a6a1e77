//! What a log comes to: computed from the log, read from a file, or observed on a server.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::log::Log;
use crate::{error::LoadError, numbers::count};

/// How many differences of one sort are written out.
const NAMED: usize = 20;

/// Counts, and who owns what at the end; the form of `expected.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// Lines of the log.
    pub(super) events: u64,
    /// Cases.
    pub(super) tickets: u64,
    /// Different people.
    pub(super) people: u64,
    /// Assigns that changed the owner.
    pub(super) changes_of_owner: u64,
    /// Assigns by the owner themselves.
    pub(super) assigns_that_change_nothing: u64,
    /// Closed conversations that were opened again.
    pub(super) reopened: u64,
    /// Conversations that end closed.
    pub(super) closed_at_end: u64,
    /// Case, and the name of its owner.
    pub(super) final_owner: BTreeMap<String, String>,
}

impl Outcome {
    /// What the log comes to when every ticket's events happen in their order.
    pub(super) fn of_log(log: &Log) -> Self {
        let mut outcome = Self {
            events: count(log.events()),
            tickets: count(log.tickets.len()),
            people: count(log.people.len()),
            ..Self::default()
        };
        for ticket in &log.tickets {
            let (mut owner, mut closed) = (None, false);
            for event in &ticket.events {
                outcome.reopened += u64::from(closed);
                if owner == Some(event.person) {
                    outcome.assigns_that_change_nothing += 1;
                } else {
                    outcome.changes_of_owner += 1;
                }
                owner = Some(event.person);
                closed = event.closes;
            }
            outcome.closed_at_end += u64::from(closed);
            if let Some(name) = owner.and_then(|person| log.people.get(person)) {
                outcome
                    .final_owner
                    .insert(ticket.case.clone(), name.clone());
            }
        }
        outcome
    }

    /// Reads an outcome from a file.
    pub(super) fn read(path: &Path) -> Result<Self, LoadError> {
        let name = || format!("the expected outcome {}", path.display());
        let text = fs::read(path).map_err(|source| LoadError::file(name(), source))?;
        serde_json::from_slice(&text)
            .map_err(|source| LoadError::Unfit(format!("{}: {source}", name())))
    }

    /// Writes the outcome to a file, in the form in which it is read.
    pub(super) fn write(&self, path: &Path) -> Result<(), LoadError> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text + "\n").map_err(|source| {
            LoadError::file(
                format!("the owners could not be written to {}", path.display()),
                source,
            )
        })
    }

    /// The part of it that speaks of the first tickets of a log only: their owners.
    pub(super) fn owners_of(&self, log: &Log) -> BTreeMap<String, String> {
        let owner = |case: &String| Some((case.clone(), self.final_owner.get(case)?.clone()));
        log.tickets
            .iter()
            .filter_map(|ticket| owner(&ticket.case))
            .collect()
    }

    /// In what it differs from the expected one, each in a sentence.
    pub(super) fn differences(&self, expected: &Self) -> Vec<String> {
        let pairs = [
            ("events", self.events, expected.events),
            ("tickets", self.tickets, expected.tickets),
            ("people", self.people, expected.people),
            (
                "changes_of_owner",
                self.changes_of_owner,
                expected.changes_of_owner,
            ),
            (
                "assigns_that_change_nothing",
                self.assigns_that_change_nothing,
                expected.assigns_that_change_nothing,
            ),
            ("reopened", self.reopened, expected.reopened),
            ("closed_at_end", self.closed_at_end, expected.closed_at_end),
        ];
        let mut differences: Vec<String> = pairs
            .into_iter()
            .filter(|(_, found, wanted)| found != wanted)
            .map(|(name, found, wanted)| format!("{name} is {found}, expected {wanted}"))
            .collect();
        differences.extend(owner_differences(&self.final_owner, &expected.final_owner));
        differences
    }
}

/// In which owners the two differ, each in a sentence, a limited number of them written out.
pub(super) fn owner_differences(
    found: &BTreeMap<String, String>,
    expected: &BTreeMap<String, String>,
) -> Vec<String> {
    let wrong = expected
        .iter()
        .filter_map(|(case, wanted)| match found.get(case) {
            Some(owner) if owner == wanted => None,
            Some(owner) => Some(format!("the owner of {case} is {owner}, expected {wanted}")),
            None => Some(format!("{case} has no owner, expected {wanted}")),
        });
    let extra = found
        .iter()
        .filter(|(case, _)| !expected.contains_key(*case))
        .map(|(case, owner)| format!("the owner of {case} is {owner}, expected no such ticket"));
    let mut differences: Vec<String> = wrong.chain(extra).collect();
    let unnamed = differences.len().saturating_sub(NAMED);
    if unnamed > 0 {
        differences.truncate(NAMED);
        differences.push(format!("and {unnamed} more owners differ"));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::{super::log::tests::example, *};

    #[test]
    fn the_outcome_follows_from_the_log() {
        let outcome = Outcome::of_log(&example());
        assert_eq!(outcome.events, 7);
        assert_eq!((outcome.tickets, outcome.people), (2, 3));
        assert_eq!(
            (
                outcome.changes_of_owner,
                outcome.assigns_that_change_nothing
            ),
            (6, 1)
        );
        assert_eq!((outcome.reopened, outcome.closed_at_end), (1, 1));
        assert_eq!(outcome.final_owner["T1"], "Bea");
        assert_eq!(outcome.final_owner["T2"], "Cid");
    }

    #[test]
    fn differences_are_named() {
        let expected = Outcome::of_log(&example());
        let mut found = expected.clone();
        assert!(found.differences(&expected).is_empty());
        found.reopened = 0;
        found.final_owner.insert("T1".to_owned(), "Ann".to_owned());
        found.final_owner.remove("T2");
        assert_eq!(
            found.differences(&expected),
            [
                "reopened is 0, expected 1",
                "the owner of T1 is Ann, expected Bea",
                "T2 has no owner, expected Cid"
            ]
        );
    }
}
