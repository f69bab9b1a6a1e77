//! The form of every refusal (RFC 9457), for the OpenAPI document.

use serde::Serialize;
use utoipa::ToSchema;

/// A refusal. Some codes add members of their own, such as `current` for every conflict about an
/// assignee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Where the code is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means, in one line.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong in this case.
    pub detail: String,
    /// The stable code, from the catalogue.
    pub code: String,
    /// The request, as in the header `x-request-id`.
    pub request_id: String,
}
