//! Webhooks: made, listed without their secrets, changed, deleted. For owners and admins.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::{Code, Problem};
use super::paging::{self, PageQuery};
use super::rights;
use super::run::{Admitted, admit};
use super::wire::{NewWebhookBody, WebhookBody};
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::WebhookId;
use crate::domain::directory::{DirectoryCommand, WebhookCommand, WebhookTopic};
use crate::outbox::{Changes, Consumer, OutboxError, Source};
use crate::webhooks::{Secrets, SigningSecret, Target};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/webhooks")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(
            web::resource("/v1/webhooks/{id}")
                .route(web::get().to(read))
                .route(web::patch().to(update))
                .route(web::delete().to(remove)),
        );
}

/// What a webhook can be told of.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub(super) enum TopicName {
    /// A conversation was created.
    #[serde(rename = "conversation.created")]
    ConversationCreated,
    /// It was given to somebody.
    #[serde(rename = "conversation.assigned")]
    ConversationAssigned,
    /// It was given to nobody.
    #[serde(rename = "conversation.unassigned")]
    ConversationUnassigned,
    /// A person took it over from the AI.
    #[serde(rename = "conversation.taken_over")]
    ConversationTakenOver,
    /// Its status changed.
    #[serde(rename = "conversation.status_changed")]
    ConversationStatusChanged,
    /// A message was added; a note is none.
    #[serde(rename = "message.created")]
    MessageCreated,
    /// A reply of the AI was held back.
    #[serde(rename = "ai.reply_suppressed")]
    AiReplySuppressed,
}

impl From<TopicName> for WebhookTopic {
    fn from(name: TopicName) -> Self {
        match name {
            TopicName::ConversationCreated => Self::ConversationCreated,
            TopicName::ConversationAssigned => Self::ConversationAssigned,
            TopicName::ConversationUnassigned => Self::ConversationUnassigned,
            TopicName::ConversationTakenOver => Self::ConversationTakenOver,
            TopicName::ConversationStatusChanged => Self::ConversationStatusChanged,
            TopicName::MessageCreated => Self::MessageCreated,
            TopicName::AiReplySuppressed => Self::AiReplySuppressed,
        }
    }
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateWebhook)]
pub(super) struct CreateWebhookRequest {
    /// Where it is told: `https://…` with a public address, unless the configuration permits more.
    url: String,
    /// What it is told of: everything unless given.
    events: Option<Vec<TopicName>>,
}

/// A change of a webhook. What is not there stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateWebhook)]
pub(super) struct UpdateWebhookRequest {
    /// The new address.
    url: Option<String>,
    /// What it is told of from now on.
    events: Option<Vec<TopicName>>,
    /// Whether it is told from now on; `true` also after the server itself disabled it.
    enabled: Option<bool>,
    /// `true` makes a new secret, which the answer shows. The old one signs beside it for a day.
    #[serde(default, deserialize_with = "super::input::or_default")]
    rotate_secret: bool,
}

/// A page of webhooks, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookPage)]
pub(super) struct WebhookPage<'a> {
    items: Vec<WebhookBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Make a webhook
///
/// Owners and admins. What happens from now on is sent to its address by `POST`, at least once,
/// signed as the Standard Webhooks specification says. The secret is shown this once.
#[utoipa::path(post, path = "/v1/webhooks", tag = "Webhooks", operation_id = "create_webhook",
    request_body = CreateWebhookRequest,
    responses(
        (status = 201, body = NewWebhookBody<'static>, description = "The webhook, with its secret"),
        (status = 422, description = "`too_many_items`, `idempotency_key_reused`")))]
pub(super) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let request: CreateWebhookRequest = call.parse()?;
    rights::administer(&call)?;
    let (url, topics) = (checked(&call, &request.url)?, request.events);
    let topics = topics.map_or_else(|| Ok(all_topics()), |topics| chosen(&topics))?;
    let keyed = match admit(&call, created_before) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let state = call.state();
    let id = WebhookId::from_u128(state.clock.id128());
    let secret = SigningSecret::generate(&*state.clock);
    // Before the webhook is there: one without a secret could not be told of anything.
    let mut changes = Changes::default();
    Secrets::new(secret.clone()).put(id, &mut changes);
    let written = source(&call).outbox.write(changes).await;
    written.map_err(|error| unwritten(&error))?;
    let command = DirectoryCommand::Webhook(WebhookCommand::Create {
        webhook: id,
        url,
        topics,
        webhooks_max: state.config.webhooks.webhooks_max,
    });
    let reply = directory::execute(&call, keyed, command).await?;
    let request_id = &call.open.request_id;
    let answer = shown(
        &reply,
        request_id,
        StatusCode::CREATED,
        Some(secret.reveal()),
    );
    Ok(answers::respond(answer))
}

/// List webhooks
///
/// Owners and admins.
#[utoipa::path(get, path = "/v1/webhooks", tag = "Webhooks", operation_id = "list_webhooks",
    params(PageQuery),
    responses((status = 200, body = WebhookPage<'static>, description = "A page of webhooks")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::administer(&call)?;
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let after = query.cursor::<WebhookId>()?;
    let fold = call.principal.workspace.views().read();
    let all = fold.directory.webhooks.all();
    let mut following = all.filter(|one| after.is_none_or(|after| one.id > after));
    let page: Vec<_> = following.by_ref().take(limit).collect();
    let last = page.last().filter(|_| following.next().is_some());
    let body = WebhookPage {
        next_cursor: last.map(|webhook| paging::encode(&webhook.id)),
        items: page
            .iter()
            .map(|webhook| WebhookBody::of(webhook))
            .collect(),
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Read a webhook
///
/// Owners and admins.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "read_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, body = WebhookBody<'static>, description = "The webhook")))]
pub(super) async fn read(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = find(&call, &id)?;
    let fold = call.principal.workspace.views().read();
    let webhook = fold.directory.webhooks.get(id);
    let webhook = webhook.ok_or_else(Problem::not_found)?;
    let answer = json_answer(StatusCode::OK, &WebhookBody::of(webhook));
    Ok(answers::respond(answer))
}

/// Change a webhook
///
/// Owners and admins. Enabling it again tells it of what happens from then on.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "update_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = UpdateWebhookRequest,
    responses(
        (status = 200, body = NewWebhookBody<'static>,
            description = "The webhook; `secret` is null unless a new one was asked for")))]
pub(super) async fn update(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: UpdateWebhookRequest = call.parse()?;
    let webhook = find(&call, &id)?;
    let url = request.url.as_deref().map(|url| checked(&call, url));
    let topics = request.events.as_deref().map(chosen);
    let command = DirectoryCommand::Webhook(WebhookCommand::Update {
        webhook,
        url: url.transpose()?,
        topics: topics.transpose()?,
        enabled: request.enabled,
        rotate_secret: request.rotate_secret,
    });
    let keyed = match admit(&call, updated_before) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let reply = directory::execute(&call, keyed, command).await?;
    let secret = match (&reply.outcome, request.rotate_secret) {
        (Ok(_), true) => Some(rotate(&call, webhook).await?),
        (Ok(_) | Err(_), _) => None,
    };
    let secret = secret.as_ref().map(SigningSecret::reveal);
    let answer = shown(&reply, &call.open.request_id, StatusCode::OK, secret);
    Ok(answers::respond(answer))
}

/// Delete a webhook
///
/// Owners and admins. Its deliveries go with it.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "Deleted")))]
pub(super) async fn remove(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let webhook = id.parse().unwrap_or(WebhookId::from_u128(0));
    let command = DirectoryCommand::Webhook(WebhookCommand::Delete { webhook });
    let reply = directory::execute(&call, None, command).await?;
    reply
        .outcome
        .map_err(|rejection| directory::refused(&rejection))?;
    Ok(HttpResponse::NoContent().finish())
}

/// The webhook that a path names, if the caller may know of it.
pub(super) fn find(call: &Call, id: &str) -> Result<WebhookId, Problem> {
    rights::administer(call)?;
    let fold = call.principal.workspace.views().read();
    id.parse()
        .ok()
        .filter(|id| fold.directory.webhooks.get(*id).is_some())
        .ok_or_else(Problem::not_found)
}

/// The workspace with the outbox of its webhooks.
pub(super) fn source(call: &Call) -> Source {
    let workspace = &call.principal.workspace;
    call.state().store.source(workspace, Consumer::Webhooks)
}

/// The problem that a failure of the outbox becomes.
pub(super) fn unwritten(error: &OutboxError) -> Problem {
    let code = match error {
        OutboxError::Overloaded => Code::Overloaded,
        OutboxError::Unavailable(_) | OutboxError::Journal(_) => Code::JournalUnavailable,
    };
    Problem::new(code, error.to_string())
}

/// Gives a webhook a new secret; the old one still signs for a while.
async fn rotate(call: &Call, webhook: WebhookId) -> Result<SigningSecret, Problem> {
    let (outbox, clock) = (source(call).outbox, &call.state().clock);
    let secret = SigningSecret::generate(&**clock);
    let reading = Arc::clone(&outbox);
    let present = web::block(move || Secrets::load(&*reading, webhook)).await;
    let present = present
        .map_err(|_stopped| directory::lost("the secret"))?
        .map_err(|error| unwritten(&error))?;
    let mut changes = Changes::default();
    Secrets::rotated(present, secret.clone(), clock.now()).put(webhook, &mut changes);
    let written = outbox.write(changes).await;
    written.map_err(|error| unwritten(&error))?;
    Ok(secret)
}

fn checked(call: &Call, url: &str) -> Result<Arc<str>, Problem> {
    Target::parse(url, &call.state().config.webhooks)
        .map(|target| Arc::from(target.as_str()))
        .map_err(|error| Problem::invalid("url", error))
}

fn chosen(names: &[TopicName]) -> Result<Arc<BTreeSet<WebhookTopic>>, Problem> {
    let topics: BTreeSet<_> = names.iter().map(|name| WebhookTopic::from(*name)).collect();
    if topics.is_empty() {
        return Err(Problem::invalid("events", "must name at least one event"));
    }
    Ok(Arc::new(topics))
}

fn all_topics() -> Arc<BTreeSet<WebhookTopic>> {
    Arc::new(WebhookTopic::ALL.iter().copied().collect())
}

/// The answers as they are remembered.
fn created_before(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    shown(reply, request_id, StatusCode::CREATED, None)
}

fn updated_before(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    shown(reply, request_id, StatusCode::OK, None)
}

fn shown(
    reply: &DirectoryReply,
    request_id: &str,
    status: StatusCode,
    secret: Option<&str>,
) -> StoredAnswer {
    directory::answer(reply, request_id, |_events, _at| match &reply.webhook {
        Some(webhook) => {
            let kept = WebhookBody::of(webhook);
            json_answer(status, &NewWebhookBody { kept, secret })
        }
        None => directory::lost("the webhook")
            .of_request(request_id)
            .to_answer(),
    })
}
