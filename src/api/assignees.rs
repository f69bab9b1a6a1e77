//! The picker: everybody who can be given a conversation.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::Problem;
use super::paging::{self, PageQuery};
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

/// A page of those who can be given a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssigneePage)]
pub(super) struct AssigneePage<'a> {
    items: Vec<AssigneeBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Somebody's place in the list: the caller first, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    is_another: bool,
    name: String,
    id: UserId,
}

/// List who can be assigned
///
/// Active owners, admins and agents: the caller first, then by name. 200 of them unless `limit` says
/// otherwise.
#[utoipa::path(get, path = "/v1/assignees", tag = "People", operation_id = "list_assignees",
    params(PickerQuery, PageQuery),
    responses((status = 200, body = AssigneePage<'static>, description = "A page of people")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let PickerQuery { query } = paging::query(&call)?;
    let page: PageQuery = paging::query(&call)?;
    let limit = page.limit_or_max(&call)?;
    let after: Option<Place> = page.cursor()?;
    let wanted = query.trim().to_lowercase();
    let caller = call.principal.caller.user();
    let fold = call.principal.workspace.views().read();
    let is_wanted = |user: &&User| {
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        user.is_eligible() && (has(&user.name) || has(&user.email))
    };
    let users = fold.directory.directory.users().map(|user| &**user);
    let placed = users.filter(is_wanted).map(|user| {
        let place = Place {
            is_another: Some(user.id) != caller,
            name: user.name.to_lowercase(),
            id: user.id,
        };
        (place, user)
    });
    let mut following: Vec<(Place, &User)> = placed
        .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
        .collect();
    following.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = following.len() > limit;
    following.truncate(limit);
    let last = following.last().filter(|_| more);
    let next_cursor = last.map(|(place, _)| paging::encode(place));
    let assignees = following.into_iter().map(|(_, user)| AssigneeBody {
        id: user.id,
        name: &user.name,
        role: user.role.as_str(),
        open_count: fold.open_count(user.id),
    });
    let items = assignees.collect();
    let body = AssigneePage { items, next_cursor };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}
