//! Scenarios of a conversation: every command, every answer.

mod ai_reply;
mod assign;
mod bulk;
mod create;
mod edit;
mod messages;
mod rights;
mod take_over;
mod undo;

use super::{Assign, AssignedBy, Command, ConversationEvent, Note};
use crate::domain::UserId;

fn assign(assignee: impl Into<Option<UserId>>) -> Command {
    Command::Assign(Assign {
        assignee: assignee.into(),
        expected: None,
        note: None,
    })
}

fn assign_with_note(assignee: impl Into<Option<UserId>>, note: Note) -> Command {
    Command::Assign(Assign {
        assignee: assignee.into(),
        expected: None,
        note: Some(note),
    })
}

fn assign_expecting(assignee: Option<UserId>, expected: Option<UserId>) -> Command {
    Command::Assign(Assign {
        assignee,
        expected: Some(expected),
        note: None,
    })
}

fn assigned(
    assignee: UserId,
    previous: impl Into<Option<UserId>>,
    by: UserId,
) -> ConversationEvent {
    ConversationEvent::Assigned {
        assignee,
        previous: previous.into(),
        by: AssignedBy::User { id: by },
        undo_of: None,
    }
}

const fn unassigned(previous: UserId, by: UserId) -> ConversationEvent {
    ConversationEvent::Unassigned {
        previous,
        by: AssignedBy::User { id: by },
        undo_of: None,
    }
}

fn taken_over(by: UserId, previous: impl Into<Option<UserId>>) -> ConversationEvent {
    ConversationEvent::TakenOver {
        by,
        previous: previous.into(),
    }
}
