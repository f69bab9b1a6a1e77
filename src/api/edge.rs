//! The edge: an id for every request, a problem for every failure, one log line and one count.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, ResponseError};
use futures_util::FutureExt;

use super::call::RequestId;
use super::error::{Code, Problem};
use super::methods;
use super::state::State;
use super::unread::KeptBody;
use crate::config::RequestLog;
use crate::telemetry::in_request;

/// The header that carries the request's id, both ways.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long an id that a client brings may be.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// Wraps every request.
///
/// # Errors
/// A problem, when a handler panicked.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return Err(Problem::new(Code::Internal, "the service is not in place").into());
    };
    let started = state.clock.instant();
    let id = request_id(&request, &state);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let sent = KeptBody::of(&mut request);
    methods::read_as_get(&mut request);
    let mut answering = pin!(AssertUnwindSafe(next.call(request)).catch_unwind());
    let answered = poll_fn(|context| in_request(&id, || answering.as_mut().poll(context))).await;
    let elapsed = state.clock.instant().duration_since(started);
    let response = match answered {
        Ok(Ok(response)) => {
            let response = methods::complete(&method, response.map_into_boxed_body());
            finish(response, &method, &id)
        }
        Ok(Err(error)) => {
            tracing::error!(request = %id, %method, path, %error, "request failed");
            state.metrics.http_request(500, elapsed);
            return Err(error);
        }
        Err(_panic) => {
            tracing::error!(request = %id, %method, path, "a handler panicked");
            state.metrics.http_request(500, elapsed);
            let problem = Problem::new(Code::Internal, "the server failed to answer");
            return Err(problem.of_request(&id).into());
        }
    };
    let status = response.status();
    state.metrics.http_request(status.as_u16(), elapsed);
    let (status, millis) = (status.as_u16(), elapsed.as_millis());
    match (status, state.config.telemetry.requests) {
        (500.., _) => {
            tracing::warn!(request = %id, %method, path, status, millis, "request failed");
        }
        (429, _) => tracing::info!(request = %id, %method, path, status, millis, "request refused"),
        (_, RequestLog::All) => {
            tracing::info!(request = %id, %method, path, status, millis, "request");
        }
        (_, RequestLog::Failures) => {
            tracing::debug!(request = %id, %method, path, status, millis, "request");
        }
    }
    Ok(match sent {
        Some(sent) => response.map_body(|_head, body| sent.until_sent(body)),
        None => response,
    })
}

/// The id that the client brought, if it is harmless; else a new one.
fn request_id(request: &ServiceRequest, state: &State) -> Arc<str> {
    let brought = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        let fits = (1..=REQUEST_ID_CHARS_MAX).contains(&id.len());
        fits && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match brought.filter(harmless) {
        Some(id) => Arc::from(id),
        None => Arc::from(format!("req_{:032x}", state.clock.id128())),
    }
}

/// Names the request in the answer, and turns what the framework refused into problems.
fn finish(
    response: ServiceResponse<BoxBody>,
    method: &Method,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let refused = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Problem>())
        .cloned()
        .or_else(|| problem_of(&response, method));
    let mut response = match refused {
        Some(problem) => {
            let allow = response.headers().get("allow").cloned();
            let mut response = response.into_response(problem.of_request(id).error_response());
            if let Some(allow) = allow {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static("allow"), allow);
            }
            response
        }
        None => response,
    };
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// The problem behind an answer that the framework gave without one.
fn problem_of(response: &ServiceResponse<BoxBody>, method: &Method) -> Option<Problem> {
    if response.headers().contains_key("content-type") {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::new(
            Code::NotFound,
            format!("there is nothing at {}", response.request().path()),
        )),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::new(
            Code::MethodNotAllowed,
            format!("{method} is not a method of {}", response.request().path()),
        )),
        _ => None,
    }
}
