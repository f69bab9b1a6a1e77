//! Commands on people, tokens and switches: from a request to the directory and back.

use std::future::{Future, ready};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::answers::{self, Write, json_answer};
use super::call::Call;
use super::error::{Code, Problem};
use super::run::{self, Admitted, admit};
use crate::actors::{DirectoryReply, Keyed};
use crate::commit::StoredAnswer;
use crate::domain::Timestamp;
use crate::domain::directory::{
    Directory, DirectoryCommand, DirectoryEvent, DirectoryRejection, User,
};
use crate::metrics;

/// Carries a command out under the request's `Idempotency-Key`, if it has one.
pub(super) async fn carry_out(
    call: &Call,
    command: DirectoryCommand,
    write: Write<DirectoryReply>,
) -> Result<HttpResponse, Problem> {
    carry_out_after(call, ready(Ok(command)), write).await
}

/// The same for a command that takes work to make, such as a hash: that is spared when the request
/// is an old one.
pub(super) async fn carry_out_after(
    call: &Call,
    command: impl Future<Output = Result<DirectoryCommand, Problem>>,
    write: Write<DirectoryReply>,
) -> Result<HttpResponse, Problem> {
    let keyed = match admit(call, write) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let reply = execute(call, keyed, command.await?).await?;
    Ok(answers::respond(write(&reply, &call.open.request_id)))
}

/// Carries a command out, and counts a conflict.
pub(super) async fn execute(
    call: &Call,
    keyed: Option<Keyed<DirectoryReply>>,
    command: DirectoryCommand,
) -> Result<DirectoryReply, Problem> {
    let reply = run::on_directory(call, keyed, command).await?;
    if let Err(rejection) = &reply.outcome {
        let code = refused(rejection).code().as_str();
        if let Some(conflict) = metrics::Conflict::from_code(code) {
            call.state().metrics.conflict(conflict);
        }
    }
    Ok(reply)
}

/// The answer to a reply: what `body` writes, or the problem that the rejection becomes.
pub(super) fn answer(
    reply: &DirectoryReply,
    request_id: &str,
    body: impl FnOnce(&[DirectoryEvent], Timestamp) -> StoredAnswer,
) -> StoredAnswer {
    match &reply.outcome {
        Ok((events, at)) => body(events, *at),
        Err(rejection) => refused(rejection).of_request(request_id).to_answer(),
    }
}

/// The answer about the person that the command was about.
pub(super) fn about_person<'r, B: Serialize>(
    reply: &'r DirectoryReply,
    request_id: &str,
    body: impl FnOnce(&'r User) -> B,
) -> StoredAnswer {
    answer(reply, request_id, |_events, _at| match reply.person() {
        Some(user) => json_answer(StatusCode::OK, &body(user)),
        None => lost("the person").of_request(request_id).to_answer(),
    })
}

/// The answer about a switch of the workspace.
pub(super) fn about_workspace<B: Serialize>(
    reply: &DirectoryReply,
    request_id: &str,
    body: impl FnOnce(&Directory) -> B,
) -> StoredAnswer {
    answer(reply, request_id, |_events, _at| {
        json_answer(StatusCode::OK, &body(&reply.directory))
    })
}

/// Something that a command just made is not there.
pub(super) fn lost(what: &str) -> Problem {
    Problem::new(Code::Internal, format!("{what} was lost"))
}

/// The problem that a rejection becomes: exactly one code each.
pub(super) fn refused(rejection: &DirectoryRejection) -> Problem {
    let detail = rejection.to_string();
    match rejection {
        DirectoryRejection::NotFound => Problem::not_found(),
        DirectoryRejection::CallerGone => Problem::new(Code::Unauthenticated, detail),
        DirectoryRejection::Forbidden(_) => Problem::new(Code::Forbidden, detail),
        DirectoryRejection::EmailTaken => Problem::new(Code::EmailTaken, detail),
        DirectoryRejection::LastOwner => Problem::new(Code::LastOwner, detail),
        DirectoryRejection::InvalidReference { field } => {
            Problem::new(Code::InvalidReference, detail).with("field", json!(field))
        }
        DirectoryRejection::RulesChanged => Problem::new(Code::VersionMismatch, detail),
        DirectoryRejection::PreconditionRequired => {
            Problem::new(Code::PreconditionRequired, detail)
        }
        DirectoryRejection::RulesInvalid(problems) => super::rules::invalid(problems),
        DirectoryRejection::TooMany { max, .. } => {
            Problem::new(Code::TooManyItems, detail).with("max", json!(max))
        }
    }
}
