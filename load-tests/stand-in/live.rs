//! The live view of the stand-in: a frame for each commit and subscription, without folding.

use std::collections::{BTreeMap, HashMap};

use actix::{Message, Recipient};
use serde_json::{Value, json};

use crate::{
    conversation::{Commit, FILTERS, Face, hash, members},
    faults::{Kind, LiveFault},
    world::World,
};

const HEAD: usize = 100;
const THREAD: &str = "conversation:";

/// Text for a socket.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Say(pub(crate) String);

/// All sessions.
pub(crate) struct Live {
    sessions: BTreeMap<u64, Session>,
    next_session: u64,
    /// The last commit before each start of the server.
    epochs: Vec<u64>,
    fault: Option<LiveFault>,
    chances: u64,
}

struct Session {
    socket: Recipient<Say>,
    viewer: String,
    /// Up to where the last frame of each view spoke.
    views: HashMap<String, u64>,
}

impl Session {
    fn say(&self, frame: &Value) {
        // A socket that is closing hears nothing.
        drop(self.socket.try_send(Say(frame.to_string())));
    }
}

impl Live {
    pub(crate) fn new(epochs: Vec<u64>, fault: Option<LiveFault>) -> Self {
        Self {
            sessions: BTreeMap::new(),
            next_session: 0,
            epochs,
            fault,
            chances: 0,
        }
    }

    pub(crate) fn open(&mut self, socket: Recipient<Say>, viewer: &str, world: &World) -> u64 {
        self.next_session += 1;
        let session = Session {
            socket,
            viewer: viewer.to_owned(),
            views: HashMap::new(),
        };
        session.say(&json!({"type": "welcome", "session": self.next_session,
            "epoch": self.epochs.len(), "seq": world.seq, "user": {"id": viewer}, "unread": 0,
            "heartbeat_s": 1}));
        self.sessions.insert(self.next_session, session);
        self.next_session
    }

    pub(crate) fn close(&mut self, session: u64) {
        self.sessions.remove(&session);
    }

    pub(crate) fn hear(&mut self, session: u64, text: &str, world: &World) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let view = frame["view"].as_str().unwrap_or_default().to_owned();
        let lies = frame["resume"].is_object() && self.is_due(Kind::Lie);
        let epochs = self.epochs.clone();
        let Some(session) = self.sessions.get_mut(&session) else {
            return;
        };
        match frame["type"].as_str().unwrap_or_default() {
            "subscribe" if session.views.contains_key(&view) => {
                session.say(&json!({"type": "error", "code": "already_subscribed", "view": view}));
            }
            "subscribe" => session.subscribe(&view, &frame["resume"], &epochs, world, lies),
            "unsubscribe" => drop(session.views.remove(&view)),
            "ping" => session.say(&json!({"type": "pong"})),
            "presence" => {}
            _ => session.say(&json!({"type": "error", "code": "unknown_type"})),
        }
    }

    /// Sends what a commit did to every view.
    pub(crate) fn commit(&mut self, world: &World, commit: &Commit) {
        let ids: Vec<u64> = self.sessions.keys().copied().collect();
        for id in ids {
            let Some(mut session) = self.sessions.remove(&id) else {
                continue;
            };
            let views: Vec<String> = session.views.keys().cloned().collect();
            for view in views {
                self.tell(&mut session, &view, world, commit);
            }
            self.sessions.insert(id, session);
        }
    }

    fn tell(&mut self, session: &mut Session, view: &str, world: &World, commit: &Commit) {
        if view == "counts" {
            session.say(&json!({"type": "counts", "counts": world.counts(&session.viewer)}));
            return;
        }
        let prev = session.views.get(view).copied().unwrap_or_default();
        if let Some(id) = view.strip_prefix(THREAD) {
            if commit.after.id == id {
                for frame in events(view, commit, prev) {
                    session.say(&frame);
                    if self.is_due(Kind::Repeat) {
                        session.say(&frame);
                    }
                }
                session.views.insert(view.to_owned(), commit.seq);
            }
            return;
        }
        let fold = Fold::of(std::iter::once(commit), view, &session.viewer);
        if fold.is_empty() {
            return;
        }
        let mut frame = fold.frame(view, (prev, commit.seq), world, &session.viewer);
        if self.is_due(Kind::Skip) {
            return;
        }
        session.views.insert(view.to_owned(), commit.seq);
        if self.is_due(Kind::Drop) {
            return;
        }
        if self.is_due(Kind::Total) {
            frame["total"] = json!(frame["total"].as_u64().unwrap_or_default() + 1);
        }
        if !fold.leave.is_empty() && self.is_due(Kind::Stale) {
            frame["leave"] = json!([]);
        }
        session.say(&frame);
    }

    pub(crate) fn beacon(&mut self, id: u64, world: &World) {
        let Some(mut session) = self.sessions.remove(&id) else {
            return;
        };
        let views: Vec<String> = session.views.keys().cloned().collect();
        for view in views {
            let members = match view.strip_prefix(THREAD) {
                Some(id) => world
                    .find(id)
                    .map(|found| &found.face)
                    .into_iter()
                    .collect(),
                None => members(&world.conversations, &view, &session.viewer),
            };
            let mut all = hash(&members, members.len());
            if self.is_due(Kind::Hash) {
                all = hash(&[], 0).replace('0', "1");
            }
            let head = json!({"count": members.len().min(HEAD), "hash": hash(&members, HEAD)});
            session.say(&json!({"type": "beacon", "view": view, "seq": world.seq,
                "total": members.len(), "hash": all, "head": head}));
            session.views.insert(view, world.seq);
        }
        self.sessions.insert(id, session);
    }

    fn is_due(&mut self, kind: Kind) -> bool {
        let Some(fault) = self.fault.filter(|fault| fault.kind == kind) else {
            return false;
        };
        self.chances += 1;
        self.chances.is_multiple_of(fault.every)
    }
}

impl Session {
    fn subscribe(&mut self, view: &str, resume: &Value, epochs: &[u64], world: &World, lies: bool) {
        let id = view.strip_prefix(THREAD);
        let mut spoken = world.seq;
        if view == "counts" {
            self.say(&json!({"type": "counts", "counts": world.counts(&self.viewer)}));
        } else if !FILTERS.contains(&view) && !id.is_some_and(|id| world.find(id).is_some()) {
            self.say(&json!({"type": "error", "code": "unknown_view", "view": view}));
            return;
        } else if let Some(from) = resume["seq"].as_u64() {
            if !is_in_lineage(&resume["epoch"], from, epochs, world.seq) {
                self.say(&json!({"type": "resync", "view": view, "reason": "epoch"}));
                return;
            }
            spoken = self.go_on(view, from, world, lies);
        } else {
            self.say(&snapshot(view, id, world, &self.viewer));
        }
        self.views.insert(view.to_owned(), spoken);
    }

    /// Sends what was missed; gives up to where that speaks.
    fn go_on(&self, view: &str, from: u64, world: &World, lies: bool) -> u64 {
        let missed = || {
            world
                .commits
                .iter()
                .filter(|commit| commit.seq > from && !lies)
        };
        if let Some(id) = view.strip_prefix(THREAD) {
            let mut prev = from;
            for commit in missed().filter(|commit| commit.after.id == id) {
                for frame in events(view, commit, prev) {
                    self.say(&frame);
                }
                prev = commit.seq;
            }
            return prev;
        }
        let fold = Fold::of(missed(), view, &self.viewer);
        self.say(&fold.frame(view, (from, world.seq), world, &self.viewer));
        world.seq
    }
}

fn is_in_lineage(epoch: &Value, seq: u64, epochs: &[u64], last: u64) -> bool {
    let epoch = epoch.as_u64().and_then(|epoch| usize::try_from(epoch).ok());
    let Some(epoch) = epoch.filter(|epoch| (1..=epochs.len()).contains(epoch)) else {
        return false;
    };
    seq <= epochs.get(epoch).copied().unwrap_or(last)
}

fn snapshot(view: &str, id: Option<&str>, world: &World, viewer: &str) -> Value {
    if let Some(conversation) = id.and_then(|id| world.find(id)) {
        return json!({"type": "snapshot", "view": view, "seq": world.seq, "total": 1,
            "items": [conversation.face.view()], "users": [],
            "history": conversation.history.iter().rev().take(HEAD).collect::<Vec<_>>()});
    }
    let members = members(&world.conversations, view, viewer);
    let items: Vec<Value> = members.iter().take(HEAD).map(|face| face.view()).collect();
    json!({"type": "snapshot", "view": view, "seq": world.seq, "total": members.len(),
        "items": items})
}

fn events(view: &str, commit: &Commit, prev: u64) -> Vec<Value> {
    let conversation = commit.after.view();
    let frame = |entry: &Value| {
        json!({"type": "event", "view": view, "seq": commit.seq, "prev": prev, "entry": entry,
            "conversation": conversation})
    };
    commit.entries.iter().map(frame).collect()
}

/// What some commits did to a list, each conversation once.
#[derive(Default)]
struct Fold {
    enter: Vec<Value>,
    update: Vec<Value>,
    leave: Vec<String>,
}

impl Fold {
    fn of<'all>(commits: impl Iterator<Item = &'all Commit>, view: &str, viewer: &str) -> Self {
        let is_member = |face: &Face| face.is_in(view, viewer);
        let mut touched: BTreeMap<&str, (bool, &Face)> = BTreeMap::new();
        for commit in commits {
            let was = commit.before.as_ref().is_some_and(is_member);
            let entry = touched.entry(&commit.after.id);
            entry.or_insert((was, &commit.after)).1 = &commit.after;
        }
        let mut fold = Self::default();
        for (id, (was, face)) in touched {
            match (was, is_member(face)) {
                (false, true) => fold.enter.push(face.view()),
                (true, true) => fold.update.push(face.view()),
                (true, false) => fold.leave.push(id.to_owned()),
                (false, false) => {}
            }
        }
        fold
    }

    fn is_empty(&self) -> bool {
        self.enter.is_empty() && self.update.is_empty() && self.leave.is_empty()
    }

    fn frame(&self, view: &str, span: (u64, u64), world: &World, viewer: &str) -> Value {
        let total = members(&world.conversations, view, viewer).len();
        json!({"type": "change", "view": view, "prev": span.0, "seq": span.1, "enter": self.enter,
            "update": self.update, "leave": self.leave, "total": total})
    }
}
