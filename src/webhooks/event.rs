//! From a commit to what webhooks are told of it: name, time and data, as the API writes them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::directory::{Directory, WebhookTopic};
use crate::domain::{CommitBody, EventId, Timestamp, WorkspaceId};
use crate::views::Told;
use crate::wire::{ConversationBody, WireTime, entries};

/// The name of the event that is sent on request.
pub(super) const TEST: &str = "webhook.test";

/// Something that webhooks may be told of.
#[derive(Debug)]
pub(super) struct Event {
    /// The same whenever the same commit is read.
    pub(super) id: EventId,
    /// Its name.
    pub(super) topic: WebhookTopic,
    /// When it happened.
    pub(super) at: Timestamp,
    /// Its place in its commit.
    pub(super) place: usize,
    /// What is sent.
    pub(super) payload: String,
}

/// What a commit leads to, in the order of what happened in it. `wanted` says what anybody is told of.
pub(super) fn events(
    workspace: WorkspaceId,
    told: &Told,
    directory: &Directory,
    wanted: impl Fn(WebhookTopic, Timestamp) -> bool,
) -> Vec<Event> {
    let commit = &told.commit;
    let (CommitBody::Conversation(body), Some(change)) = (&commit.body, &told.change) else {
        return Vec::new();
    };
    let conversation = &*change.after;
    let entries = entries(commit, body, conversation, directory);
    let topics = entries.iter().map(|entry| topic(entry.kind));
    let mut events = Vec::new();
    for (place, (entry, topic)) in entries.iter().zip(topics).enumerate() {
        let Some(topic) = topic.filter(|topic| wanted(*topic, commit.at)) else {
            continue;
        };
        let mut data = json!({
            "conversation": ConversationBody::of(conversation, directory),
            "entry": entry,
        });
        if let (Some(message), Some(data)) = (&entry.message, data.as_object_mut()) {
            data.insert("message".to_owned(), message.clone());
        }
        events.push(Event {
            id: id(workspace, commit.seq, place),
            topic,
            at: commit.at,
            place,
            payload: payload(topic.as_str(), commit.at, &data),
        });
    }
    events
}

/// What webhooks are told of an entry of the history, if anything. Notes are internal; the rest that
/// is not named here shows in the conversation of the next event.
fn topic(kind: &str) -> Option<WebhookTopic> {
    Some(match kind {
        "created" => WebhookTopic::ConversationCreated,
        "assigned" => WebhookTopic::ConversationAssigned,
        "unassigned" => WebhookTopic::ConversationUnassigned,
        "taken_over" => WebhookTopic::ConversationTakenOver,
        "status_changed" => WebhookTopic::ConversationStatusChanged,
        "message_added" | "ai_reply_sent" => WebhookTopic::MessageCreated,
        "ai_reply_suppressed" => WebhookTopic::AiReplySuppressed,
        _ => return None,
    })
}

/// What is sent, in the form that the specification recommends.
pub(super) fn payload(topic: &str, at: Timestamp, data: &Value) -> String {
    json!({"type": topic, "timestamp": WireTime(at), "data": data}).to_string()
}

/// An id that follows from the place in the log.
fn id(workspace: WorkspaceId, seq: u64, place: usize) -> EventId {
    let mut digest = Sha256::new();
    digest.update(workspace.as_u128().to_be_bytes());
    digest.update(seq.to_be_bytes());
    digest.update(u64::try_from(place).unwrap_or(u64::MAX).to_be_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let half = digest.first_chunk::<16>().copied().unwrap_or_default();
    EventId::from_u128(u128::from_be_bytes(half))
}
