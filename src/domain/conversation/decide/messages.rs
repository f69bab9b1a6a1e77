//! Messages and notes.

use std::sync::Arc;

use super::super::command::{AddMessage, Note, Sender};
use super::super::event::ConversationEvent;
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::{Author, Message, MessageKind, Status};
use super::Decision;
use crate::domain::UserId;
use crate::domain::directory::Directory;

/// A customer's message on a conversation that is not open reopens it and keeps its assignee (S01).
pub(super) fn add(
    conversation: &Conversation,
    add: &AddMessage,
    caller: Option<UserId>,
) -> Result<Decision, Rejection> {
    let (kind, author) = match add.sender {
        Sender::Customer => (MessageKind::Customer, Author::Customer),
        Sender::Agent => {
            let id = caller.ok_or(Rejection::Forbidden("only people write as agents"))?;
            (MessageKind::Agent, Author::User { id })
        }
    };
    let body = Arc::clone(&add.body);
    let message = Message {
        id: add.id,
        kind,
        author,
        body,
        mentions: Vec::new(),
    };
    let mut events = vec![ConversationEvent::MessageAdded { message }];
    if add.sender == Sender::Customer && conversation.status != Status::Open {
        events.push(ConversationEvent::StatusChanged {
            from: conversation.status,
            to: Status::Open,
        });
    }
    Ok(Decision::of(events))
}

/// A note; everybody whom it mentions must be known here, whatever became of them.
pub(super) fn note(
    note: &Note,
    author: UserId,
    directory: &Directory,
    field: &'static str,
) -> Result<ConversationEvent, Rejection> {
    if note
        .mentions
        .iter()
        .any(|user| directory.user(*user).is_none())
    {
        return Err(Rejection::InvalidReference { field });
    }
    let mut mentions = note.mentions.clone();
    let mut seen = std::collections::BTreeSet::new();
    mentions.retain(|user| seen.insert(*user));
    Ok(ConversationEvent::NoteAdded {
        message: Message {
            id: note.id,
            kind: MessageKind::Note,
            author: Author::User { id: author },
            body: Arc::clone(&note.body),
            mentions,
        },
    })
}
