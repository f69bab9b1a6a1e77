//! Carrying a command out: its key, its conversation, its answer.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;

use super::answers::{self, Write};
use super::call::Call;
use super::error::{Code, Problem};
use crate::actors::{DirectoryReply, Keyed, Reply};
use crate::commit::{Begun, CommandFailure, KeyOwner, StoredAnswer};
use crate::domain::ConversationId;
use crate::domain::conversation::{Command, Rejection, Request, decide};
use crate::domain::directory::{DirectoryCommand, DirectoryRequest};
use crate::metrics;

/// What to do with a request's key.
pub(super) enum Admitted<R> {
    /// Carry it out.
    Go(Option<Keyed<R>>),
    /// It was carried out before: this is its answer.
    Done(HttpResponse),
}

/// Looks the key of a change up, if it has one.
pub(super) async fn begin(call: &Call) -> Result<Option<Begun>, Problem> {
    let method = call.open.http.method();
    if !matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
        return Ok(None);
    }
    let Some(key) = call.idempotency_key()? else {
        return Ok(None);
    };
    let owner = KeyOwner {
        workspace: call.principal.workspace.id(),
        caller: call.principal.caller.clone(),
        key,
    };
    let keys = call.state().store.idempotency();
    match keys.begin(owner, call.fingerprint()).await? {
        Begun::Reused => Err(key_reused()),
        begun => Ok(Some(begun)),
    }
}

/// The key of a request belongs to another one.
pub(super) fn key_reused() -> Problem {
    let detail = "the key was used with another request in the last 24 hours";
    Problem::new(Code::IdempotencyKeyReused, detail)
}

/// What the request's key says to do. It says so once.
pub(super) fn admit<R>(call: &Call, write: Write<R>) -> Admitted<R> {
    match call.begun.take() {
        Some(Begun::Fresh(ticket)) => {
            let request_id = Arc::clone(&call.open.request_id);
            Admitted::Go(Some(Keyed {
                ticket,
                write,
                request_id,
            }))
        }
        Some(Begun::Replay(answer)) => {
            call.state().metrics.idempotency_replayed();
            let mut response = answers::respond(StoredAnswer::clone(&answer));
            response.headers_mut().insert(
                actix_web::http::header::HeaderName::from_static("idempotency-replayed"),
                actix_web::http::header::HeaderValue::from_static("true"),
            );
            Admitted::Done(response)
        }
        // A key that another request had was refused before.
        Some(Begun::Reused) | None => Admitted::Go(None),
    }
}

/// Carries a command out on a conversation that the path names.
pub(super) async fn on_conversation(
    call: &Call,
    reference: &str,
    command: Command,
    write: Write<Reply>,
) -> Result<HttpResponse, Problem> {
    let expected_versions = call.if_match()?;
    let keyed = match admit(call, write) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let kind = kind(&command);
    let caller = call.principal.caller.clone();
    let request = Request {
        caller,
        expected_versions,
        command,
    };
    let workspace = &call.principal.workspace;
    let conversations = &call.state().conversations;
    let reply = match find(call, reference) {
        Some(id) => conversations.execute(workspace, id, request, keyed).await,
        None => {
            let directory = workspace.views().directory();
            // Whoever may not do it at all is told so, whether it exists or not.
            let rejection = decide(None, &request, &directory).err();
            let outcome = Err(rejection.unwrap_or(Rejection::NotFound));
            let reply = Reply {
                conversation: None,
                directory,
                outcome,
            };
            conversations.refuse(workspace, reply, keyed).await
        }
    };
    finish(call, kind, reply, write)
}

/// Creates a conversation.
pub(super) async fn create(call: &Call, command: Command) -> Result<HttpResponse, Problem> {
    let keyed = match admit(call, answers::created) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let id = ConversationId::from_u128(call.state().clock.id128());
    let kind = kind(&command);
    let caller = call.principal.caller.clone();
    let request = Request {
        caller,
        expected_versions: None,
        command,
    };
    let workspace = &call.principal.workspace;
    let reply = call
        .state()
        .conversations
        .execute(workspace, id, request, keyed)
        .await;
    finish(call, kind, reply, answers::created)
}

/// Carries a directory command out; `write` writes its answer.
pub(super) async fn on_directory(
    call: &Call,
    keyed: Option<Keyed<DirectoryReply>>,
    command: DirectoryCommand,
) -> Result<DirectoryReply, Problem> {
    let request = DirectoryRequest {
        caller: call.principal.caller.clone(),
        command,
    };
    let reply = call
        .state()
        .directories
        .execute(&call.principal.workspace, request, keyed)
        .await;
    let outcome = match &reply {
        Ok(DirectoryReply {
            outcome: Ok((events, _)),
            ..
        }) if events.is_empty() => metrics::Outcome::Unchanged,
        Ok(DirectoryReply { outcome: Ok(_), .. }) => metrics::Outcome::Changed,
        Ok(DirectoryReply {
            outcome: Err(_), ..
        }) => metrics::Outcome::Refused,
        Err(failure) => failed(failure),
    };
    call.state()
        .metrics
        .command(metrics::Command::Directory, outcome);
    Ok(reply?)
}

/// The conversation that a path names: by its id, or as `ext:<external_id>`.
pub(super) fn find(call: &Call, reference: &str) -> Option<ConversationId> {
    let fold = call.principal.workspace.views().read();
    match reference.strip_prefix("ext:") {
        Some(external_id) => fold.external_ids.get(external_id).copied(),
        None => reference
            .parse()
            .ok()
            .filter(|id| fold.rows.contains_key(id)),
    }
}

fn finish(
    call: &Call,
    kind: metrics::Command,
    reply: Result<Reply, CommandFailure>,
    write: Write<Reply>,
) -> Result<HttpResponse, Problem> {
    let metrics = &call.state().metrics;
    let reply = match reply {
        Ok(reply) => reply,
        Err(failure) => {
            metrics.command(kind, failed(&failure));
            return Err(failure.into());
        }
    };
    let outcome = match &reply.outcome {
        Ok(done) if done.changed => metrics::Outcome::Changed,
        Ok(_) => metrics::Outcome::Unchanged,
        Err(rejection) => {
            let code = answers::rejected(rejection, None, &reply.directory).code();
            if let Some(conflict) = metrics::Conflict::from_code(code.as_str()) {
                metrics.conflict(conflict);
            }
            metrics::Outcome::Refused
        }
    };
    metrics.command(kind, outcome);
    Ok(answers::respond(write(&reply, &call.open.request_id)))
}

const fn failed(failure: &CommandFailure) -> metrics::Outcome {
    match failure {
        CommandFailure::Unavailable(_) => metrics::Outcome::Unavailable,
        CommandFailure::Overloaded(_) | CommandFailure::Reloading(_) => {
            metrics::Outcome::Overloaded
        }
        CommandFailure::Lost => metrics::Outcome::Failed,
    }
}

const fn kind(command: &Command) -> metrics::Command {
    match command {
        Command::Create(_) => metrics::Command::Create,
        Command::AddMessage(_) => metrics::Command::Message,
        Command::AddNote(_) => metrics::Command::Note,
        Command::Edit(_) => metrics::Command::Patch,
        Command::Assign(assign) if assign.assignee.is_none() => metrics::Command::Unassign,
        Command::Assign(_) => metrics::Command::Assign,
        Command::Claim => metrics::Command::Claim,
        Command::TakeOver => metrics::Command::TakeOver,
        Command::Undo { .. } => metrics::Command::Undo,
        Command::OfferAiReply(_) => metrics::Command::AiReply,
        // Those are counted by whoever carries an operation out.
        Command::InBulk(_) => metrics::Command::Other,
    }
}
