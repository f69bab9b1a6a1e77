//! Tokens as the wire has them: the secret once, when they are made.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::time::WireTime;
use crate::domain::directory::TokenHolder;
use crate::domain::{Scope, Timestamp, TokenId, UserId};

/// A bearer token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenBody<'a> {
    /// Its id.
    #[schema(value_type = String, example = "tok_0199d4a2c7a87c0e8a1b2c3d4e5f6071")]
    pub(crate) id: TokenId,
    /// What it was named.
    pub(crate) name: &'a str,
    /// `user` or `service`.
    pub(crate) kind: &'static str,
    /// Whom it speaks for, when it is a user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub user: Option<UserId>,
    /// What it may do, when it is a service's: `inbound`, `ai`, `read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    pub(crate) scopes: Option<&'a BTreeSet<Scope>>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: WireTime,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub(crate) struct NewTokenBody<'a> {
    /// What is kept of it.
    #[serde(flatten)]
    pub(crate) kept: TokenBody<'a>,
    /// The secret, shown this once; null when the answer is given again.
    #[serde(rename = "token")]
    #[schema(required = true)]
    pub(crate) secret: Option<&'a str>,
}

impl<'a> TokenBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(
        id: TokenId,
        name: &'a str,
        holder: &'a TokenHolder,
        created_at: Timestamp,
    ) -> Self {
        let (kind, user, scopes) = match holder {
            TokenHolder::User { id } => ("user", Some(*id), None),
            TokenHolder::Service { scopes } => ("service", None, Some(&**scopes)),
        };
        Self {
            id,
            name,
            kind,
            user,
            scopes,
            created_at: WireTime(created_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_says_whom_it_speaks_for_or_what_it_may_do() {
        let id = TokenId::from_u128(1);
        let user = TokenHolder::User {
            id: UserId::from_u128(2),
        };
        let body = TokenBody::of(id, "laptop", &user, Timestamp::EPOCH);
        assert_eq!(
            json!(body),
            json!({
                "id": "tok_00000000000000000000000000000001", "name": "laptop", "kind": "user",
                "user": "usr_00000000000000000000000000000002",
                "created_at": "1970-01-01T00:00:00.000Z",
            })
        );
        let scopes = BTreeSet::from([Scope::Read, Scope::Inbound]);
        let service = TokenHolder::Service {
            scopes: scopes.into(),
        };
        let kept = TokenBody::of(id, "widget", &service, Timestamp::EPOCH);
        let body = NewTokenBody { kept, secret: None };
        assert_eq!(
            json!(body),
            json!({
                "id": "tok_00000000000000000000000000000001", "name": "widget", "kind": "service",
                "scopes": ["inbound", "read"], "created_at": "1970-01-01T00:00:00.000Z",
                "token": null,
            })
        );
    }
}
