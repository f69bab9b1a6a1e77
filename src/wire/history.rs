//! History and the event feed: every event of the log as an entry that people can read.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::conversation::MessageBody;
use super::people::actor_body;
use super::references::PersonBody;
use super::time::WireTime;
use super::why::{DecisionBody, routed};
use crate::domain::ai_gate::Verdict;
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::directory::Directory;
use crate::domain::{Commit, ConversationCommit, ConversationId, UserId};

/// One line of a conversation's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HistoryEntry {
    /// The position of its commit in the workspace's log.
    pub seq: u64,
    /// The conversation's version after that commit.
    pub version: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
    /// What happened.
    pub kind: &'static str,
    /// Who did it: `{"kind", "id", "name"}`.
    #[schema(value_type = Object)]
    pub actor: Value,
    /// Each changed field as `{"from", "to"}`.
    #[schema(value_type = Object)]
    pub changes: Map<String, Value>,
    /// The message or note that was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageBody<'_>>, nullable = false)]
    pub message: Option<Value>,
    /// What led to it, where there is more to say than who did it.
    #[schema(required = true, value_type = Option<Object>)]
    pub why: Option<Value>,
}

/// One position of the log, as the event feed has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody {
    /// The position.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
    /// What it is about, where that is not a conversation: `directory`, `operation` or `epoch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<&'static str>,
    /// Which conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub conversation_id: Option<ConversationId>,
    /// What happened to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entries: Option<Vec<HistoryEntry>>,
}

/// The entries of a commit.
#[must_use]
pub(crate) fn entries(
    commit: &Commit,
    body: &ConversationCommit,
    conversation: &Conversation,
    directory: &Directory,
) -> Vec<HistoryEntry> {
    let entry = |event: &ConversationEvent| {
        let (kind, changes) = describe(event, commit, directory);
        HistoryEntry {
            seq: commit.seq,
            version: body.version,
            at: WireTime(commit.at),
            kind,
            actor: actor_body(&commit.actor, directory),
            changes,
            message: event
                .message()
                .map(|added| json!(MessageBody::of(added, commit.at, conversation, directory))),
            why: why(event, &body.events),
        }
    };
    body.events.iter().map(entry).collect()
}

/// What led to it: what routing decided, beside everything that came of it; what an undo takes back; or
/// what the gate said of a reply of the AI.
fn why(event: &ConversationEvent, events: &[ConversationEvent]) -> Option<Value> {
    if let Some(version) = event.undo_of() {
        return Some(json!({"undo_of": version}));
    }
    if let Some(verdict) = judged(event) {
        return Some(verdict);
    }
    if event.message().is_some() {
        return None;
    }
    let (routing, assignee) = routed(events)?;
    let decision = DecisionBody::of_routing(routing, assignee, usize::MAX);
    Some(json!(decision))
}

fn describe(
    event: &ConversationEvent,
    commit: &Commit,
    directory: &Directory,
) -> (&'static str, Map<String, Value>) {
    let person = |id: Option<UserId>| json!(id.map(|id| PersonBody::of(id, directory)));
    match event {
        ConversationEvent::Created(_) => ("created", Map::new()),
        ConversationEvent::MessageAdded { .. } => ("message_added", Map::new()),
        ConversationEvent::NoteAdded { .. } => ("note_added", Map::new()),
        ConversationEvent::Assigned {
            assignee, previous, ..
        } => (
            "assigned",
            change("assignee", person(*previous), person(Some(*assignee))),
        ),
        ConversationEvent::Unassigned { previous, .. } => (
            "unassigned",
            change("assignee", person(Some(*previous)), Value::Null),
        ),
        ConversationEvent::TakenOver { by, previous } => {
            let mut changes = Map::new();
            if *previous != Some(*by) {
                changes = change("assignee", person(*previous), person(Some(*by)));
            }
            changes.extend(change("ai.handling", json!(true), json!(false)));
            changes.extend(change(
                "ai.handoff_at",
                Value::Null,
                json!(WireTime(commit.at)),
            ));
            ("taken_over", changes)
        }
        ConversationEvent::StatusChanged { from, to } => (
            "status_changed",
            change("status", json!(from.as_str()), json!(to.as_str())),
        ),
        ConversationEvent::PriorityChanged { from, to } => (
            "priority_changed",
            change("priority", json!(from.as_str()), json!(to.as_str())),
        ),
        ConversationEvent::TagsChanged { from, to } => {
            ("tags_changed", change("tags", json!(from), json!(to)))
        }
        ConversationEvent::CustomFieldsChanged { from, to } => (
            "custom_fields_changed",
            change("custom_fields", json!(from), json!(to)),
        ),
        ConversationEvent::AiReplySent { .. } => ("ai_reply_sent", Map::new()),
        ConversationEvent::AiReplySuppressed { .. } => ("ai_reply_suppressed", Map::new()),
        ConversationEvent::AiDraftSaved { body, .. } => (
            "ai_draft_saved",
            change("ai.draft", Value::Null, json!(body)),
        ),
        ConversationEvent::AiHandlingEnded { .. } => (
            "ai_handling_ended",
            change("ai.handling", json!(true), json!(false)),
        ),
    }
}

/// What the gate said of a reply of the AI. The text of one that was held back is here too, since it is
/// in no message.
fn judged(event: &ConversationEvent) -> Option<Value> {
    let (verdict, score) = Verdict::recorded(std::slice::from_ref(event))?;
    let mut why = Map::from_iter([
        ("outcome".to_owned(), json!(verdict.outcome.as_str())),
        ("reason".to_owned(), json!(verdict.reason.as_str())),
        ("confidence".to_owned(), json!(score.confidence)),
        ("labels".to_owned(), json!(score.labels)),
    ]);
    if let ConversationEvent::AiReplySuppressed { body, .. } = event {
        why.insert("body".to_owned(), json!(body));
    }
    Some(Value::Object(why))
}

fn change(field: &str, from: Value, to: Value) -> Map<String, Value> {
    Map::from_iter([(field.to_owned(), json!({"from": from, "to": to}))])
}
