//! Tokens and session cookies: made here, shown once, kept only as hashes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::domain::directory::SecretHash;

/// How many random bytes a secret has.
const SECRET_BYTES: usize = 32;

/// What a secret is for; it shows in its first letters, so that a leaked one can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A bearer token.
    Token,
    /// A browser's session.
    Session,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "ochre_tok_",
            Self::Session => "ochre_ses_",
        }
    }
}

/// A secret that opens a workspace. It never appears in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    #[must_use]
    pub fn generate(kind: SecretKind, clock: &dyn Clock) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        clock.random_bytes(&mut bytes);
        Self(format!(
            "{}{}",
            kind.prefix(),
            URL_SAFE_NO_PAD.encode(bytes)
        ))
    }

    /// What a client sent.
    #[must_use]
    pub fn received(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text to hand out, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it. The secret has 256 random bits, so a plain digest cannot be guessed back.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
