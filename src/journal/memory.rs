//! The journal in memory, for tests: what it keeps is gone with the process.

use std::collections::BTreeMap;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Append, Appended, Journal, JournalError, Record, Seq, SideKey, Snapshot, check_sizes};
use crate::domain::WorkspaceId;

/// A journal that keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    workspaces: Mutex<BTreeMap<WorkspaceId, Workspace>>,
}

#[derive(Debug, Default)]
struct Workspace {
    records: Vec<Bytes>,
    side: BTreeMap<SideKey, Bytes>,
    snapshot: Option<Snapshot>,
}

impl Workspace {
    fn head(&self) -> Seq {
        Seq::try_from(self.records.len()).unwrap_or(Seq::MAX)
    }

    fn append(&mut self, append: &Append) -> Appended {
        if self.head() != append.expected_head {
            return Appended::Fenced { head: self.head() };
        }
        self.records.extend_from_slice(&append.records);
        for (key, value) in &append.side {
            match value {
                Some(value) => self.side.insert(key.clone(), value.clone()),
                None => self.side.remove(key),
            };
        }
        Appended::Durable { head: self.head() }
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(
        &self,
        workspace: WorkspaceId,
        read: impl FnOnce(&Workspace) -> T,
    ) -> Result<T, JournalError> {
        let workspaces = self.workspaces.lock();
        Ok(match workspaces.get(&workspace) {
            Some(found) => read(found),
            None => read(&Workspace::default()),
        })
    }
}

impl Journal for MemoryJournal {
    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        check_sizes(batch)?;
        let mut workspaces = self.workspaces.lock();
        Ok(batch
            .iter()
            .map(|append| {
                let workspace = workspaces.entry(append.workspace).or_default();
                workspace.append(append)
            })
            .collect())
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        self.with(workspace, |found| {
            let records = (1..).zip(&found.records).skip(skipped).take(limit);
            records
                .map(|(seq, bytes)| Record {
                    seq,
                    bytes: bytes.clone(),
                })
                .collect()
        })
    }

    fn head(&self, workspace: WorkspaceId) -> Result<Seq, JournalError> {
        self.with(workspace, Workspace::head)
    }

    fn workspaces(&self) -> Result<Vec<WorkspaceId>, JournalError> {
        let workspaces = self.workspaces.lock();
        let with_records = workspaces.iter().filter(|(_, found)| found.head() > 0);
        Ok(with_records.map(|(workspace, _)| *workspace).collect())
    }

    fn side(&self, workspace: WorkspaceId, key: &SideKey) -> Result<Option<Bytes>, JournalError> {
        self.with(workspace, |found| found.side.get(key).cloned())
    }

    fn side_range(
        &self,
        workspace: WorkspaceId,
        from: &SideKey,
        to: &SideKey,
        limit: usize,
    ) -> Result<Vec<(SideKey, Bytes)>, JournalError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.with(workspace, |found| {
            let rows = found.side.range(from..to).take(limit);
            rows.map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        })
    }

    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        let mut workspaces = self.workspaces.lock();
        let kept = &mut workspaces.entry(workspace).or_default().snapshot;
        if kept.as_ref().is_none_or(|kept| kept.seq <= snapshot.seq) {
            *kept = Some(snapshot.clone());
        }
        Ok(())
    }

    fn load_snapshot(&self, workspace: WorkspaceId) -> Result<Option<Snapshot>, JournalError> {
        self.with(workspace, |found| {
            let snapshot = found.snapshot.as_ref();
            snapshot
                .filter(|snapshot| snapshot.seq <= found.head())
                .cloned()
        })
    }

    fn recover(&self) -> Result<(), JournalError> {
        Ok(())
    }
}
