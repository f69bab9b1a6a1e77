//! `[commit]`: the queue in front of the disk.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much may wait for the disk, and how much shares one flush.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitConfig {
    /// Commits that may wait, over all workspaces.
    pub queue_commits_max: usize,
    /// Bytes of the commits that may wait.
    pub queue_bytes_max: usize,
    /// Commits that share one flush.
    pub batch_commits_max: usize,
    /// Bytes of the commits that share one flush.
    pub batch_bytes_max: usize,
    /// Commits in a flush from which on the next one waits for company.
    pub gather_from_commits: usize,
    /// See [`Self::gather_patience`].
    pub gather_microseconds: u64,
    /// See [`Self::recover_every`].
    pub recover_every_milliseconds: u64,
}

impl CommitConfig {
    /// How long a flush waits for company at most.
    #[must_use]
    pub const fn gather_patience(&self) -> Duration {
        Duration::from_micros(self.gather_microseconds)
    }

    /// The time between attempts to use a store again that failed.
    #[must_use]
    pub fn recover_every(&self) -> Duration {
        Duration::from_millis(self.recover_every_milliseconds)
    }
}
