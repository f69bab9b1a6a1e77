//! The pure core: no async, no clock, no randomness, no I/O.
#![warn(clippy::wildcard_enum_match_arm)]

mod actor;
mod commit;
pub mod conversation;
pub mod directory;
mod ids;
<<<<<<< HEAD
pub mod invariants;
mod time;

pub use actor::{Actor, Caller, Scope};
pub use commit::{Commit, CommitBody, ConversationCommit};
pub use ids::{ConversationId, EpochId, IdError, MessageId, TokenId, UserId, WorkspaceId};
=======
mod time;

pub use ids::{ConversationId, IdError, MessageId, TokenId, UserId, WorkspaceId};
>>>>>>> shell
pub use time::Timestamp;
