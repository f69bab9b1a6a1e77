//! Status, priority, tags and custom fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::command::Edit;
use super::super::event::ConversationEvent;
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::Decision;

pub(super) fn decide(conversation: &Conversation, edit: &Edit) -> Result<Decision, Rejection> {
    let mut events = Vec::new();
    if let Some(to) = edit.status.filter(|to| *to != conversation.status) {
        events.push(ConversationEvent::StatusChanged {
            from: conversation.status,
            to,
        });
    }
    if let Some(to) = edit.priority.filter(|to| *to != conversation.priority) {
        events.push(ConversationEvent::PriorityChanged {
            from: conversation.priority,
            to,
        });
    }
    if let Some(tags) = &edit.tags {
        let to = without_repeats(tags);
        if to != *conversation.tags {
            let from = Arc::clone(&conversation.tags);
            events.push(ConversationEvent::TagsChanged {
                from,
                to: Arc::new(to),
            });
        }
    }
    events.extend(custom_fields(conversation, edit)?);
    Ok(Decision::of(events))
}

fn custom_fields(
    conversation: &Conversation,
    edit: &Edit,
) -> Result<Option<ConversationEvent>, Rejection> {
    let mut from = BTreeMap::new();
    let mut to = BTreeMap::new();
    let mut count = conversation.custom_fields.len();
    for (name, value) in &edit.custom_fields {
        let present = conversation.custom_fields.get(name);
        if present == value.as_ref() {
            continue;
        }
        match (present, value) {
            (None, Some(_)) => count = count.saturating_add(1),
            (Some(_), None) => count = count.saturating_sub(1),
            (None, None) | (Some(_), Some(_)) => {}
        }
        from.insert(name.clone(), present.cloned());
        to.insert(name.clone(), value.clone());
    }
    if count > edit.custom_fields_max && count > conversation.custom_fields.len() {
        return Err(Rejection::TooManyCustomFields {
            max: edit.custom_fields_max,
        });
    }
    Ok((!to.is_empty()).then_some(ConversationEvent::CustomFieldsChanged { from, to }))
}

/// The tags in their order, each at its first place.
pub(super) fn without_repeats(tags: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    tags.iter()
        .filter(|tag| seen.insert(tag.as_str()))
        .cloned()
        .collect()
}
