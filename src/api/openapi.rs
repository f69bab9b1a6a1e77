//! The OpenAPI document, put together from the handlers, and its page at `/docs/`.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi_common::{Catalogue, Common, Security};
use super::wire::ProblemBody;
use super::{
    ai, assignees, assignment, autopilot, bulk, conversations, deliveries, events, history, live,
    me, messages, notification_preferences, notifications, operations, rules, session, simulate,
    stats, teams, tokens, undelivered, users, webhooks,
};

/// Every path of the contract. Schemas come along with the paths that name them.
#[derive(OpenApi)]
#[openapi(
    paths(
        session::sign_in,
        session::sign_out,
        me::read,
        me::update,
        users::list,
        users::create,
        users::update,
        assignees::list,
        tokens::create,
        tokens::list,
        tokens::revoke,
        ai::offer,
        autopilot::read,
        autopilot::switch,
        rules::read,
        rules::replace,
        simulate::simulate,
        teams::list,
        teams::create,
        teams::update,
        teams::rotation,
        teams::turns,
        webhooks::list,
        webhooks::create,
        webhooks::read,
        webhooks::update,
        webhooks::remove,
        deliveries::list,
        deliveries::test,
        deliveries::replay,
        conversations::create,
        conversations::list,
        conversations::counts,
        conversations::read,
        conversations::edit,
        messages::list,
        messages::add,
        messages::note,
        history::history,
        history::why,
        assignment::assign,
        assignment::claim,
        assignment::take_over,
        assignment::undo,
        bulk::assign,
        bulk::read,
        bulk::undo,
        events::list,
        notifications::list,
        notifications::read,
        notifications::read_all,
        undelivered::list,
        notification_preferences::read,
        notification_preferences::choose,
        live::open,
        stats::read,
        operations::health,
        operations::readiness,
        operations::render_metrics,
        document_response,
    ),
    components(schemas(ProblemBody)),
    security(("bearer" = []), ("cookie" = [])),
    modifiers(&Catalogue, &Security, &Common),
    tags(
        (name = "Session", description = "Signing in and out, and the caller's own profile"),
        (name = "People", description = "Who is in the workspace, and who can be assigned"),
        (name = "Tokens", description = "Bearer tokens of people and services"),
        (name = "Conversations", description = "What customers wrote, and what is said about it"),
        (name = "Assignment", description = "Who is on the hook for the next reply"),
        (name = "Routing", description = "Who gets new conversations, and whose turn it is"),
        (name = "AI", description = "What the AI may do"),
        (name = "Webhooks", description = "Who is told outside of what happens"),
        (name = "Notifications", description = "What the caller was told, and how they want to be told"),
        (name = "Operations", description = "For whoever runs the service"),
    ),
)]
struct Api;

/// Written once, since it never changes.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document()));

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    // The page is in the program, and so is the document that it shows; the validator that it
    // would ask by default is a site of somebody else.
    let config = Config::from("/openapi.json")
        .validator_url("none")
        .display_operation_id(true)
        .persist_authorization(false);
    routes
        .service(web::resource("/openapi.json").route(web::get().to(document_response)))
        .service(web::resource("/docs").route(web::get().to(to_page)))
        .service(SwaggerUi::new("/docs/{_:.*}").config(config));
}

/// The OpenAPI document as JSON.
#[must_use]
pub fn document() -> String {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_else(|error| {
        tracing::error!(%error, "the OpenAPI document could not be written");
        "{}".to_owned()
    });
    text.push('\n');
    text
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "Operations", operation_id = "openapi",
    security(()),
    responses((status = 200, body = Object, description = "The OpenAPI document")))]
pub(super) async fn document_response() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(DOCUMENT.clone())
}

async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}
