//! The outbox: what is to be told outside, durable before anybody is told and until they have been.
//!
//! A consumer follows the log with a [`Tail`], from a cursor of its own, and keeps in its outbox what
//! each stretch of the log leads to: cursor and rows in one write. What was sent it takes out again,
//! or moves to a later time, which [`Backoff`] says. So it tells of everything at least once. The
//! [`Dispatcher`] does all that; a [`Courier`] says what the log leads to, and how to tell of it.

mod backoff;
#[cfg(test)]
pub(crate) mod conformance;
mod dispatcher;
mod due;
mod memory;
mod past;
mod station;
mod tail;

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::future::BoxFuture;

use crate::journal::{JournalError, RECORD_BYTES_MAX, SIDE_KEY_BYTES_MAX, Seq, SideKey};

pub use backoff::Backoff;
pub use dispatcher::{Carried, Courier, DispatchLimits, Dispatcher};
pub use due::Due;
pub use memory::MemoryOutbox;
pub use tail::{Source, Tail};

/// Rows of the side table that belong to an outbox begin with this byte.
const OUTBOX: u8 = b'o';
/// The cursor of a consumer.
const CURSOR: u8 = b'c';
/// The rows of a consumer.
const ROW: u8 = b'r';

/// What stands before a consumer's own key.
const PREFIX_BYTES: usize = 3;

/// The longest key of a row, in bytes.
pub const KEY_BYTES_MAX: usize = SIDE_KEY_BYTES_MAX - PREFIX_BYTES;

/// The largest value of a row, in bytes.
pub const VALUE_BYTES_MAX: usize = RECORD_BYTES_MAX;

/// Who follows the log. Each has a cursor and a keyspace of its own in every workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// In-app notifications, email, Slack.
    Notifications,
    /// Webhooks.
    Webhooks,
}

impl Consumer {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Notifications, Self::Webhooks];

    /// The byte that stands for it on disk.
    const fn tag(self) -> u8 {
        match self {
            Self::Notifications => b'n',
            Self::Webhooks => b'w',
        }
    }

    /// The row of the side table with its cursor, and what a cursor at `seq` is written as. For those
    /// who fill a journal from elsewhere: what it tells of was told elsewhere.
    #[must_use]
    pub fn cursor_row(self, seq: Seq) -> (SideKey, Bytes) {
        let key = Bytes::copy_from_slice(&[OUTBOX, self.tag(), CURSOR]);
        (SideKey(key), Bytes::copy_from_slice(&seq.to_be_bytes()))
    }

    pub(crate) fn cursor_key(self) -> SideKey {
        self.cursor_row(0).0
    }

    pub(crate) fn row_key(self, key: &Key) -> SideKey {
        let mut bytes = BytesMut::with_capacity(PREFIX_BYTES.saturating_add(key.0.len()));
        bytes.put_slice(&[OUTBOX, self.tag(), ROW]);
        bytes.put_slice(&key.0);
        SideKey(bytes.freeze())
    }

    pub(crate) fn key_of(row: &SideKey) -> Key {
        Key(row.0.slice(PREFIX_BYTES.min(row.0.len())..))
    }

    pub(crate) fn seq_of(value: &[u8]) -> Option<Seq> {
        value.try_into().ok().map(Seq::from_be_bytes)
    }
}

/// The key of a row. Keys sort by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Bytes);

impl Key {
    /// The first key that sorts behind it.
    #[must_use]
    pub fn following(&self) -> Self {
        let mut next = BytesMut::from(&self.0[..]);
        next.put_u8(0);
        Self(next.freeze())
    }
}

/// What one write changes: all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The position up to which the log has been worked off, if that changes.
    pub cursor: Option<Seq>,
    /// Rows to write (`Some`) or to remove (`None`). Of several changes of one key the last counts.
    pub rows: Vec<(Key, Option<Bytes>)>,
}

impl Changes {
    /// Writes a row.
    pub fn put(&mut self, key: Key, value: impl Into<Bytes>) {
        self.rows.push((key, Some(value.into())));
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, key: Key) {
        self.rows.push((key, None));
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cursor.is_none() && self.rows.is_empty()
    }

    /// Refuses what is larger than an outbox must take.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        let within = |what, bytes: usize, limit| match bytes > limit {
            true => Err(JournalError::TooLarge { what, bytes, limit }),
            false => Ok(()),
        };
        self.rows.iter().try_for_each(|(key, value)| {
            within("key of the outbox", key.0.len(), KEY_BYTES_MAX)?;
            let value = value.as_ref().map_or(0, Bytes::len);
            within("row of the outbox", value, VALUE_BYTES_MAX)
        })
    }
}

/// Why a write came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Commands need the room. Try again in a moment.
    #[error("there is no room beside the commands")]
    Overloaded,
    /// The store is down, and may work again; or the server stops.
    #[error("{0}")]
    Unavailable(String),
    /// The store could not be read, or a row is larger than permitted.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The durable rows of one consumer in one workspace, and its cursor.
///
/// # Contract
///
/// 1. A write is atomic: after a crash its cursor and its rows are all there, or none of them is.
/// 2. A write that answered `Ok` is on stable storage, and in every read that begins after it.
/// 3. A write that answered an error is visible to nobody while the process lives. Only if the process
///    dies before its store works again may it turn out to have happened.
/// 4. Reads show nothing that is not durable.
/// 5. Writes are applied in the order in which they were asked for.
///
/// Reads block: they belong on threads that may. A write does not; it begins when it is called, and
/// happens also when its future is dropped. Commands go before writes: they may be refused as
/// [`OutboxError::Overloaded`] when many commands wait.
pub trait Outbox: Send + Sync + fmt::Debug {
    /// The last position that the consumer has worked off; none if it never wrote one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn cursor(&self) -> Result<Option<Seq>, OutboxError>;

    /// One row.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, key: &Key) -> Result<Option<Bytes>, OutboxError>;

    /// Up to `limit` rows with `from ≤ key < to`, in the order of their keys.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn range(&self, from: &Key, to: &Key, limit: usize) -> Result<Vec<(Key, Bytes)>, OutboxError>;

    /// Writes cursor and rows together; the future ends when they are durable.
    fn write(&self, changes: Changes) -> BoxFuture<'static, Result<(), OutboxError>>;
}
