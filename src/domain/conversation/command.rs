//! What can be asked of a conversation. Ids and texts come as values; limits were checked outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::values::{Channel, Customer, Priority, Status};
use crate::domain::ai_gate::AiScore;
use crate::domain::{Caller, MessageId, OperationId, UserId};

/// A command together with who asks and which version they have seen.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// The versions that the caller may have seen (`If-Match`); another one refuses the command.
    pub expected_versions: Option<Vec<u64>>,
    /// What they ask for.
    pub command: Command,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Command {
    /// Bring it into being, with the customer's first message.
    Create(Box<Create>),
    /// Add a customer's or an agent's message.
    AddMessage(AddMessage),
    /// Add an internal note.
    AddNote(Note),
    /// Change status, priority, tags or custom fields, all of it or nothing.
    Edit(Box<Edit>),
    /// Give it to somebody, or to nobody. The last one in the conversation's order wins, unless
    /// the caller says whom they expect to own it now.
    Assign(Assign),
    /// Take it if nobody has it.
    Claim,
    /// Take it from the AI: stamp and owner in one step.
    TakeOver,
    /// Take back the change of assignee made at a version, if there was no later one.
    Undo {
        /// That version.
        version: u64,
    },
    /// Offer a reply of the AI; the gate decides what becomes of it.
    OfferAiReply(OfferAiReply),
    /// One of these, as an item of an operation on many conversations.
    InBulk(InBulk),
}

/// See [`Command::Create`].
#[derive(Debug, Clone)]
pub struct Create {
    /// The integrator's own id, unique in the workspace.
    pub external_id: Option<Arc<str>>,
    /// How the customer reached the workspace.
    pub channel: Channel,
    /// The subject.
    pub subject: Arc<str>,
    /// The customer.
    pub customer: Arc<Customer>,
    /// The id of the first message.
    pub message: MessageId,
    /// The text of the first message.
    pub body: Arc<str>,
    /// The priority.
    pub priority: Priority,
    /// The tags.
    pub tags: Vec<String>,
    /// The custom fields.
    pub custom_fields: BTreeMap<String, String>,
}

/// Who a message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The customer of the conversation.
    Customer,
    /// The caller, to the customer.
    Agent,
}

/// See [`Command::AddMessage`].
#[derive(Debug, Clone)]
pub struct AddMessage {
    /// The message's id.
    pub id: MessageId,
    /// Who it is from.
    pub sender: Sender,
    /// The text.
    pub body: Arc<str>,
}

/// See [`Command::AddNote`]; an assignment may carry one too.
#[derive(Debug, Clone)]
pub struct Note {
    /// The note's id.
    pub id: MessageId,
    /// The text.
    pub body: Arc<str>,
    /// Whom it mentions.
    pub mentions: Vec<UserId>,
}

/// See [`Command::Edit`]. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The new status.
    pub status: Option<Status>,
    /// The new priority.
    pub priority: Option<Priority>,
    /// All the tags from now on.
    pub tags: Option<Vec<String>>,
    /// The fields to set, or with `None` to remove; others stay.
    pub custom_fields: BTreeMap<String, Option<String>>,
    /// How many custom fields a conversation may have.
    pub custom_fields_max: usize,
}

/// See [`Command::Assign`].
#[derive(Debug, Clone)]
pub struct Assign {
    /// Whom to give it to; `None` is nobody.
    pub assignee: Option<UserId>,
    /// Whom the caller expects to own it now, if they said.
    pub expected: Option<Option<UserId>>,
    /// A note to commit together with it.
    pub note: Option<Note>,
}

/// See [`Command::OfferAiReply`].
#[derive(Debug, Clone)]
pub struct OfferAiReply {
    /// The message's id, should it be sent.
    pub id: MessageId,
    /// The text.
    pub body: Arc<str>,
    /// How the AI judges it.
    pub score: AiScore,
}

/// See [`Command::InBulk`].
#[derive(Debug, Clone)]
pub struct InBulk {
    /// The operation that this is an item of.
    pub operation: OperationId,
    /// What is asked of the conversation.
    pub item: BulkItem,
}

/// What an operation asks of one of its conversations.
#[derive(Debug, Clone)]
pub enum BulkItem {
    /// Give it to somebody, or to nobody.
    Assign {
        /// To whom, and with which note.
        assign: Assign,
        /// Only if nobody has it: then the first wins, as with a claim.
        only_unassigned: bool,
    },
    /// Take back the change of assignee made at a version, if there was no later one.
    Undo {
        /// That version.
        version: u64,
    },
}

impl Command {
    /// The operation that it is an item of, if it is one.
    #[must_use]
    pub const fn operation(&self) -> Option<OperationId> {
        match self {
            Self::InBulk(in_bulk) => Some(in_bulk.operation),
            Self::Create(_)
            | Self::AddMessage(_)
            | Self::AddNote(_)
            | Self::Edit(_)
            | Self::Assign(_)
            | Self::Claim
            | Self::TakeOver
            | Self::OfferAiReply(_)
            | Self::Undo { .. } => None,
        }
    }
}
