//! `[live]`: dashboards over websockets and event streams.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How fast changes reach dashboards, and what a dashboard may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveConfig {
    /// Websockets open at once; 0 for what the limit of open files permits.
    pub sockets_max: usize,
    /// See [`Self::heartbeat`].
    pub heartbeat_seconds: u64,
    /// See [`Self::authentication_timeout`].
    pub authentication_seconds: u64,
    /// See [`Self::tick`].
    pub tick_milliseconds: u64,
    /// See [`Self::tick_max`].
    pub tick_milliseconds_max: u64,
    /// See [`Self::beacon_every`].
    pub beacon_seconds: u64,
    /// See [`Self::presence_grace`].
    pub presence_grace_seconds: u64,
    /// Conversations in which one session may be present.
    pub presences_per_session_max: usize,
    /// Views that one session may have.
    pub subscriptions_per_session_max: usize,
    /// Bytes of a frame from a client.
    pub frame_bytes_max: usize,
    /// Frames a second from a client.
    pub frames_per_second_max: u32,
    /// Bytes that may wait for a session.
    pub session_queue_bytes_max: usize,
    /// Frames that may wait for a session.
    pub session_queue_frames_max: usize,
    /// See [`Self::stalled_after`].
    pub stalled_seconds: u64,
    /// Messages that may wait for the hub of a workspace.
    pub hub_messages_max: usize,
    /// Commits that a resume may catch up with.
    pub resume_commits_max: usize,
    /// Commits that a workspace keeps in memory for those who tell of them.
    pub bus_commits_max: usize,
    /// Bytes that those commits may take.
    pub bus_bytes_max: usize,
    /// See [`Self::drain`].
    pub drain_seconds: u64,
}

impl LiveConfig {
    /// How often a sign of life is asked of a client.
    #[must_use]
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds)
    }

    /// In which time a socket must say who it is.
    #[must_use]
    pub const fn authentication_timeout(&self) -> Duration {
        Duration::from_secs(self.authentication_seconds)
    }

    /// The time between two frames of a view, when there is little to do.
    #[must_use]
    pub const fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_milliseconds)
    }

    /// The same when there is much to do.
    #[must_use]
    pub const fn tick_max(&self) -> Duration {
        Duration::from_millis(self.tick_milliseconds_max)
    }

    /// How often each view is told what it should hold.
    #[must_use]
    pub const fn beacon_every(&self) -> Duration {
        Duration::from_secs(self.beacon_seconds)
    }

    /// How long somebody is still shown after their socket has gone.
    #[must_use]
    pub const fn presence_grace(&self) -> Duration {
        Duration::from_secs(self.presence_grace_seconds)
    }

    /// How long a socket may take nothing of what waits for it.
    #[must_use]
    pub const fn stalled_after(&self) -> Duration {
        Duration::from_secs(self.stalled_seconds)
    }

    /// Over which time the sockets are closed when the server stops.
    #[must_use]
    pub const fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}
