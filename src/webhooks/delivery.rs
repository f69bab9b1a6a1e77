//! A delivery: an event on its way to a webhook, as a row of the outbox.
//!
//! Rows of deliveries: `d`, webhook (16), the delivery's number counted down (16), so that the newest
//! comes first. Payloads: `p`, webhook (16), delivery (16). What is to be done with one is due in the
//! lane of its webhook, as a letter and the delivery.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use crate::domain::{DeliveryId, EventId, Timestamp, WebhookId};
use crate::outbox::{Changes, Due, Key};

const ROW: u8 = b'd';
const PAYLOAD: u8 = b'p';

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It was not tried yet.
    Pending,
    /// The receiver took it.
    Delivered,
    /// The last attempt failed. Whether there is another one, its time tells.
    Failed,
}

impl DeliveryStatus {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// An event on its way to a webhook. On disk for as long as deliveries are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// The event's id: the same at each attempt, and at every webhook.
    pub event: EventId,
    /// The event's name.
    pub topic: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How it stands.
    pub status: DeliveryStatus,
    /// Attempts so far.
    pub attempts: u32,
    /// Attempts since it was last asked for: by the event, or by whoever wants it sent again.
    pub attempts_of_round: u32,
    /// The time of the first of those.
    pub round_began_at: Option<Timestamp>,
    /// Whether it is tried once only, and says nothing about its webhook.
    pub is_test: bool,
    /// The time of the last attempt.
    pub attempted_at: Option<Timestamp>,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
    /// How long the last attempt took, in milliseconds.
    pub latency_ms: Option<u64>,
    /// The status with which it was answered.
    pub response_status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What is to be done with a delivery, or with all of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Try it.
    Attempt(DeliveryId),
    /// Forget it.
    Forget(DeliveryId),
    /// Stop telling the webhook; why is in the value.
    Disable,
    /// Forget all deliveries of a webhook that is gone.
    Purge,
}

impl Task {
    /// The task as something that is due.
    pub(super) fn due(self, webhook: WebhookId, at: Timestamp, value: Bytes) -> Due {
        let mut id = BytesMut::with_capacity(17);
        let (letter, delivery) = match self {
            Self::Attempt(delivery) => (b'a', Some(delivery)),
            Self::Forget(delivery) => (b'f', Some(delivery)),
            Self::Disable => (b'k', None),
            Self::Purge => (b'x', None),
        };
        id.put_u8(letter);
        if let Some(delivery) = delivery {
            id.put_u128(delivery.as_u128());
        }
        Due {
            lane: webhook.as_u128(),
            at,
            id: id.freeze(),
            value,
        }
    }

    /// Whether a row of what is due is an attempt: it has a lane, a time and its letter before the rest.
    pub(super) fn is_attempt(key: &Key) -> bool {
        key.0.get(25) == Some(&b'a')
    }

    /// Reads it back.
    pub(super) fn read(due: &Due) -> Option<(WebhookId, Self)> {
        let (letter, delivery) = due.id.split_first()?;
        let delivery = <[u8; 16]>::try_from(delivery)
            .map(|bytes| DeliveryId::from_u128(u128::from_be_bytes(bytes)));
        let task = match (letter, delivery) {
            (b'a', Ok(delivery)) => Self::Attempt(delivery),
            (b'f', Ok(delivery)) => Self::Forget(delivery),
            (b'k', Err(_)) => Self::Disable,
            (b'x', Err(_)) => Self::Purge,
            _ => return None,
        };
        Some((WebhookId::from_u128(due.lane), task))
    }
}

/// An id that sorts like the log: by time, position and place in the commit. The rest is random, so that
/// webhooks that are told of the same have deliveries of their own.
pub(super) fn ordered_id(at: Timestamp, (seq, place): (u64, usize), random: u32) -> DeliveryId {
    let millis = u128::from(u64::try_from(at.as_millis()).unwrap_or(0)) & ((1 << 48) - 1);
    let seq = u128::from(seq) & ((1 << 40) - 1);
    let place = u128::try_from(place).unwrap_or(255).min(255);
    DeliveryId::from_u128(millis << 80 | seq << 40 | place << 32 | u128::from(random))
}

impl Delivery {
    /// One that was not tried yet, and is to be tried at a time.
    #[must_use]
    pub(super) fn new(
        (id, webhook): (DeliveryId, WebhookId),
        (event, topic): (EventId, &str),
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            webhook,
            event,
            topic: topic.to_owned(),
            created_at: at,
            status: DeliveryStatus::Pending,
            attempts: 0,
            attempts_of_round: 0,
            round_began_at: None,
            is_test: false,
            attempted_at: None,
            next_at: Some(at),
            latency_ms: None,
            response_status: None,
            error: None,
        }
    }

    /// Keeps it.
    pub(super) fn put(&self, changes: &mut Changes) {
        // Texts and numbers always encode.
        let row = serde_json::to_vec(self).unwrap_or_default();
        changes.put(row_key(self.webhook, self.id), row);
    }

    /// Keeps it, and the time at which it is tried next.
    pub(super) fn put_to_be_tried(&self, at: Timestamp, changes: &mut Changes) {
        self.put(changes);
        let attempt = Task::Attempt(self.id).due(self.webhook, at, Bytes::new());
        changes.put_due(&attempt);
    }
}

/// The key of a delivery's row.
pub(super) fn row_key(webhook: WebhookId, delivery: DeliveryId) -> Key {
    key(ROW, webhook, !delivery.as_u128())
}

/// The key of a delivery's payload.
pub(super) fn payload_key(webhook: WebhookId, delivery: DeliveryId) -> Key {
    key(PAYLOAD, webhook, delivery.as_u128())
}

/// All rows of a webhook's deliveries lie from the first key up to the second, the newest first; from
/// behind `after`, if given.
pub(super) fn rows(webhook: WebhookId, after: Option<DeliveryId>) -> (Key, Key) {
    let from = match after {
        Some(delivery) => row_key(webhook, delivery).following(),
        None => key(ROW, webhook, 0),
    };
    (from, key(ROW, webhook, u128::MAX).following())
}

/// The same of the payloads.
pub(super) fn payloads(webhook: WebhookId) -> (Key, Key) {
    let to = key(PAYLOAD, webhook, u128::MAX).following();
    (key(PAYLOAD, webhook, 0), to)
}

fn key(kind: u8, webhook: WebhookId, number: u128) -> Key {
    let mut key = BytesMut::with_capacity(34);
    key.put_u8(kind);
    key.put_u128(webhook.as_u128());
    key.put_u128(number);
    Key(key.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBHOOK: WebhookId = WebhookId::from_u128(7);
    const AT: Timestamp = Timestamp::from_millis(1_000);

    #[test]
    fn tasks_read_back() {
        let delivery = DeliveryId::from_u128(9);
        for task in [
            Task::Attempt(delivery),
            Task::Forget(delivery),
            Task::Disable,
            Task::Purge,
        ] {
            let due = task.due(WEBHOOK, AT, Bytes::new());
            assert_eq!(Task::read(&due), Some((WEBHOOK, task)));
            let is_attempt = matches!(task, Task::Attempt(_));
            assert_eq!(Task::is_attempt(&due.key()), is_attempt);
        }
    }

    #[test]
    fn ids_sort_like_the_log() {
        let later = AT.saturating_add(std::time::Duration::from_millis(1));
        let ids = [
            ordered_id(AT, (7, 0), u32::MAX),
            ordered_id(AT, (7, 1), 0),
            ordered_id(AT, (8, 0), 0),
            ordered_id(later, (9, 0), 0),
        ];
        assert!(ids.is_sorted());
        assert_eq!(ids[3].as_u128() >> 80, 1_001);
    }

    #[test]
    fn the_newest_delivery_comes_first_and_pages_go_on_behind_one() {
        let id = DeliveryId::from_u128;
        let keys = [3, 2, 1].map(|number| row_key(WEBHOOK, id(number)));
        assert!(keys.is_sorted());
        let (from, to) = rows(WEBHOOK, Some(id(3)));
        let shown = keys.iter().filter(|key| (&from..&to).contains(key)).count();
        assert_eq!(shown, 2);
        let (from, to) = rows(WEBHOOK, None);
        assert!(keys.iter().all(|key| (&from..&to).contains(&key)));
        let other = row_key(WebhookId::from_u128(8), id(1));
        assert!(!(from..to).contains(&other));
    }
}
