//! A conversation of the stand-in, and which lists it is in.

use load_tests::live::digest;
use serde_json::{Value, json};

pub(crate) const FILTERS: [&str; 7] = [
    "ai_queue",
    "all",
    "unassigned",
    "mine",
    "mentions",
    "ai_handled",
    "closed",
];

/// What it looks like at one version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Face {
    pub(crate) id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) status: String,
    pub(crate) assignee: Option<String>,
    pub(crate) assigned_at: Option<String>,
    pub(crate) last_activity_at: String,
    pub(crate) version: u64,
}

#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) face: Face,
    pub(crate) history: Vec<Value>,
}

/// What one commit did.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) seq: u64,
    pub(crate) before: Option<Face>,
    pub(crate) after: Face,
    pub(crate) entries: Vec<Value>,
}

impl Face {
    pub(crate) fn view(&self) -> Value {
        let person = self
            .assignee
            .as_ref()
            .map(|id| json!({"id": id, "name": id}));
        json!({"id": self.id, "external_id": self.external_id, "status": self.status,
            "version": self.version, "assignee": person, "assigned_at": self.assigned_at,
            "last_activity_at": self.last_activity_at})
    }

    pub(crate) fn is_in(&self, filter: &str, viewer: &str) -> bool {
        let is_open = self.status == "open";
        match filter {
            "all" => is_open,
            "unassigned" => is_open && self.assignee.is_none(),
            "mine" => is_open && self.assignee.as_deref() == Some(viewer),
            "closed" => self.status == "closed",
            _ => false,
        }
    }
}

/// The members of a list, newest first.
pub(crate) fn members<'all>(
    conversations: &'all [Conversation],
    filter: &str,
    viewer: &str,
) -> Vec<&'all Face> {
    let faces = conversations.iter().map(|conversation| &conversation.face);
    let mut members: Vec<_> = faces.filter(|face| face.is_in(filter, viewer)).collect();
    members.sort_by_key(|face| std::cmp::Reverse((&face.last_activity_at, &face.id)));
    members
}

/// How a beacon sums up members.
pub(crate) fn hash(members: &[&Face], rows: usize) -> String {
    let rows = members.iter().take(rows);
    digest::hexadecimal(digest::sum(
        rows.map(|face| (face.id.as_str(), face.version)),
    ))
}
