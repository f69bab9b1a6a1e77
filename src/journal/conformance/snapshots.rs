//! The contract of snapshots.

use std::sync::Arc;
use std::thread;

use super::{Backend, ONE, TWO, all, noise, records, write};
use crate::journal::{Seq, Snapshot};

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
