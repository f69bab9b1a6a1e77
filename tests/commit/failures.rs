//! What becomes of the commands in flight when an append fails, and of the next one.

use std::sync::Arc;

use ochre_assign::commit::{CommandFailure, Workspace};
use ochre_assign::domain::conversation::{
    AssignedBy, Command, ConversationEvent, Rejection, Request,
};
use ochre_assign::domain::directory::{
    CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest, Role, UserStatus,
};
use ochre_assign::domain::{
    Actor, Caller, Commit, CommitBody, ConversationCommit, ConversationId, WorkspaceId,
};
use ochre_assign::journal::{Append, Appended, Faults, codec};

use crate::desk::{
    Came, Desk, MAYA, ONE, OWNER, SAM, START, Sizes, TWO, WORKSPACE, answered, assign, came,
    check_log, creation, message, settle, until,
};

fn is_unavailable(came: &Came) -> bool {
    matches!(came, Came::Failed(CommandFailure::Unavailable(_)))
}

async fn everything_in_flight_is_void(fail: fn(&Faults, u64)) {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let three = ConversationId::from_u128(3);
    desk.next_append(fail);
    desk.faults.hold();
    let left = actix::spawn(desk.set_status(SAM, UserStatus::Deactivated));
    settle().await;
    let asked = [
        desk.ask(OWNER, ONE, assign(Some(MAYA))),
        desk.ask(SAM, TWO, Command::Claim),
        desk.ask(OWNER, ONE, assign(Some(MAYA))),
        desk.ask(OWNER, TWO, assign(Some(SAM))),
        desk.ask(Caller::System, three, creation(Some("crm-1"))),
        desk.ask(OWNER, ONE, message(9)),
    ];
    let asked = asked.map(actix::spawn);
    settle().await;
    desk.faults.wait_until_held();
    desk.faults.release();
    assert!(matches!(
        left.await.unwrap(),
        Err(CommandFailure::Unavailable(_))
    ));
    for answer in asked {
        let came = came(answer.await.unwrap());
        assert!(is_unavailable(&came), "{came:?}");
    }
    desk.healed().await;
    // Nothing of it happened: who was on the way out is here, and the external id is free.
    assert_eq!(desk.shown(ONE), (None, 1));
    assert_eq!(
        came(desk.ask(SAM, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    assert_eq!(
        came(desk.ask(OWNER, TWO, assign(Some(SAM))).await),
        Came::Changed(2)
    );
    let created = desk
        .ask(Caller::System, three, creation(Some("crm-1")))
        .await;
    let created = created.unwrap().conversation.unwrap();
    assert_eq!((created.facts.number, created.version), (3, 1));
    desk.check_log();
    // The log is the same for a new process.
    let desk = desk.reopen();
    assert_eq!(desk.shown(ONE), (Some(SAM), 2));
    desk.check_log();
}

#[actix::test]
async fn an_append_that_fails_before_it_is_written_voids_all_that_is_in_flight() {
    everything_in_flight_is_void(Faults::fail_before).await;
}

#[actix::test]
async fn an_append_that_fails_after_it_is_written_voids_all_that_is_in_flight() {
    everything_in_flight_is_void(Faults::fail_after).await;
}

#[actix::test]
async fn a_fence_that_nobody_stands_behind_voids_all_that_is_in_flight() {
    everything_in_flight_is_void(Faults::fence).await;
}

#[actix::test]
async fn a_write_in_doubt_may_be_there_after_a_kill_and_the_log_goes_on() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.next_append(Faults::fail_after);
    desk.faults.fail_recoveries(u64::MAX);
    let refused = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(desk.shown(ONE), (None, 1));
    let desk = desk.reopen();
    assert_eq!(desk.shown(ONE), (Some(MAYA), 2));
    let refused = came(desk.ask(SAM, ONE, Command::Claim).await);
    assert_eq!(refused, Came::Refused(Rejection::AlreadyAssigned));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(None)).await),
        Came::Changed(3)
    );
    desk.check_log();
}

#[actix::test]
async fn a_full_disk_refuses_changes_and_heals_by_itself() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    desk.faults.disk_full(true);
    for _ in 0..3 {
        let refused = came(desk.ask(OWNER, ONE, assign(None)).await);
        assert!(is_unavailable(&refused), "{refused:?}");
    }
    assert!(desk.store.unavailable().is_some());
    // While it is down even a refusal is not given: nothing is known to stand.
    let refused = came(desk.ask(SAM, ONE, Command::Claim).await);
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(desk.shown(ONE), (Some(MAYA), 2));
    desk.faults.disk_full(false);
    desk.healed().await;
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(None)).await),
        Came::Changed(3)
    );
    desk.check_log();
}

#[actix::test]
async fn a_recovery_that_fails_is_tried_again() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.next_append(Faults::fail_before);
    desk.faults.fail_recoveries(5);
    let refused = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert!(is_unavailable(&refused), "{refused:?}");
    desk.healed().await;
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    desk.check_log();
}

#[actix::test]
async fn appends_that_fail_again_and_again_lose_nothing_that_was_acknowledged() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.fail_every(Some(3));
    let mut version = 1;
    let mut failed = 0;
    for id in 1..=60 {
        match came(desk.ask(Caller::System, ONE, message(id)).await) {
            Came::Changed(next) => {
                assert_eq!(next, version + 1);
                version = next;
            }
            other => {
                assert!(is_unavailable(&other), "{other:?}");
                failed += 1;
                desk.healed().await;
            }
        }
    }
    assert!(
        failed > 10 && version > 10,
        "{failed} failed, version {version}"
    );
    let log = desk.check_log();
    assert_eq!(log.conversations()[&ONE].version, version);
    assert_eq!(desk.shown(ONE).1, version);
}

/// Another writer assigns the conversation to Sam.
pub(crate) fn write_elsewhere(desk: &Desk, workspace: WorkspaceId, conversation: ConversationId) {
    let assigned = ConversationEvent::Assigned {
        assignee: SAM,
        previous: None,
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    };
    write_event(desk, workspace, (conversation, 2), assigned);
}

fn write_event(
    desk: &Desk,
    workspace: WorkspaceId,
    (conversation, version): (ConversationId, u64),
    event: ConversationEvent,
) {
    let head = desk.disk.head(workspace).unwrap();
    let commit = Commit {
        seq: head + 1,
        at: START,
        actor: Actor::User { id: OWNER },
        body: CommitBody::Conversation(ConversationCommit {
            conversation,
            version,
            number: None,
            operation: None,
            events: vec![event],
        }),
    };
    let append = Append {
        workspace,
        expected_head: head,
        records: vec![codec::encode(&commit).unwrap()],
        side: Vec::new(),
    };
    let appended = desk.disk.append(&[append]).unwrap();
    assert_eq!(appended, [Appended::Durable { head: head + 1 }]);
}

#[actix::test]
async fn a_log_that_another_writer_damaged_is_folded_in_once_as_far_as_it_goes() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    write_elsewhere(&desk, WORKSPACE, ONE);
    let nowhere = ConversationId::from_u128(77);
    let unassigned = ConversationEvent::Unassigned {
        previous: SAM,
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    };
    write_event(&desk, WORKSPACE, (nowhere, 1), unassigned);
    let fenced = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert!(is_unavailable(&fenced), "{fenced:?}");
    let generation = desk.workspace.generation();
    until(|| desk.workspace.generation() > generation + 5).await;
    let reason = desk.store.unavailable().unwrap();
    assert!(reason.contains("damaged"), "{reason}");
    let fold = desk.workspace.views().read();
    let positions = &fold.rows[&ONE].positions;
    assert_eq!(positions.len(), 2, "{positions:?}");
}

#[actix::test]
async fn what_another_writer_added_is_read_before_the_next_decision() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    write_elsewhere(&desk, WORKSPACE, ONE);
    let fenced = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert!(is_unavailable(&fenced), "{fenced:?}");
    desk.healed().await;
    assert_eq!(desk.shown(ONE), (Some(SAM), 2));
    let refused = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert_eq!(refused, Came::Refused(Rejection::AlreadyAssigned));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(Some(MAYA))).await),
        Came::Changed(3)
    );
    desk.check_log();
}

pub(crate) const OTHER: WorkspaceId = WorkspaceId::from_u128(2);
pub(crate) const THERE: ConversationId = ConversationId::from_u128(2001);

/// A second workspace, with one conversation.
pub(crate) async fn another_workspace(desk: &Desk) -> Arc<Workspace> {
    let workspace = desk.store.add_workspace(OTHER);
    let owner = CreateUser {
        id: OWNER,
        name: "olga".into(),
        email: "olga@other.example".into(),
        role: Role::Owner,
        password_hash: None,
        users_max: 10,
    };
    let sam = CreateUser {
        id: SAM,
        email: "sam@other.example".into(),
        role: Role::Agent,
        ..owner.clone()
    };
    let create = CreateWorkspace {
        name: "Other".into(),
        time_zone: "UTC".into(),
        owner,
    };
    for command in [
        DirectoryCommand::CreateWorkspace(create),
        DirectoryCommand::CreateUser(sam),
    ] {
        let request = DirectoryRequest {
            caller: Caller::System,
            command,
        };
        let answer = desk.directories.execute(&workspace, request, None);
        assert!(answered(answer).await.unwrap().outcome.is_ok());
    }
    let request = Request {
        caller: Caller::System,
        expected_versions: None,
        command: creation(None),
    };
    let created = desk.conversations.execute(&workspace, THERE, request, None);
    assert_eq!(came(answered(created).await), Came::Changed(1));
    workspace
}

#[actix::test]
async fn a_workspace_that_is_fenced_does_not_take_the_others_with_it() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let other = another_workspace(&desk).await;
    desk.faults.hold();
    let before = actix::spawn(desk.ask(Caller::System, TWO, message(1)));
    settle().await;
    desk.faults.wait_until_held();
    let appends = desk.faults.appends();
    let here = actix::spawn(desk.ask(MAYA, ONE, Command::Claim));
    let conversations = Arc::clone(&desk.conversations);
    let there = actix::spawn(async move {
        let request = Request {
            caller: Caller::User(OWNER),
            expected_versions: None,
            command: Command::Claim,
        };
        answered(conversations.execute(&other, THERE, request, None)).await
    });
    settle().await;
    write_elsewhere(&desk, OTHER, THERE);
    desk.faults.release();
    assert_eq!(came(before.await.unwrap()), Came::Changed(2));
    assert_eq!(came(here.await.unwrap()), Came::Changed(2));
    let there = came(there.await.unwrap());
    assert!(is_unavailable(&there), "{there:?}");
    assert_eq!(
        desk.faults.appends(),
        appends + 1,
        "both were in one append"
    );
    desk.healed().await;
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(None)).await),
        Came::Changed(3)
    );
    let other = desk.store.workspaces().find(OTHER).unwrap();
    assert_eq!(
        other.views().read().rows[&THERE].conversation.assignee,
        Some(SAM)
    );
    desk.check_log();
    check_log(&*desk.journal, OTHER);
}

#[actix::test]
async fn stopping_carries_out_what_waits_and_refuses_the_rest() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.hold();
    let first = actix::spawn(desk.ask(MAYA, ONE, Command::Claim));
    settle().await;
    desk.faults.wait_until_held();
    let second = actix::spawn(desk.ask(SAM, TWO, Command::Claim));
    settle().await;
    let store = Arc::clone(&desk.store);
    let stopping = std::thread::spawn(move || store.stop());
    until(|| desk.store.unavailable().is_some()).await;
    let late = came(desk.ask(OWNER, ONE, assign(None)).await);
    assert!(is_unavailable(&late), "{late:?}");
    desk.faults.release();
    assert_eq!(came(first.await.unwrap()), Came::Changed(2));
    assert_eq!(came(second.await.unwrap()), Came::Changed(2));
    stopping.join().unwrap();
    desk.check_log();
}
