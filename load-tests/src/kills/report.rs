//! The result of the kills, for people and for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{numbers::microseconds, tally::Tally};

/// How many violations are written out.
const NAMED: usize = 20;

/// What became of the kills.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) rounds: u32,
    pub(super) acknowledged: u64,
    pub(super) tally: Tally,
    pub(super) answered_from_memory: u64,
    pub(super) slowest_restart: Duration,
    pub(super) verified: usize,
    pub(super) last_seq: u64,
    pub(super) violations: Vec<String>,
}

impl Report {
    /// Whether nothing is missing, of something.
    pub(super) fn is_pass(&self) -> bool {
        self.violations.is_empty() && self.acknowledged > 0
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let verdict = if self.is_pass() { "PASS" } else { "FAIL" };
        let violated: String = self
            .violations
            .iter()
            .take(NAMED)
            .map(|violation| format!("VIOLATED: {violation}\n"))
            .collect();
        format!(
            "outcomes\n{}\n{} changes acknowledged, {} answered from memory after a restart, slowest restart {:.0} ms, \
             {} commits\n{violated}{verdict}: {} kills, {} conversations verified, \
             {} violations, seed {}\n",
            self.tally.outcome_table(),
            self.acknowledged,
            self.answered_from_memory,
            self.slowest_restart.as_secs_f64() * 1_000.0,
            self.last_seq,
            self.rounds,
            self.verified,
            self.violations.len(),
            self.seed,
        )
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "seed": self.seed,
            "kills": self.rounds,
            "acknowledged_changes": self.acknowledged,
            "outcomes": self.tally.outcome_json(),
            "answered_from_memory": self.answered_from_memory,
            "slowest_restart_us": microseconds(self.slowest_restart),
            "commits": self.last_seq,
            "conversations_verified": self.verified,
            "violations": self.violations,
            "pass": self.is_pass(),
        })
    }
}
