//! Whether a position that a client names is one of this log.

use super::super::client_frame::Position;
use crate::metrics::ResyncReason;
use crate::views::WorkspaceFold;

/// Whether a view can go on from a position: its start is in the lineage, it lies before the next one,
/// and it is not too long ago. It may lie before its own start: events that a client missed are told
/// under the start after them, and everything before a start of the lineage is common to all copies.
pub(super) fn check(
    fold: &WorkspaceFold,
    at: Position,
    gap_max: usize,
) -> Result<(), ResyncReason> {
    let starts = &fold.lineage;
    let start = starts
        .iter()
        .position(|start| Some(start.epoch) == at.epoch);
    let start = start.ok_or(ResyncReason::Epoch)?;
    let ends = match starts.get(start.saturating_add(1)) {
        Some(next) => next.seq.saturating_sub(1),
        None => fold.head,
    };
    if at.seq > ends {
        return Err(ResyncReason::Epoch);
    }
    let gap_max = u64::try_from(gap_max).unwrap_or(u64::MAX);
    if fold.head.saturating_sub(at.seq) > gap_max {
        return Err(ResyncReason::TooFar);
    }
    Ok(())
}
