//! History and the reasons behind it, read from the log at the positions that the views keep.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers;
use super::call::Call;
use super::error::{Code, Problem};
use super::paging::{self, PageQuery};
use super::rights;
use super::run;
use super::wire::{HistoryEntry, WireTime, actor_body, entries};
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::{Commit, CommitBody};
use crate::journal::{JournalError, codec};
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

/// Read the history
#[utoipa::path(get, path = "/v1/conversations/{id}/history", tag = "Conversations", operation_id = "read_history",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`"), PageQuery),
    responses((status = 200, description = "`{items, next_cursor}`, oldest first", body = Vec<HistoryEntry>)))]
pub(super) async fn history(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    page_of_entries(
        &call,
        &path,
        |row| row.positions.clone(),
        |entry| Some(json!(entry)),
    )
    .await
}

/// A page of what the log says of a conversation at some of its positions.
pub(super) async fn page_of_entries(
    call: &Call,
    reference: &str,
    positions: impl FnOnce(&Row) -> Vec<u64>,
    shown: impl Fn(HistoryEntry) -> Option<Value>,
) -> Result<HttpResponse, Problem> {
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
    let items: Vec<Value> = items.into_iter().map(|(_, _, item)| item).collect();
    let body = json!({"items": items, "next_cursor": next_cursor});
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

/// The commits at some positions, in ascending order, read on a thread that may block.
pub(super) async fn commits_at(call: &Call, positions: Vec<u64>) -> Result<Vec<Commit>, Problem> {
    let journal = Arc::clone(call.state().store.journal());
    let workspace = call.principal.workspace.id();
    let read = move || -> Result<Vec<Commit>, JournalError> {
        let mut commits = Vec::with_capacity(positions.len());
        for run in positions.chunk_by(|one, next| one.saturating_add(1) == *next) {
            let before = run.first().map_or(0, |seq| seq.saturating_sub(1));
            for record in journal.read(workspace, before, run.len())? {
                commits.push(codec::decode(&record)?);
            }
        }
        Ok(commits)
    };
    web::block(read)
        .await
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
        .map_err(|error| Problem::new(Code::JournalUnavailable, error.to_string()))
}

/// Why does it have the owner it has
#[utoipa::path(get, path = "/v1/conversations/{id}/why", tag = "Conversations", operation_id = "read_why",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    responses((status = 200, description = "The decision behind the present owner, or behind there being none", body = Value)))]
pub(super) async fn why(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    let views = call.principal.workspace.views();
    let (conversation, position) = {
        let id = run::find(&call, &path).ok_or_else(Problem::not_found)?;
        let fold = views.read();
        let row = fold.rows.get(&id).ok_or_else(Problem::not_found)?;
        (Arc::clone(&row.conversation), row.decided_at)
    };
    let commit = commits_at(&call, vec![position]).await?.into_iter().next();
    let commit = commit.ok_or_else(|| Problem::new(Code::Internal, "the decision is not there"))?;
    let actor = actor_body(&commit.actor, &views.directory());
    let mut body = Map::from_iter([
        ("decided_at".to_owned(), json!(WireTime(commit.at))),
        ("actor".to_owned(), actor),
        ("outcome".to_owned(), json!(outcome(&conversation))),
        ("passed_over".to_owned(), json!([])),
        ("candidates".to_owned(), json!([])),
    ]);
    body.extend(reason(&commit).map(|reason| ("reason".to_owned(), json!(reason))));
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

fn outcome(conversation: &Conversation) -> &'static str {
    match (conversation.assignee, &conversation.last_assignment) {
        (Some(_), _) => "assigned",
        (None, Some(_)) => "unassigned",
        (None, None) => "left_unassigned",
    }
}

fn reason(commit: &Commit) -> Option<String> {
    let CommitBody::Conversation(body) = &commit.body else {
        return None;
    };
    body.events.iter().find_map(|event| match event {
        ConversationEvent::Created(_) => Some("no_rule_matched".to_owned()),
        ConversationEvent::TakenOver { .. } => Some("taken_over".to_owned()),
        ConversationEvent::Assigned {
            undo_of: Some(version),
            ..
        }
        | ConversationEvent::Unassigned {
            undo_of: Some(version),
            ..
        } => Some(format!("undo_of_version_{version}")),
        ConversationEvent::Assigned { undo_of: None, .. }
        | ConversationEvent::Unassigned { undo_of: None, .. } => Some("by_hand".to_owned()),
        ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. } => None,
    })
}
