//! `[actors]`: mailboxes and memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much may wait for an actor, and how many live at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorsConfig {
    /// Messages that may wait for one actor.
    pub mailbox_messages_max: usize,
    /// See [`Self::idle_stop`].
    pub idle_stop_seconds: u64,
    /// Conversations in memory at once, over all workspaces.
    pub conversations_max: usize,
}

impl ActorsConfig {
    /// The time without a message after which a conversation leaves memory.
    #[must_use]
    pub fn idle_stop(&self) -> Duration {
        Duration::from_secs(self.idle_stop_seconds)
    }
}
