//! Logs in which somebody did what they had no right to, nobody is left to run the workspace, or
//! something is taken back that never was.

use std::sync::Arc;

use super::Invariant;
use super::tests::{assigned, on_conversation, refused};
use crate::domain::conversation::{AssignedBy, ConversationEvent, Status};
use crate::domain::directory::{DirectoryEvent, Role, SecretHash, TokenHolder};
use crate::domain::routing::{Action, Condition, Rule};
use crate::domain::testing::{
    ADMIN, MAYA, OWNER, SAM, Scenario, VIEWER, at, deactivated, joined, noted, service,
};
use crate::domain::{Actor, Commit, CommitBody, RuleId, Scope, TeamId, TokenId, UserId};

const fn person(id: UserId) -> Actor {
    Actor::User { id }
}

fn a_service() -> Actor {
    service([Scope::Inbound, Scope::Ai, Scope::Read]).actor()
}

fn commit(scenario: &Scenario, actor: Actor, body: CommitBody) -> Commit {
    let seq = scenario.head() + 1;
    let at = at(seq);
    Commit {
        seq,
        at,
        actor,
        body,
    }
}

/// The log so far goes on with this, which it must not.
#[track_caller]
fn forged(
    scenario: Scenario,
    actor: Actor,
    events: impl IntoIterator<Item = ConversationEvent>,
    invariant: Invariant,
) {
    let version = scenario.conversation().version + 1;
    let body = CommitBody::Conversation(on_conversation(version, events));
    let commit = commit(&scenario, actor, body);
    refused(scenario.into_checker(), &commit, invariant);
}

#[track_caller]
fn forged_directory(scenario: Scenario, actor: Actor, event: DirectoryEvent, broken: Invariant) {
    let events = vec![event];
    let commit = commit(&scenario, actor, CommitBody::Directory { events });
    refused(scenario.into_checker(), &commit, broken);
}

/// Every change of assignee from Maya, in the name of somebody.
fn changes_of_assignee(by: UserId) -> [ConversationEvent; 3] {
    let decided = AssignedBy::User { id: by };
    [
        ConversationEvent::Assigned {
            assignee: SAM,
            previous: Some(MAYA),
            by: decided.clone(),
            undo_of: None,
        },
        ConversationEvent::Unassigned {
            previous: MAYA,
            by: decided,
            undo_of: None,
        },
        ConversationEvent::StatusChanged {
            from: Status::Open,
            to: Status::Closed,
        },
    ]
}

#[test]
fn b21_permitted_a_viewer_writes_notes_and_changes_nothing_else() {
    let scenario = || Scenario::with_conversation().given([assigned(MAYA, None)]);
    for event in changes_of_assignee(VIEWER) {
        forged(scenario(), person(VIEWER), [event], Invariant::Permitted);
    }
    let with_a_note = [
        noted(VIEWER, 2, &[]),
        changes_of_assignee(VIEWER)[0].clone(),
    ];
    forged(
        scenario(),
        person(VIEWER),
        with_a_note,
        Invariant::Permitted,
    );
    let note = CommitBody::Conversation(on_conversation(3, [noted(VIEWER, 2, &[])]));
    let scenario = scenario();
    let commit = commit(&scenario, person(VIEWER), note);
    scenario.into_checker().check(&commit).unwrap();
}

#[test]
fn permitted_looks_at_the_role_of_that_moment() {
    for demotion in [
        deactivated(SAM),
        DirectoryEvent::RoleChanged {
            user: SAM,
            role: Role::Viewer,
        },
    ] {
        let scenario = Scenario::with_conversation()
            .given([assigned(MAYA, None)])
            .given([demotion]);
        let unassigned = changes_of_assignee(SAM)[1].clone();
        forged(scenario, person(SAM), [unassigned], Invariant::Permitted);
    }
}

#[test]
fn permitted_services_never_change_an_assignee() {
    for event in &changes_of_assignee(OWNER)[..2] {
        let scenario = Scenario::with_conversation().given([assigned(MAYA, None)]);
        forged(scenario, a_service(), [event.clone()], Invariant::Permitted);
    }
    let taken = ConversationEvent::TakenOver {
        by: MAYA,
        previous: None,
    };
    let scenario = Scenario::in_ai_queue();
    forged(scenario, a_service(), [taken], Invariant::Permitted);
}

#[test]
fn permitted_nobody_assigns_in_the_name_of_somebody_else() {
    for event in &changes_of_assignee(OWNER)[..2] {
        let scenario = Scenario::with_conversation().given([assigned(MAYA, None)]);
        forged(scenario, person(SAM), [event.clone()], Invariant::Permitted);
    }
    let taken = ConversationEvent::TakenOver {
        by: MAYA,
        previous: None,
    };
    let scenario = Scenario::in_ai_queue();
    forged(scenario, person(SAM), [taken], Invariant::Permitted);
}

#[test]
fn permitted_people_are_for_owners_and_admins() {
    let promotion = DirectoryEvent::RoleChanged {
        user: MAYA,
        role: Role::Owner,
    };
    let token = DirectoryEvent::TokenCreated {
        token: TokenId::from_u128(9),
        name: "not mine".into(),
        holder: TokenHolder::User { id: OWNER },
        hash: SecretHash([9; 32]),
    };
    let password = DirectoryEvent::PasswordChanged {
        user: OWNER,
        password_hash: "$argon2id$".into(),
        keep_session: None,
    };
    let autopilot = DirectoryEvent::AutopilotSwitched { enabled: true };
    let added = joined("Zoe", UserId::from_u128(20), Role::Owner);
    for event in [promotion, token, password.clone(), autopilot, added] {
        for actor in [person(MAYA), person(VIEWER), a_service()] {
            let event = event.clone();
            forged_directory(Scenario::new(), actor, event, Invariant::Permitted);
        }
    }
    // A password is one's own, also for those who administer.
    forged_directory(
        Scenario::new(),
        person(ADMIN),
        password,
        Invariant::Permitted,
    );
}

#[test]
fn has_owner_the_last_active_owner_stays() {
    for event in [
        deactivated(OWNER),
        DirectoryEvent::RoleChanged {
            user: OWNER,
            role: Role::Admin,
        },
    ] {
        let scenario = Scenario::new();
        forged_directory(scenario, Actor::System, event.clone(), Invariant::HasOwner);
        Scenario::new()
            .given([DirectoryEvent::RoleChanged {
                user: SAM,
                role: Role::Owner,
            }])
            .given([event]);
    }
}

#[test]
fn undo_takes_back_the_last_change_of_assignee_and_nothing_else() {
    let undo = |assignee, undo_of| ConversationEvent::Assigned {
        assignee,
        previous: Some(SAM),
        by: AssignedBy::User { id: OWNER },
        undo_of: Some(undo_of),
    };
    // Version 2 gives it to Maya, 3 to Sam, 4 is a note.
    let scenario = || {
        Scenario::with_conversation()
            .given([assigned(MAYA, None)])
            .given([assigned(SAM, Some(MAYA))])
            .given([noted(SAM, 2, &[])])
    };
    for (assignee, version) in [(MAYA, 1), (MAYA, 2), (MAYA, 4), (MAYA, 5), (OWNER, 3)] {
        let event = undo(assignee, version);
        forged(scenario(), person(OWNER), [event], Invariant::Undo);
    }
    let scenario = scenario();
    let body = on_conversation(5, [undo(MAYA, 3)]);
    let commit = commit(&scenario, person(OWNER), CommitBody::Conversation(body));
    scenario.into_checker().check(&commit).unwrap();
}

#[test]
fn rules_and_teams_are_for_who_runs_the_workspace_and_rules_assign_only_what_is_new() {
    let team = TeamId::from_u128(1);
    let rule = Rule {
        id: RuleId::from_u128(1),
        name: "all".into(),
        enabled: true,
        when: Condition::FirstMessage,
        then: Action::AssignUser { user: MAYA },
    };
    let replaced = DirectoryEvent::RulesReplaced {
        version: 1,
        rules: Arc::new(vec![rule]),
    };
    let made = DirectoryEvent::TeamCreated {
        team,
        name: "Support".into(),
        members: vec![MAYA],
    };
    for event in [&replaced, &made] {
        for actor in [person(MAYA), person(VIEWER), a_service()] {
            let scenario = Scenario::new();
            forged_directory(scenario, actor, event.clone(), Invariant::Permitted);
        }
        Scenario::new().given([event.clone()]);
    }
    let by_rule = ConversationEvent::Assigned {
        assignee: MAYA,
        previous: None,
        by: AssignedBy::Rule {
            rule: RuleId::from_u128(1),
            name: "all".into(),
        },
        undo_of: None,
    };
    for actor in [person(OWNER), a_service(), Actor::System] {
        let scenario = Scenario::with_conversation().given([replaced.clone()]);
        forged(scenario, actor, [by_rule.clone()], Invariant::Permitted);
    }
}
