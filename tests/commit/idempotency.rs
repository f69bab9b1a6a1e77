//! Answers remembered for a key: with their effect, through failures, restarts and time.

use std::sync::Arc;
use std::time::Duration;

use ochre_assign::actors::{Keyed, Reply};
use ochre_assign::commit::{Begun, CommandFailure, KeyOwner, StoredAnswer, Ticket};
use ochre_assign::config::{Config, DEFAULT_TOML};
use ochre_assign::domain::Caller;
use ochre_assign::domain::conversation::{Command, Rejection, Request};
use ochre_assign::journal::Faults;

use crate::desk::{
    Came, Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, WORKSPACE, answered, assign, came, message,
    settle, until,
};
use crate::failures::{THERE, another_workspace, write_elsewhere};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn begin(desk: &Desk, key: &str, request: u8) -> Result<Begun, CommandFailure> {
    let owner = KeyOwner {
        workspace: WORKSPACE,
        caller: Caller::User(MAYA),
        key: key.to_owned(),
    };
    let keys = Arc::clone(desk.store.idempotency());
    answered(async move { keys.begin(owner, [request; 32]).await }).await
}

async fn ticket(desk: &Desk, key: &str) -> Ticket {
    match begin(desk, key, 1).await {
        Ok(Begun::Fresh(ticket)) => ticket,
        other => panic!("{key} is not fresh: {other:?}"),
    }
}

async fn replayed(desk: &Desk, key: &str) -> (u16, String) {
    match begin(desk, key, 1).await {
        Ok(Begun::Replay(answer)) => (answer.status, answer.body.clone()),
        other => panic!("{key} is not remembered: {other:?}"),
    }
}

fn keyed(ticket: Ticket) -> Option<Keyed<Reply>> {
    Some(Keyed {
        ticket,
        write,
        request_id: "req_1".into(),
    })
}

/// Like the API: a status for each outcome.
fn write(reply: &Reply, request_id: &str) -> StoredAnswer {
    let version = reply.conversation.as_ref().map_or(0, |one| one.version);
    let status = match &reply.outcome {
        Ok(_) => 200,
        Err(Rejection::CallerGone) => 401,
        Err(Rejection::NotFound) => 500,
        Err(_) => 409,
    };
    StoredAnswer {
        status,
        content_type: "application/json".to_owned(),
        etag: None,
        location: None,
        body: format!("{request_id}: version {version}"),
    }
}

fn write_badly(_: &Reply, _: &str) -> StoredAnswer {
    panic!("it cannot be written out (planned)")
}

async fn claim_with(desk: &Desk, key: &str) -> Came {
    let keyed = keyed(ticket(desk, key).await);
    came(desk.ask_keyed(MAYA, ONE, Command::Claim, keyed).await)
}

#[actix::test]
async fn a_repeated_request_gets_the_first_answer_and_changes_nothing() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(claim_with(&desk, "k").await, Came::Changed(2));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(None)).await),
        Came::Changed(3)
    );
    let first = (200, "req_1: version 2".to_owned());
    assert_eq!(replayed(&desk, "k").await, first);
    assert!(matches!(begin(&desk, "k", 2).await, Ok(Begun::Reused)));
    // Another key, and another caller's key of the same name, are others.
    drop(ticket(&desk, "other").await);
    let owner = KeyOwner {
        workspace: WORKSPACE,
        caller: Caller::User(SAM),
        key: "k".to_owned(),
    };
    let of_sam = desk.store.idempotency().begin(owner, [1; 32]).await;
    assert!(matches!(of_sam, Ok(Begun::Fresh(_))));
}

#[actix::test]
async fn a_repetition_under_way_waits_for_the_first_answer() {
    let desk = Arc::new(Desk::with_conversations(Sizes::default()).await);
    let held = keyed(ticket(&desk, "k").await);
    desk.faults.hold();
    let first = actix::spawn(desk.ask_keyed(MAYA, ONE, Command::Claim, held));
    let same = Arc::clone(&desk);
    let second = actix::spawn(async move { replayed(&same, "k").await });
    settle().await;
    desk.faults.wait_until_held();
    assert!(!second.is_finished());
    assert!(matches!(begin(&desk, "k", 2).await, Ok(Begun::Reused)));
    desk.faults.release();
    assert_eq!(came(first.await.unwrap()), Came::Changed(2));
    assert_eq!(second.await.unwrap().0, 200);
}

#[actix::test]
async fn an_answer_is_remembered_though_its_client_has_hung_up() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let held = keyed(ticket(&desk, "k").await);
    desk.faults.hold();
    let asked = actix::spawn(desk.ask_keyed(MAYA, ONE, Command::Claim, held));
    settle().await;
    asked.abort();
    assert!(asked.await.is_err());
    desk.faults.release();
    assert_eq!(replayed(&desk, "k").await.0, 200);
    assert_eq!(desk.shown(ONE), (Some(MAYA), 2));
}

#[actix::test]
async fn answers_are_remembered_by_a_new_process() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(claim_with(&desk, "k").await, Came::Changed(2));
    let desk = desk.reopen();
    assert_eq!(replayed(&desk, "k").await.1, "req_1: version 2");
    assert!(matches!(begin(&desk, "k", 2).await, Ok(Begun::Reused)));
}

#[actix::test]
async fn an_answer_is_remembered_for_a_day_and_then_forgotten() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(claim_with(&desk, "k").await, Came::Changed(2));
    desk.clock.advance(DAY - Duration::from_millis(1));
    assert_eq!(replayed(&desk, "k").await.0, 200);
    desk.clock.advance(Duration::from_millis(1));
    drop(ticket(&desk, "k").await);
}

#[actix::test]
async fn a_failed_append_makes_the_key_fresh_for_whoever_waits() {
    for fail in [Faults::fail_before, Faults::fail_after] {
        let desk = Arc::new(Desk::with_conversations(Sizes::default()).await);
        let held = keyed(ticket(&desk, "k").await);
        desk.next_append(fail);
        desk.faults.hold();
        let first = actix::spawn(desk.ask_keyed(MAYA, ONE, Command::Claim, held));
        let same = Arc::clone(&desk);
        let second = actix::spawn(async move { ticket(&same, "k").await });
        settle().await;
        desk.faults.wait_until_held();
        assert!(!second.is_finished());
        desk.faults.release();
        let failed = came(first.await.unwrap());
        assert!(matches!(
            failed,
            Came::Failed(CommandFailure::Unavailable(_))
        ));
        let held = keyed(second.await.unwrap());
        desk.healed().await;
        let done = came(desk.ask_keyed(MAYA, ONE, Command::Claim, held).await);
        assert_eq!(done, Came::Changed(2));
        assert_eq!(replayed(&desk, "k").await.0, 200);
        desk.check_log();
    }
}

#[actix::test]
async fn a_refusal_is_remembered_before_it_is_told() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(
        came(desk.ask(SAM, ONE, Command::Claim).await),
        Came::Changed(2)
    );
    let held = keyed(ticket(&desk, "k").await);
    desk.faults.hold();
    let refused = actix::spawn(desk.ask_keyed(MAYA, ONE, Command::Claim, held));
    settle().await;
    desk.faults.wait_until_held();
    assert!(!refused.is_finished());
    desk.faults.release();
    let refused = came(refused.await.unwrap());
    assert_eq!(refused, Came::Refused(Rejection::AlreadyAssigned));
    assert_eq!(
        came(desk.ask(OWNER, ONE, assign(None)).await),
        Came::Changed(3)
    );
    // It would succeed now; the key still stands for the refusal.
    assert_eq!(replayed(&desk, "k").await.0, 409);
    let desk = desk.reopen();
    assert_eq!(replayed(&desk, "k").await.0, 409);
}

#[actix::test]
async fn answers_that_say_nothing_about_the_request_are_not_remembered() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let gone = ochre_assign::domain::UserId::from_u128(99);
    let held = keyed(ticket(&desk, "k").await);
    let unauthenticated = came(desk.ask_keyed(gone, ONE, Command::Claim, held).await);
    assert_eq!(unauthenticated, Came::Refused(Rejection::CallerGone));
    let held = keyed(ticket(&desk, "k").await);
    let nowhere = ochre_assign::domain::ConversationId::from_u128(77);
    let failed = came(desk.ask_keyed(MAYA, nowhere, Command::Claim, held).await);
    assert_eq!(failed, Came::Refused(Rejection::NotFound));
    drop(ticket(&desk, "k").await);
}

#[actix::test]
async fn keys_beyond_the_limit_are_refused_until_old_ones_are_forgotten() {
    let mut sizes = Sizes::default();
    sizes.store.answers_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    assert_eq!(claim_with(&desk, "a").await, Came::Changed(2));
    assert_eq!(claim_with(&desk, "b").await, Came::Unchanged);
    let full = begin(&desk, "c", 1).await;
    assert!(
        matches!(full, Err(CommandFailure::Overloaded(_))),
        "{full:?}"
    );
    assert_eq!(replayed(&desk, "a").await.0, 200);
    // A new process counts again.
    let desk = desk.reopen();
    let full = begin(&desk, "c", 1).await;
    assert!(
        matches!(full, Err(CommandFailure::Overloaded(_))),
        "{full:?}"
    );
    let done = came(desk.ask(Caller::System, ONE, message(3)).await);
    assert!(matches!(done, Came::Changed(_)));
    desk.clock.advance(DAY);
    // After the batch that follows, the old ones are forgotten; the next one comes after that.
    for id in [1, 2] {
        let done = came(desk.ask(Caller::System, ONE, message(id)).await);
        assert!(matches!(done, Came::Changed(_)));
    }
    assert!(matches!(claim_with(&desk, "c").await, Came::Unchanged));
    desk.check_log();
}

/// Keys are forgotten after a batch, in every workspace; the batch here is another's.
#[actix::test]
async fn forgetting_keys_notices_another_writer() {
    let mut sizes = Sizes::default();
    sizes.store.answers_max = 3;
    let desk = Desk::with_conversations(sizes).await;
    let other = another_workspace(&desk).await;
    assert_eq!(claim_with(&desk, "a").await, Came::Changed(2));
    assert_eq!(claim_with(&desk, "b").await, Came::Unchanged);
    desk.clock.advance(Duration::from_secs(3600));
    assert_eq!(claim_with(&desk, "c").await, Came::Unchanged);
    let generation = desk.workspace.generation();
    write_elsewhere(&desk, WORKSPACE, TWO);
    desk.clock.advance(DAY - Duration::from_secs(3600));
    let request = Request {
        caller: Caller::User(OWNER),
        expected_versions: None,
        command: Command::Claim,
    };
    // Whether it comes before or after the forgetting is for the threads to say.
    let done = desk.conversations.execute(&other, THERE, request, None);
    let done = came(answered(done).await);
    let unavailable = matches!(done, Came::Failed(CommandFailure::Unavailable(_)));
    assert!(unavailable || done == Came::Changed(2), "{done:?}");
    until(|| desk.workspace.generation() > generation).await;
    desk.healed().await;
    assert_eq!(desk.shown(TWO), (Some(SAM), 2));
    assert_eq!(replayed(&desk, "c").await.0, 200);
    desk.check_log();
}

/// A key that the store refuses would fail the append of everybody in the batch.
#[actix::test]
async fn the_longest_key_that_may_be_configured_fits_the_store() {
    let mut config: Config = toml::from_str(DEFAULT_TOML).unwrap();
    let longest = (16..2_000).rev().find(|chars| {
        config.idempotency.key_chars_max = *chars;
        config.validate().is_empty()
    });
    let key = "k".repeat(longest.unwrap());
    let desk = Desk::with_conversations(Sizes::default()).await;
    assert_eq!(claim_with(&desk, &key).await, Came::Changed(2));
    assert_eq!(replayed(&desk, &key).await.0, 200);
}

#[actix::test]
async fn a_command_that_never_got_through_leaves_its_key_fresh() {
    let mut sizes = Sizes::default();
    sizes.actors.conversations_max = 2;
    let desk = Desk::with_conversations(sizes).await;
    let held = keyed(ticket(&desk, "k").await);
    let nowhere = ochre_assign::domain::ConversationId::from_u128(77);
    let refused = came(desk.ask_keyed(MAYA, nowhere, Command::Claim, held).await);
    assert!(matches!(
        refused,
        Came::Failed(CommandFailure::Overloaded(_))
    ));
    let held = keyed(ticket(&desk, "k").await);
    desk.tripping.trip();
    let lost = came(desk.ask_keyed(MAYA, ONE, Command::Claim, held).await);
    assert_eq!(lost, Came::Failed(CommandFailure::Lost));
    assert_eq!(claim_with(&desk, "k").await, Came::Changed(2));
}

#[actix::test]
async fn an_answer_that_cannot_be_written_out_is_a_failed_append() {
    let desk = Desk::with_conversations(Sizes::default()).await;
    let held = keyed(ticket(&desk, "k").await).map(|keyed| Keyed {
        write: write_badly,
        ..keyed
    });
    let lost = came(desk.ask_keyed(MAYA, ONE, Command::Claim, held).await);
    assert_eq!(lost, Came::Failed(CommandFailure::Lost));
    assert_eq!(desk.shown(ONE), (None, 1));
    // It was lost before the queue was shut: whoever is quick may still find it open.
    let unavailable = |came: &Came| matches!(came, Came::Failed(CommandFailure::Unavailable(_)));
    let mut again = claim_with(&desk, "k").await;
    while unavailable(&again) {
        desk.healed().await;
        again = claim_with(&desk, "k").await;
    }
    assert_eq!(again, Came::Changed(2));
    desk.check_log();
}
