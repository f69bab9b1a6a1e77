//! The caller's own profile.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers;
use super::call::Call;
use super::directory;
use super::error::{Code, Problem};
use super::input;
use super::profile_fields;
use super::wire::{MeBody, PrincipalBody, ServiceBody, WorkspaceBody};
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::Caller;
use crate::domain::directory::{Directory, DirectoryCommand, UpdateProfile};
use crate::views::Filter;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/me")
            .route(web::get().to(read))
            .route(web::patch().to(update)),
    );
}

/// What to change about oneself; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateMe)]
pub(super) struct UpdateMeRequest {
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// The new password. Every other session of the caller ends.
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    password: Option<String>,
    /// A time zone of the IANA database.
    #[schema(example = "Europe/Berlin")]
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// The Slack account to link; null unlinks it.
    #[serde(default, deserialize_with = "input::present")]
    #[schema(value_type = Option<String>)]
    slack_user_id: Option<Option<String>>,
}

/// Who am I
#[utoipa::path(get, path = "/v1/me", tag = "Session", operation_id = "read_me",
    responses((status = 200, body = MeBody<'static>, description = "The caller")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    let workspace = &call.principal.workspace;
    let directory = workspace.views().directory();
    let filter = if directory.autopilot().enabled {
        Filter::AiQueue
    } else {
        Filter::All
    };
    let body = MeBody {
        principal: principal(&call, &directory)?,
        workspace: WorkspaceBody::of(workspace.id(), &directory),
        landing_filter: filter.key(),
    };
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

/// Change one's own profile
///
/// Services have none.
#[utoipa::path(patch, path = "/v1/me", tag = "Session", operation_id = "update_me",
    request_body = UpdateMeRequest,
    responses((status = 200, body = PrincipalBody<'static>, description = "The caller after the change")))]
pub(super) async fn update(call: Call) -> Result<HttpResponse, Problem> {
    let request: UpdateMeRequest = call.parse()?;
    if call.principal.caller.user().is_none() {
        return Err(Problem::new(Code::Forbidden, "only people have a profile"));
    }
    let slack_user_id = request
        .slack_user_id
        .map(|id| id.map(|id| profile_fields::slack_user_id(&id)).transpose());
    let checked = UpdateProfile {
        name: request
            .name
            .map(|name| profile_fields::name(&name))
            .transpose()?,
        password_hash: None,
        session: call.principal.session,
        time_zone: request
            .time_zone
            .map(|zone| profile_fields::time_zone(&zone))
            .transpose()?,
        slack_user_id: slack_user_id.transpose()?,
    };
    if let Some(password) = &request.password {
        profile_fields::password(password, &call.state().config.auth)?;
    }
    let command = async {
        let password_hash = match request.password {
            Some(password) => Some(call.state().passwords.hash(password).await?),
            None => None,
        };
        Ok(DirectoryCommand::UpdateProfile(UpdateProfile {
            password_hash,
            ..checked
        }))
    };
    directory::carry_out_after(&call, command, updated).await
}

fn updated(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::about_person(reply, request_id, PrincipalBody::of_user)
}

fn principal<'a>(call: &'a Call, directory: &'a Directory) -> Result<PrincipalBody<'a>, Problem> {
    match &call.principal.caller {
        Caller::User(id) => directory
            .user(*id)
            .map(|user| PrincipalBody::of_user(user))
            .ok_or_else(|| directory::lost("the caller")),
        Caller::Service {
            token,
            name,
            scopes,
        } => Ok(PrincipalBody::Service(ServiceBody {
            id: *token,
            name,
            scopes,
        })),
        Caller::System => Err(directory::lost("the caller")),
    }
}
