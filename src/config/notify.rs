//! `[notify]`: what people are told, in the application, by email and in Slack.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secret::SecretText;

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`, without which nothing is sent.
    StartTls,
    /// None; only to this machine.
    None,
}

/// Notifications, and the channels outside the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// Notifications kept of each person.
    pub inbox_notifications_max: usize,
    /// See [`Self::settle`].
    pub settle_milliseconds: u64,
    /// See [`Self::outdated_after`].
    pub outdated_hours: u64,
    /// Messages that may wait to be sent, in one workspace.
    pub waiting_max: usize,
    /// Messages under way at once, in one workspace.
    pub sending_max: usize,
    /// See [`Self::timeout`].
    pub timeout_seconds: u64,
    /// Things that one digest lists.
    pub digest_items_max: usize,
    /// Attempts at one message.
    pub attempts_max: u32,
    /// See [`Self::retry_first`].
    pub retry_first_milliseconds: u64,
    /// See [`Self::retry_longest`].
    pub retry_longest_seconds: u64,
    /// Messages given up that are kept, in one workspace.
    pub undelivered_max: usize,
    /// Whom mail is from; nobody, and no mail is sent.
    pub email_from: String,
    /// The mail server; none, and no mail is sent.
    pub smtp_host: String,
    /// Its port.
    pub smtp_port: u16,
    /// How the connection is protected.
    pub smtp_security: SmtpSecurity,
    /// A file with further certificates to trust.
    pub smtp_ca_file: String,
    /// The name to sign in with; nobody, and one does not sign in.
    pub smtp_user: String,
    /// The password to sign in with.
    pub smtp_password: SecretText,
    /// The token of the Slack app; none, and nothing is sent to Slack.
    pub slack_token: SecretText,
    /// Where Slack's methods are.
    pub slack_url: String,
}

impl NotifyConfig {
    /// How long "assigned to you" waits, in case it does not last.
    #[must_use]
    pub const fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_milliseconds)
    }

    /// What happened longer ago is no longer told by email or in Slack.
    #[must_use]
    pub const fn outdated_after(&self) -> Duration {
        Duration::from_secs(self.outdated_hours.saturating_mul(3600))
    }

    /// How long one attempt may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// How long to wait after the first failed attempt.
    #[must_use]
    pub const fn retry_first(&self) -> Duration {
        Duration::from_millis(self.retry_first_milliseconds)
    }

    /// How long to wait between two attempts at most.
    #[must_use]
    pub const fn retry_longest(&self) -> Duration {
        Duration::from_secs(self.retry_longest_seconds)
    }

    /// Whether mail can be sent.
    #[must_use]
    pub const fn has_email(&self) -> bool {
        !self.smtp_host.is_empty() && !self.email_from.is_empty()
    }

    /// Whether Slack can be told.
    #[must_use]
    pub const fn has_slack(&self) -> bool {
        !self.slack_token.is_empty()
    }
}

/// Whether a host is this machine, so that what is sent to it unprotected is seen by nobody else.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
