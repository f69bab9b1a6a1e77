//! From what the domain answered to what goes out. The same functions write an answer for the
//! client and for the memory of its `Idempotency-Key`.

use serde::Serialize;
use serde_json::json;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use super::error::{Code, Problem};
use super::wire::{
    AiReplyResponse, AssignmentResponse, ConversationBody, CurrentBody, HandoffBody, MessageBody,
    TakeOverResponse,
};
use crate::actors::{Done, Reply};
use crate::commit::StoredAnswer;
use crate::domain::ai_gate::Verdict;
use crate::domain::conversation::{Conversation, Rejection};
use crate::domain::directory::Directory;

/// The media type of every answer that is no problem.
const JSON: &str = "application/json";

/// Writes one kind of answer.
pub(super) type Write<R> = fn(&R, &str) -> StoredAnswer;

/// An answer with a body.
#[must_use]
pub(super) fn json_answer(status: StatusCode, body: &impl Serialize) -> StoredAnswer {
    match serde_json::to_string(body) {
        Ok(body) => StoredAnswer {
            status: status.as_u16(),
            content_type: JSON.to_owned(),
            etag: None,
            location: None,
            body,
        },
        Err(error) => Problem::new(Code::Internal, error.to_string()).to_answer(),
    }
}

/// An answer on its way out.
#[must_use]
pub(super) fn respond(answer: StoredAnswer) -> HttpResponse {
    let StoredAnswer {
        status,
        content_type,
        etag,
        location,
        body,
    } = answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, content_type));
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, etag));
    }
    if let Some(location) = location {
        response.insert_header((header::LOCATION, location));
    }
    response.body(body)
}

/// The entity tag of a conversation.
#[must_use]
pub(super) fn etag(conversation: &Conversation) -> String {
    format!("\"{}\"", conversation.version)
}

/// A conversation as it now is.
#[must_use]
pub(super) fn conversation(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(reply, request_id, |conversation, directory, _done| {
        json_answer(
            StatusCode::OK,
            &ConversationBody::of(conversation, directory),
        )
    })
}

/// A conversation that came into being.
#[must_use]
pub(super) fn created(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(reply, request_id, |conversation, directory, _done| {
        StoredAnswer {
            location: Some(format!("/v1/conversations/{}", conversation.facts.id)),
            ..json_answer(
                StatusCode::CREATED,
                &ConversationBody::of(conversation, directory),
            )
        }
    })
}

/// A change of assignee.
#[must_use]
pub(super) fn assignment(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(reply, request_id, |conversation, directory, done| {
        let conversation = ConversationBody::of(conversation, directory);
        let changed = done.changed;
        json_answer(
            StatusCode::OK,
            &AssignmentResponse {
                conversation,
                changed,
            },
        )
    })
}

/// A take over.
#[must_use]
pub(super) fn take_over(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(reply, request_id, |state, directory, done| {
        let conversation = ConversationBody::of(state, directory);
        let changed = done.changed;
        let sent = state.ai.last_sent.as_deref();
        let last_ai_message =
            sent.map(|sent| MessageBody::of(&sent.message, sent.at, state, directory));
        let body = TakeOverResponse {
            conversation,
            changed,
            last_ai_message,
        };
        json_answer(StatusCode::OK, &body)
    })
}

/// A message or note that was added.
#[must_use]
pub(super) fn message(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(
        reply,
        request_id,
        |conversation, directory, done| match &done.message {
            Some((message, at)) => json_answer(
                StatusCode::CREATED,
                &MessageBody::of(message, *at, conversation, directory),
            ),
            None => Problem::new(Code::Internal, "the message was lost").to_answer(),
        },
    )
}

/// What became of a reply of the AI.
#[must_use]
pub(super) fn ai_reply(reply: &Reply, request_id: &str) -> StoredAnswer {
    write(
        reply,
        request_id,
        |conversation, directory, done| match done.verdict {
            Some(Verdict { outcome, reason }) => {
                let body = AiReplyResponse {
                    outcome: outcome.as_str(),
                    reason: reason.as_str(),
                    message_id: done.message.as_ref().map(|(message, _at)| message.id),
                    conversation: ConversationBody::of(conversation, directory),
                };
                json_answer(StatusCode::OK, &body)
            }
            None => Problem::new(Code::Internal, "the verdict was lost").to_answer(),
        },
    )
}

fn write(
    reply: &Reply,
    request_id: &str,
    body: impl FnOnce(&Conversation, &Directory, &Done) -> StoredAnswer,
) -> StoredAnswer {
    let refused = |problem: Problem| problem.of_request(request_id).to_answer();
    match (&reply.outcome, &reply.conversation) {
        (Ok(done), Some(conversation)) => {
            let answer = body(conversation, &reply.directory, done);
            StoredAnswer {
                etag: Some(etag(conversation)),
                ..answer
            }
        }
        (Ok(_), None) => refused(Problem::new(Code::Internal, "there is no conversation")),
        (Err(rejection), conversation) => refused(rejected(
            rejection,
            conversation.as_deref(),
            &reply.directory,
        )),
    }
}

/// The problem that a rejection becomes: exactly one code each.
#[must_use]
pub(super) fn rejected(
    rejection: &Rejection,
    conversation: Option<&Conversation>,
    directory: &Directory,
) -> Problem {
    let detail = rejection.to_string();
    let current = || json!(conversation.map(|one| CurrentBody::of(one, directory)));
    let conflict = |code| {
        Problem::new(code, owner_in_words(conversation, directory, &detail))
            .with("current", current())
    };
    match rejection {
        Rejection::NotFound => Problem::not_found(),
        Rejection::CallerGone => Problem::new(Code::Unauthenticated, detail),
        Rejection::Forbidden(why) => Problem::new(Code::Forbidden, *why),
        Rejection::VersionMismatch => Problem::new(Code::VersionMismatch, detail).with(
            "current",
            json!(conversation.map(|one| ConversationBody::of(one, directory))),
        ),
        Rejection::AlreadyAssigned => conflict(Code::AlreadyAssigned),
        Rejection::AssigneeChanged => conflict(Code::AssigneeChanged),
        Rejection::NothingToUndo => conflict(Code::NothingToUndo),
        Rejection::NotInAiQueue => conflict(Code::NotInAiQueue),
        Rejection::AlreadyTakenOver => {
            let handoff = conversation
                .and_then(|one| one.ai.handoff)
                .map(|handoff| HandoffBody::of(handoff, directory));
            conflict(Code::AlreadyTakenOver).with("handoff", json!(handoff))
        }
        Rejection::AssigneeNotEligible => Problem::new(Code::AssigneeNotEligible, detail),
        Rejection::ExternalIdTaken(owner) => {
            Problem::new(Code::ExternalIdTaken, detail).with("conversation_id", json!(owner))
        }
        Rejection::InvalidReference { field } => {
            Problem::new(Code::InvalidReference, detail).with("field", json!(field))
        }
        Rejection::TooManyCustomFields { .. } => Problem::invalid("custom_fields", detail),
    }
}

/// A sentence that says who has it, for the person who came second.
fn owner_in_words(
    conversation: Option<&Conversation>,
    directory: &Directory,
    detail: &str,
) -> String {
    let owner = conversation
        .and_then(|one| one.assignee)
        .and_then(|id| directory.user(id));
    match owner {
        Some(owner) => format!("{detail}: it belongs to {}", owner.name),
        None => format!("{detail}: it belongs to nobody"),
    }
}
