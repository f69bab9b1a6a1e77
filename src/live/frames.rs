//! The frames that the server sends, as text. Each is written once, whoever gets it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::list_fold::ListChange;
use super::view::View;
use crate::domain::conversation::Conversation;
use crate::domain::directory::{Directory, User};
use crate::domain::stats::Stats;
use crate::domain::{ConversationId, EpochId, OperationId};
use crate::metrics::ResyncReason;
use crate::views::{Filter, RowSum};
use crate::wire::{ConversationBody, Found, HistoryEntry, NotificationBody, StatsBody, UserBody};

/// Conversations that are written once a turn, however many views show them.
#[derive(Debug)]
pub(super) struct Written {
    directory: Arc<Directory>,
    conversations: HashMap<(ConversationId, u64), Arc<RawValue>>,
}

impl Written {
    pub(super) fn new(directory: Arc<Directory>) -> Self {
        Self {
            directory,
            conversations: HashMap::new(),
        }
    }

    /// The people whose names are written.
    pub(super) const fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    fn conversation(&mut self, conversation: &Conversation) -> Arc<RawValue> {
        let directory = &self.directory;
        let key = (conversation.facts.id, conversation.version);
        let written = self.conversations.entry(key).or_insert_with(|| {
            let body = ConversationBody::of(conversation, directory);
            // Plain data: there is nothing in it that cannot be written.
            serde_json::value::to_raw_value(&body)
                .map_or_else(|_| Arc::from(RawValue::NULL.to_owned()), Arc::from)
        });
        Arc::clone(written)
    }

    fn all(&mut self, conversations: &[Arc<Conversation>]) -> Vec<Arc<RawValue>> {
        conversations
            .iter()
            .map(|one| self.conversation(one))
            .collect()
    }
}

/// What a beacon says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) seq: u64,
    pub(super) total: usize,
    pub(super) sum: RowSum,
    pub(super) head_count: usize,
    pub(super) head_sum: RowSum,
}

/// A view as it stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) seq: u64,
    pub(super) total: usize,
    pub(super) items: Vec<Arc<Conversation>>,
}

fn text(frame: &impl Serialize) -> String {
    // Writing plain data to memory does not fail; if it ever did, the client would see no frame
    // and find the gap.
    serde_json::to_string(frame).unwrap_or_default()
}

pub(super) fn welcome(
    session: u64,
    (epoch, seq): (Option<EpochId>, u64),
    (user, unread): (Option<&User>, usize),
    heartbeat_s: u64,
) -> String {
    text(&json!({
        "type": "welcome",
        "session": session.to_string(),
        "epoch": epoch,
        "seq": seq,
        "user": user.map(UserBody::of),
        "unread": unread,
        "heartbeat_s": heartbeat_s,
    }))
}

pub(super) fn bulk_progress(
    (operation, idempotency_key): (OperationId, Option<&str>),
    (done, total): (usize, usize),
) -> String {
    text(&json!({
        "type": "bulk_progress",
        "operation_id": operation,
        "idempotency_key": idempotency_key,
        "done": done,
        "total": total,
    }))
}

/// What a snapshot of one conversation has besides the conversation.
#[derive(Debug, Serialize)]
pub(super) struct Beside<'a> {
    pub(super) history: &'a [HistoryEntry],
    pub(super) users: &'a Value,
}

pub(super) fn snapshot(
    view: View,
    standing: &Standing,
    beside: Option<Beside<'_>>,
    written: &mut Written,
) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        view: String,
        seq: u64,
        total: usize,
        items: Vec<Arc<RawValue>>,
        #[serde(flatten)]
        beside: Option<Beside<'a>>,
    }
    text(&Frame {
        r#type: "snapshot",
        view: view.to_string(),
        seq: standing.seq,
        total: standing.total,
        items: written.all(&standing.items),
        beside,
    })
}

pub(super) fn change(view: View, change: &ListChange, written: &mut Written) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        view: String,
        seq: u64,
        prev: u64,
        enter: Vec<Arc<RawValue>>,
        update: Vec<Arc<RawValue>>,
        leave: &'a [ConversationId],
        total: usize,
    }
    text(&Frame {
        r#type: "change",
        view: view.to_string(),
        seq: change.seq,
        prev: change.prev,
        enter: written.all(&change.enter),
        update: written.all(&change.update),
        leave: &change.leave,
        total: change.total,
    })
}

pub(super) fn event(
    view: View,
    (prev, seq): (u64, u64),
    entry: &HistoryEntry,
    conversation: &Conversation,
    written: &mut Written,
) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        view: String,
        seq: u64,
        prev: u64,
        entry: &'a HistoryEntry,
        conversation: Arc<RawValue>,
    }
    text(&Frame {
        r#type: "event",
        view: view.to_string(),
        seq,
        prev,
        entry,
        conversation: written.conversation(conversation),
    })
}

pub(super) fn beacon(view: View, sums: &Sums) -> String {
    text(&json!({
        "type": "beacon",
        "view": view.to_string(),
        "seq": sums.seq,
        "total": sums.total,
        "hash": sums.sum.to_hex(),
        "head": {"count": sums.head_count, "hash": sums.head_sum.to_hex()},
    }))
}

pub(super) fn counts(counts: &BTreeMap<Filter, usize>) -> String {
    let counts: BTreeMap<&str, usize> = counts
        .iter()
        .map(|(filter, count)| (filter.key(), *count))
        .collect();
    text(&json!({"type": "counts", "counts": counts}))
}

pub(super) fn stats(stats: &Stats, directory: &Directory) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        #[serde(flatten)]
        stats: StatsBody<'a>,
    }
    text(&Frame {
        r#type: "stats",
        stats: StatsBody::of(stats, directory),
    })
}

pub(super) fn presence(conversation: ConversationId, users: &Value) -> String {
    text(&json!({"type": "presence", "conversation": conversation, "users": users}))
}

pub(super) fn user(user: &User) -> String {
    text(&json!({"type": "user", "user": UserBody::of(user)}))
}

pub(super) fn notification(found: Found<'_>, unread: usize, directory: &Directory) -> String {
    let notification = NotificationBody::of(found, directory);
    text(&json!({"type": "notification", "notification": notification, "unread": unread}))
}

pub(super) fn resync(view: View, reason: ResyncReason) -> String {
    text(&json!({"type": "resync", "view": view.to_string(), "reason": reason.as_str()}))
}

pub(super) fn error(code: ErrorCode, detail: &str, view: Option<&str>) -> String {
    let mut frame = json!({"type": "error", "code": code.as_str(), "detail": detail});
    if let (Some(view), Some(object)) = (view, frame.as_object_mut()) {
        object.insert("view".to_owned(), json!(view));
    }
    text(&frame)
}

pub(super) const PONG: &str = r#"{"type":"pong"}"#;

/// What a client is told of a frame that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorCode {
    BadFrame,
    UnknownType,
    UnknownView,
    NotFound,
    AlreadySubscribed,
    TooManySubscriptions,
}

impl ErrorCode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownType => "unknown_type",
            Self::UnknownView => "unknown_view",
            Self::NotFound => "not_found",
            Self::AlreadySubscribed => "already_subscribed",
            Self::TooManySubscriptions => "too_many_subscriptions",
        }
    }
}
