//! What came back: a letter is done with, waits for its next attempt, or is given up.

use std::time::Duration;

use super::super::channel::Sent;
use super::super::letter::{Grouping, Letter};
use super::super::undelivered::Undelivered;
use super::{Sender, SenderError};
use crate::domain::Timestamp;
use crate::metrics::DeliveryOutcome;
use crate::outbox::{Backoff, Changes};

/// How long it is remembered that the letter of an operation was sent.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// By how much a wait differs at random, either way.
const JITTER_PERCENT: u32 = 20;

impl Sender {
    /// What came back becomes durable, before anything else of the same letters is done.
    pub(super) async fn write_down(&mut self) -> Result<(), SenderError> {
        if self.come_back.is_empty() {
            return Ok(());
        }
        if !self.is_loaded {
            self.load().await?;
        }
        let now = self.parts.clock.now();
        let mut changes = Changes::default();
        for (id, sent) in self.come_back.clone() {
            if let Some(letter) = self.pending.get(id).cloned() {
                self.came_back(letter, sent, now, &mut changes)?;
            }
        }
        self.source.outbox.write(changes).await?;
        for (id, _) in self.come_back.drain(..) {
            self.under_way.remove(&id);
        }
        Ok(())
    }

    fn came_back(
        &mut self,
        mut letter: Letter,
        sent: Sent,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), SenderError> {
        let medium = letter.medium;
        let longest = self.parts.config.retry_longest();
        let (outcome, given_up) = match sent {
            Sent::Accepted => {
                self.delivered(letter, now, changes)?;
                (DeliveryOutcome::Accepted, None)
            }
            Sent::Later { wait } => {
                letter.due = now.saturating_add(wait.min(longest));
                if let Some(until) = self.waiting.get_mut(medium.index()) {
                    *until = letter.due;
                }
                self.pending.put(letter, changes)?;
                (DeliveryOutcome::Later, None)
            }
            Sent::Failed { reason } => {
                letter.failed = letter.failed.saturating_add(1);
                let wait = self.backoff().wait(letter.failed, None, &*self.parts.clock);
                let given_up = match wait {
                    Some(wait) => {
                        tracing::debug!(reason, failed = letter.failed, "a letter waits");
                        letter.due = now.saturating_add(wait);
                        self.pending.put(letter, changes)?;
                        None
                    }
                    None => Some((letter, reason)),
                };
                (DeliveryOutcome::Failed, given_up)
            }
            Sent::Refused { reason } => {
                letter.failed = letter.failed.saturating_add(1);
                (DeliveryOutcome::Refused, Some((letter, reason)))
            }
        };
        if let Some((letter, reason)) = given_up {
            tracing::warn!(medium = medium.as_str(), reason, "a letter is given up");
            self.pending.remove(letter.id, changes);
            let at = now;
            let given_up = Undelivered { at, reason, letter };
            let max = self.parts.config.undelivered_max;
            self.undelivered.add(&given_up, max, changes)?;
        }
        self.parts.metrics.delivered(medium.label(), outcome);
        Ok(())
    }

    /// An operation has one letter: that it was sent is kept for as long as it may go on.
    fn delivered(
        &mut self,
        letter: Letter,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        if !matches!(letter.grouping, Grouping::Bulk { .. }) {
            self.pending.remove(letter.id, changes);
            return Ok(());
        }
        let sent = Letter {
            is_sent: true,
            told: Vec::new(),
            due: now.saturating_add(REMEMBERED),
            ..letter
        };
        self.pending.put(sent, changes)
    }

    fn backoff(&self) -> Backoff {
        let config = &self.parts.config;
        Backoff {
            attempts_max: config.attempts_max,
            first: config.retry_first(),
            factor: 2,
            longest: config.retry_longest(),
            jitter_percent: JITTER_PERCENT,
        }
    }
}
