//! Planned faults of the real program, for the fault tests: `OCHRE_FAULTS`, read by `ochre serve`
//! and `ochre demo` in a build with the Cargo feature `faults` and refused in any other.
//!
//! The variable is a list of settings separated by commas:
//!
//! - `append_fails_every=50`: every 50th append fails before anything is written.
//! - `skip_fdatasync=1`: the journal leaves out its fdatasync, so a power cut loses commits.
//! - `crash_at=before_append|after_append|after_apply` and `crash_on_append=7` (else 1): the process
//!   aborts around its 7th append: before anything is written, once it is durable but nobody was
//!   told, or after it was applied and told, which is when the next append begins.
//! - `stale_directory_every=10`: every 10th proposal of a conversation finds that the directory has
//!   moved, and is decided again.
//! - `panic_actor_every=10`: every 10th command panics in its conversation's actor, before anything is
//!   decided.
//! - `drop_frame_every=10`: every 10th `change` of a list is worked out and then sent to nobody, as if
//!   the network had lost it.

mod actors;
#[cfg(feature = "faults")]
mod planned;

use std::sync::Arc;

use crate::journal::Journal;

pub use actors::ActorFaults;

/// The variable.
pub const VARIABLE: &str = "OCHRE_FAULTS";

/// What is to go wrong; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// Every so many appends fail.
    pub append_fails_every: Option<u64>,
    /// The journal does not sync its file.
    pub skip_fdatasync: bool,
    /// Every so many proposals of conversations find that the directory has moved.
    pub stale_directory_every: Option<u64>,
    /// Every so many commands panic in their conversation's actor.
    pub panic_actor_every: Option<u64>,
    /// Every so many changes of lists are not sent.
    pub drop_frame_every: Option<u64>,
    /// The process aborts.
    pub crash: Option<Crash>,
}

/// Where the process aborts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// At which point of the append.
    pub point: CrashPoint,
    /// Of which append, counted from 1.
    pub on_append: u64,
}

/// The points of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Nothing is written.
    BeforeAppend,
    /// It is durable, and nobody was told.
    AfterAppend,
    /// It was applied and told: the next append begins.
    AfterApply,
}

/// Why the faults cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultsError {
    /// This is not a build for fault tests.
    #[error(
        "OCHRE_FAULTS is set, but this program was built without the feature `faults`: unset it"
    )]
    NotBuiltIn,
    /// A setting is not understood.
    #[error("OCHRE_FAULTS has {setting:?}: {reason}")]
    Setting {
        /// As it was given.
        setting: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl FaultPlan {
    /// Reads the plan from the variables of the process.
    ///
    /// # Errors
    /// When the variable is set in a build without the feature, or is not understood.
    pub fn from_environment(
        mut env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, FaultsError> {
        let set = env.find(|(name, value)| name == VARIABLE && !value.is_empty());
        match set {
            Some((_, value)) => Self::built_in(&value),
            None => Ok(Self::default()),
        }
    }

    #[cfg(not(feature = "faults"))]
    const fn built_in(_value: &str) -> Result<Self, FaultsError> {
        Err(FaultsError::NotBuiltIn)
    }

    #[cfg(feature = "faults")]
    fn built_in(value: &str) -> Result<Self, FaultsError> {
        planned::parse(value)
    }

    /// The planned faults of actors.
    #[cfg(not(feature = "faults"))]
    #[must_use]
    pub fn actors(&self) -> ActorFaults {
        ActorFaults::default()
    }

    /// The planned faults of actors.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn actors(&self) -> ActorFaults {
        ActorFaults::of(self)
    }

    /// The journal with the planned faults around it.
    #[cfg(not(feature = "faults"))]
    #[must_use]
    pub const fn wrap(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        journal
    }

    /// The journal with the planned faults around it.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn wrap(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        planned::wrap(self, journal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(value: &str) -> Result<FaultPlan, FaultsError> {
        let env = [("OTHER", "x"), (VARIABLE, value)];
        FaultPlan::from_environment(env.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())))
    }

    #[test]
    fn nothing_is_planned_unless_told() {
        assert_eq!(plan(""), Ok(FaultPlan::default()));
    }

    #[cfg(not(feature = "faults"))]
    #[test]
    fn a_build_for_use_refuses_the_variable() {
        assert_eq!(plan("skip_fdatasync=1"), Err(FaultsError::NotBuiltIn));
    }

    #[cfg(feature = "faults")]
    #[test]
    fn a_plan_is_read_and_a_mistake_is_named() {
        let planned = plan(
            "append_fails_every=50, crash_at=after_append,crash_on_append=7,\
             stale_directory_every=2,panic_actor_every=3,drop_frame_every=4",
        );
        let crash = Crash {
            point: CrashPoint::AfterAppend,
            on_append: 7,
        };
        let expected = FaultPlan {
            append_fails_every: Some(50),
            skip_fdatasync: false,
            stale_directory_every: Some(2),
            panic_actor_every: Some(3),
            drop_frame_every: Some(4),
            crash: Some(crash),
        };
        assert_eq!(planned, Ok(expected));
        for setting in [
            "crash_at=noon",
            "append_fails_every=0",
            "panic_actor_every=-1",
            "panic",
            "x=1",
        ] {
            let refused = plan(setting).unwrap_err();
            assert!(refused.to_string().contains(setting), "{refused}");
        }
    }
}
