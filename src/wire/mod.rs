//! The wire's own types, and the conversions to them. Domain types never go out as they are.

mod conversation;
mod history;
mod notification;
mod people;
mod problem;
mod profile;
mod references;
mod routing;
mod stats;
mod time;
mod token;
mod webhook;
mod why;

pub(crate) use conversation::{
    AiReplyResponse, AssignmentResponse, ConversationBody, MessageBody, TakeOverResponse,
};
pub(crate) use history::{EventBody, HistoryEntry, entries};
pub(crate) use notification::{Found, NotificationBody, PreferenceBody, Said};
pub(crate) use people::UserBody;
pub(crate) use problem::ProblemBody;
pub(crate) use profile::{MeBody, PrincipalBody, ServiceBody, WorkspaceBody};
pub(crate) use references::{CurrentBody, HandoffBody, PersonBody};
pub(crate) use routing::{
    RotationBody, RuleFailureBody, RuleUse, RulesBody, SkippedBody, TeamBody, TurnBody,
};
pub(crate) use stats::StatsBody;
pub(crate) use time::WireTime;
pub(crate) use token::{NewTokenBody, TokenBody};
pub(crate) use webhook::{NewWebhookBody, WebhookBody};
pub(crate) use why::{DecisionBody, WhyBody};
