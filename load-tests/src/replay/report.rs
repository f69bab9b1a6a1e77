//! The result of a replay, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use super::{driver::Measured, outcome::Outcome};
use crate::{
    dashboards::Seen,
    numbers::{count, per_second},
};

/// The result of a replay.
#[derive(Debug)]
pub(super) struct Report {
    /// The start of its idempotency keys.
    pub(super) run: String,
    /// Whether an earlier part of the run was killed.
    pub(super) resumed: bool,
    /// How many events this part of the run sent.
    pub(super) events: u64,
    /// How long that took.
    pub(super) elapsed: Duration,
    /// What its clients measured.
    pub(super) measured: Measured,
    /// What the server says in the end.
    pub(super) outcome: Outcome,
    /// In what that differs from what was expected.
    pub(super) differences: Vec<String>,
    /// What dashboards saw, if there were any.
    pub(super) seen: Option<Seen>,
}

impl Report {
    /// Whether the outcome is as it must be, and every dashboard shows it.
    pub(super) fn is_pass(&self) -> bool {
        self.differences.is_empty() && self.seen.as_ref().is_none_or(Seen::is_pass)
    }

    /// For people.
    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let requests = self.measured.tally.answered();
        let resumed = if self.resumed { ", resumed" } else { "" };
        writeln!(text, "run {}{resumed}", self.run)?;
        writeln!(
            text,
            "{} events in {:.2} s: {:.0} events/s, {:.0} requests/s, {} sent again, {} answered from memory\n",
            self.events,
            self.elapsed.as_secs_f64(),
            per_second(self.events, self.elapsed),
            per_second(requests, self.elapsed),
            self.measured.retries,
            self.measured.replayed,
        )?;
        writeln!(
            text,
            "latency in ms\n{}",
            self.measured.tally.latency_table()
        )?;
        writeln!(text, "outcomes\n{}", self.measured.tally.outcome_table())?;
        let outcome = &self.outcome;
        writeln!(text, "whole run, as the server has it")?;
        writeln!(text, "  events                       {}", outcome.events)?;
        writeln!(text, "  tickets                      {}", outcome.tickets)?;
        writeln!(text, "  people                       {}", outcome.people)?;
        writeln!(
            text,
            "  changes_of_owner             {}",
            outcome.changes_of_owner
        )?;
        writeln!(
            text,
            "  assigns_that_change_nothing  {}",
            outcome.assigns_that_change_nothing
        )?;
        writeln!(text, "  reopened                     {}", outcome.reopened)?;
        writeln!(
            text,
            "  closed_at_end                {}",
            outcome.closed_at_end
        )?;
        writeln!(
            text,
            "  tickets with an owner        {}\n",
            outcome.final_owner.len()
        )?;
        if let Some(seen) = &self.seen {
            writeln!(text, "{}", seen.text()?)?;
        }
        for difference in &self.differences {
            writeln!(text, "DIFFERENT: {difference}")?;
        }
        writeln!(text, "{}", if self.is_pass() { "PASS" } else { "FAIL" })?;
        Ok(text)
    }

    /// For programs. The owners have a file of their own.
    pub(super) fn json(&self) -> Value {
        let outcome = &self.outcome;
        json!({
            "run": self.run,
            "resumed": self.resumed,
            "seconds": self.elapsed.as_secs_f64(),
            "events_per_second": per_second(self.events, self.elapsed),
            "requests_per_second": per_second(self.measured.tally.answered(), self.elapsed),
            "retries": self.measured.retries,
            "replayed_answers": self.measured.replayed,
            "latency": self.measured.tally.latency_json(),
            "outcomes": self.measured.tally.outcome_json(),
            "counts": {
                "events": outcome.events,
                "tickets": outcome.tickets,
                "people": outcome.people,
                "changes_of_owner": outcome.changes_of_owner,
                "assigns_that_change_nothing": outcome.assigns_that_change_nothing,
                "reopened": outcome.reopened,
                "closed_at_end": outcome.closed_at_end,
                "tickets_with_an_owner": count(outcome.final_owner.len()),
            },
            "differences": self.differences,
            "dashboards": self.seen.as_ref().map(Seen::json),
            "pass": self.is_pass(),
        })
    }
}
