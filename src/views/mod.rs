//! What is listed, counted and looked up: the fold of the log, kept up to date commit by commit.

mod access;
mod filter;
mod fold;
mod inbox;
mod indexes;
mod list;
mod operations;
mod routing;
mod snapshot;
mod stats;
mod sums;
mod workspace;

pub use access::{Access, AccessIndex};
pub use filter::{Filter, Membership};
pub use fold::{ApplyError, Change, EpochStart, Row, WorkspaceFold};
pub use inbox::{INBOX_MAX, Inbox, Inboxes, Kept, Notified};
pub use indexes::{Indexes, RowKey, Rows, Summed};
pub use list::{ListQuery, Page};
pub use operations::{Operation, Operations};
pub use routing::{RoutingFold, RuleFailure, RuleTallies, RuleTally, TeamTurns};
pub use snapshot::LoadError;
pub use stats::{Contention, StatsFold};
pub use sums::RowSum;
pub use workspace::{Applied, Told, Views};
