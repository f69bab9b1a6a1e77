//! `[auth]`: sessions and passwords.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a session lasts and what a password costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// See [`Self::session`].
    pub session_days: u64,
    /// Characters of a password, at least; see [`Self::password_chars`].
    pub password_chars_min: usize,
    /// Characters of a password, at most.
    pub password_chars_max: usize,
    /// Threads that hash passwords.
    pub hashing_threads_max: usize,
    /// Passwords that may wait for such a thread.
    pub hashing_queue_max: usize,
    /// Memory in KiB that hashing one password takes.
    pub argon2_memory_kib: u32,
    /// Passes over that memory.
    pub argon2_iterations: u32,
    /// Lanes of that memory.
    pub argon2_parallelism: u32,
}

impl AuthConfig {
    /// How long a session lasts.
    #[must_use]
    pub fn session(&self) -> Duration {
        Duration::from_secs(self.session_days.saturating_mul(86_400))
    }

    /// How many characters a password may have.
    #[must_use]
    pub fn password_chars(&self) -> RangeInclusive<usize> {
        self.password_chars_min..=self.password_chars_max
    }
}
