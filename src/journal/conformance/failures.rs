//! The contract of failures and recovery.

use std::sync::Arc;
use std::thread;

use bytes::Bytes;

use super::{Backend, ONE, TWO, all, append, is_refused, key, range, records, write, write_side};
use crate::journal::{Appended, Faults, FaultyJournal, Journal, Snapshot};

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
