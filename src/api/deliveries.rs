//! Deliveries of webhooks: what was sent, what failed, sending again, and a test.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::Problem;
use super::paging::{self, PageQuery};
use super::run::{Admitted, admit};
use super::webhooks::{find, source, unwritten};
use super::wire::WireTime;
use crate::commit::{CommandFailure, Promise, Release, StoredAnswer};
use crate::domain::{DeliveryId, EventId, WebhookId};
use crate::outbox::{Changes, Consumer};
use crate::webhooks::{Deliveries, DeliveryFilter, DeliveryStatus, Shown};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/v1/webhooks/{id}/deliveries").route(web::get().to(list)))
        .service(web::resource("/v1/webhooks/{id}/test").route(web::post().to(test)))
        .service(
            web::resource("/v1/webhooks/{id}/deliveries/{delivery}/replay")
                .route(web::post().to(replay)),
        );
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryStatus)]
pub(super) enum StatusName {
    /// It was not tried yet.
    Pending,
    /// The receiver took it.
    Delivered,
    /// The last attempt failed; `next_attempt_at` tells whether there is another one.
    Failed,
}

impl From<StatusName> for DeliveryStatus {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Pending => Self::Pending,
            StatusName::Delivered => Self::Delivered,
            StatusName::Failed => Self::Failed,
        }
    }
}

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryQuery {
    /// Only those that stand so.
    #[param(inline)]
    status: Option<StatusName>,
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryBody<'a> {
    /// Its id.
    #[schema(value_type = String, example = "dlv_0199d4a2c7a87c0e8a1b2c3d4e5f6071")]
    id: DeliveryId,
    /// Where it goes.
    #[schema(value_type = String)]
    webhook_id: WebhookId,
    /// The event's id, sent as `webhook-id`: the same at each attempt.
    #[schema(value_type = String)]
    event_id: EventId,
    /// The event's name.
    event: &'a str,
    /// `pending`, `delivered` or `failed`.
    status: &'static str,
    /// Attempts so far.
    attempt: u32,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    created_at: WireTime,
    /// The time of the last attempt.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    attempted_at: Option<WireTime>,
    /// When it is tried next; null when nothing more is done.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<WireTime>,
    /// How long the last attempt took, in milliseconds.
    #[schema(required = true)]
    latency_ms: Option<u64>,
    /// The status with which it was answered.
    #[schema(required = true)]
    response_status: Option<u16>,
    /// Why it failed.
    #[schema(required = true)]
    error: Option<&'a str>,
    /// What is sent, without what is private.
    #[schema(value_type = Object)]
    preview: &'a Value,
}

impl<'a> DeliveryBody<'a> {
    fn of((delivery, preview): &'a Shown) -> Self {
        Self {
            id: delivery.id,
            webhook_id: delivery.webhook,
            event_id: delivery.event,
            event: &delivery.topic,
            status: delivery.status.as_str(),
            attempt: delivery.attempts,
            created_at: WireTime(delivery.created_at),
            attempted_at: delivery.attempted_at.map(WireTime),
            next_attempt_at: delivery.next_at.map(WireTime),
            latency_ms: delivery.latency_ms,
            response_status: delivery.response_status,
            error: delivery.error.as_deref(),
            preview,
        }
    }
}

/// A page of deliveries, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryPage)]
pub(super) struct DeliveryPage<'a> {
    items: Vec<DeliveryBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List a webhook's deliveries
///
/// Owners and admins. The newest first; a page of few may be followed by more when only some are
/// asked for.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "Webhooks",
    operation_id = "list_deliveries",
    params(("id" = String, Path, description = "The webhook's id"), DeliveryQuery, PageQuery),
    responses((status = 200, body = DeliveryPage<'static>, description = "A page of deliveries")))]
pub(super) async fn list(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let webhook = find(&call, &id)?;
    let (query, page): (DeliveryQuery, PageQuery) = (paging::query(&call)?, paging::query(&call)?);
    let filter = DeliveryFilter {
        status: query.status.map(DeliveryStatus::from),
        after: page.cursor()?,
        limit: page.limit(&call)?,
    };
    let deliveries = Deliveries::new(source(&call).outbox);
    let (items, next) = blocking(move || deliveries.list(webhook, filter)).await?;
    let body = DeliveryPage {
        items: items.iter().map(DeliveryBody::of).collect(),
        next_cursor: next.map(|id| paging::encode(&id)),
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Send a test event
///
/// Owners and admins. Sends a signed event `webhook.test` once, also to a webhook that is disabled; how
/// it was taken shows among the deliveries.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 202, body = DeliveryBody<'static>, description = "It will be sent at once")))]
pub(super) async fn test(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    let webhook = find(&call, &id)?;
    let (shown, changes) = Deliveries::test(webhook, &*call.state().clock);
    accept(&call, shown, changes).await
}

/// Send a delivery again
///
/// Owners and admins. The same event with the same `webhook-id`, now, and again as often as at first.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "Webhooks",
    operation_id = "replay_delivery",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("delivery" = String, Path, description = "The delivery's id")),
    responses((status = 202, body = DeliveryBody<'static>, description = "It will be sent at once")))]
pub(super) async fn replay(
    call: Call,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    call.nothing_sent()?;
    let (id, delivery) = path.into_inner();
    let webhook = find(&call, &id)?;
    let delivery: DeliveryId = delivery.parse().map_err(|_other| Problem::not_found())?;
    let deliveries = Deliveries::new(source(&call).outbox);
    let now = call.state().clock.now();
    let replayed = blocking(move || {
        let Some(delivery) = deliveries.get(webhook, delivery)? else {
            return Ok(None);
        };
        let (delivery, changes) = Deliveries::replay(delivery, now);
        Ok(Some((deliveries.shown(delivery)?, changes)))
    });
    let (shown, changes) = replayed.await?.ok_or_else(Problem::not_found)?;
    accept(&call, shown, changes).await
}

/// Keeps what is to be sent, and the answer for the request's `Idempotency-Key`, if it has one.
async fn accept(call: &Call, shown: Shown, changes: Changes) -> Result<HttpResponse, Problem> {
    let keyed = match admit(call, accepted) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let answer = accepted(&shown, &call.open.request_id);
    let remembered = answer.clone();
    let (kept, outcome) = oneshot::channel();
    let promise = Promise {
        remember: keyed.map(|keyed| keyed.ticket.remember(move || remembered)),
        // Nobody listens any more when the client has hung up; that changes nothing.
        release: Some(Release::new(move |outcome| drop(kept.send(outcome)))),
    };
    let (state, workspace) = (call.state(), &call.principal.workspace);
    state
        .store
        .keep(workspace, Consumer::Webhooks, changes, promise);
    outcome.await.unwrap_or(Err(CommandFailure::Lost))?;
    state.webhooks.wake();
    Ok(answers::respond(answer))
}

fn accepted(shown: &Shown, _request_id: &str) -> StoredAnswer {
    json_answer(StatusCode::ACCEPTED, &DeliveryBody::of(shown))
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, crate::outbox::OutboxError> + Send + 'static,
) -> Result<T, Problem> {
    web::block(read)
        .await
        .map_err(|_stopped| directory::lost("the answer"))?
        .map_err(|error| unwritten(&error))
}
