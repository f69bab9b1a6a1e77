//! The clicks alone, next to the clicks beside operations.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{latency::Latency, numbers::float, steady::writers::Written};

/// How many findings are written out.
const NAMED: usize = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Without an operation.
    pub(super) alone: Clicks,
    /// While one is under way.
    pub(super) beside: Clicks,
    /// How long each took.
    pub(super) operations: Latency,
    /// What is not as it must be.
    pub(super) wrong: Vec<String>,
}

/// Clicks of all agents.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    changes: u64,
    others: u64,
    first_other: Option<String>,
    latency: Latency,
}

impl Clicks {
    pub(super) fn take(&mut self, written: &Written) {
        self.changes += written.changes;
        self.others += written.others;
        self.latency.merge(&written.latency);
        let first = self.first_other.take();
        self.first_other = first.or_else(|| written.first_other.clone());
    }

    fn json(&self) -> Value {
        json!({
            "changes": self.changes,
            "other_answers": self.others,
            "first_other_answer": self.first_other,
            "p50_us": self.latency.percentile(50.0),
            "p99_us": self.latency.percentile(99.0),
            "max_us": self.latency.max(),
        })
    }
}

impl Report {
    pub(super) fn is_pass(&self) -> bool {
        let answered = self.alone.others == 0 && self.beside.others == 0;
        self.wrong.is_empty() && answered && self.operations.count() > 0 && self.beside.changes > 0
    }

    /// How many times as long a click takes at this percentile while operations are under way.
    fn ratio(&self, percent: f64) -> f64 {
        let alone = self.alone.latency.percentile(percent).max(1);
        float(self.beside.latency.percentile(percent)) / float(alone)
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let milliseconds = |microseconds: u64| float(microseconds) / 1000.0;
        for (what, clicks) in [("alone", &self.alone), ("beside", &self.beside)] {
            writeln!(
                text,
                "clicks {what}: {} changes, {} other answers; p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms",
                clicks.changes,
                clicks.others,
                milliseconds(clicks.latency.percentile(50.0)),
                milliseconds(clicks.latency.percentile(99.0)),
                milliseconds(clicks.latency.max()),
            )?;
            if let Some(other) = &clicks.first_other {
                writeln!(text, "the first other answer: {other}")?;
            }
        }
        writeln!(
            text,
            "with operations to without: p50 {:.2}, p99 {:.2}",
            self.ratio(50.0),
            self.ratio(99.0)
        )?;
        writeln!(
            text,
            "operations: {}; p50 {:.2} s, at most {:.2} s",
            self.operations.count(),
            milliseconds(self.operations.percentile(50.0)) / 1000.0,
            milliseconds(self.operations.max()) / 1000.0,
        )?;
        for wrong in self.wrong.iter().take(NAMED) {
            writeln!(text, "WRONG: {wrong}")?;
        }
        writeln!(text, "{}", if self.is_pass() { "PASS" } else { "FAIL" })?;
        Ok(text)
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "alone": self.alone.json(),
            "beside": self.beside.json(),
            "ratio": {"p50": self.ratio(50.0), "p99": self.ratio(99.0)},
            "operations": {
                "count": self.operations.count(),
                "p50_us": self.operations.percentile(50.0),
                "max_us": self.operations.max(),
            },
            "wrong": self.wrong,
            "pass": self.is_pass(),
        })
    }
}
