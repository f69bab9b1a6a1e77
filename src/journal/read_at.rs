//! Reading commits: a stretch of a log, or single ones by their positions.

use super::{Journal, JournalError, Seq, codec};
use crate::domain::{Commit, WorkspaceId};

/// The commits after a position, in order, at most so many.
///
/// # Errors
/// When the journal cannot be read, or what it has cannot be.
pub fn commits_after(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    seq: Seq,
    limit: usize,
) -> Result<Vec<Commit>, JournalError> {
    let records = journal.read(workspace, seq, limit)?;
    records.iter().map(codec::decode).collect()
}

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
        commits.extend(commits_after(journal, workspace, before, run.len())?);
    }
    Ok(commits)
}
