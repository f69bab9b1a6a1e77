//! `[idempotency]`: remembered answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long and how many answers are kept for an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyConfig {
    /// See [`Self::keep`].
    pub keep_hours: u64,
    /// Answers kept in one workspace.
    pub keys_max: usize,
    /// Characters of a key.
    pub key_chars_max: usize,
}

impl IdempotencyConfig {
    /// How long an answer is kept at least.
    #[must_use]
    pub fn keep(&self) -> Duration {
        Duration::from_secs(self.keep_hours.saturating_mul(3600))
    }
}
