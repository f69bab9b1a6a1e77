//! The webhooks of all workspaces, from the start of the server to its end.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::attempt::Attempts;
use super::courier::{Sender, WebhookCourier};
use crate::clock::Clock;
use crate::config::WebhooksConfig;
use crate::domain::directory::DisabledReason;
use crate::domain::{WebhookId, WorkspaceId};
use crate::outbox::{DispatchLimits, Dispatcher, Source};

/// How many commits are read at a time.
const COMMITS: usize = 256;

/// How long to leave the store alone after it refused something.
const PAUSE: Duration = Duration::from_millis(200);

/// How long an attempt under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// What webhooks ask of those who keep the directory.
pub trait Endpoints: Send + Sync + fmt::Debug {
    /// Stops telling a webhook; one that is gone or is not told already is left as it is.
    fn disable(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        reason: DisabledReason,
    ) -> BoxFuture<'static, Result<(), String>>;
}

/// See the module.
#[derive(Debug)]
pub struct Webhooks {
    config: Arc<WebhooksConfig>,
    dispatcher: Mutex<Option<Arc<Dispatcher>>>,
}

impl Webhooks {
    /// Webhooks that nobody is told of yet.
    #[must_use]
    pub fn new(config: &WebhooksConfig) -> Self {
        Self {
            config: Arc::new(config.clone()),
            dispatcher: Mutex::new(None),
        }
    }

    /// Begins to tell.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        &self,
        sources: impl Fn() -> Vec<Source> + Send + 'static,
        endpoints: Arc<dyn Endpoints>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<()> {
        let courier = WebhookCourier::new(Sender {
            attempts: Arc::new(Attempts::new(&self.config)),
            endpoints,
            clock: Arc::clone(&clock),
            config: Arc::clone(&self.config),
        });
        let limits = DispatchLimits {
            under_way_max: self.config.attempts_under_way_max,
            under_way_per_lane_max: self.config.attempts_under_way_per_webhook_max,
            commits_max: COMMITS,
            pause: PAUSE,
            grace: GRACE,
        };
        let name = "ochre-webhooks";
        let dispatcher = Dispatcher::start(name, sources, courier, clock, limits)?;
        *self.dispatcher.lock() = Some(Arc::new(dispatcher));
        Ok(())
    }

    /// Something was put into an outbox that is due now.
    pub fn wake(&self) {
        if let Some(dispatcher) = &*self.dispatcher.lock() {
            dispatcher.wake();
        }
    }

    /// Ends it. Blocks until what is under way has ended, or its time is over.
    pub fn stop(&self) {
        let dispatcher = self.dispatcher.lock().take();
        if let Some(dispatcher) = dispatcher {
            dispatcher.stop();
        }
    }
}
