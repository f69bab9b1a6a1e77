//! What happened to a conversation: the vocabulary of the log.
//!
//! Names and fields are on disk for years. A change needs a new schema version, an upcast in the
//! codec, and a fixture of the old bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::values::{AiMode, AssignedBy, Channel, Customer, Message, Priority, Status};
use crate::domain::UserId;
use crate::domain::ai_gate::{AiOutcome, AiReason, AiScore};
use crate::domain::rotation::TeamRef;
use crate::domain::routing::Routing;

/// One entry of a conversation's history. All entries of a commit share its version and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConversationEvent {
    /// It came into being, with its first message in the same commit.
    Created(Created),
    /// A customer's or an agent's message was added.
    MessageAdded {
        /// The message.
        message: Message,
    },
    /// An internal note was added.
    NoteAdded {
        /// The note.
        message: Message,
    },
    /// Somebody owns it now.
    Assigned {
        /// Who.
        assignee: UserId,
        /// Who had it before.
        previous: Option<UserId>,
        /// Who decided.
        by: AssignedBy,
        /// The version that this takes back, when it is an undo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo_of: Option<u64>,
    },
    /// Nobody owns it now.
    Unassigned {
        /// Who had it before.
        previous: UserId,
        /// Who decided.
        by: AssignedBy,
        /// The version that this takes back, when it is an undo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo_of: Option<u64>,
    },
    /// A person took it over from the AI: stamp and owner in one event, so that nothing can ever
    /// show one without the other.
    TakenOver {
        /// Who took it, and owns it now.
        by: UserId,
        /// Who had it before.
        previous: Option<UserId>,
    },
    /// The status changed.
    StatusChanged {
        /// Before.
        from: Status,
        /// After.
        to: Status,
    },
    /// The priority changed.
    PriorityChanged {
        /// Before.
        from: Priority,
        /// After.
        to: Priority,
    },
    /// The tags changed.
    TagsChanged {
        /// Before.
        from: Arc<Vec<String>>,
        /// After.
        to: Arc<Vec<String>>,
    },
    /// Custom fields changed; only those that did are listed, absent ones as null.
    CustomFieldsChanged {
        /// Each changed field before.
        from: BTreeMap<String, Option<String>>,
        /// Each changed field after.
        to: BTreeMap<String, Option<String>>,
    },
    /// A reply of the AI went to the customer.
    AiReplySent {
        /// The reply.
        message: Message,
        /// How the AI judged it.
        score: AiScore,
    },
    /// A reply of the AI was held back. Its text is kept, so that people can see what would have
    /// been said.
    AiReplySuppressed {
        /// The text.
        body: Arc<str>,
        /// Why.
        reason: AiReason,
        /// How the AI judged it.
        score: AiScore,
    },
    /// A reply of the AI is kept as a draft.
    AiDraftSaved {
        /// The text.
        body: Arc<str>,
        /// Why it was not sent.
        reason: AiReason,
        /// How the AI judged it.
        score: AiScore,
    },
    /// The AI no longer handles it: it needs a person.
    AiHandlingEnded {
        /// What became of the reply that ended it.
        outcome: AiOutcome,
        /// Why.
        reason: AiReason,
        /// How the AI judged that reply.
        score: AiScore,
    },
}

impl ConversationEvent {
    /// The message or note that it adds.
    #[must_use]
    pub const fn message(&self) -> Option<&Message> {
        match self {
            Self::MessageAdded { message }
            | Self::NoteAdded { message }
            | Self::AiReplySent { message, .. } => Some(message),
            Self::Created(_)
            | Self::Assigned { .. }
            | Self::Unassigned { .. }
            | Self::TakenOver { .. }
            | Self::StatusChanged { .. }
            | Self::PriorityChanged { .. }
            | Self::TagsChanged { .. }
            | Self::CustomFieldsChanged { .. }
            | Self::AiReplySuppressed { .. }
            | Self::AiDraftSaved { .. }
            | Self::AiHandlingEnded { .. } => None,
        }
    }

    /// The version that it takes back, when it is an undo.
    #[must_use]
    pub const fn undo_of(&self) -> Option<u64> {
        match self {
            Self::Assigned { undo_of, .. } | Self::Unassigned { undo_of, .. } => *undo_of,
            Self::Created(_)
            | Self::MessageAdded { .. }
            | Self::NoteAdded { .. }
            | Self::TakenOver { .. }
            | Self::StatusChanged { .. }
            | Self::PriorityChanged { .. }
            | Self::TagsChanged { .. }
            | Self::CustomFieldsChanged { .. }
            | Self::AiReplySent { .. }
            | Self::AiReplySuppressed { .. }
            | Self::AiDraftSaved { .. }
            | Self::AiHandlingEnded { .. } => None,
        }
    }
}

impl ConversationEvent {
    /// The turn of a rotation that it spends, and for whom: there is no other record of it.
    #[must_use]
    pub const fn turn(&self) -> Option<(TeamRef, u64, UserId)> {
        match self {
            Self::Assigned { assignee, by, .. } => match by.turn() {
                Some((team, turn)) => Some((team, turn, *assignee)),
                None => None,
            },
            Self::Created(_)
            | Self::MessageAdded { .. }
            | Self::NoteAdded { .. }
            | Self::Unassigned { .. }
            | Self::TakenOver { .. }
            | Self::StatusChanged { .. }
            | Self::PriorityChanged { .. }
            | Self::TagsChanged { .. }
            | Self::CustomFieldsChanged { .. }
            | Self::AiReplySent { .. }
            | Self::AiReplySuppressed { .. }
            | Self::AiDraftSaved { .. }
            | Self::AiHandlingEnded { .. } => None,
        }
    }
}

/// What creation fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The integrator's own id, unique in the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Arc<str>>,
    /// How the customer reached the workspace.
    pub channel: Channel,
    /// The subject.
    pub subject: Arc<str>,
    /// The customer.
    pub customer: Arc<Customer>,
    /// The priority.
    pub priority: Priority,
    /// The tags.
    pub tags: Arc<Vec<String>>,
    /// The custom fields.
    pub custom_fields: Arc<BTreeMap<String, String>>,
    /// Whether the AI handles it from the start.
    pub ai_handling: bool,
    /// What the AI may do with its replies.
    pub ai_mode: AiMode,
    /// Why it has the owner that it was born with, or none. Records from before there were rules have
    /// nothing to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<Arc<Routing>>,
}
