//! A commit: the unit of the log. Everything in it becomes true together.

use serde::{Deserialize, Serialize};

use super::conversation::{ConversationEvent, Stamp};
use super::directory::DirectoryEvent;
use super::operation::OperationEvent;
use super::{Actor, ConversationId, EpochId, OperationId, Timestamp};

/// About how many bytes an event takes besides its texts.
const EVENT: usize = 256;

/// About how many bytes somebody or something takes that is named by its id.
const NAMED: usize = 100;

/// One position of a workspace's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its position: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// Its time; never before that of an earlier commit.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    #[serde(flatten)]
    pub body: CommitBody,
}

/// What a commit is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum CommitBody {
    /// One conversation.
    Conversation(ConversationCommit),
    /// People, tokens, sessions, switches.
    Directory {
        /// In order.
        events: Vec<DirectoryEvent>,
    },
    /// The beginning or the end of an operation on many conversations.
    Operation {
        /// Which of the two.
        event: OperationEvent,
    },
    /// A start of the server; the log's own lineage.
    Epoch {
        /// The name of the start.
        epoch: EpochId,
    },
}

/// See [`CommitBody::Conversation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationCommit {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its version from now on.
    pub version: u64,
    /// Its number, in the commit that creates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The operation that it was an item of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
    /// In order.
    pub events: Vec<ConversationEvent>,
}

impl ConversationCommit {
    /// Where it stands, for the fold.
    #[must_use]
    pub const fn stamp(&self, at: Timestamp) -> Stamp {
        Stamp {
            version: self.version,
            at,
            number: self.number,
        }
    }
}

impl Commit {
    /// The conversation that it is about, if it is about one.
    #[must_use]
    pub const fn conversation(&self) -> Option<ConversationId> {
        match &self.body {
            CommitBody::Conversation(body) => Some(body.conversation),
            CommitBody::Directory { .. }
            | CommitBody::Operation { .. }
            | CommitBody::Epoch { .. } => None,
        }
    }

    /// About how many bytes it takes, without writing it out.
    #[must_use]
    pub fn weight(&self) -> usize {
        let body = match &self.body {
            CommitBody::Conversation(body) => body,
            CommitBody::Directory { events } => {
                return EVENT + events.iter().map(weight_of_directory).sum::<usize>();
            }
            CommitBody::Operation { event } => return EVENT + event.weight(),
            CommitBody::Epoch { .. } => return EVENT,
        };
        let texts = body.events.iter().map(|event| match event {
            ConversationEvent::MessageAdded { message }
            | ConversationEvent::NoteAdded { message }
            | ConversationEvent::AiReplySent { message, .. } => EVENT + message.body.len(),
            ConversationEvent::AiReplySuppressed { body, .. }
            | ConversationEvent::AiDraftSaved { body, .. } => EVENT + body.len(),
            ConversationEvent::Created(created) => {
                let fields = created
                    .custom_fields
                    .iter()
                    .map(|(name, value)| name.len() + value.len());
                let tags = created.tags.iter().map(String::len);
                let routing = created.routing.as_ref().map_or(0, |routing| {
                    NAMED * (routing.passed_over.len() + routing.candidates.len())
                });
                let texts = created.subject.len() + fields.sum::<usize>() + tags.sum::<usize>();
                EVENT + texts + routing
            }
            ConversationEvent::TagsChanged { from, to } => {
                EVENT + from.iter().chain(to.iter()).map(String::len).sum::<usize>()
            }
            ConversationEvent::CustomFieldsChanged { from, to } => {
                let values = from
                    .iter()
                    .chain(to)
                    .map(|(name, value)| name.len() + value.as_ref().map_or(0, String::len));
                EVENT + values.sum::<usize>()
            }
            ConversationEvent::Assigned { .. }
            | ConversationEvent::Unassigned { .. }
            | ConversationEvent::TakenOver { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::AiHandlingEnded { .. } => EVENT,
        });
        texts.sum()
    }
}

fn weight_of_directory(event: &DirectoryEvent) -> usize {
    match event {
        DirectoryEvent::RulesReplaced { rules, .. } => {
            let texts = rules.iter().map(|rule| EVENT + rule.text_bytes());
            EVENT + texts.sum::<usize>()
        }
        DirectoryEvent::TeamCreated { members, .. } => EVENT + NAMED * members.len(),
        DirectoryEvent::TeamMembersChanged { added, removed, .. } => {
            EVENT + NAMED * (added.len() + removed.len())
        }
        DirectoryEvent::WorkspaceCreated { .. }
        | DirectoryEvent::UserCreated { .. }
        | DirectoryEvent::UserRenamed { .. }
        | DirectoryEvent::RoleChanged { .. }
        | DirectoryEvent::UserStatusChanged { .. }
        | DirectoryEvent::PasswordChanged { .. }
        | DirectoryEvent::TimeZoneChanged { .. }
        | DirectoryEvent::SlackAccountChanged { .. }
        | DirectoryEvent::TokenCreated { .. }
        | DirectoryEvent::TokenRevoked { .. }
        | DirectoryEvent::SessionStarted { .. }
        | DirectoryEvent::SessionEnded { .. }
        | DirectoryEvent::AutopilotSwitched { .. }
        | DirectoryEvent::AutopilotSet { .. }
        | DirectoryEvent::WebhookChanged { .. }
        | DirectoryEvent::NotificationPreferencesChanged { .. }
        | DirectoryEvent::NotificationRead { .. }
        | DirectoryEvent::NotificationsRead { .. }
        | DirectoryEvent::TeamRenamed { .. } => EVENT,
    }
}
