//! The contract of the side table.

use bytes::Bytes;

use super::{Backend, ONE, TWO, append, key, noise, range, write_side};
use crate::journal::{SIDE_KEY_BYTES_MAX, SideKey};

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
