//! Where each log ended, remembered beside the engine.
//!
//! The engine takes damage at the end of its file for a write that was cut short, and opens the log
//! shorter than it was. A small file of its own, synced now and then and when the journal is
//! closed, finds that out: a log never ends before the place that it says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::disk::{create_file, sync_folder};
use super::{JournalError, Seq};
use crate::domain::WorkspaceId;

/// The file, in the data folder.
const HEADS_FILE: &str = "heads.json";
/// The file while it is written.
const HEADS_FILE_NEW: &str = "heads.json.tmp";

/// Remembers where the logs end. All of it is durable, or the file stays as it was.
pub(super) fn remember(folder: &Path, heads: &BTreeMap<WorkspaceId, Seq>) -> io::Result<()> {
    let new = folder.join(HEADS_FILE_NEW);
    let mut file = create_file(&new)?;
    file.write_all(&serde_json::to_vec(heads)?)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(HEADS_FILE))?;
    sync_folder(folder)
}

/// Refuses logs that end before the place that is remembered.
pub(super) fn check(folder: &Path, found: &BTreeMap<WorkspaceId, Seq>) -> Result<(), JournalError> {
    let damaged = |what: String| JournalError::Damaged {
        reason: format!(
            "{what}; restore the data folder {} from a backup",
            folder.display()
        ),
    };
    let bytes = match fs::read(folder.join(HEADS_FILE)) {
        Ok(bytes) => bytes,
        // A folder that was never closed, or is new.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(damaged(format!("{HEADS_FILE} cannot be read: {error}"))),
    };
    let remembered: BTreeMap<WorkspaceId, Seq> = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(format!("{HEADS_FILE} is not what was written: {error}")))?;
    for (workspace, head) in remembered {
        let ends = found.get(&workspace).copied().unwrap_or(0);
        if ends < head {
            return Err(damaged(format!(
                "the log of {workspace} ends at {ends}, and was known to reach {head}"
            )));
        }
    }
    Ok(())
}
