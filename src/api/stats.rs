//! The numbers of a workspace: what the view `stats` shows, for clients without a websocket.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::Problem;
use super::rights;
use super::wire::StatsBody;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/stats").route(web::get().to(read)));
}

/// How is the workspace doing
///
/// As of now; conflicts and assignments are those of the last minute.
#[utoipa::path(get, path = "/v1/stats", tag = "Operations", operation_id = "read_stats",
    responses((status = 200, body = StatsBody<'_>, description = "The numbers")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let views = call.principal.workspace.views();
    let stats = views.stats(call.state().clock.now());
    let directory = views.directory();
    let body = StatsBody::of(&stats, &directory);
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}
