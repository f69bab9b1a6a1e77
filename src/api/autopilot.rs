//! Autopilot: the AI's switch for the workspace.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::rights;
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::directory::{Directory, DirectoryCommand};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/autopilot")
            .route(web::get().to(read))
            .route(web::put().to(switch)),
    );
}

/// How the switch is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SwitchAutopilot)]
pub(super) struct SwitchRequest {
    enabled: bool,
}

/// The switch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Autopilot)]
pub(super) struct AutopilotBody {
    /// Whether new conversations are handled by the AI.
    enabled: bool,
}

impl AutopilotBody {
    fn of(directory: &Directory) -> Self {
        Self {
            enabled: directory.autopilot().enabled,
        }
    }
}

/// Read the switch
#[utoipa::path(get, path = "/v1/autopilot", tag = "AI", operation_id = "read_autopilot",
    responses((status = 200, body = AutopilotBody, description = "The switch")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let directory = call.principal.workspace.views().directory();
    let body = AutopilotBody::of(&directory);
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Turn the switch
///
/// For owners and admins. Conversations that are there already keep their mode.
#[utoipa::path(put, path = "/v1/autopilot", tag = "AI", operation_id = "switch_autopilot",
    request_body = SwitchRequest,
    responses((status = 200, body = AutopilotBody, description = "The switch after the change")))]
pub(super) async fn switch(call: Call) -> Result<HttpResponse, Problem> {
    let SwitchRequest { enabled } = call.parse()?;
    let command = DirectoryCommand::SwitchAutopilot { enabled };
    directory::carry_out(&call, command, switched).await
}

fn switched(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::about_workspace(reply, request_id, AutopilotBody::of)
}
