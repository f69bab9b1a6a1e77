//! One's own profile.

use super::hash;
use crate::domain::directory::{
    DirectoryCommand, DirectoryEvent, DirectoryRejection, UpdateProfile,
};
use crate::domain::testing::{DEACTIVATED, MAYA, Scenario, VIEWER, service};
use crate::domain::{Caller, Scope};

const fn update(update: UpdateProfile) -> DirectoryCommand {
    DirectoryCommand::UpdateProfile(update)
}

#[test]
fn everybody_changes_their_own_profile() {
    for user in [MAYA, VIEWER] {
        let scenario = Scenario::new()
            .when(
                user,
                update(UpdateProfile {
                    name: Some("New name".into()),
                    password_hash: Some("$argon2id$new".into()),
                    session: Some(hash(1)),
                    time_zone: Some("Europe/Berlin".into()),
                    slack_user_id: Some(Some("U1".into())),
                }),
            )
            .then([
                DirectoryEvent::UserRenamed {
                    user,
                    name: "New name".into(),
                },
                DirectoryEvent::PasswordChanged {
                    user,
                    password_hash: "$argon2id$new".into(),
                    keep_session: Some(hash(1)),
                },
                DirectoryEvent::TimeZoneChanged {
                    user,
                    time_zone: "Europe/Berlin".into(),
                },
                DirectoryEvent::SlackAccountChanged {
                    user,
                    slack_user_id: Some("U1".into()),
                },
            ]);
        let user = scenario.directory().directory.user(user).unwrap();
        assert_eq!(&*user.name, "New name");
        assert_eq!(user.password_hash.as_deref(), Some("$argon2id$new"));
        assert_eq!(user.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(user.slack_user_id.as_deref(), Some("U1"));
    }
}

#[test]
fn a_profile_that_is_so_already_does_not_change() {
    let same = UpdateProfile {
        name: Some("Maya".into()),
        slack_user_id: Some(None),
        ..UpdateProfile::default()
    };
    Scenario::new()
        .when(MAYA, update(same))
        .then_nothing_changed()
        .when(MAYA, update(UpdateProfile::default()))
        .then_nothing_changed();
}

#[test]
fn a_slack_account_is_linked_and_unlinked() {
    let set = |account: Option<&str>| {
        update(UpdateProfile {
            slack_user_id: Some(account.map(Into::into)),
            ..UpdateProfile::default()
        })
    };
    let changed = |account: Option<&str>| DirectoryEvent::SlackAccountChanged {
        user: MAYA,
        slack_user_id: account.map(Into::into),
    };
    let scenario = Scenario::new()
        .when(MAYA, set(Some("U1")))
        .then([changed(Some("U1"))])
        .when(MAYA, set(Some("U1")))
        .then_nothing_changed()
        .when(MAYA, set(None))
        .then([changed(None)]);
    let maya = scenario.directory().directory.user(MAYA).unwrap();
    assert_eq!(maya.slack_user_id, None);
}

#[test]
fn only_people_have_a_profile() {
    for caller in [Caller::System, service([Scope::Read])] {
        Scenario::new()
            .when(caller, update(UpdateProfile::default()))
            .then_rejected(DirectoryRejection::Forbidden("only people have a profile"));
    }
    Scenario::new()
        .when(DEACTIVATED, update(UpdateProfile::default()))
        .then_rejected(DirectoryRejection::CallerGone);
}
