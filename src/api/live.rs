//! The way in to the live views: a websocket.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::call::{self, SESSION_COOKIE};
use super::error::{Code, Problem};
use super::origin;
use super::rights;
use super::state::State;
use crate::auth::{Secret, authenticate};
use crate::live;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/live").route(web::get().to(open)));
}

/// Watch live
///
/// A websocket with the subprotocol `ochre.live.v1`. Who sends no credentials with the request sends
/// `{"type": "auth", "token": "…"}` as the first frame. All entries of one commit come as `event`
/// frames with the same `seq` and `prev`.
#[utoipa::path(get, path = "/v1/live", tag = "Operations", operation_id = "live",
    security((), ("token" = []), ("session" = [])),
    responses(
        (status = 101, description = "Frames from here on"),
        (status = 400, description = "`invalid_request`: it is not the beginning of a websocket"),
        (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden` to the token's scopes, or `origin_not_allowed`"),
        (status = 503, description = "`overloaded`: there are as many websockets as there may be")))]
pub(super) async fn open(
    request: HttpRequest,
    state: web::Data<State>,
    stream: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let has_cookie = request.cookie(SESSION_COOKIE).is_some();
    let has_bearer = request.headers().contains_key(header::AUTHORIZATION);
    let principal = if has_bearer || has_cookie {
        let principal = call::identify(&request)?;
        rights::read_everything(&principal.caller)?;
        if !has_bearer {
            // A page of another site could open it with the cookie and read everything.
            origin::demand(&request, &state.config.server)?;
        }
        Some(principal)
    } else {
        None
    };
    let seat = state.live.seat().ok_or_else(full)?;
    let (store, clock) = (Arc::clone(&state.store), Arc::clone(&state.clock));
    let find = move |secret: &Secret| {
        let principal = authenticate(&store, &*clock, secret)?;
        rights::read_everything(&principal.caller).ok()?;
        Some(principal)
    };
    let connection = (&request, stream);
    live::open(&state.live, seat, principal, Box::new(find), connection).map_err(|error| {
        let detail = format!("not the beginning of a websocket: {error}");
        Problem::new(Code::InvalidRequest, detail).into()
    })
}

/// Every seat is taken, by websockets and event streams.
pub(super) fn full() -> Problem {
    Problem::new(
        Code::Overloaded,
        "there are as many websockets and event streams as there may be",
    )
}
