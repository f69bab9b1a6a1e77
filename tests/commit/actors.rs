//! Actors that stop, panic, are full, or are too many.

use std::time::Duration;

use ochre_assign::commit::CommandFailure;
use ochre_assign::domain::ConversationId;
use ochre_assign::domain::conversation::{Command, Rejection};
use ochre_assign::domain::directory::UserStatus;

use crate::desk::{Came, Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, assign, came, message, settle};

#[actix::test]
async fn an_idle_actor_stops_and_the_next_command_finds_the_same_state() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    assert_eq!(desk.conversations.live(), 2);
    desk.clock.advance(Duration::from_secs(59));
    desk.conversations.sweep();
    settle().await;
    assert_eq!(desk.conversations.live(), 2);
    desk.clock.advance(Duration::from_secs(2));
    desk.conversations.sweep();
    settle().await;
    assert_eq!(desk.conversations.live(), 0);
    let refused = came(desk.ask(SAM, ONE, Command::Claim).await);
    assert_eq!(refused, Came::Refused(Rejection::AlreadyAssigned));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(Some(SAM))).await),
        Came::Changed(3)
    );
    assert_eq!(desk.conversations.live(), 1);
    desk.check_log();
}

#[actix::test]
async fn an_actor_whose_commits_are_not_durable_does_not_stop() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.hold();
    let claimed = actix::spawn(desk.ask(MAYA, ONE, Command::Claim));
    settle().await;
    desk.clock.advance(Duration::from_secs(61));
    desk.conversations.sweep();
    settle().await;
    assert_eq!(desk.conversations.live(), 1);
    desk.faults.release();
    assert_eq!(came(claimed.await.unwrap()), Came::Changed(2));
    desk.conversations.sweep();
    settle().await;
    assert_eq!(desk.conversations.live(), 0);
}

#[actix::test]
async fn a_panic_loses_the_answer_and_nothing_else() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    desk.faults.hold();
    let first = actix::spawn(desk.ask(MAYA, ONE, Command::Claim));
    settle().await;
    desk.tripping.trip();
    let second = actix::spawn(desk.ask(OWNER, ONE, assign(Some(SAM))));
    settle().await;
    // The new actor waits for what the old one left behind.
    let third = actix::spawn(desk.ask(SAM, ONE, Command::Claim));
    settle().await;
    desk.faults.release();
    assert_eq!(came(first.await.unwrap()), Came::Changed(2));
    assert_eq!(
        came(second.await.unwrap()),
        Came::Failed(CommandFailure::Lost)
    );
    let third = came(third.await.unwrap());
    assert_eq!(third, Came::Refused(Rejection::AlreadyAssigned));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(Some(SAM))).await),
        Came::Changed(3)
    );
    assert_eq!(desk.conversations.live(), 2);
    desk.check_log();
}

/// The wait of a new actor needs room in the queue; without it, what the views show is not yet what
/// its predecessor left, and must not be decided on.
#[actix::test]
async fn an_actor_that_could_not_wait_never_refuses_for_what_is_past() {
    let mut sizes = Sizes::default();
    sizes.store.queue.items_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    assert_eq!(
        came(desk.ask(SAM, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    desk.faults.hold();
    let unassigned = actix::spawn(desk.ask(OWNER, ONE, assign(None)));
    settle().await;
    desk.faults.wait_until_held();
    desk.tripping.trip();
    let lost = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert_eq!(lost, Came::Failed(CommandFailure::Lost));
    let filling = [1, 2].map(|id| actix::spawn(desk.ask(OWNER, TWO, message(id))));
    settle().await;
    let refused = came(desk.ask(MAYA, ONE, Command::Claim).await);
    let reloading = Came::Failed(CommandFailure::Reloading("the conversation"));
    assert_eq!(refused, reloading);
    desk.faults.release();
    assert_eq!(came(unassigned.await.unwrap()), Came::Changed(3));
    for filled in filling {
        assert!(matches!(came(filled.await.unwrap()), Came::Changed(_)));
    }
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(4)
    );
    desk.check_log();
}

/// The same for the directory: deciding on a past one would bring back who has left.
#[actix::test]
async fn a_directory_that_could_not_wait_never_brings_somebody_back() {
    let mut sizes = Sizes::default();
    sizes.store.queue.items_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    desk.faults.hold();
    let left = actix::spawn(desk.set_status(MAYA, UserStatus::Deactivated));
    settle().await;
    desk.faults.wait_until_held();
    desk.tripping_order.trip();
    let lost = desk.set_status(SAM, UserStatus::Deactivated).await;
    assert_eq!(lost.unwrap_err(), CommandFailure::Lost);
    let filling = [1, 2].map(|id| actix::spawn(desk.ask(OWNER, TWO, message(id))));
    settle().await;
    // It is started while its wait finds no room.
    let refused = desk.set_status(SAM, UserStatus::Deactivated).await;
    let reloading = CommandFailure::Reloading("the directory");
    assert_eq!(refused.unwrap_err(), reloading);
    desk.faults.release();
    assert!(left.await.unwrap().unwrap().outcome.is_ok());
    for filled in filling {
        assert!(matches!(came(filled.await.unwrap()), Came::Changed(_)));
    }
    let after = desk.set_status(SAM, UserStatus::Deactivated).await.unwrap();
    assert!(after.outcome.is_ok());
    let assigned = came(desk.ask(OWNER, ONE, assign(Some(MAYA))).await);
    assert_eq!(assigned, Came::Refused(Rejection::AssigneeNotEligible));
    desk.check_log();
}

#[actix::test]
async fn a_full_mailbox_refuses_and_the_rest_is_carried_out() {
    let mut sizes = Sizes::default();
    sizes.actors.mailbox_messages_max = 4;
    let desk = Desk::with_conversations(sizes).await;
    // Nobody handles anything until this task waits for the first answer.
    let asked: Vec<_> = (1..=40)
        .map(|id| desk.ask(OWNER, ONE, message(id)))
        .collect();
    let answers = futures_util::future::join_all(asked).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert!(done.len() >= 4, "{} were carried out", done.len());
    assert!(!refused.is_empty());
    for failure in refused {
        assert!(matches!(failure, Err(CommandFailure::Overloaded(_))));
    }
    let (_, version) = desk.shown(ONE);
    assert_eq!(version, 1 + u64::try_from(done.len()).unwrap());
    desk.check_log();
}

#[actix::test]
async fn too_many_conversations_are_refused_until_some_have_stopped() {
    let mut sizes = Sizes::default();
    sizes.actors.conversations_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    let three = ConversationId::from_u128(3);
    let refused = came(desk.ask(OWNER, three, crate::desk::creation(None)).await);
    assert!(matches!(
        refused,
        Came::Failed(CommandFailure::Overloaded(_))
    ));
    // Those that are in memory go on.
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    desk.clock.advance(Duration::from_secs(61));
    let refused = came(desk.ask(OWNER, three, crate::desk::creation(None)).await);
    assert!(matches!(
        refused,
        Came::Failed(CommandFailure::Overloaded(_))
    ));
    settle().await;
    desk.create(three).await;
    assert_eq!(desk.conversations.live(), 1);
}

#[actix::test]
async fn a_conversation_whose_actor_panicked_comes_back_though_memory_is_full() {
    let mut sizes = Sizes::default();
    sizes.actors.conversations_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    desk.tripping.trip();
    let lost = came(desk.ask(MAYA, ONE, Command::Claim).await);
    assert_eq!(lost, Came::Failed(CommandFailure::Lost));
    assert_eq!(
        came(desk.ask(MAYA, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    assert_eq!(desk.conversations.live(), 2);
}

#[actix::test]
async fn an_actor_that_panicked_and_that_nobody_asks_again_leaves_memory() {
    let mut sizes = Sizes::default();
    sizes.actors.conversations_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    for id in [ONE, TWO] {
        desk.tripping.trip();
        let lost = came(desk.ask(MAYA, id, Command::Claim).await);
        assert_eq!(lost, Came::Failed(CommandFailure::Lost));
    }
    desk.conversations.sweep();
    assert_eq!(desk.conversations.live(), 0);
    desk.create(ConversationId::from_u128(3)).await;
    assert_eq!(desk.conversations.live(), 1);
}
