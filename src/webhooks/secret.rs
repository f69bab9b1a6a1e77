//! The secrets that deliveries are signed with. They lie in the outbox, beside the log, so that neither
//! an export nor a copy of the log has them; and they appear in no log.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use standardwebhooks::Webhook as Signer;

use crate::clock::Clock;
use crate::domain::{Timestamp, WebhookId};
use crate::outbox::{Changes, Key, Outbox, OutboxError};

/// How many random bytes a secret has: the specification asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Keys of rows with secrets begin with this byte.
const ROW: u8 = b's';

/// For how long a secret that was replaced still signs, beside the new one.
const OVERLAP_HOURS: u64 = 24;

/// A secret that is shown once, when it is made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// A new one.
    #[must_use]
    pub fn generate(clock: &dyn Clock) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        clock.random_bytes(&mut bytes);
        Self(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// The text to hand out, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// What a webhook signs with: its secret, and for a while the one before it, so that a receiver can
/// change over without losing anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Secrets {
    secret: SigningSecret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Previous>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Previous {
    secret: SigningSecret,
    until: Timestamp,
}

impl Secrets {
    /// Those of a new webhook.
    #[must_use]
    pub const fn new(secret: SigningSecret) -> Self {
        Self {
            secret,
            previous: None,
        }
    }

    /// With another secret from now on.
    #[must_use]
    pub fn rotated(present: Option<Self>, secret: SigningSecret, now: Timestamp) -> Self {
        let overlap = std::time::Duration::from_secs(OVERLAP_HOURS * 3600);
        let previous = present.map(|present| Previous {
            secret: present.secret,
            until: now.saturating_add(overlap),
        });
        Self { secret, previous }
    }

    /// Reads those of a webhook.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(outbox: &dyn Outbox, webhook: WebhookId) -> Result<Option<Self>, OutboxError> {
        let row = outbox.get(&row_key(webhook))?;
        Ok(row.and_then(|row| serde_json::from_slice(&row).ok()))
    }

    /// Keeps them.
    pub fn put(&self, webhook: WebhookId, changes: &mut Changes) {
        // Texts and numbers always encode.
        let row = serde_json::to_vec(self).unwrap_or_default();
        changes.put(row_key(webhook), row);
    }

    /// Forgets those of a webhook.
    pub(super) fn forget(webhook: WebhookId, changes: &mut Changes) {
        changes.remove(row_key(webhook));
    }

    /// The signatures of a message, as the header has them.
    pub(super) fn sign(&self, id: &str, at: Timestamp, payload: &[u8]) -> Option<String> {
        let previous = self.previous.as_ref().filter(|one| at < one.until);
        let secrets = std::iter::once(&self.secret).chain(previous.map(|one| &one.secret));
        let signatures: Option<Vec<_>> = secrets
            .map(|secret| {
                let signer = Signer::new(secret.reveal()).ok()?;
                signer.sign(id, seconds(at), payload).ok()
            })
            .collect();
        signatures.map(|signatures| signatures.join(" "))
    }
}

/// A time as the header has it.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

fn row_key(webhook: WebhookId) -> Key {
    let mut key = BytesMut::with_capacity(17);
    key.put_u8(ROW);
    key.put_u128(webhook.as_u128());
    Key(Bytes::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const NOW: Timestamp = Timestamp::from_millis(1_649_367_553_000);

    /// The example of the specification.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = SigningSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
        let payload = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = Secrets::new(secret).sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", NOW, payload);
        assert_eq!(
            signed.as_deref(),
            Some("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=")
        );
    }

    #[test]
    fn a_replaced_secret_signs_for_a_day() {
        let clock = ManualClock::starting_at(NOW);
        let [first, second] = [(); 2].map(|()| SigningSecret::generate(&clock));
        let sign = |secrets: &Secrets, at| secrets.sign("id", at, b"{}").unwrap();
        let at = |hours: u64| NOW.saturating_add(std::time::Duration::from_secs(hours * 3600));
        let old = Secrets::new(first);
        let new = Secrets::rotated(Some(old.clone()), second.clone(), NOW);
        let alone = Secrets::new(second);
        let both = format!("{} {}", sign(&alone, at(23)), sign(&old, at(23)));
        assert_eq!(sign(&new, at(23)), both);
        assert_eq!(sign(&new, at(24)), sign(&alone, at(24)));
    }

    #[test]
    fn a_secret_does_not_show() {
        let clock = ManualClock::starting_at(NOW);
        let secrets = Secrets::new(SigningSecret::generate(&clock));
        let shown = format!("{secrets:?}");
        assert!(!shown.contains(PREFIX), "{shown}");
    }
}
