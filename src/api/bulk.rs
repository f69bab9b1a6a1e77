//! Many conversations at once: assign, look at what came of it, take it back.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::{Code, Problem};
use super::input::{self, NoteRequest, nullable};
use super::rights;
use super::run::{self, Admitted};
use crate::bulk::{Asked, AssignAsked, BulkReply, Order, Refusal, Report, State, Targets};
use crate::commit::StoredAnswer;
use crate::domain::operation::{ItemFailure, ItemName, ItemOutcome, NoteToAll};
use crate::domain::{OperationId, UserId};
use crate::views::Filter;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/v1/bulk/assign").route(web::post().to(assign)))
        .service(web::resource("/v1/operations/{id}").route(web::get().to(read)))
        .service(web::resource("/v1/operations/{id}/undo").route(web::post().to(undo)));
}

/// Which conversations to give to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkAssignRequest {
    /// The conversations; either these or `filter`.
    #[schema(max_items = 10_000)]
    conversation_ids: Option<Vec<String>>,
    /// The key of a filter, taken as it stands at the start.
    filter: Option<String>,
    /// A user's id, `me`, or null for nobody.
    #[serde(deserialize_with = "nullable")]
    #[schema(required = true)]
    assignee: Option<String>,
    /// Only those that nobody has; any other fails with `already_assigned`.
    only_unassigned: Option<bool>,
    /// A note that each of them gets.
    note: Option<NoteRequest>,
    /// Say what would come of it, and change nothing.
    dry_run: Option<bool>,
}

/// What came of many conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkResult)]
pub(super) struct BulkBody<'a> {
    /// The operation; null for a dry run.
    #[schema(required = true, value_type = Option<String>)]
    operation_id: Option<OperationId>,
    /// How many changed their assignee.
    changed: usize,
    /// How many had it already.
    unchanged: usize,
    /// How many were refused.
    failed: usize,
    /// An outcome for each, in the order of the request.
    results: Vec<BulkItemBody<'a>>,
}

/// How far an operation is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub(super) struct OperationBody<'a> {
    /// `interrupted` when the server or its store went before the end: the same request with the same
    /// Idempotency-Key takes it up again.
    state: OperationState,
    #[serde(flatten)]
    result: BulkBody<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OperationState {
    Running,
    Done,
    Interrupted,
}

/// What came of one conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkItem)]
pub(super) struct BulkItemBody<'a> {
    /// Which, as the request named it.
    #[schema(value_type = String)]
    conversation_id: &'a ItemName,
    /// What came of it.
    outcome: BulkOutcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<&'static str>,
    /// Its version after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BulkOutcome {
    Changed,
    Unchanged,
    Failed,
}

impl<'a> BulkBody<'a> {
    fn of(report: &'a Report) -> Self {
        let count = |wanted: fn(&ItemOutcome) -> bool| {
            let outcomes = report.results.iter().map(|(_, outcome)| outcome);
            outcomes.filter(|outcome| wanted(outcome)).count()
        };
        let results = report.results.iter();
        Self {
            operation_id: report.operation,
            changed: count(|outcome| matches!(outcome, ItemOutcome::Changed { .. })),
            unchanged: count(|outcome| matches!(outcome, ItemOutcome::Unchanged { .. })),
            failed: count(|outcome| matches!(outcome, ItemOutcome::Failed { .. })),
            results: results
                .map(|(name, outcome)| BulkItemBody::of(name, *outcome))
                .collect(),
        }
    }
}

impl<'a> BulkItemBody<'a> {
    fn of(conversation_id: &'a ItemName, outcome: ItemOutcome) -> Self {
        let (outcome, code, version) = match outcome {
            ItemOutcome::Changed { version } => (BulkOutcome::Changed, None, Some(version)),
            ItemOutcome::Unchanged { version } => (BulkOutcome::Unchanged, None, Some(version)),
            ItemOutcome::Failed { code } => (BulkOutcome::Failed, Some(code_of(code)), None),
        };
        Self {
            conversation_id,
            outcome,
            code: code.map(Code::as_str),
            version,
        }
    }
}

/// Assign many
///
/// Each item is a change of its own, as if it were asked for alone, and has a result of its own. What
/// no item could do (an assignee who cannot be assigned) is refused as a whole. The operation goes on
/// when the client hangs up; the same request with the same Idempotency-Key waits for it, or takes it
/// up again where a crash has stopped it.
#[utoipa::path(post, path = "/v1/bulk/assign", tag = "Assignment", operation_id = "bulk_assign",
    request_body = BulkAssignRequest,
    responses((status = 200, body = BulkBody<'_>, description = "What came of each conversation"),
        (status = 422, description = "`too_many_items`, `assignee_not_eligible`, `invalid_reference`: nothing changed")))]
pub(super) async fn assign(call: Call) -> Result<HttpResponse, Problem> {
    let request: BulkAssignRequest = call.parse()?;
    let caller = call.principal.caller.user();
    let dry_run = request.dry_run.unwrap_or(false);
    let asked = asked(&call, request, caller)?;
    carry_out(&call, Asked::Assign(asked), dry_run).await
}

/// Read an operation
///
/// What came of it so far.
#[utoipa::path(get, path = "/v1/operations/{id}", tag = "Assignment", operation_id = "read_operation",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = OperationBody<'_>, description = "How far it is, and what came of each conversation")))]
pub(super) async fn read(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let workspace = &call.principal.workspace;
    let id = path.parse().ok();
    let found = id.and_then(|id| call.state().bulk.find(workspace, id));
    let report = found.ok_or_else(Problem::not_found)?;
    let state = match report.state {
        State::Running => OperationState::Running,
        State::Done => OperationState::Done,
        State::Interrupted => OperationState::Interrupted,
    };
    let result = BulkBody::of(&report);
    let body = OperationBody { state, result };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Take an operation back
///
/// Each conversation that it changed gets its previous assignee back, unless somebody changed that
/// since: then it fails with `nothing_to_undo`. This is an operation like any other.
#[utoipa::path(post, path = "/v1/operations/{id}/undo", tag = "Assignment", operation_id = "undo_operation",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = BulkBody<'_>, description = "What came of each conversation that it had changed")))]
pub(super) async fn undo(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    // What is no id of an operation is as unknown as any other: none has that of all zeros.
    let id = path.parse().unwrap_or(OperationId::from_u128(0));
    carry_out(&call, Asked::Undo(id), false).await
}

fn asked(
    call: &Call,
    request: BulkAssignRequest,
    caller: Option<UserId>,
) -> Result<AssignAsked, Problem> {
    let targets = match (request.conversation_ids, request.filter) {
        (Some(ids), None) => Targets::Named(ids),
        (None, Some(key)) => {
            let filter = Filter::from_key(&key);
            let unknown = || Problem::invalid("filter", "is not the key of a filter");
            Targets::Filter(filter.ok_or_else(unknown)?)
        }
        (Some(_), Some(_)) => {
            let detail = "must not be given together with conversation_ids";
            return Err(Problem::invalid("filter", detail));
        }
        (None, None) => {
            let detail = "must be given, or filter";
            return Err(Problem::invalid("conversation_ids", detail));
        }
    };
    let note = request.note.map(|note| note.into_note(call, "note."));
    let note = note.transpose()?.map(|note| NoteToAll {
        body: note.body,
        mentions: note.mentions,
    });
    let assignee = request.assignee.as_ref();
    Ok(AssignAsked {
        targets,
        assignee: assignee.map(|text| input::named_user(text, caller)),
        only_unassigned: request.only_unassigned.unwrap_or(false),
        note,
    })
}

async fn carry_out(call: &Call, asked: Asked, dry_run: bool) -> Result<HttpResponse, Problem> {
    let keyed = match run::admit(call, written) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let order = Order {
        caller: call.principal.caller.clone(),
        idempotency_key: call.idempotency_key()?.map(Arc::from),
        dry_run,
        asked,
    };
    let workspace = &call.principal.workspace;
    let reply = call.state().bulk.carry_out(workspace, order, keyed).await?;
    Ok(answers::respond(written(&reply, &call.open.request_id)))
}

fn written(reply: &BulkReply, request_id: &str) -> StoredAnswer {
    let problem = match &reply.outcome {
        Ok(report) => return json_answer(StatusCode::OK, &BulkBody::of(report)),
        Err(Refusal::Rejected(rejection)) => answers::rejected(rejection, None, &reply.directory),
        Err(Refusal::TooManyItems { max }) => {
            let detail = format!("an operation may have {max} conversations at most");
            Problem::new(Code::TooManyItems, detail).with("max", json!(max))
        }
        Err(Refusal::KeyReused) => run::key_reused(),
    };
    problem.of_request(request_id).to_answer()
}

const fn code_of(failure: ItemFailure) -> Code {
    match failure {
        ItemFailure::NotFound => Code::NotFound,
        ItemFailure::AlreadyAssigned => Code::AlreadyAssigned,
        ItemFailure::AssigneeNotEligible => Code::AssigneeNotEligible,
        ItemFailure::NothingToUndo => Code::NothingToUndo,
        ItemFailure::Forbidden => Code::Forbidden,
        ItemFailure::Unauthenticated => Code::Unauthenticated,
        ItemFailure::InvalidReference => Code::InvalidReference,
        ItemFailure::Internal => Code::Internal,
    }
}
