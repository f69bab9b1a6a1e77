//! Who is in a workspace, what they may do, and the switches that concern everybody.

mod autopilot;
mod command;
mod credentials;
mod decide;
mod event;
mod routing;
mod state;
mod team;
mod user;
mod webhook;

pub use autopilot::{Autopilot, AutopilotSettings};
pub use command::{
    CreateTeam, CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest,
    ExpectedRules, ReplaceRules, StartSession, SwitchAutopilot, TokenHolder, UpdateProfile,
    UpdateTeam, UpdateUser,
};
pub use credentials::{Credentials, SecretHash, Session, Token};
pub use decide::decide;
pub use event::DirectoryEvent;
pub use state::{Directory, DirectoryFold};
pub use team::Team;
pub use user::{Ineligible, Role, User, UserStatus};

use crate::domain::routing::RuleProblem;
pub use webhook::{
    Disabled, DisabledReason, Webhook, WebhookChange, WebhookCommand, WebhookTopic, Webhooks,
};

/// Why a directory command is refused. An answer, not a failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRejection {
    /// There is no such thing in this workspace.
    #[error("there is no such thing in this workspace")]
    NotFound,
    /// The caller was deactivated after they were authenticated.
    #[error("the caller is no longer an active user of this workspace")]
    CallerGone,
    /// The caller's role does not permit it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Another user of the workspace has the address.
    #[error("another user has this address")]
    EmailTaken,
    /// The workspace would be left without an active owner.
    #[error("the last active owner can be neither demoted nor deactivated")]
    LastOwner,
    /// A user named in the body is unknown here.
    #[error("not a user of this workspace")]
    InvalidReference {
        /// Which field of the body names them.
        field: &'static str,
    },
    /// The rules are at another version than the caller saw.
    #[error("the rules are at another version")]
    RulesChanged,
    /// The caller did not say which version of the rules they saw.
    #[error("say in If-Match which version of the rules this takes the place of")]
    PreconditionRequired,
    /// Rules that cannot work.
    #[error("{} of the rules' fields would keep them from working", .0.len())]
    RulesInvalid(Vec<RuleProblem>),
    /// A configured limit is reached.
    #[error("{what}: at most {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are permitted.
        max: usize,
    },
}

#[cfg(test)]
mod tests;
