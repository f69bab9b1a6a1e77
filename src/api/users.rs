//! The people of a workspace.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::input;
use super::paging::{self, PageQuery};
use super::profile_fields;
use super::rights;
use super::wire::UserBody;
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::UserId;
use crate::domain::directory::{CreateUser, DirectoryCommand, Role, UpdateUser, UserStatus};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/users")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(web::resource("/v1/users/{id}").route(web::patch().to(update)));
}

/// What a person may do.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(super) enum RoleName {
    /// Everything; a workspace keeps at least one active owner.
    Owner,
    /// Everything.
    Admin,
    /// Works on conversations.
    Agent,
    /// Reads, and writes internal notes; `light_agent` says the same.
    #[serde(alias = "light_agent")]
    Viewer,
}

/// Whether a person can sign in and be assigned.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UserStatus)]
pub(super) enum StatusName {
    /// They can.
    Active,
    /// They cannot; what they own stays theirs until somebody reassigns it.
    Deactivated,
}

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateUser)]
pub(super) struct CreateUserRequest {
    /// 1 to 200 characters.
    name: String,
    /// Unique in the workspace, whatever the case of its letters.
    #[schema(example = "maya@example.com")]
    email: String,
    role: RoleName,
    /// Without one they sign in with a token only.
    password: Option<String>,
}

/// What to change about a person; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateUser)]
pub(super) struct UpdateUserRequest {
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    role: Option<RoleName>,
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    status: Option<StatusName>,
}

/// A page of people, in the order in which they were added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserPage)]
pub(super) struct UserPage<'a> {
    items: Vec<UserBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List people
///
/// In the order in which they were added, the deactivated included.
#[utoipa::path(get, path = "/v1/users", tag = "People", operation_id = "list_users",
    params(PageQuery),
    responses((status = 200, body = UserPage<'static>, description = "A page of people")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let after = query.cursor::<UserId>()?;
    let directory = call.principal.workspace.views().directory();
    let mut following = directory
        .users()
        .filter(|user| after.is_none_or(|after| user.id > after));
    let page: Vec<_> = following.by_ref().take(limit).collect();
    let last = page.last().filter(|_| following.next().is_some());
    let body = UserPage {
        next_cursor: last.map(|user| paging::encode(&user.id)),
        items: page.iter().map(|user| UserBody::of(user)).collect(),
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Add a person
///
/// For owners and admins.
#[utoipa::path(post, path = "/v1/users", tag = "People", operation_id = "create_user",
    request_body = CreateUserRequest,
    responses(
        (status = 201, body = UserBody<'static>, description = "The person",
            headers(("location" = String, description = "Where they are"))),
        (status = 409, description = "`email_taken`"),
        (status = 422, description = "`too_many_items`, `idempotency_key_reused`")))]
pub(super) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let request: CreateUserRequest = call.parse()?;
    let state = call.state();
    let checked = CreateUser {
        id: UserId::from_u128(state.clock.id128()),
        name: profile_fields::name(&request.name)?,
        email: profile_fields::email(&request.email, "email")?,
        role: request.role.into(),
        password_hash: None,
        users_max: state.config.limits.users_max,
    };
    if let Some(password) = &request.password {
        profile_fields::password(password, &state.config.auth)?;
    }
    let command = async {
        let password_hash = match request.password {
            Some(password) => {
                // Nobody makes the server hash who will be refused anyway.
                rights::administer(&call)?;
                Some(state.passwords.hash(password).await?)
            }
            None => None,
        };
        Ok(DirectoryCommand::CreateUser(CreateUser {
            password_hash,
            ..checked
        }))
    };
    directory::carry_out_after(&call, command, created).await
}

/// Change a person
///
/// For owners and admins. The last active owner can be neither demoted nor deactivated. A person
/// who is deactivated keeps what they own until somebody reassigns it.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "People", operation_id = "update_user",
    params(("id" = String, Path, description = "The person's id")),
    request_body = UpdateUserRequest,
    responses(
        (status = 200, body = UserBody<'static>, description = "The person after the change"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_owner`")))]
pub(super) async fn update(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: UpdateUserRequest = call.parse()?;
    let command = DirectoryCommand::UpdateUser(UpdateUser {
        id: input::user_id(&id),
        name: request
            .name
            .map(|name| profile_fields::name(&name))
            .transpose()?,
        role: request.role.map(Role::from),
        status: request.status.map(UserStatus::from),
    });
    directory::carry_out(&call, command, updated).await
}

fn created(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    let location = reply.person().map(|user| format!("/v1/users/{}", user.id));
    let answer = directory::about_person(reply, request_id, UserBody::of);
    if reply.outcome.is_err() {
        return answer;
    }
    StoredAnswer {
        status: StatusCode::CREATED.as_u16(),
        location,
        ..answer
    }
}

fn updated(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::about_person(reply, request_id, UserBody::of)
}

/// Whether the caller administers the workspace now. Only the decision itself has the last word.
impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Agent => Self::Agent,
            RoleName::Viewer => Self::Viewer,
        }
    }
}

impl From<StatusName> for UserStatus {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Active => Self::Active,
            StatusName::Deactivated => Self::Deactivated,
        }
    }
}
