//! What dashboards counted, one or all of them together.

use std::collections::BTreeMap;

use crate::{
    latency::Latency,
    live::{
        frame::ServerFrame,
        list::{Checked, Taken},
        view::Effect,
    },
};

/// How many violations of one dashboard are kept; all are counted.
const KEPT: usize = 50;

/// Counts, latencies and violations.
#[derive(Debug, Default)]
pub struct Measured {
    /// Frames by kind.
    pub frames: BTreeMap<String, u64>,
    /// Bytes that came, with their headers.
    pub bytes: u64,
    /// Changes and events that were applied.
    pub applied: u64,
    /// Conversations that they named.
    pub conversations: u64,
    /// Changes and events that said nothing new.
    pub ignored: u64,
    /// Beacons that agreed over all members.
    pub beacons_all: u64,
    /// Beacons that agreed over the newest.
    pub beacons_head: u64,
    /// Beacons that could not be checked.
    pub beacons_unchecked: u64,
    /// `resync` frames by reason.
    pub resyncs: BTreeMap<String, u64>,
    /// How often a subscription went on from its position: asked and answered so.
    pub resumes: (u64, u64),
    /// Connections after the first.
    pub reconnects: u64,
    /// Connections that could not be made.
    pub refused: u64,
    /// How connections ended that this side did not end.
    pub ends: BTreeMap<String, u64>,
    /// Pages read over HTTP.
    pub pages: u64,
    /// From the commit to the frame's arrival, as far as readers read at once.
    pub latency: Latency,
    /// How many violations there are.
    pub violations: u64,
    /// The first of them.
    pub named: Vec<String>,
}

impl Measured {
    /// Counts one frame.
    pub(super) fn frame(&mut self, frame: &ServerFrame) {
        add(&mut self.frames, frame.kind());
        self.conversations += match frame {
            ServerFrame::Change(change) => {
                let named = change.enter.len() + change.update.len() + change.leave.len();
                crate::numbers::count(named)
            }
            ServerFrame::Event(_) => 1,
            _ => 0,
        };
    }

    /// Counts what a frame did.
    pub(super) fn effect(&mut self, frame: &ServerFrame, effect: Effect) {
        if matches!(frame, ServerFrame::Change(_) | ServerFrame::Event(_)) {
            match effect.taken {
                Taken::Applied => self.applied += 1,
                Taken::Ignored => self.ignored += 1,
                Taken::Gap => {}
            }
        }
        match effect.checked {
            Some(Checked::All) => self.beacons_all += 1,
            Some(Checked::Head) => self.beacons_head += 1,
            Some(Checked::Nothing) => self.beacons_unchecked += 1,
            Some(Checked::Wrong) | None => {}
        }
    }

    /// Writes violations down.
    pub(super) fn violated(&mut self, what: impl IntoIterator<Item = String>) {
        for what in what {
            self.violations += 1;
            if self.named.len() < KEPT {
                self.named.push(what);
            }
        }
    }

    /// Takes in what another dashboard counted.
    pub fn merge(&mut self, other: Self) {
        for (from, to) in [
            (other.frames, &mut self.frames),
            (other.resyncs, &mut self.resyncs),
            (other.ends, &mut self.ends),
        ] {
            for (key, number) in from {
                *to.entry(key).or_default() += number;
            }
        }
        self.bytes += other.bytes;
        self.applied += other.applied;
        self.conversations += other.conversations;
        self.ignored += other.ignored;
        self.beacons_all += other.beacons_all;
        self.beacons_head += other.beacons_head;
        self.beacons_unchecked += other.beacons_unchecked;
        self.resumes.0 += other.resumes.0;
        self.resumes.1 += other.resumes.1;
        self.reconnects += other.reconnects;
        self.refused += other.refused;
        self.pages += other.pages;
        self.latency.merge(&other.latency);
        self.violations += other.violations;
        self.named.extend(other.named);
    }

    /// How many frames came.
    pub fn all_frames(&self) -> u64 {
        self.frames.values().sum()
    }
}

/// One more of this key.
pub(super) fn add(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}
