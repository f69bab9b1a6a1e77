//! Fingerprints of requests: they tell one from another, and nothing of what was in them.
//!
//! A request may hold a password, and a plain digest of it would let whoever reads the store try
//! passwords far faster than their own hash permits. So the digest is keyed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Clock;
use crate::domain::WorkspaceId;
use crate::journal::{Journal, JournalError, SideKey};

/// The keyed digest of method, path and body.
pub type Fingerprint = [u8; 32];

/// The row with a workspace's key.
const ROW: SideKey = SideKey(Bytes::from_static(b"k"));

/// As long as a block of the digest, so that it is used as it is.
const KEY_BYTES: usize = 64;

/// The keys of all workspaces. One is made when it is first needed, and goes into the store with the
/// first answer that is remembered: a fingerprint never lies there without its key.
#[derive(Debug)]
pub(super) struct FingerprintKeys {
    keys: DashMap<WorkspaceId, Arc<Key>>,
    clock: Arc<dyn Clock>,
}

struct Key {
    bytes: [u8; KEY_BYTES],
    is_stored: AtomicBool,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl FingerprintKeys {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let keys = DashMap::new();
        Self { keys, clock }
    }

    /// Takes the key that a workspace has in the store, if it has one.
    pub(super) fn load(
        &self,
        journal: &dyn Journal,
        workspace: WorkspaceId,
    ) -> Result<(), JournalError> {
        let Some(row) = journal.side(workspace, &ROW)? else {
            return Ok(());
        };
        let bytes = <[u8; KEY_BYTES]>::try_from(&row[..]).map_err(|_length| {
            let reason = format!("the key of the fingerprints of {workspace} is cut off");
            JournalError::Damaged { reason }
        })?;
        let is_stored = AtomicBool::new(true);
        self.keys
            .insert(workspace, Arc::new(Key { bytes, is_stored }));
        Ok(())
    }

    /// The fingerprint of a request, from its parts.
    pub(super) fn fingerprint(&self, workspace: WorkspaceId, parts: [&[u8]; 3]) -> Fingerprint {
        let key = self.key(workspace);
        let mut digest = Hmac::<Sha256>::new(&key.bytes.into());
        for part in parts {
            digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into_bytes().into()
    }

    /// The row with the key, unless the store has it.
    pub(super) fn row(&self, workspace: WorkspaceId) -> Option<(SideKey, Option<Bytes>)> {
        let key = self.key(workspace);
        let is_stored = key.is_stored.load(Ordering::Acquire);
        (!is_stored).then(|| (ROW, Some(Bytes::copy_from_slice(&key.bytes))))
    }

    /// Notes that the row is durable.
    pub(super) fn stored(&self, workspace: WorkspaceId) {
        self.key(workspace).is_stored.store(true, Ordering::Release);
    }

    fn key(&self, workspace: WorkspaceId) -> Arc<Key> {
        if let Some(key) = self.keys.get(&workspace) {
            return Arc::clone(&key);
        }
        let made = || {
            let mut bytes = [0; KEY_BYTES];
            self.clock.random_bytes(&mut bytes);
            let is_stored = AtomicBool::new(false);
            Arc::new(Key { bytes, is_stored })
        };
        Arc::clone(&self.keys.entry(workspace).or_insert_with(made))
    }
}
