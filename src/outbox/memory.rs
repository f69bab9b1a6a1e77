//! The outbox in memory, for tests: what it keeps is gone with the process.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use parking_lot::Mutex;

use super::{Changes, Key, Outbox, OutboxError};
use crate::journal::Seq;

/// An outbox that keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryOutbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cursor: Option<Seq>,
    rows: BTreeMap<Key, Bytes>,
}

impl MemoryOutbox {
    fn apply(&self, changes: Changes) -> Result<(), OutboxError> {
        changes.check()?;
        let mut state = self.state.lock();
        state.cursor = changes.cursor.or(state.cursor);
        for (key, value) in changes.rows {
            match value {
                Some(value) => state.rows.insert(key, value),
                None => state.rows.remove(&key),
            };
        }
        Ok(())
    }
}

impl Outbox for MemoryOutbox {
    fn cursor(&self) -> Result<Option<Seq>, OutboxError> {
        Ok(self.state.lock().cursor)
    }

    fn get(&self, key: &Key) -> Result<Option<Bytes>, OutboxError> {
        Ok(self.state.lock().rows.get(key).cloned())
    }

    fn range(&self, from: &Key, to: &Key, limit: usize) -> Result<Vec<(Key, Bytes)>, OutboxError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let state = self.state.lock();
        let rows = state.rows.range(from..to).take(limit);
        Ok(rows
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn write(&self, changes: Changes) -> BoxFuture<'static, Result<(), OutboxError>> {
        future::ready(self.apply(changes)).boxed()
    }
}
