//! The workspace's commits in order and without a gap, for clients without a websocket.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers;
use super::call::Call;
use super::error::{Code, Problem};
use super::paging;
use super::rights;
use super::wire::EventBody;
use crate::journal::commits_after;
use crate::live::{self, StreamFrom};

/// How many commits a page has unless told otherwise.
const LIMIT_DEFAULT: usize = 50;

/// What is wrong with a position from which a stream cannot go on.
const NO_POSITION: &str = "must be a position of the log";

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/events").route(web::get().to(list)));
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventParams {
    /// The last position that the client has; 0, the default, is before the first.
    after: Option<u64>,
    /// How many commits at most: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A stretch of the log; the next begins after the last position in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    items: Vec<EventBody>,
}

/// Read the log
///
/// The workspace's commits in order and without a gap. With `Accept: text/event-stream` the same as
/// a stream that goes on, from `Last-Event-ID`, else from `after`, else from the newest.
#[utoipa::path(get, path = "/v1/events", tag = "Operations", operation_id = "list_events", params(EventParams),
    responses((status = 200, body = EventPage, description = "The commits after that position"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let params: EventParams = paging::query(&call)?;
    let max = call.state().config.limits.page_items_max;
    let limit = params.limit.unwrap_or_else(|| LIMIT_DEFAULT.min(max));
    if !(1..=max).contains(&limit) {
        return Err(Problem::invalid("limit", format!("must be 1 to {max}")));
    }
    if wants_stream(&call) {
        return stream(call, params.after);
    }
    let after = params.after.unwrap_or(0);
    let workspace = &call.principal.workspace;
    let (journal, id) = (Arc::clone(call.state().store.journal()), workspace.id());
    let read = move || commits_after(&*journal, id, after, limit);
    // What is read before it is in the views is not told yet: it is read again with the next page.
    let applied = workspace.views().applied();
    let commits = web::block(read)
        .await
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
        .map_err(|error| Problem::new(Code::JournalUnavailable, error.to_string()))?;
    let shown = commits.iter().filter(|commit| commit.seq <= applied);
    let items = shown
        .map(|commit| live::event(commit, workspace.views()))
        .collect();
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &EventPage { items },
    )))
}

/// Whether the client asked for a stream.
fn wants_stream(call: &Call) -> bool {
    let accepted = call.open.http.headers().get_all(header::ACCEPT);
    let kinds = accepted.filter_map(|value| value.to_str().ok());
    kinds.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// The commits after a position as they come. A browser that comes back says which it saw last; one
/// that saw more than there is has seen another log.
fn stream(call: Call, after: Option<u64>) -> Result<HttpResponse, Problem> {
    let applied = call.principal.workspace.views().applied();
    let after = match call.open.http.headers().get("last-event-id") {
        Some(last) => {
            let last = last.to_str().ok();
            let last = last.and_then(|last| last.trim().parse::<u64>().ok());
            let last = last.filter(|last| *last <= applied);
            let of_another = || Problem::invalid("Last-Event-ID", NO_POSITION);
            Some(last.ok_or_else(of_another)?)
        }
        None => after,
    };
    let after = after.unwrap_or(applied);
    if after > applied {
        return Err(Problem::invalid("after", NO_POSITION));
    }
    let seat = call.open.state.live.seat().ok_or_else(super::live::full)?;
    let state = &call.open.state;
    let from = StreamFrom {
        after,
        journal: Arc::clone(state.store.journal()),
        access: Arc::clone(state.store.access()),
        clock: Arc::clone(&state.clock),
        metrics: Arc::clone(&state.metrics),
        stopping: state.live.stopping(),
        bytes_max: state.config.live.session_queue_bytes_max,
        seat,
        principal: call.principal,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(live::event_stream(from)))
}
