//! What waits for a position: an answer is given only once what it speaks of is durable.

use std::fmt;

/// Why a command was not carried out, for no reason of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandFailure {
    /// The store cannot be written: nothing was acknowledged, and nothing is visible.
    #[error("the store cannot be written: {0}")]
    Unavailable(String),
    /// A queue is full.
    #[error("{0} is full")]
    Overloaded(&'static str),
    /// What it was to be decided on is being loaded; nothing was done.
    #[error("{0} is being loaded again")]
    Reloading(&'static str),
    /// An answer was lost on the way, for instance by a panic; what became of it is not known.
    #[error("the answer was lost")]
    Lost,
}

/// Gives an answer, or says why there is none. Called exactly once, by the committer or by
/// whoever could not queue it.
pub struct Release(Box<dyn FnOnce(Result<(), CommandFailure>) + Send>);

impl Release {
    /// An answer that `give` gives.
    #[must_use]
    pub fn new(give: impl FnOnce(Result<(), CommandFailure>) + Send + 'static) -> Self {
        Self(Box::new(give))
    }

    /// The position is durable and applied to the views.
    pub fn give(self) {
        (self.0)(Ok(()));
    }

    /// It never will be.
    pub fn fail(self, failure: CommandFailure) {
        (self.0)(Err(failure));
    }
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Release(…)")
    }
}
