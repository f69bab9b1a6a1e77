//! Which workspace a secret opens: one index over all workspaces, of durable credentials only.

use std::sync::Arc;

use dashmap::DashMap;

use crate::domain::directory::{
    Credentials, DirectoryEvent, SecretHash, Session, TokenHolder, UserStatus,
};
use crate::domain::{Timestamp, TokenId, UserId, WorkspaceId};

/// What a secret is, with all that is needed to admit whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A bearer token.
    Token {
        /// Its workspace.
        workspace: WorkspaceId,
        /// Its id.
        id: TokenId,
        /// What it was named.
        name: Arc<str>,
        /// Whom it speaks for.
        holder: TokenHolder,
    },
    /// A browser's session.
    Session {
        /// Its workspace.
        workspace: WorkspaceId,
        /// Who signed in.
        user: UserId,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
}

/// Secrets by their hashes. Whether the person is active is for the directory to say.
#[derive(Debug, Default)]
pub struct AccessIndex {
    entries: DashMap<SecretHash, Access>,
}

impl AccessIndex {
    /// What the secret with this hash opens, if it opens anything.
    #[must_use]
    pub fn find(&self, hash: SecretHash) -> Option<Access> {
        self.entries.get(&hash).map(|entry| entry.clone())
    }

    /// Takes in everything that a workspace has at start.
    pub(super) fn load(&self, workspace: WorkspaceId, credentials: &Credentials) {
        for token in credentials.tokens() {
            let (id, name, holder) = (token.id, Arc::clone(&token.name), token.holder.clone());
            self.entries.insert(
                token.hash,
                Access::Token {
                    workspace,
                    id,
                    name,
                    holder,
                },
            );
        }
        for session in credentials.sessions() {
            let Session {
                user,
                expires_at,
                hash,
                ..
            } = *session;
            self.entries.insert(
                hash,
                Access::Session {
                    workspace,
                    user,
                    expires_at,
                },
            );
        }
    }

    /// Takes in one event; `before` are the credentials that it changes.
    pub(super) fn apply(
        &self,
        workspace: WorkspaceId,
        before: &Credentials,
        event: &DirectoryEvent,
    ) {
        match event {
            DirectoryEvent::TokenCreated {
                token,
                name,
                holder,
                hash,
            } => {
                let (id, name, holder) = (*token, Arc::clone(name), holder.clone());
                self.entries.insert(
                    *hash,
                    Access::Token {
                        workspace,
                        id,
                        name,
                        holder,
                    },
                );
            }
            DirectoryEvent::TokenRevoked { token } => {
                before
                    .token(*token)
                    .inspect(|token| self.forget(token.hash));
            }
            DirectoryEvent::SessionStarted {
                user,
                hash,
                expires_at,
            } => {
                let session = Access::Session {
                    workspace,
                    user: *user,
                    expires_at: *expires_at,
                };
                self.entries.insert(*hash, session);
            }
            DirectoryEvent::SessionEnded { hash } => self.forget(*hash),
            DirectoryEvent::PasswordChanged {
                user, keep_session, ..
            } => {
                self.forget_sessions(before, *user, *keep_session);
            }
            DirectoryEvent::UserStatusChanged {
                user,
                status: UserStatus::Deactivated,
            } => {
                self.forget_sessions(before, *user, None);
            }
            DirectoryEvent::WorkspaceCreated { .. }
            | DirectoryEvent::UserCreated { .. }
            | DirectoryEvent::UserRenamed { .. }
            | DirectoryEvent::RoleChanged { .. }
            | DirectoryEvent::UserStatusChanged {
                status: UserStatus::Active,
                ..
            }
            | DirectoryEvent::TimeZoneChanged { .. }
            | DirectoryEvent::SlackAccountChanged { .. }
            | DirectoryEvent::NotificationPreferencesChanged { .. }
            | DirectoryEvent::NotificationRead { .. }
            | DirectoryEvent::NotificationsRead { .. }
            | DirectoryEvent::WebhookChanged { .. }
            | DirectoryEvent::AutopilotSwitched { .. }
            | DirectoryEvent::AutopilotSet { .. }
            | DirectoryEvent::RulesReplaced { .. }
            | DirectoryEvent::TeamCreated { .. }
            | DirectoryEvent::TeamRenamed { .. }
            | DirectoryEvent::TeamMembersChanged { .. } => {}
        }
    }

    fn forget_sessions(&self, before: &Credentials, user: UserId, keep: Option<SecretHash>) {
        before
            .sessions()
            .filter(|session| session.user == user && Some(session.hash) != keep)
            .for_each(|session| self.forget(session.hash));
    }

    fn forget(&self, hash: SecretHash) {
        self.entries.remove(&hash);
    }
}
