//! Webhooks as the wire has them: the secret once, when it is made.

use serde::Serialize;
use utoipa::ToSchema;

use super::time::WireTime;
use crate::domain::WebhookId;
use crate::domain::directory::{Disabled, Webhook};

/// Why the server itself stopped telling a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDisabled)]
pub(crate) struct DisabledBody {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: WireTime,
    /// `failing`: every attempt of a delivery failed, from the first to the last, and nothing else
    /// reached it meanwhile; `backlog`: more waited for it than permitted;
    /// `gone`: it answered 410; `no_secret`: it needs a new secret.
    pub(crate) reason: &'static str,
}

impl DisabledBody {
    fn of(disabled: Disabled) -> Self {
        Self {
            at: WireTime(disabled.at),
            reason: disabled.reason.as_str(),
        }
    }
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookBody<'a> {
    /// Its id.
    #[schema(value_type = String, example = "wh_0199d4a2c7a87c0e8a1b2c3d4e5f6071")]
    pub(crate) id: WebhookId,
    /// Where it is told.
    pub(crate) url: &'a str,
    /// What it is told of.
    pub(crate) events: Vec<&'static str>,
    /// Whether it is told at all.
    pub(crate) enabled: bool,
    /// Why not, when the server itself decided that.
    #[schema(required = true)]
    pub(crate) disabled: Option<DisabledBody>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: WireTime,
}

/// A webhook with a secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhookBody<'a> {
    /// What is shown again.
    #[serde(flatten)]
    pub(crate) kept: WebhookBody<'a>,
    /// The secret of its signatures, shown this once; null when the answer is given again.
    #[schema(required = true)]
    pub(crate) secret: Option<&'a str>,
}

impl<'a> WebhookBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(webhook: &'a Webhook) -> Self {
        let topics = webhook.topics.iter();
        Self {
            id: webhook.id,
            url: &webhook.url,
            events: topics.map(|topic| topic.as_str()).collect(),
            enabled: webhook.enabled,
            disabled: webhook.disabled.map(DisabledBody::of),
            created_at: WireTime(webhook.created_at),
        }
    }
}
