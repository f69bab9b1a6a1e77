//! Adding people, and changing their names, roles and status.

use super::ONLY_ADMINISTRATORS;
use crate::domain::directory::{
    CreateUser, DirectoryCommand, DirectoryEvent, DirectoryRejection, Role, UpdateUser, UserStatus,
};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, deactivated, joined, service,
};
use crate::domain::{Caller, Scope, UserId};

const NEW: UserId = UserId::from_u128(20);

fn create() -> CreateUser {
    CreateUser {
        id: NEW,
        name: "Nina".into(),
        email: "nina@acme.example".into(),
        role: Role::Agent,
        password_hash: None,
        users_max: 10,
    }
}

const fn nothing(id: UserId) -> UpdateUser {
    UpdateUser {
        id,
        name: None,
        role: None,
        status: None,
    }
}

const fn update(update: UpdateUser) -> DirectoryCommand {
    DirectoryCommand::UpdateUser(update)
}

fn set_role(id: UserId, role: Role) -> DirectoryCommand {
    update(UpdateUser {
        role: Some(role),
        ..nothing(id)
    })
}

fn set_status(id: UserId, status: UserStatus) -> DirectoryCommand {
    update(UpdateUser {
        status: Some(status),
        ..nothing(id)
    })
}

const fn role_changed(user: UserId, role: Role) -> DirectoryEvent {
    DirectoryEvent::RoleChanged { user, role }
}

#[test]
fn b22_owners_admins_and_the_server_itself_add_people() {
    for caller in [Caller::from(OWNER), Caller::from(ADMIN), Caller::System] {
        let scenario = Scenario::new()
            .when(caller, DirectoryCommand::CreateUser(create()))
            .then([joined("Nina", NEW, Role::Agent)]);
        assert!(scenario.directory().directory.may_be_assigned(NEW));
    }
}

#[test]
fn b22_nobody_else_adds_or_changes_people() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    for caller in [Caller::from(MAYA), Caller::from(VIEWER), service(all)] {
        Scenario::new()
            .when(caller.clone(), DirectoryCommand::CreateUser(create()))
            .then_rejected(ONLY_ADMINISTRATORS)
            .when(caller.clone(), set_role(VIEWER, Role::Owner))
            .then_rejected(ONLY_ADMINISTRATORS)
            .when(caller, set_role(STRANGER, Role::Owner))
            .then_rejected(ONLY_ADMINISTRATORS);
    }
}

#[test]
fn an_address_is_taken_whatever_the_case_of_its_letters() {
    for email in [
        "maya@acme.example",
        "MAYA@Acme.Example",
        " maya@acme.example ",
    ] {
        Scenario::new()
            .when(
                OWNER,
                DirectoryCommand::CreateUser(CreateUser {
                    email: email.into(),
                    ..create()
                }),
            )
            .then_rejected(DirectoryRejection::EmailTaken);
    }
}

#[test]
fn the_address_of_a_deactivated_user_stays_taken() {
    Scenario::new()
        .when(
            OWNER,
            DirectoryCommand::CreateUser(CreateUser {
                email: "dora@acme.example".into(),
                ..create()
            }),
        )
        .then_rejected(DirectoryRejection::EmailTaken);
}

#[test]
fn a_person_is_found_by_address_whatever_the_case_of_its_letters() {
    let scenario = Scenario::new();
    let directory = &scenario.directory().directory;
    let id = |email| directory.user_by_email(email).map(|user| user.id);
    assert_eq!(id("Maya@ACME.example"), Some(MAYA));
    assert_eq!(id("nobody@acme.example"), None);
}

#[test]
fn a_workspace_has_at_most_so_many_people() {
    let limited = |users_max| {
        DirectoryCommand::CreateUser(CreateUser {
            users_max,
            ..create()
        })
    };
    Scenario::new()
        .when(OWNER, limited(6))
        .then_rejected(DirectoryRejection::TooMany {
            what: "users of a workspace",
            max: 6,
        })
        .when(OWNER, limited(7))
        .then([joined("Nina", NEW, Role::Agent)]);
}

#[test]
fn name_role_and_status_change_in_one_commit() {
    let all = UpdateUser {
        id: MAYA,
        name: Some("Maya M.".into()),
        role: Some(Role::Viewer),
        status: Some(UserStatus::Deactivated),
    };
    let scenario = Scenario::new().when(ADMIN, update(all)).then([
        DirectoryEvent::UserRenamed {
            user: MAYA,
            name: "Maya M.".into(),
        },
        role_changed(MAYA, Role::Viewer),
        deactivated(MAYA),
    ]);
    let maya = scenario.directory().directory.user(MAYA).unwrap();
    assert_eq!(&*maya.name, "Maya M.");
    assert_eq!(maya.role, Role::Viewer);
    assert_eq!(maya.status, UserStatus::Deactivated);
    assert_eq!(&*maya.email, "maya@acme.example");
}

#[test]
fn an_update_to_what_is_so_already_changes_nothing() {
    let same = UpdateUser {
        id: MAYA,
        name: Some("Maya".into()),
        role: Some(Role::Agent),
        status: Some(UserStatus::Active),
    };
    Scenario::new()
        .when(OWNER, update(same))
        .then_nothing_changed()
        .when(OWNER, update(nothing(MAYA)))
        .then_nothing_changed();
}

#[test]
fn somebody_unknown_is_not_found() {
    Scenario::new()
        .when(OWNER, set_role(STRANGER, Role::Agent))
        .then_rejected(DirectoryRejection::NotFound);
}

#[test]
fn eligibility_follows_role_and_status() {
    let eligible = |scenario: &Scenario, user| scenario.directory().directory.may_be_assigned(user);
    let scenario = Scenario::new();
    assert!(!eligible(&scenario, DEACTIVATED));
    let scenario = scenario
        .when(OWNER, set_status(DEACTIVATED, UserStatus::Active))
        .then([DirectoryEvent::UserStatusChanged {
            user: DEACTIVATED,
            status: UserStatus::Active,
        }])
        .when(OWNER, set_role(VIEWER, Role::Agent))
        .then([role_changed(VIEWER, Role::Agent)])
        .when(OWNER, set_role(SAM, Role::Viewer))
        .then([role_changed(SAM, Role::Viewer)]);
    assert!(eligible(&scenario, DEACTIVATED));
    assert!(eligible(&scenario, VIEWER));
    assert!(!eligible(&scenario, SAM));
}

#[test]
fn the_last_owner_can_be_neither_demoted_nor_deactivated() {
    let demotions = [Role::Admin, Role::Agent, Role::Viewer];
    for caller in [OWNER, ADMIN] {
        for role in demotions {
            Scenario::new()
                .when(caller, set_role(OWNER, role))
                .then_rejected(DirectoryRejection::LastOwner);
        }
        Scenario::new()
            .when(caller, set_status(OWNER, UserStatus::Deactivated))
            .then_rejected(DirectoryRejection::LastOwner);
    }
    Scenario::new()
        .when(Caller::System, set_role(OWNER, Role::Admin))
        .then_rejected(DirectoryRejection::LastOwner);
}

#[test]
fn a_refused_update_changes_no_name_either() {
    Scenario::new()
        .when(
            OWNER,
            update(UpdateUser {
                name: Some("Olga O.".into()),
                role: Some(Role::Admin),
                ..nothing(OWNER)
            }),
        )
        .then_rejected(DirectoryRejection::LastOwner);
}

#[test]
fn a_deactivated_owner_does_not_count_as_the_other_one() {
    Scenario::new()
        .given([role_changed(DEACTIVATED, Role::Owner)])
        .when(OWNER, set_role(OWNER, Role::Admin))
        .then_rejected(DirectoryRejection::LastOwner);
}

#[test]
fn an_owner_with_another_active_one_may_go() {
    Scenario::new()
        .given([role_changed(SAM, Role::Owner)])
        .when(OWNER, set_role(OWNER, Role::Agent))
        .then([role_changed(OWNER, Role::Agent)])
        .when(SAM, set_status(SAM, UserStatus::Deactivated))
        .then_rejected(DirectoryRejection::LastOwner);
}

#[test]
fn an_owner_who_is_deactivated_already_can_be_demoted() {
    Scenario::new()
        .given([role_changed(DEACTIVATED, Role::Owner)])
        .when(OWNER, set_role(DEACTIVATED, Role::Agent))
        .then([role_changed(DEACTIVATED, Role::Agent)]);
}

#[test]
fn the_last_owner_can_be_renamed() {
    Scenario::new()
        .when(
            ADMIN,
            update(UpdateUser {
                name: Some("Olga O.".into()),
                ..nothing(OWNER)
            }),
        )
        .then([DirectoryEvent::UserRenamed {
            user: OWNER,
            name: "Olga O.".into(),
        }]);
}
