//! The thread to the disk: takes all that is queued, over all workspaces, makes it durable with one
//! flush, applies it to the views, and gives the answers. Its next batch forms meanwhile.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::answer::{CommandFailure, Release};
use super::idempotency::{Idempotency, Remember};
use super::queue::{CommitQueue, Item, SideRow, Taken};
use super::remembered;
use super::sequencer::Workspace;
use super::snapshots::Snapshots;
use super::store::Workspaces;
use crate::clock::Clock;
use crate::domain::WorkspaceId;
use crate::journal::codec;
use crate::journal::{Append, Appended, Journal, JournalError, commits_after};
use crate::metrics::Metrics;
use crate::views::{Applied, LoadError};

/// How often answers that are old enough are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// How many records are read at a time when another writer was first.
const CATCH_UP_RECORDS: usize = 1024;

/// See the module.
pub(super) struct Committer {
    pub(super) queue: Arc<CommitQueue>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) workspaces: Arc<Workspaces>,
    pub(super) idempotency: Arc<Idempotency>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) snapshots: Snapshots,
    pub(super) recover_every: Duration,
}

/// The part of a batch that belongs to one workspace.
struct Part {
    workspace: Arc<Workspace>,
    applied: Vec<Applied>,
    remembered: Vec<Remember>,
    rows: Vec<SideRow>,
    releases: Vec<Release>,
}

/// What became of a batch that could not be made durable as a whole.
struct Failed {
    reason: String,
    /// What is void, and has to be answered.
    parts: Vec<Part>,
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        let parts = Vec::new();
        Self { reason, parts }
    }
}

impl Committer {
    /// Works until the queue is stopped and empty.
    pub(super) fn run(self) {
        let mut forgot_at = self.clock.instant();
        loop {
            let done = match self.queue.take(FORGET_EVERY) {
                Taken::Batch(items) => self.guarded(|| self.commit(items)),
                Taken::Nothing => Ok(()),
                Taken::Stopped => return,
            };
            let now = self.clock.instant();
            let due = now.duration_since(forgot_at) >= FORGET_EVERY;
            let done = if due && done.is_ok() {
                forgot_at = now;
                self.guarded(|| self.forget())
            } else {
                done
            };
            if let Err(failed) = done {
                self.recover(failed);
            }
            let (commits, bytes) = self.queue.depth();
            self.metrics.commit_queue(commits, bytes);
        }
    }

    /// A panic here would leave everybody waiting; it is a failed append like any other.
    fn guarded(&self, work: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_panic| Err("the committer panicked".to_owned().into()))
    }

    /// Makes a batch durable and tells of it; an error has what could not be, untold.
    fn commit(&self, items: Vec<Item>) -> Result<(), Failed> {
        let parts = split(items);
        let appends: Result<Vec<_>, _> = parts.iter().map(|part| self.append_of(part)).collect();
        let results = match appends.and_then(|appends| self.append(&appends)) {
            Ok(results) => results,
            Err(error) => {
                let reason = error.to_string();
                return Err(Failed { reason, parts });
            }
        };
        let mut failed: Option<Failed> = None;
        for (part, result) in parts.into_iter().zip(results) {
            let told = match result {
                Appended::Durable { .. } => self.tell(part),
                Appended::Fenced { head } => {
                    let reason = another_writer(part.workspace.id(), head);
                    Err(Box::new((part, reason)))
                }
            };
            if let Err(untold) = told {
                let (part, reason) = *untold;
                let parts = Vec::new();
                let failed = failed.get_or_insert(Failed { reason, parts });
                failed.parts.push(part);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Forgets the remembered answers whose time has come, in every workspace that has any.
    fn forget(&self) -> Result<(), Failed> {
        for workspace in self.workspaces.all() {
            let id = workspace.id();
            while !self.idempotency.counts.is_empty(id) {
                let (side, count) = remembered::expired(&*self.journal, id, self.clock.now())
                    .map_err(|error| error.to_string())?;
                if count == 0 {
                    break;
                }
                let expected_head = workspace.views().applied();
                let removal = Append {
                    workspace: id,
                    expected_head,
                    records: Vec::new(),
                    side,
                };
                let appended = self.append(&[removal]).map_err(|error| error.to_string())?;
                if let Some(Appended::Fenced { head }) = appended.first() {
                    return Err(another_writer(id, *head).into());
                }
                self.idempotency.counts.subtract(id, count);
            }
        }
        Ok(())
    }

    fn append_of(&self, part: &Part) -> Result<Append, JournalError> {
        let encoded = part
            .applied
            .iter()
            .map(|applied| codec::encode(&applied.commit));
        let id = part.workspace.id();
        let remembered = part.remembered.iter();
        let mut side: Vec<_> = remembered
            .flat_map(|one| self.idempotency.rows(one))
            .collect();
        if !side.is_empty() {
            side.extend(self.idempotency.fingerprint_keys.row(id));
        }
        side.extend_from_slice(&part.rows);
        Ok(Append {
            workspace: id,
            expected_head: part.workspace.views().applied(),
            records: encoded.collect::<Result<Vec<_>, _>>()?,
            side,
        })
    }

    fn append(&self, appends: &[Append]) -> Result<Vec<Appended>, JournalError> {
        let nothing = |append: &Append| append.records.is_empty() && append.side.is_empty();
        if appends.iter().all(nothing) {
            // Mere answers: what they speak of became durable with an earlier batch.
            return Ok(appends
                .iter()
                .map(|append| Appended::Durable {
                    head: append.expected_head,
                })
                .collect());
        }
        let started = self.clock.instant();
        let results = self.journal.append(appends)?;
        let commits = appends.iter().map(|append| append.records.len()).sum();
        self.metrics
            .appended(commits, self.clock.instant().duration_since(started));
        Ok(results)
    }

    /// What is durable goes into the views, and only then is anybody told.
    fn tell(&self, mut part: Part) -> Result<(), Box<(Part, String)>> {
        let applied = std::mem::take(&mut part.applied);
        let any = !applied.is_empty();
        if any && let Err(error) = part.workspace.apply(applied) {
            return Err(Box::new((part, error.to_string())));
        }
        self.snapshots.consider(&part.workspace);
        part.remembered.into_iter().for_each(Remember::complete);
        part.releases.into_iter().for_each(Release::give);
        if any {
            part.workspace.bus().wake();
        }
        Ok(())
    }

    /// Voids what was sequenced and is not durable, then waits until the store works again.
    fn recover(&self, Failed { reason, parts }: Failed) {
        tracing::error!(
            reason,
            "the store failed: changes are refused until it works again"
        );
        self.metrics.journal_failed();
        self.void(&reason, parts);
        loop {
            if self.queue.stopped_within(self.recover_every) {
                return;
            }
            let recovered = self.journal.recover().map_err(|error| error.to_string());
            match recovered.and_then(|()| self.verify()) {
                Ok(()) => break,
                Err(reason) => {
                    tracing::warn!(reason, "the store still does not work");
                    self.void(&reason, Vec::new());
                }
            }
        }
        self.workspaces
            .all()
            .iter()
            .for_each(|workspace| workspace.rebuild());
        self.queue.reopen();
        self.metrics.journal_recovered();
        tracing::info!("the store works again");
    }

    /// Everything is rebuilt from what is durable, and every command in flight is answered. Whoever
    /// hears that the store is down finds it down, and can decide on nothing that is void.
    fn void(&self, reason: &str, parts: Vec<Part>) {
        let failure = CommandFailure::Unavailable(reason.to_owned());
        let waiting = self.queue.shut(reason);
        for workspace in &self.workspaces.all() {
            workspace.rebuild();
        }
        parts.into_iter().for_each(|part| part.fail(&failure));
        for item in waiting {
            drop(item.remember);
            if let Some(release) = item.release {
                release.fail(failure.clone());
            }
        }
    }

    /// After a recovery the views must end where the log does. What another writer added is read.
    fn verify(&self) -> Result<(), String> {
        for workspace in &self.workspaces.all() {
            catch_up(&*self.journal, workspace).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Part {
    /// Answers everything with the failure.
    fn fail(self, failure: &CommandFailure) {
        drop(self.remembered);
        self.releases
            .into_iter()
            .for_each(|release| release.fail(failure.clone()));
    }
}

fn another_writer(id: WorkspaceId, head: u64) -> String {
    format!("another writer has the log of {id}: it ends at {head}")
}

fn catch_up(journal: &dyn Journal, workspace: &Workspace) -> Result<(), LoadError> {
    let (id, views) = (workspace.id(), workspace.views());
    let head = journal.head(id)?;
    if head < views.applied() {
        let reason = format!(
            "the log of {id} ends at {head}, and {} was shown",
            views.applied()
        );
        return Err(JournalError::Damaged { reason }.into());
    }
    while views.applied() < head {
        let seq = views.applied();
        let commits = commits_after(journal, id, seq, CATCH_UP_RECORDS)?;
        if commits.is_empty() {
            let reason = format!("the log of {id} has a head of {head}, and nothing after {seq}");
            return Err(JournalError::Damaged { reason }.into());
        }
        let not_folded = |commit| Applied {
            commit,
            after: None,
        };
        let applied = commits.into_iter().map(not_folded).collect();
        workspace.apply(applied).map_err(|source| LoadError::Fold {
            workspace: id,
            seq,
            source,
        })?;
    }
    workspace.bus().wake();
    Ok(())
}

/// The items by workspace, each in its order, in the order of the ids.
fn split(items: Vec<Item>) -> Vec<Part> {
    let mut parts: BTreeMap<WorkspaceId, Part> = BTreeMap::new();
    for Item {
        workspace,
        effect,
        remember,
        rows,
        release,
    } in items
    {
        let part = parts.entry(workspace.id()).or_insert_with(|| Part {
            workspace,
            applied: Vec::new(),
            remembered: Vec::new(),
            rows: Vec::new(),
            releases: Vec::new(),
        });
        part.applied.extend(effect.map(|effect| Applied {
            commit: effect.commit,
            after: effect.after,
        }));
        part.remembered.extend(remember);
        part.rows.extend(rows);
        part.releases.extend(release);
    }
    parts.into_values().collect()
}
