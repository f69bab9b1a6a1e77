//! Which workspace a secret opens: one index over all workspaces, of durable credentials only.

use dashmap::DashMap;

use crate::domain::directory::{Credentials, DirectoryEvent, SecretHash, UserStatus};
use crate::domain::{TokenId, UserId, WorkspaceId};

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A bearer token.
    Token(WorkspaceId, TokenId),
    /// A browser's session.
    Session(WorkspaceId),
}

/// Secrets by their hashes. What is found here must still be looked up in its workspace.
#[derive(Debug, Default)]
pub struct AccessIndex {
    entries: DashMap<SecretHash, Access>,
}

impl AccessIndex {
    /// What the secret with this hash opens, if it opens anything.
    #[must_use]
    pub fn find(&self, hash: SecretHash) -> Option<Access> {
        self.entries.get(&hash).map(|entry| *entry)
    }

    /// Takes in everything that a workspace has at start.
    pub(super) fn load(&self, workspace: WorkspaceId, credentials: &Credentials) {
        for token in credentials.tokens() {
            self.entries
                .insert(token.hash, Access::Token(workspace, token.id));
        }
        for session in credentials.sessions() {
            self.entries
                .insert(session.hash, Access::Session(workspace));
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
            DirectoryEvent::TokenCreated { token, hash, .. } => {
                self.entries.insert(*hash, Access::Token(workspace, *token));
            }
            DirectoryEvent::TokenRevoked { token } => {
                before
                    .token(*token)
                    .inspect(|token| self.forget(token.hash));
            }
            DirectoryEvent::SessionStarted { hash, .. } => {
                self.entries.insert(*hash, Access::Session(workspace));
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
            | DirectoryEvent::AutopilotSwitched { .. } => {}
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
