//! Each workload, run as a program against the stand-in: it passes when the server keeps the
//! contract, and it fails when the server has a planned fault.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is not there fails the test"
)]

mod broadcast;
mod ceiling;
mod contend;
mod dashboards;
mod kills;
mod replay;
mod rounds;
mod stand_in;
mod steady;
