//! Replies that the AI offers: the gate in the conversation decides what becomes of them.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers;
use super::call::Call;
use super::error::Problem;
use super::input;
use super::run;
use super::wire::AiReplyResponse;
use crate::domain::ai_gate::AiScore;
use crate::domain::conversation::{Command, OfferAiReply};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/conversations/{id}/ai/replies").route(web::post().to(offer)));
}

/// A reply that the AI would send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferAiReplyRequest {
    body: String,
    /// How confident the AI is, in percent.
    #[schema(minimum = 0, maximum = 100)]
    confidence: u8,
    /// What the AI thinks that the conversation is about.
    #[serde(default, deserialize_with = "input::or_default")]
    labels: Vec<String>,
}

/// Offer a reply of the AI
///
/// For services with the scope `ai`. Whether it is sent is decided at its place in the
/// conversation's order; what the gate holds back is an outcome, not an error.
#[utoipa::path(post, path = "/v1/conversations/{id}/ai/replies", tag = "AI", operation_id = "offer_ai_reply",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = OfferAiReplyRequest,
    responses((status = 200, body = AiReplyResponse<'_>, description = "What became of it, and why")))]
pub(super) async fn offer(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: OfferAiReplyRequest = call.parse()?;
    let limits = &call.state().config.limits;
    let body = input::text(&request.body, "body", limits)?;
    input::percentage(request.confidence, "confidence")?;
    input::words(&request.labels, "labels", limits)?;
    let command = Command::OfferAiReply(OfferAiReply {
        id: input::message_id(&call),
        body,
        score: AiScore {
            confidence: request.confidence,
            labels: request.labels,
        },
    });
    run::on_conversation(&call, &path, command, answers::ai_reply).await
}
