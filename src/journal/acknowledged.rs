//! What a backend may show: only what a returned append, or `open`, made durable.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::side_rows::Stored;
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

    /// A side row as it may be shown, given what the store held *before* this call. What an append
    /// that failed has left behind may be torn, and is covered all the same.
    pub(super) fn side(
        &self,
        workspace: WorkspaceId,
        key: &SideKey,
        stored: Result<Option<Bytes>, JournalError>,
    ) -> Result<Option<Bytes>, JournalError> {
        if self.before.is_empty() {
            return stored;
        }
        match self.before.get(&(workspace, key.clone())) {
            Some(before) => Ok(before.clone()),
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
        stored: Vec<Stored>,
    ) -> Result<Vec<(SideKey, Bytes)>, JournalError> {
        let mut rows: BTreeMap<SideKey, Result<Bytes, JournalError>> = stored.into_iter().collect();
        for ((changed_in, key), before) in &self.before {
            if *changed_in != workspace || key < from || key >= to {
                continue;
            }
            match before {
                Some(value) => rows.insert(key.clone(), Ok(value.clone())),
                None => rows.remove(key),
            };
        }
        let shown = rows.into_iter().take(limit);
        shown.map(|(key, value)| Ok((key, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_u128(1);

    fn key(text: &'static str) -> SideKey {
        SideKey(Bytes::from_static(text.as_bytes()))
    }

    fn torn() -> JournalError {
        let reason = "the checksum does not fit".to_owned();
        JournalError::Damaged { reason }
    }

    fn value(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn what_a_failed_append_has_torn_is_shown_as_it_was() {
        let mut acknowledged = Acknowledged::new(BTreeMap::new());
        acknowledged.begin(Before::from([
            ((WORKSPACE, key("b")), Some(value("old"))),
            ((WORKSPACE, key("c")), None),
        ]));
        acknowledged.fail("the disk is full".to_owned());
        let side = |name| acknowledged.side(WORKSPACE, &key(name), Err(torn()));
        assert_eq!(side("b").unwrap(), Some(value("old")));
        assert_eq!(side("c").unwrap(), None);
        let stored = vec![
            (key("a"), Ok(value("a"))),
            (key("b"), Err(torn())),
            (key("c"), Err(torn())),
        ];
        let shown = acknowledged.side_range(WORKSPACE, (&key("a"), &key("z")), 9, stored);
        let rows = vec![(key("a"), value("a")), (key("b"), value("old"))];
        assert_eq!(shown.unwrap(), rows);
    }

    #[test]
    fn damage_that_no_append_explains_is_told() {
        let mut acknowledged = Acknowledged::new(BTreeMap::new());
        assert!(
            acknowledged
                .side(WORKSPACE, &key("a"), Err(torn()))
                .is_err()
        );
        acknowledged.begin(Before::from([((WORKSPACE, key("b")), None)]));
        assert!(
            acknowledged
                .side(WORKSPACE, &key("a"), Err(torn()))
                .is_err()
        );
        let stored = vec![(key("a"), Err(torn())), (key("b"), Ok(value("new")))];
        let shown = acknowledged.side_range(WORKSPACE, (&key("a"), &key("z")), 9, stored);
        assert!(shown.is_err());
    }
}
