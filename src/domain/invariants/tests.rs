//! Logs that break an invariant, each in one way.

use super::{Invariant, LogChecker, Violation};
use crate::domain::conversation::{AssignedBy, ConversationEvent, Created};
use crate::domain::directory::{DirectoryEvent, Role, SecretHash, TokenHolder, UserStatus};
use crate::domain::testing::{
    CONVERSATION, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, at, created, creation,
    customer_message, deactivated, joined, noted,
};
use crate::domain::{
    Actor, Commit, CommitBody, ConversationCommit, ConversationId, Timestamp, TokenId, UserId,
};

/// The next commit of a log, before it is checked.
fn next(checker: &LogChecker, body: CommitBody) -> Commit {
    let seq = checker.head() + 1;
    Commit {
        seq,
        at: at(seq),
        actor: Actor::System,
        body,
    }
}

pub(super) fn on_conversation(
    version: u64,
    events: impl IntoIterator<Item = ConversationEvent>,
) -> ConversationCommit {
    ConversationCommit {
        conversation: CONVERSATION,
        version,
        number: None,
        operation: None,
        events: events.into_iter().collect(),
    }
}

#[track_caller]
pub(super) fn refused(mut checker: LogChecker, commit: &Commit, invariant: Invariant) {
    let violation = checker.check(commit).unwrap_err();
    let Violation {
        invariant: found,
        seq,
        ..
    } = &violation;
    assert_eq!((*found, *seq), (invariant, commit.seq), "{violation}");
}

#[track_caller]
fn refused_body(checker: LogChecker, body: CommitBody, invariant: Invariant) {
    let commit = next(&checker, body);
    refused(checker, &commit, invariant);
}

#[track_caller]
fn refused_events(
    scenario: Scenario,
    version: u64,
    events: impl IntoIterator<Item = ConversationEvent>,
    invariant: Invariant,
) {
    let body = CommitBody::Conversation(on_conversation(version, events));
    refused_body(scenario.into_checker(), body, invariant);
}

#[track_caller]
fn refused_directory(events: impl IntoIterator<Item = DirectoryEvent>) {
    let events = events.into_iter().collect();
    refused_body(
        Scenario::new().into_checker(),
        CommitBody::Directory { events },
        Invariant::Foldable,
    );
}

pub(super) fn assigned(assignee: UserId, previous: Option<UserId>) -> ConversationEvent {
    ConversationEvent::Assigned {
        assignee,
        previous,
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    }
}

const fn taken_over(by: UserId, previous: Option<UserId>) -> ConversationEvent {
    ConversationEvent::TakenOver { by, previous }
}

#[test]
fn one_order_positions_are_dense() {
    for offset in [0, 2] {
        let checker = Scenario::new().into_checker();
        let mut commit = next(
            &checker,
            CommitBody::Directory {
                events: vec![deactivated(MAYA)],
            },
        );
        commit.seq = checker.head() + offset;
        refused(checker, &commit, Invariant::OneOrder);
    }
}

#[test]
fn one_order_time_never_goes_back_but_may_stand_still() {
    let body = CommitBody::Directory {
        events: vec![deactivated(MAYA)],
    };
    let mut checker = Scenario::new().into_checker();
    let mut commit = next(&checker, body.clone());
    commit.at = at(checker.head());
    checker.check(&commit).unwrap();
    let mut commit = next(&checker, body);
    commit.at = Timestamp::from_millis(at(checker.head() - 1).as_millis() - 1);
    refused(checker, &commit, Invariant::OneOrder);
}

#[test]
fn one_order_versions_are_dense() {
    for version in [0, 1, 3] {
        refused_events(
            Scenario::with_conversation(),
            version,
            [noted(SAM, 2, &[])],
            Invariant::OneOrder,
        );
    }
}

#[test]
fn one_order_numbers_are_dense() {
    for number in [0, 1, 3] {
        let second = ConversationCommit {
            conversation: ConversationId::from_u128(2),
            version: 1,
            number: Some(number),
            operation: None,
            events: creation(created()).into(),
        };
        refused_body(
            Scenario::with_conversation().into_checker(),
            CommitBody::Conversation(second),
            Invariant::OneOrder,
        );
    }
}

#[test]
fn one_order_only_a_creation_takes_a_number() {
    let numbered = ConversationCommit {
        number: Some(2),
        ..on_conversation(2, [noted(SAM, 2, &[])])
    };
    refused_body(
        Scenario::with_conversation().into_checker(),
        CommitBody::Conversation(numbered),
        Invariant::OneOrder,
    );
}

#[test]
fn one_order_a_creation_takes_a_number() {
    let unnumbered = on_conversation(1, creation(created()));
    refused_body(
        Scenario::new().into_checker(),
        CommitBody::Conversation(unnumbered),
        Invariant::OneOrder,
    );
}

#[test]
fn one_owner_a_change_starts_from_the_present_owner() {
    let by = AssignedBy::User { id: OWNER };
    let unassigned = ConversationEvent::Unassigned {
        previous: SAM,
        by,
        undo_of: None,
    };
    for event in [
        assigned(SAM, None),
        assigned(SAM, Some(OWNER)),
        taken_over(SAM, None),
        unassigned,
    ] {
        let scenario = Scenario::in_ai_queue().given([assigned(MAYA, None)]);
        refused_events(scenario, 3, [event], Invariant::OneOwner);
    }
}

#[test]
fn one_owner_holds_within_a_commit_too() {
    refused_events(
        Scenario::with_conversation(),
        2,
        [assigned(MAYA, None), assigned(SAM, None)],
        Invariant::OneOwner,
    );
}

#[test]
fn b14_eligible_at_commit_looks_at_everything_before_and_at_nothing_after() {
    for demotion in [
        deactivated(MAYA),
        DirectoryEvent::RoleChanged {
            user: MAYA,
            role: Role::Viewer,
        },
    ] {
        // Decided before the demotion, committed after it: the race that must not be won.
        let scenario = Scenario::in_ai_queue().given([demotion.clone()]);
        refused_events(
            scenario,
            2,
            [assigned(MAYA, None)],
            Invariant::EligibleAtCommit,
        );
        let scenario = Scenario::in_ai_queue().given([demotion.clone()]);
        refused_events(
            scenario,
            2,
            [taken_over(MAYA, None)],
            Invariant::EligibleAtCommit,
        );
        Scenario::in_ai_queue()
            .given([assigned(MAYA, None)])
            .given([demotion]);
    }
}

#[test]
fn eligible_at_commit_refuses_viewers_and_strangers() {
    for user in [VIEWER, STRANGER] {
        refused_events(
            Scenario::with_conversation(),
            2,
            [assigned(user, None)],
            Invariant::EligibleAtCommit,
        );
    }
}

#[test]
fn fence_a_conversation_is_taken_over_once() {
    let scenario = Scenario::in_ai_queue().given([taken_over(MAYA, None)]);
    refused_events(scenario, 3, [taken_over(SAM, Some(MAYA))], Invariant::Fence);
}

#[test]
fn fence_holds_within_a_commit_too() {
    refused_events(
        Scenario::in_ai_queue(),
        2,
        [taken_over(MAYA, None), taken_over(SAM, Some(MAYA))],
        Invariant::Fence,
    );
}

#[test]
fn fence_only_what_the_ai_handles_is_taken_over() {
    refused_events(
        Scenario::with_conversation(),
        2,
        [taken_over(MAYA, None)],
        Invariant::Fence,
    );
}

#[test]
fn foldable_creation_comes_first_and_once() {
    let first = ConversationCommit {
        number: Some(1),
        operation: None,
        ..on_conversation(1, [noted(SAM, 2, &[])])
    };
    refused_body(
        Scenario::new().into_checker(),
        CommitBody::Conversation(first),
        Invariant::Foldable,
    );
    refused_events(
        Scenario::with_conversation(),
        2,
        creation(created()),
        Invariant::Foldable,
    );
}

#[test]
fn foldable_external_ids_are_unique() {
    let facts = Created {
        external_id: Some("crm-1".into()),
        ..created()
    };
    let scenario = Scenario::new().given(creation(facts.clone()));
    let second = ConversationCommit {
        conversation: ConversationId::from_u128(2),
        version: 1,
        number: Some(2),
        operation: None,
        events: creation(facts).into(),
    };
    refused_body(
        scenario.into_checker(),
        CommitBody::Conversation(second),
        Invariant::Foldable,
    );
}

#[test]
fn foldable_a_commit_says_something() {
    refused_events(Scenario::with_conversation(), 2, [], Invariant::Foldable);
    refused_directory([]);
}

#[test]
fn foldable_people_named_by_a_conversation_are_known() {
    let by_a_stranger = ConversationEvent::Assigned {
        assignee: MAYA,
        previous: None,
        by: AssignedBy::User { id: STRANGER },
        undo_of: None,
    };
    for event in [
        noted(STRANGER, 2, &[]),
        noted(SAM, 2, &[MAYA, STRANGER]),
        by_a_stranger,
    ] {
        refused_events(
            Scenario::with_conversation(),
            2,
            [event],
            Invariant::Foldable,
        );
    }
}

#[test]
fn foldable_the_actor_is_known() {
    let checker = Scenario::with_conversation().into_checker();
    let body = on_conversation(
        2,
        [ConversationEvent::MessageAdded {
            message: customer_message(2, "Hm."),
        }],
    );
    let mut commit = next(&checker, CommitBody::Conversation(body));
    commit.actor = Actor::User { id: STRANGER };
    refused(checker, &commit, Invariant::Foldable);
}

#[test]
fn foldable_people_named_by_the_directory_are_known() {
    let user = STRANGER;
    let hash = SecretHash([1; 32]);
    for event in [
        DirectoryEvent::UserRenamed {
            user,
            name: "Nobody".into(),
        },
        DirectoryEvent::RoleChanged {
            user,
            role: Role::Owner,
        },
        DirectoryEvent::UserStatusChanged {
            user,
            status: UserStatus::Active,
        },
        DirectoryEvent::PasswordChanged {
            user,
            password_hash: "$argon2id$".into(),
            keep_session: None,
        },
        DirectoryEvent::TimeZoneChanged {
            user,
            time_zone: "UTC".into(),
        },
        DirectoryEvent::SlackAccountChanged {
            user,
            slack_user_id: None,
        },
        DirectoryEvent::TokenCreated {
            token: TokenId::from_u128(1),
            name: "laptop".into(),
            holder: TokenHolder::User { id: user },
            hash,
        },
        DirectoryEvent::SessionStarted {
            user,
            hash,
            expires_at: at(99),
        },
    ] {
        refused_directory([event]);
    }
}

#[test]
fn foldable_tokens_and_sessions_that_end_are_known() {
    refused_directory([DirectoryEvent::TokenRevoked {
        token: TokenId::from_u128(1),
    }]);
    refused_directory([DirectoryEvent::SessionEnded {
        hash: SecretHash([1; 32]),
    }]);
}

#[test]
fn foldable_nothing_in_the_directory_comes_into_being_twice() {
    refused_directory([DirectoryEvent::WorkspaceCreated {
        name: "Again".into(),
        time_zone: "UTC".into(),
    }]);
    refused_directory([joined("Somebody else", MAYA, Role::Agent)]);
    refused_directory([joined("MAYA", UserId::from_u128(20), Role::Agent)]);
    let token = DirectoryEvent::TokenCreated {
        token: TokenId::from_u128(1),
        name: "laptop".into(),
        holder: TokenHolder::User { id: MAYA },
        hash: SecretHash([1; 32]),
    };
    refused_directory([token.clone(), token]);
}

#[test]
fn a_violation_names_its_invariant_and_its_position() {
    let mut checker = Scenario::new().into_checker();
    let mut commit = next(
        &checker,
        CommitBody::Directory {
            events: vec![deactivated(MAYA)],
        },
    );
    commit.seq = 9;
    let violation = checker.check(&commit).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "ONE_ORDER does not hold at position 9: position 4 was expected"
    );
}
