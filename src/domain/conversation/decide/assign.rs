//! Assign, unassign and claim: one owner, and a no-op stays one.

use super::super::command::Assign;
use super::super::event::ConversationEvent;
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::AssignedBy;
use super::{Decision, messages};
use crate::domain::UserId;
use crate::domain::directory::Directory;

pub(super) fn assign(
    conversation: &Conversation,
    assign: &Assign,
    (caller, by): (UserId, AssignedBy),
    directory: &Directory,
) -> Result<Decision, Rejection> {
    let expected = assign.expected.flatten();
    if expected.is_some_and(|user| directory.user(user).is_none()) {
        return Err(Rejection::InvalidReference {
            field: "expected_assignee",
        });
    }
    if assign
        .expected
        .is_some_and(|expected| expected != conversation.assignee)
    {
        return Err(Rejection::AssigneeChanged);
    }
    let change = change(conversation, assign.assignee, by, None, directory)?;
    let changed = change.is_some();
    let mut events: Vec<_> = change.into_iter().collect();
    // The hand-over note is committed with the change (B60); it is kept even when the assignee
    // already was the one asked for, since losing somebody's words would be worse.
    if let Some(note) = &assign.note {
        events.push(messages::note(note, caller, directory, "note.mentions")?);
    }
    Ok(Decision { events, changed })
}

/// First wins: whoever comes second is told who has it.
pub(super) fn claim(
    conversation: &Conversation,
    caller: UserId,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    if conversation.assignee.is_some_and(|owner| owner != caller) {
        return Err(Rejection::AlreadyAssigned);
    }
    let by = AssignedBy::User { id: caller };
    Ok(Decision::of(
        change(conversation, Some(caller), by, None, directory)?
            .into_iter()
            .collect(),
    ))
}

/// The one way in which an assignee changes: the same check and the same event for every path.
pub(super) fn change(
    conversation: &Conversation,
    to: Option<UserId>,
    by: AssignedBy,
    undo_of: Option<u64>,
    directory: &Directory,
) -> Result<Option<ConversationEvent>, Rejection> {
    if to.is_some_and(|user| !directory.may_be_assigned(user)) {
        return Err(Rejection::AssigneeNotEligible);
    }
    let previous = conversation.assignee;
    Ok(match (previous, to) {
        (previous, to) if previous == to => None,
        (previous, Some(assignee)) => Some(ConversationEvent::Assigned {
            assignee,
            previous,
            by,
            undo_of,
        }),
        (Some(previous), None) => Some(ConversationEvent::Unassigned {
            previous,
            by,
            undo_of,
        }),
        // Covered by the first arm: nobody to nobody is no change.
        (None, None) => None,
    })
}
