//! How far an operation is, told now and then to whoever asked for it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::commit::Workspace;
use crate::domain::{OperationId, UserId};

/// Hears how far operations are.
pub trait Watcher: Send + Sync + fmt::Debug {
    /// So far, for this person's eyes. Never waits.
    fn progress(&self, workspace: &Arc<Workspace>, to: UserId, progress: &Progress);
}

/// Nobody hears.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn progress(&self, _workspace: &Arc<Workspace>, _to: UserId, _progress: &Progress) {}
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which one.
    pub operation: OperationId,
    /// The key of its request.
    pub idempotency_key: Option<Arc<str>>,
    /// How many items have their outcome.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// Says when it is time to tell: at the beginning, at the end, and seldom enough between them.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    told_at: Option<Instant>,
}

impl Pace {
    pub(super) const fn new(every: Duration) -> Self {
        Self {
            every,
            told_at: None,
        }
    }

    pub(super) fn is_due(&mut self, progress: &Progress, now: Instant) -> bool {
        let rested = |at: Instant| now.saturating_duration_since(at) >= self.every;
        let is_due = progress.done == progress.total || self.told_at.is_none_or(rested);
        if is_due {
            self.told_at = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::domain::Timestamp;

    #[test]
    fn the_beginning_and_the_end_are_told_and_little_between_them() {
        let clock = ManualClock::starting_at(Timestamp::EPOCH);
        let mut pace = Pace::new(Duration::from_millis(125));
        let mut told = Vec::new();
        for done in 0..=1000 {
            let progress = Progress {
                operation: OperationId::from_u128(1),
                idempotency_key: None,
                done,
                total: 1000,
            };
            if pace.is_due(&progress, clock.instant()) {
                told.push(done);
            }
            clock.advance(Duration::from_millis(1));
        }
        assert_eq!(told, [0, 125, 250, 375, 500, 625, 750, 875, 1000]);
    }
}
