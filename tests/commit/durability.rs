//! Nobody is told of anything that is not on the disk, not even by a refusal.

use ochre_assign::domain::conversation::{Command, Rejection};
use ochre_assign::domain::directory::{DirectoryRejection, UserStatus};
use ochre_assign::domain::{Caller, ConversationId};

use crate::desk::{
    Came, Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, VIEWER, assign, came, creation, message, note,
    settle,
};

#[actix::test]
async fn no_answer_of_any_kind_comes_before_what_it_speaks_of_is_durable() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.hold();
    let asked = [
        (desk.ask(OWNER, ONE, assign(Some(MAYA))), Came::Changed(2)),
        (desk.ask(OWNER, ONE, assign(Some(MAYA))), Came::Unchanged),
        (
            desk.ask(SAM, ONE, Command::Claim),
            Came::Refused(Rejection::AlreadyAssigned),
        ),
        (
            desk.ask((OWNER, 1), ONE, assign(None)),
            Came::Refused(Rejection::VersionMismatch),
        ),
        (
            desk.ask(SAM, ONE, Command::TakeOver),
            Came::Refused(Rejection::NotInAiQueue),
        ),
        // Another conversation, of which nothing is on its way: still the workspace's order.
        (
            desk.ask(OWNER, TWO, assign(Some(VIEWER))),
            Came::Refused(Rejection::AssigneeNotEligible),
        ),
        (desk.ask(VIEWER, ONE, note(7, &[MAYA])), Came::Changed(3)),
    ];
    let asked = asked.map(|(answer, expected)| (actix::spawn(answer), expected));
    settle().await;
    let same = actix::spawn(desk.set_status(SAM, UserStatus::Active));
    settle().await;
    desk.faults.wait_until_held();
    assert!(asked.iter().all(|(answer, _)| !answer.is_finished()));
    assert!(!same.is_finished());
    assert_eq!(desk.shown(ONE), (None, 1));
    desk.faults.release();
    for (answer, expected) in asked {
        assert_eq!(came(answer.await.unwrap()), expected);
    }
    assert_eq!(same.await.unwrap().unwrap().outcome.unwrap().0, []);
    assert_eq!(desk.shown(ONE), (Some(MAYA), 3));
    desk.check_log();
}

#[actix::test]
async fn the_directory_speaks_of_nothing_before_it_is_durable() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.hold();
    let left = actix::spawn(desk.set_status(MAYA, UserStatus::Deactivated));
    settle().await;
    // Both are decided on a directory that is not durable yet.
    let refused = actix::spawn(desk.ask(OWNER, ONE, assign(Some(MAYA))));
    let by_her = actix::spawn(desk.ask(MAYA, ONE, Command::Claim));
    let unknown = actix::spawn(desk.set_status(
        ochre_assign::domain::UserId::from_u128(99),
        UserStatus::Active,
    ));
    settle().await;
    desk.faults.wait_until_held();
    assert!(!left.is_finished() && !refused.is_finished());
    assert!(!by_her.is_finished() && !unknown.is_finished());
    assert!(desk.workspace.views().directory().may_be_assigned(MAYA));
    assert!(!desk.workspace.directory().may_be_assigned(MAYA));
    desk.faults.release();
    assert!(left.await.unwrap().unwrap().outcome.is_ok());
    let refused = came(refused.await.unwrap());
    assert_eq!(refused, Came::Refused(Rejection::AssigneeNotEligible));
    let by_her = came(by_her.await.unwrap());
    assert_eq!(by_her, Came::Refused(Rejection::CallerGone));
    let unknown = unknown.await.unwrap().unwrap().outcome;
    assert_eq!(unknown.unwrap_err(), DirectoryRejection::NotFound);
    assert!(!desk.workspace.views().directory().may_be_assigned(MAYA));
}

#[actix::test]
async fn a_refusal_that_speaks_of_nothing_new_needs_no_disk() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let appends = desk.faults.appends();
    desk.faults.hold();
    let refused = came(desk.ask(SAM, ONE, Command::TakeOver).await);
    assert_eq!(refused, Came::Refused(Rejection::NotInAiQueue));
    assert_eq!(desk.faults.appends(), appends);
    desk.faults.release();
}

#[actix::test]
async fn commands_on_one_conversation_share_a_few_flushes() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let before = desk.faults.appends();
    desk.faults.hold();
    let asked = (1..=100).map(|id| actix::spawn(desk.ask(Caller::System, ONE, message(id))));
    let asked: Vec<_> = asked.collect();
    settle().await;
    desk.faults.wait_until_held();
    desk.faults.release();
    for (answer, version) in asked.into_iter().zip(2..) {
        assert_eq!(came(answer.await.unwrap()), Came::Changed(version));
    }
    let appends = desk.faults.appends() - before;
    assert!(appends <= 3, "{appends} appends");
    desk.check_log();
}

#[actix::test]
async fn an_external_id_is_taken_once_among_creations_under_way() {
    let desk = Desk::new(Sizes::default()).await;
    desk.faults.hold();
    let asked = [ONE, TWO].map(|id| {
        let answer = desk.ask(Caller::System, id, creation(Some("crm-1")));
        actix::spawn(answer)
    });
    settle().await;
    assert!(asked.iter().all(|answer| !answer.is_finished()));
    desk.faults.release();
    let [first, second] = asked;
    assert_eq!(came(first.await.unwrap()), Came::Changed(1));
    let second = came(second.await.unwrap());
    assert_eq!(second, Came::Refused(Rejection::ExternalIdTaken(ONE)));
    let three = ConversationId::from_u128(3);
    desk.create(three).await;
    let fold = desk.workspace.views().read();
    assert_eq!(fold.rows[&three].conversation.facts.number, 2);
}

#[actix::test]
async fn time_along_the_log_never_goes_back() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.clock
        .set(ochre_assign::domain::Timestamp::from_millis(5));
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    desk.check_log();
}
