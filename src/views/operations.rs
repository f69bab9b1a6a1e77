//! The operations that a workspace keeps, and how far each of them came by the log.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fold::changes_assignee;
use crate::domain::operation::{Finished, ItemOutcome, OperationEvent, Started};
use crate::domain::{Actor, Commit, ConversationCommit, ConversationId, OperationId, Timestamp};

/// An operation as the log shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What was asked.
    pub started: Arc<Started>,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What became of each item, in their order; of some nothing is known yet.
    pub outcomes: Vec<Option<ItemOutcome>>,
    /// Whether it came to its end.
    pub is_finished: bool,
}

/// See the module. The oldest are forgotten first, the finished before the others.
#[derive(Debug, Default)]
pub struct Operations {
    kept: HashMap<OperationId, Operation>,
    /// Oldest first.
    order: VecDeque<OperationId>,
    /// The places of the items of each operation that has not ended.
    places: HashMap<OperationId, HashMap<ConversationId, usize>>,
}

impl Operations {
    /// One of them.
    #[must_use]
    pub fn find(&self, id: OperationId) -> Option<&Operation> {
        self.kept.get(&id)
    }

    /// All of them, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Operation> {
        self.order.iter().filter_map(|id| self.kept.get(id))
    }

    /// The beginning or the end of one.
    pub(super) fn apply(&mut self, event: &OperationEvent, commit: &Commit) {
        match event {
            OperationEvent::Started(started) => {
                self.insert(Operation {
                    outcomes: vec![None; started.work.len()],
                    started: Arc::clone(started),
                    actor: commit.actor.clone(),
                    at: commit.at,
                    is_finished: false,
                });
                self.forget(started.kept_max);
            }
            OperationEvent::Finished(finished) => self.finish(finished),
        }
    }

    /// A commit of a conversation, which may be that of an item.
    pub(super) fn item(&mut self, body: &ConversationCommit) {
        let Some(id) = body.operation else {
            return;
        };
        let places = self.places.get(&id);
        let place = places.and_then(|places| places.get(&body.conversation));
        let operation = self.kept.get_mut(&id);
        let (Some(place), Some(operation)) = (place, operation) else {
            return;
        };
        if let Some(outcome) = operation.outcomes.get_mut(*place) {
            let version = body.version;
            *outcome = Some(if body.events.iter().any(changes_assignee) {
                ItemOutcome::Changed { version }
            } else {
                ItemOutcome::Unchanged { version }
            });
        }
    }

    /// Takes one in, from the log or from a snapshot.
    pub(super) fn insert(&mut self, operation: Operation) {
        let id = operation.started.operation;
        if !operation.is_finished {
            let names = operation.started.work.names().into_iter().enumerate();
            let places = names.filter_map(|(place, name)| Some((name.id()?, place)));
            self.places.insert(id, places.collect());
        }
        self.order.push_back(id);
        self.kept.insert(id, operation);
    }

    fn finish(&mut self, finished: &Finished) {
        self.places.remove(&finished.operation);
        let Some(operation) = self.kept.get_mut(&finished.operation) else {
            return;
        };
        for (place, outcome) in &finished.outcomes {
            if let Some(known) = operation.outcomes.get_mut(*place) {
                known.get_or_insert(*outcome);
            }
        }
        operation.is_finished = true;
    }

    fn forget(&mut self, kept_max: usize) {
        while self.order.len() > kept_max.max(1) {
            let finished = |id: &OperationId| !self.places.contains_key(id);
            let place = self.order.iter().position(finished).unwrap_or(0);
            let Some(id) = self.order.remove(place) else {
                return;
            };
            self.kept.remove(&id);
            self.places.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operation::{AssignMany, ItemFailure, ItemName, Work};
    use crate::domain::{CommitBody, UserId};
    use crate::views::WorkspaceFold;

    fn operation(number: u128) -> OperationId {
        OperationId::from_u128(number)
    }

    fn conversation(number: u128) -> ConversationId {
        ConversationId::from_u128(number)
    }

    fn started(number: u128, kept_max: usize) -> OperationEvent {
        let items = [1, 2, 3].map(|number| ItemName::Id(conversation(number)));
        let work = Work::Assign(AssignMany {
            items: items.to_vec(),
            filter: None,
            assignee: None,
            only_unassigned: false,
            note: None,
        });
        OperationEvent::Started(Arc::new(Started {
            operation: operation(number),
            work,
            idempotency_key: None,
            kept_max,
        }))
    }

    fn finished(number: u128, outcomes: Vec<(usize, ItemOutcome)>) -> OperationEvent {
        let operation = operation(number);
        OperationEvent::Finished(Finished {
            operation,
            outcomes,
        })
    }

    fn apply(operations: &mut Operations, event: OperationEvent) {
        let actor = Actor::User {
            id: UserId::from_u128(1),
        };
        let commit = Commit {
            seq: 1,
            at: Timestamp::EPOCH,
            actor,
            body: CommitBody::Operation {
                event: event.clone(),
            },
        };
        operations.apply(&event, &commit);
    }

    #[test]
    fn the_end_fills_in_what_the_items_left_open() {
        let mut operations = Operations::default();
        apply(&mut operations, started(1, 10));
        operations.item(&ConversationCommit {
            conversation: conversation(2),
            version: 7,
            number: None,
            operation: Some(operation(1)),
            events: vec![crate::domain::conversation::ConversationEvent::Unassigned {
                previous: UserId::from_u128(1),
                by: crate::domain::conversation::AssignedBy::Bulk {
                    id: UserId::from_u128(1),
                    operation: operation(1),
                },
                undo_of: None,
            }],
        });
        let failed = ItemOutcome::Failed {
            code: ItemFailure::NotFound,
        };
        let unchanged = ItemOutcome::Unchanged { version: 4 };
        let rest = vec![(0, failed), (1, failed), (2, unchanged), (9, failed)];
        apply(&mut operations, finished(1, rest));
        let found = operations.find(operation(1)).unwrap();
        let changed = ItemOutcome::Changed { version: 7 };
        assert_eq!(
            found.outcomes,
            [Some(failed), Some(changed), Some(unchanged)]
        );
        assert!(found.is_finished);
    }

    #[test]
    fn a_snapshot_has_them_as_they_are_also_those_under_way() {
        let mut fold = WorkspaceFold::default();
        for event in [started(1, 10), started(2, 10), finished(1, Vec::new())] {
            apply(&mut fold.operations, event);
        }
        let snapshot = fold.to_snapshot().unwrap();
        let mut read = WorkspaceFold::from_snapshot(&snapshot).unwrap();
        let all = |fold: &WorkspaceFold| fold.operations.all().cloned().collect::<Vec<_>>();
        assert_eq!(all(&read), all(&fold));
        let item = ConversationCommit {
            conversation: conversation(3),
            version: 5,
            number: None,
            operation: Some(operation(2)),
            events: Vec::new(),
        };
        read.operations.item(&item);
        let found = read.operations.find(operation(2)).unwrap();
        let noted = ItemOutcome::Unchanged { version: 5 };
        assert_eq!(found.outcomes, [None, None, Some(noted)]);
    }

    #[test]
    fn the_oldest_that_ended_are_forgotten_first() {
        let mut operations = Operations::default();
        for number in 1..=3 {
            apply(&mut operations, started(number, 3));
        }
        apply(&mut operations, finished(2, Vec::new()));
        apply(&mut operations, started(4, 3));
        let ids = |operations: &Operations| {
            let all = operations.all();
            all.map(|one| one.started.operation).collect::<Vec<_>>()
        };
        assert_eq!(ids(&operations), [1, 3, 4].map(operation));
        apply(&mut operations, started(5, 2));
        assert_eq!(ids(&operations), [4, 5].map(operation));
    }
}
