//! From a secret to whoever shows it. Only durable credentials and an active person count.

use std::sync::Arc;

use super::Secret;
use crate::clock::Clock;
use crate::commit::{Store, Workspace};
use crate::domain::Caller;
use crate::domain::directory::{SecretHash, TokenHolder, UserStatus};
use crate::views::Access;

/// Whoever asks, and in which workspace.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Their workspace; nothing outside it exists for them.
    pub workspace: Arc<Workspace>,
    /// Who they are.
    pub caller: Caller,
    /// Their session, when they came with one.
    pub session: Option<SecretHash>,
}

/// Finds whoever shows the secret; nobody if it is unknown, revoked or expired, or if the person
/// was deactivated.
#[must_use]
pub fn authenticate(store: &Store, clock: &dyn Clock, secret: &Secret) -> Option<Principal> {
    let hash = secret.hash();
    let (workspace, caller, session) = match store.access().find(hash)? {
        Access::Token {
            workspace,
            holder: TokenHolder::User { id },
            ..
        } => (workspace, Caller::User(id), None),
        Access::Token {
            workspace,
            id,
            name,
            holder: TokenHolder::Service { scopes },
        } => (
            workspace,
            Caller::Service {
                token: id,
                name,
                scopes,
            },
            None,
        ),
        Access::Session {
            workspace,
            user,
            expires_at,
        } => {
            if expires_at <= clock.now() {
                return None;
            }
            (workspace, Caller::User(user), Some(hash))
        }
    };
    let workspace = store.workspaces().find(workspace)?;
    if let Some(user) = caller.user() {
        let directory = workspace.views().directory();
        let active = directory
            .user(user)
            .is_some_and(|one| one.status == UserStatus::Active);
        if !active {
            return None;
        }
    }
    Some(Principal {
        workspace,
        caller,
        session,
    })
}
