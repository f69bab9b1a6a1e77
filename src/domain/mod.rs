//! The pure core: no async, no clock, no randomness, no I/O.
#![warn(clippy::wildcard_enum_match_arm)]

mod ids;
mod time;

pub use ids::{ConversationId, IdError, MessageId, TokenId, UserId, WorkspaceId};
pub use time::Timestamp;
