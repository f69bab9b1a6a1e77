//! What is proposed to the sequencer, and what it says.

use super::answer::{CommandFailure, Release};
use super::idempotency::Remember;
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::directory::DirectoryEvent;
use crate::domain::{Actor, ConversationId, OperationId};

/// Why a proposal got no position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSequenced {
    /// The directory has changed since, or the customer is not new any more: decide again, in this
    /// section.
    Stale,
    /// The proposer's state is not the present one: it must be rebuilt from the views.
    Superseded,
    /// The external id belongs to this conversation.
    ExternalIdTaken(ConversationId),
    /// It could not be queued.
    Failed(CommandFailure),
}

/// What a conversation wants to become true.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its state, on which the events were decided.
    pub before: Option<&'a Conversation>,
    /// The revision of the directory on which they were decided.
    pub revision: u64,
    /// The generation that the state belongs to.
    pub generation: u64,
    /// Who does it.
    pub actor: Actor,
    /// The operation that it is an item of.
    pub operation: Option<OperationId>,
    /// What happens.
    pub events: Vec<ConversationEvent>,
}

/// What a directory wants to become true.
#[derive(Debug)]
pub struct DirectoryProposal {
    /// The generation that its state belongs to.
    pub generation: u64,
    /// The position of the last change that its state has.
    pub at: u64,
    /// Who does it.
    pub actor: Actor,
    /// What happens.
    pub events: Vec<DirectoryEvent>,
}

/// The answer to a proposal, made once its outcome is known but before it is durable.
#[derive(Debug, Default)]
pub struct Promise {
    /// An answer to be remembered in the same append.
    pub remember: Option<Remember>,
    /// The answer.
    pub release: Option<Release>,
}

impl Promise {
    /// Its outcome is durable; there was nothing to remember.
    pub(super) fn give(self) {
        if let Some(release) = self.release {
            release.give();
        }
    }

    /// It comes to nothing, and the key is fresh before anybody is told.
    pub(super) fn fail(self, failure: CommandFailure) {
        drop(self.remember);
        if let Some(release) = self.release {
            release.fail(failure);
        }
    }
}
