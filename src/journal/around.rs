//! A journal around another: it says only what it does differently.

use std::fmt;

use bytes::Bytes;

use super::{Append, Appended, Journal, JournalError, Record, Seq, SideKey, Snapshot};
use crate::domain::WorkspaceId;

/// What a journal around another changes; all else is asked of the one inside.
pub trait Around: Send + Sync + fmt::Debug {
    /// The journal inside.
    fn inner(&self) -> &dyn Journal;

    /// See [`Journal::append`].
    ///
    /// # Errors
    /// As there.
    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError>;

    /// See [`Journal::save_snapshot`].
    ///
    /// # Errors
    /// As there.
    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        self.inner().save_snapshot(workspace, snapshot)
    }

    /// See [`Journal::recover`].
    ///
    /// # Errors
    /// As there.
    fn recover(&self) -> Result<(), JournalError> {
        self.inner().recover()
    }
}

impl<T: Around> Journal for T {
    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        Around::append(self, batch)
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        self.inner().read(workspace, after, limit)
    }

    fn head(&self, workspace: WorkspaceId) -> Result<Seq, JournalError> {
        self.inner().head(workspace)
    }

    fn workspaces(&self) -> Result<Vec<WorkspaceId>, JournalError> {
        self.inner().workspaces()
    }

    fn side(&self, workspace: WorkspaceId, key: &SideKey) -> Result<Option<Bytes>, JournalError> {
        self.inner().side(workspace, key)
    }

    fn side_range(
        &self,
        workspace: WorkspaceId,
        from: &SideKey,
        to: &SideKey,
        limit: usize,
    ) -> Result<Vec<(SideKey, Bytes)>, JournalError> {
        self.inner().side_range(workspace, from, to, limit)
    }

    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        Around::save_snapshot(self, workspace, snapshot)
    }

    fn load_snapshot(&self, workspace: WorkspaceId) -> Result<Option<Snapshot>, JournalError> {
        self.inner().load_snapshot(workspace)
    }

    fn recover(&self) -> Result<(), JournalError> {
        Around::recover(self)
    }
}
