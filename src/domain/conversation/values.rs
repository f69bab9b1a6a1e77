//! The small values that a conversation is made of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::rotation::TeamRef;
use crate::domain::{MessageId, OperationId, RuleId, Timestamp, TokenId, UserId};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire and in the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Where a conversation stands. Only `open` ones are in the queues.
    Status {
        /// Someone owes a reply.
        Open = "open",
        /// Waiting for the customer.
        Pending = "pending",
        /// Put aside.
        Snoozed = "snoozed",
        /// Done.
        Closed = "closed",
    }
}

named! {
    /// How urgent, in this order.
    Priority {
        /// Below normal.
        Low = "low",
        /// What a conversation has unless told otherwise.
        Normal = "normal",
        /// Above normal.
        High = "high",
        /// Above all.
        Urgent = "urgent",
    }
}

named! {
    /// How the customer reached the workspace.
    Channel {
        /// Mail.
        Email = "email",
        /// The chat widget.
        Chat = "chat",
        /// A Slack channel.
        Slack = "slack",
    }
}

named! {
    /// What the AI may do with its replies; stamped at creation and never rewritten.
    AiMode {
        /// Send by itself when it is confident enough.
        Auto = "auto",
        /// Only draft.
        Draft = "draft",
        /// Nothing.
        Off = "off",
    }
}

named! {
    /// What kind of message it is.
    MessageKind {
        /// From the customer.
        Customer = "customer",
        /// From a person of the workspace to the customer.
        Agent = "agent",
        /// Internal.
        Note = "note",
        /// From the AI to the customer.
        Ai = "ai",
    }
}

/// The customer, as they were when the conversation was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Their name; may be empty.
    pub name: String,
    /// Their address; conversations of one customer are recognised by it.
    pub email: String,
}

impl Customer {
    /// The form of their address by which conversations of one customer are recognised.
    #[must_use]
    pub fn key(&self) -> Arc<str> {
        self.email.trim().to_lowercase().into()
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    /// The customer of the conversation.
    Customer,
    /// A person of the workspace.
    User {
        /// Their id.
        id: UserId,
    },
    /// The AI, by the program that speaks for it.
    Ai {
        /// The program's token; none when it is the server itself.
        id: Option<TokenId>,
        /// The token's name at that time.
        name: Arc<str>,
    },
}

/// A message or note. Its time is that of its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What kind.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author: Author,
    /// The text.
    pub body: Arc<str>,
    /// The people mentioned; notes only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

/// What is known when a change of assignee is explained: by whom and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AssignedBy {
    /// A person chose.
    User {
        /// Who.
        id: UserId,
    },
    /// A person took the conversation over from the AI.
    TakeOver {
        /// Who.
        id: UserId,
    },
    /// A rule that names the person.
    Rule {
        /// Which.
        rule: RuleId,
        /// Its name then, since rules are replaced.
        name: Arc<str>,
    },
    /// A rule that names a team: it was this person's turn, and this event spends it.
    RoundRobin {
        /// Which rule.
        rule: RuleId,
        /// Its name then.
        name: Arc<str>,
        /// Among whom it goes round.
        team: TeamRef,
        /// The number of the turn.
        turn: u64,
    },
    /// A person chose, for many conversations at once.
    Bulk {
        /// Who.
        id: UserId,
        /// The operation that this was an item of.
        operation: OperationId,
    },
}

impl AssignedBy {
    /// The person who decided; none when a rule did.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id } | Self::TakeOver { id } | Self::Bulk { id, .. } => Some(*id),
            Self::Rule { .. } | Self::RoundRobin { .. } => None,
        }
    }

    /// The turn of a rotation that it spends.
    #[must_use]
    pub const fn turn(&self) -> Option<(TeamRef, u64)> {
        match self {
            Self::RoundRobin { team, turn, .. } => Some((*team, *turn)),
            Self::User { .. } | Self::TakeOver { .. } | Self::Rule { .. } | Self::Bulk { .. } => {
                None
            }
        }
    }

    /// The operation that it was an item of.
    #[must_use]
    pub const fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Bulk { operation, .. } => Some(*operation),
            Self::User { .. }
            | Self::TakeOver { .. }
            | Self::Rule { .. }
            | Self::RoundRobin { .. } => None,
        }
    }

    /// The rule that decided; none when a person did.
    #[must_use]
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::Rule { rule, .. } | Self::RoundRobin { rule, .. } => Some(*rule),
            Self::User { .. } | Self::TakeOver { .. } | Self::Bulk { .. } => None,
        }
    }
}

/// The last change of assignee, also to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The version that made it.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: AssignedBy,
    /// Who had it before; what undo puts back.
    pub previous: Option<UserId>,
}

/// The take over: the article's `ai_handoff_at`, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// Who took over.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// What the AI has to do with the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiState {
    /// Whether the AI handles it now.
    pub handling: bool,
    /// What it may do with its replies.
    pub mode: AiMode,
    /// The take over, once there was one; nothing takes it away.
    pub handoff: Option<Handoff>,
    /// The reply that the AI drafted and nobody has sent yet.
    pub draft: Option<Arc<str>>,
    /// How many replies the AI has sent.
    pub sent_count: u64,
    /// The newest reply that the AI sent. A take over tells it, so it is kept only until the AI's
    /// handling ends in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sent: Option<Arc<SentReply>>,
    /// Whether a person has written to the customer.
    #[serde(default)]
    pub agent_replied: bool,
}

/// A reply that the AI sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentReply {
    /// The reply.
    pub message: Message,
    /// When.
    pub at: Timestamp,
}
