//! Telling people outside the application, by email and in Slack: each message is durable in an
//! outbox before it is sent and until it was.
//!
//! A sender a workspace follows the log from its own cursor, and writes down what has to be sent
//! together with how far it has read: so a message is neither lost nor made twice. It is taken out
//! when the other side has accepted it. Between that and the taking out lies the only moment in which
//! a crash sends it again, under the same id.

mod channel;
mod digest;
mod email;
mod intake;
mod letter;
mod pending;
mod render;
mod sender;
mod service;
mod slack;
#[cfg(test)]
mod tests;
mod undelivered;

pub use channel::{Channel, ChannelError, Channels, Outgoing, Sent};
pub use letter::Medium;
pub use service::{Notifications, NotifyParts};
pub use undelivered::{Undelivered, undelivered};
