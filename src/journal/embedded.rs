//! The embedded journal: a log, a side table and snapshots in the rows of one table in a data folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use super::acknowledged::{Acknowledged, Before};
use super::disk::{PROBE_FILE, probe, write_back};
use super::folder::{DataFolder, unavailable};
use super::side_rows::Numbers;
use super::sled_journal::{SledOptions, SledTable};
use super::table::{Changes, Table};
use super::{
    Append, Appended, Journal, JournalError, Record, Seq, SideKey, Snapshot, check_sizes, heads,
    log_rows, side_rows, snapshot_rows,
};
use crate::domain::WorkspaceId;

/// How many appends there are between two writings of where the logs end.
const REMEMBER_EVERY_APPENDS: u64 = 4096;

/// The journal in a data folder on the local disk.
pub struct SledJournal {
    options: SledOptions,
    /// Where the table has its files.
    inside: PathBuf,
    /// Empty when a reopening failed. Every use holds the lock, so that taking it for writing means that no other
    /// handle is left and the file's own lock is free.
    table: RwLock<Option<SledTable>>,
    acknowledged: Mutex<Acknowledged>,
    numbers: Mutex<Numbers>,
    /// How many appends succeeded.
    appends: AtomicU64,
}

impl Drop for SledJournal {
    fn drop(&mut self) {
        self.remember_heads();
    }
}

impl fmt::Debug for SledJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledJournal")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl SledJournal {
    /// Opens the data folder, and creates it if it is missing or empty.
    ///
    /// # Errors
    /// When the folder is not ours, in use, damaged, or cannot be written.
    pub fn open(options: SledOptions) -> Result<Self, JournalError> {
        let folder = DataFolder::create_or_check(&options.folder)?;
        Self::open_inside(options, &folder)
    }

    /// Opens a data folder that must be there already.
    ///
    /// # Errors
    /// As [`SledJournal::open`], and when the folder is missing.
    pub fn open_existing(options: SledOptions) -> Result<Self, JournalError> {
        let folder = DataFolder::check(&options.folder)?;
        Self::open_inside(options, &folder)
    }

    fn open_inside(options: SledOptions, folder: &DataFolder) -> Result<Self, JournalError> {
        let inside = folder.inside.clone();
        let table = SledTable::open(&inside, &options)?;
        folder.finish()?;
        // A probe cut short by a kill; that there is none is the usual case.
        drop(fs::remove_file(options.folder.join(PROBE_FILE)));
        let mut heads = BTreeMap::new();
        for workspace in log_rows::workspaces(&table)? {
            heads.insert(workspace, log_rows::head(&table, workspace)?);
        }
        heads::check(&options.folder, &heads)?;
        let numbers = Numbers::load(&table)?;
        Ok(Self {
            options,
            inside,
            table: RwLock::new(Some(table)),
            acknowledged: Mutex::new(Acknowledged::new(heads)),
            numbers: Mutex::new(numbers),
            appends: AtomicU64::new(0),
        })
    }

    /// Remembers where the logs end. It serves to find damage only, so a failure is no failure.
    fn remember_heads(&self) {
        let heads = self.acknowledged.lock().heads().clone();
        if let Err(error) = heads::remember(&self.options.folder, &heads) {
            tracing::debug!(%error, "where the logs end could not be remembered");
        }
    }

    /// Makes the next append, or step of a snapshot, fail after the engine wrote it.
    #[cfg(test)]
    pub(super) fn fail_next_sync(&self) {
        if let Some(table) = self.table.read().as_ref() {
            table.fail_next_sync();
        }
    }

    /// Runs `read` on the open table.
    fn with_table<T>(
        &self,
        read: impl FnOnce(&SledTable) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let table = self.table.read();
        match table.as_ref() {
            Some(table) => read(table),
            None => Err(JournalError::Unavailable {
                reason: "the journal could not be opened again after a failure".to_owned(),
            }),
        }
    }

    /// The rows that the entries which are not fenced change, and what their side rows were before.
    fn plan(
        &self,
        table: &SledTable,
        batch: &[Append],
        outcomes: &[Appended],
    ) -> Result<(Changes, Before), JournalError> {
        let mut changes = Changes::default();
        let mut before = Before::new();
        let mut numbers = self.numbers.lock();
        for (append, outcome) in batch.iter().zip(outcomes) {
            if matches!(outcome, Appended::Fenced { .. }) {
                continue;
            }
            let workspace = append.workspace;
            let first = append.expected_head.saturating_add(1);
            log_rows::write(workspace, first, &append.records, &mut changes)?;
            // The last of several changes of one key is the one that counts.
            let rows: BTreeMap<_, _> = append
                .side
                .iter()
                .map(|(key, value)| (key, value))
                .collect();
            for (key, value) in rows {
                let was = side_rows::get(table, workspace, key)?;
                let place = (workspace, key);
                side_rows::write(table, place, value.as_ref(), &mut numbers, &mut changes)?;
                before.insert((workspace, key.clone()), was);
            }
        }
        Ok((changes, before))
    }

    fn write(&self, batch: &[Append], outcomes: &[Appended]) -> Result<(), JournalError> {
        self.with_table(|table| {
            let (changes, before) = self.plan(table, batch, outcomes)?;
            self.acknowledged.lock().begin(before);
            table.commit(&changes)
        })
    }

    /// Drops every handle, opens the store again and takes out what was never acknowledged.
    fn reopen(&self) -> Result<(), JournalError> {
        let mut slot = self.table.write();
        if let Some(table) = slot.take() {
            table.close();
        }
        let file = self.inside.join("db");
        write_back(&file).map_err(|error| unavailable(&file, "write back", &error))?;
        let table = SledTable::open(&self.inside, &self.options)?;
        let acknowledged = self.acknowledged.lock();
        let mut numbers = Numbers::load(&table)?;
        let mut changes = Changes::default();
        for workspace in log_rows::workspaces(&table)? {
            let head = acknowledged.head(workspace);
            log_rows::trim(&table, workspace, head, &mut changes)?;
        }
        for ((workspace, key), value) in acknowledged.before() {
            let place = (*workspace, key);
            side_rows::write(&table, place, value.as_ref(), &mut numbers, &mut changes)?;
        }
        table.commit(&changes)?;
        for (workspace, head) in acknowledged.heads() {
            let found = log_rows::head(&table, *workspace)?;
            if found != *head {
                return Err(JournalError::Damaged {
                    reason: format!(
                        "the log of {workspace} ends at {found}, and {head} was acknowledged; \
                         restore the data folder from a backup"
                    ),
                });
            }
        }
        *self.numbers.lock() = numbers;
        *slot = Some(table);
        Ok(())
    }
}

impl Journal for SledJournal {
    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError> {
        check_sizes(batch)?;
        let outcomes: Vec<Appended> = {
            let acknowledged = self.acknowledged.lock();
            if let Some(refusal) = acknowledged.refusal() {
                return Err(refusal);
            }
            batch
                .iter()
                .map(|append| acknowledged.outcome(append))
                .collect()
        };
        let written = self.write(batch, &outcomes);
        let mut acknowledged = self.acknowledged.lock();
        match written {
            Ok(()) => acknowledged.acknowledge(batch, &outcomes),
            Err(error) => {
                acknowledged.fail(format!("an append failed: {error}"));
                return Err(error);
            }
        }
        drop(acknowledged);
        let appends = self.appends.fetch_add(1, Ordering::Relaxed);
        if appends.is_multiple_of(REMEMBER_EVERY_APPENDS) {
            self.remember_heads();
        }
        Ok(outcomes)
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        let head = self.acknowledged.lock().head(workspace);
        self.with_table(|table| log_rows::read(table, workspace, (after, head), limit))
    }

    fn head(&self, workspace: WorkspaceId) -> Result<Seq, JournalError> {
        Ok(self.acknowledged.lock().head(workspace))
    }

    fn workspaces(&self) -> Result<Vec<WorkspaceId>, JournalError> {
        Ok(self.acknowledged.lock().heads().keys().copied().collect())
    }

    fn side(&self, workspace: WorkspaceId, key: &SideKey) -> Result<Option<Bytes>, JournalError> {
        self.with_table(|table| {
            // The table first: what it shows of an append under way is then covered by what it was before.
            let stored = side_rows::get(table, workspace, key);
            self.acknowledged.lock().side(workspace, key, stored)
        })
    }

    fn side_range(
        &self,
        workspace: WorkspaceId,
        from: &SideKey,
        to: &SideKey,
        limit: usize,
    ) -> Result<Vec<(SideKey, Bytes)>, JournalError> {
        self.with_table(|table| {
            loop {
                let more = self.acknowledged.lock().changed_rows();
                let fetch = limit.saturating_add(more);
                let stored = side_rows::range(table, workspace, (from, to), fetch)?;
                let acknowledged = self.acknowledged.lock();
                // An append that began meanwhile may hide more rows than were fetched beyond the limit.
                if acknowledged.changed_rows() <= more {
                    return acknowledged.side_range(workspace, (from, to), limit, stored);
                }
            }
        })
    }

    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        self.with_table(|table| snapshot_rows::save(table, workspace, snapshot))
    }

    fn load_snapshot(&self, workspace: WorkspaceId) -> Result<Option<Snapshot>, JournalError> {
        let head = self.acknowledged.lock().head(workspace);
        self.with_table(|table| snapshot_rows::load(table, workspace, head))
    }

    fn recover(&self) -> Result<(), JournalError> {
        if self.acknowledged.lock().refusal().is_none() {
            return Ok(());
        }
        let folder = &self.options.folder;
        probe(folder, self.options.probe_bytes)
            .map_err(|error| unavailable(folder, "write to", &error))?;
        // One that never came to be written, for want of space, leaves the table as it was.
        let is_sound = self.table.read().as_ref().is_some_and(SledTable::is_sound);
        if is_sound {
            self.with_table(|table| table.make_room(0))?;
        } else {
            self.reopen()?;
        }
        self.acknowledged.lock().recovered();
        Ok(())
    }
}
