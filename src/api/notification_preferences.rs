//! How the caller wants to be told of things.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::input::or_default;
use super::notifications::person;
use super::wire::PreferenceBody;
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::directory::{DirectoryCommand, User};
use crate::domain::notifications::{Cadence, NotificationKind, PreferenceChoice};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/me/notification-preferences")
            .route(web::get().to(read))
            .route(web::put().to(choose)),
    );
}

/// How often email and Slack may speak of a kind.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Cadence)]
pub(super) enum CadenceName {
    /// At once.
    Instant,
    /// One message a kind at the end of an hour in which there was something.
    Hourly,
    /// One message for all such kinds at 08:00 in one's time zone.
    Daily,
}

/// What is to hold for one kind; what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationChoice)]
pub(super) struct ChoiceRequest {
    /// In the application; always at once.
    in_app: Option<bool>,
    /// By email.
    email: Option<bool>,
    /// By a direct message in Slack, once an account is linked.
    slack: Option<bool>,
    /// How often by email and in Slack.
    cadence: Option<CadenceName>,
}

/// What is to hold; kinds that are absent stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChooseNotifications)]
pub(super) struct ChoicesRequest {
    #[serde(default, deserialize_with = "or_default")]
    assignment: ChoiceRequest,
    #[serde(default, deserialize_with = "or_default")]
    mention: ChoiceRequest,
    #[serde(default, deserialize_with = "or_default")]
    conversation_reply: ChoiceRequest,
    #[serde(default, deserialize_with = "or_default")]
    new_unassigned: ChoiceRequest,
    #[serde(default, deserialize_with = "or_default")]
    ai_auto_sent: ChoiceRequest,
}

/// What holds for each kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreferences)]
pub(super) struct PreferencesBody {
    assignment: PreferenceBody,
    mention: PreferenceBody,
    conversation_reply: PreferenceBody,
    new_unassigned: PreferenceBody,
    ai_auto_sent: PreferenceBody,
}

impl PreferencesBody {
    fn of(user: &User) -> Self {
        let body = |kind| PreferenceBody::of(user.notifications.of(kind));
        Self {
            assignment: body(NotificationKind::Assignment),
            mention: body(NotificationKind::Mention),
            conversation_reply: body(NotificationKind::ConversationReply),
            new_unassigned: body(NotificationKind::NewUnassigned),
            ai_auto_sent: body(NotificationKind::AiAutoSent),
        }
    }
}

/// Read how one is told of things
#[utoipa::path(get, path = "/v1/me/notification-preferences", tag = "Notifications", operation_id = "read_notification_preferences",
    responses((status = 200, body = PreferencesBody, description = "What holds for each kind")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    let id = person(&call)?;
    let directory = call.principal.workspace.views().directory();
    let user = directory
        .user(id)
        .ok_or_else(|| directory::lost("the caller"))?;
    let body = PreferencesBody::of(user);
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Choose how one is told of things
///
/// Kinds, and members of a kind, that are absent stay as they are.
#[utoipa::path(put, path = "/v1/me/notification-preferences", tag = "Notifications", operation_id = "choose_notifications",
    request_body = ChoicesRequest,
    responses((status = 200, body = PreferencesBody, description = "What holds for each kind after the change")))]
pub(super) async fn choose(call: Call) -> Result<HttpResponse, Problem> {
    let request: ChoicesRequest = call.parse()?;
    let preferences = BTreeMap::from([
        (NotificationKind::Assignment, request.assignment.into()),
        (NotificationKind::Mention, request.mention.into()),
        (
            NotificationKind::ConversationReply,
            request.conversation_reply.into(),
        ),
        (
            NotificationKind::NewUnassigned,
            request.new_unassigned.into(),
        ),
        (NotificationKind::AiAutoSent, request.ai_auto_sent.into()),
    ]);
    let command = DirectoryCommand::ChooseNotifications { preferences };
    directory::carry_out(&call, command, chosen).await
}

fn chosen(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::about_person(reply, request_id, PreferencesBody::of)
}

impl From<ChoiceRequest> for PreferenceChoice {
    fn from(request: ChoiceRequest) -> Self {
        Self {
            in_app: request.in_app,
            email: request.email,
            slack: request.slack,
            cadence: request.cadence.map(|cadence| match cadence {
                CadenceName::Instant => Cadence::Instant,
                CadenceName::Hourly => Cadence::Hourly,
                CadenceName::Daily => Cadence::Daily,
            }),
        }
    }
}
