//! Teams, whose turn it is in them, and the ledger of their turns (X05).

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::history::commits_at;
use super::input;
use super::paging::{self, PageQuery};
use super::rights;
use super::wire::{RotationBody, SkippedBody, TeamBody, TurnBody, WireTime};
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::conversation::ConversationEvent;
use crate::domain::directory::{CreateTeam, DirectoryCommand, UpdateTeam};
use crate::domain::rotation::TeamRef;
use crate::domain::{Commit, CommitBody, TeamId, UserId};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/teams")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(web::resource("/v1/teams/{id}").route(web::patch().to(update)))
        .service(web::resource("/v1/teams/{id}/rotation").route(web::get().to(rotation)))
        .service(web::resource("/v1/teams/{id}/turns").route(web::get().to(turns)));
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateTeam)]
pub(super) struct CreateTeamRequest {
    /// What people call it.
    name: String,
    /// The ids of its members. Those who cannot be assigned may be among them, and are passed over.
    #[serde(default, deserialize_with = "input::or_default")]
    members: Vec<String>,
}

/// What to change about a team; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateTeam)]
pub(super) struct UpdateTeamRequest {
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// All its members from now on. Whoever is new goes behind everybody who waits.
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    members: Option<Vec<String>>,
}

/// A page of teams: that of everybody first, then in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamPage)]
pub(super) struct TeamPage {
    items: Vec<TeamBody>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// A page of turns, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TurnPage)]
pub(super) struct TurnPage {
    items: Vec<TurnBody>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List teams
#[utoipa::path(get, path = "/v1/teams", tag = "Routing", operation_id = "list_teams",
    params(PageQuery),
    responses((status = 200, body = TeamPage, description = "A page of teams")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let after = query.cursor::<TeamRef>()?;
    let directory = call.principal.workspace.views().directory();
    let made = directory.teams().map(|team| TeamRef::Team(team.id));
    let all = [TeamRef::Default].into_iter().chain(made);
    let mut following = all.filter(|team| after.is_none_or(|after| *team > after));
    let page: Vec<TeamRef> = following.by_ref().take(limit).collect();
    let last = page.last().filter(|_| following.next().is_some());
    let body = TeamPage {
        next_cursor: last.map(paging::encode),
        items: page
            .iter()
            .filter_map(|team| TeamBody::of(*team, &directory))
            .collect(),
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Make a team
///
/// For owners and admins.
#[utoipa::path(post, path = "/v1/teams", tag = "Routing", operation_id = "create_team",
    request_body = CreateTeamRequest,
    responses((status = 201, body = TeamBody, description = "The team",
            headers(("location" = String, description = "Where it is"))),
        (status = 422, description = "`invalid_reference`, `too_many_items`")))]
pub(super) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let request: CreateTeamRequest = call.parse()?;
    let routing = &call.state().config.routing;
    let command = DirectoryCommand::CreateTeam(CreateTeam {
        id: TeamId::from_u128(call.state().clock.id128()),
        name: name(&request.name, routing.team_name_chars_max)?,
        members: members(&request.members),
        teams_max: routing.teams_max,
        members_max: routing.team_members_max,
    });
    directory::carry_out(&call, command, created).await
}

/// Change a team
///
/// For owners and admins. The team `default` is everybody in the workspace, and cannot be edited.
#[utoipa::path(patch, path = "/v1/teams/{id}", tag = "Routing", operation_id = "update_team",
    params(("id" = String, Path, description = "The team's id")),
    request_body = UpdateTeamRequest,
    responses((status = 200, body = TeamBody, description = "The team after the change"),
        (status = 422, description = "`invalid_reference`, `too_many_items`")))]
pub(super) async fn update(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: UpdateTeamRequest = call.parse()?;
    let routing = &call.state().config.routing;
    let name = request
        .name
        .map(|text| name(&text, routing.team_name_chars_max));
    let command = DirectoryCommand::UpdateTeam(UpdateTeam {
        // What is no id of a team at all is as unknown as any other.
        team: id.parse().unwrap_or(TeamRef::Team(TeamId::from_u128(0))),
        name: name.transpose()?,
        members: request.members.as_deref().map(members),
        members_max: routing.team_members_max,
    });
    directory::carry_out(&call, command, updated).await
}

fn name(text: &str, chars_max: usize) -> Result<Arc<str>, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::invalid("name", "must not be empty"));
    }
    input::line(text, "name", chars_max)?;
    Ok(Arc::from(text))
}

fn members(ids: &[String]) -> Vec<UserId> {
    ids.iter().map(|id| input::user_id(id)).collect()
}

fn created(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    let location = reply.about_team.map(|id| format!("/v1/teams/{id}"));
    let answer = updated(reply, request_id);
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
    directory::answer(reply, request_id, |_events, _at| {
        let team = reply.about_team.map(TeamRef::Team);
        match team.and_then(|team| TeamBody::of(team, &reply.directory)) {
            Some(body) => json_answer(StatusCode::OK, &body),
            None => directory::lost("the team")
                .of_request(request_id)
                .to_answer(),
        }
    })
}

/// Read a rotation
///
/// Its members in the order of their next turn: last turn, then old member before newcomer, then the
/// point at which they joined.
#[utoipa::path(get, path = "/v1/teams/{id}/rotation", tag = "Routing", operation_id = "read_rotation",
    params(("id" = String, Path, description = "The team's id, or `default`")),
    responses((status = 200, body = RotationBody, description = "The rotation")))]
pub(super) async fn rotation(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let fold = call.principal.workspace.views().read();
    let directory = &fold.directory.directory;
    let team = known(&id, directory)?;
    let rotation = fold.routing.rotation(team, directory);
    let body = RotationBody::of(&rotation, directory);
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Read the ledger of turns
///
/// Newest first: who had which turn, with which conversation, and who was passed over.
#[utoipa::path(get, path = "/v1/teams/{id}/turns", tag = "Routing", operation_id = "list_turns",
    params(("id" = String, Path, description = "The team's id, or `default`"), PageQuery),
    responses((status = 200, body = TurnPage, description = "A page of turns"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn turns(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let before = query.cursor::<usize>()?;
    let (team, positions, first) = {
        let fold = call.principal.workspace.views().read();
        let team = known(&id, &fold.directory.directory)?;
        let positions = fold.routing.turns(team);
        let positions = positions.map_or(&[][..], |turns| &turns.positions);
        let end = before.unwrap_or(usize::MAX).min(positions.len());
        let first = end.saturating_sub(limit);
        let page = positions.get(first..end).unwrap_or_default();
        (team, page.to_vec(), first)
    };
    let commits = commits_at(&call, positions).await?;
    let mut items: Vec<_> = commits
        .iter()
        .filter_map(|commit| turn(commit, team))
        .collect();
    items.reverse();
    let next_cursor = (first > 0).then(|| paging::encode(&first));
    let body = TurnPage { items, next_cursor };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// The team that a path names.
fn known(id: &str, directory: &crate::domain::directory::Directory) -> Result<TeamRef, Problem> {
    let team = id.parse().ok();
    team.filter(|team| directory.has_team(*team))
        .ok_or_else(Problem::not_found)
}

/// The turn of a team that a commit spends.
fn turn(commit: &Commit, team: TeamRef) -> Option<TurnBody> {
    let CommitBody::Conversation(body) = &commit.body else {
        return None;
    };
    let mut turns = body.events.iter().filter_map(|event| {
        let (of, turn, user) = event.turn()?;
        (of == team).then_some((event, turn, user))
    });
    let (event, turn, user) = turns.next()?;
    let rule = match event {
        ConversationEvent::Assigned { by, .. } => by.rule(),
        _ => None,
    };
    let routing = match body.events.first() {
        Some(ConversationEvent::Created(created)) => created.routing.as_deref(),
        Some(_) | None => None,
    };
    let candidates = routing.map_or(&[][..], |routing| &routing.candidates);
    let ahead = candidates.iter().take_while(|one| one.user != user);
    let skipped = ahead.filter_map(|one| {
        Some(SkippedBody {
            user: one.user,
            reason: one.ineligible?.as_str(),
        })
    });
    Some(TurnBody {
        turn,
        user,
        conversation_id: body.conversation,
        at: WireTime(commit.at),
        rule,
        skipped: skipped.collect(),
    })
}
