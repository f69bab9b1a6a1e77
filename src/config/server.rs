//! `[server]`: connections, workers and origins.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How the server listens and whom it trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The address and port to accept connections on.
    #[serde(deserialize_with = "socket_address")]
    pub listen: SocketAddr,
    /// Threads that serve requests, 0 for one a core; see [`Self::worker_count`].
    pub workers: usize,
    /// Where browsers reach the server, or nothing.
    pub public_url: String,
    /// Further origins that may change state with a cookie; see [`Self::origins`].
    pub allowed_origins: Vec<String>,
    /// See [`Self::shutdown_timeout`].
    pub shutdown_timeout_seconds: u64,
    /// See [`Self::keep_alive`].
    pub keep_alive_seconds: u64,
    /// Connections open at once, over all workers.
    pub connections_max: usize,
    /// See [`Self::request_head_timeout`].
    pub request_head_timeout_seconds: u64,
}

impl ServerConfig {
    /// Threads that serve requests: as configured, or one a core.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        if self.workers > 0 {
            return self.workers;
        }
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    }

    /// Whether cookies are to be sent over TLS only.
    #[must_use]
    pub fn cookie_is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The origins that may change state with a cookie, besides the request's own host.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.public_url.as_str())
            .filter(|url| !url.is_empty())
            .chain(self.allowed_origins.iter().map(String::as_str))
    }

    /// How long requests under way may go on when the server stops.
    #[must_use]
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout_seconds)
    }

    /// How long a connection may stay open without a request.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }

    /// In which time the head of a request must arrive.
    #[must_use]
    pub fn request_head_timeout(&self) -> Duration {
        Duration::from_secs(self.request_head_timeout_seconds)
    }
}

/// Reads an address as `str::parse` does, with an error that says what was wanted.
fn socket_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refused = |_invalid| {
        let reason = "must be an IP address and a port, such as 127.0.0.1:8080";
        D::Error::custom(format!("{reason}, not {text:?}"))
    };
    text.parse().map_err(refused)
}
