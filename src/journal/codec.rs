//! Commits as records: JSON with explicit names and a schema version, ours to read for years.
//!
//! A change of an event's form raises [`SCHEMA_VERSION`], adds an upcast from the form before it to
//! `upcast`, and adds a fixture of the old bytes to the tests.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{JournalError, Record};
use crate::domain::Commit;

/// The form in which records are written now.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    #[serde(flatten)]
    commit: &'a Commit,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// A commit as a record.
///
/// # Errors
/// Never for a commit of this program; the error is kept for the sake of the encoder.
pub fn encode(commit: &Commit) -> Result<Bytes, JournalError> {
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(
        &mut bytes,
        &Written {
            v: SCHEMA_VERSION,
            commit,
        },
    )
    .map_err(|error| JournalError::Unavailable {
        reason: error.to_string(),
    })?;
    Ok(Bytes::from(bytes))
}

/// A record as the commit it was.
///
/// # Errors
/// [`JournalError::Damaged`] when the record is not one that this program, or an earlier version
/// of it, wrote at that position.
pub fn decode(record: &Record) -> Result<Commit, JournalError> {
    let damaged = |reason: String| JournalError::Damaged {
        reason: format!("the record at position {}: {reason}", record.seq),
    };
    let Version { v } =
        serde_json::from_slice(&record.bytes).map_err(|error| damaged(error.to_string()))?;
    let commit = upcast(v, &record.bytes).map_err(damaged)?;
    if commit.seq == record.seq {
        Ok(commit)
    } else {
        Err(damaged(format!(
            "it says that it is at position {}",
            commit.seq
        )))
    }
}

/// Reads the form of any version so far.
fn upcast(version: u32, bytes: &[u8]) -> Result<Commit, String> {
    match version {
        SCHEMA_VERSION => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        newer => Err(format!(
            "it has schema version {newer}; this program reads up to {SCHEMA_VERSION}, so a newer \
             one wrote it"
        )),
    }
}
