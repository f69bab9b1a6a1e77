//! The demo's own receiver of webhooks: it keeps in memory what came with a good signature.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::HttpRequest;
use hyper::http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::RwLock;
use serde::Serialize;
use serde_json::Value;
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook as Verifier,
};

use super::newest::{Known, Newest};
use super::people::Cast;
use crate::app::App;
use crate::cli::error::CliError;
use crate::cli::offline;
use crate::clock::Clock;
use crate::domain::directory::{DirectoryCommand, WebhookCommand, WebhookTopic};
use crate::domain::{Caller, WebhookId};
use crate::outbox::{Changes, Consumer};
use crate::webhooks::{Secrets, SigningSecret};
use crate::wire_time::rfc3339;

/// Where the demo's own webhook leads.
pub(super) const PATH: &str = "/demo/webhooks";

/// An event that came with a good signature.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Received {
    pub(super) id: String,
    pub(super) at: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) verified: bool,
    pub(super) payload: Value,
}

impl Known for Received {
    fn id(&self) -> &str {
        &self.id
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Receiver {
    clock: Arc<dyn Clock>,
    secret: RwLock<Option<SigningSecret>>,
    pub(super) received: Newest<Received>,
    refused: AtomicU64,
}

impl Receiver {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            secret: RwLock::new(None),
            received: Newest::default(),
            refused: AtomicU64::new(0),
        }
    }

    /// How many requests came without a good signature.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Whether there is a webhook that leads here.
    pub(super) fn is_told(&self) -> bool {
        self.secret.read().is_some()
    }

    /// Takes an event, if its signature is good.
    pub(super) fn take(&self, request: &HttpRequest, body: &[u8]) -> bool {
        let received = self.verified(request, body);
        let is_good = received.is_some();
        match received {
            Some(received) => self.received.keep(received),
            None => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        is_good
    }

    fn verified(&self, request: &HttpRequest, body: &[u8]) -> Option<Received> {
        let verifier = Verifier::new(self.secret.read().as_ref()?.reveal()).ok()?;
        // The server and the crate that verifies have their headers from two versions of one crate.
        let mut headers = HeaderMap::new();
        for name in [
            HEADER_WEBHOOK_ID,
            HEADER_WEBHOOK_TIMESTAMP,
            HEADER_WEBHOOK_SIGNATURE,
        ] {
            let value = request.headers().get(name)?;
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            headers.insert(HeaderName::from_static(name), value);
        }
        verifier.verify(body, &headers).ok()?;
        let payload: Value = serde_json::from_slice(body).ok()?;
        let kind = payload.get("type").and_then(Value::as_str);
        Some(Received {
            id: headers.get(HEADER_WEBHOOK_ID)?.to_str().ok()?.to_owned(),
            at: rfc3339(self.clock.now()),
            kind: kind.unwrap_or_default().to_owned(),
            verified: true,
            payload,
        })
    }

    /// Makes a webhook that leads here, in place of those of earlier starts, whose secrets and ports
    /// nobody knows any more.
    pub(super) async fn subscribe(
        &self,
        app: &App,
        cast: &Cast,
        address: SocketAddr,
    ) -> Result<(), CliError> {
        self.forget_earlier(app, cast).await?;
        let state = app.state();
        let webhook = WebhookId::from_u128(state.clock.id128());
        let secret = SigningSecret::generate(&*state.clock);
        // Before the webhook is there: one without a secret could not be told of anything.
        let mut changes = Changes::default();
        Secrets::new(secret.clone()).put(webhook, &mut changes);
        let source = state.store.source(&cast.workspace, Consumer::Webhooks);
        let written = source.outbox.write(changes).await;
        written.map_err(|error| CliError::Refused(error.to_string()))?;
        *self.secret.write() = Some(secret);
        let command = WebhookCommand::Create {
            webhook,
            url: format!("http://{address}{PATH}").into(),
            topics: Arc::new(WebhookTopic::ALL.iter().copied().collect()),
            webhooks_max: state.config.webhooks.webhooks_max,
        };
        execute(app, cast, command).await
    }

    /// Deletes the webhooks of earlier starts.
    pub(super) async fn forget_earlier(&self, app: &App, cast: &Cast) -> Result<(), CliError> {
        let earlier: Vec<_> = {
            let fold = cast.workspace.views().read();
            let all = fold.directory.webhooks.all();
            let own = all.filter(|webhook| {
                webhook.url.starts_with("http://") && webhook.url.ends_with(PATH)
            });
            own.map(|webhook| webhook.id).collect()
        };
        for webhook in earlier {
            execute(app, cast, WebhookCommand::Delete { webhook }).await?;
        }
        Ok(())
    }
}

async fn execute(app: &App, cast: &Cast, command: WebhookCommand) -> Result<(), CliError> {
    let (caller, command) = (Caller::User(cast.owner), DirectoryCommand::Webhook(command));
    offline::execute(app, &cast.workspace, caller, command)
        .await
        .map(drop)
}
