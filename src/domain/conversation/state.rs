//! A conversation as the fold of its events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::{ConversationEvent, Created};
use super::values::{
    AiState, AssignedBy, Assignment, Channel, Customer, Handoff, Message, MessageKind, Priority,
    SentReply, Status,
};
use crate::domain::{ConversationId, Timestamp, UserId};

/// How many characters of the last message a list shows.
const PREVIEW_CHARS: usize = 140;

/// What creation fixed and nothing changes; shared by every later state.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its id.
    pub id: ConversationId,
    /// Its number in the workspace: 1, 2, 3 … in the order of creation.
    pub number: u64,
    /// The integrator's own id.
    pub external_id: Option<Arc<str>>,
    /// How the customer reached the workspace.
    pub channel: Channel,
    /// The subject.
    pub subject: Arc<str>,
    /// The customer.
    pub customer: Arc<Customer>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A conversation at one version. Copies are cheap: whatever is long is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// What creation fixed.
    pub facts: Arc<Facts>,
    /// Where it stands.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Its tags, in the order they were given, none twice.
    pub tags: Arc<Vec<String>>,
    /// Its custom fields.
    pub custom_fields: Arc<BTreeMap<String, String>>,
    /// The person on the hook for the next reply.
    pub assignee: Option<UserId>,
    /// The last change of assignee, also to nobody.
    pub last_assignment: Option<Assignment>,
    /// What the AI has to do with it.
    pub ai: AiState,
    /// The beginning of the last message.
    pub preview: Arc<str>,
    /// How many messages it has, notes not counted.
    pub message_count: u64,
    /// When it was created or the last message was added.
    pub last_activity_at: Timestamp,
    /// Everybody who was ever mentioned in a note.
    pub mentioned: Arc<BTreeSet<UserId>>,
    /// 1 on creation, +1 with every commit that touches it.
    pub version: u64,
}

/// Where a commit stands: what the sequencer gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The version that the conversation has after it.
    pub version: u64,
    /// Its time.
    pub at: Timestamp,
    /// The conversation's number, when this commit creates it.
    pub number: Option<u64>,
}

/// Events that do not fit the state they are applied to; a damaged log, never a user's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("conversation {conversation}: {reason}")]
pub struct FoldError {
    /// Which conversation.
    pub conversation: ConversationId,
    /// What does not fit.
    pub reason: &'static str,
}

impl Conversation {
    /// The state after a commit, folded from the one before; `None` is "does not exist yet".
    ///
    /// # Errors
    /// When the first event of a conversation is not its creation, or a later one is.
    pub fn fold(
        before: Option<&Self>,
        id: ConversationId,
        events: &[ConversationEvent],
        stamp: Stamp,
    ) -> Result<Self, FoldError> {
        let refused = |reason| FoldError {
            conversation: id,
            reason,
        };
        let (mut state, rest) = match (before, events) {
            (Some(state), events) => (state.clone(), events),
            (None, [ConversationEvent::Created(created), rest @ ..]) => {
                let number = stamp
                    .number
                    .ok_or_else(|| refused("it was created without a number"))?;
                (Self::created(id, created, number, stamp), rest)
            }
            (None, _) => return Err(refused("its first event does not create it")),
        };
        for event in rest {
            if matches!(event, ConversationEvent::Created(_)) {
                return Err(refused("it was created twice"));
            }
            state.apply(event, stamp);
        }
        state.version = stamp.version;
        Ok(state)
    }

    fn created(id: ConversationId, created: &Created, number: u64, stamp: Stamp) -> Self {
        Self {
            facts: Arc::new(Facts {
                id,
                number,
                external_id: created.external_id.clone(),
                channel: created.channel,
                subject: Arc::clone(&created.subject),
                customer: Arc::clone(&created.customer),
                created_at: stamp.at,
            }),
            status: Status::Open,
            priority: created.priority,
            tags: Arc::clone(&created.tags),
            custom_fields: Arc::clone(&created.custom_fields),
            assignee: None,
            last_assignment: None,
            ai: AiState {
                handling: created.ai_handling,
                mode: created.ai_mode,
                handoff: None,
                draft: None,
                sent_count: 0,
                last_sent: None,
                agent_replied: false,
            },
            preview: Arc::from(""),
            message_count: 0,
            last_activity_at: stamp.at,
            mentioned: Arc::default(),
            version: stamp.version,
        }
    }

    fn apply(&mut self, event: &ConversationEvent, stamp: Stamp) {
        match event {
            // Refused by `fold` before it comes here.
            ConversationEvent::Created(_) => {}
            ConversationEvent::MessageAdded { message } => {
                self.ai.agent_replied |= message.kind == MessageKind::Agent;
                self.add_message(message, stamp.at);
            }
            ConversationEvent::NoteAdded { message } => self.mention(&message.mentions),
            ConversationEvent::Assigned { assignee, by, .. } => {
                self.give_to(Some(*assignee), by.clone(), stamp);
            }
            ConversationEvent::Unassigned { by, .. } => self.give_to(None, by.clone(), stamp),
            ConversationEvent::TakenOver { by, .. } => {
                self.ai.handling = false;
                self.ai.handoff = Some(Handoff {
                    by: *by,
                    at: stamp.at,
                });
                if self.assignee != Some(*by) {
                    self.give_to(Some(*by), AssignedBy::TakeOver { id: *by }, stamp);
                }
            }
            ConversationEvent::StatusChanged { to, .. } => self.status = *to,
            ConversationEvent::PriorityChanged { to, .. } => self.priority = *to,
            ConversationEvent::TagsChanged { to, .. } => self.tags = Arc::clone(to),
            ConversationEvent::CustomFieldsChanged { to, .. } => self.set_custom_fields(to),
            ConversationEvent::AiReplySent { message, .. } => {
                self.add_message(message, stamp.at);
                self.ai.sent_count = self.ai.sent_count.saturating_add(1);
                self.ai.last_sent = Some(Arc::new(SentReply {
                    message: message.clone(),
                    at: stamp.at,
                }));
            }
            // It stands in the history alone: what was not sent changes nothing else.
            ConversationEvent::AiReplySuppressed { .. } => {}
            ConversationEvent::AiDraftSaved { body, .. } => self.ai.draft = Some(Arc::clone(body)),
            ConversationEvent::AiHandlingEnded { .. } => {
                self.ai.handling = false;
                self.ai.last_sent = None;
            }
        }
    }

    fn give_to(&mut self, assignee: Option<UserId>, by: AssignedBy, stamp: Stamp) {
        self.last_assignment = Some(Assignment {
            version: stamp.version,
            at: stamp.at,
            by,
            previous: self.assignee,
        });
        self.assignee = assignee;
    }

    fn add_message(&mut self, message: &Message, at: Timestamp) {
        self.preview = message
            .body
            .chars()
            .take(PREVIEW_CHARS)
            .collect::<String>()
            .into();
        self.message_count = self.message_count.saturating_add(1);
        self.last_activity_at = at;
    }

    fn mention(&mut self, users: &[UserId]) {
        if users.iter().any(|user| !self.mentioned.contains(user)) {
            Arc::make_mut(&mut self.mentioned).extend(users);
        }
    }

    fn set_custom_fields(&mut self, changes: &BTreeMap<String, Option<String>>) {
        let fields = Arc::make_mut(&mut self.custom_fields);
        for (name, value) in changes {
            match value {
                Some(value) => fields.insert(name.clone(), value.clone()),
                None => fields.remove(name),
            };
        }
    }
}
