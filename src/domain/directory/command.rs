//! What can be asked of a directory. Secrets were hashed and texts checked outside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::credentials::SecretHash;
use super::{Role, UserStatus, WebhookCommand};
use crate::domain::conversation::{AiMode, Channel};
use crate::domain::notifications::{NotificationKind, PreferenceChoice};
use crate::domain::rotation::TeamRef;
use crate::domain::routing::{RuleDraft, RuleLimits};
use crate::domain::{
    Caller, NotificationId, RuleId, Scope, TeamId, Timestamp, TokenId, UserId, WebhookId,
};

/// A command together with who asks.
#[derive(Debug, Clone)]
pub struct DirectoryRequest {
    /// Who asks.
    pub caller: Caller,
    /// What they ask for.
    pub command: DirectoryCommand,
}

impl DirectoryRequest {
    /// The webhook that it is about, if it is about one.
    #[must_use]
    pub const fn webhook(&self) -> Option<WebhookId> {
        match &self.command {
            DirectoryCommand::Webhook(command) => Some(command.webhook()),
            DirectoryCommand::CreateWorkspace(_)
            | DirectoryCommand::CreateUser(_)
            | DirectoryCommand::UpdateUser(_)
            | DirectoryCommand::UpdateProfile(_)
            | DirectoryCommand::CreateToken(_)
            | DirectoryCommand::RevokeToken { .. }
            | DirectoryCommand::StartSession(_)
            | DirectoryCommand::EndSession { .. }
            | DirectoryCommand::SwitchAutopilot(_)
            | DirectoryCommand::ReplaceRules(_)
            | DirectoryCommand::CreateTeam(_)
            | DirectoryCommand::UpdateTeam(_)
            | DirectoryCommand::ChooseNotifications { .. }
            | DirectoryCommand::ReadNotification { .. }
            | DirectoryCommand::ReadNotifications { .. } => None,
        }
    }

    /// The person that it is about, if it is about one.
    #[must_use]
    pub fn about(&self) -> Option<UserId> {
        match &self.command {
            DirectoryCommand::CreateWorkspace(create) => Some(create.owner.id),
            DirectoryCommand::CreateUser(create) => Some(create.id),
            DirectoryCommand::UpdateUser(update) => Some(update.id),
            DirectoryCommand::UpdateProfile(_) | DirectoryCommand::ChooseNotifications { .. } => {
                self.caller.user()
            }
            DirectoryCommand::StartSession(start) => Some(start.user),
            DirectoryCommand::ReadNotification { .. }
            | DirectoryCommand::ReadNotifications { .. }
            | DirectoryCommand::CreateToken(_)
            | DirectoryCommand::RevokeToken { .. }
            | DirectoryCommand::EndSession { .. }
            | DirectoryCommand::Webhook(_)
            | DirectoryCommand::SwitchAutopilot(_)
            | DirectoryCommand::ReplaceRules(_)
            | DirectoryCommand::CreateTeam(_)
            | DirectoryCommand::UpdateTeam(_) => None,
        }
    }

    /// The team that it is about, if it is about one that somebody made.
    #[must_use]
    pub const fn about_team(&self) -> Option<TeamId> {
        match &self.command {
            DirectoryCommand::CreateTeam(create) => Some(create.id),
            DirectoryCommand::UpdateTeam(update) => match update.team {
                TeamRef::Team(id) => Some(id),
                TeamRef::Default => None,
            },
            DirectoryCommand::CreateWorkspace(_)
            | DirectoryCommand::CreateUser(_)
            | DirectoryCommand::UpdateUser(_)
            | DirectoryCommand::UpdateProfile(_)
            | DirectoryCommand::CreateToken(_)
            | DirectoryCommand::RevokeToken { .. }
            | DirectoryCommand::StartSession(_)
            | DirectoryCommand::EndSession { .. }
            | DirectoryCommand::SwitchAutopilot(_)
            | DirectoryCommand::Webhook(_)
            | DirectoryCommand::ReplaceRules(_)
            | DirectoryCommand::ChooseNotifications { .. }
            | DirectoryCommand::ReadNotification { .. }
            | DirectoryCommand::ReadNotifications { .. } => None,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum DirectoryCommand {
    /// Bring the workspace into being, with its first owner.
    CreateWorkspace(CreateWorkspace),
    /// Add a person.
    CreateUser(CreateUser),
    /// Change a person's name, role or status.
    UpdateUser(UpdateUser),
    /// Change one's own profile.
    UpdateProfile(UpdateProfile),
    /// Choose how to be told of things; kinds that are not named stay.
    ChooseNotifications {
        /// What is to hold for which kind.
        preferences: BTreeMap<NotificationKind, PreferenceChoice>,
    },
    /// Take note of a notification of one's own.
    ReadNotification {
        /// Which.
        notification: NotificationId,
        /// Whether it is unread, as the views have it; nothing when the caller has no such one.
        unread: Option<bool>,
    },
    /// Take note of all notifications of one's own.
    ReadNotifications {
        /// Whether any is unread, as the views have it.
        unread: bool,
    },
    /// Make a token.
    CreateToken(CreateToken),
    /// Take a token back.
    RevokeToken {
        /// Its id.
        token: TokenId,
    },
    /// Sign in; the password was checked before.
    StartSession(StartSession),
    /// Sign out.
    EndSession {
        /// The hash of the cookie.
        hash: SecretHash,
    },
    /// Make, change or delete a webhook.
    Webhook(WebhookCommand),
    /// Switch the AI on or off, and say what it may do.
    SwitchAutopilot(SwitchAutopilot),
    /// Replace the rules of routing, the whole list at once.
    ReplaceRules(Box<ReplaceRules>),
    /// Make a team.
    CreateTeam(CreateTeam),
    /// Change a team's name or members.
    UpdateTeam(UpdateTeam),
}

/// Which version of the rules a caller saw before they replaced them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedRules {
    /// They did not say, and have to.
    Missing,
    /// Whichever there is.
    Any,
    /// One of these.
    Versions(Vec<u64>),
}

/// See [`DirectoryCommand::ReplaceRules`].
#[derive(Debug, Clone)]
pub struct ReplaceRules {
    /// The version that the caller saw.
    pub expected: ExpectedRules,
    /// All the rules from now on, in order.
    pub drafts: Vec<RuleDraft>,
    /// Ids for new rules, one for each draft.
    pub fresh_ids: Vec<RuleId>,
    /// How long their texts may be.
    pub limits: RuleLimits,
    /// How many rules a workspace may have.
    pub rules_max: usize,
}

/// See [`DirectoryCommand::CreateTeam`].
#[derive(Debug, Clone)]
pub struct CreateTeam {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Arc<str>,
    /// Who is in it.
    pub members: Vec<UserId>,
    /// How many teams a workspace may have.
    pub teams_max: usize,
    /// How many members a team may have.
    pub members_max: usize,
}

/// See [`DirectoryCommand::UpdateTeam`]. What is `None` stays.
#[derive(Debug, Clone)]
pub struct UpdateTeam {
    /// Which.
    pub team: TeamRef,
    /// The new name.
    pub name: Option<Arc<str>>,
    /// All the members from now on.
    pub members: Option<Vec<UserId>>,
    /// How many members a team may have.
    pub members_max: usize,
}

/// See [`DirectoryCommand::CreateWorkspace`].
#[derive(Debug, Clone)]
pub struct CreateWorkspace {
    /// Its name.
    pub name: Arc<str>,
    /// The IANA time zone in which its days begin.
    pub time_zone: Arc<str>,
    /// Its first owner.
    pub owner: CreateUser,
}

/// See [`DirectoryCommand::CreateUser`].
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: Arc<str>,
    /// Their address.
    pub email: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// The hash of their password, if they have one.
    pub password_hash: Option<Arc<str>>,
    /// How many people a workspace may have.
    pub users_max: usize,
}

/// See [`DirectoryCommand::UpdateUser`]. What is `None` stays.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Whom.
    pub id: UserId,
    /// The new name.
    pub name: Option<Arc<str>>,
    /// The new role.
    pub role: Option<Role>,
    /// The new status.
    pub status: Option<UserStatus>,
}

/// See [`DirectoryCommand::UpdateProfile`]. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateProfile {
    /// The new name.
    pub name: Option<Arc<str>>,
    /// The hash of the new password.
    pub password_hash: Option<Arc<str>>,
    /// The session through which it was asked: the only one to outlive a new password.
    pub session: Option<SecretHash>,
    /// The new IANA time zone.
    pub time_zone: Option<Arc<str>>,
    /// The Slack account to link, or with `Some(None)` to unlink.
    pub slack_user_id: Option<Option<Arc<str>>>,
}

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TokenHolder {
    /// A person, with their rights at the time of each use.
    User {
        /// Who.
        id: UserId,
    },
    /// A program.
    Service {
        /// What it may do.
        scopes: Arc<BTreeSet<Scope>>,
    },
}

/// See [`DirectoryCommand::CreateToken`].
#[derive(Debug, Clone)]
pub struct CreateToken {
    /// Its id.
    pub id: TokenId,
    /// What it is named.
    pub name: Arc<str>,
    /// Whom it speaks for.
    pub holder: TokenHolder,
    /// The hash of the secret.
    pub hash: SecretHash,
    /// How many tokens one person may have.
    pub tokens_per_user_max: usize,
    /// How many tokens all services together may have.
    pub service_tokens_max: usize,
}

/// See [`DirectoryCommand::StartSession`].
#[derive(Debug, Clone)]
pub struct StartSession {
    /// Who signed in.
    pub user: UserId,
    /// The hash of the cookie.
    pub hash: SecretHash,
    /// Now, to tell which sessions have expired.
    pub now: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// How many sessions one person may have; the oldest make room.
    pub sessions_per_user_max: usize,
}

/// See [`DirectoryCommand::SwitchAutopilot`]. What is not named stays as this position of the
/// switch remembers it.
#[derive(Debug, Clone, Default)]
pub struct SwitchAutopilot {
    /// On or off.
    pub enabled: bool,
    /// The modes for new conversations of these channels.
    pub channels: BTreeMap<Channel, AiMode>,
    /// From which confidence on a reply is sent, in percent.
    pub auto_send_floor: Option<u8>,
    /// Below which confidence nothing comes of a reply, in percent.
    pub silence_floor: Option<u8>,
    /// All the labels and tags of which a reply is never sent.
    pub bypass: Option<Vec<String>>,
}

impl SwitchAutopilot {
    /// The switch alone.
    #[must_use]
    pub fn to(enabled: bool) -> Self {
        Self {
            enabled,
            ..Self::default()
        }
    }
}
