//! Take over: stamp and owner in one step.

use super::{assign, assigned, taken_over};
use crate::domain::conversation::{AssignedBy, Command, Handoff, Rejection};
use crate::domain::testing::{MAYA, OWNER, SAM, Scenario};

#[test]
fn b51_take_over_stamps_and_assigns_in_one_event() {
    let scenario = Scenario::in_ai_queue()
        .when(MAYA, Command::TakeOver)
        .then([taken_over(MAYA, None)]);
    let conversation = scenario.conversation();
    let at = scenario.now();
    assert_eq!(conversation.ai.handoff, Some(Handoff { by: MAYA, at }));
    assert!(!conversation.ai.handling, "it has left the AI queue");
    assert_eq!(conversation.assignee, Some(MAYA));
    let last = conversation.last_assignment.as_ref().unwrap();
    assert_eq!(last.by, AssignedBy::TakeOver { id: MAYA });
    assert_eq!((last.version, last.at), (2, at));
}

#[test]
fn b51_take_over_replaces_the_present_owner() {
    let scenario = Scenario::in_ai_queue()
        .given([assigned(SAM, None, OWNER)])
        .when(MAYA, Command::TakeOver)
        .then([taken_over(MAYA, SAM)]);
    assert_eq!(scenario.conversation().assignee, Some(MAYA));
    let last = scenario.conversation().last_assignment.as_ref().unwrap();
    assert_eq!(last.previous, Some(SAM));
}

#[test]
fn b51_take_over_by_the_owner_stamps_and_is_no_change_of_assignee() {
    let scenario = Scenario::in_ai_queue()
        .given([assigned(MAYA, None, OWNER)])
        .when(MAYA, Command::TakeOver)
        .then([taken_over(MAYA, MAYA)]);
    let conversation = scenario.conversation();
    assert_eq!(conversation.ai.handoff.unwrap().by, MAYA);
    assert_eq!(conversation.assignee, Some(MAYA));
    let last = conversation.last_assignment.as_ref().unwrap();
    assert_eq!(last.version, 2, "the assign is still the last change");
}

#[test]
fn b50_a_plain_assign_neither_stamps_nor_ends_the_ais_handling() {
    let scenario = Scenario::in_ai_queue()
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)]);
    assert!(scenario.conversation().ai.handling);
    assert_eq!(scenario.conversation().ai.handoff, None);
}

#[test]
fn b53_a_second_take_over_by_the_same_person_changes_nothing() {
    Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .when(MAYA, Command::TakeOver)
        .then_nothing_changed();
}

#[test]
fn b53_it_changes_nothing_even_if_somebody_else_owns_it_now() {
    let scenario = Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .given([assigned(SAM, MAYA, OWNER)])
        .when(MAYA, Command::TakeOver)
        .then_nothing_changed();
    assert_eq!(scenario.conversation().assignee, Some(SAM));
}

#[test]
fn b53_take_over_by_another_person_is_refused_and_the_first_stamp_stays() {
    let scenario = Scenario::in_ai_queue().given([taken_over(MAYA, None)]);
    let at = scenario.now();
    let scenario = scenario
        .when(SAM, Command::TakeOver)
        .then_rejected(Rejection::AlreadyTakenOver);
    let handoff = scenario.conversation().ai.handoff;
    assert_eq!(handoff, Some(Handoff { by: MAYA, at }));
}

#[test]
fn b53_what_was_taken_over_may_be_reassigned_openly() {
    let scenario = Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .when(SAM, assign(SAM))
        .then([assigned(SAM, MAYA, SAM)]);
    assert_eq!(scenario.conversation().ai.handoff.unwrap().by, MAYA);
}

#[test]
fn take_over_of_what_the_ai_does_not_handle_is_refused() {
    Scenario::with_conversation()
        .when(MAYA, Command::TakeOver)
        .then_rejected(Rejection::NotInAiQueue);
}

#[test]
fn take_over_with_another_version_seen_is_refused() {
    Scenario::in_ai_queue()
        .given([assigned(SAM, None, OWNER)])
        .having_seen(1)
        .when(MAYA, Command::TakeOver)
        .then_rejected(Rejection::VersionMismatch);
}
