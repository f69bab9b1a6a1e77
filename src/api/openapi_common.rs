//! What all operations have in common, so that no handler has to repeat it: the form of a problem,
//! the codes that anything may be refused with, `Idempotency-Key`, and how to authenticate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, Schema, Type,
};

use super::call::SESSION_COOKIE;
use super::error::{Code, PROBLEM_JSON};

const ABOUT: &str = "Assigns conversations: one owner each, one order, nothing lost.\n\n\
    Ids are opaque texts, times are RFC 3339 in UTC. A field of a request that is not described \
    here is refused, and so is null where the description does not permit it: leave out what is not \
    meant. A 2xx answer to a change means that it is on stable storage, and in every \
    list that the same caller reads next.\n\n\
    `Authorization: Bearer <token>` tells who asks, or the cookie of a session; a change that \
    comes with the cookie also needs an `Origin` of this site.\n\n\
    ## Problems\n\n\
    Every refusal is `application/problem+json` (RFC 9457) with a stable `code`:\n\n\
    | code | status | meaning |\n|---|---|---|\n";

/// Codes with which any request of somebody known can be refused.
const OF_CALLERS: &[Code] = &[Code::Unauthenticated, Code::Forbidden, Code::RateLimited];
/// Codes with which any request with a body can be refused.
const OF_BODIES: &[Code] = &[
    Code::InvalidRequest,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
];
/// Codes with which any change can be refused.
const OF_CHANGES: &[Code] = &[Code::Overloaded, Code::JournalUnavailable];

/// The catalogue of errors: a row for each in the description, and the values of `Problem.code`.
pub(super) struct Catalogue;

impl Modify for Catalogue {
    fn modify(&self, document: &mut OpenApi) {
        "Ochre".clone_into(&mut document.info.title);
        document.info.description = Some(about());
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let code = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(codes))
            .description(Some("Stable; what to match on"));
        let components = document.components.get_or_insert_with(Components::new);
        if let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut("Problem") {
            problem.properties.insert("code".to_owned(), code.into());
        }
    }
}

/// The two ways to authenticate.
pub(super) struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of a user or a service"))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "The session of a browser, from POST /v1/session",
        );
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What handlers do not repeat.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        for item in document.paths.paths.values_mut() {
            let PathItem {
                get,
                put,
                post,
                patch,
                delete,
                ..
            } = item;
            for operation in get.iter_mut() {
                complete(operation, &[]);
            }
            for operation in delete.iter_mut() {
                complete(operation, OF_CHANGES);
            }
            for operation in [put, post, patch].into_iter().flatten() {
                let mut codes = OF_CHANGES.to_vec();
                if is_authenticated(operation) {
                    accept_key(operation);
                    codes.push(Code::IdempotencyKeyReused);
                }
                complete(operation, &codes);
            }
        }
    }
}

/// Gives every refusal its form, and adds the refusals that the handler did not name.
fn complete(operation: &mut Operation, of_changes: &[Code]) {
    let mut codes = vec![Code::Internal];
    codes.extend_from_slice(of_changes);
    if is_authenticated(operation) {
        codes.extend_from_slice(OF_CALLERS);
        if !of_changes.is_empty() {
            codes.push(Code::OriginNotAllowed);
        }
    }
    if operation.request_body.is_some() {
        codes.extend_from_slice(OF_BODIES);
    }
    for parameter in operation.parameters.iter().flatten() {
        match parameter {
            RefOr::T(one) if one.parameter_in == ParameterIn::Path => codes.push(Code::NotFound),
            RefOr::T(_) | RefOr::Ref(_) => codes.push(Code::InvalidRequest),
        }
    }
    let mut by_status = BTreeMap::<String, Vec<&str>>::new();
    for code in codes {
        let texts = by_status.entry(code.status().to_string()).or_default();
        if !texts.contains(&code.as_str()) {
            texts.push(code.as_str());
        }
    }
    let responses = &mut operation.responses.responses;
    for (status, codes) in by_status {
        let named = || RefOr::T(Response::new(format!("`{}`", codes.join("`, `"))));
        responses.entry(status).or_insert_with(named);
    }
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let schema = Ref::from_schema_name("Problem");
            response.content.clear();
            response.content.insert(
                PROBLEM_JSON.to_owned(),
                RefOr::T(Content::new(Some(schema))),
            );
        }
    }
}

/// Whether it needs somebody known: unless it says otherwise, as the whole document does.
fn is_authenticated(operation: &Operation) -> bool {
    let open = operation.security.iter().flatten();
    open.into_iter().all(|one| *one != Default::default())
}

fn accept_key(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same request gives the first answer again, with \
             `Idempotency-Replayed: true`, for 24 hours at least",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let parameters: &mut Vec<RefOr<Parameter>> = operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(key));
}

/// What the document says about itself, with one row for each code.
fn about() -> String {
    let mut about = ABOUT.to_owned();
    for code in Code::ALL {
        let (name, status, title) = (code.as_str(), code.status(), code.title());
        // Writing to a string does not fail.
        writeln!(about, "| `{name}` | {status} | {title} |").ok();
    }
    about
}
