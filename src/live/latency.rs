//! How long a change takes from being durable to the last socket that it is sent to.

use std::sync::Arc;
use std::time::Instant;

use crate::clock::Clock;
use crate::metrics::Metrics;

/// Measures from when it was made until the last one that holds it lets go.
#[derive(Debug)]
pub(super) struct Latency {
    since: Instant,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Latency {
    pub(super) fn since(since: Instant, clock: &Arc<dyn Clock>, metrics: &Arc<Metrics>) -> Self {
        let (clock, metrics) = (Arc::clone(clock), Arc::clone(metrics));
        Self {
            since,
            clock,
            metrics,
        }
    }
}

impl Drop for Latency {
    fn drop(&mut self) {
        let elapsed = self.clock.instant().saturating_duration_since(self.since);
        self.metrics.live().reached_all(elapsed);
    }
}
