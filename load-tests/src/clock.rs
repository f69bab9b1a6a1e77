//! The only file of this crate that reads the machine's clock.

use std::time::{Duration, Instant, SystemTime};

/// The present moment, for measuring how long something took.
#[expect(
    clippy::disallowed_methods,
    reason = "a load generator measures real time, and only here"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// A number that differs from run to run, for run ids and for seeds that nobody chose.
#[expect(
    clippy::disallowed_methods,
    reason = "a run id has to differ from those of earlier runs"
)]
pub fn entropy() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let nanoseconds = u64::from(since_epoch.subsec_nanos());
    since_epoch
        .as_secs()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(nanoseconds)
        ^ u64::from(std::process::id()).rotate_left(40)
}

/// Milliseconds since 1970, to compare with the stamps of a server on the same machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the server's stamps are of the machine's clock too"
)]
pub fn milliseconds() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
