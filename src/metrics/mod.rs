//! What the service counts about itself, for Prometheus.
//!
//! One value, shared behind an `Arc` and handed to whoever counts; nothing is global. Everything
//! is registered at the start, so that counting is an atomic addition.

mod counters;
mod labels;
mod live;

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use counters::{CountersBy, CountersByPair};
pub use labels::{
    Closed, Command, Conflict, DeliveryChannel, DeliveryOutcome, Outcome, ResyncReason,
    StatusClass, ViewKind,
};
pub use live::LiveMetrics;

/// The media type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every counter, gauge and histogram of the service.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    commands: CountersByPair<Command, Outcome>,
    conflicts: CountersBy<Conflict>,
    http_requests: CountersBy<StatusClass>,
    http_request_seconds: Histogram,
    append_commits: Histogram,
    append_seconds: Histogram,
    commit_queue_commits: Gauge,
    commit_queue_bytes: Gauge,
    answers_waiting: Gauge,
    conversations_live: Gauge,
    conversations_started: Counter,
    conversations_stopped: Counter,
    conversations_panicked: Counter,
    mailbox_full: Counter,
    views_applied: Gauge,
    journal_healthy: Gauge,
    journal_failures: Counter,
    journal_recoveries: Counter,
    snapshots: Counter,
    idempotency_replays: Counter,
    sign_ins_failed: Counter,
    deliveries: CountersByPair<DeliveryChannel, DeliveryOutcome>,
    live: LiveMetrics,
}

impl Metrics {
    /// All of them at zero, with a journal that is healthy until told otherwise.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("ochre");
        let r = &mut registry;
        let metrics = Self {
            commands: CountersByPair::register(r, "commands", "Commands by what became of them"),
            conflicts: CountersBy::register(r, "conflicts", "Commands that met another's result"),
            http_requests: CountersBy::register(r, "http_requests", "HTTP requests answered"),
            http_request_seconds: seconds(r, "http_request_seconds", "From request to answer"),
            append_commits: sizes(r, "append_commits", "Commits that shared one append"),
            append_seconds: seconds(r, "append_seconds", "Time until an append was durable"),
            commit_queue_commits: gauge(r, "commit_queue_commits", "Commits waiting for the disk"),
            commit_queue_bytes: gauge(r, "commit_queue_bytes", "Bytes waiting for the disk"),
            answers_waiting: gauge(r, "answers_waiting", "Answers waiting for their position"),
            conversations_live: gauge(r, "conversation_actors", "Conversations in memory"),
            conversations_started: counter(
                r,
                "conversation_actors_started",
                "Conversations loaded",
            ),
            conversations_stopped: counter(
                r,
                "conversation_actors_stopped",
                "Conversations that left memory",
            ),
            conversations_panicked: counter(
                r,
                "conversation_actors_panicked",
                "Conversations that a panic ended",
            ),
            mailbox_full: counter(r, "mailbox_full", "Messages refused by a full mailbox"),
            views_applied: gauge(
                r,
                "views_applied_position",
                "Positions applied to the views, added up over the workspaces of the store",
            ),
            journal_healthy: gauge(r, "journal_healthy", "1 while commits can be made durable"),
            journal_failures: counter(r, "journal_failures", "Appends that failed"),
            journal_recoveries: counter(r, "journal_recoveries", "Recoveries of a failed store"),
            snapshots: counter(r, "snapshots", "Snapshots saved"),
            idempotency_replays: counter(r, "idempotency_replays", "Answers given again"),
            sign_ins_failed: counter(r, "sign_ins_failed", "Sign-ins with wrong credentials"),
            deliveries: CountersByPair::register(
                r,
                "notification_deliveries",
                "Attempts to send an email or a Slack message",
            ),
            live: LiveMetrics::register(r),
            registry,
        };
        metrics.journal_healthy.set(1);
        metrics
    }

    /// What the live hub counts.
    #[must_use]
    pub const fn live(&self) -> &LiveMetrics {
        &self.live
    }

    /// A command was answered.
    pub fn command(&self, command: Command, outcome: Outcome) {
        self.commands.increment(command, outcome);
    }

    /// A command met another one's result.
    pub fn conflict(&self, conflict: Conflict) {
        self.conflicts.increment(conflict);
    }

    /// A request was answered with `status` after `elapsed`.
    pub fn http_request(&self, status: u16, elapsed: Duration) {
        self.http_requests.increment(StatusClass::of(status));
        self.http_request_seconds.observe(elapsed.as_secs_f64());
    }

    /// So many commits became durable together, after `elapsed`.
    pub fn appended(&self, commits: usize, elapsed: Duration) {
        let commits = u32::try_from(commits).unwrap_or(u32::MAX);
        self.append_commits.observe(f64::from(commits));
        self.append_seconds.observe(elapsed.as_secs_f64());
    }

    /// What waits for the disk now.
    pub fn commit_queue(&self, commits: usize, bytes: usize) {
        self.commit_queue_commits.set(level(commits));
        self.commit_queue_bytes.set(level(bytes));
    }

    /// How many answers wait for their position now.
    pub fn answers_waiting(&self, answers: usize) {
        self.answers_waiting.set(level(answers));
    }

    /// A conversation was loaded.
    pub fn conversation_started(&self) {
        self.conversations_started.inc();
        self.conversations_live.inc();
    }

    /// A conversation left memory in good order.
    pub fn conversation_stopped(&self) {
        self.conversations_stopped.inc();
        self.conversations_live.dec();
    }

    /// A conversation left memory by a panic.
    pub fn conversation_panicked(&self) {
        self.conversations_panicked.inc();
        self.conversations_live.dec();
    }

    /// A mailbox refused a message.
    pub fn mailbox_full(&self) {
        self.mailbox_full.inc();
    }

    /// The views have applied that many positions, over all workspaces.
    pub fn views_applied(&self, positions: u64) {
        self.views_applied.set(level(positions));
    }

    /// An append failed: nothing is durable until the journal recovers.
    pub fn journal_failed(&self) {
        self.journal_failures.inc();
        self.journal_healthy.set(0);
    }

    /// The journal works again.
    pub fn journal_recovered(&self) {
        self.journal_recoveries.inc();
        self.journal_healthy.set(1);
    }

    /// A snapshot was saved.
    pub fn snapshot_saved(&self) {
        self.snapshots.inc();
    }

    /// An answer was given again for its `Idempotency-Key`.
    pub fn idempotency_replayed(&self) {
        self.idempotency_replays.inc();
    }

    /// Somebody tried to sign in with wrong credentials.
    pub fn sign_in_failed(&self) {
        self.sign_ins_failed.inc();
    }

    /// An attempt to send a notification came to its end.
    pub fn delivered(&self, channel: DeliveryChannel, outcome: DeliveryOutcome) {
        self.deliveries.increment(channel, outcome);
    }

    /// Everything as text of [`CONTENT_TYPE`].
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a string does not fail; an empty page beats half of one if it ever does.
            Err(std::fmt::Error) => String::new(),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

/// Durations from a tenth of a millisecond to 13 seconds.
fn seconds(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = Histogram::new(exponential_buckets(0.0001, 2.0, 18));
    registry.register(name, help, histogram.clone());
    histogram
}

/// Numbers from 1 to 4,096.
fn sizes(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = Histogram::new(exponential_buckets(1.0, 2.0, 13));
    registry.register(name, help, histogram.clone());
    histogram
}

fn level(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(metrics: &Metrics, line: &str) -> bool {
        metrics.render().lines().any(|rendered| rendered == line)
    }

    #[test]
    fn everything_is_there_before_anything_is_counted() {
        let metrics = Metrics::new();
        let text = metrics.render();
        assert!(text.ends_with("# EOF\n"));
        let commands = text
            .lines()
            .filter(|line| line.starts_with("ochre_commands_total{"));
        assert_eq!(commands.count(), 12 * 6);
        assert!(has(&metrics, "ochre_journal_healthy 1"));
        assert!(has(
            &metrics,
            "ochre_conflicts_total{code=\"last_owner\"} 0"
        ));
        let described = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
        assert_eq!(described("# HELP"), 31);
        assert_eq!(described("# TYPE"), 31);
    }

    #[test]
    fn labels_tell_counts_apart() {
        let metrics = Metrics::new();
        metrics.command(Command::Claim, Outcome::Changed);
        metrics.command(Command::Claim, Outcome::Refused);
        metrics.command(Command::Claim, Outcome::Refused);
        metrics.conflict(Conflict::AlreadyAssigned);
        metrics.http_request(409, Duration::from_millis(3));
        for line in [
            "ochre_commands_total{command=\"claim\",outcome=\"changed\"} 1",
            "ochre_commands_total{command=\"claim\",outcome=\"refused\"} 2",
            "ochre_commands_total{command=\"assign\",outcome=\"changed\"} 0",
            "ochre_conflicts_total{code=\"already_assigned\"} 1",
            "ochre_http_requests_total{class=\"4xx\"} 1",
            "ochre_http_request_seconds_bucket{le=\"0.0016\"} 0",
            "ochre_http_request_seconds_bucket{le=\"0.0032\"} 1",
        ] {
            assert!(has(&metrics, line), "{line} in {}", metrics.render());
        }
    }

    #[test]
    fn gauges_follow_what_happens() {
        let metrics = Metrics::new();
        metrics.commit_queue(3, 4096);
        metrics.answers_waiting(7);
        metrics.views_applied(u64::MAX);
        metrics.conversation_started();
        metrics.conversation_started();
        metrics.conversation_started();
        metrics.conversation_stopped();
        metrics.conversation_panicked();
        metrics.journal_failed();
        metrics.appended(5, Duration::from_micros(150));
        for line in [
            "ochre_commit_queue_commits 3",
            "ochre_commit_queue_bytes 4096",
            "ochre_answers_waiting 7",
            "ochre_views_applied_position 9223372036854775807",
            "ochre_conversation_actors 1",
            "ochre_conversation_actors_panicked_total 1",
            "ochre_journal_healthy 0",
            "ochre_journal_failures_total 1",
            "ochre_append_commits_sum 5.0",
            "ochre_append_seconds_count 1",
        ] {
            assert!(has(&metrics, line), "{line} in {}", metrics.render());
        }
        metrics.journal_recovered();
        assert!(has(&metrics, "ochre_journal_healthy 1"));
        assert!(has(&metrics, "ochre_journal_recoveries_total 1"));
    }

    #[test]
    fn events_are_counted_one_by_one() {
        let metrics = Metrics::new();
        metrics.mailbox_full();
        metrics.snapshot_saved();
        metrics.idempotency_replayed();
        metrics.sign_in_failed();
        for name in [
            "mailbox_full",
            "snapshots",
            "idempotency_replays",
            "sign_ins_failed",
        ] {
            assert!(has(&metrics, &format!("ochre_{name}_total 1")), "{name}");
        }
    }
}
