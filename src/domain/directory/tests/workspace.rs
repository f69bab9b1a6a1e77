//! The workspace itself, and its switches.

use super::ONLY_ADMINISTRATORS;
use crate::domain::directory::{
    CreateUser, CreateWorkspace, DirectoryCommand, DirectoryEvent, DirectoryRejection, Role,
    SwitchAutopilot,
};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, STRANGER, Scenario, VIEWER, at, joined, service,
};
use crate::domain::{Caller, Scope, UserId};

fn create_workspace() -> CreateWorkspace {
    CreateWorkspace {
        name: "Acme".into(),
        time_zone: "Europe/Berlin".into(),
        owner: CreateUser {
            id: OWNER,
            name: "Olga".into(),
            email: "olga@acme.example".into(),
            role: Role::Owner,
            password_hash: None,
            users_max: 10,
        },
    }
}

fn workspace_created() -> [DirectoryEvent; 2] {
    [
        DirectoryEvent::WorkspaceCreated {
            name: "Acme".into(),
            time_zone: "Europe/Berlin".into(),
        },
        joined("Olga", OWNER, Role::Owner),
    ]
}

#[test]
fn a_workspace_comes_into_being_with_its_first_owner() {
    let scenario = Scenario::default()
        .when(
            Caller::System,
            DirectoryCommand::CreateWorkspace(create_workspace()),
        )
        .then(workspace_created());
    let directory = &scenario.directory().directory;
    assert_eq!(&**directory.name(), "Acme");
    assert_eq!(&**directory.time_zone(), "Europe/Berlin");
    assert!(!directory.autopilot().enabled);
    let owner = directory.user(OWNER).unwrap();
    assert_eq!(
        (owner.role, owner.created_at),
        (Role::Owner, scenario.now())
    );
}

#[test]
fn only_the_server_itself_makes_a_workspace() {
    for caller in [Caller::from(OWNER), service([Scope::Read])] {
        Scenario::new()
            .when(
                caller,
                DirectoryCommand::CreateWorkspace(create_workspace()),
            )
            .then_rejected(DirectoryRejection::Forbidden(
                "workspaces are made on the command line",
            ));
    }
}

#[test]
fn a_workspace_comes_into_being_once() {
    Scenario::new()
        .when(
            Caller::System,
            DirectoryCommand::CreateWorkspace(CreateWorkspace {
                owner: CreateUser {
                    id: UserId::from_u128(20),
                    email: "second@acme.example".into(),
                    ..create_workspace().owner
                },
                ..create_workspace()
            }),
        )
        .then_rejected(DirectoryRejection::Forbidden(
            "the workspace exists already",
        ));
}

#[test]
fn the_first_owner_is_an_owner_whatever_role_was_asked_for() {
    let mut asked = create_workspace();
    asked.owner.role = Role::Viewer;
    Scenario::default()
        .when(Caller::System, DirectoryCommand::CreateWorkspace(asked))
        .then(workspace_created());
}

#[test]
fn b22_owners_and_admins_switch_autopilot() {
    for caller in [OWNER, ADMIN] {
        let scenario = Scenario::new()
            .when(
                caller,
                DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(true)),
            )
            .then([DirectoryEvent::AutopilotSwitched { enabled: true }]);
        assert!(scenario.directory().directory.autopilot().enabled);
        let scenario = scenario
            .when(
                caller,
                DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(false)),
            )
            .then([DirectoryEvent::AutopilotSwitched { enabled: false }]);
        assert!(!scenario.directory().directory.autopilot().enabled);
    }
}

#[test]
fn b22_nobody_else_switches_autopilot() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    for caller in [Caller::from(MAYA), Caller::from(VIEWER), service(all)] {
        Scenario::new()
            .when(
                caller,
                DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(true)),
            )
            .then_rejected(ONLY_ADMINISTRATORS);
    }
}

#[test]
fn switching_autopilot_to_what_it_is_changes_nothing() {
    Scenario::new()
        .when(
            OWNER,
            DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(false)),
        )
        .then_nothing_changed();
}

#[test]
fn callers_who_are_deactivated_or_of_another_workspace_are_refused() {
    for caller in [DEACTIVATED, STRANGER] {
        Scenario::new()
            .when(
                caller,
                DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(true)),
            )
            .then_rejected(DirectoryRejection::CallerGone);
    }
}

#[test]
fn the_revision_counts_what_decisions_can_see() {
    let scenario = Scenario::new();
    let before = scenario.directory().directory.revision();
    let scenario = scenario
        .given([DirectoryEvent::SessionStarted {
            user: MAYA,
            hash: super::hash(1),
            expires_at: at(99),
        }])
        .given([DirectoryEvent::SessionEnded {
            hash: super::hash(1),
        }])
        .given([DirectoryEvent::AutopilotSwitched { enabled: true }]);
    assert_eq!(scenario.directory().directory.revision(), before + 1);
}
