//! What a client holds of a list, and the rules by which frames and pages change it.
//!
//! It holds every member down to a place in the order, its *horizon*, and nothing below; without
//! a horizon it holds them all. A row that enters below the horizon is not for this client.

use super::{
    digest::hexadecimal,
    frame::{Beacon, Change, Row, Snapshot},
    rows::{Place, Rows},
};
use crate::numbers::count;

/// How many rows a client keeps at least, and a snapshot and a beacon's head have at most.
pub const HEAD: u64 = 100;
/// How many conversations a frame may fold.
const FOLDED_MAX: usize = 200;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It says nothing new, or nothing was subscribed.
    Ignored,
    /// It was applied.
    Applied,
    /// A frame before it is missing.
    Gap,
}

/// What a beacon was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// All members were compared.
    All,
    /// The newest were.
    Head,
    /// The client does not hold enough, or is ahead of it.
    Nothing,
    /// It does not agree with what is held.
    Wrong,
}

/// A list, or nothing yet.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The last commit that is in it; `None` before the snapshot.
    position: Option<u64>,
    rows: Rows,
    /// Down to where all members are held; all are when there is none.
    horizon: Option<Place>,
    total: u64,
    /// Beyond how many rows the oldest are let go.
    keep: usize,
    /// From where the next frame has to go on, after a `resume`.
    resumed: Option<u64>,
}

impl List {
    /// Nothing yet; later at most so many rows.
    pub fn new(keep: usize) -> Self {
        Self {
            keep: keep.max(usize::try_from(HEAD).unwrap_or(keep)),
            ..Self::default()
        }
    }

    /// The last commit that is in it.
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// The rows that are held.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How many members the server has.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether every member is held.
    pub fn is_whole(&self) -> bool {
        self.horizon.is_none()
    }

    /// Holds nothing any more.
    pub fn forget(&mut self) {
        *self = Self::new(self.keep);
    }

    /// The next frame answers a `resume` from the present position.
    pub fn resume(&mut self) {
        self.resumed = self.position;
    }

    /// Whether too few rows are held for a beacon's head.
    pub fn wants_page(&self) -> bool {
        self.position.is_some() && count(self.rows.len()) < self.total.min(HEAD)
    }

    /// Holds the snapshot and nothing else.
    pub fn snapshot(&mut self, snapshot: &Snapshot, found: &mut Vec<String>) {
        if let Some(position) = self.position.filter(|position| *position > snapshot.seq) {
            let seq = snapshot.seq;
            found.push(format!("a snapshot of {seq} after position {position}"));
        }
        let (items, total) = (count(snapshot.items.len()), snapshot.total);
        if items != total.min(HEAD) {
            found.push(format!("a snapshot of {items} rows, of {total} in all"));
        }
        self.hold(&snapshot.items, snapshot.seq, total, found);
    }

    /// Holds the first page of a list that was read over HTTP, unless what is held is newer.
    pub fn page(&mut self, items: &[Row], seq: u64, total: u64, found: &mut Vec<String>) -> Taken {
        let Some(position) = self.position.filter(|position| seq >= *position) else {
            return Taken::Ignored;
        };
        let before = (seq == position).then(|| self.rows.clone());
        self.hold(items, seq, total, found);
        if let Some(before) = before {
            self.compare(&before, found);
        }
        Taken::Applied
    }

    /// Applies the frame when it is the next one.
    pub fn change(&mut self, change: &Change, found: &mut Vec<String>) -> Taken {
        let Some(position) = self.position else {
            return Taken::Ignored;
        };
        let (prev, seq) = (change.prev, change.seq);
        if prev > seq {
            found.push(format!("a change from {prev} back to {seq}"));
        }
        if let Some(from) = self.resumed.take()
            && from != prev
        {
            found.push(format!(
                "a resume from {from} was answered with a change from {prev}"
            ));
        }
        if seq <= position {
            return Taken::Ignored;
        }
        if prev > position {
            return Taken::Gap;
        }
        let folded = change.enter.len() + change.update.len() + change.leave.len();
        if folded > FOLDED_MAX {
            found.push(format!("a change of {folded} conversations"));
        }
        for id in &change.leave {
            self.rows.remove(id);
        }
        for row in change.enter.iter().chain(&change.update) {
            self.put(row, found);
        }
        self.position = Some(seq);
        self.total = change.total;
        self.settle(found);
        Taken::Applied
    }

    /// Compares what is held with what the server says is.
    pub fn beacon(&mut self, beacon: &Beacon, found: &mut Vec<String>) -> Checked {
        let Some(position) = self.position.filter(|position| beacon.seq >= *position) else {
            return Checked::Nothing;
        };
        // Everything up to there has been sent, so the next frame may go on from there.
        self.position = Some(beacon.seq);
        let before = found.len();
        let at = format!("at {} (position {position})", beacon.seq);
        if beacon.total != self.total {
            let (said, held) = (beacon.total, self.total);
            found.push(format!("a beacon {at} has a total of {said}, held {held}"));
        }
        let head = beacon.total.min(HEAD);
        if beacon.head.count != head {
            let said = beacon.head.count;
            found.push(format!("a beacon {at} has a head of {said}, not {head}"));
        }
        let rows = usize::try_from(head).unwrap_or(usize::MAX);
        let mut checked = Checked::Nothing;
        if self.rows.len() >= rows {
            checked = Checked::Head;
            let held = hexadecimal(self.rows.head_hash(rows));
            if held != beacon.head.hash {
                let said = &beacon.head.hash;
                found.push(format!(
                    "a beacon {at} has the head {said}, held {held} over {head} rows"
                ));
            }
        }
        if self.is_whole() {
            checked = Checked::All;
            let (said, held) = (&beacon.hash, hexadecimal(self.rows.hash()));
            if held != *said {
                let rows = self.rows.len();
                found.push(format!(
                    "a beacon {at} has the hash {said}, held {held} over {rows} rows"
                ));
            }
        }
        if found.len() > before {
            checked = Checked::Wrong;
        }
        checked
    }

    fn hold(&mut self, items: &[Row], seq: u64, total: u64, found: &mut Vec<String>) {
        let in_order = items
            .iter()
            .zip(items.iter().skip(1))
            .all(|(one, next)| Place::of(one) > Place::of(next));
        if !in_order {
            found.push(format!("the rows as of {seq} are not in their order"));
        }
        self.rows = Rows::default();
        for row in items {
            self.rows.put(row);
        }
        self.horizon = items.last().map(Place::of);
        self.position = Some(seq);
        self.total = total;
        self.resumed = None;
        self.settle(found);
    }

    fn put(&mut self, row: &Row, found: &mut Vec<String>) {
        let held = self.rows.version(&row.id);
        if let Some(held) = held.filter(|held| *held > row.version) {
            let Row { id, version, .. } = row;
            found.push(format!("{id} went back from version {held} to {version}"));
        }
        if self
            .horizon
            .as_ref()
            .is_none_or(|last| Place::of(row) >= *last)
        {
            self.rows.put(row);
        } else {
            // It was above the horizon and is below it: the order never moves a row down.
            if self.rows.remove(&row.id).is_some() {
                found.push(format!("{} moved down in the order", row.id));
            }
        }
    }

    /// Draws the horizon anew after the rows or the total have changed.
    fn settle(&mut self, found: &mut Vec<String>) {
        let (held, total) = (count(self.rows.len()), self.total);
        if held > total || (self.is_whole() && held < total) {
            let at = self.position.unwrap_or_default();
            found.push(format!(
                "{held} rows are held at {at}, the total is {total}"
            ));
            // Judged once: from here on what is held is not all.
            self.horizon = self.rows.truncate(usize::MAX);
        } else if held == total {
            self.horizon = None;
        }
        if self.rows.len() > self.keep {
            self.horizon = self.rows.truncate(self.keep);
        }
    }

    /// What was held at the same position has to agree with a page, as far as both reach.
    fn compare(&self, before: &Rows, found: &mut Vec<String>) {
        let differs = before
            .iter()
            .zip(self.rows.iter())
            .find(|(held, read)| held != read);
        if let Some((held, read)) = differs {
            let at = self.position.unwrap_or_default();
            found.push(format!(
                "at {at} HTTP lists {read:?} where {held:?} is held"
            ));
        }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
