//! `[webhooks]`: who is told outside of what happens.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Where webhooks may lead, and how often and how long they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Webhooks of a workspace.
    pub webhooks_max: usize,
    /// Whether an address may begin with `http://`.
    pub plain_http: bool,
    /// Networks that are not public and may be told all the same, as `10.1.0.0/16`.
    pub permitted_networks: Vec<String>,
    /// See [`Self::connect_timeout`].
    pub connect_timeout_seconds: u64,
    /// See [`Self::attempt_timeout`].
    pub attempt_timeout_seconds: u64,
    /// Bytes of an answer that are read.
    pub answer_bytes_max: usize,
    /// Attempts of a delivery, the first one included.
    pub attempts_max: u32,
    /// See [`Self::retry_first`].
    pub retry_first_seconds: u64,
    /// How many times as long each further wait is.
    pub retry_factor: u32,
    /// By how much a wait differs at random, either way, in percent.
    pub retry_jitter_percent: u32,
    /// Attempts under way at once.
    pub attempts_under_way_max: usize,
    /// Attempts under way at once for one webhook.
    pub attempts_under_way_per_webhook_max: usize,
    /// Deliveries that may wait for one webhook.
    pub waiting_per_webhook_max: usize,
    /// See [`Self::keep`].
    pub keep_hours: u64,
}

impl WebhooksConfig {
    /// How long making a connection may take.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds)
    }

    /// How long an attempt may take in all.
    #[must_use]
    pub const fn attempt_timeout(&self) -> Duration {
        Duration::from_secs(self.attempt_timeout_seconds)
    }

    /// How long to wait before the second attempt.
    #[must_use]
    pub const fn retry_first(&self) -> Duration {
        Duration::from_secs(self.retry_first_seconds)
    }

    /// How long a delivery is kept once nothing more is done with it.
    #[must_use]
    pub const fn keep(&self) -> Duration {
        Duration::from_secs(self.keep_hours.saturating_mul(3600))
    }

    /// The permitted networks; what cannot be read was refused when the configuration was loaded.
    #[must_use]
    pub fn networks(&self) -> Vec<IpNet> {
        let networks = self.permitted_networks.iter();
        networks.filter_map(|text| text.parse().ok()).collect()
    }
}
