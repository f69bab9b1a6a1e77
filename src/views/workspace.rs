//! The live views of a workspace: what every read is served from. They hold only what is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::{RwLock, RwLockReadGuard};

use super::access::AccessIndex;
use super::fold::{ApplyError, Change, WorkspaceFold};
use super::stats::Contention;
use crate::domain::conversation::Conversation;
use crate::domain::directory::Directory;
use crate::domain::stats::Stats;
use crate::domain::{Commit, CommitBody, Timestamp, WorkspaceId};

/// A durable commit on its way into the views.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The commit.
    pub commit: Commit,
    /// The conversation after it, if it is about one.
    pub after: Option<Arc<Conversation>>,
}

/// A commit that is in the views, and what it did.
#[derive(Debug)]
pub struct Told {
    /// The commit.
    pub commit: Commit,
    /// The conversation before and after it, if it is about one.
    pub change: Option<Change>,
}

/// What a workspace lists and counts, and the directory that goes with it.
#[derive(Debug)]
pub struct Views {
    workspace: WorkspaceId,
    fold: RwLock<WorkspaceFold>,
    directory: ArcSwap<Directory>,
    applied: AtomicU64,
    access: Arc<AccessIndex>,
    contention: Contention,
}

impl Views {
    /// Views that show a fold of the log.
    #[must_use]
    pub fn new(workspace: WorkspaceId, fold: WorkspaceFold, access: Arc<AccessIndex>) -> Self {
        access.load(workspace, &fold.directory.credentials);
        Self {
            workspace,
            directory: ArcSwap::new(Arc::clone(&fold.directory.directory)),
            applied: AtomicU64::new(fold.head),
            fold: RwLock::new(fold),
            access,
            contention: Contention::default(),
        }
    }

    /// Takes durable commits in, in their order, all of them under one lock. Under that lock, too,
    /// `tell` is handed what they did: so whoever reads a position from the views finds everything
    /// up to it told.
    ///
    /// # Errors
    /// When one does not fit; then the log is damaged.
    pub fn apply(
        &self,
        batch: Vec<Applied>,
        tell: impl FnOnce(Vec<Told>),
    ) -> Result<(), ApplyError> {
        let mut fold = self.fold.write();
        let mut told = Vec::with_capacity(batch.len());
        let applied = batch.into_iter().try_for_each(|one| {
            told.push(self.apply_one(&mut fold, one)?);
            Ok(())
        });
        debug_assert!(
            !matches!(applied, Err(ApplyError::Gap { .. })),
            "ONE_ORDER: {applied:?}"
        );
        // Also when one does not fit: those before it are in, and must not be taken in again.
        let directory = &fold.directory.directory;
        if self.directory.load().revision() != directory.revision() {
            self.directory.store(Arc::clone(directory));
        }
        self.applied.store(fold.head, Ordering::Release);
        tell(told);
        applied
    }

    fn apply_one(
        &self,
        fold: &mut WorkspaceFold,
        Applied { commit, after }: Applied,
    ) -> Result<Told, ApplyError> {
        if let CommitBody::Directory { events } = &commit.body {
            for event in events {
                self.access
                    .apply(self.workspace, &fold.directory.credentials, event);
            }
        }
        let change = fold.apply(&commit, after.as_ref())?;
        Ok(Told { commit, change })
    }

    /// The position up to which the views speak.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// The directory as of that position, or a later one.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Where people get into each other's way.
    #[must_use]
    pub const fn contention(&self) -> &Contention {
        &self.contention
    }

    /// The numbers as of now.
    #[must_use]
    pub fn stats(&self, now: Timestamp) -> Stats {
        self.fold.read().stats(now, &self.contention)
    }

    /// The fold, for as long as it takes to look something up: never across an await.
    pub fn read(&self) -> RwLockReadGuard<'_, WorkspaceFold> {
        self.fold.read()
    }
}
