//! The numbers along a log, and after a snapshot of it.

use std::time::Duration;

use super::Contention;
use crate::domain::conversation::{AssignedBy, ConversationEvent, Created, Status};
use crate::domain::directory::{DirectoryEvent, Role};
use crate::domain::stats::{Percentiles, Stats};
use crate::domain::testing::{MAYA, SAM, created, creation, joined};
use crate::domain::{
    Actor, Commit, CommitBody, ConversationCommit, ConversationId, Timestamp, UserId,
};
use crate::views::WorkspaceFold;

/// Ten in the morning of a first of March.
const MORNING: Timestamp = Timestamp::from_millis(1_772_359_200_000);

struct Log {
    fold: WorkspaceFold,
    now: Timestamp,
}

impl Log {
    fn new() -> Self {
        let mut log = Self {
            fold: WorkspaceFold::default(),
            now: MORNING,
        };
        log.commit(CommitBody::Directory {
            events: vec![
                DirectoryEvent::WorkspaceCreated {
                    name: "Acme".into(),
                    time_zone: "UTC".into(),
                },
                joined("Maya", MAYA, Role::Agent),
                joined("Sam", SAM, Role::Agent),
            ],
        });
        log
    }

    fn commit(&mut self, body: CommitBody) {
        let commit = Commit {
            seq: self.fold.head + 1,
            at: self.now,
            actor: Actor::System,
            body,
        };
        self.fold.apply(&commit, None).unwrap();
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now.saturating_add(Duration::from_secs(seconds));
        self
    }

    fn on(&mut self, id: u128, events: impl Into<Vec<ConversationEvent>>) -> &mut Self {
        let conversation = ConversationId::from_u128(id);
        let before = self.fold.rows.get(&conversation);
        let (version, fresh) =
            before.map_or((1, true), |row| (row.conversation.version + 1, false));
        let number = fresh.then_some(self.fold.numbers + 1);
        self.commit(CommitBody::Conversation(ConversationCommit {
            conversation,
            version,
            number,
            operation: None,
            events: events.into(),
        }));
        self
    }

    fn create(&mut self, id: u128) -> &mut Self {
        let handled = Created {
            ai_handling: true,
            ..created()
        };
        self.on(id, creation(handled))
    }

    fn give(&mut self, id: u128, to: UserId) -> &mut Self {
        let row = &self.fold.rows[&ConversationId::from_u128(id)];
        let event = ConversationEvent::Assigned {
            assignee: to,
            previous: row.conversation.assignee,
            by: AssignedBy::User { id: to },
            undo_of: None,
        };
        self.on(id, [event])
    }

    fn take_away(&mut self, id: u128, from: UserId) -> &mut Self {
        let event = ConversationEvent::Unassigned {
            previous: from,
            by: AssignedBy::User { id: from },
            undo_of: None,
        };
        self.on(id, [event])
    }

    fn status(&mut self, id: u128, to: Status) -> &mut Self {
        let row = &self.fold.rows[&ConversationId::from_u128(id)];
        let from = row.conversation.status;
        self.on(id, [ConversationEvent::StatusChanged { from, to }])
    }

    /// The numbers now; those that a snapshot keeps are the same after it.
    fn stats(&self) -> Stats {
        let stats = self.fold.stats(self.now, &Contention::default());
        let snapshot = self.fold.to_snapshot().unwrap();
        let read = WorkspaceFold::from_snapshot(&snapshot).unwrap();
        let mut again = read.stats(self.now, &Contention::default());
        again.assignments_per_minute = stats.assignments_per_minute;
        assert_eq!(stats, again);
        stats
    }
}

#[test]
fn x08_the_longest_waiting_one_waits_since_it_has_no_owner() {
    let mut log = Log::new();
    assert_eq!(log.stats().oldest_unassigned_at, None);
    log.create(1).wait(10).create(2);
    assert_eq!(log.stats().oldest_unassigned_at, Some(MORNING));
    log.wait(5).give(1, MAYA);
    let second = MORNING.saturating_add(Duration::from_secs(10));
    assert_eq!(log.stats().oldest_unassigned_at, Some(second));
    log.wait(5).take_away(1, MAYA).status(2, Status::Closed);
    assert_eq!(log.stats().oldest_unassigned_at, Some(log.now));
    log.status(1, Status::Pending);
    assert_eq!(log.stats().oldest_unassigned_at, None);
}

#[test]
fn x08_time_to_claim_is_from_creation_or_from_becoming_unassigned() {
    let mut log = Log::new();
    log.create(1).wait(4).give(1, MAYA);
    let found = |p50, p99| Some(Percentiles { p50, p99 });
    assert_eq!(log.stats().time_to_claim, found(4_000, 4_000));
    // From one to the next it is not claimed again.
    log.wait(60).give(1, SAM);
    assert_eq!(log.stats().time_to_claim, found(4_000, 4_000));
    log.take_away(1, SAM).wait(1).give(1, MAYA);
    assert_eq!(log.stats().time_to_claim, found(1_000, 4_000));
}

#[test]
fn x08_owners_are_listed_by_what_they_have_open() {
    let mut log = Log::new();
    log.create(1).create(2).create(3);
    log.give(1, MAYA).give(2, SAM).give(3, SAM);
    let stats = log.stats();
    assert_eq!(stats.owners, [(SAM, 2), (MAYA, 1)]);
    assert_eq!(stats.assignments_per_minute, 3);
    log.wait(61).status(1, Status::Closed);
    let stats = log.stats();
    assert_eq!(stats.owners, [(SAM, 2)]);
    assert_eq!(stats.assignments_per_minute, 0);
}

#[test]
fn s07_what_the_ai_closed_counts_until_midnight_or_until_it_is_open_again() {
    let mut log = Log::new();
    log.create(1).create(2).create(3);
    log.status(1, Status::Closed).status(2, Status::Closed);
    assert_eq!(log.stats().closed_today, 2);
    assert_eq!(log.stats().counts.ai_queue, 1);
    log.status(1, Status::Open);
    assert_eq!(log.stats().closed_today, 1);
    log.wait(14 * 3600 - 1);
    assert_eq!(log.stats().closed_today, 1);
    log.wait(1);
    assert_eq!(log.stats().closed_today, 0);
    log.status(3, Status::Closed);
    assert_eq!(log.stats().closed_today, 1);
    log.wait(3 * 24 * 3600).status(1, Status::Closed);
    assert_eq!(log.fold.stats.closed_at.len(), 1, "old ones are let go");
}

#[test]
fn s07_what_a_person_answered_or_took_over_the_ai_did_not_close() {
    let mut log = Log::new();
    log.create(1).create(2);
    let mut message = crate::domain::testing::customer_message(7, "Hello");
    message.kind = crate::domain::conversation::MessageKind::Agent;
    log.on(1, [ConversationEvent::MessageAdded { message }]);
    let taken = ConversationEvent::TakenOver {
        by: MAYA,
        previous: None,
    };
    log.on(2, [taken]);
    log.status(1, Status::Closed).status(2, Status::Closed);
    assert_eq!(log.stats().closed_today, 0);
}
