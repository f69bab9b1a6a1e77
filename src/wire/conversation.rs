//! Conversations and messages as the wire has them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::references::{AssignedByBody, AuthorBody, PersonBody};
use super::time::WireTime;
use crate::domain::conversation::{AiState, Conversation, Message};
use crate::domain::directory::Directory;
use crate::domain::{ConversationId, MessageId, Timestamp, UserId};

/// The customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(crate) struct CustomerBody<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
}

/// What the AI has to do with a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationAi)]
pub(crate) struct AiBody<'a> {
    /// Whether the AI handles it now.
    pub handling: bool,
    /// `auto`, `draft` or `off`; stamped at creation.
    pub mode: &'static str,
    /// When a person took over; never taken away.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub handoff_at: Option<WireTime>,
    /// Who took over.
    #[schema(required = true)]
    pub handoff_by: Option<PersonBody<'a>>,
    /// What the AI drafted and nobody sent.
    #[schema(required = true)]
    pub draft: Option<&'a str>,
    /// How many replies the AI sent.
    pub sent_count: u64,
}

impl<'a> AiBody<'a> {
    fn of(ai: &'a AiState, directory: &'a Directory) -> Self {
        Self {
            handling: ai.handling,
            mode: ai.mode.as_str(),
            handoff_at: ai.handoff.map(|handoff| WireTime(handoff.at)),
            handoff_by: ai
                .handoff
                .map(|handoff| PersonBody::of(handoff.by, directory)),
            draft: ai.draft.as_deref(),
            sent_count: ai.sent_count,
        }
    }
}

/// A conversation. Nothing in it depends on who reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(crate) struct ConversationBody<'a> {
    /// Its id.
    #[schema(value_type = String, example = "conv_0199d4a2c7a87c0e8a1b2c3d4e5f6071")]
    pub id: ConversationId,
    /// The integrator's own id.
    #[schema(required = true)]
    pub external_id: Option<&'a str>,
    /// Its number in the workspace.
    pub number: u64,
    /// `email`, `chat` or `slack`.
    pub channel: &'static str,
    /// The subject.
    pub subject: &'a str,
    /// The customer.
    pub customer: CustomerBody<'a>,
    /// `open`, `pending`, `snoozed` or `closed`.
    pub status: &'static str,
    /// `low`, `normal`, `high` or `urgent`.
    pub priority: &'static str,
    /// Its tags.
    pub tags: &'a [String],
    /// Its custom fields.
    pub custom_fields: &'a BTreeMap<String, String>,
    /// The person on the hook for the next reply.
    #[schema(required = true)]
    pub assignee: Option<PersonBody<'a>>,
    /// When the assignee last changed, also to nobody.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub assigned_at: Option<WireTime>,
    /// Who changed it.
    #[schema(required = true)]
    pub assigned_by: Option<AssignedByBody<'a>>,
    /// What the AI has to do with it.
    pub ai: AiBody<'a>,
    /// The first 140 characters of the last message.
    pub preview: &'a str,
    /// How many messages it has, notes not counted.
    pub message_count: u64,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: WireTime,
    /// When it was created or the last message was added.
    #[schema(value_type = String, format = DateTime)]
    pub last_activity_at: WireTime,
    /// 1 on creation, +1 with every commit that touches it.
    pub version: u64,
}

impl<'a> ConversationBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(conversation: &'a Conversation, directory: &'a Directory) -> Self {
        let facts = &conversation.facts;
        let last = conversation.last_assignment.as_ref();
        Self {
            id: facts.id,
            external_id: facts.external_id.as_deref(),
            number: facts.number,
            channel: facts.channel.as_str(),
            subject: &facts.subject,
            customer: CustomerBody {
                name: &facts.customer.name,
                email: &facts.customer.email,
            },
            status: conversation.status.as_str(),
            priority: conversation.priority.as_str(),
            tags: &conversation.tags,
            custom_fields: &conversation.custom_fields,
            assignee: conversation
                .assignee
                .map(|id| PersonBody::of(id, directory)),
            assigned_at: last.map(|last| WireTime(last.at)),
            assigned_by: last.map(|last| AssignedByBody::of(&last.by, directory)),
            ai: AiBody::of(&conversation.ai, directory),
            preview: &conversation.preview,
            message_count: conversation.message_count,
            created_at: WireTime(facts.created_at),
            last_activity_at: WireTime(conversation.last_activity_at),
            version: conversation.version,
        }
    }
}

/// A message or an internal note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageBody<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// `customer`, `agent`, `note` or `ai`.
    pub kind: &'static str,
    /// Who wrote it.
    pub author: AuthorBody<'a>,
    /// The text.
    pub body: &'a str,
    /// Whom it mentions.
    #[schema(value_type = Vec<String>)]
    pub mentions: &'a [UserId],
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: WireTime,
}

impl<'a> MessageBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(
        message: &'a Message,
        at: Timestamp,
        conversation: &'a Conversation,
        directory: &'a Directory,
    ) -> Self {
        Self {
            id: message.id,
            kind: message.kind.as_str(),
            author: AuthorBody::of(&message.author, conversation, directory),
            body: &message.body,
            mentions: &message.mentions,
            created_at: WireTime(at),
        }
    }
}

/// The answer to a change of assignee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentResponse<'a> {
    /// The conversation after it.
    pub conversation: ConversationBody<'a>,
    /// Whether the assignee changed.
    pub changed: bool,
}

/// The answer to a take over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakeOverResponse<'a> {
    /// The conversation after it.
    pub conversation: ConversationBody<'a>,
    /// Whether something changed.
    pub changed: bool,
    /// The newest message that the AI had sent before.
    #[schema(required = true)]
    pub last_ai_message: Option<MessageBody<'a>>,
}

/// The answer to a reply that the AI offered. What the gate holds back is an outcome, not an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AiReplyResponse<'a> {
    /// `sent`, `drafted`, `silent` or `suppressed`.
    pub outcome: &'static str,
    /// `handed_off`, `not_handling`, `bypass`, `mode` or `confidence`; the last also of what was sent.
    pub reason: &'static str,
    /// The message, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub message_id: Option<MessageId>,
    /// The conversation after it.
    pub conversation: ConversationBody<'a>,
}
