//! Assignments and changes of the directory at the same time, from several threads: nobody is
//! assigned after they have left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ochre_assign::domain::conversation::Rejection;
use ochre_assign::domain::directory::UserStatus;
use ochre_assign::domain::{CommitBody, UserId};
use ochre_assign::journal::{Journal, codec};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Barrier;

use crate::desk::{Came, Desk, MAYA, ONE, OWNER, SAM, Sizes, TWO, WORKSPACE, assign, came};

const THREADS: u64 = 4;
const ROUNDS: u32 = 50;

/// How often each kind of answer was given.
type Tally = Arc<Mutex<BTreeMap<&'static str, u32>>>;

#[test]
fn nobody_is_assigned_after_they_have_left() {
    let seed: u64 = std::env::var("OCHRE_TEST_SEED")
        .map_or_else(|_unset| rand::rng().random(), |seed| seed.parse().unwrap());
    eprintln!("OCHRE_TEST_SEED={seed}");
    let desk = Arc::new(actix::System::new().block_on(Desk::with_conversations(Sizes::default())));
    let tally = Tally::default();
    let done = Arc::new(Barrier::new(usize::try_from(THREADS).unwrap()));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (desk, tally, done) = (Arc::clone(&desk), Arc::clone(&tally), Arc::clone(&done));
            std::thread::spawn(move || {
                actix::System::new().block_on(async {
                    rounds(&desk, &tally, seed.wrapping_add(thread)).await;
                    // The actors of this thread are needed until the last one is done.
                    done.wait().await;
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let tally = tally.lock().unwrap();
    eprintln!("{tally:?}");
    for kind in ["assigned", "refused", "left", "back"] {
        assert!(
            tally.get(kind).is_some_and(|times| *times > 10),
            "{kind}: {tally:?}"
        );
    }
    desk.check_log();
    desk.store.stop();
    let fold = desk.workspace.views().read();
    assert_eq!(fold.head, desk.journal.head(WORKSPACE).unwrap());
    assert_eq!(assignments(&*desk.journal), tally["assigned"]);
}

async fn rounds(desk: &Desk, tally: &Tally, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..ROUNDS {
        let who: UserId = if random.random() { MAYA } else { SAM };
        let conversation = if random.random() { ONE } else { TWO };
        let status = if random.random() {
            UserStatus::Deactivated
        } else {
            UserStatus::Active
        };
        let assigned = desk.ask(OWNER, conversation, assign(Some(who)));
        let freed = desk.ask(OWNER, conversation, assign(None));
        let changed = desk.set_status(who, status);
        let (assigned, changed, freed) = futures_util::join!(assigned, changed, freed);
        let mut tally = tally.lock().unwrap();
        let mut count = |kind| *tally.entry(kind).or_default() += 1;
        match came(assigned) {
            Came::Changed(_) => count("assigned"),
            Came::Refused(Rejection::AssigneeNotEligible) => count("refused"),
            Came::Unchanged => count("unchanged"),
            other => panic!("{other:?}"),
        }
        match changed.unwrap().outcome.unwrap().0.as_slice() {
            [] => count("as it was"),
            _ if status == UserStatus::Active => count("back"),
            _ => count("left"),
        }
        assert!(matches!(came(freed), Came::Changed(_) | Came::Unchanged));
    }
}

/// How many commits assign somebody: each answered "assigned" is one of them.
fn assignments(journal: &dyn Journal) -> u32 {
    let records = journal.read(WORKSPACE, 0, usize::MAX).unwrap();
    let assigns = records.iter().filter(|record| {
        matches!(&codec::decode(record).unwrap().body, CommitBody::Conversation(body)
        if body.events.iter().any(|event| {
            matches!(event, ochre_assign::domain::conversation::ConversationEvent::Assigned { .. })
        }))
    });
    u32::try_from(assigns.count()).unwrap()
}
