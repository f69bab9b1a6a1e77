//! What happened to a workspace's directory: the vocabulary of the log.
//!
//! Names and fields are on disk for years; see the note in `conversation/event.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::credentials::SecretHash;
use super::{AutopilotSettings, Role, TokenHolder, UserStatus, WebhookChange};
use crate::domain::notifications::{NotificationKind, Preference};
use crate::domain::routing::Rule;
use crate::domain::{NotificationId, TeamId, Timestamp, TokenId, UserId, WebhookId};

/// One change of people, tokens, sessions or switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DirectoryEvent {
    /// The workspace came into being; always the first event of its log.
    WorkspaceCreated {
        /// Its name.
        name: Arc<str>,
        /// The IANA time zone in which its days begin.
        time_zone: Arc<str>,
    },
    /// A person was added.
    UserCreated {
        /// Their id.
        user: UserId,
        /// Their name.
        name: Arc<str>,
        /// Their address.
        email: Arc<str>,
        /// What they may do.
        role: Role,
        /// The hash of their password in PHC form, if they have one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_hash: Option<Arc<str>>,
    },
    /// A name changed.
    UserRenamed {
        /// Whose.
        user: UserId,
        /// The new name.
        name: Arc<str>,
    },
    /// A role changed.
    RoleChanged {
        /// Whose.
        user: UserId,
        /// The new role.
        role: Role,
    },
    /// Somebody was deactivated, or activated again.
    UserStatusChanged {
        /// Who.
        user: UserId,
        /// The new status.
        status: UserStatus,
    },
    /// A password was set; every other session of that person ends.
    PasswordChanged {
        /// Whose.
        user: UserId,
        /// The hash in PHC form.
        password_hash: Arc<str>,
        /// The session that stays, when the change came through one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep_session: Option<SecretHash>,
    },
    /// A time zone was set.
    TimeZoneChanged {
        /// Whose.
        user: UserId,
        /// The IANA time zone.
        time_zone: Arc<str>,
    },
    /// A Slack account was linked, or with `None` unlinked.
    SlackAccountChanged {
        /// Whose.
        user: UserId,
        /// The account.
        slack_user_id: Option<Arc<str>>,
    },
    /// Somebody chose how to be told of things.
    NotificationPreferencesChanged {
        /// Who.
        user: UserId,
        /// What holds from now on, for the kinds that changed.
        preferences: BTreeMap<NotificationKind, Preference>,
    },
    /// Somebody has read a notification.
    NotificationRead {
        /// Who.
        user: UserId,
        /// Which.
        notification: NotificationId,
    },
    /// Somebody has read every notification that they had.
    NotificationsRead {
        /// Who.
        user: UserId,
    },
    /// A token was made.
    TokenCreated {
        /// Its id.
        token: TokenId,
        /// What it was named.
        name: Arc<str>,
        /// Whom it speaks for.
        holder: TokenHolder,
        /// The hash of the secret.
        hash: SecretHash,
    },
    /// A token was revoked.
    TokenRevoked {
        /// Its id.
        token: TokenId,
    },
    /// Somebody signed in.
    SessionStarted {
        /// Who.
        user: UserId,
        /// The hash of the cookie.
        hash: SecretHash,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
    /// A session ended: signed out, expired, or one too many.
    SessionEnded {
        /// The hash of the cookie.
        hash: SecretHash,
    },
    /// Something happened to a webhook.
    WebhookChanged {
        /// Which.
        webhook: WebhookId,
        /// What.
        change: WebhookChange,
    },
    /// Autopilot was switched.
    AutopilotSwitched {
        /// On or off.
        enabled: bool,
    },
    /// The rules of routing were replaced, the whole list at once.
    RulesReplaced {
        /// How often they were by now.
        version: u64,
        /// All of them, in order.
        rules: Arc<Vec<Rule>>,
    },
    /// A team was made.
    TeamCreated {
        /// Its id.
        team: TeamId,
        /// Its name.
        name: Arc<str>,
        /// Who is in it.
        members: Vec<UserId>,
    },
    /// A team got another name.
    TeamRenamed {
        /// Which.
        team: TeamId,
        /// The new name.
        name: Arc<str>,
    },
    /// People joined a team or left it. Whoever is both removed and added later is a newcomer in its
    /// rotation.
    TeamMembersChanged {
        /// Which.
        team: TeamId,
        /// Who joined.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<UserId>,
        /// Who left.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<UserId>,
    },
    /// What the AI may do was changed.
    AutopilotSet {
        /// While Autopilot is on, from now on.
        while_on: AutopilotSettings,
        /// While it is off.
        while_off: AutopilotSettings,
    },
}
