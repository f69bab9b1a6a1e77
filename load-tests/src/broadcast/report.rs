//! The comparison, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use super::measure::Sample;
use crate::{
    latency::Latency,
    numbers::{count, float, median, microseconds},
    table::Table,
    tally::milliseconds,
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The broadcast that does nothing else.
    Bare,
    /// The server.
    Ochre,
}

/// One repetition of one of them.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) resident_before: u64,
    /// With all sockets and nothing to do.
    pub(super) resident_idle: u64,
    /// One change at a time.
    pub(super) single: Sample,
    /// Several.
    pub(super) burst: Sample,
    /// Several, with sockets that do not read: memory before, the sample, memory after.
    pub(super) stopped: Option<(u64, Sample, u64)>,
}

/// All repetitions.
#[derive(Debug)]
pub(super) struct Report {
    sockets: usize,
    /// How long the text of a change is.
    pub(super) frame_bytes: usize,
    least_ratio: Option<f64>,
    most_extra_bytes: Option<f64>,
    runs: Vec<(Subject, Run)>,
}

/// One part over all repetitions.
struct Summary {
    deliveries: f64,
    frames: f64,
    mebibytes: f64,
    server_us: f64,
    latency: Latency,
}

impl Report {
    pub(super) fn new(
        sockets: usize,
        least_ratio: Option<f64>,
        most_extra_bytes: Option<f64>,
    ) -> Self {
        Self {
            sockets,
            frame_bytes: 0,
            least_ratio,
            most_extra_bytes,
            runs: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, subject: Subject, run: Run) {
        self.runs.push((subject, run));
    }

    fn of(&self, subject: Subject) -> impl Iterator<Item = &Run> {
        let runs = self.runs.iter().filter(move |(of, _)| *of == subject);
        runs.map(|(_, run)| run)
    }

    /// Whether every socket had every change, and the goals that were set are met.
    pub(super) fn is_pass(&self) -> bool {
        let is_whole = |run: &Run| {
            let with_stopped = run.stopped.as_ref().is_none_or(|(_, s, _)| s.is_whole());
            run.single.is_whole() && run.burst.is_whole() && with_stopped
        };
        let is_fast = self.least_ratio.is_none_or(|least| self.ratio() >= least);
        let is_small = self
            .most_extra_bytes
            .is_none_or(|most| self.extra_bytes() <= most);
        !self.runs.is_empty()
            && self.runs.iter().all(|(_, run)| is_whole(run))
            && is_fast
            && is_small
    }

    /// Deliveries a second of one change at a time, as a part of the bare broadcast's.
    fn ratio(&self) -> f64 {
        let rate = |subject| self.single(subject).deliveries;
        let bare = rate(Subject::Bare);
        if bare > 0.0 {
            rate(Subject::Ochre) / bare
        } else {
            0.0
        }
    }

    fn socket_bytes(&self, subject: Subject) -> f64 {
        let sockets = float(count(self.sockets)).max(1.0);
        let grown = |run: &Run| float(run.resident_idle.saturating_sub(run.resident_before));
        median(self.of(subject).map(|run| grown(run) / sockets).collect())
    }

    fn extra_bytes(&self) -> f64 {
        self.socket_bytes(Subject::Ochre) - self.socket_bytes(Subject::Bare)
    }

    fn single(&self, subject: Subject) -> Summary {
        self.summary(self.of(subject).map(|run| &run.single).collect())
    }

    fn burst(&self, subject: Subject) -> Summary {
        self.summary(self.of(subject).map(|run| &run.burst).collect())
    }

    fn stopped(&self) -> Summary {
        let runs = self.of(Subject::Ochre);
        let samples = runs.filter_map(|run| run.stopped.as_ref().map(|(_, sample, _)| sample));
        self.summary(samples.collect())
    }

    fn summary(&self, samples: Vec<&Sample>) -> Summary {
        let sockets = float(count(self.sockets));
        let rate = |number: &dyn Fn(&Sample) -> f64| {
            let each = |s: &&Sample| number(s) / s.elapsed.as_secs_f64().max(f64::EPSILON);
            median(samples.iter().map(each).collect())
        };
        let per_delivery = |s: &&Sample| {
            let time = s.server_time.unwrap_or(Duration::ZERO);
            float(microseconds(time)) / (float(s.changes) * sockets).max(1.0)
        };
        let mut latency = Latency::default();
        samples.iter().for_each(|s| latency.merge(&s.latency));
        Summary {
            deliveries: rate(&|s| float(s.changes) * sockets),
            frames: rate(&|s| float(s.frames)),
            mebibytes: rate(&|s| float(s.bytes) / 1_048_576.0),
            server_us: median(samples.iter().map(per_delivery).collect()),
            latency,
        }
    }

    fn parts(&self) -> Vec<(&'static str, &'static str, Summary)> {
        let mut parts = vec![
            (
                "bare_single",
                "bare, one change at a time",
                self.single(Subject::Bare),
            ),
            (
                "ochre_single",
                "ochre, one change at a time",
                self.single(Subject::Ochre),
            ),
            (
                "bare_burst",
                "bare, several at a time",
                self.burst(Subject::Bare),
            ),
            (
                "ochre_burst",
                "ochre, several at a time",
                self.burst(Subject::Ochre),
            ),
        ];
        if self.of(Subject::Ochre).any(|run| run.stopped.is_some()) {
            let what = "ochre, several, some sockets do not read";
            parts.push(("ochre_stopped", what, self.stopped()));
        }
        parts
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut table = Table::new(&[
            "workload",
            "deliveries/s",
            "frames/s",
            "MiB/s",
            "server µs/delivery",
            "to the last socket: p50 ms",
            "p99 ms",
        ]);
        for (_, name, summary) in self.parts() {
            table.row(vec![
                name.to_owned(),
                format!("{:.0}", summary.deliveries),
                format!("{:.0}", summary.frames),
                format!("{:.1}", summary.mebibytes),
                format!("{:.2}", summary.server_us),
                milliseconds(summary.latency.percentile(50.0)),
                milliseconds(summary.latency.percentile(99.0)),
            ]);
        }
        let mut text = format!("{table}\n");
        writeln!(
            text,
            "{} sockets, frames of {} bytes: {:.3} of the bare broadcast's rate",
            self.sockets,
            self.frame_bytes,
            self.ratio()
        )?;
        writeln!(
            text,
            "bytes a socket at rest: bare {:.0}, ochre {:.0}, {:.0} more",
            self.socket_bytes(Subject::Bare),
            self.socket_bytes(Subject::Ochre),
            self.extra_bytes()
        )?;
        for (start, sample, end) in self.of(Subject::Ochre).filter_map(|r| r.stopped.as_ref()) {
            writeln!(
                text,
                "with sockets that do not read: {:.1} MiB before, {:.1} at most, {:.1} after",
                mebibytes(*start),
                mebibytes(sample.resident_max),
                mebibytes(*end)
            )?;
        }
        for (subject, run) in &self.runs {
            for sample in [&run.single, &run.burst] {
                if !sample.is_whole() {
                    writeln!(text, "INCOMPLETE: {subject:?}: {}", losses(sample))?;
                }
            }
            if let Some((_, sample, _)) = run.stopped.as_ref().filter(|(_, s, _)| !s.is_whole()) {
                writeln!(
                    text,
                    "INCOMPLETE: {subject:?}, some do not read: {}",
                    losses(sample)
                )?;
            }
        }
        let verdict = if self.is_pass() { "PASS" } else { "FAIL" };
        let repetitions = self.of(Subject::Bare).count();
        writeln!(text, "{verdict}: median of {repetitions} repetitions")?;
        Ok(text)
    }

    pub(super) fn json(&self) -> Value {
        let parts = self.parts().into_iter().map(|(key, _, summary)| {
            let members = json!({
                "deliveries_per_second": summary.deliveries,
                "frames_per_second": summary.frames,
                "mebibytes_per_second": summary.mebibytes,
                "server_cpu_us_per_delivery": summary.server_us,
                "p50_us": summary.latency.percentile(50.0),
                "p99_us": summary.latency.percentile(99.0),
            });
            (key.to_owned(), members)
        });
        let stopped = self.of(Subject::Ochre).filter_map(|r| r.stopped.as_ref());
        let stopped: Vec<Value> = stopped
            .map(|(start, sample, end)| {
                json!({"rss_bytes_before": start, "rss_bytes_max": sample.resident_max,
                    "rss_bytes_after": end})
            })
            .collect();
        json!({
            "sockets": self.sockets,
            "frame_bytes": self.frame_bytes,
            "ratio": self.ratio(),
            "parts": Value::Object(parts.collect()),
            "bytes_a_socket": {
                "bare": self.socket_bytes(Subject::Bare),
                "ochre": self.socket_bytes(Subject::Ochre),
            },
            "stopped": stopped,
            "pass": self.is_pass(),
        })
    }
}

fn losses(sample: &Sample) -> String {
    let Sample {
        changes,
        gaps,
        resyncs,
        ended,
        missing,
        ..
    } = sample;
    format!(
        "{changes} changes, {gaps} gaps, {resyncs} resyncs, {ended} sockets ended, \
         {missing} without the last change"
    )
}

fn mebibytes(bytes: u64) -> f64 {
    float(bytes) / 1_048_576.0
}
