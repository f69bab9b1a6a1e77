//! What was sent to a webhook, and what could not be: for those who look after it.

use std::sync::Arc;

use bytes::Bytes;

use super::delivery::{self, Delivery, DeliveryStatus, Task};
use super::event;
use super::redacted;
use crate::clock::Clock;
use crate::domain::{DeliveryId, EventId, Timestamp, WebhookId};
use crate::outbox::{Changes, Outbox, OutboxError};

/// How many deliveries are looked at for one page.
const LOOKED_AT_MAX: usize = 2_000;

/// Which deliveries to list.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryFilter {
    /// Only those that stand so.
    pub status: Option<DeliveryStatus>,
    /// Only those before this one.
    pub after: Option<DeliveryId>,
    /// How many at most.
    pub limit: usize,
}

/// The deliveries of one workspace. All calls block.
#[derive(Debug, Clone)]
pub struct Deliveries {
    outbox: Arc<dyn Outbox>,
}

/// A delivery with what was sent, without what is private.
pub type Shown = (Delivery, serde_json::Value);

impl Deliveries {
    /// Those in an outbox.
    #[must_use]
    pub const fn new(outbox: Arc<dyn Outbox>) -> Self {
        Self { outbox }
    }

    /// A page, the newest first, and where the next one begins.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(
        &self,
        webhook: WebhookId,
        filter: DeliveryFilter,
    ) -> Result<(Vec<Shown>, Option<DeliveryId>), OutboxError> {
        let mut page = Vec::new();
        let (from, to) = delivery::rows(webhook, filter.after);
        let rows = self.outbox.range(&from, &to, LOOKED_AT_MAX)?;
        let all_looked_at = rows.len() < LOOKED_AT_MAX;
        let mut last = None;
        for (_, row) in rows {
            let Some(delivery) = read(&row) else {
                continue;
            };
            let fits = filter.status.is_none_or(|status| delivery.status == status);
            if fits && page.len() >= filter.limit {
                return Ok((page, last));
            }
            last = Some(delivery.id);
            if fits {
                page.push(self.shown(delivery)?);
            }
        }
        let next = last.filter(|_| !all_looked_at);
        Ok((page, next))
    }

    /// One delivery.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get(
        &self,
        webhook: WebhookId,
        delivery: DeliveryId,
    ) -> Result<Option<Delivery>, OutboxError> {
        let row = self.outbox.get(&delivery::row_key(webhook, delivery))?;
        Ok(row.and_then(|row| read(&row)))
    }

    /// A delivery with what was sent.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn shown(&self, delivery: Delivery) -> Result<Shown, OutboxError> {
        let key = delivery::payload_key(delivery.webhook, delivery.id);
        let payload = self.outbox.get(&key)?.unwrap_or_default();
        Ok((delivery, redacted(&payload)))
    }

    /// Sends a delivery again, now, with all its attempts.
    #[must_use]
    pub fn replay(mut delivery: Delivery, now: Timestamp) -> (Delivery, Changes) {
        let mut changes = Changes::default();
        if let Some(next) = delivery.next_at {
            let waiting = Task::Attempt(delivery.id).due(delivery.webhook, next, Bytes::new());
            changes.remove(waiting.key());
        }
        delivery.status = DeliveryStatus::Pending;
        delivery.attempts_of_round = 0;
        delivery.round_began_at = None;
        delivery.next_at = Some(now);
        delivery.put_to_be_tried(now, &mut changes);
        (delivery, changes)
    }

    /// Sends an event that says nothing, once.
    #[must_use]
    pub fn test(webhook: WebhookId, clock: &dyn Clock) -> (Shown, Changes) {
        let now = clock.now();
        let event = EventId::from_u128(clock.id128());
        let id = DeliveryId::from_u128(clock.id128());
        let data = serde_json::json!({"webhook_id": webhook});
        let payload = event::payload(event::TEST, now, &data);
        let mut delivery = Delivery::new((id, webhook), (event, event::TEST), now);
        delivery.is_test = true;
        let mut changes = Changes::default();
        delivery.put_to_be_tried(now, &mut changes);
        let shown = redacted(payload.as_bytes());
        changes.put(delivery::payload_key(webhook, id), payload);
        ((delivery, shown), changes)
    }
}

fn read(row: &[u8]) -> Option<Delivery> {
    serde_json::from_slice(row).ok()
}
