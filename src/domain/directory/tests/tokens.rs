//! Tokens: one's own, others', services'.

use serde::Deserialize as _;
use serde::de::value::{Error, StrDeserializer};

use std::sync::Arc;

use super::{ONLY_ADMINISTRATORS, hash};
use crate::domain::directory::{
    CreateToken, DirectoryCommand, DirectoryEvent, DirectoryRejection, SecretHash, TokenHolder,
};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, deactivated, service,
};
use crate::domain::{Caller, Scope, TokenId, UserId};

const TOKEN: TokenId = TokenId::from_u128(30);
const REVOKE: DirectoryCommand = DirectoryCommand::RevokeToken { token: TOKEN };
const REVOKED: DirectoryEvent = DirectoryEvent::TokenRevoked { token: TOKEN };

const fn of(id: UserId) -> TokenHolder {
    TokenHolder::User { id }
}

fn of_a_service() -> TokenHolder {
    TokenHolder::Service {
        scopes: Arc::new([Scope::Inbound].into()),
    }
}

fn create(holder: TokenHolder) -> DirectoryCommand {
    limited(holder, 10)
}

fn limited(holder: TokenHolder, tokens_per_user_max: usize) -> DirectoryCommand {
    DirectoryCommand::CreateToken(CreateToken {
        id: TOKEN,
        name: "laptop".into(),
        holder,
        hash: hash(1),
        tokens_per_user_max,
        service_tokens_max: 2,
    })
}

fn made(holder: TokenHolder) -> DirectoryEvent {
    made_as(TOKEN, holder)
}

fn made_as(token: TokenId, holder: TokenHolder) -> DirectoryEvent {
    DirectoryEvent::TokenCreated {
        token,
        name: "laptop".into(),
        holder,
        hash: hash(1),
    }
}

#[test]
fn everybody_makes_and_revokes_their_own_tokens() {
    for user in [OWNER, ADMIN, MAYA, VIEWER] {
        let scenario = Scenario::new()
            .when(user, create(of(user)))
            .then([made(of(user))]);
        let token = scenario.directory().credentials.token(TOKEN).unwrap();
        assert_eq!(token.holder, of(user));
        assert_eq!(token.created_at, scenario.now());
        let scenario = scenario.when(user, REVOKE).then([REVOKED]);
        assert_eq!(scenario.directory().credentials.tokens().count(), 0);
    }
}

#[test]
fn owners_admins_and_the_server_itself_make_tokens_for_others_and_for_services() {
    for caller in [Caller::from(OWNER), Caller::from(ADMIN), Caller::System] {
        for holder in [of(MAYA), of(VIEWER), of_a_service()] {
            Scenario::new()
                .when(caller.clone(), create(holder.clone()))
                .then([made(holder)])
                .when(caller.clone(), REVOKE)
                .then([REVOKED]);
        }
    }
}

#[test]
fn nobody_else_makes_tokens_for_others_or_for_services() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    for caller in [Caller::from(MAYA), Caller::from(VIEWER), service(all)] {
        for holder in [of(SAM), of(STRANGER), of_a_service()] {
            Scenario::new()
                .when(caller.clone(), create(holder))
                .then_rejected(ONLY_ADMINISTRATORS);
        }
    }
}

#[test]
fn nobody_else_revokes_a_token_or_learns_whether_there_is_one() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    for caller in [Caller::from(MAYA), Caller::from(VIEWER), service(all)] {
        for holder in [of(SAM), of_a_service()] {
            Scenario::new()
                .given([made(holder)])
                .when(caller.clone(), REVOKE)
                .then_rejected(ONLY_ADMINISTRATORS);
        }
        Scenario::new()
            .when(caller, REVOKE)
            .then_rejected(ONLY_ADMINISTRATORS);
    }
}

#[test]
fn a_token_is_revoked_once() {
    Scenario::new()
        .given([made(of(MAYA))])
        .when(MAYA, REVOKE)
        .then([REVOKED])
        .when(MAYA, REVOKE)
        .then_rejected(ONLY_ADMINISTRATORS)
        .when(ADMIN, REVOKE)
        .then_rejected(DirectoryRejection::NotFound);
}

#[test]
fn a_token_for_somebody_unknown_is_refused() {
    Scenario::new()
        .when(OWNER, create(of(STRANGER)))
        .then_rejected(DirectoryRejection::InvalidReference { field: "user" });
}

#[test]
fn a_person_has_at_most_so_many_tokens() {
    let scenario = Scenario::new()
        .given([made_as(TokenId::from_u128(31), of(MAYA))])
        .given([made_as(TokenId::from_u128(32), of(MAYA))])
        .given([made_as(TokenId::from_u128(33), of(SAM))])
        .given([made_as(TokenId::from_u128(34), of_a_service())]);
    assert_eq!(scenario.directory().credentials.tokens_of(MAYA), 2);
    scenario
        .when(MAYA, limited(of(MAYA), 2))
        .then_rejected(DirectoryRejection::TooMany {
            what: "tokens of a user",
            max: 2,
        })
        .when(MAYA, limited(of(MAYA), 3))
        .then([made(of(MAYA))]);
}

#[test]
fn all_services_together_have_at_most_so_many_tokens() {
    let one = made_as(TokenId::from_u128(31), of_a_service());
    let scenario = Scenario::new()
        .given([one, made_as(TokenId::from_u128(32), of(OWNER))])
        .when(ADMIN, create(of_a_service()))
        .then([made(of_a_service())]);
    assert_eq!(scenario.directory().credentials.tokens_of_services(), 2);
    scenario
        .when(Caller::System, create(of_a_service()))
        .then_rejected(DirectoryRejection::TooMany {
            what: "tokens of services",
            max: 2,
        })
        .when(ADMIN, REVOKE)
        .then([REVOKED])
        .when(ADMIN, create(of_a_service()))
        .then([made(of_a_service())]);
}

#[test]
fn the_tokens_of_a_deactivated_user_can_be_revoked_by_those_who_administer() {
    Scenario::new()
        .given([made(of(MAYA))])
        .given([deactivated(MAYA)])
        .when(MAYA, REVOKE)
        .then_rejected(DirectoryRejection::CallerGone)
        .when(ADMIN, REVOKE)
        .then([REVOKED]);
}

#[test]
fn callers_who_are_deactivated_or_of_another_workspace_make_no_tokens() {
    for caller in [DEACTIVATED, STRANGER] {
        Scenario::new()
            .when(caller, create(of(caller)))
            .then_rejected(DirectoryRejection::CallerGone);
    }
}

#[test]
fn a_hash_has_one_spelling_in_the_log() {
    let read = |text: &str| SecretHash::deserialize(StrDeserializer::<Error>::new(text));
    let text = hash(0xab).to_string();
    assert_eq!(text, "ab".repeat(32));
    assert_eq!(read(&text).unwrap(), hash(0xab));
    for other in ["AB", "+b", "g0", "ü"] {
        let text = other.repeat(32);
        assert!(read(&text).is_err(), "{text}");
    }
    for length in [0, 31, 33] {
        let text = "ab".repeat(length);
        assert!(read(&text).is_err(), "{text}");
    }
}
