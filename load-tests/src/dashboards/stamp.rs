//! When what a frame shows was committed, by the server's own stamps.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    latency::Latency,
    live::frame::{Row, ServerFrame},
};

/// The newest stamp that a view has shown; only newer ones tell of new commits.
#[derive(Debug, Default)]
pub(super) struct Newest {
    text: String,
}

impl Newest {
    /// Records how old the new things in the frame are.
    pub(super) fn read(&mut self, frame: &ServerFrame, now: u64, latency: Option<&mut Latency>) {
        let stamps: Vec<&str> = match frame {
            ServerFrame::Change(change) => {
                let rows = change.enter.iter().chain(&change.update);
                rows.map(stamp).collect()
            }
            ServerFrame::Event(event) => vec![&event.entry.at],
            ServerFrame::Snapshot(snapshot) => snapshot.items.iter().map(stamp).collect(),
            _ => return,
        };
        if let Some(latency) = latency {
            let fresh = stamps.iter().filter(|stamp| **stamp > self.text.as_str());
            for committed in fresh.filter_map(|stamp| milliseconds(stamp)) {
                latency.record(Duration::from_millis(now.saturating_sub(committed)));
            }
        }
        let newest = stamps.into_iter().max().unwrap_or_default();
        if newest > self.text.as_str() {
            newest.clone_into(&mut self.text);
        }
    }
}

/// The last thing that a conversation tells the time of.
fn stamp(row: &Row) -> &str {
    let activity = row.last_activity_at.as_str();
    row.assigned_at.as_deref().unwrap_or_default().max(activity)
}

fn milliseconds(stamp: &str) -> Option<u64> {
    let timestamp: Timestamp = stamp.parse().ok()?;
    u64::try_from(timestamp.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_newer_than_all_before_is_measured() {
        let frame = |assigned: &[&str]| {
            let rows: Vec<_> = assigned
                .iter()
                .map(|at| {
                    json!({"id": "c", "version": 1, "assigned_at": at,
                        "last_activity_at": "1970-01-01T00:00:00.000Z"})
                })
                .collect();
            let frame = json!({"type": "change", "view": "all", "seq": 2, "prev": 1,
                "update": rows, "total": 1});
            ServerFrame::read(&frame.to_string()).unwrap()
        };
        let (mut newest, mut latency) = (Newest::default(), Latency::default());
        let (one, two) = ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z");
        newest.read(&frame(&[one]), 1_010, None);
        assert_eq!(latency.count(), 0);
        newest.read(&frame(&[one, two]), 2_500, Some(&mut latency));
        assert_eq!(latency.count(), 1);
        assert!(
            (499_000..=501_000).contains(&latency.max()),
            "{}",
            latency.max()
        );
    }
}
