//! The caller as they see themselves, and where they are.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::people::UserBody;
use crate::domain::directory::{Directory, User};
use crate::domain::{Scope, TokenId, WorkspaceId};

/// Whoever asks: a person or a service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Principal)]
pub(crate) enum PrincipalBody<'a> {
    /// A person.
    User(ProfileBody<'a>),
    /// A program with a service token.
    Service(ServiceBody<'a>),
}

/// A person as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileBody<'a> {
    /// What everybody sees.
    #[serde(flatten)]
    pub user: UserBody<'a>,
    /// Their IANA time zone, if they set one.
    #[schema(required = true)]
    pub(crate) time_zone: Option<&'a str>,
    /// Their Slack account, if they linked one.
    #[schema(required = true)]
    pub(crate) slack_user_id: Option<&'a str>,
}

/// A program, by its token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Service)]
pub(crate) struct ServiceBody<'a> {
    /// The token's id.
    #[schema(value_type = String)]
    pub(crate) id: TokenId,
    /// The token's name.
    pub(crate) name: &'a str,
    /// What it may do: `inbound`, `ai`, `read`.
    #[schema(value_type = Vec<String>)]
    pub(crate) scopes: &'a BTreeSet<Scope>,
}

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceBody<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: WorkspaceId,
    /// Its name.
    pub(crate) name: &'a str,
    /// The IANA time zone in which its days begin.
    pub(crate) time_zone: &'a str,
}

/// Who asks, where, and what to show them first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeBody<'a> {
    /// Who asks.
    pub(crate) principal: PrincipalBody<'a>,
    /// Their workspace.
    pub(crate) workspace: WorkspaceBody<'a>,
    /// The list to begin with: `ai_queue` while Autopilot is on, else `all`.
    pub(crate) landing_filter: &'static str,
}

impl<'a> PrincipalBody<'a> {
    /// A person.
    #[must_use]
    pub(crate) fn of_user(user: &'a User) -> Self {
        Self::User(ProfileBody {
            user: UserBody::of(user),
            time_zone: user.time_zone.as_deref(),
            slack_user_id: user.slack_user_id.as_deref(),
        })
    }
}

impl<'a> WorkspaceBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(id: WorkspaceId, directory: &'a Directory) -> Self {
        Self {
            id,
            name: directory.name(),
            time_zone: directory.time_zone(),
        }
    }
}
