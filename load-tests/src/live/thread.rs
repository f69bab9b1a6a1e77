//! What a client holds of an open conversation: that every entry came, and came once.

use super::{
    digest,
    frame::{Beacon, Entry, Event, Row, Snapshot},
    list::{Checked, Taken},
};

/// An open conversation, or nothing yet.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// The last commit that is in it; `None` before the snapshot.
    position: Option<u64>,
    id: String,
    version: u64,
    /// The entries of the last version: one commit may have several.
    last: Vec<Entry>,
    /// The commit of the last event, which the next one may share.
    last_event: Option<u64>,
    resumed: Option<u64>,
}

impl Thread {
    /// The last commit that is in it.
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// The conversation's version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Holds nothing any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The next event answers a `resume` from the present position.
    pub fn resume(&mut self) {
        self.resumed = self.position;
        self.last_event = None;
    }

    /// Holds the snapshot and nothing else.
    pub fn snapshot(&mut self, snapshot: &Snapshot, found: &mut Vec<String>) {
        let mut versions: Vec<u64> = snapshot.history.iter().map(|e| e.version).collect();
        versions.sort_unstable();
        for (one, next) in versions.iter().zip(versions.iter().skip(1)) {
            if *next > one + 1 {
                found.push(format!("a snapshot's history goes from {one} to {next}"));
            }
        }
        let newest = versions.last().copied().unwrap_or_default();
        match snapshot.items.as_slice() {
            [Row { id, version, .. }] => {
                self.id.clone_from(id);
                if *version != newest {
                    found.push(format!(
                        "a snapshot of version {version} has a history up to {newest}"
                    ));
                }
            }
            items => found.push(format!("a snapshot of {} conversations", items.len())),
        }
        self.version = newest;
        let last = snapshot.history.iter().filter(|e| e.version == newest);
        self.last = last.cloned().collect();
        self.position = Some(snapshot.seq);
        (self.last_event, self.resumed) = (None, None);
    }

    /// Applies the event when it is the next one.
    pub fn event(&mut self, event: &Event, found: &mut Vec<String>) -> Taken {
        let Some(position) = self.position else {
            return Taken::Ignored;
        };
        let (prev, seq, entry) = (event.prev, event.seq, &event.entry);
        if let Some(from) = self.resumed.take()
            && from != prev
        {
            found.push(format!(
                "a resume from {from} was answered with an event after {prev}"
            ));
        }
        let is_same_commit = self.last_event == Some(seq);
        if seq <= position && !is_same_commit {
            return Taken::Ignored;
        }
        if prev > position {
            return Taken::Gap;
        }
        self.follow(entry, seq, is_same_commit, found);
        let shown = event.conversation.version;
        if shown < entry.version {
            let version = entry.version;
            found.push(format!(
                "an entry of version {version} shows version {shown}"
            ));
        }
        self.id.clone_from(&event.conversation.id);
        self.position = Some(seq);
        self.last_event = Some(seq);
        Taken::Applied
    }

    /// Compares the version with the one that the server says is.
    pub fn beacon(&mut self, beacon: &Beacon, found: &mut Vec<String>) -> Checked {
        let Some(position) = self.position.filter(|position| beacon.seq >= *position) else {
            return Checked::Nothing;
        };
        self.position = Some(beacon.seq);
        let held = digest::hexadecimal(digest::sum([(self.id.as_str(), self.version)].into_iter()));
        if held == beacon.hash {
            return Checked::All;
        }
        let (seq, said, version) = (beacon.seq, &beacon.hash, self.version);
        found.push(format!(
            "a beacon at {seq} (position {position}) has the hash {said}, held {held} of version {version}"
        ));
        Checked::Wrong
    }

    /// The entry has to be of the next version, or another one of the same commit.
    fn follow(&mut self, entry: &Entry, seq: u64, is_same_commit: bool, found: &mut Vec<String>) {
        let (version, held) = (entry.version, self.version);
        if version == held + 1 {
            self.version = version;
            self.last = vec![entry.clone()];
        } else if version == held && is_same_commit && !self.last.contains(entry) {
            self.last.push(entry.clone());
        } else if version <= held {
            found.push(format!(
                "the entry of version {version} (seq {seq}) came again after version {held}"
            ));
        } else {
            found.push(format!(
                "the entry of version {version} (seq {seq}) came after version {held}"
            ));
            self.version = version;
            self.last = vec![entry.clone()];
        }
    }
}

#[cfg(test)]
#[path = "thread_tests.rs"]
mod tests;
