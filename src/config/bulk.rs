//! `[bulk]`: operations on many conversations at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How large an operation may be, and how much of the service it may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkConfig {
    /// Conversations of one operation.
    pub items_max: usize,
    /// Items of one operation on their way to the disk at once.
    pub in_flight_max: usize,
    /// Operations of a workspace under way at once.
    pub running_max: usize,
    /// Operations that a workspace keeps.
    pub kept_max: usize,
    /// See [`Self::retry_pause`].
    pub retry_milliseconds: u64,
    /// Pauses of one item, after which the operation is interrupted.
    pub retries_max: u32,
    /// See [`Self::progress_every`].
    pub progress_milliseconds: u64,
}

impl BulkConfig {
    /// How long an item waits that the service could not take.
    #[must_use]
    pub const fn retry_pause(&self) -> Duration {
        Duration::from_millis(self.retry_milliseconds)
    }

    /// The time between two frames that tell how far an operation is.
    #[must_use]
    pub const fn progress_every(&self) -> Duration {
        Duration::from_millis(self.progress_milliseconds)
    }
}
