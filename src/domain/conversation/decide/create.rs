//! Creation: the facts, and the customer's first message, in one commit.

use std::sync::Arc;

use super::super::command::Create;
use super::super::event::{ConversationEvent, Created};
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::{AiMode, Author, Message, MessageKind};
use super::{Decision, edit};
use crate::domain::directory::Directory;

pub(super) fn decide(
    conversation: Option<&Conversation>,
    create: &Create,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    if let Some(conversation) = conversation {
        return Err(Rejection::ExternalIdTaken(conversation.facts.id));
    }
    let created = ConversationEvent::Created(Created {
        external_id: create.external_id.clone(),
        channel: create.channel,
        subject: Arc::clone(&create.subject),
        customer: Arc::clone(&create.customer),
        priority: create.priority,
        tags: Arc::new(edit::without_repeats(&create.tags)),
        custom_fields: Arc::new(create.custom_fields.clone()),
        ai_handling: directory.autopilot().enabled,
        ai_mode: AiMode::Auto,
    });
    let message = ConversationEvent::MessageAdded {
        message: Message {
            id: create.message,
            kind: MessageKind::Customer,
            author: Author::Customer,
            body: Arc::clone(&create.body),
            mentions: Vec::new(),
        },
    };
    Ok(Decision::of(vec![created, message]))
}
