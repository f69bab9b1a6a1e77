//! The service as its clients meet it: over TCP, through the public door alone.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which should stop at once"
)]

mod ai_replies;
mod assignees;
mod assignment;
mod autopilot;
mod bodies;
mod bulk;
mod claims;
mod conversations;
mod durable;
mod errors;
mod events;
mod filters;
mod full_disk;
mod history;
mod idempotency;
mod lists;
mod live;
mod methods;
mod notes;
mod notifications;
mod permissions;
mod rotations;
mod rules;
mod schemas;
mod services;
mod sessions;
mod simulation;
mod stats;
mod store_failures;
mod support;
mod take_over;
mod undo;
mod versions;
mod webhooks;
mod wire;
