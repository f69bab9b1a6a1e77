//! What the log leads to, and what is done when it is due.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{self, LocalBoxFuture};

use super::attempt::{AttemptError, Attempts, Message, Taken};
use super::backlog::Backlog;
use super::delivery::{self, Delivery, DeliveryStatus, Task};
use super::event;
use super::health::{self, Health};
use super::secret::Secrets;
use super::service::Endpoints;
use super::target::Target;
use crate::clock::Clock;
use crate::config::WebhooksConfig;
use crate::domain::directory::{DirectoryEvent, DisabledReason, Webhook, WebhookChange};
use crate::domain::{CommitBody, DeliveryId, Timestamp, WebhookId};
use crate::outbox::{Backoff, Carried, Changes, Courier, Due, OutboxError, Source};
use crate::views::Told;

/// How many rows of a webhook that is gone are removed at a time.
const PURGED_ROWS: usize = 512;

/// The status of an endpoint that is gone for good.
const GONE: u16 = 410;

/// See the module.
#[derive(Debug)]
pub(super) struct WebhookCourier {
    sender: Sender,
    backlog: Backlog,
}

impl WebhookCourier {
    pub(super) fn new(sender: Sender) -> Self {
        let backlog = Backlog::default();
        Self { sender, backlog }
    }

    fn waiting_max(&self) -> usize {
        self.sender.config.waiting_per_webhook_max
    }
}

/// What every attempt needs.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) attempts: Arc<Attempts>,
    pub(super) endpoints: Arc<dyn Endpoints>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Arc<WebhooksConfig>,
}

impl Courier for WebhookCourier {
    fn read(&mut self, source: &Source, told: &[Arc<Told>]) -> Result<Changes, OutboxError> {
        let mut changes = Changes::default();
        let (webhooks, directory) = {
            let fold = source.views.read();
            let webhooks: Vec<_> = fold.directory.webhooks.all().map(Arc::clone).collect();
            (webhooks, Arc::clone(&fold.directory.directory))
        };
        for one in told {
            if let CommitBody::Directory { events } = &one.commit.body {
                for deleted in events.iter().filter_map(deleted) {
                    let purge = Task::Purge.due(deleted, one.commit.at, Bytes::new());
                    changes.put_due(&purge);
                }
            }
            let wanted = |topic, at| webhooks.iter().any(|webhook| webhook.wants(topic, at));
            for event in event::events(source.workspace, one, &directory, wanted) {
                let wants = |webhook: &&Arc<Webhook>| webhook.wants(event.topic, event.at);
                for webhook in webhooks.iter().filter(wants) {
                    let outbox = &*source.outbox;
                    if !self.backlog.admit(outbox, webhook.id, self.waiting_max())? {
                        let reason = DisabledReason::Backlog;
                        self.sender.put_disable(webhook.id, reason, &mut changes);
                        continue;
                    }
                    let place = (one.commit.seq, event.place);
                    let id = self.sender.delivery_id(event.at, place);
                    let about = (event.id, event.topic.as_str());
                    let delivery = Delivery::new((id, webhook.id), about, event.at);
                    delivery.put_to_be_tried(event.at, &mut changes);
                    let payload = Bytes::from(event.payload.clone());
                    changes.put(delivery::payload_key(webhook.id, id), payload);
                }
            }
        }
        Ok(changes)
    }

    fn carry(&self, source: &Source, due: &Due) -> LocalBoxFuture<'static, Carried> {
        let (sender, source) = (self.sender.clone(), source.clone());
        match Task::read(due) {
            Some((webhook, Task::Attempt(delivery))) => {
                async move { sender.attempt(&source, webhook, delivery).await }.boxed_local()
            }
            Some((webhook, Task::Forget(delivery))) => {
                let mut changes = Changes::default();
                changes.remove(delivery::row_key(webhook, delivery));
                changes.remove(delivery::payload_key(webhook, delivery));
                future::ready(Ok(changes)).boxed_local()
            }
            Some((webhook, Task::Disable)) => {
                let reason = serde_json::from_slice(&due.value).ok();
                let reason = reason.unwrap_or(DisabledReason::Failing);
                async move { sender.disable(&source, webhook, reason).await }.boxed_local()
            }
            Some((webhook, Task::Purge)) => {
                future::ready(sender.purge(&source, webhook)).boxed_local()
            }
            // Of a later version: it is not ours to judge, and would be due for ever.
            None => future::ready(Ok(Changes::default())).boxed_local(),
        }
    }
}

fn deleted(event: &DirectoryEvent) -> Option<WebhookId> {
    match event {
        DirectoryEvent::WebhookChanged {
            webhook,
            change: WebhookChange::Deleted,
        } => Some(*webhook),
        _ => None,
    }
}

impl Sender {
    fn delivery_id(&self, at: Timestamp, place: (u64, usize)) -> DeliveryId {
        let mut random = [0; 4];
        self.clock.random_bytes(&mut random);
        delivery::ordered_id(at, place, u32::from_le_bytes(random))
    }

    /// Tries a delivery, and says what to write about it.
    async fn attempt(&self, source: &Source, webhook: WebhookId, id: DeliveryId) -> Carried {
        let row = source.outbox.get(&delivery::row_key(webhook, id))?;
        let payload = source.outbox.get(&delivery::payload_key(webhook, id))?;
        let delivery = row.and_then(|row| serde_json::from_slice::<Delivery>(&row).ok());
        let (Some(mut delivery), Some(payload)) = (delivery, payload) else {
            return Ok(Changes::default());
        };
        let known = {
            let fold = source.views.read();
            fold.directory.webhooks.get(webhook).map(Arc::clone)
        };
        let mut changes = Changes::default();
        let Some(known) = known.filter(|known| known.enabled || delivery.is_test) else {
            let told = "the webhook is disabled".to_owned();
            self.give_up(&mut delivery, told, &mut changes);
            return Ok(changes);
        };
        let Some(secrets) = Secrets::load(&*source.outbox, webhook)? else {
            let told = "the webhook's secret is not here: give it a new one".to_owned();
            self.give_up(&mut delivery, told, &mut changes);
            self.put_disable(webhook, DisabledReason::NoSecret, &mut changes);
            return Ok(changes);
        };
        let at = self.clock.now();
        let message = message(&secrets, &delivery, at, payload);
        let began = self.clock.instant();
        let taken = self.send(&known.url, message).await;
        let latency = self.clock.instant().saturating_duration_since(began);
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.attempts_of_round = delivery.attempts_of_round.saturating_add(1);
        delivery.round_began_at = delivery.round_began_at.or(Some(at));
        delivery.attempted_at = Some(at);
        delivery.latency_ms = u64::try_from(latency.as_millis()).ok();
        delivery.response_status = taken.as_ref().ok().map(|taken| taken.status.as_u16());
        self.judge(source, &mut delivery, taken, &mut changes)?;
        Ok(changes)
    }

    async fn send(&self, url: &str, message: Message) -> Result<Taken, AttemptError> {
        let target = Target::parse(url, &self.config)?;
        self.attempts.send(&target, message).await
    }

    /// What becomes of a delivery after an attempt, and of its webhook.
    fn judge(
        &self,
        source: &Source,
        delivery: &mut Delivery,
        taken: Result<Taken, AttemptError>,
        changes: &mut Changes,
    ) -> Result<(), OutboxError> {
        let webhook = delivery.webhook;
        let (error, asked_for) = match taken {
            Ok(Taken { status, .. }) if status.is_success() => {
                delivery.status = DeliveryStatus::Delivered;
                delivery.error = None;
                self.finish(delivery, changes);
                if !delivery.is_test {
                    Health::forget(webhook, changes);
                }
                return Ok(());
            }
            Ok(Taken { status, .. }) if status.is_redirection() => {
                let what = "redirects are not followed";
                (format!("answered {}: {what}", status.as_u16()), None)
            }
            Ok(taken) => (
                format!("answered {}", taken.status.as_u16()),
                taken.retry_after,
            ),
            Err(error) => (error.to_string(), None),
        };
        if delivery.is_test {
            self.give_up(delivery, error, changes);
            return Ok(());
        }
        let at = delivery.attempted_at.unwrap_or_else(|| self.clock.now());
        let failing_since = Health::failed(&*source.outbox, webhook, at, changes)?;
        if delivery.response_status == Some(GONE) {
            self.give_up(delivery, error, changes);
            self.put_disable(webhook, DisabledReason::Gone, changes);
            return Ok(());
        }
        let failed = delivery.attempts_of_round;
        match self.backoff().wait(failed, asked_for, &*self.clock) {
            Some(wait) => {
                let next = self.clock.now().saturating_add(wait);
                delivery.status = DeliveryStatus::Failed;
                delivery.error = Some(error);
                delivery.next_at = Some(next);
                delivery.put_to_be_tried(next, changes);
            }
            None => {
                let began = delivery.round_began_at.unwrap_or(at);
                self.give_up(delivery, error, changes);
                if health::only_fails(failing_since, began) {
                    self.put_disable(webhook, DisabledReason::Failing, changes);
                }
            }
        }
        Ok(())
    }

    fn give_up(&self, delivery: &mut Delivery, why: String, changes: &mut Changes) {
        delivery.status = DeliveryStatus::Failed;
        delivery.error = Some(why);
        self.finish(delivery, changes);
    }

    /// Nothing more is done with it, but that it is forgotten.
    fn finish(&self, delivery: &mut Delivery, changes: &mut Changes) {
        delivery.next_at = None;
        delivery.put(changes);
        let at = self.clock.now().saturating_add(self.config.keep());
        let forget = Task::Forget(delivery.id).due(delivery.webhook, at, Bytes::new());
        changes.put_due(&forget);
    }

    /// As something that is due, so that it happens though the store or the server fails now.
    fn put_disable(&self, webhook: WebhookId, reason: DisabledReason, changes: &mut Changes) {
        let reason = serde_json::to_vec(&reason).unwrap_or_default();
        let disable = Task::Disable.due(webhook, self.clock.now(), reason.into());
        changes.put_due(&disable);
    }

    async fn disable(
        &self,
        source: &Source,
        webhook: WebhookId,
        reason: DisabledReason,
    ) -> Carried {
        let workspace = source.workspace;
        let disabled = self.endpoints.disable(workspace, webhook, reason).await;
        disabled.map_err(OutboxError::Unavailable)?;
        let why = reason.as_str();
        tracing::warn!(%workspace, %webhook, why, "a webhook is disabled");
        let mut changes = Changes::default();
        Health::forget(webhook, &mut changes);
        Ok(changes)
    }

    /// Forgets what a webhook that is gone has left, so much at a time.
    fn purge(&self, source: &Source, webhook: WebhookId) -> Carried {
        let mut changes = Changes::default();
        let due = Due::lane(webhook.as_u128());
        let all = [
            delivery::rows(webhook, None),
            delivery::payloads(webhook),
            due,
        ];
        for (from, to) in &all {
            for (key, _) in source.outbox.range(from, to, PURGED_ROWS)? {
                changes.remove(key);
            }
        }
        if changes.rows.len() > 1 {
            let again = Task::Purge.due(webhook, self.clock.now(), Bytes::new());
            changes.put_due(&again);
        }
        Secrets::forget(webhook, &mut changes);
        Health::forget(webhook, &mut changes);
        Ok(changes)
    }

    fn backoff(&self) -> Backoff {
        Backoff {
            attempts_max: self.config.attempts_max,
            first: self.config.retry_first(),
            factor: self.config.retry_factor,
            longest: health::DAY,
            jitter_percent: self.config.retry_jitter_percent,
        }
    }
}

/// What is sent of a delivery at a time: the event's id, signed.
fn message(secrets: &Secrets, delivery: &Delivery, at: Timestamp, payload: Bytes) -> Message {
    let id = delivery.event.to_string();
    let signature = secrets.sign(&id, at, &payload).unwrap_or_default();
    Message {
        id,
        at,
        signature,
        payload,
    }
}
