//! Undo: put the previous assignee back, through the same checks, if nobody changed it since.

use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::AssignedBy;
use super::{Decision, assign};
use crate::domain::directory::Directory;

pub(super) fn decide(
    conversation: &Conversation,
    version: u64,
    by: AssignedBy,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    let last = conversation
        .last_assignment
        .as_ref()
        .filter(|assignment| assignment.version == version)
        .ok_or(Rejection::NothingToUndo)?;
    let change = assign::change(conversation, last.previous, by, Some(version), directory)?;
    Ok(Decision::of(change.into_iter().collect()))
}
