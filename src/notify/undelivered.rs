//! Letters that were given up, with the reason: the newest so many are kept.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::letter::Letter;
use super::pending::after;
use crate::domain::Timestamp;
use crate::outbox::{Changes, Key, Outbox, OutboxError};

/// What the keys of such letters begin with.
const UNDELIVERED: u8 = b'u';

/// How many rows are read at a time.
const ROWS: usize = 1024;

/// A letter that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The letter.
    pub letter: Letter,
}

/// Up to so many of them, the oldest first, from after a key on; with the key of each. Blocks.
///
/// # Errors
/// When the store cannot be read.
pub fn undelivered(
    outbox: &dyn Outbox,
    after_key: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<(Bytes, Undelivered)>, OutboxError> {
    let (from, to) = keys();
    let from = after_key.map_or(from, |key| after(&Key(Bytes::copy_from_slice(key))));
    let rows = outbox.range(&from, &to, limit)?;
    let read = |(key, value): (Key, Bytes)| Some((key.0, serde_json::from_slice(&value).ok()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The keys of those that are kept, oldest first.
#[derive(Debug, Default)]
pub(super) struct Kept {
    keys: std::collections::BTreeSet<Key>,
}

impl Kept {
    /// What is durable. Blocks.
    pub(super) fn load(outbox: &dyn Outbox) -> Result<Self, OutboxError> {
        let mut kept = Self::default();
        let (mut from, to) = keys();
        loop {
            let rows = outbox.range(&from, &to, ROWS)?;
            let Some((last, _)) = rows.last() else {
                return Ok(kept);
            };
            from = after(last);
            kept.keys.extend(rows.into_iter().map(|(key, _)| key));
        }
    }

    /// Keeps one more, and lets the oldest go when there are too many.
    pub(super) fn add(
        &mut self,
        undelivered: &Undelivered,
        max: usize,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        let key = key(undelivered);
        changes.put(key.clone(), serde_json::to_vec(undelivered)?);
        self.keys.insert(key);
        while self.keys.len() > max {
            let Some(oldest) = self.keys.pop_first() else {
                break;
            };
            changes.remove(oldest);
        }
        Ok(())
    }
}

fn keys() -> (Key, Key) {
    let at = |byte: u8| Key(Bytes::copy_from_slice(&[byte]));
    (at(UNDELIVERED), at(UNDELIVERED + 1))
}

fn key(undelivered: &Undelivered) -> Key {
    let mut bytes = BytesMut::with_capacity(25);
    bytes.put_u8(UNDELIVERED);
    bytes.put_i64(undelivered.at.as_millis());
    bytes.put_slice(&undelivered.letter.id.key().0);
    Key(bytes.freeze())
}
