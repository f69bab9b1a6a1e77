//! The live view of the stand-in: a frame for each commit and subscription, without folding.

use std::collections::{BTreeMap, HashMap};

use actix::{Message, Recipient};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    conversation::{Commit, FILTERS, Face, hash, members},
    faults::{Kind, LiveFault},
    world::World,
};

const HEAD: usize = 100;
const THREAD: &str = "conversation:";

/// What a client says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Heard {
    #[serde(rename = "type")]
    kind: String,
    view: String,
    pub(crate) token: String,
    resume: Option<Resume>,
}

#[derive(Debug, Deserialize)]
struct Resume {
    epoch: usize,
    seq: u64,
}

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
        drop(self.socket.try_send(Say(text(frame))));
    }
}

/// What a frame is and where it stands comes first, for readers that look no further.
fn text(frame: &Value) -> String {
    const FIRST: [&str; 4] = ["type", "view", "seq", "prev"];
    let member = |(key, value): (&str, &Value)| format!("{}:{value}", json!(key));
    let first = FIRST
        .into_iter()
        .filter_map(|key| Some((key, frame.get(key)?)));
    let rest = frame.as_object().into_iter().flatten();
    let rest = rest.map(|(key, value)| (key.as_str(), value));
    let rest = rest.filter(|(key, _)| !FIRST.contains(key));
    let members: Vec<String> = first.chain(rest).map(member).collect();
    format!("{{{}}}", members.join(","))
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
        let heard: Heard = serde_json::from_str(text).unwrap_or_default();
        let lies = heard.resume.is_some() && self.is_due(Kind::Lie);
        let Some(session) = self.sessions.get_mut(&session) else {
            return;
        };
        let view = &heard.view;
        match heard.kind.as_str() {
            "subscribe" if session.views.contains_key(view) => {
                session.say(&json!({"type": "error", "code": "already_subscribed", "view": view}));
            }
            "subscribe" => match &heard.resume {
                Some(resume) if !is_in_lineage(resume, &self.epochs, world.seq) => {
                    session.say(&json!({"type": "resync", "view": view, "reason": "epoch"}));
                }
                Some(resume) => {
                    let spoken = session.go_on(view, resume.seq, world, lies);
                    session.views.insert(view.clone(), spoken);
                }
                None => session.begin(view, world),
            },
            "unsubscribe" => drop(session.views.remove(view)),
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
        let mut fold = Fold::of(std::iter::once(commit), view, &session.viewer);
        if fold.is_empty() {
            return;
        }
        if self.is_due(Kind::Skip) {
            return;
        }
        session.views.insert(view.to_owned(), commit.seq);
        if self.is_due(Kind::Drop) {
            return;
        }
        let mut total = members(&world.conversations, view, &session.viewer).len();
        total += usize::from(self.is_due(Kind::Total));
        if !fold.leave.is_empty() && self.is_due(Kind::Stale) {
            fold.leave.clear();
        }
        session.say(&fold.frame(view, (prev, commit.seq), total));
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
    fn begin(&mut self, view: &str, world: &World) {
        let id = view.strip_prefix(THREAD);
        if view == "counts" {
            self.say(&json!({"type": "counts", "counts": world.counts(&self.viewer)}));
        } else if FILTERS.contains(&view) || id.is_some_and(|id| world.find(id).is_some()) {
            self.say(&snapshot(view, id, world, &self.viewer));
        } else {
            self.say(&json!({"type": "error", "code": "unknown_view", "view": view}));
            return;
        }
        self.views.insert(view.to_owned(), world.seq);
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
        let total = members(&world.conversations, view, &self.viewer).len();
        self.say(&fold.frame(view, (from, world.seq), total));
        world.seq
    }
}

fn is_in_lineage(resume: &Resume, epochs: &[u64], last: u64) -> bool {
    let end = epochs.get(resume.epoch).copied().unwrap_or(last);
    (1..=epochs.len()).contains(&resume.epoch) && resume.seq <= end
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

    fn frame(&self, view: &str, span: (u64, u64), total: usize) -> Value {
        json!({"type": "change", "view": view, "prev": span.0, "seq": span.1, "enter": self.enter,
            "update": self.update, "leave": self.leave, "total": total})
    }
}
