//! `[limits]`: what a client may send, and how much of it.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The bounds of requests and of what a workspace may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Bytes of a request's body.
    pub body_bytes_max: usize,
    /// See [`Self::body_timeout`].
    pub body_timeout_seconds: u64,
    /// Bytes of a message's or a note's text.
    pub text_bytes_max: usize,
    /// Characters of a subject.
    pub subject_chars_max: usize,
    /// Tags of a conversation.
    pub tags_max: usize,
    /// Characters of a tag.
    pub tag_chars_max: usize,
    /// Custom fields of a conversation.
    pub custom_fields_max: usize,
    /// Characters of a custom field's name.
    pub custom_field_name_chars_max: usize,
    /// Characters of a custom field's value.
    pub custom_field_value_chars_max: usize,
    /// People mentioned in one note.
    pub mentions_max: usize,
    /// Items of one page of a list.
    pub page_items_max: usize,
    /// Requests a second of one caller, 0 for no limit; see [`Self::request_rate`].
    pub requests_per_second_per_caller: u32,
    /// Requests that a caller may send at once before the rate is enforced.
    pub requests_burst_per_caller: u32,
    /// Failed sign-ins a minute for one email address.
    pub failed_sign_ins_per_minute: u32,
    /// Users of a workspace.
    pub users_max: usize,
    /// Tokens of one user.
    pub tokens_per_user_max: usize,
    /// Tokens of all services of a workspace together.
    pub service_tokens_max: usize,
    /// Sessions of one user.
    pub sessions_per_user_max: usize,
}

/// How fast one caller may send requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRate {
    /// Requests a second, in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl LimitsConfig {
    /// In which time the body of a request must arrive.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// How fast one caller may send requests, or nothing when there is no limit.
    #[must_use]
    pub fn request_rate(&self) -> Option<RequestRate> {
        let per_second = NonZeroU32::new(self.requests_per_second_per_caller)?;
        let burst = NonZeroU32::new(self.requests_burst_per_caller).unwrap_or(NonZeroU32::MIN);
        Some(RequestRate { per_second, burst })
    }
}
