//! Since when nothing reaches a webhook: one that only fails is disabled.

use std::time::Duration;

use bytes::{BufMut, BytesMut};
use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, WebhookId};
use crate::outbox::{Changes, Key, Outbox, OutboxError};

/// The longest wait between two attempts.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Keys of these rows begin with this byte.
const ROW: u8 = b'h';

/// There is a row only while the last attempt at a webhook failed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Health {
    failing_since: Timestamp,
}

/// Whether nothing reached a webhook since a delivery that was given up was first tried.
pub(super) fn only_fails(failing_since: Timestamp, first_attempt_at: Timestamp) -> bool {
    failing_since <= first_attempt_at
}

impl Health {
    /// An attempt failed; says since when all of them did.
    pub(super) fn failed(
        outbox: &dyn Outbox,
        webhook: WebhookId,
        at: Timestamp,
        changes: &mut Changes,
    ) -> Result<Timestamp, OutboxError> {
        let row = outbox.get(&key(webhook))?;
        let present = row.and_then(|row| serde_json::from_slice::<Self>(&row).ok());
        let failing_since = present.map_or(at, |present| present.failing_since.min(at));
        let health = Self { failing_since };
        // A number always encodes.
        changes.put(
            key(webhook),
            serde_json::to_vec(&health).unwrap_or_default(),
        );
        Ok(failing_since)
    }

    /// An attempt succeeded, or the webhook starts anew.
    pub(super) fn forget(webhook: WebhookId, changes: &mut Changes) {
        changes.remove(key(webhook));
    }
}

fn key(webhook: WebhookId) -> Key {
    let mut key = BytesMut::with_capacity(17);
    key.put_u8(ROW);
    key.put_u128(webhook.as_u128());
    Key(key.freeze())
}
