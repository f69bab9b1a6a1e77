//! Notifications as the wire has them, and in words.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::people::actor_body;
use super::references::{AssignedByBody, PersonBody};
use super::time::WireTime;
use crate::domain::conversation::{Conversation, ConversationEvent, Message, MessageKind};
use crate::domain::directory::Directory;
use crate::domain::notifications::{Cadence, NotificationKind, Preference};
use crate::domain::{Actor, Commit, CommitBody, ConversationId, NotificationId};

/// How many characters of a message a notification shows.
const PREVIEW_CHARS: usize = 140;

/// Something that somebody was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(crate) struct NotificationBody<'a> {
    /// Its id.
    #[schema(value_type = String, example = "ntf_000000000000002aa8b91c2d3e4f5601")]
    pub(crate) id: NotificationId,
    /// `assignment`, `mention`, `conversation_reply`, `new_unassigned` or `ai_auto_sent`.
    pub(crate) kind: &'static str,
    /// The conversation that it is about.
    #[schema(value_type = String)]
    pub(crate) conversation_id: ConversationId,
    /// The same, as people know it.
    pub(crate) conversation: AboutBody<'a>,
    /// Who caused it: `{"kind", "id", "name"}`.
    #[schema(value_type = Object)]
    pub(crate) actor: Value,
    /// What happened, in a sentence.
    pub(crate) title: String,
    /// The first 140 characters of the message or note, where there is one.
    #[schema(required = true)]
    pub(crate) preview: Option<String>,
    /// Why a new conversation belongs to nobody, where a rule was to give it to somebody.
    #[schema(required = true)]
    pub(crate) reason: Option<String>,
    /// The position in the log that it follows from.
    pub(crate) seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: WireTime,
    /// Whether it was read.
    pub(crate) read: bool,
}

/// A conversation, as a notification refers to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationConversation)]
pub(crate) struct AboutBody<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: ConversationId,
    /// Its number in the workspace.
    pub(crate) number: u64,
    /// Its subject.
    pub(crate) subject: &'a str,
}

/// How somebody wants to be told of one kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreference)]
pub(crate) struct PreferenceBody {
    /// In the application; always at once.
    pub(crate) in_app: bool,
    /// By email.
    pub(crate) email: bool,
    /// By a direct message in Slack, once an account is linked.
    pub(crate) slack: bool,
    /// `instant`, `hourly` or `daily`; for email and Slack.
    pub(crate) cadence: &'static str,
}

/// A notification that was found: what it says stands in its commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    /// Its id.
    pub(crate) id: NotificationId,
    /// What it is of.
    pub(crate) kind: NotificationKind,
    /// Whether it was read.
    pub(crate) read: bool,
    /// The commit that it follows from.
    pub(crate) commit: &'a Commit,
    /// The conversation.
    pub(crate) conversation: &'a Conversation,
}

impl<'a> NotificationBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(found: Found<'a>, directory: &Directory) -> Self {
        let Found {
            id,
            kind,
            read,
            commit,
            conversation,
        } = found;
        let facts = &conversation.facts;
        let said = Said::of(kind, commit, conversation, directory);
        Self {
            id,
            kind: kind.as_str(),
            conversation_id: facts.id,
            conversation: AboutBody {
                id: facts.id,
                number: facts.number,
                subject: &facts.subject,
            },
            actor: actor_body(&commit.actor, directory),
            title: said.title,
            preview: said.preview,
            reason: said.reason,
            seq: commit.seq,
            created_at: WireTime(commit.at),
            read,
        }
    }
}

impl PreferenceBody {
    /// The wire's form.
    #[must_use]
    pub(crate) const fn of(preference: Preference) -> Self {
        Self {
            in_app: preference.in_app,
            email: preference.email,
            slack: preference.slack,
            cadence: Cadence::as_str(preference.cadence),
        }
    }
}

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// What happened, in a sentence.
    pub(crate) title: String,
    /// The beginning of the message or note.
    pub(crate) preview: Option<String>,
    /// Why a new conversation belongs to nobody.
    pub(crate) reason: Option<String>,
}

impl Said {
    /// What a commit says to those whom it concerns in this way.
    #[must_use]
    pub(crate) fn of(
        kind: NotificationKind,
        commit: &Commit,
        conversation: &Conversation,
        directory: &Directory,
    ) -> Self {
        let events: &[ConversationEvent] = match &commit.body {
            CommitBody::Conversation(body) => &body.events,
            CommitBody::Directory { .. }
            | CommitBody::Operation { .. }
            | CommitBody::Epoch { .. } => &[],
        };
        let number = conversation.facts.number;
        let who = || name(&commit.actor, directory);
        let customer = || {
            let customer = &conversation.facts.customer;
            [&customer.name, &customer.email]
                .into_iter()
                .find(|text| !text.is_empty())
                .map_or_else(|| "The customer".to_owned(), Clone::clone)
        };
        let (title, shown) = match kind {
            NotificationKind::Assignment => (
                format!("{} assigned #{number} to you", assigner(events, directory)),
                Some(MessageKind::Note),
            ),
            NotificationKind::Mention => (
                format!("{} mentioned you in #{number}", who()),
                Some(MessageKind::Note),
            ),
            NotificationKind::ConversationReply => (
                format!("{} replied in #{number}", customer()),
                Some(MessageKind::Customer),
            ),
            NotificationKind::NewUnassigned => (
                format!("#{number} is new and belongs to nobody"),
                Some(MessageKind::Customer),
            ),
            NotificationKind::AiAutoSent => (
                format!("The AI answered in #{number}"),
                Some(MessageKind::Ai),
            ),
        };
        let mut messages = events.iter().filter_map(ConversationEvent::message);
        let message = messages.find(|message| Some(message.kind) == shown);
        Self {
            title,
            preview: message.map(preview),
            reason: failure(events, kind),
        }
    }
}

fn preview(message: &Message) -> String {
    message.body.chars().take(PREVIEW_CHARS).collect()
}

fn name(actor: &Actor, directory: &Directory) -> String {
    match actor {
        Actor::User { id } => PersonBody::of(*id, directory).name.to_owned(),
        Actor::Service { name, .. } => (**name).to_owned(),
        Actor::System => "Ochre".to_owned(),
    }
}

/// Why the rule that matched could not give a new conversation to anybody (B44).
fn failure(events: &[ConversationEvent], kind: NotificationKind) -> Option<String> {
    let Some(ConversationEvent::Created(created)) = events.first() else {
        return None;
    };
    let (_, reason) = created.routing.as_ref()?.failure()?;
    (kind == NotificationKind::NewUnassigned).then(|| reason.as_str().to_owned())
}

/// Whoever decided the assignment: not always who did what led to it.
fn assigner(events: &[ConversationEvent], directory: &Directory) -> String {
    let mut by = events.iter().filter_map(|event| match event {
        ConversationEvent::Assigned { by, .. } => Some(by),
        ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::Unassigned { .. }
        | ConversationEvent::TakenOver { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => None,
    });
    let by = by.next().map(|by| AssignedByBody::of(by, directory));
    by.map_or_else(String::new, |by| match by.kind {
        "rule" | "round_robin" => format!("The rule {}", by.name),
        _ => by.name.to_owned(),
    })
}
