//! From a secret to whoever shows it. Only durable credentials and an active person count.

use std::sync::Arc;

use super::Secret;
use crate::clock::Clock;
use crate::commit::{Store, Workspace};
use crate::domain::directory::{Directory, SecretHash, TokenHolder, UserStatus};
use crate::domain::{Caller, Timestamp, WorkspaceId};
use crate::views::{Access, AccessIndex};

/// Whoever asks, and in which workspace.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Their workspace; nothing outside it exists for them.
    pub workspace: Arc<Workspace>,
    /// Who they are.
    pub caller: Caller,
    /// Their session, when they came with one.
    pub session: Option<SecretHash>,
    /// What they came with, hashed; see [`still_holds`].
    pub credential: SecretHash,
}

/// Finds whoever shows the secret; nobody if it is unknown, revoked or expired, or if the person
/// was deactivated.
#[must_use]
pub fn authenticate(store: &Store, clock: &dyn Clock, secret: &Secret) -> Option<Principal> {
    let credential = secret.hash();
    let (workspace, caller, session) = opened(store.access(), || clock.now(), credential)?;
    let workspace = store.workspaces().find(workspace)?;
    is_active(&workspace.views().directory(), &caller).then_some(Principal {
        workspace,
        caller,
        session,
        credential,
    })
}

/// Whether a credential still opens what it opened: it was not revoked, it has not expired, and the
/// person behind it is active.
#[must_use]
pub fn still_holds(
    access: &AccessIndex,
    directory: &Directory,
    now: Timestamp,
    credential: SecretHash,
) -> bool {
    let opened = opened(access, || now, credential);
    opened.is_some_and(|(_, caller, _)| is_active(directory, &caller))
}

type Opened = (WorkspaceId, Caller, Option<SecretHash>);

fn opened(
    access: &AccessIndex,
    now: impl FnOnce() -> Timestamp,
    credential: SecretHash,
) -> Option<Opened> {
    match access.find(credential)? {
        Access::Token {
            workspace,
            holder: TokenHolder::User { id },
            ..
        } => Some((workspace, Caller::User(id), None)),
        Access::Token {
            workspace,
            id,
            name,
            holder: TokenHolder::Service { scopes },
        } => {
            let caller = Caller::Service {
                token: id,
                name,
                scopes,
            };
            Some((workspace, caller, None))
        }
        Access::Session {
            workspace,
            user,
            expires_at,
        } => {
            let session = Some(credential);
            (expires_at > now()).then_some((workspace, Caller::User(user), session))
        }
    }
}

fn is_active(directory: &Directory, caller: &Caller) -> bool {
    let active = |user| {
        let user = directory.user(user);
        user.is_some_and(|one| one.status == UserStatus::Active)
    };
    caller.user().is_none_or(active)
}
