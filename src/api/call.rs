//! One request: who asks, with which conditions, and what they sent. Every handler begins with it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::body;
use super::conditions;
use super::error::{Code, Problem};
use super::origin;
use super::run;
use super::state::State;
use crate::auth::{Principal, Secret, authenticate};
use crate::commit::{Begun, Fingerprint};

/// The cookie of a session.
pub(super) const SESSION_COOKIE: &str = "ochre_session";

/// The id that the edge gave to a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub Arc<str>);

/// A request of anybody: sent in full, within the limits.
#[derive(Debug)]
pub(super) struct OpenCall {
    /// The service.
    pub state: Data<State>,
    /// The request's id.
    pub request_id: Arc<str>,
    /// What was sent.
    pub body: Bytes,
    /// The request itself.
    pub http: HttpRequest,
}

/// A request of somebody known.
#[derive(Debug)]
pub(super) struct Call {
    /// The request.
    pub open: OpenCall,
    /// Who asks.
    pub principal: Principal,
    /// What is known of its `Idempotency-Key`, until it is carried out.
    pub begun: RefCell<Option<Begun>>,
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for OpenCall {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (http, payload) = (http.clone(), payload.take());
        Box::pin(async move { receive(http, payload).await })
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (http, payload) = (http.clone(), payload.take());
        Box::pin(async move {
            // Nobody unknown gets a body read.
            let principal = identify(&http)?;
            state(&http)?.guards.admit(&principal.caller)?;
            let mut call = Self {
                open: receive(http, payload).await?,
                principal,
                begun: RefCell::default(),
            };
            // Before anything is said about the body: a key tells of the request that had it first.
            call.begun = RefCell::new(run::begin(&call).await?);
            Ok(call)
        })
    }
}

impl OpenCall {
    /// The body as the wanted type.
    ///
    /// # Errors
    /// 415 or 400, naming what is wrong and where.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(self.http.headers(), &self.body)
    }
}

impl Call {
    /// The service.
    #[must_use]
    pub(super) fn state(&self) -> &State {
        &self.open.state
    }

    /// The body as the wanted type.
    ///
    /// # Errors
    /// 415 or 400, naming what is wrong and where.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.open.parse()
    }

    /// Makes sure that nothing was sent, or an object without fields.
    ///
    /// # Errors
    /// As for [`Call::parse`].
    pub(super) fn nothing_sent(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        if self.open.body.is_empty() {
            return Ok(());
        }
        self.parse().map(|Nothing {}| ())
    }

    /// The versions in `If-Match`, if there is one; `*` is any.
    ///
    /// # Errors
    /// 400 when it is no list of entity tags.
    pub(super) fn if_match(&self) -> Result<Option<Vec<u64>>, Problem> {
        conditions::if_match(self.open.http.headers())
    }

    /// The `Idempotency-Key`, if there is one.
    ///
    /// # Errors
    /// 400 when it is empty or too long.
    pub(super) fn idempotency_key(&self) -> Result<Option<String>, Problem> {
        let Some(value) = self.open.http.headers().get("idempotency-key") else {
            return Ok(None);
        };
        let key = value.to_str().map(str::trim).unwrap_or_default();
        let max = self.state().config.idempotency.key_chars_max;
        if key.is_empty() || key.len() > max {
            let detail = format!("must be 1 to {max} visible ASCII characters");
            return Err(Problem::invalid("Idempotency-Key", detail));
        }
        Ok(Some(key.to_owned()))
    }

    /// What tells one request from another: method, path and body.
    #[must_use]
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let OpenCall { http, body, .. } = &self.open;
        let path = http.uri().to_string();
        let parts = [http.method().as_str().as_bytes(), path.as_bytes(), body];
        let workspace = self.principal.workspace.id();
        let remembered = self.state().store.idempotency();
        remembered.fingerprint(workspace, parts)
    }
}

/// Who sends the request.
///
/// # Errors
/// 401 when nobody known does, 403 when a browser sends a change from another site.
pub(super) fn identify(http: &HttpRequest) -> Result<Principal, Problem> {
    let unknown = |detail: &str| Problem::new(Code::Unauthenticated, detail);
    let state = state(http)?;
    let bearer = http.headers().get(header::AUTHORIZATION);
    let cookie = http.cookie(SESSION_COOKIE);
    let secret = match (bearer, &cookie) {
        (Some(value), _) => {
            let text = value.to_str().unwrap_or_default();
            let (scheme, secret) = text.split_once(' ').unwrap_or_default();
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(unknown(
                    "Authorization must be of the form `Bearer <token>`",
                ));
            }
            Secret::received(secret.trim())
        }
        (None, Some(cookie)) => Secret::received(cookie.value()),
        (None, None) => return Err(unknown("send `Authorization: Bearer <token>`, or sign in")),
    };
    let principal = authenticate(&state.store, &*state.clock, &secret)
        .ok_or_else(|| unknown("the token or session is unknown, revoked or expired"))?;
    if bearer.is_none() {
        origin::check(http, &state.config.server)?;
    }
    Ok(principal)
}

fn state(http: &HttpRequest) -> Result<&Data<State>, Problem> {
    http.app_data::<Data<State>>()
        .ok_or_else(|| Problem::new(Code::Internal, "the service is not in place"))
}

async fn receive(http: HttpRequest, payload: Payload) -> Result<OpenCall, Problem> {
    let state = state(&http)?.clone();
    let request_id = http
        .extensions()
        .get::<RequestId>()
        .map_or_else(|| Arc::from("-"), |id| Arc::clone(&id.0));
    let body = if matches!(*http.method(), Method::POST | Method::PUT | Method::PATCH) {
        let limits = &state.config.limits;
        let read = read_body(&http, payload, limits.body_bytes_max);
        tokio::time::timeout(limits.body_timeout(), read)
            .await
            .map_err(|_elapsed| {
                let seconds = limits.body_timeout().as_secs();
                let detail = format!("the body did not arrive within {seconds} seconds");
                Problem::new(Code::RequestTimeout, detail)
            })??
    } else {
        Bytes::new()
    };
    Ok(OpenCall {
        state,
        request_id,
        body,
        http,
    })
}

async fn read_body(http: &HttpRequest, mut payload: Payload, max: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            Code::BodyTooLarge,
            format!("the body may have {max} bytes at most"),
        )
    };
    let announced = http
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > max) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(
                Code::InvalidRequest,
                format!("the body could not be read: {error}"),
            )
        })?;
        if body.len().saturating_add(chunk.len()) > max {
            return Err(too_large());
        }
        if body.is_empty() && announced == Some(chunk.len()) {
            return Ok(chunk);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
