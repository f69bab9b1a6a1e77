//! What the live hub counts.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::counters::{CountersBy, GaugesBy};
use super::labels::{Closed, ResyncReason, ViewKind};
use super::{counter, gauge, seconds, sizes};

/// Sockets, views, frames, and how long a change takes to the last of them.
#[derive(Debug)]
pub struct LiveMetrics {
    sessions: Gauge,
    subscriptions: GaugesBy<ViewKind>,
    event_streams: Gauge,
    frames: Counter,
    bytes: Counter,
    folded_commits: Histogram,
    resyncs: CountersBy<ResyncReason>,
    closed: CountersBy<Closed>,
    commit_to_last_socket: Histogram,
}

impl LiveMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        Self {
            sessions: gauge(r, "live_sessions", "Websockets open"),
            subscriptions: GaugesBy::register(r, "live_subscriptions", "Views that are watched"),
            event_streams: gauge(r, "live_event_streams", "Event streams open"),
            frames: counter(r, "live_frames", "Frames handed to sockets"),
            bytes: counter(
                r,
                "live_frame_bytes",
                "Bytes of the frames handed to sockets",
            ),
            folded_commits: sizes(r, "live_folded_commits", "Commits that shared one turn"),
            resyncs: CountersBy::register(r, "live_resyncs", "Views that had to begin again"),
            closed: CountersBy::register(r, "live_closed", "Websockets that ended"),
            commit_to_last_socket: seconds(
                r,
                "live_commit_to_last_socket_seconds",
                "From a commit being durable to its frame being handed to the last socket",
            ),
        }
    }

    /// A websocket was opened.
    pub fn opened(&self) {
        self.sessions.inc();
    }

    /// A websocket ended.
    pub fn closed(&self, closed: Closed) {
        self.sessions.dec();
        self.closed.increment(closed);
    }

    /// A view got one more or one fewer watcher.
    pub fn subscriptions(&self, kind: ViewKind, change: i64) {
        self.subscriptions.add(kind, change);
    }

    /// An event stream began or ended.
    pub fn event_streams(&self, change: i64) {
        self.event_streams.inc_by(change);
    }

    /// Frames of so many bytes together were handed to a socket.
    pub fn sent(&self, frames: usize, bytes: usize) {
        let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        self.frames.inc_by(count(frames));
        self.bytes.inc_by(count(bytes));
    }

    /// So many commits were told in one turn.
    pub fn folded(&self, commits: usize) {
        let commits = u32::try_from(commits).unwrap_or(u32::MAX);
        self.folded_commits.observe(f64::from(commits));
    }

    /// A view had to begin again.
    pub fn resync(&self, reason: ResyncReason) {
        self.resyncs.increment(reason);
    }

    /// A change has reached the last socket.
    pub fn reached_all(&self, elapsed: Duration) {
        self.commit_to_last_socket.observe(elapsed.as_secs_f64());
    }

    /// How many websockets are open.
    #[must_use]
    pub fn sessions_open(&self) -> usize {
        usize::try_from(self.sessions.get()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Metrics;
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        let live = metrics.live();
        live.opened();
        live.opened();
        live.closed(Closed::TooSlow);
        live.subscriptions(ViewKind::List, 2);
        live.subscriptions(ViewKind::List, -1);
        live.resync(ResyncReason::TooFar);
        live.sent(3, 700);
        live.folded(20);
        live.reached_all(Duration::from_millis(3));
        for line in [
            "ochre_live_sessions 1",
            "ochre_live_closed_total{code=\"4008\"} 1",
            "ochre_live_subscriptions{view=\"list\"} 1",
            "ochre_live_resyncs_total{reason=\"too_far\"} 1",
            "ochre_live_frames_total 3",
            "ochre_live_frame_bytes_total 700",
            "ochre_live_folded_commits_sum 20.0",
            "ochre_live_commit_to_last_socket_seconds_count 1",
        ] {
            let text = metrics.render();
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert_eq!(live.sessions_open(), 1);
    }
}
