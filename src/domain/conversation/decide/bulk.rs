//! An item of an operation: the same decision as for one alone (B08), in the operation's name.

use super::super::command::{BulkItem, InBulk};
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::AssignedBy;
use super::{Decision, assign, undo};
use crate::domain::UserId;
use crate::domain::directory::Directory;

pub(super) fn decide(
    conversation: &Conversation,
    InBulk { operation, item }: &InBulk,
    caller: UserId,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    let by = AssignedBy::Bulk {
        id: caller,
        operation: *operation,
    };
    match item {
        // The first wins on every path (X01), and whoever owns it was first.
        BulkItem::Assign {
            only_unassigned: true,
            ..
        } if conversation.assignee.is_some() => Err(Rejection::AlreadyAssigned),
        BulkItem::Assign { assign, .. } => {
            assign::assign(conversation, assign, (caller, by), directory)
        }
        BulkItem::Undo { version } => undo::decide(conversation, *version, by, directory),
    }
}
