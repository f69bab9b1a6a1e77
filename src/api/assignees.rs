//! The picker: everybody who can be given a conversation.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::Problem;
use super::paging;
use super::rights;
use crate::domain::UserId;
use crate::domain::directory::User;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/assignees").route(web::get().to(list)));
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PickerQuery {
    /// Only those with this in their name or address, whatever the case.
    #[serde(default)]
    query: String,
}

/// Somebody who can be given a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignee)]
pub(super) struct AssigneeBody<'a> {
    #[schema(value_type = String)]
    id: UserId,
    name: &'a str,
    /// `owner`, `admin` or `agent`.
    role: &'static str,
    /// How many open conversations they own.
    open_count: usize,
}

/// Everybody who can be given a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignees)]
pub(super) struct AssigneesBody<'a> {
    items: Vec<AssigneeBody<'a>>,
}

/// List who can be assigned
///
/// Active owners, admins and agents: the caller first, then by name.
#[utoipa::path(get, path = "/v1/assignees", tag = "People", operation_id = "list_assignees",
    params(PickerQuery),
    responses((status = 200, body = AssigneesBody<'static>, description = "Everybody eligible")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let PickerQuery { query } = paging::query(&call)?;
    let wanted = query.trim().to_lowercase();
    let caller = call.principal.caller.user();
    let fold = call.principal.workspace.views().read();
    let is_wanted = |user: &&User| {
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        user.is_eligible() && (has(&user.name) || has(&user.email))
    };
    let users = fold.directory.directory.users().map(|user| &**user);
    let mut users: Vec<&User> = users.filter(is_wanted).collect();
    users.sort_by_cached_key(|user| (Some(user.id) != caller, user.name.to_lowercase(), user.id));
    let assignees = users.into_iter().map(|user| AssigneeBody {
        id: user.id,
        name: &user.name,
        role: user.role.as_str(),
        open_count: fold.open_count(user.id),
    });
    let items = assignees.collect();
    let body = AssigneesBody { items };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}
