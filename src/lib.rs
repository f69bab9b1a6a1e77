//! Ochre assigns conversations: one owner each, one order, nothing lost.

pub mod actors;
pub mod api;
pub mod app;
pub mod auth;
pub mod bulk;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod commit;
pub mod config;
pub mod dashboard;
pub mod domain;
pub mod faults;
pub mod journal;
pub mod live;
pub mod metrics;
pub mod notify;
pub mod outbox;
pub mod telemetry;
pub mod views;
pub mod webhooks;
mod wire;
pub mod wire_time;
