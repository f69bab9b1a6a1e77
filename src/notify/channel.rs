//! What a way to people outside must do, and the ways that are configured.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::email::Email;
use super::letter::Medium;
use super::slack::Slack;
use crate::config::NotifyConfig;

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The same for every attempt, and for no other message: by it the other side can tell that it
    /// has a message already.
    pub id: String,
    /// An address or account of the channel.
    pub to: String,
    /// What it is about, in one line.
    pub subject: String,
    /// The message as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The other side has it.
    Accepted,
    /// Not now: the other side asks everybody to wait.
    Later {
        /// How long.
        wait: Duration,
    },
    /// It may work the next time.
    Failed {
        /// What happened.
        reason: String,
    },
    /// It will never work.
    Refused {
        /// What the other side said.
        reason: String,
    },
}

/// A way to people outside.
///
/// # Contract
///
/// 1. [`Sent::Accepted`] only when the other side said that it has taken the message over.
/// 2. An attempt may be cut off at any time, and then counts as failed.
/// 3. Neither a reason nor a log line holds a secret.
pub trait Channel: Send + Sync + fmt::Debug {
    /// Tries to send a message once.
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent>;
}

/// Why a channel cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Whom mail is from is no address.
    #[error("notify.email_from is not an address")]
    From(#[from] lettre::address::AddressError),
    /// The certificates to trust cannot be read.
    #[error("certificates to trust cannot be read")]
    Certificates(#[from] std::io::Error),
    /// Mail cannot be protected as configured.
    #[error("the connection to the mail server cannot be protected")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// Slack is not at a URL.
    #[error("notify.slack_url is not a URL")]
    Url(#[from] hyper::http::uri::InvalidUri),
    /// The token of the Slack app has something in it that no token has.
    #[error("notify.slack_token is not a token")]
    Token,
}

/// The ways that are configured.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    email: Option<Arc<dyn Channel>>,
    slack: Option<Arc<dyn Channel>>,
}

impl Channels {
    /// What the configuration says.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn of(config: &NotifyConfig) -> Result<Self, ChannelError> {
        let mut channels = Self::default();
        if config.has_email() {
            channels.email = Some(Arc::new(Email::new(config)?));
        }
        if config.has_slack() {
            channels.slack = Some(Arc::new(Slack::new(config)?));
        }
        Ok(channels)
    }

    /// The same, with mail going this way whatever is configured.
    #[must_use]
    pub fn with_email(self, email: Arc<dyn Channel>) -> Self {
        Self {
            email: Some(email),
            ..self
        }
    }

    /// One of them, if it is configured.
    #[must_use]
    pub fn get(&self, medium: Medium) -> Option<&Arc<dyn Channel>> {
        match medium {
            Medium::Email => self.email.as_ref(),
            Medium::Slack => self.slack.as_ref(),
        }
    }

    /// Whether none is configured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.email.is_none() && self.slack.is_none()
    }
}
