//! What all operations have in common, so that no handler has to repeat it: the form of a problem,
//! the codes that anything may be refused with, `Idempotency-Key`, and how to authenticate.

use std::fmt::Write as _;

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
    Schema, Type,
};

use super::call::SESSION_COOKIE;
use super::error::{Code, PROBLEM_JSON};

const ABOUT: &str = "Assigns conversations: one owner each, one order, nothing lost.\n\n\
    Ids are opaque texts, times are RFC 3339 in UTC. A field of a request that is not described \
    here is refused. In a PATCH null is refused where a field cannot be null; \
    elsewhere an optional field that is null is as if it were left out. `HEAD` is answered wherever `GET` is. A 2xx answer to a change means that it is on stable storage, and in every \
    list that the same caller reads next.\n\n\
    `Authorization: Bearer <token>` tells who asks, or the cookie of a session; a change that \
    comes with the cookie also needs an `Origin` of this site.\n\n\
    ## Problems\n\n\
    Every refusal is `application/problem+json` (RFC 9457) with a stable `code`:\n\n\
    | code | status | meaning |\n|---|---|---|\n";

/// Codes with which any request of somebody known can be refused.
const OF_CALLERS: &[Code] = &[Code::Unauthenticated, Code::Forbidden, Code::RateLimited];
/// Codes with which any request that may have a body can be refused.
const OF_BODIES: &[Code] = &[
    Code::InvalidRequest,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
];
/// Codes with which any change can be refused.
const OF_CHANGES: &[Code] = &[Code::Overloaded, Code::JournalUnavailable];

/// The header of every change that can be repeated.
const IDEMPOTENCY_KEY: (&str, &str) = (
    "Idempotency-Key",
    "The same key with the same request gives the first answer again, with \
     `Idempotency-Replayed: true`, for 24 hours at least",
);
/// The header of every change of a conversation.
const IF_MATCH: (&str, &str) = (
    "If-Match",
    "Entity tags as in `ETag`, or `*`: only if the conversation is at one of these versions",
);

/// The header without which rules are not replaced.
const IF_MATCH_RULES: (&str, &str) = (
    "If-Match",
    "The entity tag of the rules that these take the place of, as in `ETag`, or `*`",
);
const RULES: &str = "/v1/routing/rules";

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
        for (path, item) in &mut document.paths.paths {
            let is_of_conversation = path.starts_with("/v1/conversations/{id}");
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
                if path == "/v1/conversations/{id}" || path == RULES {
                    tell_version(operation);
                }
            }
            for operation in delete.iter_mut() {
                complete(operation, OF_CHANGES);
            }
            for operation in [put, post, patch].into_iter().flatten() {
                let mut codes = [OF_CHANGES, OF_BODIES].concat();
                if is_authenticated(operation) {
                    accept(operation, IDEMPOTENCY_KEY);
                    codes.push(Code::IdempotencyKeyReused);
                }
                if is_of_conversation {
                    accept(operation, IF_MATCH);
                    codes.push(Code::VersionMismatch);
                }
                if path == RULES {
                    accept(operation, IF_MATCH_RULES);
                    codes.extend([Code::VersionMismatch, Code::PreconditionRequired]);
                }
                if is_of_conversation || path == "/v1/conversations" || path == RULES {
                    tell_version(operation);
                }
                complete(operation, &codes);
            }
        }
    }
}

/// Names the refusals that the handler did not, and gives every refusal its form.
fn complete(operation: &mut Operation, of_changes: &[Code]) {
    let mut codes = vec![Code::Internal];
    codes.extend_from_slice(of_changes);
    if is_authenticated(operation) {
        codes.extend_from_slice(OF_CALLERS);
        if !of_changes.is_empty() {
            codes.push(Code::OriginNotAllowed);
        }
    }
    for parameter in operation.parameters.iter().flatten() {
        match parameter {
            RefOr::T(one) if one.parameter_in == ParameterIn::Path => codes.push(Code::NotFound),
            RefOr::T(_) | RefOr::Ref(_) => codes.push(Code::InvalidRequest),
        }
    }
    let responses = &mut operation.responses.responses;
    for code in codes {
        let named = responses.entry(code.status().to_string());
        if let RefOr::T(response) = named.or_insert_with(|| RefOr::T(Response::default())) {
            name(response, code);
        }
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
            if status == "429" || status == "503" {
                let seconds = "Seconds to wait before the request is sent again";
                tell(response, "retry-after", Type::Integer, seconds);
            }
        }
    }
}

/// Adds a code to the description of the answers of its status.
fn name(response: &mut Response, code: Code) {
    let name = format!("`{}`", code.as_str());
    let description = &mut response.description;
    if !description.contains(&name) {
        if !description.is_empty() {
            description.push_str("; ");
        }
        description.push_str(&name);
        if code == Code::VersionMismatch {
            description.push_str(", with `current`: what there is now");
        }
    }
}

/// Whether it needs somebody known: unless it says otherwise, as the whole document does.
fn is_authenticated(operation: &Operation) -> bool {
    let open = operation.security.iter().flatten();
    open.into_iter().all(|one| *one != Default::default())
}

/// Says that the operation takes a header.
fn accept(operation: &mut Operation, (name, description): (&str, &str)) {
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let parameters: &mut Vec<RefOr<Parameter>> = operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(header));
}

/// Says that a success comes with the version of the conversation.
fn tell_version(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with('2')
        {
            let version = "The version in double quotes, for `If-Match`";
            tell(response, "etag", Type::String, version);
        }
    }
}

/// Says that an answer comes with a header.
fn tell(response: &mut Response, name: &str, kind: Type, description: &str) {
    let header = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
        .description(Some(description))
        .build();
    response.headers.insert(name.to_owned(), RefOr::T(header));
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
