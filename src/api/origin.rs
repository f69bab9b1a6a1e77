//! Requests that come with a browser's cookie must come from this site.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::error::{Code, Problem};
use crate::config::ServerConfig;

/// Refuses a change that comes with the cookie and from another site, or from nowhere.
pub(super) fn check(http: &HttpRequest, server: &ServerConfig) -> Result<(), Problem> {
    if http.method().is_safe() {
        return Ok(());
    }
    demand(http, server)
}

/// The same for whatever the method is: a websocket begins with a `GET`.
pub(super) fn demand(http: &HttpRequest, server: &ServerConfig) -> Result<(), Problem> {
    let refused = |detail: &str| Err(Problem::new(Code::OriginNotAllowed, detail));
    let Some(origin) = http
        .headers()
        .get(header::ORIGIN)
        .and_then(|one| one.to_str().ok())
    else {
        return refused("a request that comes with the session's cookie needs an Origin");
    };
    if is_allowed(http, server, origin) {
        Ok(())
    } else {
        refused("the Origin is not this site; see server.public_url and server.allowed_origins")
    }
}

/// Whether an origin is this site. Where browsers reach it is as configured; only if that is not known
/// it is the scheme and the host that the request was sent to. The scheme may come from a proxy: a page
/// cannot set its headers without being permitted to.
pub(super) fn is_allowed(http: &HttpRequest, server: &ServerConfig, origin: &str) -> bool {
    if server.origins().any(|allowed| allowed == origin) {
        return true;
    }
    if !server.public_url.is_empty() {
        return false;
    }
    let host = http
        .headers()
        .get(header::HOST)
        .and_then(|one| one.to_str().ok());
    let connection = http.connection_info();
    origin.split_once("://") == host.map(|host| (connection.scheme(), host))
}
