//! A client as the contract describes it: it trusts nothing but the rules for positions.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::live::view::View;

/// What it holds of one view.
#[derive(Debug, Default, Clone)]
pub(super) struct Held {
    /// The start of the server under which it learnt its position.
    pub(super) epoch: String,
    pub(super) position: u64,
    pub(super) rows: BTreeMap<String, u64>,
    pub(super) total: u64,
    /// The versions of the events that it was told of.
    pub(super) events: Vec<(u64, u64)>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Client {
    pub(super) epoch: String,
    pub(super) held: BTreeMap<View, Held>,
    /// Views that the server took away.
    pub(super) dropped: Vec<(View, String)>,
    /// Beacons whose hash it could check.
    pub(super) verified: usize,
    /// The types of all frames so far.
    pub(super) kinds: BTreeMap<String, usize>,
    pub(super) last: BTreeMap<String, Value>,
}

impl Client {
    pub(super) fn take(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap();
        let kind = frame["type"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "welcome" => self.epoch = frame["epoch"].as_str().unwrap_or_default().to_owned(),
            "snapshot" => self.snapshot(&frame),
            "change" => self.change(&frame),
            "event" => self.event(&frame),
            "beacon" => self.beacon(&frame),
            "resync" => {
                let view = view(&frame);
                let reason = frame["reason"].as_str().unwrap().to_owned();
                self.held.remove(&view);
                self.dropped.push((view, reason));
            }
            "counts" | "stats" | "presence" | "user" | "notification" | "error" | "pong" => {}
            other => panic!("no such frame: {other}"),
        }
        *self.kinds.entry(kind.clone()).or_default() += 1;
        self.last.insert(kind, frame);
    }

    fn snapshot(&mut self, frame: &Value) {
        let position = frame["seq"].as_u64().unwrap();
        let rows = rows(&frame["items"]).collect();
        let total = frame["total"].as_u64().unwrap();
        let history = frame["history"].as_array().cloned().unwrap_or_default();
        let events = history.iter().map(entry).collect();
        let held = Held {
            epoch: self.epoch.clone(),
            position,
            rows,
            total,
            events,
        };
        self.held.insert(view(frame), held);
    }

    fn change(&mut self, frame: &Value) {
        let held = self.held.entry(view(frame)).or_default();
        let (seq, prev) = (
            frame["seq"].as_u64().unwrap(),
            frame["prev"].as_u64().unwrap(),
        );
        assert!(
            prev <= held.position,
            "a gap: {frame}, at {}",
            held.position
        );
        if seq <= held.position {
            return;
        }
        for (id, version) in rows(&frame["enter"]) {
            assert!(
                held.rows.insert(id, version).is_none(),
                "it was in already: {frame}"
            );
        }
        for (id, version) in rows(&frame["update"]) {
            let old = held.rows.insert(id, version);
            assert!(
                old.is_some_and(|old| old < version),
                "it was not in, or not older: {frame}"
            );
        }
        for id in frame["leave"].as_array().unwrap() {
            let id = id.as_str().unwrap();
            assert!(held.rows.remove(id).is_some(), "it was not in: {frame}");
        }
        held.position = seq;
        held.epoch.clone_from(&self.epoch);
        held.total = frame["total"].as_u64().unwrap();
    }

    fn event(&mut self, frame: &Value) {
        let held = self.held.entry(view(frame)).or_default();
        let (seq, prev) = (
            frame["seq"].as_u64().unwrap(),
            frame["prev"].as_u64().unwrap(),
        );
        assert!(
            prev <= held.position,
            "a gap: {frame}, at {}",
            held.position
        );
        assert!(seq >= held.position, "it was told before: {frame}");
        assert_eq!(
            frame["conversation"]["version"], frame["entry"]["version"],
            "{frame}"
        );
        held.position = seq;
        held.epoch.clone_from(&self.epoch);
        held.events.push(entry(&frame["entry"]));
        held.rows = rows(&Value::Array(vec![frame["conversation"].clone()])).collect();
    }

    /// Everything up to its position has been sent, and this is what it comes to.
    fn beacon(&mut self, frame: &Value) {
        let Some(held) = self.held.get_mut(&view(frame)) else {
            return;
        };
        let seq = frame["seq"].as_u64().unwrap();
        assert!(seq >= held.position, "a beacon of the past: {frame}");
        assert_eq!(frame["total"].as_u64().unwrap(), held.total, "{frame}");
        let lines = held
            .rows
            .iter()
            .map(|(id, version)| format!("{id}:{version}"));
        let sum = lines
            .map(|line| digest(&line))
            .fold(0_u64, u64::wrapping_add);
        assert_eq!(frame["hash"], format!("{sum:016x}"), "{frame} and {held:?}");
        assert_eq!(
            frame["head"]["count"].as_u64().unwrap(),
            held.total.min(100)
        );
        if held.total <= 100 {
            assert_eq!(frame["head"]["hash"], frame["hash"], "{frame}");
        }
        held.position = seq;
        held.epoch.clone_from(&self.epoch);
        self.verified += 1;
    }
}

fn view(frame: &Value) -> View {
    View::parse(frame["view"].as_str().unwrap()).unwrap()
}

fn rows(items: &Value) -> impl Iterator<Item = (String, u64)> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| {
        let id = item["id"].as_str().unwrap().to_owned();
        (id, item["version"].as_u64().unwrap())
    })
}

fn entry(entry: &Value) -> (u64, u64) {
    (
        entry["seq"].as_u64().unwrap(),
        entry["version"].as_u64().unwrap(),
    )
}

fn digest(line: &str) -> u64 {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(line.as_bytes());
    u64::from_be_bytes(digest[..8].try_into().unwrap())
}
