//! The wire's own types, and the conversions to them. Domain types never go out as they are.

mod conversation;
mod history;
mod people;
mod problem;
mod profile;
mod references;
mod time;
mod token;

pub(super) use conversation::{
    AssignmentResponse, ConversationBody, MessageBody, TakeOverResponse,
};
pub(super) use history::{EventBody, HistoryEntry, entries};
pub(super) use people::{UserBody, actor_body};
pub(super) use problem::ProblemBody;
pub(crate) use profile::{MeBody, PrincipalBody, ServiceBody, WorkspaceBody};
pub(super) use references::{CurrentBody, HandoffBody};
pub(super) use time::WireTime;
pub(crate) use token::{NewTokenBody, TokenBody};
