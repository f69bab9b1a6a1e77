//! Undo of a change of assignee.

use super::{assign, assign_with_note, assigned, taken_over, unassigned};
use crate::domain::UserId;
use crate::domain::conversation::{AssignedBy, Command, ConversationEvent, Rejection};
use crate::domain::directory::{DirectoryEvent, Role};
use crate::domain::testing::{ADMIN, MAYA, OWNER, SAM, Scenario, deactivated, note, noted};

const fn undo(version: u64) -> Command {
    Command::Undo { version }
}

fn put_back(
    assignee: UserId,
    previous: impl Into<Option<UserId>>,
    by: UserId,
    version: u64,
) -> ConversationEvent {
    ConversationEvent::Assigned {
        assignee,
        previous: previous.into(),
        by: AssignedBy::User { id: by },
        undo_of: Some(version),
    }
}

const fn put_back_to_nobody(previous: UserId, by: UserId, version: u64) -> ConversationEvent {
    ConversationEvent::Unassigned {
        previous,
        by: AssignedBy::User { id: by },
        undo_of: Some(version),
    }
}

#[test]
fn undo_of_an_assign_puts_the_previous_owner_back() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([assigned(SAM, MAYA, OWNER)])
        .when(OWNER, undo(3))
        .then([put_back(MAYA, SAM, OWNER, 3)]);
    assert_eq!(scenario.conversation().assignee, Some(MAYA));
    assert_eq!(scenario.conversation().version, 4);
}

#[test]
fn undo_of_a_first_assign_leaves_nobody() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(OWNER, undo(2))
        .then([put_back_to_nobody(MAYA, OWNER, 2)]);
}

#[test]
fn undo_of_an_unassign_gives_it_back() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([unassigned(MAYA, MAYA)])
        .when(MAYA, undo(3))
        .then([put_back(MAYA, None, MAYA, 3)]);
}

#[test]
fn undo_is_open_to_everybody_who_may_assign() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(SAM, undo(2))
        .then([put_back_to_nobody(MAYA, SAM, 2)]);
}

#[test]
fn undo_of_an_undo_is_the_change_again() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(OWNER, undo(2))
        .then([put_back_to_nobody(MAYA, OWNER, 2)])
        .when(OWNER, undo(3))
        .then([put_back(MAYA, None, OWNER, 3)]);
}

#[test]
fn a_change_is_undone_once() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(OWNER, undo(2))
        .then([put_back_to_nobody(MAYA, OWNER, 2)])
        .when(OWNER, undo(2))
        .then_rejected(Rejection::NothingToUndo);
}

#[test]
fn undo_after_a_later_change_of_assignee_is_refused() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([assigned(SAM, MAYA, ADMIN)])
        .when(OWNER, undo(2))
        .then_rejected(Rejection::NothingToUndo);
}

#[test]
fn undo_after_a_later_change_of_something_else_is_decided() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([noted(SAM, 2, &[])])
        .when(SAM, assign_with_note(MAYA, note(3, &[])))
        .then_unchanged_but([noted(SAM, 3, &[])])
        .when(OWNER, undo(2))
        .then([put_back_to_nobody(MAYA, OWNER, 2)]);
}

#[test]
fn undo_of_a_version_that_changed_no_assignee_is_refused() {
    for version in [0, 1, 3, 99] {
        Scenario::with_conversation()
            .given([assigned(MAYA, None, OWNER)])
            .given([noted(SAM, 2, &[])])
            .when(OWNER, undo(version))
            .then_rejected(Rejection::NothingToUndo);
    }
}

#[test]
fn undo_of_what_never_had_an_owner_is_refused() {
    Scenario::with_conversation()
        .when(OWNER, undo(1))
        .then_rejected(Rejection::NothingToUndo);
}

#[test]
fn undo_of_a_take_over_restores_the_owner_and_leaves_the_stamp() {
    let scenario = Scenario::in_ai_queue()
        .given([assigned(SAM, None, OWNER)])
        .given([taken_over(MAYA, SAM)]);
    let handoff = scenario.conversation().ai.handoff;
    let scenario = scenario
        .when(MAYA, undo(3))
        .then([put_back(SAM, MAYA, MAYA, 3)]);
    assert_eq!(scenario.conversation().ai.handoff, handoff);
    assert!(!scenario.conversation().ai.handling);
    scenario
        .when(OWNER, Command::TakeOver)
        .then_rejected(Rejection::AlreadyTakenOver)
        .when(MAYA, Command::TakeOver)
        .then_nothing_changed();
}

#[test]
fn undo_of_a_take_over_by_the_owner_has_no_assignee_to_restore() {
    Scenario::in_ai_queue()
        .given([assigned(MAYA, None, OWNER)])
        .given([taken_over(MAYA, MAYA)])
        .when(MAYA, undo(3))
        .then_rejected(Rejection::NothingToUndo)
        .when(MAYA, undo(2))
        .then([put_back_to_nobody(MAYA, MAYA, 2)]);
}

#[test]
fn undo_is_refused_when_the_previous_owner_was_deactivated_meanwhile() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([assigned(SAM, MAYA, OWNER)])
        .given([deactivated(MAYA)])
        .when(OWNER, undo(3))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn undo_is_refused_when_the_previous_owner_was_demoted_meanwhile() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([unassigned(MAYA, OWNER)])
        .given([DirectoryEvent::RoleChanged {
            user: MAYA,
            role: Role::Viewer,
        }])
        .when(OWNER, undo(3))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn undo_away_from_a_deactivated_owner_is_decided() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([assigned(SAM, MAYA, OWNER)])
        .given([deactivated(SAM)])
        .when(OWNER, undo(3))
        .then([put_back(MAYA, SAM, OWNER, 3)]);
}

#[test]
fn undo_with_another_version_seen_is_refused() {
    Scenario::with_conversation()
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)])
        .having_seen(1)
        .when(OWNER, undo(2))
        .then_rejected(Rejection::VersionMismatch);
}
