//! `[journal]`: the store.

use serde::{Deserialize, Serialize};

/// Where commits are kept, and at which cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// Which backend.
    pub engine: JournalEngine,
    /// Bytes of memory that the store may use as its cache.
    pub cache_bytes: u64,
    /// Bytes written to see whether a store that failed can be written again.
    pub probe_bytes: u64,
    /// Commits of a workspace after which its state is saved.
    pub snapshot_every_commits: u64,
}

/// The backends of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum JournalEngine {
    /// In the data folder.
    Sled,
    /// Forgotten at exit.
    Memory,
}

impl TryFrom<String> for JournalEngine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "sled" => Ok(Self::Sled),
            "memory" => Ok(Self::Memory),
            other => Err(format!("must be \"sled\" or \"memory\", not {other:?}")),
        }
    }
}
