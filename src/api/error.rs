//! The catalogue of errors: code, status and one line each. Every refusal maps to exactly one.

use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::auth::{PasswordError, TooManyFailures};
use crate::commit::{CommandFailure, StoredAnswer};

/// The media type of a problem (RFC 9457).
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// How long a client should wait before it repeats a refused request, unless more is known.
const RETRY_AFTER_SECONDS: u64 = 1;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// A stable code that clients match on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The HTTP status that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What it means, in one line.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

catalogue! {
    /// See its title; so for all that follow.
    InvalidRequest = "invalid_request", 400, "The request is not well formed";
    /// 401.
    Unauthenticated = "unauthenticated", 401, "A valid token or session is needed";
    /// 401.
    InvalidCredentials = "invalid_credentials", 401, "The email or the password is wrong";
    /// 403.
    Forbidden = "forbidden", 403, "The caller may not do this";
    /// 403.
    OriginNotAllowed = "origin_not_allowed", 403, "The request comes from another site";
    /// 404.
    NotFound = "not_found", 404, "There is no such thing here";
    /// 405.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here";
    /// 408.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive";
    /// 409.
    AlreadyAssigned = "already_assigned", 409, "Somebody else has it";
    /// 409.
    AssigneeChanged = "assignee_changed", 409, "Its assignee is not the expected one";
    /// 409.
    NotInAiQueue = "not_in_ai_queue", 409, "The AI does not handle it";
    /// 409.
    AlreadyTakenOver = "already_taken_over", 409, "Somebody else took it over";
    /// 409.
    NothingToUndo = "nothing_to_undo", 409, "That change is not the last one of the assignee";
    /// 409.
    ExternalIdTaken = "external_id_taken", 409, "The external id is taken";
    /// 409.
    EmailTaken = "email_taken", 409, "Another user has this address";
    /// 409.
    LastOwner = "last_owner", 409, "A workspace keeps at least one active owner";
    /// 412.
    VersionMismatch = "version_mismatch", 412, "It is at another version";
    /// 413.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// 415.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    /// 422.
    AssigneeNotEligible = "assignee_not_eligible", 422, "That user cannot be assigned";
    /// 422.
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The key belongs to another request";
    /// 422.
    InvalidReference = "invalid_reference", 422, "A user named in the request is unknown";
    /// 422.
    TooManyItems = "too_many_items", 422, "There would be more than permitted";
    /// 422.
    RuleInvalid = "rule_invalid", 422, "A rule could not work";
    /// 428.
    PreconditionRequired = "precondition_required", 428, "If-Match must say what was seen";
    /// 429.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// 500.
    Internal = "internal", 500, "The server failed to answer";
    /// 503.
    Overloaded = "overloaded", 503, "The server has too much to do";
    /// 503.
    JournalUnavailable = "journal_unavailable", 503, "Changes cannot be stored now";
}

/// A refusal as the client gets it.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    members: Map<String, Value>,
    request_id: Option<String>,
    retry_after_seconds: u64,
}

impl Problem {
    /// A refusal with a code and a sentence about this case.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            members: Map::new(),
            request_id: None,
            retry_after_seconds: RETRY_AFTER_SECONDS,
        }
    }

    /// 429, with the time to wait: in whole seconds, and never none.
    #[must_use]
    pub fn rate_limited(detail: impl Into<String>, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            retry_after_seconds: seconds.max(1),
            ..Self::new(Code::RateLimited, detail)
        }
    }

    /// Adds a member beside the standard ones.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.to_owned(), value);
        self
    }

    /// Names the request.
    #[must_use]
    pub fn of_request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// A 404 that says nothing more.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is no such thing in this workspace")
    }

    /// A 400 about one field.
    #[must_use]
    pub fn invalid(field: &str, detail: impl fmt::Display) -> Self {
        Self::new(Code::InvalidRequest, format!("{field}: {detail}")).with("field", json!(field))
    }

    fn body(&self) -> Value {
        let mut body = self.members.clone();
        body.insert(
            "type".to_owned(),
            json!(format!("/docs#{}", self.code.as_str())),
        );
        body.insert("title".to_owned(), json!(self.code.title()));
        body.insert("status".to_owned(), json!(self.code.status()));
        body.insert("detail".to_owned(), json!(self.detail));
        body.insert("code".to_owned(), json!(self.code.as_str()));
        if let Some(request_id) = &self.request_id {
            body.insert("request_id".to_owned(), json!(request_id));
        }
        Value::Object(body)
    }

    /// The refusal as an answer that can be remembered.
    #[must_use]
    pub fn to_answer(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.code.status(),
            content_type: PROBLEM_JSON.to_owned(),
            etag: None,
            location: None,
            body: self.body().to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type(PROBLEM_JSON);
        if matches!(
            self.code,
            Code::Overloaded | Code::JournalUnavailable | Code::RateLimited
        ) {
            response.insert_header((header::RETRY_AFTER, self.retry_after_seconds.to_string()));
        }
        if let Some(id) = &self.request_id {
            response.insert_header(("x-request-id", id.as_str()));
        }
        if self.code == Code::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if matches!(self.code, Code::RequestTimeout | Code::BodyTooLarge) {
            // What is left of the body is not read: the connection cannot be used again.
            response.force_close();
        }
        response.body(self.body().to_string())
    }
}

impl From<CommandFailure> for Problem {
    fn from(failure: CommandFailure) -> Self {
        match failure {
            CommandFailure::Unavailable(reason) => Self::new(
                Code::JournalUnavailable,
                format!("nothing was changed, and nothing is visible: {reason}"),
            ),
            CommandFailure::Overloaded(what) => {
                Self::new(Code::Overloaded, format!("{what} is full"))
            }
            CommandFailure::Reloading(_) => Self::new(Code::Overloaded, failure.to_string()),
            CommandFailure::Lost => Self::new(
                Code::Internal,
                "whether the change was made is not known: look before you repeat it",
            ),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Overloaded => Self::new(Code::Overloaded, error.to_string()),
            PasswordError::Unusable(_) => {
                tracing::error!(%error, "a password could not be used");
                Self::new(Code::Internal, "the password could not be checked")
            }
        }
    }
}

impl From<TooManyFailures> for Problem {
    fn from(failures: TooManyFailures) -> Self {
        Self::rate_limited(failures.to_string(), failures.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_loaded_is_worth_another_try_soon() {
        let problem = Problem::from(CommandFailure::Reloading("the conversation"));
        assert_eq!(problem.code(), Code::Overloaded);
        assert_eq!(problem.detail, "the conversation is being loaded again");
        assert!(
            problem
                .error_response()
                .headers()
                .contains_key("retry-after")
        );
    }

    #[test]
    fn a_problem_names_its_request_in_head_and_body() {
        let problem =
            Problem::new(Code::Internal, "the server failed to answer").of_request("mine");
        let response = problem.error_response();
        let named = response.headers().get("x-request-id");
        assert_eq!(named.and_then(|id| id.to_str().ok()), Some("mine"));
        assert_eq!(problem.body()["request_id"], "mine");
    }
}
