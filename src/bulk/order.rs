//! What is asked, and the work that it comes to.

use std::collections::HashSet;
use std::sync::Arc;

use super::report::Refusal;
use crate::commit::Workspace;
use crate::domain::conversation::{BulkItem, Command, InBulk, Rejection, Request, decide};
use crate::domain::directory::Directory;
use crate::domain::operation::{AssignMany, Changed, ItemName, ItemOutcome, NoteToAll, Work};
use crate::domain::{Caller, OperationId, UserId};
use crate::views::{Filter, Operation};

/// An operation that somebody asks for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who.
    pub caller: Caller,
    /// The key of their request.
    pub idempotency_key: Option<Arc<str>>,
    /// Whether they only want to know what would come of it.
    pub dry_run: bool,
    /// What for.
    pub asked: Asked,
}

/// See [`Order`].
#[derive(Debug, Clone)]
pub enum Asked {
    /// Give conversations to somebody, or to nobody.
    Assign(AssignAsked),
    /// Take back what an operation changed.
    Undo(OperationId),
}

/// See [`Asked::Assign`].
#[derive(Debug, Clone)]
pub struct AssignAsked {
    /// Which conversations.
    pub targets: Targets,
    /// To whom; `None` is nobody.
    pub assignee: Option<UserId>,
    /// Only those that nobody has.
    pub only_unassigned: bool,
    /// A note that each of them gets.
    pub note: Option<NoteToAll>,
}

/// Which conversations.
#[derive(Debug, Clone)]
pub enum Targets {
    /// These. Who is named twice is one item.
    Named(Vec<String>),
    /// Those in this list, as it stands at the start.
    Filter(Filter),
}

impl AssignAsked {
    /// The work, with at most one item more than permitted.
    pub(super) fn work(self, workspace: &Workspace, viewer: Option<UserId>, max: usize) -> Work {
        let some = max.saturating_add(1);
        let (items, filter) = match self.targets {
            Targets::Named(names) => {
                // More than permitted is too much, also if some of it is said twice.
                let is_too_much = names.len() > max;
                let mut seen = HashSet::new();
                let names = names.iter().take(some).map(|name| ItemName::of(name));
                let names = names.filter(|name| is_too_much || seen.insert(name.clone()));
                (names.collect(), None)
            }
            Targets::Filter(filter) => {
                let fold = workspace.views().read();
                let keys = fold.indexes.rows(filter, viewer).keys().iter().rev();
                let items = keys.take(some).map(|key| ItemName::Id(key.id));
                (items.collect(), Some(filter.key().into()))
            }
        };
        Work::Assign(AssignMany {
            items,
            filter,
            assignee: self.assignee,
            only_unassigned: self.only_unassigned,
            note: self.note,
        })
    }
}

/// What an operation changed, as far as it came.
pub(super) fn taking_back(operation: &Operation) -> Work {
    let names = operation.started.work.names();
    let changed = names.iter().zip(&operation.outcomes);
    let items = changed.filter_map(|(name, outcome)| match (name.id(), outcome) {
        (Some(conversation), Some(ItemOutcome::Changed { version })) => Some(Changed {
            conversation,
            version: *version,
        }),
        _ => None,
    });
    Work::Undo {
        operation: operation.started.operation,
        items: items.collect(),
    }
}

/// Refuses whoever may not act on conversations, by the conversations' own rule.
pub(super) fn check_right(caller: &Caller, directory: &Directory) -> Result<(), Refusal> {
    let request = Request {
        caller: caller.clone(),
        expected_versions: None,
        command: Command::InBulk(InBulk {
            operation: OperationId::from_u128(0),
            item: BulkItem::Undo { version: 0 },
        }),
    };
    match decide(None, &request, directory) {
        // The right is looked at first: then only the conversation is missing.
        Ok(_) | Err(Rejection::NotFound) => Ok(()),
        Err(rejection) => Err(Refusal::Rejected(rejection)),
    }
}
