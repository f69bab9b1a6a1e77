//! Faults inside the actors of conversations and the hubs. In a build for use there are none to plan, and the
//! questions below are answered at compile time.

#[cfg(feature = "faults")]
use std::sync::Arc;
#[cfg(feature = "faults")]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "faults")]
use super::FaultPlan;

/// What goes wrong in an actor, and when; nothing by default. Copies count together.
#[derive(Debug, Clone, Default)]
pub struct ActorFaults {
    #[cfg(feature = "faults")]
    stale_directory: Every,
    #[cfg(feature = "faults")]
    panic: Every,
    #[cfg(feature = "faults")]
    dropped_frame: Every,
}

#[cfg(not(feature = "faults"))]
impl ActorFaults {
    /// Whether a proposal is to find that the directory has moved.
    #[must_use]
    pub const fn directory_moves(&self) -> bool {
        false
    }

    /// Panics when it is time for that.
    pub const fn panic(&self) {}

    /// Whether a change of a list is not sent.
    #[must_use]
    pub const fn drops_frame(&self) -> bool {
        false
    }
}

#[cfg(feature = "faults")]
impl ActorFaults {
    pub(super) fn of(plan: &FaultPlan) -> Self {
        Self {
            stale_directory: Every::new(plan.stale_directory_every),
            panic: Every::new(plan.panic_actor_every),
            dropped_frame: Every::new(plan.drop_frame_every),
        }
    }

    /// Whether a proposal is to find that the directory has moved.
    #[must_use]
    pub fn directory_moves(&self) -> bool {
        self.stale_directory.is_now()
    }

    /// Panics when it is time for that.
    pub fn panic(&self) {
        assert!(!self.panic.is_now(), "an actor panics, as planned");
    }

    /// Whether a change of a list is not sent.
    #[must_use]
    pub fn drops_frame(&self) -> bool {
        self.dropped_frame.is_now()
    }
}

/// Counts, and says so each time the number is reached again.
#[cfg(feature = "faults")]
#[derive(Debug, Clone, Default)]
struct Every {
    number: Option<u64>,
    count: Arc<AtomicU64>,
}

#[cfg(feature = "faults")]
impl Every {
    fn new(number: Option<u64>) -> Self {
        let count = Arc::default();
        Self { number, count }
    }

    fn is_now(&self) -> bool {
        self.number.is_some_and(|number| {
            let before = self.count.fetch_add(1, Ordering::Relaxed);
            before.saturating_add(1).is_multiple_of(number)
        })
    }
}
