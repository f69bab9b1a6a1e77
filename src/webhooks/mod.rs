//! Webhooks: what happens to conversations, told to addresses outside, signed (S10).
//!
//! A delivery is a row of the outbox, so it is made at least once, over any crash; the receiver tells
//! repetitions by `webhook-id`. Signatures are those of the Standard Webhooks specification.

mod address;
mod attempt;
mod backlog;
mod courier;
mod deliveries;
mod delivery;
mod event;
mod health;
mod redacted;
mod secret;
mod service;
mod target;

pub use attempt::Attempts;
pub use deliveries::{Deliveries, DeliveryFilter, Shown};
pub use delivery::{Delivery, DeliveryStatus};
use redacted::redacted;
pub use secret::{Secrets, SigningSecret};
pub use service::{Endpoints, Webhooks};
pub use target::{Target, TargetError};
