//! Order, durability and answers, with real actors on a journal that fails where a test plans it.
//!
//! Nothing here waits for time to pass: a test waits for answers, moves the clock by hand, and
//! holds the disk. Random tests print their seed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test by panicking"
)]

mod actors;
mod desk;
mod directory_races;
mod durability;
mod failures;
mod idempotency;
mod limits;
mod outbox;
mod snapshots;
