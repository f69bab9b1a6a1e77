//! People and programs as the wire has them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::references::PersonBody;
use super::time::WireTime;
use crate::domain::directory::{Directory, User};
use crate::domain::{Actor, UserId};

/// A person of the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserBody<'a> {
    /// Their id.
    #[schema(value_type = String)]
    pub id: UserId,
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// `owner`, `admin`, `agent` or `viewer`.
    pub role: &'static str,
    /// `active` or `deactivated`.
    pub status: &'static str,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: WireTime,
}

impl<'a> UserBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(user: &'a User) -> Self {
        Self {
            id: user.id,
            name: &user.name,
            email: &user.email,
            role: user.role.as_str(),
            status: user.status.as_str(),
            created_at: WireTime(user.created_at),
        }
    }
}

/// Whoever did something, with the name they have now; a service's is that of its token.
#[must_use]
pub(crate) fn actor_body(actor: &Actor, directory: &Directory) -> Value {
    match actor {
        Actor::User { id } => {
            json!({"kind": "user", "id": id, "name": PersonBody::of(*id, directory).name})
        }
        Actor::Service { id, name } => json!({"kind": "service", "id": id, "name": name}),
        Actor::System => json!({"kind": "system", "id": null, "name": "Ochre"}),
    }
}
