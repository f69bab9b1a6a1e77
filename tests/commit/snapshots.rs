//! Snapshots and starts: a workspace loads the same from a snapshot and its tail as from its log.

use std::sync::Arc;

use bytes::Bytes;
use ochre_assign::domain::conversation::{Command, Edit, Status};
use ochre_assign::domain::directory::UserStatus;
use ochre_assign::domain::{Caller, ConversationId};
use ochre_assign::journal::{Journal, Snapshot};
use ochre_assign::views::{Filter, ListQuery, WorkspaceFold};

use crate::desk::{
    Came, Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, VIEWER, WORKSPACE, assign, came, creation,
    message, note, until,
};

async fn busy_desk() -> Desk {
    let mut sizes = Sizes::default();
    sizes.store.snapshot_every_commits = 10;
    let desk = Desk::with_conversations(sizes).await;
    desk.store.start_epoch().unwrap();
    let three = ConversationId::from_u128(3);
    let close = Edit {
        status: Some(Status::Closed),
        ..Edit::default()
    };
    let asks = [
        (Caller::System, three, creation(Some("crm-3"))),
        (Caller::User(MAYA), ONE, Command::Claim),
        (Caller::User(OWNER), TWO, assign(Some(SAM))),
        (Caller::User(VIEWER), TWO, note(5, &[MAYA, OWNER])),
        (Caller::User(OWNER), three, Command::Edit(Box::new(close))),
    ];
    for (caller, id, command) in asks {
        let done = came(desk.ask(caller, id, command).await);
        assert!(matches!(done, Came::Changed(_)), "{done:?}");
    }
    for id in 1..=20 {
        let done = came(desk.ask(Caller::System, ONE, message(id)).await);
        assert!(matches!(done, Came::Changed(_)));
    }
    assert!(desk.set_status(SAM, UserStatus::Deactivated).await.is_ok());
    desk
}

fn assert_same(one: &WorkspaceFold, other: &WorkspaceFold) {
    assert_eq!(one.head, other.head);
    assert_eq!(one.at, other.at);
    assert_eq!(one.numbers, other.numbers);
    assert_eq!(one.rows, other.rows);
    assert_eq!(one.external_ids, other.external_ids);
    assert_eq!(one.directory, other.directory);
    assert_eq!(one.lineage, other.lineage);
    for viewer in [None, Some(OWNER), Some(MAYA), Some(SAM), Some(VIEWER)] {
        assert_eq!(one.counts(viewer), other.counts(viewer));
        for filter in Filter::ALL {
            for assignee in [None, viewer] {
                let query = ListQuery {
                    filter,
                    viewer,
                    assignee,
                    after: None,
                    limit: 100,
                };
                assert_eq!(one.list(&query).items, other.list(&query).items);
            }
        }
    }
}

fn from_the_log(journal: &dyn Journal) -> WorkspaceFold {
    let mut fold = WorkspaceFold::default();
    fold.catch_up(journal, WORKSPACE).unwrap();
    fold
}

#[actix::test]
async fn a_snapshot_and_its_tail_load_the_same_as_the_log() {
    let desk = busy_desk().await;
    until(|| desk.journal.load_snapshot(WORKSPACE).unwrap().is_some()).await;
    // Something for the tail.
    let done = came(desk.ask(OWNER, ONE, assign(None)).await);
    assert!(matches!(done, Came::Changed(_)));
    let (loaded, snapshot_at) = WorkspaceFold::load(&*desk.journal, WORKSPACE).unwrap();
    assert!(snapshot_at >= 10 && snapshot_at < loaded.head);
    assert_same(&loaded, &from_the_log(&*desk.journal));
    assert_same(&loaded, &desk.workspace.views().read());
    let desk = desk.reopen();
    assert_same(&loaded, &desk.workspace.views().read());
    let done = came(desk.ask(OWNER, ONE, assign(Some(MAYA))).await);
    assert!(matches!(done, Came::Changed(_)));
    desk.check_log();
}

#[actix::test]
async fn a_snapshot_that_cannot_be_read_is_passed_over() {
    let desk = busy_desk().await;
    let head = desk.journal.head(WORKSPACE).unwrap();
    let unreadable = Snapshot {
        seq: head,
        bytes: Bytes::from_static(b"{\"version\":99}"),
    };
    // The thread that makes snapshots may be about to save an older one, which is not kept.
    desk.journal.save_snapshot(WORKSPACE, &unreadable).unwrap();
    let (loaded, snapshot_at) = WorkspaceFold::load(&*desk.journal, WORKSPACE).unwrap();
    assert_eq!(snapshot_at, 0);
    assert_same(&loaded, &from_the_log(&*desk.journal));
}

#[actix::test]
async fn a_full_disk_keeps_no_snapshot_and_loses_nothing() {
    let mut sizes = Sizes::default();
    sizes.store.snapshot_every_commits = 1_000;
    let desk = Desk::with_conversations(sizes).await;
    let fold = from_the_log(&*desk.journal);
    desk.faults.disk_full(true);
    let snapshot = fold.to_snapshot().unwrap();
    assert!(desk.journal.save_snapshot(WORKSPACE, &snapshot).is_err());
    desk.faults.disk_full(false);
    let (loaded, snapshot_at) = WorkspaceFold::load(&*desk.journal, WORKSPACE).unwrap();
    assert_eq!(snapshot_at, 0);
    assert_same(&loaded, &fold);
}

#[actix::test]
async fn the_log_holds_its_own_lineage() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let mut starts = Vec::new();
    let mut desk = desk;
    for id in 1..=3 {
        let seq = desk.journal.head(WORKSPACE).unwrap() + 1;
        let epoch = desk.store.start_epoch().unwrap();
        starts.push((epoch, seq));
        let done = came(desk.ask(Caller::System, ONE, message(id)).await);
        assert!(matches!(done, Came::Changed(_)));
        desk = desk.reopen();
    }
    let workspace = Arc::clone(&desk.workspace);
    let fold = workspace.views().read();
    let lineage: Vec<_> = fold
        .lineage
        .iter()
        .map(|start| (start.epoch, start.seq))
        .collect();
    assert_eq!(lineage, starts);
    drop(fold);
    desk.check_log();
}
