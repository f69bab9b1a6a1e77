//! A person of a workspace.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::conversation::named;
use crate::domain::notifications::NotificationPreferences;
use crate::domain::{Timestamp, UserId};

named! {
    /// What a person may do, from most to least.
    Role {
        /// Everything.
        Owner = "owner",
        /// Everything, too; a workspace keeps at least one owner besides.
        Admin = "admin",
        /// Works on conversations.
        Agent = "agent",
        /// Reads, and writes internal notes.
        Viewer = "viewer",
    }
}

impl Role {
    /// Whether people of this role can own conversations, and give them to others.
    #[must_use]
    pub const fn may_be_assigned(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Agent)
    }

    /// Whether people of this role run the workspace: people, others' tokens, autopilot.
    #[must_use]
    pub const fn administers(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

named! {
    /// Whether a person can sign in and be assigned.
    UserStatus {
        /// They can.
        Active = "active",
        /// They cannot; what they own stays theirs until somebody reassigns it.
        Deactivated = "deactivated",
    }
}

named! {
    /// Why a conversation cannot be given to a person.
    Ineligible {
        /// Nobody of this workspace.
        Unknown = "unknown",
        /// They were deactivated.
        Deactivated = "deactivated",
        /// People of their role own no conversations.
        RoleNotAssignable = "role_not_assignable",
    }
}

/// A person of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: Arc<str>,
    /// Their address, unique in the workspace whatever the case of its letters.
    pub email: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// Whether they can.
    pub status: UserStatus,
    /// When they were added.
    pub created_at: Timestamp,
    /// The hash of their password in PHC form, if they have one.
    pub password_hash: Option<Arc<str>>,
    /// Their IANA time zone, if they set one.
    pub time_zone: Option<Arc<str>>,
    /// Their Slack account, if they linked one.
    pub slack_user_id: Option<Arc<str>>,
    /// The revision of the directory that added them: their place among newcomers.
    pub joined: u64,
    /// How they want to be told of things.
    #[serde(default)]
    pub notifications: NotificationPreferences,
}

impl User {
    /// Whether a conversation can be given to them.
    #[must_use]
    pub fn is_eligible(&self) -> bool {
        self.ineligible().is_none()
    }

    /// Why a conversation cannot be given to them; nothing when it can.
    #[must_use]
    pub fn ineligible(&self) -> Option<Ineligible> {
        if self.status != UserStatus::Active {
            Some(Ineligible::Deactivated)
        } else if !self.role.may_be_assigned() {
            Some(Ineligible::RoleNotAssignable)
        } else {
            None
        }
    }

    /// Whether they run the workspace.
    #[must_use]
    pub fn is_active_owner(&self) -> bool {
        self.status == UserStatus::Active && self.role == Role::Owner
    }
}

/// The form in which addresses are compared.
pub(super) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}
