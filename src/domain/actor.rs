//! Who acts: the caller of a command before it is decided, and the actor in the log after.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{TokenId, UserId};

/// What a service token permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Create conversations and add customer messages.
    Inbound,
    /// Read a conversation, offer AI replies, close a conversation that the AI handles.
    Ai,
    /// Read everything but tokens and webhooks.
    Read,
}

/// Who asks for something, as authentication found it. Rights are looked up when it is decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A person, whatever token or session they came with.
    User(UserId),
    /// A program with a service token.
    Service {
        /// Its token.
        token: TokenId,
        /// The name given to the token.
        name: Arc<str>,
        /// What it may do.
        scopes: Arc<BTreeSet<Scope>>,
    },
    /// The server itself: the command line on a stopped store, the start of an epoch.
    System,
}

impl Caller {
    /// The actor that the log names for what this caller does.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::User(id) => Actor::User { id: *id },
            Self::Service { token, name, .. } => Actor::Service {
                id: *token,
                name: Arc::clone(name),
            },
            Self::System => Actor::System,
        }
    }

    /// The person, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Service { .. } | Self::System => None,
        }
    }

    /// Whether this is a service whose token has the scope.
    #[must_use]
    pub fn has_scope(&self, scope: Scope) -> bool {
        match self {
            Self::Service { scopes, .. } => scopes.contains(&scope),
            Self::User(_) | Self::System => false,
        }
    }
}

/// Who did something, as the log keeps it. People are named by id; their names come from the
/// directory when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    User {
        /// Their id.
        id: UserId,
    },
    /// A program, by its token; the name is kept since the token may be revoked.
    Service {
        /// The token's id.
        id: TokenId,
        /// The token's name at that time.
        name: Arc<str>,
    },
    /// The server itself.
    System,
}
