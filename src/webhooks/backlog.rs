//! How much waits for each webhook, so that one that nothing reaches does not fill the disk.

use std::collections::HashMap;

use super::delivery::Task;
use crate::domain::WebhookId;
use crate::outbox::{Due, Outbox, OutboxError};

/// How many rows are counted at a time.
const ROWS: usize = 1024;

/// What waits for each webhook, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// At least what waits: what was sent since is only noticed when it matters.
    waiting: HashMap<WebhookId, usize>,
}

impl Backlog {
    /// Counts one more in, or says that there is no room for it.
    pub(super) fn admit(
        &mut self,
        outbox: &dyn Outbox,
        webhook: WebhookId,
        max: usize,
    ) -> Result<bool, OutboxError> {
        let known = self.waiting.get(&webhook).copied();
        let waiting = match known {
            Some(waiting) if waiting < max => waiting,
            Some(_) | None => count(outbox, webhook, max)?,
        };
        let fits = waiting < max;
        let now = if fits {
            waiting.saturating_add(1)
        } else {
            waiting
        };
        self.waiting.insert(webhook, now);
        Ok(fits)
    }
}

fn count(outbox: &dyn Outbox, webhook: WebhookId, max: usize) -> Result<usize, OutboxError> {
    let (mut from, to) = Due::lane(webhook.as_u128());
    let mut waiting = 0_usize;
    while waiting < max {
        let rows = outbox.range(&from, &to, ROWS)?;
        let attempts = rows.iter().filter(|(key, _)| Task::is_attempt(key));
        waiting = waiting.saturating_add(attempts.count());
        match rows.last() {
            Some((last, _)) if rows.len() == ROWS => from = last.following(),
            Some(_) | None => break,
        }
    }
    Ok(waiting)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::FutureExt;

    use super::*;
    use crate::domain::{DeliveryId, Timestamp};
    use crate::outbox::{Changes, MemoryOutbox};

    const WEBHOOK: WebhookId = WebhookId::from_u128(7);

    fn attempt(number: u128) -> Due {
        let task = Task::Attempt(DeliveryId::from_u128(number));
        task.due(WEBHOOK, Timestamp::EPOCH, Bytes::new())
    }

    fn put(outbox: &MemoryOutbox, changes: Changes) {
        outbox.write(changes).now_or_never().unwrap().unwrap();
    }

    #[test]
    fn there_is_room_until_so_many_wait_and_again_when_some_were_sent() {
        let (outbox, mut backlog) = (MemoryOutbox::default(), Backlog::default());
        let mut changes = Changes::default();
        for number in 0..1_500 {
            changes.put_due(&attempt(number));
        }
        let forget = Task::Forget(DeliveryId::from_u128(1));
        changes.put_due(&forget.due(WEBHOOK, Timestamp::EPOCH, Bytes::new()));
        put(&outbox, changes);
        let mut admit = |max| backlog.admit(&outbox, WEBHOOK, max).unwrap();
        assert!(!admit(1_500));
        assert!(admit(1_501));
        assert!(!admit(1_500));
        let mut sent = Changes::default();
        sent.remove(attempt(3).key());
        put(&outbox, sent);
        assert!(admit(1_500), "what was sent is noticed when it matters");
    }
}
