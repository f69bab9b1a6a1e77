//! The result of a contest, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use super::host::Lives;
use crate::{
    dashboards::Seen,
    numbers::per_second,
    tally::{Outcome, Tally},
};

/// How many violations are written out.
const NAMED: usize = 20;

/// The result of a contest.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) elapsed: Duration,
    pub(super) tally: Tally,
    pub(super) unanswered: u64,
    pub(super) verified: usize,
    pub(super) violations: Vec<String>,
    /// What dashboards saw, if there were any.
    pub(super) seen: Option<Seen>,
    /// What became of the server, if it was our own.
    pub(super) lives: Lives,
}

impl Report {
    /// Whether the server kept its word, and answered at all.
    pub(super) fn is_pass(&self) -> bool {
        let agreed = self.seen.as_ref().is_none_or(Seen::is_pass);
        self.violations.is_empty() && self.changes() > 0 && agreed
    }

    fn changes(&self) -> u64 {
        self.tally
            .total(|outcome| matches!(outcome, Outcome::Changed(_)))
    }

    fn conflicts(&self) -> u64 {
        self.tally
            .total(|outcome| matches!(outcome, Outcome::Problem(409, _)))
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let answered = self.tally.answered();
        writeln!(
            text,
            "{answered} answers in {:.2} s: {:.0}/s, {:.0} changes/s, {} conflicts, {} unanswered\n",
            self.elapsed.as_secs_f64(),
            per_second(answered, self.elapsed),
            per_second(self.changes(), self.elapsed),
            self.conflicts(),
            self.unanswered,
        )?;
        writeln!(text, "latency in ms\n{}", self.tally.latency_table())?;
        writeln!(text, "outcomes\n{}", self.tally.outcome_table())?;
        if self.lives.kills > 0 {
            writeln!(
                text,
                "killed {} times; listening again after {:.2} s at most\n",
                self.lives.kills,
                self.lives.slowest_restart.as_secs_f64(),
            )?;
        }
        if let Some(seen) = &self.seen {
            writeln!(text, "{}", seen.text()?)?;
        }
        for violation in self.violations.iter().take(NAMED) {
            writeln!(text, "VIOLATED: {violation}")?;
        }
        let verdict = if self.is_pass() { "PASS" } else { "FAIL" };
        writeln!(
            text,
            "{verdict}: {} conversations verified, {} violations, seed {}",
            self.verified,
            self.violations.len(),
            self.seed
        )?;
        Ok(text)
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "seed": self.seed,
            "seconds": self.elapsed.as_secs_f64(),
            "answers": self.tally.answered(),
            "answers_per_second": per_second(self.tally.answered(), self.elapsed),
            "changes": self.changes(),
            "changes_per_second": per_second(self.changes(), self.elapsed),
            "conflicts": self.conflicts(),
            "unanswered": self.unanswered,
            "latency": self.tally.latency_json(),
            "outcomes": self.tally.outcome_json(),
            "kills": self.lives.kills,
            "slowest_restart_seconds": self.lives.slowest_restart.as_secs_f64(),
            "conversations_verified": self.verified,
            "violations": self.violations,
            "dashboards": self.seen.as_ref().map(Seen::json),
            "pass": self.is_pass(),
        })
    }
}
