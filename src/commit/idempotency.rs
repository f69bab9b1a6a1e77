//! Answers remembered for an `Idempotency-Key`, in the store and in the same append as the effect.
//!
//! A key is first *pending*, in memory, and whoever repeats the request meanwhile waits. The
//! committer completes it once the answer is durable; a [`Ticket`] that is dropped on any other way
//! out (a full mailbox, a panic, a failed append) makes the key fresh again.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::answer::CommandFailure;
use super::fingerprint::{Fingerprint, FingerprintKeys};
use super::remembered::KeyCounts;
use crate::clock::Clock;
use crate::domain::{Caller, Timestamp, WorkspaceId};
use crate::journal::{Journal, JournalError, SideKey};

/// Rows with the answers begin with this byte.
const ANSWER: u8 = b'i';
/// Rows that say when an answer may be forgotten begin with this byte.
pub(super) const EXPIRY: u8 = b't';

/// An answer as it was given, to be given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The `ETag`, if there was one.
    pub etag: Option<String>,
    /// The `Location`, if there was one.
    pub location: Option<String>,
    /// The body; a secret in it was replaced by null.
    pub body: String,
}

impl StoredAnswer {
    /// Whether the answer stands for the request. Who may not ask, who asks too much, and a
    /// server that fails say nothing about the request itself: it may be repeated.
    const fn is_kept(&self) -> bool {
        !matches!(self.status, 401 | 413 | 429 | 500..)
    }
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyOwner {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person or service.
    pub caller: Caller,
    /// The key as the client sent it.
    pub key: String,
}

/// What the store knows of a key.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    expires: Timestamp,
    fingerprint: Fingerprint,
    answer: StoredAnswer,
}

#[derive(Deserialize)]
struct Expiry {
    expires: Timestamp,
}

/// What to do with a request that carries a key.
#[derive(Debug)]
pub enum Begun {
    /// Carry it out; the ticket goes along with it.
    Fresh(Ticket),
    /// Give this answer again.
    Replay(Arc<StoredAnswer>),
    /// Another request had this key.
    Reused,
}

#[derive(Debug)]
struct Pending {
    fingerprint: Fingerprint,
    answer: watch::Sender<Option<Arc<StoredAnswer>>>,
}

/// All keys: the pending ones here, the others in the store.
#[derive(Debug)]
pub struct Idempotency {
    pending: DashMap<KeyOwner, Pending>,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    keep: Duration,
    pub(super) counts: KeyCounts,
    pub(super) fingerprint_keys: FingerprintKeys,
}

/// The right to carry out a request under a key.
#[derive(Debug)]
pub struct Ticket {
    keys: Arc<Idempotency>,
    owner: KeyOwner,
    fingerprint: Fingerprint,
    completed: bool,
}

/// An answer on its way into the store. It is written out by the committer, off the path of the
/// conversation's other commands.
pub struct Remember {
    ticket: Ticket,
    answer: LazyLock<Arc<StoredAnswer>, WriteOut>,
}

type WriteOut = Box<dyn FnOnce() -> Arc<StoredAnswer> + Send>;

impl std::fmt::Debug for Remember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remember").field(&self.ticket.owner).finish()
    }
}

impl Idempotency {
    pub(super) fn new(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        keep: Duration,
        keys_max: usize,
    ) -> Self {
        let counts = KeyCounts::new(keys_max);
        let fingerprint_keys = FingerprintKeys::new(Arc::clone(&clock));
        Self {
            pending: DashMap::new(),
            journal,
            clock,
            keep,
            counts,
            fingerprint_keys,
        }
    }

    /// What tells one request of a workspace from another: method, path and body.
    #[must_use]
    pub fn fingerprint(&self, workspace: WorkspaceId, parts: [&[u8]; 3]) -> Fingerprint {
        self.fingerprint_keys.fingerprint(workspace, parts)
    }

    /// Looks a key up; waits while the same request is still being carried out.
    ///
    /// # Errors
    /// When the store cannot be read, or has no room for more keys.
    pub async fn begin(
        self: &Arc<Self>,
        owner: KeyOwner,
        fingerprint: Fingerprint,
    ) -> Result<Begun, CommandFailure> {
        loop {
            let ticket = match self.pending(&owner, fingerprint) {
                Ok(ticket) => ticket,
                Err(None) => return Ok(Begun::Reused),
                Err(Some(mut first)) => {
                    if first.changed().await.is_ok()
                        && let Some(answer) = first.borrow().clone()
                    {
                        return Ok(Begun::Replay(answer));
                    }
                    // The first one came to nothing: this one is as good as any now.
                    continue;
                }
            };
            return match self.stored(&owner).await? {
                Some(row) if row.fingerprint == fingerprint => {
                    Ok(Begun::Replay(Arc::new(row.answer)))
                }
                Some(_) => Ok(Begun::Reused),
                None if self.counts.is_full(owner.workspace) => {
                    Err(CommandFailure::Overloaded("the memory of idempotency keys"))
                }
                None => Ok(Begun::Fresh(ticket)),
            };
        }
    }

    /// A ticket; or the outcome of the same request to wait for; or nothing, for another request.
    fn pending(
        self: &Arc<Self>,
        owner: &KeyOwner,
        fingerprint: Fingerprint,
    ) -> Result<Ticket, Option<watch::Receiver<Option<Arc<StoredAnswer>>>>> {
        match self.pending.entry(owner.clone()) {
            Entry::Occupied(first) if first.get().fingerprint == fingerprint => {
                Err(Some(first.get().answer.subscribe()))
            }
            Entry::Occupied(_) => Err(None),
            Entry::Vacant(vacant) => {
                vacant.insert(Pending {
                    fingerprint,
                    answer: watch::Sender::new(None),
                });
                let (keys, owner) = (Arc::clone(self), owner.clone());
                Ok(Ticket {
                    keys,
                    owner,
                    fingerprint,
                    completed: false,
                })
            }
        }
    }

    async fn stored(&self, owner: &KeyOwner) -> Result<Option<Row>, CommandFailure> {
        let (journal, workspace, key) = (
            Arc::clone(&self.journal),
            owner.workspace,
            answer_key(owner),
        );
        let read = move || -> Result<Option<Row>, JournalError> {
            let Some(bytes) = journal.side(workspace, &key)? else {
                return Ok(None);
            };
            serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| JournalError::Damaged {
                    reason: error.to_string(),
                })
        };
        let row = tokio::task::spawn_blocking(read)
            .await
            .map_err(|_stopped| CommandFailure::Lost)?
            .map_err(|error| CommandFailure::Unavailable(error.to_string()))?;
        let now = self.clock.now();
        Ok(row.filter(|row| row.expires > now))
    }

    /// The rows to write for an answer; none for one that is not remembered.
    pub(super) fn rows(&self, remember: &Remember) -> Vec<(SideKey, Option<Bytes>)> {
        if !remember.answer.is_kept() {
            return Vec::new();
        }
        let expires = self.clock.now().saturating_add(self.keep);
        let owner = &remember.ticket.owner;
        let answer = StoredAnswer::clone(&**remember.answer);
        let row = Row {
            expires,
            fingerprint: remember.ticket.fingerprint,
            answer,
        };
        let Ok(bytes) = serde_json::to_vec(&row) else {
            // A row of strings and numbers always encodes.
            return Vec::new();
        };
        let forget = expiry_key(expires, owner);
        vec![
            (answer_key(owner), Some(Bytes::from(bytes))),
            (forget, Some(Bytes::new())),
        ]
    }
}

impl Ticket {
    /// The answer that the key will stand for, once it is durable.
    #[must_use]
    pub fn remember(self, answer: impl FnOnce() -> StoredAnswer + Send + 'static) -> Remember {
        let write_out: WriteOut = Box::new(move || Arc::new(answer()));
        Remember {
            ticket: self,
            answer: LazyLock::new(write_out),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.completed {
            // Whoever waits sees the sender go, and starts afresh.
            self.keys.pending.remove(&self.owner);
        }
    }
}

impl Remember {
    /// About how many bytes it will take.
    pub(super) const fn weight(&self) -> usize {
        const TYPICAL_ANSWER: usize = 2048;
        TYPICAL_ANSWER
    }

    /// The answer is durable: whoever waits for it gets it.
    pub(super) fn complete(mut self) {
        if !self.answer.is_kept() {
            return;
        }
        self.ticket.completed = true;
        let (keys, workspace) = (&self.ticket.keys, self.ticket.owner.workspace);
        keys.fingerprint_keys.stored(workspace);
        keys.counts.add(workspace);
        if let Some((_, pending)) = self.ticket.keys.pending.remove(&self.ticket.owner) {
            pending.answer.send_replace(Some(Arc::clone(&self.answer)));
        }
    }
}

fn answer_key(owner: &KeyOwner) -> SideKey {
    let mut key = BytesMut::with_capacity(64);
    key.put_u8(ANSWER);
    put_owner(&mut key, owner);
    SideKey(key.freeze())
}

fn expiry_key(expires: Timestamp, owner: &KeyOwner) -> SideKey {
    let mut key = BytesMut::with_capacity(72);
    key.put_u8(EXPIRY);
    key.put_u64(u64::try_from(expires.as_millis()).unwrap_or(0));
    put_owner(&mut key, owner);
    SideKey(key.freeze())
}

/// When a stored answer may be forgotten.
pub(super) fn expires_of(row: &[u8]) -> Option<Timestamp> {
    serde_json::from_slice(row)
        .ok()
        .map(|Expiry { expires }| expires)
}

/// The answer's key, from the key of the row that says when it may be forgotten.
pub(super) fn answer_of(expiry: &SideKey) -> Option<SideKey> {
    let owner = expiry.0.get(9..)?;
    let mut key = BytesMut::with_capacity(owner.len().saturating_add(1));
    key.put_u8(ANSWER);
    key.put_slice(owner);
    Some(SideKey(key.freeze()))
}

fn put_owner(key: &mut BytesMut, owner: &KeyOwner) {
    let (kind, id) = match &owner.caller {
        Caller::User(id) => (b'u', id.as_u128()),
        Caller::Service { token, .. } => (b's', token.as_u128()),
        Caller::System => (b'0', 0),
    };
    key.put_u8(kind);
    key.put_u128(id);
    key.put_slice(owner.key.as_bytes());
}
