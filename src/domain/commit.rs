//! A commit: the unit of the log. Everything in it becomes true together.

use serde::{Deserialize, Serialize};

use super::conversation::{ConversationEvent, Stamp};
use super::directory::DirectoryEvent;
use super::{Actor, ConversationId, EpochId, Timestamp};

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
