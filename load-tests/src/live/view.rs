//! What a client holds of any view, whichever kind it is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    frame::{Beacon, Change, Event, ServerFrame, Snapshot},
    list::{Checked, List, Taken},
    thread::Thread,
};

/// The start of the name of an open conversation's view.
pub const THREAD: &str = "conversation:";

/// A commit of the workspace in a start of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Opaque.
    pub epoch: Value,
    /// The commit's number.
    pub seq: u64,
}

/// One view of one session.
#[derive(Debug, Clone)]
pub struct View {
    /// As the contract calls it.
    pub name: String,
    /// What is held.
    pub held: Held,
    /// The epoch that the position is of.
    epoch: Value,
    /// The epoch of the session, until its first frame has moved the position into it.
    next_epoch: Option<Value>,
    /// A gap was found and the view is subscribed to again: later gaps are the same one.
    is_mending: bool,
}

/// What is held, by kind.
#[derive(Debug, Clone)]
pub enum Held {
    /// A filter.
    List(List),
    /// An open conversation.
    Thread(Thread),
    /// The caller's numbers.
    Counts(BTreeMap<String, u64>),
    /// Nothing: it is not compared.
    Statistics,
}

/// What the client has to do after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait for the next one.
    Wait,
    /// Read a page, since too few rows are left.
    Page,
    /// Subscribe again from the position: something is missing.
    Resume,
    /// The subscription is gone: subscribe again.
    Anew,
    /// What is held is wrong: end the subscription and begin another.
    Replace,
}

/// What a frame did to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// What became of a change or an event.
    pub taken: Taken,
    /// What became of a beacon.
    pub checked: Option<Checked>,
    /// What is to be done.
    pub next: Next,
}

impl View {
    /// A view of that name, with lists of at most so many rows.
    pub fn new(name: &str, keep: usize) -> Self {
        let held = match name {
            "counts" => Held::Counts(BTreeMap::new()),
            "stats" => Held::Statistics,
            thread if thread.starts_with(THREAD) => Held::Thread(Thread::default()),
            _ => Held::List(List::new(keep)),
        };
        Self {
            name: name.to_owned(),
            held,
            epoch: Value::Null,
            next_epoch: None,
            is_mending: false,
        }
    }

    /// From where the view can go on.
    pub fn position(&self) -> Option<Position> {
        let seq = match &self.held {
            Held::List(list) => list.position(),
            Held::Thread(thread) => thread.position(),
            Held::Counts(_) | Held::Statistics => None,
        }?;
        let epoch = self.epoch.clone();
        Some(Position { epoch, seq })
    }

    /// Subscribes on a session of this epoch; gives the position to resume from, if any.
    pub fn subscribe(&mut self, epoch: &Value) -> Option<Position> {
        let from = self.position();
        match &mut self.held {
            Held::List(list) => list.resume(),
            Held::Thread(thread) => thread.resume(),
            Held::Counts(_) | Held::Statistics => {}
        }
        self.next_epoch = Some(epoch.clone());
        from
    }

    /// Holds nothing any more.
    pub fn forget(&mut self) {
        match &mut self.held {
            Held::List(list) => list.forget(),
            Held::Thread(thread) => thread.forget(),
            Held::Counts(counts) => counts.clear(),
            Held::Statistics => {}
        }
        self.is_mending = false;
    }

    /// Applies a frame of this view; what contradicts the contract goes to `found`.
    pub fn apply(&mut self, frame: &ServerFrame, found: &mut Vec<String>) -> Effect {
        let mut said = Vec::new();
        let mut effect = Effect {
            taken: Taken::Applied,
            checked: None,
            next: Next::Wait,
        };
        match frame {
            ServerFrame::Snapshot(snapshot) => self.snapshot(snapshot, &mut said),
            ServerFrame::Change(change) => effect.taken = self.change(change, &mut said),
            ServerFrame::Event(event) => effect.taken = self.event(event, &mut said),
            // What is missing is known already, and would only be found once more.
            ServerFrame::Beacon(_) if self.is_mending => effect.taken = Taken::Ignored,
            ServerFrame::Beacon(beacon) => effect.checked = self.beacon(beacon, &mut said),
            ServerFrame::Counts(counts) => self.held = Held::Counts(counts.clone()),
            ServerFrame::Resync(_) => {
                self.forget();
                effect.next = Next::Anew;
            }
            _ => effect.taken = Taken::Ignored,
        }
        if effect.taken == Taken::Gap && !self.is_mending {
            let (seq, prev) = gap(frame);
            let held = self.position().map_or(0, |position| position.seq);
            said.push(format!(
                "a frame of {seq} goes on from {prev}, the position is {held}, and no resync"
            ));
            self.is_mending = true;
            effect.next = Next::Resume;
        } else if effect.checked == Some(Checked::Wrong) {
            self.forget();
            effect.next = Next::Replace;
        } else if matches!(&self.held, Held::List(list) if list.wants_page()) {
            effect.next = Next::Page;
        }
        if effect.taken == Taken::Applied {
            self.is_mending = false;
            self.epoch = self.next_epoch.take().unwrap_or_else(|| self.epoch.take());
        }
        found.extend(
            said.into_iter()
                .map(|what| format!("{}: {what}", self.name)),
        );
        effect
    }

    fn snapshot(&mut self, snapshot: &Snapshot, found: &mut Vec<String>) {
        match &mut self.held {
            Held::List(list) => list.snapshot(snapshot, found),
            Held::Thread(thread) => thread.snapshot(snapshot, found),
            Held::Counts(_) | Held::Statistics => {}
        }
    }

    fn change(&mut self, change: &Change, found: &mut Vec<String>) -> Taken {
        match &mut self.held {
            Held::List(list) => list.change(change, found),
            _ => Taken::Ignored,
        }
    }

    fn event(&mut self, event: &Event, found: &mut Vec<String>) -> Taken {
        match &mut self.held {
            Held::Thread(thread) => thread.event(event, found),
            _ => Taken::Ignored,
        }
    }

    fn beacon(&mut self, beacon: &Beacon, found: &mut Vec<String>) -> Option<Checked> {
        match &mut self.held {
            Held::List(list) => Some(list.beacon(beacon, found)),
            Held::Thread(thread) => Some(thread.beacon(beacon, found)),
            Held::Counts(_) | Held::Statistics => None,
        }
    }
}

/// `seq` and `prev` of a frame that has them.
fn gap(frame: &ServerFrame) -> (u64, u64) {
    match frame {
        ServerFrame::Change(change) => (change.seq, change.prev),
        ServerFrame::Event(event) => (event.seq, event.prev),
        _ => (0, 0),
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
