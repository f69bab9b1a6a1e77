//! The comparison, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use super::measure::Sample;
use crate::{
    latency::Latency,
    numbers::{float, median, microseconds, per_second},
    table::Table,
    tally::milliseconds,
};

/// The part of answers other than `200 changed: true` above which a comparison means nothing.
const OTHERS_MAX: f64 = 0.001;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Workload {
    /// The endpoint that does nothing.
    Noop,
    /// Durable assigns of one conversation.
    OneConversation,
    /// Durable assigns spread over many.
    ManyConversations,
}

impl Workload {
    const ALL: [Self; 3] = [Self::Noop, Self::OneConversation, Self::ManyConversations];

    fn name(self) -> &'static str {
        match self {
            Self::Noop => "no-op endpoint",
            Self::OneConversation => "assign, 1 conversation",
            Self::ManyConversations => "assign, many conversations",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::OneConversation => "one_conversation",
            Self::ManyConversations => "many_conversations",
        }
    }
}

/// All samples.
#[derive(Debug)]
pub(super) struct Report {
    connections: usize,
    samples: Vec<(Workload, Sample)>,
}

/// One workload over all its repetitions.
struct Summary {
    rates: Vec<f64>,
    rate: f64,
    latency: Latency,
    good: u64,
    other: u64,
    broken: u64,
    first_other: Option<String>,
    body_bytes: f64,
    server_us: Option<f64>,
    client_us: Option<f64>,
}

impl Report {
    pub(super) fn new(connections: usize) -> Self {
        Self {
            connections,
            samples: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, workload: Workload, sample: Sample) {
        self.samples.push((workload, sample));
    }

    /// Whether nearly every request did what is measured, in each workload.
    pub(super) fn is_pass(&self) -> bool {
        Workload::ALL
            .into_iter()
            .all(|workload| self.summary(workload).is_pass())
    }

    fn summary(&self, workload: Workload) -> Summary {
        let samples = || {
            self.samples
                .iter()
                .filter(|(of, _)| *of == workload)
                .map(|(_, s)| s)
        };
        let mut latency = Latency::default();
        samples().for_each(|sample| latency.merge(&sample.latency));
        let good = samples().map(|sample| sample.good).sum();
        let each = |time: Option<Duration>| Some(float(microseconds(time?)) / float(good).max(1.0));
        let rates: Vec<f64> = samples().map(|s| per_second(s.good, s.elapsed)).collect();
        let bytes: u64 = samples().map(|sample| sample.body_bytes).sum();
        Summary {
            rate: median(rates.clone()),
            rates,
            latency,
            good,
            other: samples().map(|sample| sample.other).sum(),
            broken: samples().map(|sample| sample.broken).sum(),
            first_other: samples().find_map(|sample| sample.first_other.clone()),
            body_bytes: float(bytes) / float(good).max(1.0),
            server_us: each(samples().map(|sample| sample.server_time).sum()),
            client_us: each(samples().map(|sample| sample.client_time).sum()),
        }
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut table = Table::new(&[
            "workload",
            "req/s",
            "of no-op",
            "p50 ms",
            "p99 ms",
            "server µs/req",
            "client µs/req",
            "answer bytes",
            "other answers",
        ]);
        let ceiling = self.summary(Workload::Noop).rate;
        let mut others = String::new();
        for workload in Workload::ALL {
            let summary = self.summary(workload);
            table.row(vec![
                workload.name().to_owned(),
                format!("{:.0}", summary.rate),
                format!("{:.3}", ratio(summary.rate, ceiling)),
                milliseconds(summary.latency.percentile(50.0)),
                milliseconds(summary.latency.percentile(99.0)),
                optional(summary.server_us),
                optional(summary.client_us),
                format!("{:.0}", summary.body_bytes),
                summary.other.to_string(),
            ]);
            if let Some(first) = &summary.first_other {
                writeln!(
                    others,
                    "{}: the first other answer was: {first}",
                    workload.name()
                )?;
            }
        }
        let verdict = if self.is_pass() { "PASS" } else { "FAIL" };
        let repetitions = self.summary(Workload::Noop).rates.len();
        let connections = self.connections;
        Ok(format!(
            "{table}\n{others}{verdict}: median of {repetitions} repetitions, {connections} connections\n"
        ))
    }

    pub(super) fn json(&self) -> Value {
        let ceiling = self.summary(Workload::Noop).rate;
        let workloads = Workload::ALL.into_iter().map(|workload| {
            let summary = self.summary(workload);
            let members = json!({
                "requests_per_second": summary.rate,
                "repetitions": summary.rates,
                "ratio_to_noop": ratio(summary.rate, ceiling),
                "p50_us": summary.latency.percentile(50.0),
                "p99_us": summary.latency.percentile(99.0),
                "server_cpu_us_per_request": summary.server_us,
                "client_cpu_us_per_request": summary.client_us,
                "answer_bytes": summary.body_bytes,
                "answers": summary.good,
                "other_answers": summary.other,
                "broken_connections": summary.broken,
                "first_other_answer": summary.first_other,
            });
            (workload.key().to_owned(), members)
        });
        json!({
            "connections": self.connections,
            "workloads": Value::Object(workloads.collect()),
            "pass": self.is_pass(),
        })
    }
}

impl Summary {
    fn is_pass(&self) -> bool {
        self.good > 0
            && self.broken == 0
            && float(self.other) <= OTHERS_MAX * float(self.good + self.other)
    }
}

fn ratio(rate: f64, ceiling: f64) -> f64 {
    if ceiling > 0.0 { rate / ceiling } else { 0.0 }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(good: u64, other: u64) -> Sample {
        let mut latency = Latency::default();
        latency.record(Duration::from_micros(500));
        Sample {
            good,
            other,
            broken: 0,
            first_other: (other > 0).then(|| "503 changed: false".to_owned()),
            body_bytes: good * 800,
            latency,
            elapsed: Duration::from_secs(1),
            server_time: Some(Duration::from_millis(900)),
            client_time: None,
        }
    }

    fn report(other: u64) -> Report {
        let mut report = Report::new(256);
        for rate in [20_000, 10_000, 30_000] {
            report.add(Workload::Noop, sample(rate, 0));
            report.add(Workload::OneConversation, sample(rate / 2, other));
            report.add(Workload::ManyConversations, sample(rate / 4, 0));
        }
        report
    }

    #[test]
    fn the_ratio_is_of_the_medians() {
        let json = report(0).json();
        assert_eq!(json["workloads"]["one_conversation"]["ratio_to_noop"], 0.5);
        assert_eq!(
            json["workloads"]["many_conversations"]["requests_per_second"],
            5_000.0
        );
        assert_eq!(json["workloads"]["noop"]["server_cpu_us_per_request"], 45.0);
        assert_eq!(json["pass"], true);
    }

    #[test]
    fn a_thousandth_of_other_answers_is_too_many() {
        assert!(report(9).is_pass());
        assert!(!report(11).is_pass());
        assert!(report(11).text().unwrap().contains("503 changed: false"));
    }
}
