//! Emails and Slack messages that could not be delivered, for those who run the workspace.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::{Code, Problem};
use super::paging::{self, PageQuery};
use super::rights;
use super::wire::{PersonBody, WireTime};
use crate::domain::directory::Directory;
use crate::domain::{ConversationId, NotificationId};
use crate::notify::{Undelivered, undelivered};
use crate::outbox::Consumer;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/notifications/undelivered").route(web::get().to(list)));
}

/// A page of what could not be delivered, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UndeliveredPage<'a> {
    items: Vec<UndeliveredBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// An email or a Slack message that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Undelivered)]
struct UndeliveredBody<'a> {
    /// The id that it was sent with: the first part of an email's `Message-ID`.
    id: String,
    /// `email` or `slack`.
    channel: &'static str,
    /// Whom it was for.
    user: PersonBody<'a>,
    /// What it told.
    notifications: Vec<ToldBody>,
    /// How often it was tried.
    attempts: u32,
    /// What happened the last time.
    reason: String,
    /// When it was given up.
    #[schema(value_type = String, format = DateTime)]
    at: WireTime,
}

/// One thing that it told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UndeliveredNotification)]
struct ToldBody {
    /// The notification's id.
    #[schema(value_type = String)]
    id: NotificationId,
    /// Its kind.
    kind: &'static str,
    /// The conversation that it is about.
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// What happened, in a sentence.
    title: String,
}

impl<'a> UndeliveredBody<'a> {
    fn of(undelivered: Undelivered, directory: &'a Directory) -> Self {
        let Undelivered { at, reason, letter } = undelivered;
        let told = letter.told.into_iter().map(|told| ToldBody {
            id: told.notification,
            kind: told.kind.as_str(),
            conversation_id: told.conversation,
            title: told.title,
        });
        Self {
            id: letter.id.to_hex(),
            channel: letter.medium.as_str(),
            user: PersonBody::of(letter.user, directory),
            notifications: told.collect(),
            attempts: letter.failed,
            reason,
            at: WireTime(at),
        }
    }
}

/// List what could not be delivered
///
/// For owners and admins. The newest are kept, as many as configured.
#[utoipa::path(get, path = "/v1/notifications/undelivered", tag = "Notifications", operation_id = "list_undelivered",
    params(PageQuery),
    responses((status = 200, body = UndeliveredPage<'static>, description = "A page of emails and Slack messages"),
        (status = 503, description = "`journal_unavailable`")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let workspace = &call.principal.workspace;
    let directory = workspace.views().directory();
    rights::administer(&call)?;
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let after = query.cursor::<Vec<u8>>()?;
    let source = call
        .state()
        .store
        .source(workspace, Consumer::Notifications);
    let wanted = limit.saturating_add(1);
    let read = move || undelivered(&*source.outbox, after.as_deref(), wanted);
    let mut found: Vec<(Bytes, Undelivered)> = web::block(read)
        .await
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
        .map_err(|error| Problem::new(Code::JournalUnavailable, error.to_string()))?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|(key, _)| paging::encode(&key.to_vec()));
    let items = found.into_iter().map(|(_, one)| one);
    let body = UndeliveredPage {
        items: items
            .map(|one| UndeliveredBody::of(one, &directory))
            .collect(),
        next_cursor,
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}
