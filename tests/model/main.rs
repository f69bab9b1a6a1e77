//! The pure domain against random requests, broken logs and old bytes; no clock, no I/O but fixtures.
//!
//! `PROPTEST_CASES=10000 cargo test --test model` looks longer than the default 256 cases. A
//! failure prints the smallest case, and its seed is kept in `tests/proptest-regressions`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper of a test fails the test by panicking, and says how far a search went"
)]

mod corruption;
mod decisions;
mod fixtures;
mod gate;
mod interleavings;
mod notifications;
mod rotations;
mod round_trip;
mod routing_events;
mod steps;
mod turns;
mod views;
mod world;
