//! The pure core: no async, no clock, no randomness, no I/O.
#![warn(clippy::wildcard_enum_match_arm)]

mod actor;
pub mod ai_gate;
mod commit;
pub mod conversation;
pub mod directory;
mod ids;
pub mod invariants;
pub mod notifications;
pub mod operation;
pub mod rotation;
pub mod routing;
pub mod stats;
#[cfg(test)]
pub(crate) mod testing;
mod time;

pub use actor::{Actor, Caller, Scope};
pub use commit::{Commit, CommitBody, ConversationCommit};
pub use ids::{
    ConversationId, DeliveryId, EpochId, EventId, IdError, MessageId, NotificationId, OperationId,
    RuleId, TeamId, TokenId, UserId, WebhookId, WorkspaceId,
};
pub use time::Timestamp;
