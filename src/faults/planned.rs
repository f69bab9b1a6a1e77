//! Reads a plan, and puts it around a journal; only in a build for fault tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Crash, CrashPoint, FaultPlan, FaultsError};
use crate::journal::{Append, Appended, Around, Faults, FaultyJournal, Journal, JournalError};

pub(super) fn parse(value: &str) -> Result<FaultPlan, FaultsError> {
    let mut plan = FaultPlan::default();
    let mut point = None;
    let mut on_append = 1;
    for setting in value.split(',').map(str::trim) {
        let refused = |reason| FaultsError::Setting {
            setting: setting.to_owned(),
            reason,
        };
        let (key, value) = setting
            .split_once('=')
            .ok_or_else(|| refused("a setting is KEY=VALUE"))?;
        let positive = || {
            let number = value.parse().ok().filter(|number: &u64| *number > 0);
            number.ok_or_else(|| refused("must be a positive number"))
        };
        match key {
            "append_fails_every" => plan.append_fails_every = Some(positive()?),
            "skip_fdatasync" => plan.skip_fdatasync = positive()? == 1,
            "stale_directory_every" => plan.stale_directory_every = Some(positive()?),
            "panic_actor_every" => plan.panic_actor_every = Some(positive()?),
            "drop_frame_every" => plan.drop_frame_every = Some(positive()?),
            "crash_on_append" => on_append = positive()?,
            "crash_at" => {
                point = Some(match value {
                    "before_append" => CrashPoint::BeforeAppend,
                    "after_append" => CrashPoint::AfterAppend,
                    "after_apply" => CrashPoint::AfterApply,
                    _ => return Err(refused("before_append, after_append or after_apply")),
                });
            }
            _ => {
                return Err(refused(
                    "known are append_fails_every, skip_fdatasync, stale_directory_every, \
                     panic_actor_every, drop_frame_every, crash_at and crash_on_append",
                ));
            }
        }
    }
    plan.crash = point.map(|point| Crash { point, on_append });
    Ok(plan)
}

pub(super) fn wrap(plan: &FaultPlan, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
    let mut journal = journal;
    if let Some(every) = plan.append_fails_every {
        let faults = Faults::new();
        faults.fail_every(Some(every));
        journal = Arc::new(FaultyJournal::new(journal, faults));
    }
    if let Some(crash) = plan.crash {
        journal = Arc::new(CrashingJournal {
            inner: journal,
            crash,
            appends: AtomicU64::new(0),
        });
    }
    journal
}

/// A journal that ends the process at its time, and is otherwise the one inside.
#[derive(Debug)]
struct CrashingJournal {
    inner: Arc<dyn Journal>,
    crash: Crash,
    appends: AtomicU64,
}

impl CrashingJournal {
    /// Aborts without running anything: what a kill leaves behind.
    fn reach(&self, point: CrashPoint, append: u64) {
        if self.crash.point == point && self.crash.on_append == append {
            tracing::error!(?point, append, "the process ends here, as planned");
            std::process::abort();
        }
    }
}

impl Around for CrashingJournal {
    fn inner(&self) -> &dyn Journal {
        &*self.inner
    }

    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        let before = self.appends.fetch_add(1, Ordering::Relaxed);
        let number = before.saturating_add(1);
        self.reach(CrashPoint::AfterApply, before);
        self.reach(CrashPoint::BeforeAppend, number);
        let appended = self.inner.append(batch)?;
        self.reach(CrashPoint::AfterAppend, number);
        Ok(appended)
    }
}
