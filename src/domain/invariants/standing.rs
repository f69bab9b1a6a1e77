//! Where a conversation stands between two events of a commit, as far as invariants look at it.

use crate::domain::UserId;
use crate::domain::conversation::{Conversation, ConversationEvent};

/// What the invariants look at as the events of one commit go by.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) owner: Option<UserId>,
    /// Whether it can be taken over: the AI handles it, and nobody took it over yet.
    pub(super) handled: bool,
}

impl Standing {
    pub(super) fn of(conversation: Option<&Conversation>) -> Self {
        Self {
            owner: conversation.and_then(|conversation| conversation.assignee),
            handled: conversation.is_some_and(|conversation| {
                conversation.ai.handling && conversation.ai.handoff.is_none()
            }),
        }
    }

    pub(super) fn after(self, event: &ConversationEvent) -> Self {
        let owned_by = |owner| Self { owner, ..self };
        match event {
            ConversationEvent::Created(created) => Self {
                owner: None,
                handled: created.ai_handling,
            },
            ConversationEvent::Assigned { assignee, .. } => owned_by(Some(*assignee)),
            ConversationEvent::Unassigned { .. } => owned_by(None),
            ConversationEvent::TakenOver { by, .. } => Self {
                owner: Some(*by),
                handled: false,
            },
            ConversationEvent::MessageAdded { .. }
            | ConversationEvent::NoteAdded { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. }
            | ConversationEvent::AiReplySent { .. }
            | ConversationEvent::AiReplySuppressed { .. }
            | ConversationEvent::AiDraftSaved { .. } => self,
            ConversationEvent::AiHandlingEnded { .. } => Self {
                handled: false,
                ..self
            },
        }
    }
}
