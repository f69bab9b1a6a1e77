//! Workloads against a running `ochre` server, each of which proves something and measures it.
//!
//! | part | what it does |
//! |---|---|
//! | [`replay`] | a help desk's log, sent as it happened; the outcome is compared with the log's own |
//! | [`contend`] | agents fight over conversations; history is compared with every answer |
//! | [`rounds`] | many clients claim one conversation at the same moment |
//! | [`ceiling`] | durable assigns a second, next to an endpoint that does nothing |
//! | [`dashboards`] | subscribers of the live view that check every frame, and the end |
//! | [`broadcast`] | one change to thousands of sockets, next to a bare broadcast of the same bytes |
//! | [`idle`] | what sockets cost while nothing happens |
//! | [`steady`] | commits at a fixed rate into many dashboards |
//! | [`handoff`] | the AI replies while agents take over and the server is killed; nothing is sent after |
//! | [`bulk`] | operations on many conversations while agents click, next to the clicks alone |
//! | [`kills`] | SIGKILL at random moments under load; nothing acknowledged may be missing |
//!
//! A workload is made of [`people`] and [`conversations`], sends through a [`client`] or a
//! [`patient`] one, writes answers into a [`ledger`] and a [`tally`], and is judged by [`verify`].

pub mod attempt;
pub mod broadcast;
pub mod bulk;
pub mod ceiling;
pub mod client;
pub mod clock;
pub mod contend;
pub mod conversations;
pub mod dashboards;
pub mod dice;
pub mod error;
pub mod handoff;
pub mod idle;
pub mod kills;
pub mod latency;
pub mod ledger;
pub mod listing;
pub mod live;
pub mod mass;
pub mod numbers;
pub mod office;
pub mod output;
pub mod patient;
pub mod people;
pub mod process;
pub mod procfs;
pub mod raw;
pub mod replay;
pub mod rounds;
pub mod steady;
pub mod table;
pub mod tally;
pub mod target;
pub mod verify;
pub mod wire;
