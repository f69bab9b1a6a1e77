//! For whoever runs the service: does it live, can it accept a change, what does it count.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Code, Problem};
use super::state::State;
use crate::metrics;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/healthz").route(web::get().to(health)))
        .service(web::resource("/readyz").route(web::get().to(readiness)))
        .service(web::resource("/metrics").route(web::get().to(render_metrics)));
}

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceStatus)]
pub(super) struct StatusBody {
    /// `ok` or `ready`.
    status: &'static str,
}

/// Does the process live
#[utoipa::path(get, path = "/healthz", tag = "Operations", operation_id = "health",
    security(()),
    responses((status = 200, body = StatusBody, description = "It does: `ok`")))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(StatusBody { status: "ok" })
}

/// Can it accept a change
#[utoipa::path(get, path = "/readyz", tag = "Operations", operation_id = "readiness",
    security(()),
    responses(
        (status = 200, body = StatusBody, description = "It can: `ready`"),
        (status = 503, description = "`journal_unavailable`, with the reason")))]
pub(super) async fn readiness(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    match state.store.unavailable() {
        None => Ok(HttpResponse::Ok().json(StatusBody { status: "ready" })),
        Some(reason) => Err(Problem::new(Code::JournalUnavailable, reason)),
    }
}

/// What the service counts
#[utoipa::path(get, path = "/metrics", tag = "Operations", operation_id = "metrics",
    security(()),
    responses((status = 200, body = String, content_type = metrics::CONTENT_TYPE,
        description = "For Prometheus")))]
pub(super) async fn render_metrics(state: web::Data<State>) -> HttpResponse {
    let workspaces = state.store.workspaces().all();
    let applied = workspaces
        .iter()
        .map(|workspace| workspace.views().applied());
    state.metrics.views_applied(applied.sum());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, metrics::CONTENT_TYPE))
        .body(state.metrics.render())
}
