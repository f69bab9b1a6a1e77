//! What the server says on a live connection, as far as a client has to understand it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// One frame.
#[derive(Debug, Clone)]
pub enum ServerFrame {
    /// The first one.
    Welcome(Welcome),
    /// A view as it is.
    Snapshot(Snapshot),
    /// What became of a view since its last frame.
    Change(Change),
    /// One history entry of an open conversation.
    Event(Event),
    /// What a client should hold.
    Beacon(Beacon),
    /// A subscription that the server has dropped.
    Resync(Resync),
    /// The caller's numbers.
    Counts(BTreeMap<String, u64>),
    /// Something that was asked for wrongly.
    Error(ErrorFrame),
    /// Presence, people, notifications, progress, statistics, `pong`, and what comes later.
    Other(String),
}

/// The session.
#[derive(Debug, Clone, Deserialize)]
pub struct Welcome {
    /// The start of the server that the positions of this session belong to; opaque.
    pub epoch: Value,
    /// The workspace's last commit.
    pub seq: u64,
    /// How often a `ping` is due.
    #[serde(default)]
    pub heartbeat_s: u64,
}

/// A view as of a commit.
#[derive(Debug, Clone, Deserialize)]
pub struct Snapshot {
    /// Which one.
    pub view: String,
    /// The commit.
    pub seq: u64,
    /// How many members it has.
    #[serde(default)]
    pub total: u64,
    /// The newest of them.
    #[serde(default)]
    pub items: Vec<Row>,
    /// The newest entries of an open conversation.
    #[serde(default)]
    pub history: Vec<Entry>,
}

/// What the commits `prev` + 1 … `seq` did to a view.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Change {
    /// Which one.
    pub view: String,
    /// The last commit that it speaks for.
    pub seq: u64,
    /// The last commit that the frame before spoke for.
    pub prev: u64,
    /// New members.
    #[serde(default)]
    pub enter: Vec<Row>,
    /// Members that changed.
    #[serde(default)]
    pub update: Vec<Row>,
    /// Former members.
    #[serde(default)]
    pub leave: Vec<String>,
    /// How many members there are now.
    pub total: u64,
}

/// What a commit did to an open conversation.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// Which one.
    pub view: String,
    /// The commit.
    pub seq: u64,
    /// The last commit that the frame before spoke for.
    pub prev: u64,
    /// What happened.
    pub entry: Entry,
    /// The conversation afterwards.
    pub conversation: Row,
}

/// A conversation, as far as lists need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Opaque.
    pub id: String,
    /// The number of commits that touched it.
    pub version: u64,
    /// What lists are ordered by; fixed width, so that text compares as time does.
    pub last_activity_at: String,
    /// When its owner changed last.
    #[serde(default)]
    pub assigned_at: Option<String>,
}

/// A page of a list, as HTTP answers it.
#[derive(Debug, Clone, Deserialize)]
pub struct ListPage {
    /// The rows.
    pub items: Vec<Row>,
    /// The commit that they are as of.
    pub seq: u64,
    /// How many members there are.
    pub total: u64,
    /// Where the next page begins.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A history entry; the whole of it is kept, to tell two entries of one commit apart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    /// The conversation's version after it.
    pub version: u64,
    /// When it was committed.
    #[serde(default)]
    pub at: String,
    /// All else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// What a client that has everything up to `seq` holds.
#[derive(Debug, Clone, Deserialize)]
pub struct Beacon {
    /// Which view.
    pub view: String,
    /// Everything up to this commit has been sent.
    pub seq: u64,
    /// How many members there are.
    #[serde(default)]
    pub total: u64,
    /// The sum over all of them.
    #[serde(default)]
    pub hash: String,
    /// The sum over the newest of them.
    #[serde(default)]
    pub head: Head,
}

/// The newest members of a view.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Head {
    /// How many.
    pub count: u64,
    /// The sum over them.
    pub hash: String,
}

/// A subscription is gone.
#[derive(Debug, Clone, Deserialize)]
pub struct Resync {
    /// Which one.
    pub view: String,
    /// `slow`, `epoch` or `too_far`.
    pub reason: String,
}

/// A refused frame.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorFrame {
    /// Stable.
    pub code: String,
    /// For people.
    #[serde(default)]
    pub detail: String,
    /// Which view it is about.
    #[serde(default)]
    pub view: Option<String>,
}

#[derive(Deserialize)]
struct Kind<'text> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'text, str>,
}

#[derive(Deserialize)]
struct Counts {
    counts: BTreeMap<String, u64>,
}

impl ServerFrame {
    /// Reads a frame. The kind is looked up first: reading it as one tagged value would build
    /// the whole frame in memory twice.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Kind { kind } = serde_json::from_str(text)?;
        Ok(match kind.as_ref() {
            "welcome" => Self::Welcome(body(text)?),
            "snapshot" => Self::Snapshot(body(text)?),
            "change" => Self::Change(body(text)?),
            "event" => Self::Event(body(text)?),
            "beacon" => Self::Beacon(body(text)?),
            "resync" => Self::Resync(body(text)?),
            "counts" => Self::Counts(body::<Counts>(text)?.counts),
            "error" => Self::Error(body(text)?),
            other => Self::Other(other.to_owned()),
        })
    }

    /// The view that it is about.
    pub fn view(&self) -> Option<&str> {
        match self {
            Self::Snapshot(snapshot) => Some(&snapshot.view),
            Self::Change(change) => Some(&change.view),
            Self::Event(event) => Some(&event.view),
            Self::Beacon(beacon) => Some(&beacon.view),
            Self::Resync(resync) => Some(&resync.view),
            Self::Counts(_) => Some("counts"),
            Self::Error(error) => error.view.as_deref(),
            Self::Welcome(_) | Self::Other(_) => None,
        }
    }

    /// The name of its kind.
    pub fn kind(&self) -> &str {
        match self {
            Self::Welcome(_) => "welcome",
            Self::Snapshot(_) => "snapshot",
            Self::Change(_) => "change",
            Self::Event(_) => "event",
            Self::Beacon(_) => "beacon",
            Self::Resync(_) => "resync",
            Self::Counts(_) => "counts",
            Self::Error(_) => "error",
            Self::Other(kind) => kind,
        }
    }
}

fn body<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_wherever_their_type_stands() {
        let text = r#"{"view":"all","seq":7,"prev":6,"enter":[],"update":[{"id":"conv_1","version":2,
            "last_activity_at":"2026-01-01T00:00:00.000Z","subject":"x"}],"leave":["conv_2"],
            "total":3,"type":"change"}"#;
        let ServerFrame::Change(change) = ServerFrame::read(text).unwrap() else {
            panic!("a change");
        };
        assert_eq!((change.prev, change.seq, change.total), (6, 7, 3));
        assert_eq!(change.update[0].version, 2);
    }

    #[test]
    fn what_comes_later_is_no_failure() {
        let frame = ServerFrame::read(r#"{"type":"weather","sun":true}"#).unwrap();
        assert_eq!(frame.kind(), "weather");
        assert!(ServerFrame::read(r#"{"sun":true}"#).is_err());
    }
}
