//! A journal that fails where a test planned, around any other.

use std::fmt;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::{Append, Appended, Around, Journal, JournalError, Snapshot, check_sizes};
use crate::domain::WorkspaceId;

/// The plan of what fails, shared by a [`FaultyJournal`] and the test that drives it.
///
/// Appends are counted from 1, those that fail included; a refused or oversized one counts too.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    plan: Mutex<Plan>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Plan {
    appends: u64,
    waiting: u64,
    held: bool,
    disk_full: bool,
    every: Option<u64>,
    before: Vec<u64>,
    after: Vec<u64>,
    fenced: Vec<u64>,
    failing_recoveries: u64,
}

impl Faults {
    /// A plan in which nothing fails.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The nth append fails, and nothing of it is written.
    pub fn fail_before(&self, append: u64) {
        self.shared.plan.lock().before.push(append);
    }

    /// The nth append fails though all of it reached the disk, as when the answer is lost. It stays
    /// invisible and `recover` removes it; only [`FaultyJournal::crash`] brings it to light.
    pub fn fail_after(&self, append: u64) {
        self.shared.plan.lock().after.push(append);
    }

    /// Every nth append fails before anything is written; `None` ends it.
    pub fn fail_every(&self, appends: Option<u64>) {
        self.shared.plan.lock().every = appends;
    }

    /// The nth append answers `Fenced`, with the true head, for each of its workspaces.
    pub fn fence(&self, append: u64) {
        self.shared.plan.lock().fenced.push(append);
    }

    /// Appends and recoveries fail until this is taken back.
    pub fn disk_full(&self, full: bool) {
        self.shared.plan.lock().disk_full = full;
    }

    /// The next `times` recoveries fail.
    pub fn fail_recoveries(&self, times: u64) {
        self.shared.plan.lock().failing_recoveries = times;
    }

    /// Appends wait, before anything is written, until [`Faults::release`].
    pub fn hold(&self) {
        self.shared.plan.lock().held = true;
    }

    /// Lets the waiting appends go on, and all later ones.
    pub fn release(&self) {
        self.shared.plan.lock().held = false;
        self.shared.changed.notify_all();
    }

    /// How many appends were asked for so far.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.shared.plan.lock().appends
    }

    /// Blocks until an append waits in [`Faults::hold`].
    pub fn wait_until_held(&self) {
        let mut plan = self.shared.plan.lock();
        while plan.waiting == 0 {
            self.shared.changed.wait(&mut plan);
        }
    }

    /// Counts an append, waits if it is held, and says what becomes of it.
    fn next_append(&self) -> Fate {
        let mut plan = self.shared.plan.lock();
        plan.appends += 1;
        let number = plan.appends;
        plan.waiting += 1;
        self.shared.changed.notify_all();
        while plan.held {
            self.shared.changed.wait(&mut plan);
        }
        plan.waiting -= 1;
        let is_nth = plan.every.is_some_and(|every| number.is_multiple_of(every));
        if plan.disk_full {
            Fate::FailBefore("no space left on device (planned)")
        } else if is_nth || plan.before.contains(&number) {
            Fate::FailBefore("the write failed (planned)")
        } else if plan.after.contains(&number) {
            Fate::FailAfter
        } else if plan.fenced.contains(&number) {
            Fate::Fence
        } else {
            Fate::Succeed
        }
    }

    fn next_recovery(&self) -> Result<(), JournalError> {
        let mut plan = self.shared.plan.lock();
        if plan.disk_full {
            return Err(unavailable("no space left on device (planned)"));
        }
        if plan.failing_recoveries > 0 {
            plan.failing_recoveries -= 1;
            return Err(unavailable("the recovery failed (planned)"));
        }
        Ok(())
    }
}

enum Fate {
    Succeed,
    FailBefore(&'static str),
    FailAfter,
    Fence,
}

/// A journal around another, with planned failures.
pub struct FaultyJournal {
    inner: Arc<dyn Journal>,
    faults: Faults,
    condition: Mutex<Condition>,
}

#[derive(Default)]
struct Condition {
    refusing: Option<String>,
    /// An append that is on the disk, though nobody may see it: kept out of the inner journal until
    /// a crash shows it.
    in_doubt: Option<Vec<Append>>,
}

impl fmt::Debug for FaultyJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyJournal")
            .field("inner", &self.inner)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl FaultyJournal {
    /// Wraps a journal; `faults` says what fails.
    #[must_use]
    pub fn new(inner: Arc<dyn Journal>, faults: Faults) -> Self {
        Self {
            inner,
            faults,
            condition: Mutex::default(),
        }
    }

    /// What a new process would find after this one was killed: the inner journal, now also with the append
    /// that failed after it had reached the disk.
    ///
    /// # Errors
    /// When the inner journal fails by itself.
    pub fn crash(&self) -> Result<Arc<dyn Journal>, JournalError> {
        let condition = std::mem::take(&mut *self.condition.lock());
        if let Some(batch) = condition.in_doubt {
            self.inner.append(&batch)?;
        }
        Ok(Arc::clone(&self.inner))
    }

    fn fenced(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        let answer = |append: &Append| {
            let head = self.inner.head(append.workspace)?;
            Ok(Appended::Fenced { head })
        };
        batch.iter().map(answer).collect()
    }
}

impl Around for FaultyJournal {
    fn inner(&self) -> &dyn Journal {
        &*self.inner
    }

    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        let fate = self.faults.next_append();
        check_sizes(batch)?;
        let mut condition = self.condition.lock();
        if let Some(reason) = &condition.refusing {
            return Err(unavailable(reason));
        }
        let failure = match fate {
            Fate::Fence => return self.fenced(batch),
            Fate::Succeed => match self.inner.append(batch) {
                Ok(appended) => return Ok(appended),
                Err(error) => error,
            },
            Fate::FailBefore(reason) => unavailable(reason),
            Fate::FailAfter => {
                condition.in_doubt = Some(batch.to_vec());
                unavailable("the outcome is unknown (planned)")
            }
        };
        condition.refusing = Some(format!("an append failed: {failure}"));
        Err(failure)
    }

    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        if self.faults.shared.plan.lock().disk_full {
            return Err(unavailable("no space left on device (planned)"));
        }
        self.inner.save_snapshot(workspace, snapshot)
    }

    fn recover(&self) -> Result<(), JournalError> {
        let mut condition = self.condition.lock();
        if condition.refusing.is_none() {
            return Ok(());
        }
        self.faults.next_recovery()?;
        self.inner.recover()?;
        *condition = Condition::default();
        Ok(())
    }
}

fn unavailable(reason: &str) -> JournalError {
    JournalError::Unavailable {
        reason: reason.to_owned(),
    }
}
