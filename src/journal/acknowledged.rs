//! What a backend may show: only what a returned append, or `open`, made durable.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Append, Appended, JournalError, Seq, SideKey};
use crate::domain::WorkspaceId;

/// A row of the side table with its value before the append under way.
pub(super) type Before = BTreeMap<(WorkspaceId, SideKey), Option<Bytes>>;

/// The acknowledged heads, and the side rows that an append under way or failed has changed.
///
/// ```text
///             begin             acknowledge
///   settled ─────────▶ appending ─────────▶ settled
///      ▲                   │ fail
///      │      recovered    ▼
///      └────────────── refusing
/// ```
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    heads: BTreeMap<WorkspaceId, Seq>,
    before: Before,
    refusing: Option<String>,
}

impl Acknowledged {
    /// What an opened store holds.
    pub(super) fn new(heads: BTreeMap<WorkspaceId, Seq>) -> Self {
        Self {
            heads,
            ..Self::default()
        }
    }

    /// Why appends are refused, if they are.
    pub(super) fn refusal(&self) -> Option<JournalError> {
        let reason = self.refusing.clone()?;
        Some(JournalError::Unavailable { reason })
    }

    /// The acknowledged end of a log.
    pub(super) fn head(&self, workspace: WorkspaceId) -> Seq {
        self.heads.get(&workspace).copied().unwrap_or(0)
    }

    /// Every log that has a record.
    pub(super) fn heads(&self) -> &BTreeMap<WorkspaceId, Seq> {
        &self.heads
    }

    /// What an append would become, were it written.
    pub(super) fn outcome(&self, append: &Append) -> Appended {
        let head = self.head(append.workspace);
        if head != append.expected_head {
            return Appended::Fenced { head };
        }
        let added = Seq::try_from(append.records.len()).unwrap_or(Seq::MAX);
        Appended::Durable {
            head: head.saturating_add(added),
        }
    }

    /// Before the first change is made: these rows are shown as they were.
    pub(super) fn begin(&mut self, before: Before) {
        self.before = before;
    }

    /// The append is durable.
    pub(super) fn acknowledge(&mut self, batch: &[Append], outcomes: &[Appended]) {
        for (append, outcome) in batch.iter().zip(outcomes) {
            if let Appended::Durable { head } = *outcome
                && head > 0
            {
                self.heads.insert(append.workspace, head);
            }
        }
        self.before.clear();
    }

    /// The outcome of the append is unknown.
    pub(super) fn fail(&mut self, reason: String) {
        self.refusing = Some(reason);
    }

    /// The rows to be put back.
    pub(super) fn before(&self) -> &Before {
        &self.before
    }

    /// The store holds what is acknowledged and nothing else.
    pub(super) fn recovered(&mut self) {
        self.before.clear();
        self.refusing = None;
    }

    /// A side row as it may be shown, given what the store held *before* this call.
    pub(super) fn side(
        &self,
        workspace: WorkspaceId,
        key: &SideKey,
        stored: Option<Bytes>,
    ) -> Option<Bytes> {
        if self.before.is_empty() {
            return stored;
        }
        match self.before.get(&(workspace, key.clone())) {
            Some(before) => before.clone(),
            None => stored,
        }
    }

    /// How many rows more than wanted must be fetched for [`Acknowledged::side_range`].
    pub(super) fn changed_rows(&self) -> usize {
        self.before.len()
    }

    /// A range of side rows as it may be shown, given the first `limit + changed_rows()` stored ones.
    pub(super) fn side_range(
        &self,
        workspace: WorkspaceId,
        (from, to): (&SideKey, &SideKey),
        limit: usize,
        stored: Vec<(SideKey, Bytes)>,
    ) -> Vec<(SideKey, Bytes)> {
        let mut rows: BTreeMap<SideKey, Bytes> = stored.into_iter().collect();
        for ((changed_in, key), before) in &self.before {
            if *changed_in != workspace || key < from || key >= to {
                continue;
            }
            match before {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        rows.into_iter().take(limit).collect()
    }
}
