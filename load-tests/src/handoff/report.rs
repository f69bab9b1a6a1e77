//! The result of the hand-offs, for people and for programs.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{
    log::Log,
    referee,
    work::{Answer, Told},
};
use crate::{
    numbers::{count, microseconds},
    tally::Tally,
};

/// How many violations are written out.
const NAMED: usize = 20;

/// What became of the hand-offs.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) kills: u64,
    pub(super) slowest_restart: Duration,
    pub(super) tally: Tally,
    pub(super) violations: Vec<String>,
    pub(super) conversations: u64,
    pub(super) offered: u64,
    pub(super) sent: u64,
    pub(super) suppressed: u64,
    pub(super) taken_over: u64,
    pub(super) commits: u64,
}

impl Report {
    /// Compares the log with what everybody was told.
    pub(super) fn judge(&mut self, log: &Log, told: &[Told]) {
        let mut by_conversation: HashMap<&str, Vec<&Told>> = HashMap::new();
        for one in told {
            let of = by_conversation.entry(one.conversation.as_str());
            of.or_default().push(one);
        }
        self.violations.extend(log.gaps.iter().cloned());
        self.commits = log.commits;
        for (id, told) in by_conversation {
            let entries = log.entries.get(id).map(Vec::as_slice).unwrap_or_default();
            let findings = referee::judge(id, entries, &told);
            self.violations.extend(findings.violations);
            self.conversations += 1;
            self.sent += findings.sent;
            self.suppressed += findings.suppressed;
            self.taken_over += findings.taken_over;
        }
        let offers = told
            .iter()
            .filter(|one| matches!(one.answer, Answer::Reply { .. }));
        self.offered = count(offers.count());
    }

    /// Whether everything is as it must be, of something.
    pub(super) fn is_pass(&self) -> bool {
        let something = self.sent > 0 && self.suppressed > 0 && self.taken_over > 0;
        self.violations.is_empty() && something
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
            "outcomes\n{}\n{} replies offered, {} sent, {} suppressed, {} conversations taken over, \
             slowest restart {:.0} ms, {} commits\n{violated}{verdict}: {} kills, {} conversations, \
             {} violations, seed {}\n",
            self.tally.outcome_table(),
            self.offered,
            self.sent,
            self.suppressed,
            self.taken_over,
            self.slowest_restart.as_secs_f64() * 1_000.0,
            self.commits,
            self.kills,
            self.conversations,
            self.violations.len(),
            self.seed,
        )
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "seed": self.seed,
            "kills": self.kills,
            "conversations": self.conversations,
            "replies_offered": self.offered,
            "replies_sent": self.sent,
            "replies_suppressed": self.suppressed,
            "taken_over": self.taken_over,
            "outcomes": self.tally.outcome_json(),
            "slowest_restart_us": microseconds(self.slowest_restart),
            "commits": self.commits,
            "violations": self.violations,
            "pass": self.is_pass(),
        })
    }
}
