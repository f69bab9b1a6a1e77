//! What a steady load did, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use super::writers::Written;
use crate::{
    dashboards::Seen,
    numbers::{count, float},
    tally::milliseconds,
};

/// Which part of the rate that was asked for has to be reached.
const RATE_MIN: f64 = 0.98;

/// The result.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) asked: u32,
    pub(super) rate: f64,
    pub(super) written: Written,
    pub(super) seconds: u64,
    pub(super) dashboards: usize,
    pub(super) others_frames: u64,
    pub(super) others_bytes: u64,
    pub(super) others_gaps: u64,
    pub(super) others_resyncs: u64,
    pub(super) others_ended: u64,
    pub(super) server_time: Option<Duration>,
    /// The server's memory, a second after the other.
    pub(super) resident: Vec<u64>,
    pub(super) seen: Seen,
}

impl Report {
    /// Whether the rate was kept, and everybody saw everything.
    pub(super) fn is_pass(&self) -> bool {
        self.rate >= RATE_MIN * f64::from(self.asked)
            && self.written.others == 0
            && self.others_gaps + self.others_ended == 0
            && self.seen.is_pass()
    }

    /// The server's memory after the first tenth, in the middle and at the end.
    fn memory(&self) -> [u64; 3] {
        let length = self.resident.len();
        let at = |place: usize| self.resident.get(place).copied().unwrap_or_default();
        [
            at(length / 10),
            at(length / 2),
            at(length.saturating_sub(1)),
        ]
    }

    fn processors(&self) -> f64 {
        let used = self.server_time.unwrap_or_default().as_secs_f64();
        used / float(self.seconds.max(1))
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = self.seen.text()?;
        let written = &self.written;
        let [start, middle, end] = self.memory().map(|bytes| float(bytes) / 1_048_576.0);
        writeln!(
            text,
            "\n{:.0} of {} changes a second for {} s into {} dashboards, {} other answers{}",
            self.rate,
            self.asked,
            self.seconds,
            self.dashboards,
            written.others,
            written
                .first_other
                .as_ref()
                .map_or_else(String::new, |first| format!(", the first: {first}"))
        )?;
        writeln!(
            text,
            "from due to answered: p50 {} ms, p99 {} ms",
            milliseconds(written.latency.percentile(50.0)),
            milliseconds(written.latency.percentile(99.0))
        )?;
        let screen = &self.seen.measured.latency;
        writeln!(
            text,
            "from commit to screen: p50 {} ms, p99 {} ms",
            milliseconds(screen.percentile(50.0)),
            milliseconds(screen.percentile(99.0))
        )?;
        writeln!(
            text,
            "dashboards that only count: {} frames, {:.1} MiB, {} gaps, {} resyncs, {} ended",
            self.others_frames,
            float(self.others_bytes) / 1_048_576.0,
            self.others_gaps,
            self.others_resyncs,
            self.others_ended
        )?;
        writeln!(
            text,
            "server: {:.2} processors, {start:.1} MiB at first, {middle:.1} in the middle, {end:.1} at the end",
            self.processors()
        )?;
        writeln!(text, "{}", if self.is_pass() { "PASS" } else { "FAIL" })?;
        Ok(text)
    }

    pub(super) fn json(&self) -> Value {
        let written = &self.written;
        json!({
            "changes_per_second": self.rate,
            "asked_per_second": self.asked,
            "seconds": self.seconds,
            "dashboards": self.dashboards,
            "other_answers": written.others,
            "first_other_answer": written.first_other,
            "due_to_answered": {
                "p50_us": written.latency.percentile(50.0),
                "p99_us": written.latency.percentile(99.0),
            },
            "counting_only": {
                "frames": self.others_frames,
                "bytes": self.others_bytes,
                "gaps": self.others_gaps,
                "resyncs": self.others_resyncs,
                "ended": self.others_ended,
            },
            "server": {
                "processors": self.processors(),
                "rss_bytes": self.resident,
                "rss_samples": count(self.resident.len()),
            },
            "checked": self.seen.json(),
            "pass": self.is_pass(),
        })
    }
}
