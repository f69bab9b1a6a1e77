//! Items belong to an operation under way, of the same person, and none is carried out twice.

use std::collections::{HashMap, HashSet};

use crate::domain::conversation::{AssignedBy, ConversationEvent};
use crate::domain::operation::OperationEvent;
use crate::domain::{Actor, ConversationCommit, ConversationId, OperationId};

/// What is wrong, in words.
type Known = Result<(), String>;

/// The operations of a log.
#[derive(Debug, Default)]
pub(super) struct Operations {
    under_way: HashMap<OperationId, UnderWay>,
    ended: HashSet<OperationId>,
}

#[derive(Debug)]
struct UnderWay {
    actor: Actor,
    /// Items that have no commit yet.
    left: HashSet<ConversationId>,
}

impl Operations {
    pub(super) fn check(&mut self, actor: &Actor, event: &OperationEvent) -> Known {
        let id = event.operation();
        match event {
            OperationEvent::Started(started) => {
                let fresh = !self.ended.contains(&id) && !self.under_way.contains_key(&id);
                require(fresh, || format!("{id} started before"))?;
                let names = started.work.names();
                let mut left = HashSet::new();
                let twice = names
                    .iter()
                    .filter_map(|name| name.id())
                    .find(|item| !left.insert(*item));
                require(twice.is_none(), || format!("{id} has an item twice"))?;
                let actor = actor.clone();
                self.under_way.insert(id, UnderWay { actor, left });
                Ok(())
            }
            OperationEvent::Finished(_) => {
                let known = self.under_way.remove(&id).is_some();
                require(known, || format!("{id} ends and is not under way"))?;
                self.ended.insert(id);
                Ok(())
            }
        }
    }

    pub(super) fn check_item(&mut self, actor: &Actor, body: &ConversationCommit) -> Known {
        let same =
            |event: &ConversationEvent| by(event).is_none_or(|by| by.operation() == body.operation);
        require(body.events.iter().all(same), || {
            "it is assigned in the name of another operation than its own".to_owned()
        })?;
        let Some(id) = body.operation else {
            return Ok(());
        };
        let item = body.conversation;
        let operation = self.under_way.get_mut(&id);
        let operation = operation.ok_or_else(|| format!("{id} is not under way"))?;
        require(operation.actor == *actor, || {
            format!("{id} is of somebody else")
        })?;
        require(operation.left.remove(&item), || {
            format!("{id} has no item {item} that is left")
        })
    }
}

fn by(event: &ConversationEvent) -> Option<&AssignedBy> {
    match event {
        ConversationEvent::Assigned { by, .. } | ConversationEvent::Unassigned { by, .. } => {
            Some(by)
        }
        ConversationEvent::TakenOver { .. }
        | ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => None,
    }
}

fn require(holds: bool, detail: impl FnOnce() -> String) -> Known {
    if holds { Ok(()) } else { Err(detail()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::UserId;
    use crate::domain::operation::{AssignMany, Finished, ItemName, Started, Work};
    use crate::domain::testing::{CONVERSATION, MAYA, OWNER, SAM};

    const OPERATION: OperationId = OperationId::from_u128(1);
    const OTHER: OperationId = OperationId::from_u128(2);

    const fn person(id: UserId) -> Actor {
        Actor::User { id }
    }

    fn started(items: Vec<ItemName>) -> OperationEvent {
        let work = Work::Assign(AssignMany {
            items,
            filter: None,
            assignee: Some(MAYA),
            only_unassigned: false,
            note: None,
        });
        OperationEvent::Started(Arc::new(Started {
            operation: OPERATION,
            work,
            idempotency_key: None,
            kept_max: 10,
        }))
    }

    fn finished(operation: OperationId) -> OperationEvent {
        let outcomes = Vec::new();
        OperationEvent::Finished(Finished {
            operation,
            outcomes,
        })
    }

    fn under_way() -> Operations {
        let mut operations = Operations::default();
        let items = vec![ItemName::Id(CONVERSATION), ItemName::of("E-17")];
        let started = operations.check(&person(OWNER), &started(items));
        assert_eq!(started, Ok(()));
        operations
    }

    fn item(by: AssignedBy, operation: Option<OperationId>) -> ConversationCommit {
        let assigned = ConversationEvent::Assigned {
            assignee: MAYA,
            previous: None,
            by,
            undo_of: None,
        };
        ConversationCommit {
            conversation: CONVERSATION,
            version: 2,
            number: None,
            operation,
            events: vec![assigned],
        }
    }

    fn in_bulk(operation: OperationId) -> ConversationCommit {
        let by = AssignedBy::Bulk {
            id: OWNER,
            operation,
        };
        item(by, Some(operation))
    }

    #[test]
    fn an_item_belongs_to_an_operation_under_way_and_comes_once() {
        let mut operations = under_way();
        let mut check = |body| operations.check_item(&person(OWNER), &body);
        assert!(check(in_bulk(OTHER)).is_err());
        let mut elsewhere = in_bulk(OPERATION);
        elsewhere.conversation = ConversationId::from_u128(77);
        assert!(check(elsewhere).is_err());
        assert_eq!(check(in_bulk(OPERATION)), Ok(()));
        assert!(check(in_bulk(OPERATION)).is_err());
        assert!(
            under_way()
                .check_item(&person(SAM), &in_bulk(OPERATION))
                .is_err()
        );
    }

    #[test]
    fn the_name_in_the_event_is_that_of_the_commit() {
        let mut operations = under_way();
        let mut check = |by, operation| {
            let body = item(by, operation);
            operations.check_item(&person(OWNER), &body)
        };
        let id = OWNER;
        let bulk = |operation| AssignedBy::Bulk { id, operation };
        assert!(check(bulk(OTHER), Some(OPERATION)).is_err());
        assert!(check(bulk(OPERATION), None).is_err());
        assert!(check(AssignedBy::User { id }, Some(OPERATION)).is_err());
        assert_eq!(check(AssignedBy::User { id }, None), Ok(()));
    }

    #[test]
    fn an_operation_starts_once_and_ends_once() {
        let owner = person(OWNER);
        let mut operations = under_way();
        assert!(operations.check(&owner, &started(Vec::new())).is_err());
        assert!(operations.check(&owner, &finished(OTHER)).is_err());
        assert_eq!(operations.check(&owner, &finished(OPERATION)), Ok(()));
        assert!(operations.check(&owner, &finished(OPERATION)).is_err());
        assert!(operations.check(&owner, &started(Vec::new())).is_err());
        assert!(operations.check_item(&owner, &in_bulk(OPERATION)).is_err());
        let twice = vec![ItemName::Id(CONVERSATION); 2];
        assert!(
            Operations::default()
                .check(&owner, &started(twice))
                .is_err()
        );
    }
}
