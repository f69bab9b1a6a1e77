//! Conversations: create, list, count, read, edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, etag};
use super::call::Call;
use super::error::Problem;
use super::input;
use super::paging::{self, PageQuery};
use super::profile_fields;
use super::rights;
use super::run;
use super::wire::ConversationBody;
use crate::domain::conversation::{
    Channel, Command, Conversation, Create, Customer, Edit, Priority, Status,
};
use crate::domain::{ConversationId, Timestamp, UserId};
use crate::views::{Filter, ListQuery, RowKey};

/// How long a customer's name may be.
const NAME_CHARS_MAX: usize = 200;
/// How long an external id may be.
const EXTERNAL_ID_CHARS_MAX: usize = 200;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/conversations")
                .route(web::post().to(create))
                .route(web::get().to(list)),
        )
        .service(web::resource("/v1/conversations/counts").route(web::get().to(counts)))
        .service(
            web::resource("/v1/conversations/{id}")
                .route(web::get().to(read))
                .route(web::patch().to(edit)),
        );
}

/// A new conversation with the customer's first message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateConversationRequest {
    #[schema(value_type = String, example = "email")]
    channel: Channel,
    subject: String,
    customer: CustomerRequest,
    body: String,
    external_id: Option<String>,
    #[schema(value_type = Option<String>, example = "normal")]
    priority: Option<Priority>,
    #[serde(default, deserialize_with = "input::or_default")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "input::or_default")]
    custom_fields: BTreeMap<String, String>,
}

/// The customer of a new conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerRequest {
    #[serde(default, deserialize_with = "input::or_default")]
    name: String,
    email: String,
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditConversationRequest {
    #[schema(value_type = String, required = false, example = "closed")]
    #[serde(default, deserialize_with = "input::present")]
    status: Option<Status>,
    #[schema(value_type = String, required = false, example = "high")]
    #[serde(default, deserialize_with = "input::present")]
    priority: Option<Priority>,
    /// All the tags from now on.
    #[serde(default, deserialize_with = "input::present")]
    #[schema(nullable = false)]
    tags: Option<Vec<String>>,
    /// The fields to set, or with null to remove; others stay.
    #[serde(default)]
    custom_fields: BTreeMap<String, Option<String>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// `ai_queue`, `all` (the default: every open one), `unassigned`, `mine`, `mentions`,
    /// `ai_handled` or `closed`.
    filter: Option<String>,
    /// Only conversations of this person; `me` is the caller. Somebody unknown has none.
    assignee: Option<String>,
}

/// A page of conversations, newest activity first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationPage<'a> {
    items: Vec<ConversationBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// The position of the log that the page reflects.
    seq: u64,
    /// How many conversations the whole list has.
    total: usize,
}

/// Where a page of a list ended.
#[derive(Debug, Serialize, Deserialize)]
struct ListCursor {
    filter: String,
    assignee: Option<UserId>,
    activity: Timestamp,
    id: ConversationId,
}

/// Create a conversation
///
/// With the customer's first message.
#[utoipa::path(post, path = "/v1/conversations", tag = "Conversations", operation_id = "create_conversation",
    request_body = CreateConversationRequest,
    responses((status = 201, body = ConversationBody<'_>, description = "The conversation",
            headers(("location" = String, description = "Where it is"))),
        (status = 409, description = "`external_id_taken`, with `conversation_id`")))]
pub(super) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let request: CreateConversationRequest = call.parse()?;
    let limits = &call.state().config.limits;
    input::line(&request.subject, "subject", limits.subject_chars_max)?;
    input::line(&request.customer.name, "customer.name", NAME_CHARS_MAX)?;
    profile_fields::email(&request.customer.email, "customer.email")?;
    if let Some(external_id) = &request.external_id {
        input::line(external_id, "external_id", EXTERNAL_ID_CHARS_MAX)?;
        if external_id.trim().is_empty() {
            return Err(Problem::invalid("external_id", "must not be empty"));
        }
    }
    input::tags(&request.tags, limits)?;
    let fields = request
        .custom_fields
        .iter()
        .map(|(name, value)| (name, Some(value)));
    input::custom_fields(fields, limits)?;
    let CustomerRequest { name, email } = request.customer;
    let command = Command::Create(Box::new(Create {
        external_id: request.external_id.map(Arc::from),
        channel: request.channel,
        subject: request.subject.into(),
        customer: Arc::new(Customer { name, email }),
        message: input::message_id(&call),
        body: input::text(&request.body, "body", limits)?,
        priority: request.priority.unwrap_or(Priority::Normal),
        tags: request.tags,
        custom_fields: request.custom_fields,
    }));
    run::create(&call, command).await
}

/// List conversations
///
/// Newest activity first. A row that nobody touches while one pages is seen exactly once.
#[utoipa::path(get, path = "/v1/conversations", tag = "Conversations", operation_id = "list_conversations", params(ListParams, PageQuery),
    responses((status = 200, body = ConversationPage<'_>, description = "A page of conversations")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let params: ListParams = paging::query(&call)?;
    let page: PageQuery = paging::query(&call)?;
    let filter = match params.filter.as_deref() {
        None => Filter::All,
        Some(key) => Filter::from_key(key).ok_or_else(|| unknown_filter(key))?,
    };
    let caller = call.principal.caller.user();
    let assignee = params
        .assignee
        .as_deref()
        .map(|text| input::named_user(text, caller));
    let cursor: Option<ListCursor> = page.cursor()?;
    if cursor
        .as_ref()
        .is_some_and(|cursor| cursor.filter != filter.key() || cursor.assignee != assignee)
    {
        return Err(Problem::invalid("cursor", "belongs to another list"));
    }
    let query = ListQuery {
        filter,
        viewer: caller,
        assignee,
        after: cursor.map(|cursor| RowKey {
            activity: cursor.activity,
            id: cursor.id,
        }),
        limit: page.limit(&call)?,
    };
    let views = call.principal.workspace.views();
    let page = views.read().list(&query);
    let directory = views.directory();
    let next_cursor = page.next.map(|RowKey { activity, id }| {
        paging::encode(&ListCursor {
            filter: filter.key().to_owned(),
            assignee,
            activity,
            id,
        })
    });
    let items = page
        .items
        .iter()
        .map(|one| ConversationBody::of(one, &directory))
        .collect();
    let body = ConversationPage {
        items,
        next_cursor,
        seq: page.seq,
        total: page.total,
    };
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &body,
    )))
}

fn unknown_filter(key: &str) -> Problem {
    let keys: Vec<_> = Filter::ALL.into_iter().map(Filter::key).collect();
    Problem::invalid("filter", format!("`{key}` is none of {}", keys.join(", ")))
}

/// Count conversations
///
/// A number for each filter, as the caller sees it.
#[utoipa::path(get, path = "/v1/conversations/counts", tag = "Conversations", operation_id = "count_conversations",
    responses((status = 200, description = "A number for each filter", body = BTreeMap<String, usize>)))]
pub(super) async fn counts(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let counts = call
        .principal
        .workspace
        .views()
        .read()
        .counts(call.principal.caller.user());
    let counts: BTreeMap<_, _> = counts
        .into_iter()
        .map(|(filter, count)| (filter.key(), count))
        .collect();
    Ok(answers::respond(answers::json_answer(
        StatusCode::OK,
        &counts,
    )))
}

/// Read a conversation
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "Conversations", operation_id = "read_conversation",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    responses((status = 200, body = ConversationBody<'_>, description = "The conversation")))]
pub(super) async fn read(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    rights::read_conversation(&call)?;
    let conversation = present(&call, &path)?;
    let directory = call.principal.workspace.views().directory();
    let body = ConversationBody::of(&conversation, &directory);
    let mut answer = answers::json_answer(StatusCode::OK, &body);
    answer.etag = Some(etag(&conversation));
    let mut response = answers::respond(answer);
    let no_cache = header::HeaderValue::from_static("no-cache");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_cache);
    Ok(response)
}

/// The conversation that the path names, as the views have it.
pub(super) fn present(call: &Call, reference: &str) -> Result<Arc<Conversation>, Problem> {
    let id = run::find(call, reference).ok_or_else(Problem::not_found)?;
    let fold = call.principal.workspace.views().read();
    fold.rows
        .get(&id)
        .map(|row| Arc::clone(&row.conversation))
        .ok_or_else(Problem::not_found)
}

/// Change status, priority, tags or custom fields
#[utoipa::path(patch, path = "/v1/conversations/{id}", tag = "Conversations", operation_id = "edit_conversation",
    params(("id" = String, Path, description = "Its id, or `ext:<external_id>`")),
    request_body = EditConversationRequest,
    responses((status = 200, body = ConversationBody<'_>, description = "The conversation after the change")))]
pub(super) async fn edit(call: Call, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let request: EditConversationRequest = call.parse()?;
    let limits = &call.state().config.limits;
    request
        .tags
        .as_deref()
        .map_or(Ok(()), |tags| input::tags(tags, limits))?;
    let fields = request
        .custom_fields
        .iter()
        .map(|(name, value)| (name, value.as_ref()));
    input::custom_fields(fields, limits)?;
    let command = Command::Edit(Box::new(Edit {
        status: request.status,
        priority: request.priority,
        tags: request.tags,
        custom_fields: request.custom_fields,
        custom_fields_max: limits.custom_fields_max,
    }));
    run::on_conversation(&call, &path, command, answers::conversation).await
}
