//! The journal's contract as functions that every backend passes.

mod failures;
mod log;
mod side;
mod snapshots;

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::WorkspaceId;
use crate::journal::{
    Append, Appended, Faults, FaultyJournal, Journal, JournalError, MemoryJournal, Record, Seq,
    SideKey, SledJournal, SledOptions,
};

/// Makes journals for the suite.
pub(crate) trait Backend {
    /// An empty journal.
    fn open(&self) -> Arc<dyn Journal>;

    /// Ends the process in thought, and opens what it left behind.
    fn reopen(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal>;
}

pub(crate) const ONE: WorkspaceId = WorkspaceId::from_u128(1);
pub(crate) const TWO: WorkspaceId =
    WorkspaceId::from_u128(0x0192_aa00_0000_7000_8000_0000_0000_002a);

pub(crate) fn key(name: &str) -> SideKey {
    SideKey(Bytes::copy_from_slice(name.as_bytes()))
}

pub(crate) fn records(count: usize, name: &str) -> Vec<Bytes> {
    (0..count)
        .map(|number| Bytes::from(format!("{name} {number}")))
        .collect()
}

pub(crate) fn append(
    workspace: WorkspaceId,
    expected_head: Seq,
    records: Vec<Bytes>,
    side: Vec<(SideKey, Option<Bytes>)>,
) -> Append {
    Append {
        workspace,
        expected_head,
        records,
        side,
    }
}

/// Bytes that no compression or constant could stand in for.
pub(crate) fn noise(bytes: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut noise: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| next()).collect();
    noise.truncate(bytes);
    noise.into()
}

fn write(journal: &dyn Journal, workspace: WorkspaceId, head: Seq, records: Vec<Bytes>) -> Seq {
    let batch = [append(workspace, head, records, Vec::new())];
    match journal.append(&batch).unwrap()[..] {
        [Appended::Durable { head }] => head,
        ref other => panic!("{other:?}"),
    }
}

fn write_side(journal: &dyn Journal, rows: &[(&str, Option<&str>)]) {
    let head = journal.head(ONE).unwrap();
    let side = rows
        .iter()
        .map(|(name, value)| (key(name), value.map(|value| Bytes::from(value.to_owned()))))
        .collect();
    journal
        .append(&[append(ONE, head, Vec::new(), side)])
        .unwrap();
}

fn range(journal: &dyn Journal, from: &str, to: &str, limit: usize) -> Vec<(SideKey, Bytes)> {
    journal
        .side_range(ONE, &key(from), &key(to), limit)
        .unwrap()
}

fn all(journal: &dyn Journal, workspace: WorkspaceId) -> Vec<Record> {
    journal.read(workspace, 0, usize::MAX).unwrap()
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, JournalError>) {
    assert!(
        matches!(answer, Err(JournalError::Unavailable { .. })),
        "{answer:?}"
    );
}

macro_rules! conformance {
    ($name:ident, $backend:expr, [$($theme:ident::$test:ident),* $(,)?]) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    super::$theme::$test(&$backend);
                }
            )*
        }
    };
    ($($name:ident: $backend:expr;)*) => {
        $(
            conformance!($name, $backend, [
                log::positions_are_dense,
                log::reads_show_the_window_asked_for,
                log::empty_and_largest_records_read_back,
                log::a_writer_behind_is_fenced,
                log::a_batch_answers_for_each_workspace,
                log::too_large_is_refused_and_harmless,
                side::side_rows_are_written_ranged_and_removed,
                side::large_side_rows_are_replaced_whole,
                snapshots::the_newest_whole_snapshot_is_loaded,
                snapshots::snapshots_are_saved_beside_appends,
                failures::recovery_of_a_healthy_store_does_nothing,
                failures::a_failed_append_stays_invisible_until_it_is_gone,
                failures::a_crash_may_bring_a_failed_append_to_light,
                failures::planned_faults_happen_when_planned,
            ]);
        )*
    };
}

conformance! {
    memory: super::InMemory;
    faulty: super::FaultyInMemory;
    sled: super::OnDisk::new();
}

struct InMemory;

impl Backend for InMemory {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(MemoryJournal::new())
    }

    fn reopen(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        journal
    }
}

struct FaultyInMemory;

impl Backend for FaultyInMemory {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(FaultyJournal::new(InMemory.open(), Faults::new()))
    }

    fn reopen(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        journal
    }
}

/// sled in a folder that is removed at the end.
pub(crate) struct OnDisk {
    folder: tempfile::TempDir,
}

impl OnDisk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn options(&self) -> SledOptions {
        SledOptions::new(self.folder.path().join("data"))
    }
}

impl Backend for OnDisk {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(SledJournal::open(self.options()).unwrap())
    }

    fn reopen(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        assert_eq!(
            Arc::strong_count(&journal),
            1,
            "somebody else still holds the journal"
        );
        drop(journal);
        Arc::new(SledJournal::open_existing(self.options()).unwrap())
    }
}
