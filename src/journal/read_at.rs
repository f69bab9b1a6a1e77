//! Reading single commits of a log by their positions.

use super::{Journal, JournalError, codec};
use crate::domain::{Commit, WorkspaceId};

/// The commits at some positions, which must ascend; neighbours are read together.
///
/// # Errors
/// When the journal cannot be read, or what it has cannot be.
pub fn commits_at(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    positions: &[u64],
) -> Result<Vec<Commit>, JournalError> {
    let mut commits = Vec::with_capacity(positions.len());
    for run in positions.chunk_by(|one, next| one.saturating_add(1) == *next) {
        let before = run.first().map_or(0, |seq| seq.saturating_sub(1));
        for record in journal.read(workspace, before, run.len())? {
            commits.push(codec::decode(&record)?);
        }
    }
    Ok(commits)
}
