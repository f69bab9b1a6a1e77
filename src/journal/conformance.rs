//! The journal's contract as functions that every backend passes.

use std::sync::Arc;
use std::thread;

use bytes::Bytes;

use super::{
    Append, Appended, Faults, FaultyJournal, Journal, JournalError, MemoryJournal,
    RECORD_BYTES_MAX, Record, SIDE_KEY_BYTES_MAX, Seq, SideKey, SledJournal, SledOptions, Snapshot,
};
use crate::domain::WorkspaceId;

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

pub(crate) fn positions_are_dense(backend: &dyn Backend) {
    let journal = backend.open();
    assert_eq!(journal.head(ONE).unwrap(), 0);
    assert!(all(&*journal, ONE).is_empty());
    let mut head = 0;
    for count in [1, 8, 64, 1, 300] {
        head = write(&*journal, ONE, head, records(count, "record"));
    }
    assert_eq!(head, 374);
    let journal = backend.reopen(journal);
    assert_eq!(journal.head(ONE).unwrap(), 374);
    let seqs: Vec<Seq> = all(&*journal, ONE)
        .iter()
        .map(|record| record.seq)
        .collect();
    assert_eq!(seqs, (1..=374).collect::<Vec<Seq>>());
}

pub(crate) fn reads_show_the_window_asked_for(backend: &dyn Backend) {
    let journal = backend.open();
    let mut expected = Vec::new();
    for (round, count) in [5, 1, 40, 2].into_iter().enumerate() {
        let added = records(count, &format!("round {round} {}", "x".repeat(300)));
        write(&*journal, ONE, journal.head(ONE).unwrap(), added.clone());
        expected.extend(added);
    }
    for after in 0..50_usize {
        for limit in [0, 1, 3, 47, usize::MAX] {
            let found = journal
                .read(ONE, Seq::try_from(after).unwrap(), limit)
                .unwrap();
            let wanted: Vec<Record> = (1..)
                .zip(&expected)
                .skip(after)
                .take(limit)
                .map(|(seq, bytes)| Record {
                    seq,
                    bytes: bytes.clone(),
                })
                .collect();
            assert_eq!(found, wanted, "after {after}, limit {limit}");
        }
    }
}

pub(crate) fn empty_and_largest_records_read_back(backend: &dyn Backend) {
    let journal = backend.open();
    let sizes = [
        0,
        1,
        3_964,
        3_965,
        3_966,
        7_938,
        60_000,
        0,
        RECORD_BYTES_MAX,
        5,
    ];
    let added: Vec<Bytes> = (1..)
        .zip(sizes)
        .map(|(seed, size)| noise(size, seed))
        .collect();
    write(&*journal, ONE, 0, added.clone());
    let journal = backend.reopen(journal);
    let found: Vec<Bytes> = all(&*journal, ONE)
        .into_iter()
        .map(|record| record.bytes)
        .collect();
    assert!(found == added);
    let tenth = journal.read(ONE, 9, 5).unwrap();
    assert_eq!(
        tenth,
        [Record {
            seq: 10,
            bytes: added[9].clone()
        }]
    );
}

pub(crate) fn a_writer_behind_is_fenced(backend: &dyn Backend) {
    let journal = backend.open();
    write(&*journal, ONE, 0, records(3, "first"));
    for expected_head in [0, 2, 4] {
        let side = vec![(key("k"), Some(Bytes::from_static(b"v")))];
        let batch = [append(ONE, expected_head, records(1, "second"), side)];
        assert_eq!(
            journal.append(&batch).unwrap(),
            [Appended::Fenced { head: 3 }]
        );
    }
    assert_eq!(journal.head(ONE).unwrap(), 3);
    assert_eq!(journal.side(ONE, &key("k")).unwrap(), None);
    assert_eq!(write(&*journal, ONE, 3, records(1, "third")), 4);
}

pub(crate) fn a_batch_answers_for_each_workspace(backend: &dyn Backend) {
    let journal = backend.open();
    write(&*journal, ONE, 0, records(1, "one"));
    let three = WorkspaceId::from_u128(u128::MAX);
    let batch = [
        append(three, 0, records(2, "three"), Vec::new()),
        append(ONE, 0, records(2, "late"), Vec::new()),
        append(
            TWO,
            0,
            records(4, "two"),
            vec![(key("k"), Some(Bytes::from_static(b"v")))],
        ),
    ];
    let answers = journal.append(&batch).unwrap();
    assert_eq!(
        answers,
        [
            Appended::Durable { head: 2 },
            Appended::Fenced { head: 1 },
            Appended::Durable { head: 4 }
        ]
    );
    let journal = backend.reopen(journal);
    assert_eq!(journal.workspaces().unwrap(), [ONE, TWO, three]);
    assert_eq!(all(&*journal, ONE).len(), 1);
    assert_eq!(all(&*journal, TWO).len(), 4);
    assert_eq!(all(&*journal, three).len(), 2);
    assert_eq!(journal.side(TWO, &key("k")).unwrap().unwrap(), "v");
    assert_eq!(journal.side(ONE, &key("k")).unwrap(), None);
    assert!(journal.append(&[]).unwrap().is_empty());
}

pub(crate) fn too_large_is_refused_and_harmless(backend: &dyn Backend) {
    let journal = backend.open();
    let large = Bytes::from(vec![7; RECORD_BYTES_MAX + 1]);
    let long = SideKey(Bytes::from(vec![7; SIDE_KEY_BYTES_MAX + 1]));
    for batch in [
        append(ONE, 0, vec![large.clone()], Vec::new()),
        append(ONE, 0, records(1, "r"), vec![(key("k"), Some(large))]),
        append(ONE, 0, records(1, "r"), vec![(long, Some(Bytes::new()))]),
    ] {
        let other = append(TWO, 0, records(1, "r"), Vec::new());
        let answer = journal.append(&[other, batch]);
        assert!(
            matches!(answer, Err(JournalError::TooLarge { .. })),
            "{answer:?}"
        );
    }
    assert!(journal.workspaces().unwrap().is_empty());
    assert_eq!(write(&*journal, ONE, 0, records(1, "r")), 1);
}

pub(crate) fn side_rows_are_written_ranged_and_removed(backend: &dyn Backend) {
    let journal = backend.open();
    write_side(
        &*journal,
        &[
            ("b", Some("1")),
            ("a", Some("2")),
            ("a\0", Some("3")),
            ("c", Some("4")),
        ],
    );
    assert!(journal.workspaces().unwrap().is_empty());
    let found: Vec<SideKey> = range(&*journal, "a", "c", 9)
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(found, [key("a"), key("a\0"), key("b")]);
    assert_eq!(range(&*journal, "a", "zz", 2).len(), 2);
    assert_eq!(range(&*journal, "a", "zz", 0).len(), 0);
    assert_eq!(range(&*journal, "c", "a", 9).len(), 0);
    assert_eq!(range(&*journal, "b", "b", 9).len(), 0);
    write_side(
        &*journal,
        &[("a", None), ("missing", None), ("b", Some("new"))],
    );
    let journal = backend.reopen(journal);
    assert_eq!(journal.side(ONE, &key("a")).unwrap(), None);
    assert_eq!(journal.side(ONE, &key("b")).unwrap().unwrap(), "new");
    assert_eq!(journal.side(TWO, &key("b")).unwrap(), None);
    assert_eq!(range(&*journal, "", "zz", 9).len(), 3);
}

pub(crate) fn large_side_rows_are_replaced_whole(backend: &dyn Backend) {
    let mut journal = backend.open();
    let long = SideKey(Bytes::from(vec![0; SIDE_KEY_BYTES_MAX]));
    for (seed, size) in [
        (1, 300_000),
        (2, 5_000),
        (3, 10),
        (4, 300_000),
        (5, 3_700),
        (6, 0),
    ] {
        let side = vec![
            (long.clone(), Some(noise(size, seed))),
            (key("same"), Some(noise(size / 2, seed))),
        ];
        journal.append(&[append(ONE, 0, Vec::new(), side)]).unwrap();
        journal = backend.reopen(journal);
        assert_eq!(
            journal.side(ONE, &long).unwrap().unwrap(),
            noise(size, seed)
        );
        let rows = journal.side_range(ONE, &key(""), &key("zz"), 9).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].1, noise(size / 2, seed));
    }
    journal
        .append(&[append(ONE, 0, Vec::new(), vec![(long.clone(), None)])])
        .unwrap();
    assert_eq!(journal.side(ONE, &long).unwrap(), None);
}

pub(crate) fn the_newest_whole_snapshot_is_loaded(backend: &dyn Backend) {
    let journal = backend.open();
    assert_eq!(journal.load_snapshot(ONE).unwrap(), None);
    write(&*journal, ONE, 0, records(9, "r"));
    let snapshot = |seq: Seq, size| Snapshot {
        seq,
        bytes: noise(size, seq),
    };
    for (seq, size) in [(1, 10), (3, 1_000_000), (3, 500_000), (9, 0)] {
        journal.save_snapshot(ONE, &snapshot(seq, size)).unwrap();
        assert_eq!(
            journal.load_snapshot(ONE).unwrap(),
            Some(snapshot(seq, size))
        );
    }
    journal.save_snapshot(ONE, &snapshot(5, 5)).unwrap();
    let journal = backend.reopen(journal);
    assert_eq!(journal.load_snapshot(ONE).unwrap(), Some(snapshot(9, 0)));
    assert_eq!(journal.load_snapshot(TWO).unwrap(), None);
    assert_eq!(all(&*journal, ONE).len(), 9);
}

pub(crate) fn snapshots_are_saved_beside_appends(backend: &dyn Backend) {
    let journal = backend.open();
    write(&*journal, ONE, 0, records(1, "r"));
    let saver = {
        let journal = Arc::clone(&journal);
        thread::spawn(move || {
            for seed in 0..5 {
                let bytes = noise(2_000_000, seed);
                journal
                    .save_snapshot(ONE, &Snapshot { seq: 1, bytes })
                    .unwrap();
            }
        })
    };
    for head in 1..60 {
        write(&*journal, ONE, head, records(1, "r"));
    }
    saver.join().unwrap();
    let journal = backend.reopen(journal);
    assert_eq!(all(&*journal, ONE).len(), 60);
    assert_eq!(
        journal.load_snapshot(ONE).unwrap().unwrap().bytes,
        noise(2_000_000, 4)
    );
}

pub(crate) fn recovery_of_a_healthy_store_does_nothing(backend: &dyn Backend) {
    let journal = backend.open();
    write(&*journal, ONE, 0, records(2, "r"));
    journal.recover().unwrap();
    assert_eq!(all(&*journal, ONE).len(), 2);
    assert_eq!(write(&*journal, ONE, 2, records(1, "r")), 3);
}

pub(crate) fn a_failed_append_stays_invisible_until_it_is_gone(backend: &dyn Backend) {
    let faults = Faults::new();
    let journal = FaultyJournal::new(backend.open(), faults.clone());
    write(&journal, ONE, 0, records(2, "acknowledged"));
    write_side(&journal, &[("kept", Some("old"))]);
    faults.fail_after(3);
    faults.fail_recoveries(1);
    let side = vec![
        (key("kept"), Some(Bytes::from_static(b"new"))),
        (key("added"), Some(Bytes::from_static(b"new"))),
    ];
    let failing = [
        append(ONE, 2, records(2, "failed"), side),
        append(TWO, 0, records(1, "failed"), Vec::new()),
    ];
    is_refused(journal.append(&failing));
    let shows_what_was_acknowledged = || {
        assert_eq!(journal.head(ONE).unwrap(), 2);
        assert_eq!(all(&journal, ONE).len(), 2);
        assert_eq!(journal.workspaces().unwrap(), [ONE]);
        assert_eq!(journal.side(ONE, &key("kept")).unwrap().unwrap(), "old");
        assert_eq!(range(&journal, "", "zz", 9).len(), 1);
    };
    shows_what_was_acknowledged();
    is_refused(journal.append(&failing));
    is_refused(journal.recover());
    is_refused(journal.append(&failing));
    shows_what_was_acknowledged();
    journal.recover().unwrap();
    shows_what_was_acknowledged();
    assert_eq!(write(&journal, ONE, 2, records(1, "later")), 3);
    assert_eq!(faults.appends(), 6);
}

pub(crate) fn a_crash_may_bring_a_failed_append_to_light(backend: &dyn Backend) {
    let faults = Faults::new();
    let journal = FaultyJournal::new(backend.open(), faults.clone());
    faults.fail_after(1);
    is_refused(journal.append(&[append(ONE, 0, records(2, "in doubt"), Vec::new())]));
    assert_eq!(journal.head(ONE).unwrap(), 0);
    let left = journal.crash().unwrap();
    drop(journal);
    let left = backend.reopen(left);
    assert_eq!(left.head(ONE).unwrap(), 2);
}

pub(crate) fn planned_faults_happen_when_planned(backend: &dyn Backend) {
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(backend.open(), faults.clone()));
    let batch = |head| [append(ONE, head, records(1, "r"), Vec::new())];
    faults.fail_before(1);
    is_refused(journal.append(&batch(0)));
    journal.recover().unwrap();
    faults.fence(2);
    assert_eq!(
        journal.append(&batch(0)).unwrap(),
        [Appended::Fenced { head: 0 }]
    );
    faults.disk_full(true);
    is_refused(journal.append(&batch(0)));
    is_refused(journal.recover());
    is_refused(journal.save_snapshot(
        ONE,
        &Snapshot {
            seq: 0,
            bytes: Bytes::new(),
        },
    ));
    faults.disk_full(false);
    journal.recover().unwrap();
    faults.hold();
    let writer = {
        let journal = Arc::clone(&journal);
        let batch = batch(0);
        thread::spawn(move || journal.append(&batch))
    };
    faults.wait_until_held();
    assert_eq!(journal.head(ONE).unwrap(), 0);
    faults.release();
    assert_eq!(
        writer.join().unwrap().unwrap(),
        [Appended::Durable { head: 1 }]
    );
    faults.fail_every(Some(3));
    assert!(journal.append(&batch(1)).is_ok());
    is_refused(journal.append(&batch(2)));
}

macro_rules! conformance {
    ($name:ident, $backend:expr, [$($test:ident),* $(,)?]) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    super::$test(&$backend);
                }
            )*
        }
    };
    ($($name:ident: $backend:expr;)*) => {
        $(
            conformance!($name, $backend, [
                positions_are_dense,
                reads_show_the_window_asked_for,
                empty_and_largest_records_read_back,
                a_writer_behind_is_fenced,
                a_batch_answers_for_each_workspace,
                too_large_is_refused_and_harmless,
                side_rows_are_written_ranged_and_removed,
                large_side_rows_are_replaced_whole,
                the_newest_whole_snapshot_is_loaded,
                snapshots_are_saved_beside_appends,
                recovery_of_a_healthy_store_does_nothing,
                a_failed_append_stays_invisible_until_it_is_gone,
                a_crash_may_bring_a_failed_append_to_light,
                planned_faults_happen_when_planned,
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
