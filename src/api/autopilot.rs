//! Autopilot: the AI's switch for the workspace, and what it may do.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::input;
use super::rights;
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::conversation::{AiMode, Channel};
use crate::domain::directory::{Directory, DirectoryCommand, SwitchAutopilot};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/autopilot")
            .route(web::get().to(read))
            .route(web::put().to(switch)),
    );
}

/// How the switch is to stand, and what the AI may do. What is absent is as this position of the
/// switch had it last.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SwitchAutopilot)]
pub(super) struct SwitchRequest {
    enabled: bool,
    /// For each channel to change, `auto`, `draft` or `off`.
    #[serde(default, deserialize_with = "input::or_default")]
    #[schema(value_type = BTreeMap<String, String>)]
    channels: BTreeMap<String, AiMode>,
    /// From this confidence on a reply is sent, in percent.
    #[schema(minimum = 0, maximum = 100)]
    auto_send_floor: Option<u8>,
    /// Below this confidence nothing comes of a reply, in percent.
    #[schema(minimum = 0, maximum = 100)]
    silence_floor: Option<u8>,
    /// All the labels and tags of which a reply is never sent.
    bypass: Option<Vec<String>>,
}

/// The switch, and what is in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Autopilot)]
pub(super) struct AutopilotBody {
    /// Whether new conversations are handled by the AI, and whether it may send at all.
    enabled: bool,
    /// The mode of new conversations, for each channel: `auto`, `draft` or `off`.
    channels: BTreeMap<&'static str, &'static str>,
    /// From this confidence on a reply is sent, in percent.
    auto_send_floor: u8,
    /// Below this confidence nothing comes of a reply, in percent.
    silence_floor: u8,
    /// The labels and tags of which a reply is never sent.
    bypass: Vec<String>,
}

impl AutopilotBody {
    fn of(directory: &Directory) -> Self {
        let autopilot = directory.autopilot();
        let settings = autopilot.settings();
        let channels = Channel::ALL
            .iter()
            .map(|channel| (channel.as_str(), settings.mode(*channel).as_str()));
        Self {
            enabled: autopilot.enabled,
            channels: channels.collect(),
            auto_send_floor: settings.auto_send_floor,
            silence_floor: settings.silence_floor,
            bypass: settings.bypass.clone(),
        }
    }
}

/// Read the switch
#[utoipa::path(get, path = "/v1/autopilot", tag = "AI", operation_id = "read_autopilot",
    responses((status = 200, body = AutopilotBody, description = "The switch, and what is in force")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let directory = call.principal.workspace.views().directory();
    let body = AutopilotBody::of(&directory);
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Turn the switch
///
/// For owners and admins; all of it becomes true at one moment. Off restores the settings from before
/// on, and on brings back those that were in force then. Conversations that are there already keep
/// their mode; while it is off, nothing is sent to any of them.
#[utoipa::path(put, path = "/v1/autopilot", tag = "AI", operation_id = "switch_autopilot",
    request_body = SwitchRequest,
    responses((status = 200, body = AutopilotBody, description = "The switch after the change")))]
pub(super) async fn switch(call: Call) -> Result<HttpResponse, Problem> {
    let request: SwitchRequest = call.parse()?;
    let floors = [
        (request.auto_send_floor, "auto_send_floor"),
        (request.silence_floor, "silence_floor"),
    ];
    for (floor, field) in floors {
        floor.map_or(Ok(()), |floor| input::percentage(floor, field))?;
    }
    if let Some(bypass) = &request.bypass {
        input::words(bypass, "bypass", &call.state().config.limits)?;
    }
    let command = DirectoryCommand::SwitchAutopilot(SwitchAutopilot {
        enabled: request.enabled,
        channels: channels(request.channels)?,
        auto_send_floor: request.auto_send_floor,
        silence_floor: request.silence_floor,
        bypass: request.bypass,
    });
    directory::carry_out(&call, command, switched).await
}

fn channels(named: BTreeMap<String, AiMode>) -> Result<BTreeMap<Channel, AiMode>, Problem> {
    let known = |(name, mode): (String, AiMode)| {
        let mut all = Channel::ALL.iter().copied();
        match all.find(|channel| channel.as_str() == name) {
            Some(channel) => Ok((channel, mode)),
            None => Err(Problem::invalid(
                &format!("channels.{name}"),
                "is no channel",
            )),
        }
    };
    named.into_iter().map(known).collect()
}

fn switched(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::about_workspace(reply, request_id, AutopilotBody::of)
}
