//! The senders of all workspaces: started together, stopped together.

use std::sync::Arc;

use actix_web::rt;
use actix_web::rt::task::JoinHandle;
use tokio::sync::watch;

use super::channel::Channels;
use super::sender::Sender;
use crate::clock::Clock;
use crate::config::NotifyConfig;
use crate::metrics::Metrics;
use crate::outbox::{Changes, OutboxError, Source};

/// What senders work with.
#[derive(Debug, Clone)]
pub struct NotifyParts {
    /// The configuration in force.
    pub config: Arc<NotifyConfig>,
    /// Where the dashboard is, without a slash at the end; "" when that is not known.
    pub public_url: Arc<str>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// See the module.
#[derive(Debug)]
pub struct Notifications {
    stop: watch::Sender<bool>,
    senders: Vec<JoinHandle<()>>,
}

impl Notifications {
    /// Starts a sender for each workspace; none when no channel is configured. Called inside an actix
    /// system, before anybody can change anything: a workspace that has no cursor yet gets one where
    /// its log ends now, since nobody is told of what was before there was anybody to tell.
    ///
    /// # Errors
    /// When a cursor cannot be read.
    pub fn start(
        sources: Vec<Source>,
        channels: &Channels,
        parts: &NotifyParts,
    ) -> Result<Self, OutboxError> {
        let stop = watch::Sender::new(false);
        let mut senders = Vec::new();
        let sources = sources.into_iter().filter(|_| !channels.is_empty());
        for source in sources {
            if source.outbox.cursor()?.is_none() {
                let cursor = Some(source.views.applied());
                let first = Changes {
                    cursor,
                    ..Changes::default()
                };
                // It is in the queue to the disk once this returns, before every later change.
                let written = source.outbox.write(first);
                rt::spawn(async move {
                    if let Err(error) = written.await {
                        tracing::warn!(%error, "the beginning could not be written down");
                    }
                });
            }
            let sender = Sender::new(source, channels.clone(), parts.clone());
            senders.push(rt::spawn(sender.run(stop.subscribe())));
        }
        Ok(Self { stop, senders })
    }

    /// Starts nothing more, and waits for what is under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for sender in self.senders {
            if let Err(error) = sender.await {
                tracing::error!(%error, "a sender of notifications had panicked");
            }
        }
    }
}
