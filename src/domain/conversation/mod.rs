//! One conversation: what can be asked of it, what happened to it, and who owns it.
//!
//! ```text
//! Request + Conversation + Directory ──decide──▶ Decision (events) | Rejection
//! Conversation + events + Stamp      ──fold────▶ Conversation
//! ```

mod command;
mod decide;
mod event;
mod rejection;
mod state;
mod values;

pub use command::{
    AddMessage, Assign, BulkItem, Command, Create, Edit, InBulk, Note, OfferAiReply, Request,
    Sender,
};
pub use decide::{Creation, Decision, decide, decide_creation};
pub use event::{ConversationEvent, Created};
pub use rejection::Rejection;
pub use state::{Conversation, Facts, FoldError, Stamp};
pub(crate) use values::named;
pub use values::{
    AiMode, AiState, AssignedBy, Assignment, Author, Channel, Customer, Handoff, Message,
    MessageKind, Priority, SentReply, Status,
};

#[cfg(test)]
mod tests;
