//! History and the reasons behind it, read from the log at the positions that the views keep.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers;
use super::call::Call;
use super::error::{Code, Problem};
use super::paging::{self, PageQuery};
use super::rights;
use super::run;
use super::wire::{HistoryEntry, WhyBody, entries};
use crate::domain::{Commit, CommitBody};
use crate::journal;
use crate::views::Row;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/v1/conversations/{id}/history").route(web::get().to(history)))
        .service(web::resource("/v1/conversations/{id}/why").route(web::get().to(why)));
}

/// Where a page of entries ended: a commit, and how many of its entries were shown.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct EntryCursor {
    seq: u64,
    shown: usize,
}

/// A page of a conversation's history, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryPage {
    items: Vec<HistoryEntry>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Read the history
#[utoipa::path(get, path = "/v1/conversations/{id}/history", tag = "Conversations", operation_id = "read_history",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`"), PageQuery),
    responses((status = 200, body = HistoryPage, description = "A page of the history"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn history(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    let positions = |row: &Row| row.positions.clone();
    let (items, next_cursor) = page_of_entries(&call, &path, positions, Some).await?;
    let body = HistoryPage { items, next_cursor };
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

/// A page of what the log says of a conversation at some of its positions, and where the next begins.
pub(super) async fn page_of_entries<T>(
    call: &Call,
    reference: &str,
    positions: impl FnOnce(&Row) -> Vec<u64>,
    shown: impl Fn(HistoryEntry) -> Option<T>,
) -> Result<(Vec<T>, Option<String>), Problem> {
    let query: PageQuery = paging::query(call)?;
    let limit = query.limit(call)?;
    let cursor = query.cursor()?.unwrap_or(EntryCursor { seq: 0, shown: 0 });
    let views = call.principal.workspace.views();
    let (conversation, positions) = {
        let id = run::find(call, reference).ok_or_else(Problem::not_found)?;
        let fold = views.read();
        let row = fold.rows.get(&id).ok_or_else(Problem::not_found)?;
        (Arc::clone(&row.conversation), positions(row))
    };
    let from = positions.partition_point(|seq| *seq < cursor.seq);
    // Every commit at one of these positions has an entry to show, so so many are enough, with one
    // more to know whether something follows.
    let wanted: Vec<u64> = positions
        .into_iter()
        .skip(from)
        .take(limit.saturating_add(2))
        .collect();
    let directory = views.directory();
    let mut items = Vec::new();
    for commit in commits_at(call, wanted).await? {
        let CommitBody::Conversation(body) = &commit.body else {
            continue;
        };
        let entries = entries(&commit, body, &conversation, &directory);
        let visible = entries.into_iter().filter_map(&shown).enumerate();
        items.extend(visible.map(|(index, item)| (commit.seq, index, item)));
    }
    items.retain(|(seq, index, _)| *seq > cursor.seq || *index >= cursor.shown);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|(seq, index, _)| {
        paging::encode(&EntryCursor {
            seq: *seq,
            shown: index.saturating_add(1),
        })
    });
    let items = items.into_iter().map(|(_, _, item)| item).collect();
    Ok((items, next_cursor))
}

/// The commits at some positions, in ascending order, read on a thread that may block.
pub(super) async fn commits_at(call: &Call, positions: Vec<u64>) -> Result<Vec<Commit>, Problem> {
    let log = Arc::clone(call.state().store.journal());
    let workspace = call.principal.workspace.id();
    let read = move || journal::commits_at(&*log, workspace, &positions);
    web::block(read)
        .await
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
        .map_err(|error| Problem::new(Code::JournalUnavailable, error.to_string()))
}

/// Why does it have the owner it has
#[utoipa::path(get, path = "/v1/conversations/{id}/why", tag = "Conversations", operation_id = "read_why",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    responses((status = 200, body = WhyBody, description = "The decision"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn why(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    let views = call.principal.workspace.views();
    let position = {
        let id = run::find(&call, &path).ok_or_else(Problem::not_found)?;
        let fold = views.read();
        let row = fold.rows.get(&id).ok_or_else(Problem::not_found)?;
        row.decided_at
    };
    let commit = commits_at(&call, vec![position]).await?.into_iter().next();
    let directory = views.directory();
    let body = commit.and_then(|commit| WhyBody::of(&commit, &directory));
    let body = body.ok_or_else(|| Problem::new(Code::Internal, "the decision is not there"))?;
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}
