//! What dashboards saw, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::fleet::Seen;
use crate::{
    numbers::{float, per_second},
    table::Table,
    tally::milliseconds,
};

/// How many violations are written out.
const NAMED: usize = 20;

impl Seen {
    /// For people; the verdict comes last.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let measured = &self.measured;
        let mut table = Table::new(&["dashboards", ""]);
        for (what, value) in self.lines() {
            table.row(vec![what, value]);
        }
        writeln!(text, "{table}")?;
        for violation in measured.named.iter().take(NAMED) {
            writeln!(text, "VIOLATED: {violation}")?;
        }
        let verdict = if self.is_pass() { "PASS" } else { "FAIL" };
        writeln!(
            text,
            "{verdict}: {} of {} dashboards show what HTTP lists at {}, {} violations",
            self.agreed, self.expected, self.seq, measured.violations
        )?;
        Ok(text)
    }

    fn lines(&self) -> Vec<(String, String)> {
        let measured = &self.measured;
        let line = |what: &str, value: String| (what.to_owned(), value);
        let mut lines = vec![
            line("seconds", format!("{:.1}", self.elapsed.as_secs_f64())),
            line(
                "seconds to agree",
                format!("{:.2}", self.settled.as_secs_f64()),
            ),
            line("frames", measured.all_frames().to_string()),
        ];
        for (kind, number) in &measured.frames {
            lines.push((format!("  {kind}"), number.to_string()));
        }
        let deliveries = per_second(measured.conversations, self.elapsed);
        let (p50, p99) = (
            measured.latency.percentile(50.0),
            measured.latency.percentile(99.0),
        );
        lines.extend([
            line("MiB", format!("{:.1}", float(measured.bytes) / 1_048_576.0)),
            line(
                "frames/s",
                format!("{:.0}", per_second(measured.all_frames(), self.elapsed)),
            ),
            line("conversations delivered/s", format!("{deliveries:.0}")),
            line("changes and events applied", measured.applied.to_string()),
            line("  that said nothing new", measured.ignored.to_string()),
            line(
                "beacons, all members checked",
                measured.beacons_all.to_string(),
            ),
            line(
                "beacons, newest 100 checked",
                measured.beacons_head.to_string(),
            ),
            line(
                "beacons, not to be checked",
                measured.beacons_unchecked.to_string(),
            ),
            line("connections made again", measured.reconnects.to_string()),
            line("connections refused", measured.refused.to_string()),
            line("resumes asked for", measured.resumes.0.to_string()),
            line("resumes that went on", measured.resumes.1.to_string()),
            line("pages read over HTTP", measured.pages.to_string()),
            line("commit to screen, p50 ms", milliseconds(p50)),
            line("commit to screen, p99 ms", milliseconds(p99)),
        ]);
        for (reason, number) in &measured.resyncs {
            lines.push((format!("resync {reason}"), number.to_string()));
        }
        for (end, number) in &measured.ends {
            lines.push((format!("ended: {end}"), number.to_string()));
        }
        lines
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let measured = &self.measured;
        json!({
            "dashboards": self.dashboards,
            "expected_to_agree": self.expected,
            "agreed": self.agreed,
            "seq": self.seq,
            "seconds": self.elapsed.as_secs_f64(),
            "seconds_to_agree": self.settled.as_secs_f64(),
            "frames": measured.frames,
            "frames_per_second": per_second(measured.all_frames(), self.elapsed),
            "bytes": measured.bytes,
            "conversations_delivered": measured.conversations,
            "conversations_delivered_per_second":
                per_second(measured.conversations, self.elapsed),
            "applied": measured.applied,
            "ignored": measured.ignored,
            "beacons": {
                "all": measured.beacons_all,
                "head": measured.beacons_head,
                "unchecked": measured.beacons_unchecked,
            },
            "resyncs": measured.resyncs,
            "resumes": {"asked": measured.resumes.0, "went_on": measured.resumes.1},
            "reconnects": measured.reconnects,
            "refused": measured.refused,
            "ends": measured.ends,
            "pages": measured.pages,
            "commit_to_screen": {
                "count": measured.latency.count(),
                "p50_us": measured.latency.percentile(50.0),
                "p99_us": measured.latency.percentile(99.0),
                "max_us": measured.latency.max(),
            },
            "violation_count": measured.violations,
            "violations": measured.named,
            "pass": self.is_pass(),
        })
    }
}
