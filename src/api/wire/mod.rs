//! The wire's own types, and the conversions to them. Domain types never go out as they are.

mod conversation;
mod history;
mod people;
mod problem;
mod profile;
mod references;
mod time;
mod token;

pub use conversation::{
    AiBody, AssignmentResponse, ConversationBody, CustomerBody, MessageBody, TakeOverResponse,
};
pub use history::{EventBody, HistoryEntry, entries};
pub use people::{UserBody, actor_body};
pub use problem::ProblemBody;
pub(crate) use profile::{MeBody, PrincipalBody, ServiceBody, WorkspaceBody};
pub use references::{AssignedByBody, AuthorBody, CurrentBody, HandoffBody, PersonBody};
pub use time::WireTime;
pub(crate) use token::{NewTokenBody, TokenBody};
