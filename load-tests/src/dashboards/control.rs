//! What all dashboards are told at once.

use std::sync::Arc;

use super::truth::Truth;

/// What they are to do.
#[derive(Debug, Clone)]
pub(super) struct Control {
    /// How far the run is.
    pub(super) phase: Phase,
    /// How many storms there were; one more means to connect again, all at once.
    pub(super) storms: u64,
}

/// How far the run is.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// Everybody has their habits.
    Running,
    /// Nothing happens any more: everybody reads what is left, up to this.
    Settling(Arc<Truth>),
    /// It is over.
    Over,
}

impl Phase {
    /// What there is to agree with.
    pub(super) fn truth(&self) -> Option<&Arc<Truth>> {
        match self {
            Self::Settling(truth) => Some(truth),
            Self::Running | Self::Over => None,
        }
    }

    /// Whether habits apply.
    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }

    /// Whether it is over.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}
