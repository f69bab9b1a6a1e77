//! Whom which commit concerns, row by row of S08, B30 and B32.

use std::collections::BTreeMap;

use super::{Cadence, Cause, Notice, NotificationKind, Preference, PreferenceChoice, notices};
use crate::domain::conversation::{AssignedBy, ConversationEvent, Message, MessageKind, Status};
use crate::domain::directory::{DirectoryCommand, DirectoryEvent, DirectoryRejection};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, Scenario, VIEWER, created, creation, customer_message,
    deactivated, noted, service,
};
use crate::domain::{Actor, Caller, NotificationId, UserId};

const ASSIGNMENT: NotificationKind = NotificationKind::Assignment;
const MENTION: NotificationKind = NotificationKind::Mention;
const REPLY: NotificationKind = NotificationKind::ConversationReply;
const NEW: NotificationKind = NotificationKind::NewUnassigned;

fn assigned(assignee: UserId, by: UserId) -> ConversationEvent {
    ConversationEvent::Assigned {
        assignee,
        previous: None,
        by: AssignedBy::User { id: by },
        undo_of: None,
    }
}

fn reply() -> ConversationEvent {
    ConversationEvent::MessageAdded {
        message: customer_message(2, "Still waiting."),
    }
}

fn by(user: UserId) -> Actor {
    Actor::User { id: user }
}

/// Who is told what when these events are committed.
fn told<const N: usize>(
    scenario: Scenario,
    actor: &Actor,
    events: [ConversationEvent; N],
) -> Vec<(UserId, NotificationKind)> {
    let scenario = scenario.given(events.clone());
    let cause = Cause {
        actor,
        events: &events,
        after: scenario.conversation(),
        directory: &scenario.directory().directory,
    };
    let pair = |notice: Notice| (notice.user, notice.kind);
    notices(cause).into_iter().map(pair).collect()
}

#[test]
fn b30_the_new_assignee_is_told_by_whomever_they_were_assigned() {
    for actor in [by(OWNER), by(MAYA), Actor::System] {
        let found = told(
            Scenario::with_conversation(),
            &actor,
            [assigned(SAM, OWNER)],
        );
        assert_eq!(found, [(SAM, ASSIGNMENT)], "{actor:?}");
    }
}

#[test]
fn b32_nobody_is_told_of_what_they_did_nor_of_what_they_lost() {
    let owned = || Scenario::with_conversation().given([assigned(SAM, OWNER)]);
    let self_assigned = told(
        Scenario::with_conversation(),
        &by(SAM),
        [assigned(SAM, SAM)],
    );
    assert_eq!(self_assigned, []);
    let taken_from_sam = ConversationEvent::Assigned {
        assignee: MAYA,
        previous: Some(SAM),
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    };
    assert_eq!(
        told(owned(), &by(OWNER), [taken_from_sam]),
        [(MAYA, ASSIGNMENT)]
    );
    let unassigned = ConversationEvent::Unassigned {
        previous: SAM,
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    };
    assert_eq!(told(owned(), &by(OWNER), [unassigned]), []);
    let taken_over = ConversationEvent::TakenOver {
        by: MAYA,
        previous: None,
    };
    assert_eq!(told(Scenario::in_ai_queue(), &by(MAYA), [taken_over]), []);
}

#[test]
fn s08_those_mentioned_are_told_once_each_but_not_the_author() {
    let note = noted(SAM, 2, &[MAYA, VIEWER, SAM, DEACTIVATED]);
    assert_eq!(
        told(Scenario::with_conversation(), &by(SAM), [note]),
        [(MAYA, MENTION), (VIEWER, MENTION)]
    );
    let both = [assigned(SAM, OWNER), noted(OWNER, 2, &[SAM])];
    assert_eq!(
        told(Scenario::with_conversation(), &by(OWNER), both),
        [(SAM, ASSIGNMENT), (SAM, MENTION)]
    );
}

#[test]
fn s08_the_assignee_is_told_of_a_customers_message_alone() {
    let owned = || Scenario::with_conversation().given([assigned(SAM, OWNER)]);
    assert_eq!(told(owned(), &Actor::System, [reply()]), [(SAM, REPLY)]);
    assert_eq!(told(owned(), &by(SAM), [reply()]), []);
    assert_eq!(
        told(Scenario::with_conversation(), &Actor::System, [reply()]),
        []
    );
    let from_an_agent = ConversationEvent::MessageAdded {
        message: Message {
            kind: MessageKind::Agent,
            ..customer_message(2, "On its way.")
        },
    };
    assert_eq!(told(owned(), &by(MAYA), [from_an_agent]), []);
    let closed = ConversationEvent::StatusChanged {
        from: Status::Open,
        to: Status::Closed,
    };
    assert_eq!(told(owned(), &by(MAYA), [closed]), []);
}

#[test]
fn s08_owners_and_admins_are_told_of_what_is_born_unassigned() {
    let born = || creation(created());
    assert_eq!(
        told(Scenario::new(), &Actor::System, born()),
        [(OWNER, NEW), (ADMIN, NEW)]
    );
    assert_eq!(told(Scenario::new(), &by(OWNER), born()), [(ADMIN, NEW)]);
    let [one, two] = born();
    let routed = [one, two, assigned(SAM, OWNER)];
    assert_eq!(
        told(Scenario::new(), &Actor::System, routed),
        [(SAM, ASSIGNMENT)]
    );
}

#[test]
fn whoever_was_deactivated_is_told_nothing() {
    let gone = Scenario::with_conversation()
        .given([assigned(SAM, OWNER)])
        .given([deactivated(SAM)]);
    assert_eq!(told(gone, &Actor::System, [reply()]), []);
}

#[test]
fn ids_follow_from_what_they_are_made_of() {
    let id = NotificationId::of(42, SAM, MENTION);
    assert_eq!(id, NotificationId::of(42, SAM, MENTION));
    assert_eq!(id.seq(), 42);
    for other in [
        NotificationId::of(43, SAM, MENTION),
        NotificationId::of(42, MAYA, MENTION),
        NotificationId::of(42, SAM, REPLY),
    ] {
        assert_ne!(id, other);
    }
    assert!(id < NotificationId::of(43, MAYA, ASSIGNMENT));
    assert_eq!(id.to_string().parse(), Ok(id));
}

#[test]
fn out_of_the_box_email_tells_of_assignments_and_mentions() {
    let scenario = Scenario::new();
    let sam = scenario.directory().directory.user(SAM).unwrap();
    for (kind, preference) in sam.notifications.all() {
        assert!(preference.in_app && !preference.slack, "{kind:?}");
        assert_eq!(preference.email, [ASSIGNMENT, MENTION].contains(&kind));
        assert_eq!(preference.cadence, Cadence::Instant);
    }
}

fn choose(choice: PreferenceChoice) -> DirectoryCommand {
    DirectoryCommand::ChooseNotifications {
        preferences: BTreeMap::from([(MENTION, choice)]),
    }
}

#[test]
fn a_choice_changes_what_it_names_and_is_ones_own() {
    let daily = PreferenceChoice {
        slack: Some(true),
        cadence: Some(Cadence::Daily),
        ..PreferenceChoice::default()
    };
    let after = Preference {
        slack: true,
        cadence: Cadence::Daily,
        ..Preference::out_of_the_box(MENTION)
    };
    let preferences = BTreeMap::from([(MENTION, after)]);
    let scenario = Scenario::new().when(VIEWER, choose(daily)).then([
        DirectoryEvent::NotificationPreferencesChanged {
            user: VIEWER,
            preferences,
        },
    ]);
    let viewer = scenario.directory().directory.user(VIEWER).unwrap();
    assert_eq!(viewer.notifications.of(MENTION), after);
    let sam = scenario.directory().directory.user(SAM).unwrap();
    assert_ne!(sam.notifications.of(MENTION), after);
    let scenario = scenario.when(VIEWER, choose(daily)).then_nothing_changed();
    scenario
        .when(service([]), choose(daily))
        .then_rejected(DirectoryRejection::Forbidden("only people have a profile"));
}

#[test]
fn a_notification_is_read_once_and_leaves_decisions_alone() {
    let notification = NotificationId::of(9, SAM, MENTION);
    let read = |unread| DirectoryCommand::ReadNotification {
        notification,
        unread,
    };
    let scenario = Scenario::new();
    let revision = scenario.directory().directory.revision();
    let scenario = scenario
        .when(SAM, read(Some(true)))
        .then([DirectoryEvent::NotificationRead {
            user: SAM,
            notification,
        }])
        .when(SAM, read(Some(false)))
        .then_nothing_changed()
        .when(SAM, read(None))
        .then_rejected(DirectoryRejection::NotFound)
        .when(SAM, DirectoryCommand::ReadNotifications { unread: true })
        .then([DirectoryEvent::NotificationsRead { user: SAM }])
        .when(SAM, DirectoryCommand::ReadNotifications { unread: false })
        .then_nothing_changed();
    assert_eq!(scenario.directory().directory.revision(), revision);
    for caller in [Caller::System, service([])] {
        let command = DirectoryCommand::ReadNotifications { unread: true };
        let rejected = DirectoryRejection::Forbidden("only people have a profile");
        Scenario::new()
            .when(caller, command)
            .then_rejected(rejected);
    }
}
