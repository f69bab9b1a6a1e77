//! What is answered: one outcome for each item, or why nothing was done.

use std::sync::Arc;

use crate::commit::CommandFailure;
use crate::domain::OperationId;
use crate::domain::conversation::Rejection;
use crate::domain::directory::Directory;
use crate::domain::operation::{ItemName, ItemOutcome};
use crate::views::Operation;

/// An answer, once all that it speaks of is durable.
#[derive(Debug, Clone)]
pub struct BulkReply {
    /// The directory on which it was decided; names come from it.
    pub directory: Arc<Directory>,
    /// What came of each item, or why nothing was done.
    pub outcome: Result<Arc<Report>, Refusal>,
}

/// Why an operation was not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// For a reason that the conversations have, too.
    Rejected(Rejection),
    /// There are more items than permitted.
    TooManyItems {
        /// How many are.
        max: usize,
    },
    /// The key belongs to another request.
    KeyReused,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is under way.
    Running,
    /// Every item has its outcome.
    Done,
    /// The server ended, or its store failed, before that.
    Interrupted,
}

/// What came of an operation so far.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its id; a dry run has none.
    pub operation: Option<OperationId>,
    /// How far it is.
    pub state: State,
    /// The items that have an outcome, in their order.
    pub results: Vec<(ItemName, ItemOutcome)>,
}

impl Report {
    /// What the log says of an operation that is not under way.
    #[must_use]
    pub(super) fn of(operation: &Operation) -> Self {
        let state = if operation.is_finished {
            State::Done
        } else {
            State::Interrupted
        };
        let names = operation.started.work.names();
        Self {
            operation: Some(operation.started.operation),
            state,
            results: known(names, &operation.outcomes),
        }
    }
}

/// The items of which something is known.
pub(super) fn known(
    names: Vec<ItemName>,
    outcomes: &[Option<ItemOutcome>],
) -> Vec<(ItemName, ItemOutcome)> {
    let known = names.into_iter().zip(outcomes);
    known
        .filter_map(|(name, outcome)| Some((name, (*outcome)?)))
        .collect()
}

/// Why an operation comes to no report.
#[derive(Debug)]
pub(super) enum Stopped {
    /// It was not begun.
    Refused(Refusal),
    /// It could not be begun, or not be brought to its end.
    Failed(CommandFailure),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Rejection> for Stopped {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(Refusal::Rejected(rejection))
    }
}

impl From<CommandFailure> for Stopped {
    fn from(failure: CommandFailure) -> Self {
        Self::Failed(failure)
    }
}
