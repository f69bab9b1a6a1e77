//! The wire's own types, and the conversions to them. Domain types never go out as they are.

mod conversation;
mod history;
mod people;
mod problem;
mod references;
mod time;

pub use conversation::{
    AiBody, AssignmentResponse, ConversationBody, CustomerBody, MessageBody, TakeOverResponse,
};
pub use history::{EventBody, HistoryEntry, entries};
pub use people::{UserBody, actor_body};
pub use problem::ProblemBody;
pub use references::{AssignedByBody, AuthorBody, CurrentBody, HandoffBody, PersonBody};
pub use time::WireTime;
