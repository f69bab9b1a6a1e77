//! Tokens and sessions: hashes of secrets, never the secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::DirectoryEvent;
use super::{TokenHolder, UserStatus};
use crate::domain::{Timestamp, TokenId, UserId};

/// The SHA-256 of a token or of a session's cookie.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        // Lower case only, so that a hash has one spelling.
        let canonical = text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !canonical {
            return Err(serde::de::Error::custom(
                "a hash has 64 lower-case hexadecimal digits",
            ));
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(serde::de::Error::custom)?;
            *byte = u8::from_str_radix(pair, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(bytes))
    }
}

/// A bearer token as the workspace remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it was named.
    pub name: Arc<str>,
    /// Whom it speaks for.
    pub holder: TokenHolder,
    /// The hash of the secret.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who signed in.
    pub user: UserId,
    /// The hash of the cookie.
    pub hash: SecretHash,
    /// When they signed in.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Every token and session of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    pub(super) tokens: BTreeMap<TokenId, Token>,
    pub(super) sessions: BTreeMap<SecretHash, Session>,
}

impl Credentials {
    /// Folds one event of a commit made at `at`.
    pub(super) fn apply(&mut self, event: &DirectoryEvent, at: Timestamp) {
        let Self { tokens, sessions } = self;
        match event {
            DirectoryEvent::TokenCreated {
                token,
                name,
                holder,
                hash,
            } => {
                let made = Token {
                    id: *token,
                    name: Arc::clone(name),
                    holder: holder.clone(),
                    hash: *hash,
                    created_at: at,
                };
                tokens.insert(*token, made);
            }
            DirectoryEvent::TokenRevoked { token } => {
                tokens.remove(token);
            }
            DirectoryEvent::SessionStarted {
                user,
                hash,
                expires_at,
            } => {
                let started = Session {
                    user: *user,
                    hash: *hash,
                    started_at: at,
                    expires_at: *expires_at,
                };
                sessions.insert(*hash, started);
            }
            DirectoryEvent::SessionEnded { hash } => {
                sessions.remove(hash);
            }
            DirectoryEvent::PasswordChanged {
                user, keep_session, ..
            } => {
                sessions.retain(|hash, one| one.user != *user || Some(*hash) == *keep_session);
            }
            DirectoryEvent::UserStatusChanged {
                user,
                status: UserStatus::Deactivated,
            } => {
                sessions.retain(|_, session| session.user != *user);
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

    /// Every token, oldest first.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// One token.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(&id)
    }

    /// How many tokens speak for the holder.
    #[must_use]
    pub fn tokens_of(&self, user: UserId) -> usize {
        self.tokens()
            .filter(|token| token.holder == TokenHolder::User { id: user })
            .count()
    }

    /// How many tokens speak for services.
    #[must_use]
    pub fn tokens_of_services(&self) -> usize {
        self.tokens()
            .filter(|token| matches!(token.holder, TokenHolder::Service { .. }))
            .count()
    }

    /// Every session.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// One session, by the hash of its cookie.
    #[must_use]
    pub fn session(&self, hash: SecretHash) -> Option<&Session> {
        self.sessions.get(&hash)
    }

    /// The sessions of a user that have to go so that one more fits: those that have expired, and
    /// the oldest beyond the limit.
    pub(super) fn sessions_in_the_way(
        &self,
        user: UserId,
        now: Timestamp,
        max: usize,
    ) -> BTreeSet<SecretHash> {
        let (expired, mut live): (Vec<_>, Vec<_>) = self
            .sessions()
            .filter(|session| session.user == user)
            .partition(|session| session.expires_at <= now);
        live.sort_by_key(|session| (session.started_at, session.hash));
        let surplus = (live.len() + 1).saturating_sub(max.max(1));
        expired
            .into_iter()
            .chain(live.into_iter().take(surplus))
            .map(|one| one.hash)
            .collect()
    }
}
