//! What the caller was told in the application, and what they have read of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::{Code, Problem};
use super::history::commits_at;
use super::paging::{self, PageQuery};
use super::wire::{Found, NotificationBody};
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::conversation::Conversation;
use crate::domain::directory::DirectoryCommand;
use crate::domain::{Commit, ConversationId, NotificationId, UserId};
use crate::views::Kept;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/v1/notifications").route(web::get().to(list)))
        .service(web::resource("/v1/notifications/read-all").route(web::post().to(read_all)))
        .service(web::resource("/v1/notifications/{id}/read").route(web::post().to(read)));
}

/// Which notifications.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NotificationQuery {
    /// Only those that were not read.
    #[serde(default)]
    unread: bool,
}

/// A page of notifications, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotificationPage {
    #[schema(value_type = Vec<NotificationBody<'_>>)]
    items: Vec<Value>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// How many were not read in all.
    unread: usize,
}

/// That something was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationRead)]
pub(super) struct ReadBody {
    /// True.
    read: bool,
}

/// List notifications
///
/// The caller's own, the newest first; the oldest are forgotten when there are more than configured.
#[utoipa::path(get, path = "/v1/notifications", tag = "Notifications", operation_id = "list_notifications",
    params(NotificationQuery, PageQuery),
    responses((status = 200, body = NotificationPage, description = "A page of notifications"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let user = person(&call)?;
    let wanted: NotificationQuery = paging::query(&call)?;
    let page: PageQuery = paging::query(&call)?;
    let limit = page.limit(&call)?;
    let before = page.cursor::<NotificationId>()?;
    let views = call.principal.workspace.views();
    let (kept, more, unread, conversations) = {
        let fold = views.read();
        let inbox = fold.inboxes.of(user);
        let mut newest = inbox
            .newest(before)
            .filter(|(_, kept)| !(wanted.unread && kept.read));
        let kept: Vec<(NotificationId, Kept)> = newest.by_ref().take(limit).collect();
        let conversation = |(_, kept): &(NotificationId, Kept)| {
            let row = fold.rows.get(&kept.conversation)?;
            Some((kept.conversation, Arc::clone(&row.conversation)))
        };
        let conversations: BTreeMap<_, _> = kept.iter().filter_map(conversation).collect();
        let more = newest.next().is_some();
        (kept, more, inbox.unread(), conversations)
    };
    let next_cursor = kept
        .last()
        .filter(|_| more)
        .map(|(id, _)| paging::encode(id));
    let mut positions: Vec<u64> = kept.iter().map(|(id, _)| id.seq()).collect();
    positions.reverse();
    positions.dedup();
    let commits = commits_at(&call, positions).await?;
    let body = NotificationPage {
        items: bodies(&kept, &commits, &conversations, &call),
        next_cursor,
        unread,
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Mark a notification as read
#[utoipa::path(post, path = "/v1/notifications/{id}/read", tag = "Notifications", operation_id = "read_notification",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = ReadBody, description = "It is read")))]
pub(super) async fn read(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    // What is no id of a notification is as unknown as any other: none has the id of all zeros.
    let notification = id.parse().unwrap_or(NotificationId::from_u128(0));
    let unread = call.principal.caller.user().and_then(|user| {
        let fold = call.principal.workspace.views().read();
        let kept = fold.inboxes.of(user).find(notification)?;
        Some(!kept.read)
    });
    let command = DirectoryCommand::ReadNotification {
        notification,
        unread,
    };
    directory::carry_out(&call, command, was_read).await
}

/// Mark all notifications as read
///
/// All that there are when it is carried out.
#[utoipa::path(post, path = "/v1/notifications/read-all", tag = "Notifications", operation_id = "read_all_notifications",
    responses((status = 200, body = ReadBody, description = "They are read")))]
pub(super) async fn read_all(call: Call) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    let unread = call.principal.caller.user().is_some_and(|user| {
        let fold = call.principal.workspace.views().read();
        fold.inboxes.of(user).unread() > 0
    });
    let command = DirectoryCommand::ReadNotifications { unread };
    directory::carry_out(&call, command, was_read).await
}

fn was_read(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    directory::answer(reply, request_id, |_events, _at| {
        json_answer(StatusCode::OK, &ReadBody { read: true })
    })
}

fn bodies(
    kept: &[(NotificationId, Kept)],
    commits: &[Commit],
    conversations: &BTreeMap<ConversationId, Arc<Conversation>>,
    call: &Call,
) -> Vec<Value> {
    let directory = call.principal.workspace.views().directory();
    let body = |(id, kept): &(NotificationId, Kept)| {
        let place = commits.binary_search_by_key(&id.seq(), |commit| commit.seq);
        let found = Found {
            id: *id,
            kind: kept.kind,
            read: kept.read,
            commit: commits.get(place.ok()?)?,
            conversation: conversations.get(&kept.conversation)?,
        };
        Some(json!(NotificationBody::of(found, &directory)))
    };
    kept.iter().filter_map(body).collect()
}

/// Only people are told things.
pub(super) fn person(call: &Call) -> Result<UserId, Problem> {
    let user = call.principal.caller.user();
    user.ok_or_else(|| Problem::new(Code::Forbidden, "only people have notifications"))
}
