//! How many answers are remembered, and forgetting those that are old enough.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use dashmap::DashMap;

use super::idempotency::{EXPIRY, answer_of, expires_of};
use super::queue::SideRow;
use crate::domain::{Timestamp, WorkspaceId};
use crate::journal::{Journal, JournalError, SideKey};

/// How many rows are counted or forgotten at a time.
const ROWS: usize = 1024;

/// How many keys each workspace has in the store.
#[derive(Debug)]
pub(super) struct KeyCounts {
    counts: DashMap<WorkspaceId, AtomicUsize>,
    max: usize,
}

impl KeyCounts {
    pub(super) fn new(max: usize) -> Self {
        Self {
            counts: DashMap::new(),
            max,
        }
    }

    pub(super) fn is_full(&self, workspace: WorkspaceId) -> bool {
        self.counts
            .get(&workspace)
            .is_some_and(|count| count.load(Ordering::Relaxed) >= self.max)
    }

    pub(super) fn is_empty(&self, workspace: WorkspaceId) -> bool {
        self.counts
            .get(&workspace)
            .is_none_or(|count| count.load(Ordering::Relaxed) == 0)
    }

    pub(super) fn add(&self, workspace: WorkspaceId) {
        self.counts
            .entry(workspace)
            .or_default()
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, workspace: WorkspaceId, rows: usize) {
        self.counts
            .entry(workspace)
            .or_default()
            .fetch_sub(rows, Ordering::Relaxed);
    }

    /// Counts what a workspace has at start.
    pub(super) fn load(
        &self,
        journal: &dyn Journal,
        workspace: WorkspaceId,
    ) -> Result<(), JournalError> {
        let (mut from, to) = (
            expiries_until(0),
            SideKey(Bytes::from_static(&[EXPIRY + 1])),
        );
        let mut count = 0_usize;
        loop {
            let rows = journal.side_range(workspace, &from, &to, ROWS)?;
            count = count.saturating_add(rows.len());
            match rows.last() {
                Some((last, _)) if rows.len() == ROWS => from = after(last),
                Some(_) | None => break,
            }
        }
        self.counts
            .entry(workspace)
            .or_default()
            .store(count, Ordering::Relaxed);
        Ok(())
    }
}

/// The removals that forget the answers whose time has come, a bounded number of them, and how
/// many answers that is.
pub(super) fn expired(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<(Vec<SideRow>, usize), JournalError> {
    // An answer is not given again from the very millisecond on at which it expires.
    let until = u64::try_from(now.as_millis()).map_or(0, |now| now.saturating_add(1));
    let rows = journal.side_range(workspace, &expiries_until(0), &expiries_until(until), ROWS)?;
    let count = rows.len();
    let mut removals = Vec::with_capacity(count.saturating_mul(2));
    for (expiry, _) in rows {
        // A key that was used again after its time keeps its newer answer.
        if let Some(key) = answer_of(&expiry)
            && let Some(bytes) = journal.side(workspace, &key)?
            && expires_of(&bytes).is_none_or(|expires| expires <= now)
        {
            removals.push((key, None));
        }
        removals.push((expiry, None));
    }
    Ok((removals, count))
}

fn expiries_until(millis: u64) -> SideKey {
    let mut key = BytesMut::with_capacity(9);
    key.put_u8(EXPIRY);
    key.put_u64(millis);
    SideKey(key.freeze())
}

fn after(key: &SideKey) -> SideKey {
    let mut next = BytesMut::from(&key.0[..]);
    next.put_u8(0);
    SideKey(next.freeze())
}
