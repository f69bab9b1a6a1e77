//! Whom a commit concerns, and in which way: B30, B32 and the recipients of S08.

use std::collections::BTreeSet;

use super::NotificationKind;
use crate::domain::conversation::{Conversation, ConversationEvent, MessageKind};
use crate::domain::directory::{Directory, UserStatus};
use crate::domain::{Actor, UserId};

/// What a commit did to a conversation, and who was there then.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Who did it.
    pub actor: &'a Actor,
    /// What happened.
    pub events: &'a [ConversationEvent],
    /// The conversation after it.
    pub after: &'a Conversation,
    /// The people as of that commit.
    pub directory: &'a Directory,
}

/// Somebody has to be told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Who.
    pub user: UserId,
    /// What.
    pub kind: NotificationKind,
}

/// Whom a commit concerns: at most once a person and kind, never whoever did it, and nobody who
/// could not see it.
#[must_use]
pub fn notices(cause: Cause<'_>) -> BTreeSet<Notice> {
    let concerns = cause
        .events
        .iter()
        .flat_map(|event| concerned(event, cause));
    concerns.filter(|notice| is_told(*notice, cause)).collect()
}

/// Whom one event concerns, whoever did it.
fn concerned(event: &ConversationEvent, cause: Cause<'_>) -> Vec<Notice> {
    let owner = cause.after.assignee;
    let tell = |kind, users: Vec<UserId>| {
        let notice = |user| Notice { user, kind };
        users.into_iter().map(notice).collect()
    };
    match event {
        ConversationEvent::Created(_) if owner.is_none() => {
            tell(NotificationKind::NewUnassigned, administrators(cause))
        }
        // Somebody who was passed over within the commit was never on the hook.
        ConversationEvent::Assigned { assignee, .. } if owner == Some(*assignee) => {
            tell(NotificationKind::Assignment, vec![*assignee])
        }
        ConversationEvent::NoteAdded { message } => {
            tell(NotificationKind::Mention, message.mentions.clone())
        }
        ConversationEvent::MessageAdded { message }
            if message.kind == MessageKind::Customer && !is_born(cause.events) =>
        {
            tell(
                NotificationKind::ConversationReply,
                owner.into_iter().collect(),
            )
        }
        ConversationEvent::AiReplySent { .. } => {
            tell(NotificationKind::AiAutoSent, owner.into_iter().collect())
        }
        // Taking over is one's own deed, and nobody is told that they lost something (B32).
        ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::Assigned { .. }
        | ConversationEvent::Unassigned { .. }
        | ConversationEvent::TakenOver { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => Vec::new(),
    }
}

fn is_born(events: &[ConversationEvent]) -> bool {
    matches!(events.first(), Some(ConversationEvent::Created(_)))
}

fn administrators(cause: Cause<'_>) -> Vec<UserId> {
    let users = cause.directory.users();
    let administrators = users.filter(|user| user.role.administers());
    administrators.map(|user| user.id).collect()
}

fn is_told(notice: Notice, cause: Cause<'_>) -> bool {
    let did_it = matches!(cause.actor, Actor::User { id } if *id == notice.user);
    let user = cause.directory.user(notice.user);
    !did_it && user.is_some_and(|user| user.status == UserStatus::Active)
}
