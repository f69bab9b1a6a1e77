//! Who owns a conversation: assign, claim, take over, undo.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers;
use super::call::Call;
use super::error::Problem;
use super::input::{self, NoteRequest, nullable, present};
use super::run;
use super::wire::{AssignmentResponse, TakeOverResponse};
use crate::domain::conversation::{Assign, Command};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/v1/conversations/{id}/assignee").route(web::put().to(assign)))
        .service(web::resource("/v1/conversations/{id}/claim").route(web::post().to(claim)))
        .service(web::resource("/v1/conversations/{id}/take-over").route(web::post().to(take_over)))
        .service(web::resource("/v1/conversations/{id}/undo").route(web::post().to(undo)));
}

/// Whom to give a conversation to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignRequest {
    /// A user's id, `me`, or null for nobody.
    #[serde(deserialize_with = "nullable")]
    #[schema(required = true)]
    assignee: Option<String>,
    /// Whom the caller expects to own it now; null is nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    expected_assignee: Option<Option<String>>,
    /// A note to commit together with the change.
    note: Option<NoteRequest>,
}

/// Which change to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoRequest {
    /// The version that made it.
    version: u64,
}

/// Assign or unassign
///
/// The last one in the conversation's order wins; with `expected_assignee` only if that is the
/// present one.
#[utoipa::path(put, path = "/v1/conversations/{id}/assignee", tag = "Assignment", operation_id = "assign",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = AssignRequest,
    responses((status = 200, body = AssignmentResponse<'_>, description = "The conversation, and whether its assignee changed"),
        (status = 409, description = "`assignee_changed`, with `current`"),
        (status = 422, description = "`assignee_not_eligible`, `invalid_reference`")))]
pub(super) async fn assign(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: AssignRequest = call.parse()?;
    let caller = call.principal.caller.user();
    let named = |text: &String| input::named_user(text, caller);
    let note = request
        .note
        .map(|note| note.into_note(&call, "note."))
        .transpose()?;
    let command = Command::Assign(Assign {
        assignee: request.assignee.as_ref().map(named),
        expected: request
            .expected_assignee
            .map(|expected| expected.as_ref().map(named)),
        note,
    });
    run::on_conversation(&call, &path, command, answers::assignment).await
}

/// Claim
///
/// The first wins; the others learn who has it.
#[utoipa::path(post, path = "/v1/conversations/{id}/claim", tag = "Assignment", operation_id = "claim",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    responses((status = 200, body = AssignmentResponse<'_>, description = "The conversation, and whether its assignee changed"),
        (status = 409, description = "`already_assigned`, with `current`")))]
pub(super) async fn claim(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    run::on_conversation(&call, &path, Command::Claim, answers::assignment).await
}

/// Take over from the AI
///
/// Stamps the handoff and assigns the caller in one step.
#[utoipa::path(post, path = "/v1/conversations/{id}/take-over", tag = "Assignment", operation_id = "take_over",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    responses((status = 200, body = TakeOverResponse<'_>, description = "The conversation, and what the AI said last"),
        (status = 409, description = "`already_taken_over` with `current` and `handoff`, `not_in_ai_queue` with `current`")))]
pub(super) async fn take_over(
    call: Call,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    run::on_conversation(&call, &path, Command::TakeOver, answers::take_over).await
}

/// Take a change of assignee back
///
/// The one made at that version, if it is the last.
#[utoipa::path(post, path = "/v1/conversations/{id}/undo", tag = "Assignment", operation_id = "undo",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = UndoRequest,
    responses((status = 200, body = AssignmentResponse<'_>, description = "The conversation, and whether its assignee changed"),
        (status = 409, description = "`nothing_to_undo`, with `current`"),
        (status = 422, description = "`assignee_not_eligible`")))]
pub(super) async fn undo(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: UndoRequest = call.parse()?;
    let command = Command::Undo {
        version: request.version,
    };
    run::on_conversation(&call, &path, command, answers::assignment).await
}
