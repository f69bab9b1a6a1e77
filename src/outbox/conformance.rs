//! The outbox's contract as functions that every backend passes.

use std::sync::Arc;

use bytes::Bytes;

use super::{Changes, KEY_BYTES_MAX, Key, MemoryOutbox, Outbox, OutboxError, VALUE_BYTES_MAX};
use crate::journal::JournalError;

/// Makes outboxes for the suite.
pub(crate) trait Backend {
    /// The empty outbox under test.
    fn outbox(&self) -> Arc<dyn Outbox>;

    /// Outboxes of other consumers and workspaces in the same place.
    fn others(&self) -> Vec<Arc<dyn Outbox>>;

    /// Ends the process in thought, and opens what the outbox under test left behind.
    fn reopen(&self, outbox: Arc<dyn Outbox>) -> Arc<dyn Outbox>;
}

fn key(name: &str) -> Key {
    Key(Bytes::copy_from_slice(name.as_bytes()))
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn write(outbox: &dyn Outbox, cursor: Option<u64>, rows: &[(&str, Option<&'static str>)]) {
    let rows = rows
        .iter()
        .map(|(name, value)| (key(name), value.map(Bytes::from)));
    let changes = Changes {
        cursor,
        rows: rows.collect(),
    };
    wait(outbox.write(changes)).unwrap();
}

fn names(outbox: &dyn Outbox, from: &str, to: &str, limit: usize) -> Vec<Key> {
    let rows = outbox.range(&key(from), &key(to), limit).unwrap();
    rows.into_iter().map(|(key, _)| key).collect()
}

pub(crate) fn cursor_and_rows_are_kept(backend: &dyn Backend) {
    let outbox = backend.outbox();
    assert_eq!(outbox.cursor().unwrap(), None);
    write(&*outbox, Some(7), &[("b", Some("1")), ("a", Some("2"))]);
    write(
        &*outbox,
        None,
        &[("a", None), ("c", Some("3")), ("x", None)],
    );
    let outbox = backend.reopen(outbox);
    assert_eq!(outbox.cursor().unwrap(), Some(7));
    assert_eq!(outbox.get(&key("a")).unwrap(), None);
    assert_eq!(outbox.get(&key("b")).unwrap().unwrap(), "1");
    write(&*outbox, Some(8), &[]);
    let outbox = backend.reopen(outbox);
    assert_eq!(outbox.cursor().unwrap(), Some(8));
    assert_eq!(names(&*outbox, "", "z", 9), [key("b"), key("c")]);
}

pub(crate) fn ranges_show_the_window_asked_for(backend: &dyn Backend) {
    let outbox = backend.outbox();
    let rows = ["b", "a", "a\0", "c", ""].map(|name| (name, Some("value")));
    write(&*outbox, None, &rows);
    assert_eq!(
        names(&*outbox, "a", "c", 9),
        [key("a"), key("a\0"), key("b")]
    );
    assert_eq!(names(&*outbox, "", "z", 2), [key(""), key("a")]);
    assert!(names(&*outbox, "c", "a", 9).is_empty());
    assert!(names(&*outbox, "a", "a", 9).is_empty());
    assert!(names(&*outbox, "", "z", 0).is_empty());
}

pub(crate) fn the_last_change_of_a_key_counts(backend: &dyn Backend) {
    let outbox = backend.outbox();
    let rows = [
        ("a", Some("1")),
        ("a", Some("2")),
        ("b", Some("1")),
        ("b", None),
    ];
    write(&*outbox, None, &rows);
    assert_eq!(outbox.get(&key("a")).unwrap().unwrap(), "2");
    assert_eq!(outbox.get(&key("b")).unwrap(), None);
}

pub(crate) fn outboxes_do_not_see_each_other(backend: &dyn Backend) {
    let outbox = backend.outbox();
    write(&*outbox, Some(7), &[("a", Some("1"))]);
    for other in backend.others() {
        assert_eq!(other.cursor().unwrap(), None);
        assert!(names(&*other, "", "z", 9).is_empty());
        write(&*other, Some(9), &[("a", None), ("b", Some("2"))]);
    }
    assert_eq!(outbox.cursor().unwrap(), Some(7));
    assert_eq!(names(&*outbox, "", "z", 9), [key("a")]);
}

pub(crate) fn writes_happen_in_their_order_though_nobody_waits(backend: &dyn Backend) {
    let outbox = backend.outbox();
    for value in ["1", "2", "3"] {
        let mut changes = Changes::default();
        changes.put(key("a"), value);
        drop(outbox.write(changes));
    }
    write(&*outbox, None, &[("end", Some(""))]);
    assert_eq!(outbox.get(&key("a")).unwrap().unwrap(), "3");
}

pub(crate) fn too_large_is_refused_and_harmless(backend: &dyn Backend) {
    let outbox = backend.outbox();
    let largest = (
        Key(Bytes::from(vec![1; KEY_BYTES_MAX])),
        Some(Bytes::from(vec![1; VALUE_BYTES_MAX])),
    );
    let long_key = (Key(Bytes::from(vec![1; KEY_BYTES_MAX + 1])), None);
    let large_value = (key("a"), Some(Bytes::from(vec![1; VALUE_BYTES_MAX + 1])));
    for refused in [long_key, large_value] {
        let changes = Changes {
            cursor: Some(7),
            rows: vec![(key("b"), Some(Bytes::new())), refused],
        };
        let answer = wait(outbox.write(changes));
        let too_large = matches!(
            answer,
            Err(OutboxError::Journal(JournalError::TooLarge { .. }))
        );
        assert!(too_large, "{answer:?}");
    }
    assert_eq!(outbox.cursor().unwrap(), None);
    let changes = Changes {
        cursor: None,
        rows: vec![largest.clone()],
    };
    wait(outbox.write(changes)).unwrap();
    let outbox = backend.reopen(outbox);
    assert_eq!(outbox.get(&largest.0).unwrap(), largest.1);
    assert_eq!(outbox.get(&key("b")).unwrap(), None);
}

macro_rules! outbox_conformance {
    ($($name:ident: $backend:expr;)*) => {
        $(crate::outbox::conformance::outbox_conformance!(
            @backend $name, $backend,
            [
                cursor_and_rows_are_kept,
                ranges_show_the_window_asked_for,
                the_last_change_of_a_key_counts,
                outboxes_do_not_see_each_other,
                writes_happen_in_their_order_though_nobody_waits,
                too_large_is_refused_and_harmless,
            ]
        );)*
    };
    (@backend $name:ident, $backend:expr, [$($test:ident),* $(,)?]) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    crate::outbox::conformance::$test(&$backend);
                }
            )*
        }
    };
}
pub(crate) use outbox_conformance;

outbox_conformance! {
    memory: super::InMemory;
}

struct InMemory;

impl Backend for InMemory {
    fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(MemoryOutbox::default())
    }

    fn others(&self) -> Vec<Arc<dyn Outbox>> {
        vec![self.outbox()]
    }

    fn reopen(&self, outbox: Arc<dyn Outbox>) -> Arc<dyn Outbox> {
        outbox
    }
}
