//! The form of an export: a header line, then one line for each commit.
//!
//! Lines of one workspace are in the order of its log; the header says how many there are, so that a
//! file that was cut short is noticed.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{Commit, WorkspaceId};
use crate::journal::{JournalError, Record, Seq, codec};

/// What the header names itself.
pub(super) const FORMAT: &str = "ochre-export";

/// The form of the lines; the form of the commits in them is the journal's own.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    /// The journal's schema version of the commits.
    pub(super) schema: u32,
    pub(super) workspaces: Vec<Contents>,
}

/// How much of a workspace follows.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    pub(super) workspace: WorkspaceId,
    pub(super) commits: Seq,
}

/// Every other line, as it is written.
#[derive(Debug, Serialize)]
pub(super) struct WrittenLine<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) commit: &'a Commit,
}

/// The same, as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadLine {
    workspace: WorkspaceId,
    commit: Map<String, Value>,
}

impl Header {
    pub(super) const fn new(format: String, workspaces: Vec<Contents>) -> Self {
        Self {
            format,
            version: VERSION,
            schema: codec::SCHEMA_VERSION,
            workspaces,
        }
    }

    /// Reads the first line.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let header: Self = serde_json::from_str(line)
            .map_err(|error| format!("this is not the header of an export: {error}"))?;
        if header.format != FORMAT || header.version != VERSION {
            let Self {
                format, version, ..
            } = header;
            return Err(format!(
                "this is version {version} of {format:?}; this program reads version {VERSION} of {FORMAT:?}"
            ));
        }
        Ok(header)
    }
}

/// Reads a line with a commit; an older form is brought up to the present one by the journal's codec.
pub(super) fn read_commit(line: &str, schema: u32) -> Result<(WorkspaceId, Commit), String> {
    let ReadLine {
        workspace,
        mut commit,
    } = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let seq = commit.get("seq").and_then(Value::as_u64);
    let seq = seq.ok_or("the commit has no position")?;
    commit.insert("v".to_owned(), schema.into());
    let bytes = serde_json::to_vec(&commit).map_err(|error| error.to_string())?;
    let bytes = Bytes::from(bytes);
    let commit = codec::decode(&Record { seq, bytes }).map_err(|error| match error {
        JournalError::Damaged { reason } => reason,
        other => other.to_string(),
    })?;
    Ok((workspace, commit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, CommitBody, EpochId, Timestamp};

    #[test]
    fn a_line_reads_back_what_was_written() {
        let workspace = WorkspaceId::from_u128(1);
        let commit = Commit {
            seq: 7,
            at: Timestamp::from_millis(5),
            actor: Actor::System,
            body: CommitBody::Epoch {
                epoch: EpochId::from_u128(2),
            },
        };
        let written = WrittenLine {
            workspace,
            commit: &commit,
        };
        let line = serde_json::to_string(&written).unwrap();
        assert_eq!(
            read_commit(&line, codec::SCHEMA_VERSION).unwrap(),
            (workspace, commit)
        );
        let newer = read_commit(&line, codec::SCHEMA_VERSION + 1).unwrap_err();
        assert!(newer.contains("schema version"), "{newer}");
    }

    #[test]
    fn a_header_is_ours_and_of_a_version_that_is_known() {
        let header = Header::new(FORMAT.to_owned(), Vec::new());
        let line = serde_json::to_string(&header).unwrap();
        assert_eq!(Header::read(&line), Ok(header));
        for other in [
            line.replace("\"version\":1", "\"version\":9"),
            line.replace(FORMAT, "backup"),
            "{}".to_owned(),
            String::new(),
        ] {
            assert!(Header::read(&other).is_err(), "{other}");
        }
    }
}
