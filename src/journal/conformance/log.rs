//! The contract of the log: dense positions, windows, fences, batches.

use bytes::Bytes;

use super::{Backend, ONE, TWO, all, append, key, noise, records, write};
use crate::domain::WorkspaceId;
use crate::journal::{
    Appended, JournalError, RECORD_BYTES_MAX, Record, SIDE_KEY_BYTES_MAX, Seq, SideKey,
};

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
