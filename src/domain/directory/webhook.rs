//! Webhooks: where a workspace wants to be told of what happens to its conversations.
//!
//! Their secrets are not here: they lie beside the log, so that no copy of the log has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::DirectoryRejection;
use super::event::DirectoryEvent;
use crate::domain::{Timestamp, WebhookId};

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What a webhook can be told of (S10). The names are on disk and on the wire.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum WebhookTopic { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl WebhookTopic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

topics! {
    /// A conversation was created.
    ConversationCreated = "conversation.created";
    /// It was given to somebody.
    ConversationAssigned = "conversation.assigned";
    /// It was given to nobody.
    ConversationUnassigned = "conversation.unassigned";
    /// A person took it over from the AI.
    ConversationTakenOver = "conversation.taken_over";
    /// Its status changed.
    ConversationStatusChanged = "conversation.status_changed";
    /// A message was added, by whomever; a note is none.
    MessageCreated = "message.created";
    /// A reply of the AI was held back.
    AiReplySuppressed = "ai.reply_suppressed";
}

/// Why the server itself stopped telling a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Every attempt failed, from the first to the last of a delivery.
    Failing,
    /// More waited for it than permitted.
    Backlog,
    /// It answered that it is gone for good (410).
    Gone,
    /// Its secret is not here, for instance since the log was imported.
    NoSecret,
}

impl DisabledReason {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Backlog => "backlog",
            Self::Gone => "gone",
            Self::NoSecret => "no_secret",
        }
    }
}

/// That the server itself stopped telling a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: DisabledReason,
}

/// A webhook as the workspace knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is told.
    pub url: Arc<str>,
    /// What it is told of.
    pub topics: Arc<BTreeSet<WebhookTopic>>,
    /// Whether it is told at all.
    pub enabled: bool,
    /// Why not, when the server itself decided that.
    pub disabled: Option<Disabled>,
    /// Since when it is told: nothing from before.
    pub enabled_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Webhook {
    /// Whether it is told of something that happened at a time.
    #[must_use]
    pub fn wants(&self, topic: WebhookTopic, at: Timestamp) -> bool {
        self.enabled && at >= self.enabled_at && self.topics.contains(&topic)
    }
}

/// Every webhook of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    all: BTreeMap<WebhookId, Arc<Webhook>>,
}

/// What happened to a webhook: on disk for years, see `event.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebhookChange {
    /// It was made.
    Created {
        /// Where it is told.
        url: Arc<str>,
        /// What it is told of.
        topics: Arc<BTreeSet<WebhookTopic>>,
    },
    /// It was changed by somebody. What is not there stayed.
    Updated {
        /// The new address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<Arc<str>>,
        /// What it is told of from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topics: Option<Arc<BTreeSet<WebhookTopic>>>,
        /// Whether it is told from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enabled: Option<bool>,
    },
    /// It got a new secret.
    SecretRotated,
    /// The server itself stopped telling it.
    Disabled {
        /// Why.
        reason: DisabledReason,
    },
    /// It was deleted.
    Deleted,
}

/// A command about a webhook. Addresses were checked outside.
#[derive(Debug, Clone)]
pub enum WebhookCommand {
    /// Make one.
    Create {
        /// Its id.
        webhook: WebhookId,
        /// Where it is told.
        url: Arc<str>,
        /// What it is told of.
        topics: Arc<BTreeSet<WebhookTopic>>,
        /// How many a workspace may have.
        webhooks_max: usize,
    },
    /// Change one. What is `None` stays.
    Update {
        /// Which.
        webhook: WebhookId,
        /// The new address.
        url: Option<Arc<str>>,
        /// What it is told of from now on.
        topics: Option<Arc<BTreeSet<WebhookTopic>>>,
        /// Whether it is told from now on.
        enabled: Option<bool>,
        /// Whether it gets a new secret.
        rotate_secret: bool,
    },
    /// Stop telling one, since it cannot be told.
    Disable {
        /// Which.
        webhook: WebhookId,
        /// Why.
        reason: DisabledReason,
    },
    /// Delete one.
    Delete {
        /// Which.
        webhook: WebhookId,
    },
}

impl WebhookCommand {
    /// Which one it is about.
    #[must_use]
    pub const fn webhook(&self) -> WebhookId {
        match self {
            Self::Create { webhook, .. }
            | Self::Update { webhook, .. }
            | Self::Disable { webhook, .. }
            | Self::Delete { webhook } => *webhook,
        }
    }
}

impl Webhooks {
    /// All of them, oldest first.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Arc<Webhook>> {
        self.all.values()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: WebhookId) -> Option<&Arc<Webhook>> {
        self.all.get(&id)
    }

    /// Folds a change in.
    pub(super) fn apply(&mut self, id: WebhookId, change: &WebhookChange, at: Timestamp) {
        if let WebhookChange::Created { url, topics } = change {
            let webhook = Webhook {
                id,
                url: Arc::clone(url),
                topics: Arc::clone(topics),
                enabled: true,
                disabled: None,
                enabled_at: at,
                created_at: at,
            };
            self.all.insert(id, Arc::new(webhook));
            return;
        }
        let Some(webhook) = self.all.get_mut(&id).map(Arc::make_mut) else {
            return;
        };
        match change {
            WebhookChange::Created { .. } | WebhookChange::SecretRotated => {}
            WebhookChange::Updated {
                url,
                topics,
                enabled,
            } => {
                if let Some(url) = url {
                    webhook.url = Arc::clone(url);
                }
                if let Some(topics) = topics {
                    webhook.topics = Arc::clone(topics);
                }
                if let Some(enabled) = *enabled {
                    webhook.enabled = enabled;
                    webhook.disabled = None;
                    webhook.enabled_at = at;
                }
            }
            WebhookChange::Disabled { reason } => {
                let reason = *reason;
                webhook.enabled = false;
                webhook.disabled = Some(Disabled { at, reason });
            }
            WebhookChange::Deleted => {
                self.all.remove(&id);
            }
        }
    }

    /// What a command leads to.
    pub(super) fn decide(
        &self,
        command: &WebhookCommand,
    ) -> Result<Vec<DirectoryEvent>, DirectoryRejection> {
        let find = |id: &WebhookId| self.get(*id).ok_or(DirectoryRejection::NotFound);
        let (webhook, changes) = match command {
            WebhookCommand::Create {
                webhook,
                url,
                topics,
                webhooks_max,
            } => {
                if self.all.len() >= *webhooks_max {
                    let (what, max) = ("webhooks of a workspace", *webhooks_max);
                    return Err(DirectoryRejection::TooMany { what, max });
                }
                let (url, topics) = (Arc::clone(url), Arc::clone(topics));
                (*webhook, vec![WebhookChange::Created { url, topics }])
            }
            WebhookCommand::Update { webhook, .. } => (*webhook, updated(find(webhook)?, command)),
            WebhookCommand::Disable { webhook, reason } => {
                let is_told = find(webhook)?.enabled;
                let disabled = is_told.then_some(WebhookChange::Disabled { reason: *reason });
                (*webhook, disabled.into_iter().collect())
            }
            WebhookCommand::Delete { webhook } => {
                find(webhook)?;
                (*webhook, vec![WebhookChange::Deleted])
            }
        };
        let event = |change| DirectoryEvent::WebhookChanged { webhook, change };
        Ok(changes.into_iter().map(event).collect())
    }
}

/// What differs from what it is.
fn updated(present: &Webhook, command: &WebhookCommand) -> Vec<WebhookChange> {
    let WebhookCommand::Update {
        url,
        topics,
        enabled,
        rotate_secret,
        ..
    } = command
    else {
        return Vec::new();
    };
    let url = url.clone().filter(|url| *url != present.url);
    let topics = topics.clone().filter(|topics| *topics != present.topics);
    let enabled = enabled.filter(|enabled| *enabled != present.enabled);
    let differs = url.is_some() || topics.is_some() || enabled.is_some();
    let updated = differs.then_some(WebhookChange::Updated {
        url,
        topics,
        enabled,
    });
    let rotated = rotate_secret.then_some(WebhookChange::SecretRotated);
    updated.into_iter().chain(rotated).collect()
}
