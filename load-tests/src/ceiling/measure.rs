//! One measurement: so many connections, each repeating its own requests for some seconds.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    task::JoinSet,
    time::{Instant as Moment, sleep_until},
};

use crate::{clock, latency::Latency, procfs, raw::RawConnection, target::Target};

/// For how long a workload runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Before anything is counted.
    pub(super) warm_up: Duration,
    /// While it is.
    pub(super) measured: Duration,
}

/// What a measurement found.
#[derive(Debug)]
pub(super) struct Sample {
    /// Answers 200 with `changed: true`.
    pub(super) good: u64,
    /// All other answers, and requests without one.
    pub(super) other: u64,
    /// Connections that ended before the time was over: the rest then had less competition.
    pub(super) broken: u64,
    /// The first of the others.
    pub(super) first_other: Option<String>,
    /// The sum of the answers' lengths.
    pub(super) body_bytes: u64,
    /// In microseconds.
    pub(super) latency: Latency,
    /// How long was counted.
    pub(super) elapsed: Duration,
    /// What the server used meanwhile.
    pub(super) server_time: Option<Duration>,
    /// What this process used meanwhile.
    pub(super) client_time: Option<Duration>,
}

/// The requests of one connection, sent in turn.
pub(super) type Requests = Vec<Vec<u8>>;

/// Runs the workload against the server with this process id.
pub(super) async fn measure(
    target: &Target,
    pid: Option<u32>,
    workload: Vec<Requests>,
    span: Span,
) -> Sample {
    let begin = clock::now() + span.warm_up;
    let window = Arc::new(Window {
        begin,
        end: begin + span.measured,
    });
    let mut tasks = JoinSet::new();
    for requests in workload {
        let (target, window) = (target.clone(), Arc::clone(&window));
        tasks.spawn(async move { connection(&target, &requests, &window).await });
    }
    let server = || procfs::used(&pid?.to_string());
    sleep_until(Moment::from_std(window.begin)).await;
    let (server_before, client_before) = (server(), procfs::used("self"));
    sleep_until(Moment::from_std(window.end)).await;
    let (server_after, client_after) = (server(), procfs::used("self"));
    let mut sample = Counts::new();
    for counts in tasks.join_all().await {
        sample.merge(&counts);
    }
    Sample {
        good: sample.good,
        other: sample.other,
        broken: sample.broken,
        first_other: sample.first_other,
        body_bytes: sample.body_bytes,
        latency: sample.latency,
        elapsed: span.measured,
        server_time: difference(server_before, server_after),
        client_time: difference(client_before, client_after),
    }
}

#[derive(Debug)]
struct Window {
    begin: Instant,
    end: Instant,
}

#[derive(Debug)]
struct Counts {
    good: u64,
    other: u64,
    broken: u64,
    first_other: Option<String>,
    body_bytes: u64,
    latency: Latency,
}

impl Counts {
    fn new() -> Self {
        Self {
            good: 0,
            other: 0,
            broken: 0,
            first_other: None,
            body_bytes: 0,
            latency: Latency::default(),
        }
    }

    fn other(&mut self, what: impl FnOnce() -> String) {
        self.other += 1;
        self.first_other.get_or_insert_with(what);
    }

    fn break_off(&mut self, error: &io::Error) {
        self.broken += 1;
        self.other(|| error.to_string());
    }

    fn merge(&mut self, counts: &Self) {
        self.good += counts.good;
        self.other += counts.other;
        self.broken += counts.broken;
        self.body_bytes += counts.body_bytes;
        self.latency.merge(&counts.latency);
        if self.first_other.is_none() {
            self.first_other.clone_from(&counts.first_other);
        }
    }
}

async fn connection(target: &Target, requests: &Requests, window: &Window) -> Counts {
    let mut counts = Counts::new();
    let mut connection = match RawConnection::open(target).await {
        Ok(connection) => connection,
        Err(error) => {
            counts.break_off(&error);
            return counts;
        }
    };
    for request in requests.iter().cycle() {
        let started = clock::now();
        if started >= window.end {
            break;
        }
        let reply = connection.exchange(request).await;
        let ended = clock::now();
        match reply {
            // What fails while warming up fails the measurement too.
            Ok(reply) if reply.status != 200 || !reply.changed => {
                counts.other(|| format!("{} changed: {}", reply.status, reply.changed));
            }
            Ok(reply) if ended >= window.begin && ended < window.end => {
                counts.good += 1;
                counts.body_bytes += crate::numbers::count(reply.body_bytes);
                counts.latency.record(ended - started);
            }
            Ok(_reply) => {}
            Err(error) => {
                counts.break_off(&error);
                break;
            }
        }
    }
    counts
}

fn difference(before: Option<Duration>, after: Option<Duration>) -> Option<Duration> {
    Some(after?.saturating_sub(before?))
}
