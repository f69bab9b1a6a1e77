//! Outboxes in the store, and following the log: beside commands, after failures, behind the ring.

use std::sync::Arc;

use bytes::Bytes;
use ochre_assign::bus::BusLimits;
use ochre_assign::domain::conversation::Command;
use ochre_assign::outbox::{Changes, Consumer, Key, Outbox, OutboxError, Source, Tail};
use ochre_assign::views::Told;

use crate::desk::{Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, assign, message, note, settle};

fn source(desk: &Desk) -> Source {
    desk.store.source(&desk.workspace, Consumer::Webhooks)
}

fn key(name: &'static str) -> Key {
    Key(Bytes::from_static(name.as_bytes()))
}

fn changes(cursor: u64, name: &'static str) -> Changes {
    let mut changes = Changes {
        cursor: Some(cursor),
        ..Changes::default()
    };
    changes.put(key(name), name);
    changes
}

fn names(outbox: &dyn Outbox) -> Vec<Key> {
    let rows = outbox.range(&key(""), &key("z"), 100).unwrap();
    rows.into_iter().map(|(key, _)| key).collect()
}

#[actix::test]
async fn rows_share_the_flush_of_the_commits() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let outbox = source(&desk).outbox;
    desk.faults.hold();
    let first = actix::spawn(desk.ask(OWNER, ONE, assign(Some(MAYA))));
    settle().await;
    let before = desk.faults.appends();
    let second = actix::spawn(desk.ask(OWNER, TWO, assign(Some(MAYA))));
    settle().await;
    let written = outbox.write(changes(1, "a"));
    let written_too = outbox.write(changes(2, "b"));
    assert_eq!(outbox.cursor().unwrap(), None);
    desk.faults.release();
    written.await.unwrap();
    written_too.await.unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(desk.faults.appends(), before + 1);
    assert_eq!(outbox.cursor().unwrap(), Some(2));
    assert_eq!(names(&*outbox), [key("a"), key("b")]);
}

#[actix::test]
async fn a_write_that_failed_leaves_neither_cursor_nor_rows() {
    for fail in [
        ochre_assign::journal::Faults::fail_before,
        ochre_assign::journal::Faults::fail_after,
    ] {
        let desk = Desk::with_conversations(Sizes::default()).await;
        let outbox = source(&desk).outbox;
        outbox.write(changes(1, "a")).await.unwrap();
        desk.next_append(fail);
        let failed = outbox.write(changes(2, "b")).await;
        assert!(
            matches!(failed, Err(OutboxError::Unavailable(_))),
            "{failed:?}"
        );
        desk.healed().await;
        assert_eq!(outbox.cursor().unwrap(), Some(1));
        assert_eq!(names(&*outbox), [key("a")]);
        outbox.write(changes(3, "c")).await.unwrap();
        let desk = desk.reopen();
        let outbox = source(&desk).outbox;
        assert_eq!(outbox.cursor().unwrap(), Some(3));
        assert_eq!(names(&*outbox), [key("a"), key("c")]);
    }
}

#[actix::test]
async fn half_of_the_queue_is_kept_for_commands() {
    let mut sizes = Sizes::default();
    sizes.store.queue.items_max = 4;
    let desk = Desk::with_conversations(sizes).await;
    let outbox = source(&desk).outbox;
    desk.faults.hold();
    let held = outbox.write(changes(1, "a"));
    desk.faults.wait_until_held();
    let waiting = [outbox.write(changes(2, "b")), outbox.write(changes(3, "c"))];
    let refused = outbox.write(changes(4, "d")).await;
    assert!(
        matches!(refused, Err(OutboxError::Overloaded)),
        "{refused:?}"
    );
    let command = actix::spawn(desk.ask(OWNER, ONE, assign(Some(MAYA))));
    settle().await;
    desk.faults.release();
    held.await.unwrap();
    for write in waiting {
        write.await.unwrap();
    }
    command.await.unwrap().unwrap();
    assert_eq!(outbox.cursor().unwrap(), Some(3));
}

async fn busy(desk: &Desk) {
    for (id, command) in [
        (ONE, assign(Some(MAYA))),
        (TWO, note(3, &[SAM])),
        (ONE, message(4)),
        (TWO, Command::Claim),
        (ONE, assign(None)),
    ] {
        desk.ask(OWNER, id, command).await.unwrap();
    }
}

fn read(tail: &mut Tail, limit: usize) -> Vec<Arc<Told>> {
    let mut all = Vec::new();
    loop {
        let next = tail.next(limit).unwrap();
        if next.is_empty() {
            return all;
        }
        assert!(next.len() <= limit);
        all.extend(next);
    }
}

fn shown(told: &[Arc<Told>]) -> Vec<String> {
    let shown = told.iter().map(|told| {
        let change = told.change.as_ref();
        let states = change.map(|change| (&change.before, &change.after));
        format!("{:?} {states:?}", told.commit)
    });
    shown.collect()
}

#[actix::test]
async fn the_log_tells_the_same_as_the_ring() {
    let mut sizes = Sizes::default();
    sizes.store.bus = BusLimits {
        commits_max: 3,
        bytes_max: 1_000_000,
    };
    let desk = Desk::with_conversations(sizes).await;
    let mut following = Tail::new(source(&desk), 0);
    let mut told = read(&mut following, 2);
    for _ in 0..3 {
        busy(&desk).await;
        told.extend(read(&mut following, 4));
    }
    let head = desk.workspace.views().applied();
    assert_eq!(following.after(), head);
    let seqs: Vec<_> = told.iter().map(|told| told.commit.seq).collect();
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    for limit in [1, 4, 1_000] {
        for after in [0, head / 2, head - 1] {
            let mut tail = Tail::new(source(&desk), after);
            let skipped = usize::try_from(after).unwrap();
            assert_eq!(shown(&read(&mut tail, limit)), shown(&told[skipped..]));
        }
    }
    let desk = desk.reopen();
    let mut tail = Tail::new(source(&desk), 0);
    assert_eq!(shown(&read(&mut tail, 5)), shown(&told));
    tail.rewind(2);
    assert_eq!(shown(&read(&mut tail, 5)), shown(&told[2..]));
}

#[actix::test]
async fn a_reader_at_the_end_is_woken_by_what_is_durable() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let mut tail = Tail::new(source(&desk), 0);
    read(&mut tail, 100);
    let reader = actix::spawn(async move {
        loop {
            tail.changed().await;
            let told = read(&mut tail, 100);
            if !told.is_empty() {
                return told;
            }
        }
    });
    settle().await;
    desk.faults.hold();
    let command = actix::spawn(desk.ask(OWNER, ONE, assign(Some(MAYA))));
    settle().await;
    assert!(!reader.is_finished(), "it is not durable yet");
    desk.faults.release();
    command.await.unwrap().unwrap();
    assert_eq!(reader.await.unwrap().len(), 1);
}
