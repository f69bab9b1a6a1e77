//! Assign, unassign and claim.

use std::sync::Arc;

use super::{assign, assign_expecting, assign_with_note, assigned, taken_over, unassigned};
use crate::domain::conversation::{
    AssignedBy, Assignment, Command, Conversation, ConversationEvent, Created, Edit, Rejection,
    Status,
};
use crate::domain::directory::{DirectoryEvent, Role, UserStatus};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, at, created, creation,
    deactivated, note, noted,
};

#[test]
fn b01_a_second_assign_replaces_the_first() {
    let scenario = Scenario::with_conversation()
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)])
        .when(OWNER, assign(SAM))
        .then([assigned(SAM, MAYA, OWNER)]);
    assert_eq!(scenario.conversation().assignee, Some(SAM));
}

#[test]
fn b02_assigning_to_oneself_owns_it_at_once() {
    let scenario = Scenario::with_conversation()
        .when(MAYA, assign(MAYA))
        .then([assigned(MAYA, None, MAYA)]);
    assert_eq!(scenario.conversation().assignee, Some(MAYA));
}

#[test]
fn the_last_change_of_assignee_is_remembered_also_to_nobody() {
    let scenario = Scenario::with_conversation();
    assert_eq!(scenario.conversation().last_assignment, None);
    let scenario = scenario.given([assigned(MAYA, None, OWNER)]);
    let expected = Assignment {
        version: 2,
        at: scenario.now(),
        by: AssignedBy::User { id: OWNER },
        previous: None,
    };
    assert_eq!(scenario.conversation().last_assignment, Some(expected));
    let scenario = scenario.given([unassigned(MAYA, SAM)]);
    let expected = Assignment {
        version: 3,
        at: scenario.now(),
        by: AssignedBy::User { id: SAM },
        previous: Some(MAYA),
    };
    assert_eq!(scenario.conversation().last_assignment, Some(expected));
}

#[test]
fn b06_unassign_clears_the_assignee() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(MAYA, assign(None))
        .then([unassigned(MAYA, MAYA)]);
    assert_eq!(scenario.conversation().assignee, None);
    assert_eq!(scenario.conversation().status, Status::Open);
}

/// Everything that is not ownership, of a conversation that has something of everything.
fn rich_conversation() -> Scenario {
    let facts = Created {
        external_id: Some("crm-1".into()),
        tags: Arc::new(vec!["billing".to_owned()]),
        custom_fields: Arc::new([("plan".to_owned(), "pro".to_owned())].into()),
        ai_handling: true,
        ..created()
    };
    Scenario::new()
        .given(creation(facts))
        .given([noted(VIEWER, 2, &[SAM])])
        .given([ConversationEvent::StatusChanged {
            from: Status::Open,
            to: Status::Pending,
        }])
        .given([assigned(MAYA, None, OWNER)])
}

/// A copy with whatever a change of owner may change put out of sight.
fn without_ownership(conversation: &Conversation) -> Conversation {
    let mut copy = conversation.clone();
    copy.assignee = None;
    copy.last_assignment = None;
    copy.version = 0;
    copy
}

#[test]
fn b07_reassign_keeps_status_tags_history_and_drafts() {
    let scenario = rich_conversation();
    let before = without_ownership(scenario.conversation());
    let scenario = scenario
        .when(MAYA, assign(SAM))
        .then([assigned(SAM, MAYA, MAYA)]);
    assert_eq!(without_ownership(scenario.conversation()), before);
}

#[test]
fn b07_unassign_keeps_status_tags_history_and_drafts() {
    let scenario = rich_conversation();
    let before = without_ownership(scenario.conversation());
    let scenario = scenario
        .when(MAYA, assign(None))
        .then([unassigned(MAYA, MAYA)]);
    assert_eq!(without_ownership(scenario.conversation()), before);
}

#[test]
fn b07_take_over_keeps_all_but_the_hand_off() {
    let scenario = rich_conversation();
    let mut before = without_ownership(scenario.conversation());
    let scenario = scenario
        .when(SAM, Command::TakeOver)
        .then([taken_over(SAM, MAYA)]);
    before.ai.handling = false;
    before.ai.handoff = scenario.conversation().ai.handoff;
    assert_eq!(without_ownership(scenario.conversation()), before);
}

#[test]
fn b08_assign_and_claim_are_the_same_event() {
    Scenario::with_conversation()
        .when(MAYA, assign(MAYA))
        .then([assigned(MAYA, None, MAYA)]);
    Scenario::with_conversation()
        .when(MAYA, Command::Claim)
        .then([assigned(MAYA, None, MAYA)]);
}

#[test]
fn b10_active_owners_admins_and_agents_may_be_assigned() {
    for user in [OWNER, ADMIN, MAYA, SAM] {
        Scenario::with_conversation()
            .when(OWNER, assign(user))
            .then([assigned(user, None, OWNER)]);
    }
    let scenario = Scenario::new();
    let directory = &scenario.directory().directory;
    let picker: Vec<_> = directory
        .users()
        .filter(|user| user.is_eligible())
        .map(|user| user.id)
        .collect();
    assert_eq!(picker, [OWNER, ADMIN, MAYA, SAM]);
}

#[test]
fn b10_a_viewer_may_not_be_assigned() {
    Scenario::with_conversation()
        .when(OWNER, assign(VIEWER))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn b11_a_deactivated_user_may_not_be_assigned() {
    Scenario::with_conversation()
        .when(OWNER, assign(DEACTIVATED))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn b11_naming_a_deactivated_owner_again_is_refused_too() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([deactivated(MAYA)])
        .when(OWNER, assign(MAYA))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn b12_deactivation_leaves_conversations_with_their_owner_until_somebody_reassigns() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([deactivated(MAYA)]);
    assert_eq!(scenario.conversation().assignee, Some(MAYA));
    assert_eq!(scenario.conversation().version, 2);
    scenario
        .when(SAM, assign(SAM))
        .then([assigned(SAM, MAYA, SAM)]);
}

#[test]
fn b12_what_a_deactivated_user_owns_can_be_unassigned() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([deactivated(MAYA)])
        .when(SAM, assign(None))
        .then([unassigned(MAYA, SAM)]);
}

#[test]
fn b13_a_user_of_another_workspace_may_not_be_assigned() {
    Scenario::with_conversation()
        .when(OWNER, assign(STRANGER))
        .then_rejected(Rejection::AssigneeNotEligible);
}

#[test]
fn b14_a_demotion_holds_for_the_next_decision() {
    Scenario::with_conversation()
        .given([DirectoryEvent::RoleChanged {
            user: MAYA,
            role: Role::Viewer,
        }])
        .when(OWNER, assign(MAYA))
        .then_rejected(Rejection::AssigneeNotEligible)
        .given([DirectoryEvent::RoleChanged {
            user: MAYA,
            role: Role::Agent,
        }])
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)]);
}

#[test]
fn b14_a_deactivation_holds_until_it_is_taken_back() {
    Scenario::with_conversation()
        .given([deactivated(MAYA)])
        .when(OWNER, assign(MAYA))
        .then_rejected(Rejection::AssigneeNotEligible)
        .given([DirectoryEvent::UserStatusChanged {
            user: MAYA,
            status: UserStatus::Active,
        }])
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)]);
}

#[test]
fn b32_assigning_the_present_owner_changes_nothing() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(SAM, assign(MAYA))
        .then_nothing_changed();
}

#[test]
fn b32_unassigning_what_nobody_owns_changes_nothing() {
    Scenario::with_conversation()
        .when(SAM, assign(None))
        .then_nothing_changed();
}

#[test]
fn a_closed_conversation_can_be_assigned() {
    Scenario::with_conversation()
        .when(
            SAM,
            Command::Edit(Box::new(Edit {
                status: Some(Status::Closed),
                ..Edit::default()
            })),
        )
        .then([ConversationEvent::StatusChanged {
            from: Status::Open,
            to: Status::Closed,
        }])
        .when(SAM, assign(MAYA))
        .then([assigned(MAYA, None, SAM)]);
}

#[test]
fn the_expected_assignee_lets_the_command_through() {
    Scenario::with_conversation()
        .when(OWNER, assign_expecting(Some(MAYA), None))
        .then([assigned(MAYA, None, OWNER)])
        .when(OWNER, assign_expecting(Some(SAM), Some(MAYA)))
        .then([assigned(SAM, MAYA, OWNER)])
        .when(OWNER, assign_expecting(None, Some(SAM)))
        .then([unassigned(SAM, OWNER)]);
}

#[test]
fn another_assignee_than_the_expected_one_refuses_the_command() {
    Scenario::with_conversation()
        .when(OWNER, assign_expecting(Some(SAM), Some(MAYA)))
        .then_rejected(Rejection::AssigneeChanged)
        .given([assigned(SAM, None, OWNER)])
        .when(OWNER, assign_expecting(Some(MAYA), None))
        .then_rejected(Rejection::AssigneeChanged)
        .when(OWNER, assign_expecting(Some(SAM), Some(MAYA)))
        .then_rejected(Rejection::AssigneeChanged);
}

#[test]
fn x01_a_claim_takes_what_nobody_has() {
    Scenario::with_conversation()
        .when(MAYA, Command::Claim)
        .then([assigned(MAYA, None, MAYA)]);
}

#[test]
fn x01_the_second_claim_loses() {
    let scenario = Scenario::with_conversation()
        .when(MAYA, Command::Claim)
        .then([assigned(MAYA, None, MAYA)])
        .when(SAM, Command::Claim)
        .then_rejected(Rejection::AlreadyAssigned);
    let last = scenario.conversation().last_assignment.as_ref().unwrap();
    assert_eq!((last.version, last.at), (2, scenario.now()));
}

#[test]
fn a_claim_by_the_holder_changes_nothing() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(MAYA, Command::Claim)
        .then_nothing_changed();
}

#[test]
fn a_claim_of_what_a_deactivated_user_owns_is_refused() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([deactivated(MAYA)])
        .when(SAM, Command::Claim)
        .then_rejected(Rejection::AlreadyAssigned);
}

#[test]
fn b60_a_reassign_may_carry_a_note_with_mentions() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(MAYA, assign_with_note(SAM, note(2, &[SAM, VIEWER])))
        .then([assigned(SAM, MAYA, MAYA), noted(MAYA, 2, &[SAM, VIEWER])]);
    let conversation = scenario.conversation();
    assert_eq!(conversation.version, 3, "one commit, one version");
    assert_eq!(*conversation.mentioned, [SAM, VIEWER].into());
    assert_eq!(conversation.message_count, 1, "notes are not counted");
    assert_eq!(&*conversation.preview, "Hello?");
}

#[test]
fn b60_an_unassign_may_carry_a_note() {
    Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(MAYA, assign_with_note(None, note(2, &[])))
        .then([unassigned(MAYA, MAYA), noted(MAYA, 2, &[])]);
}

#[test]
fn b60_the_note_of_an_assign_that_changes_nothing_is_kept() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .when(SAM, assign_with_note(MAYA, note(2, &[])))
        .then_unchanged_but([noted(SAM, 2, &[])]);
    let last = scenario.conversation().last_assignment.as_ref().unwrap();
    assert_eq!(last.version, 2, "it is still the change at version 2");
}

#[test]
fn b60_a_note_that_mentions_somebody_unknown_refuses_the_assign_as_well() {
    let scenario = Scenario::with_conversation()
        .when(OWNER, assign_with_note(MAYA, note(2, &[SAM, STRANGER])))
        .then_rejected(Rejection::InvalidReference {
            field: "note.mentions",
        });
    assert_eq!(scenario.conversation().assignee, None);
}

#[test]
fn b60_a_refused_assign_leaves_no_note() {
    let scenario = Scenario::with_conversation()
        .when(OWNER, assign_with_note(VIEWER, note(2, &[SAM])))
        .then_rejected(Rejection::AssigneeNotEligible);
    assert!(scenario.conversation().mentioned.is_empty());
}

#[test]
fn a_command_with_the_present_version_is_decided() {
    Scenario::with_conversation()
        .having_seen(1)
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)]);
}

#[test]
fn a_command_with_another_version_is_refused_even_if_it_changed_nothing() {
    for seen in [0, 1, 3] {
        Scenario::with_conversation()
            .given([assigned(MAYA, None, OWNER)])
            .having_seen(seen)
            .when(OWNER, assign(MAYA))
            .then_rejected(Rejection::VersionMismatch);
    }
}

#[test]
fn activity_is_not_moved_by_assigning() {
    let scenario = Scenario::with_conversation();
    let created_at = scenario.now();
    let scenario = scenario
        .when(OWNER, assign_with_note(MAYA, note(2, &[])))
        .then([assigned(MAYA, None, OWNER), noted(OWNER, 2, &[])]);
    assert_eq!(scenario.conversation().last_activity_at, created_at);
    assert!(scenario.now() > created_at && created_at > at(0));
}
