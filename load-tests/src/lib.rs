//! Workloads against a running `ochre` server, each of which proves something and measures it.
//!
//! | part | what it does |
//! |---|---|
//! | [`replay`] | a help desk's log, sent as it happened; the outcome is compared with the log's own |
//!
//! A workload sends through a [`client`] or a [`patient`] one as [`people`], and counts in a [`tally`].

pub mod client;
pub mod clock;
pub mod dice;
pub mod error;
pub mod latency;
pub mod listing;
pub mod numbers;
pub mod office;
pub mod output;
pub mod patient;
pub mod people;
pub mod process;
pub mod replay;
pub mod table;
pub mod tally;
pub mod target;
pub mod wire;
