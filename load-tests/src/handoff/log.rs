//! The server's log as the referee reads it: what happened to each conversation, in its order.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{client::Call, error::LoadError, patient::what, people::Office, wire::Page};

const PAGE: u64 = 200;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The entries of each conversation.
    pub(super) entries: BTreeMap<String, Vec<Entry>>,
    /// How many commits there are.
    pub(super) commits: u64,
    /// Positions that do not follow on each other.
    pub(super) gaps: Vec<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Entry {
    pub(super) version: u64,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) actor: Value,
    #[serde(default)]
    pub(super) changes: Value,
    #[serde(default)]
    pub(super) message: Value,
    #[serde(default)]
    pub(super) why: Value,
}

impl Entry {
    /// The text of the AI's reply that it is about; none for a silence, which keeps none.
    pub(super) fn text(&self) -> Option<&str> {
        let text = match self.kind.as_str() {
            "ai_reply_sent" => self.message.get("body"),
            "ai_reply_suppressed" => self.why.get("body"),
            "ai_draft_saved" => self.changes.get("ai.draft")?.get("to"),
            _ => None,
        };
        text?.as_str()
    }

    /// The text at a member of what led to it.
    pub(super) fn why(&self, member: &str) -> &str {
        self.why.get(member).and_then(Value::as_str).unwrap_or("")
    }

    /// The id of the message that it added.
    pub(super) fn message_id(&self) -> Option<&str> {
        self.message.get("id")?.as_str()
    }
}

#[derive(Deserialize)]
struct Commit {
    seq: u64,
    conversation_id: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

/// Reads all of it.
pub(super) async fn read(office: &Office) -> Result<Log, LoadError> {
    let mut client = office.client();
    let mut log = Log::default();
    loop {
        let after = log.commits;
        let path = format!("/v1/events?after={after}&limit={PAGE}");
        let call = Call::get(path, &office.admin);
        let reply = client.succeed("events", &call).await?;
        let page: Page<Commit> = reply
            .json()
            .map_err(|source| LoadError::unanswered(what(&call), source))?;
        if page.items.is_empty() {
            return Ok(log);
        }
        for commit in page.items {
            let expected = log.commits + 1;
            if commit.seq != expected {
                let found = commit.seq;
                log.gaps
                    .push(format!("commit {found} stands where {expected} should"));
            }
            log.commits = commit.seq.max(expected);
            if let Some(id) = commit.conversation_id {
                log.entries.entry(id).or_default().extend(commit.entries);
            }
        }
    }
}
