//! `HEAD` and `OPTIONS`, for every route at once: `HEAD` is answered as `GET`, without the body, and
//! `OPTIONS` with the methods that there are.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};

/// Lets a `HEAD` find the route of `GET`. The connection remembers what was asked, and writes the head
/// of the answer alone.
pub(super) fn read_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
}

/// Completes the methods that an answer names, and makes it the answer to `OPTIONS` if that was asked.
pub(super) fn complete(
    asked: &Method,
    response: ServiceResponse<BoxBody>,
) -> ServiceResponse<BoxBody> {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let named = response.headers().get(ALLOW);
    let named = named.and_then(|allow| allow.to_str().ok()).unwrap_or("");
    let mut methods: Vec<&str> = named.split(',').map(str::trim).collect();
    methods.retain(|method| !method.is_empty());
    if methods.contains(&"GET") && !methods.contains(&"HEAD") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) else {
        return response;
    };
    let mut response = if asked == Method::OPTIONS {
        response.into_response(HttpResponse::NoContent().finish())
    } else {
        response
    };
    response.headers_mut().insert(ALLOW, allow);
    response
}
