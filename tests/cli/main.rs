//! The program as a user meets it: its commands, what they print, and their exit status.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which should stop at once"
)]

mod administration;
mod check;
mod demo;
mod faults;
mod logs;
mod program;
mod remote;
mod server;
mod transfer;
