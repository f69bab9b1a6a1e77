//! The configuration: built-in defaults, then a file, then the environment; validated once.
//!
//! `config/default.toml` is the documentation of every key and its default. A section is a plain
//! struct in a file of its own, whose methods turn numbers with units into durations.

mod actors;
mod auth;
mod bulk;
mod commit;
mod effective;
mod error;
mod idempotency;
mod journal;
mod limits;
mod live;
mod load;
#[cfg(test)]
mod load_tests;
mod notify;
mod record_size;
mod routing;
mod secret;
mod server;
mod telemetry;
mod validate;
mod webhooks;

use serde::{Deserialize, Serialize};

pub use actors::ActorsConfig;
pub use auth::AuthConfig;
pub use bulk::BulkConfig;
pub use commit::CommitConfig;
pub use effective::effective_toml;
pub use error::{ConfigError, Problem};
pub use idempotency::IdempotencyConfig;
pub use journal::{JournalConfig, JournalEngine};
pub use limits::{LimitsConfig, RequestRate};
pub use live::LiveConfig;
pub use load::process_environment;
pub use notify::{NotifyConfig, SmtpSecurity, is_loopback};
pub use record_size::RECORD_BYTES_MAX;
pub use routing::RoutingConfig;
pub use secret::SecretText;
pub use server::ServerConfig;
pub use telemetry::{LogFormat, RequestLog, TelemetryConfig};
pub use webhooks::WebhooksConfig;

/// The built-in configuration, with a comment on every key.
pub const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

/// Everything that an operator may set; see `config/default.toml` for what each key means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Connections, workers and origins.
    pub server: ServerConfig,
    /// What a client may send, and how much of it.
    pub limits: LimitsConfig,
    /// Rules, teams and simulations.
    pub routing: RoutingConfig,
    /// The store.
    pub journal: JournalConfig,
    /// The queue in front of the disk.
    pub commit: CommitConfig,
    /// Mailboxes and memory.
    pub actors: ActorsConfig,
    /// Operations on many conversations at once.
    pub bulk: BulkConfig,
    /// Remembered answers.
    pub idempotency: IdempotencyConfig,
    /// Sessions and passwords.
    pub auth: AuthConfig,
    /// Dashboards over websockets and event streams.
    pub live: LiveConfig,
    /// Who is told outside.
    pub webhooks: WebhooksConfig,
    /// What people are told.
    pub notify: NotifyConfig,
    /// The log.
    pub telemetry: TelemetryConfig,
}
