//! The parts of the server's JSON that the workloads read.
//!
//! Unknown fields are ignored: a newer server may say more.

use serde::Deserialize;
use serde_json::Value;

/// Somebody with an id and a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PersonView {
    /// Opaque.
    pub id: String,
}

/// A user of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct UserView {
    /// Opaque.
    pub id: String,
    /// Unique within the workspace.
    pub email: String,
    /// `owner`, `admin`, `agent` or `viewer`.
    pub role: String,
    /// `active` or `deactivated`.
    pub status: String,
}

/// A conversation.
#[derive(Debug, Clone, Deserialize)]
pub struct ConversationView {
    /// Opaque.
    pub id: String,
    /// The id that its source gave it.
    #[serde(default)]
    pub external_id: Option<String>,
    /// `open`, `pending`, `snoozed` or `closed`.
    pub status: String,
    /// The number of commits that touched it.
    pub version: u64,
    /// Its owner.
    pub assignee: Option<PersonView>,
}

/// The answer to an assign, a claim or an unassign.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangeAnswer {
    /// The conversation afterwards.
    pub conversation: ConversationView,
    /// Whether anything changed.
    pub changed: bool,
}

/// A token, shown once.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenAnswer {
    /// The bearer token; `null` in an answer that is given again.
    pub token: Option<String>,
}

/// An error.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Problem {
    /// Stable.
    #[serde(default)]
    pub code: String,
    /// For people.
    #[serde(default)]
    pub detail: String,
    /// Who has it, when the refusal is about an assignee.
    #[serde(default)]
    pub current: Option<Current>,
    /// Which one has the external id already.
    #[serde(default)]
    pub conversation_id: Option<String>,
}

/// The owner that a refusal names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Current {
    /// Nobody when `null`.
    pub assignee: Option<PersonView>,
    /// The version at which that is so.
    pub version: u64,
}

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// One line of a conversation's history.
#[derive(Debug, Clone, Deserialize)]
pub struct HistoryEntry {
    /// The commit's number in the workspace.
    pub seq: u64,
    /// The conversation's version after it.
    pub version: u64,
    /// What kind of change.
    pub kind: String,
    /// Who did it.
    #[serde(default)]
    pub actor: Option<Value>,
    /// From what to what, by field.
    #[serde(default)]
    pub changes: Value,
}

impl HistoryEntry {
    /// The owner before and after, when the entry changed the owner.
    pub fn owners(&self) -> Option<(Option<String>, Option<String>)> {
        let change = self.changes.get("assignee")?;
        Some((person(change.get("from")), person(change.get("to"))))
    }

    /// The id of whoever did it.
    pub fn actor_id(&self) -> Option<&str> {
        self.actor.as_ref()?.get("id")?.as_str()
    }
}

/// One commit of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitView {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
}

/// A person is shown as an id or as an object with one.
fn person(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
    Some(id.to_owned())
}
