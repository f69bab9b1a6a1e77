//! Moments that lie a while after others.

use std::time::{Duration, Instant};

/// The moment that a time ends which begins at `from`.
#[must_use]
pub(super) fn after(from: Instant, time: Duration) -> Instant {
    from.checked_add(time).unwrap_or(from)
}
