//! Signing in and out.

use super::hash;
use crate::domain::directory::{
    DirectoryCommand, DirectoryEvent, DirectoryRejection, SecretHash, StartSession, UpdateProfile,
    UserStatus,
};
use crate::domain::testing::{
    DEACTIVATED, MAYA, OWNER, SAM, Scenario, VIEWER, at, deactivated, service,
};
use crate::domain::{Caller, Scope, Timestamp, UserId};

/// Long after everything in these scenarios.
const LATE: Timestamp = Timestamp::from_millis(1_000_000);

fn start(user: UserId, byte: u8, now: Timestamp) -> DirectoryCommand {
    DirectoryCommand::StartSession(StartSession {
        user,
        hash: hash(byte),
        now,
        expires_at: LATE,
        sessions_per_user_max: 2,
    })
}

const fn started(user: UserId, byte: u8, expires_at: Timestamp) -> DirectoryEvent {
    DirectoryEvent::SessionStarted {
        user,
        hash: hash(byte),
        expires_at,
    }
}

const fn ended(byte: u8) -> DirectoryEvent {
    DirectoryEvent::SessionEnded { hash: hash(byte) }
}

fn hashes(scenario: &Scenario) -> Vec<SecretHash> {
    let sessions = scenario.directory().credentials.sessions();
    sessions.map(|session| session.hash).collect()
}

#[test]
fn everybody_signs_in_and_out() {
    for user in [OWNER, MAYA, VIEWER] {
        let scenario = Scenario::new()
            .when(user, start(user, 1, at(4)))
            .then([started(user, 1, LATE)]);
        let session = scenario.directory().credentials.session(hash(1)).unwrap();
        assert_eq!(session.user, user);
        assert_eq!(session.started_at, scenario.now());
        assert_eq!(session.expires_at, LATE);
        let scenario = scenario
            .when(user, DirectoryCommand::EndSession { hash: hash(1) })
            .then([ended(1)]);
        assert_eq!(hashes(&scenario), []);
    }
}

#[test]
fn signing_out_of_a_session_that_is_gone_changes_nothing() {
    Scenario::new()
        .when(MAYA, DirectoryCommand::EndSession { hash: hash(1) })
        .then_nothing_changed();
}

#[test]
fn nobody_signs_in_as_somebody_else() {
    Scenario::new()
        .when(OWNER, start(MAYA, 1, at(4)))
        .then_rejected(DirectoryRejection::Forbidden("a session is one's own"));
}

#[test]
fn only_people_sign_in() {
    for caller in [Caller::System, service([Scope::Read])] {
        Scenario::new()
            .when(caller, start(MAYA, 1, at(4)))
            .then_rejected(DirectoryRejection::Forbidden("only people have a profile"));
    }
    Scenario::new()
        .when(DEACTIVATED, start(DEACTIVATED, 1, at(4)))
        .then_rejected(DirectoryRejection::CallerGone);
}

#[test]
fn one_session_too_many_ends_the_oldest() {
    let scenario = Scenario::new()
        .given([started(MAYA, 9, LATE)])
        .given([started(MAYA, 1, LATE)])
        .given([started(SAM, 5, LATE)])
        .when(MAYA, start(MAYA, 2, at(7)))
        .then([ended(9), started(MAYA, 2, LATE)]);
    assert_eq!(hashes(&scenario), [hash(1), hash(2), hash(5)]);
}

#[test]
fn a_lowered_limit_ends_as_many_as_needed_but_never_the_new_one() {
    for sessions_per_user_max in [0, 1] {
        let scenario = Scenario::new()
            .given([started(MAYA, 1, LATE)])
            .given([started(MAYA, 2, LATE)])
            .when(
                MAYA,
                DirectoryCommand::StartSession(StartSession {
                    user: MAYA,
                    hash: hash(3),
                    now: at(6),
                    expires_at: LATE,
                    sessions_per_user_max,
                }),
            )
            .then([ended(1), ended(2), started(MAYA, 3, LATE)]);
        assert_eq!(hashes(&scenario), [hash(3)]);
    }
}

#[test]
fn expired_sessions_make_room_first() {
    let soon = at(10);
    let scenario = Scenario::new()
        .given([started(MAYA, 1, LATE)])
        .given([started(MAYA, 2, soon)])
        .when(MAYA, start(MAYA, 3, soon))
        .then([ended(2), started(MAYA, 3, LATE)]);
    assert_eq!(hashes(&scenario), [hash(1), hash(3)]);
}

#[test]
fn a_session_is_live_until_the_moment_it_expires() {
    let soon = at(10);
    let a_moment_before = Timestamp::from_millis(soon.as_millis() - 1);
    Scenario::new()
        .given([started(MAYA, 1, soon)])
        .when(MAYA, start(MAYA, 2, a_moment_before))
        .then([started(MAYA, 2, LATE)]);
}

fn new_password(session: Option<SecretHash>) -> DirectoryCommand {
    DirectoryCommand::UpdateProfile(UpdateProfile {
        password_hash: Some("$argon2id$new".into()),
        session,
        ..UpdateProfile::default()
    })
}

fn password_changed(keep_session: Option<SecretHash>) -> DirectoryEvent {
    DirectoryEvent::PasswordChanged {
        user: MAYA,
        password_hash: "$argon2id$new".into(),
        keep_session,
    }
}

#[test]
fn a_new_password_ends_every_other_session_of_that_person() {
    let scenario = Scenario::new()
        .given([started(MAYA, 1, LATE)])
        .given([started(MAYA, 2, LATE)])
        .given([started(SAM, 3, LATE)])
        .when(MAYA, new_password(Some(hash(2))))
        .then([password_changed(Some(hash(2)))]);
    assert_eq!(hashes(&scenario), [hash(2), hash(3)]);
}

#[test]
fn a_new_password_through_a_token_ends_every_session_of_that_person() {
    let scenario = Scenario::new()
        .given([started(MAYA, 1, LATE)])
        .given([started(SAM, 3, LATE)])
        .when(MAYA, new_password(None))
        .then([password_changed(None)]);
    assert_eq!(hashes(&scenario), [hash(3)]);
}

#[test]
fn deactivation_ends_every_session_and_activation_brings_none_back() {
    let scenario = Scenario::new()
        .given([started(MAYA, 1, LATE)])
        .given([started(SAM, 3, LATE)])
        .given([deactivated(MAYA)]);
    assert_eq!(hashes(&scenario), [hash(3)]);
    let scenario = scenario.given([DirectoryEvent::UserStatusChanged {
        user: MAYA,
        status: UserStatus::Active,
    }]);
    assert_eq!(hashes(&scenario), [hash(3)]);
}

#[test]
fn the_hash_of_a_secret_is_not_shown_when_debugged() {
    assert_eq!(format!("{:?}", hash(0xab)), "SecretHash(…)");
    assert_eq!(hash(0xab).to_string(), "ab".repeat(32));
}
