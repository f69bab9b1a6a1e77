//! Messages and internal notes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answers;
use super::call::Call;
use super::error::Problem;
use super::history::page_of_entries;
use super::input::{self, NoteRequest};
use super::paging::PageQuery;
use super::rights;
use super::run;
use super::wire::MessageBody;
use crate::domain::conversation::{AddMessage, Command, Sender};
use crate::views::Row;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/conversations/{id}/messages")
                .route(web::get().to(list))
                .route(web::post().to(add)),
        )
        .service(web::resource("/v1/conversations/{id}/notes").route(web::post().to(note)));
}

/// A message to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddMessageRequest {
    kind: SenderRequest,
    body: String,
}

/// Who a message is from.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SenderRequest {
    /// The customer.
    Customer,
    /// The caller.
    Agent,
}

/// A page of messages and notes, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessagePage {
    #[schema(value_type = Vec<MessageBody<'_>>)]
    items: Vec<Value>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List messages and notes
#[utoipa::path(get, path = "/v1/conversations/{id}/messages", tag = "Conversations", operation_id = "list_messages",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`"), PageQuery),
    responses((status = 200, body = MessagePage, description = "A page of messages and notes"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn list(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    let positions = |row: &Row| row.message_positions.clone();
    let (items, next_cursor) =
        page_of_entries(&call, &path, positions, |entry| entry.message).await?;
    let body = MessagePage { items, next_cursor };
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

/// Add a message
///
/// A customer's message reopens a conversation that is not open.
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "Conversations", operation_id = "add_message",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = AddMessageRequest,
    responses((status = 201, body = MessageBody<'_>, description = "The message")))]
pub(super) async fn add(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: AddMessageRequest = call.parse()?;
    let body = input::text(&request.body, "body", &call.state().config.limits)?;
    let sender = match request.kind {
        SenderRequest::Customer => Sender::Customer,
        SenderRequest::Agent => Sender::Agent,
    };
    let command = Command::AddMessage(AddMessage {
        id: input::message_id(&call),
        sender,
        body,
    });
    run::on_conversation(&call, &path, command, answers::message).await
}

/// Add an internal note
///
/// Viewers may.
#[utoipa::path(post, path = "/v1/conversations/{id}/notes", tag = "Conversations", operation_id = "add_note",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = NoteRequest,
    responses((status = 201, body = MessageBody<'_>, description = "The note"),
        (status = 422, description = "`invalid_reference`: somebody mentioned is unknown")))]
pub(super) async fn note(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: NoteRequest = call.parse()?;
    let command = Command::AddNote(request.into_note(&call, "")?);
    run::on_conversation(&call, &path, command, answers::message).await
}
