//! One measurement: changes to all sockets of a swarm for some seconds.

use std::time::Duration;

use super::bells::Bells;
use crate::{
    clock,
    error::LoadError,
    latency::Latency,
    mass::{counted::Counted, swarm::Swarm},
    procfs,
};

/// What a measurement found.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Changes that were made, each of which went to every socket.
    pub(super) changes: u64,
    /// Frames that came; fewer where changes were folded.
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) elapsed: Duration,
    pub(super) server_time: Option<Duration>,
    /// From the request to the last socket.
    pub(super) latency: Latency,
    /// The most memory that the server had in use.
    pub(super) resident_max: u64,
    /// Frames with a gap before them, dropped subscriptions, ended sockets.
    pub(super) gaps: u64,
    pub(super) resyncs: u64,
    pub(super) ended: u64,
    /// How many sockets a change did not reach.
    pub(super) missing: u64,
}

/// How it is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) length: Duration,
    /// How many changes are made before the last of them is waited for.
    pub(super) at_a_time: usize,
    /// How long a change may take to the last socket.
    pub(super) arrival: Duration,
}

/// Makes changes one after the other, or so many at a time, as fast as the last socket has them;
/// the workspace's last commit is moved on by each.
pub(super) async fn measure(
    swarm: &Swarm,
    bells: &mut Bells,
    seq: &mut u64,
    pid: &str,
    load: Load,
) -> Result<Sample, LoadError> {
    bells.connect().await?;
    let counted: &Counted = &swarm.counted;
    let mut sample = Sample::default();
    let (frames, bytes) = (counted.deliveries(), counted.bytes());
    let (gaps, resyncs) = (counted.gaps(), counted.resyncs());
    let used = procfs::used(pid);
    let started = clock::now();
    let mut looked = started;
    while started.elapsed() < load.length && sample.missing == 0 {
        let begun = clock::now();
        counted.expect(*seq + crate::numbers::count(load.at_a_time));
        let made = bells.ring(load.at_a_time).await?;
        *seq += made;
        sample.changes += made;
        sample.missing = counted.arrival(load.arrival).await;
        sample.latency.record(begun.elapsed());
        if looked.elapsed() > Duration::from_millis(200) {
            looked = clock::now();
            sample.look(pid);
        }
    }
    sample.look(pid);
    sample.elapsed = started.elapsed();
    sample.server_time = procfs::used(pid)
        .zip(used)
        .map(|(after, before)| after.saturating_sub(before));
    sample.frames = counted.deliveries() - frames;
    sample.bytes = counted.bytes() - bytes;
    sample.gaps = counted.gaps() - gaps;
    sample.resyncs = counted.resyncs() - resyncs;
    sample.ended = counted.ended();
    Ok(sample)
}

impl Sample {
    fn look(&mut self, pid: &str) {
        let resident = procfs::resident(pid).unwrap_or_default();
        self.resident_max = self.resident_max.max(resident);
    }

    /// Whether every socket had every change.
    pub(super) fn is_whole(&self) -> bool {
        self.changes > 0 && self.gaps + self.resyncs + self.ended + self.missing == 0
    }
}
