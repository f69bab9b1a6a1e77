//! Latencies and outcomes, by kind of request.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    client::{ClientError, Reply},
    latency::Latency,
    numbers::float,
    table::Table,
};

const PERCENTILES: [(&str, f64); 4] =
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9)];

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An answer in the 200s that changed something.
    Changed(u16),
    /// An answer in the 200s that found nothing to change.
    Unchanged(u16),
    /// A refusal or a failure, with its code.
    Problem(u16, String),
    /// Nobody listened.
    Refused,
    /// The connection ended first.
    Cut,
    /// No answer in time.
    Deadline,
    /// An answer that could not be read.
    Unreadable,
}

impl Outcome {
    /// The outcome that an answer stands for.
    pub fn of_reply(reply: &Reply) -> Self {
        if reply.status.is_success() {
            Self::Changed(reply.status.as_u16())
        } else {
            Self::Problem(reply.status.as_u16(), reply.problem().code)
        }
    }

    /// The outcome that a missing answer stands for.
    pub fn of_error(error: &ClientError) -> Self {
        match error {
            ClientError::Refused(_) => Self::Refused,
            ClientError::Cut(_) => Self::Cut,
            ClientError::Deadline(_) => Self::Deadline,
            ClientError::Malformed(_)
            | ClientError::Unwritable(_)
            | ClientError::Unreadable { .. } => Self::Unreadable,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(status) => write!(formatter, "{status}"),
            Self::Unchanged(status) => write!(formatter, "{status} unchanged"),
            Self::Problem(status, code) => write!(formatter, "{status} {code}"),
            Self::Refused => formatter.write_str("connection refused"),
            Self::Cut => formatter.write_str("connection cut"),
            Self::Deadline => formatter.write_str("deadline"),
            Self::Unreadable => formatter.write_str("unreadable"),
        }
    }
}

/// Counts and latencies of one client, or of all of them after merging.
#[derive(Debug, Default)]
pub struct Tally {
    outcomes: BTreeMap<(&'static str, Outcome), u64>,
    latencies: BTreeMap<&'static str, Latency>,
}

impl Tally {
    /// Counts one outcome.
    pub fn count(&mut self, kind: &'static str, outcome: Outcome) {
        let count = self.outcomes.entry((kind, outcome)).or_default();
        *count = count.saturating_add(1);
    }

    /// Records how long an answer took.
    pub fn time(&mut self, kind: &'static str, latency: Duration) {
        self.latencies.entry(kind).or_default().record(latency);
    }

    /// Takes in what another client measured.
    pub fn merge(&mut self, other: &Self) {
        for (key, count) in &other.outcomes {
            let sum = self.outcomes.entry(key.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        for (kind, latency) in &other.latencies {
            self.latencies.entry(kind).or_default().merge(latency);
        }
    }

    /// How many requests had this outcome, whatever their kind.
    pub fn total(&self, wanted: impl Fn(&Outcome) -> bool) -> u64 {
        self.outcomes
            .iter()
            .filter(|((_, outcome), _)| wanted(outcome))
            .map(|(_, n)| n)
            .sum()
    }

    /// How many answers there were, of any status.
    pub fn answered(&self) -> u64 {
        self.total(|outcome| {
            matches!(
                outcome,
                Outcome::Changed(_) | Outcome::Unchanged(_) | Outcome::Problem(..)
            )
        })
    }

    /// The latencies in milliseconds, for people.
    pub fn latency_table(&self) -> Table {
        let mut table = Table::new(&["request", "count", "p50", "p90", "p99", "p99.9", "max ms"]);
        for (kind, latency) in &self.latencies {
            let mut row = vec![(*kind).to_owned(), latency.count().to_string()];
            row.extend(PERCENTILES.map(|(_, p)| milliseconds(latency.percentile(p))));
            row.push(milliseconds(latency.max()));
            table.row(row);
        }
        table
    }

    /// The outcomes, for people.
    pub fn outcome_table(&self) -> Table {
        let mut table = Table::new(&["request", "outcome", "count"]);
        for ((kind, outcome), count) in &self.outcomes {
            table.row(vec![
                (*kind).to_owned(),
                outcome.to_string(),
                count.to_string(),
            ]);
        }
        table
    }

    /// The latencies in microseconds, for programs.
    pub fn latency_json(&self) -> Value {
        let kinds = self.latencies.iter().map(|(kind, latency)| {
            let mut members: Map<String, Value> = PERCENTILES
                .iter()
                .map(|(name, p)| (format!("{name}_us"), latency.percentile(*p).into()))
                .collect();
            members.insert("count".to_owned(), latency.count().into());
            members.insert("max_us".to_owned(), latency.max().into());
            ((*kind).to_owned(), Value::Object(members))
        });
        Value::Object(kinds.collect())
    }

    /// The outcomes, for programs.
    pub fn outcome_json(&self) -> Value {
        let mut kinds: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for ((kind, outcome), count) in &self.outcomes {
            kinds
                .entry(kind)
                .or_default()
                .insert(outcome.to_string(), json!(count));
        }
        json!(kinds)
    }
}

/// Microseconds, written as milliseconds.
pub fn milliseconds(microseconds: u64) -> String {
    format!("{:.2}", float(microseconds) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_adds_counts_and_latencies() {
        let mut sum = Tally::default();
        for _ in 0..2 {
            let mut one = Tally::default();
            one.count("assign", Outcome::Changed(200));
            one.count("assign", Outcome::Problem(503, "overloaded".to_owned()));
            one.time("assign", Duration::from_millis(2));
            sum.merge(&one);
        }
        assert_eq!(sum.answered(), 4);
        assert_eq!(sum.outcome_json()["assign"]["503 overloaded"], 2);
        assert_eq!(sum.latency_json()["assign"]["count"], 2);
    }
}
