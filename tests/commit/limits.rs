//! Queues that are full.

use ochre_assign::commit::CommandFailure;
use ochre_assign::domain::Caller;

use crate::desk::{Came, Desk, ONE, Sizes, TWO, came, message, settle};

async fn is_refused_when_full(sizes: Sizes) {
    let desk = Desk::with_conversations(sizes).await;
    desk.faults.hold();
    // The first is with the disk; the others wait, as many as fit.
    let first = actix::spawn(desk.ask(Caller::System, ONE, message(1)));
    settle().await;
    desk.faults.wait_until_held();
    let asked: Vec<_> = (2..=20)
        .map(|id| actix::spawn(desk.ask(Caller::System, ONE, message(id))))
        .collect();
    settle().await;
    // Another conversation shares the queue.
    let other = came(desk.ask(Caller::System, TWO, message(1)).await);
    assert!(matches!(other, Came::Failed(CommandFailure::Overloaded(_))));
    desk.faults.release();
    assert_eq!(came(first.await.unwrap()), Came::Changed(2));
    let mut done = 0;
    let mut refused = 0;
    for answer in asked {
        match came(answer.await.unwrap()) {
            // Those that were refused took no version.
            Came::Changed(version) => {
                done += 1;
                assert_eq!(version, 2 + done);
            }
            Came::Failed(CommandFailure::Overloaded(_)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((done, refused), (5, 14));
    assert_eq!(
        came(desk.ask(Caller::System, TWO, message(1)).await),
        Came::Changed(2)
    );
    desk.check_log();
}

#[actix::test]
async fn a_queue_with_too_many_commits_refuses_the_next() {
    let mut sizes = Sizes::default();
    sizes.store.queue.items_max = 5;
    is_refused_when_full(sizes).await;
}

#[actix::test]
async fn a_queue_with_too_many_bytes_refuses_the_next() {
    let mut sizes = Sizes::default();
    // A short message is taken to weigh 256 bytes and its text, and what goes with it 64.
    sizes.store.queue.bytes_max = 5 * (256 + 10 + 64) + 100;
    is_refused_when_full(sizes).await;
}

#[actix::test]
async fn a_batch_takes_no_more_than_it_may() {
    let mut sizes = Sizes::default();
    sizes.store.queue.batch_items_max = 10;
    let desk = Desk::with_conversations(sizes).await;
    desk.faults.hold();
    let asked: Vec<_> = (1..=31)
        .map(|id| actix::spawn(desk.ask(Caller::System, ONE, message(id))))
        .collect();
    settle().await;
    desk.faults.wait_until_held();
    let before = desk.faults.appends();
    desk.faults.release();
    for answer in asked {
        assert!(matches!(came(answer.await.unwrap()), Came::Changed(_)));
    }
    let more = desk.faults.appends() - before;
    assert!((3..=4).contains(&more), "{more} more appends");
    desk.check_log();
}
