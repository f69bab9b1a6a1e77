//! The few operations that the journal needs of an ordered table, so that only one file names the engine.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::JournalError;

/// The most bytes that a key and its value may have together.
///
/// The engine writes a tree page of up to 16 rows as one piece, more than 30 when it has merged
/// neighbours that shrank, and a piece over 128 KiB becomes a file of its own that is never synced.
/// 32 rows of this size stay below that.
pub(super) const ROW_BYTES_MAX: usize = 4_000;

/// Rows to write (`Some`) or to remove (`None`), all together or not at all.
#[derive(Debug, Default)]
pub(super) struct Changes {
    rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    bytes: usize,
}

impl Changes {
    /// Writes a row.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        debug_assert!(key.len() + value.len() <= ROW_BYTES_MAX, "a row too large");
        self.bytes += key.len() + value.len();
        self.rows.push((key, Some(value)));
    }

    /// Removes a row, if it is there.
    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.bytes += key.len();
        self.rows.push((key, None));
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The size of all keys and values together.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows in the order in which they were added.
    pub(super) fn rows(&self) -> &[(Vec<u8>, Option<Vec<u8>>)] {
        &self.rows
    }
}

/// What a visitor of rows answers: go on, or stop.
pub(super) type Visit = Result<ControlFlow<()>, JournalError>;

/// An ordered table of small rows.
pub(super) trait Table {
    /// One row.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, JournalError>;

    /// The last row with `from ≤ key ≤ to`.
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Bytes)>, JournalError>;

    /// Shows the rows with `from ≤ key ≤ to` in their order until the visitor has seen enough.
    fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), JournalError>;

    /// Makes the changes visible and durable; on an error the outcome is unknown.
    fn commit(&self, changes: &Changes) -> Result<(), JournalError>;
}

/// The first key in `from ≤ key ≤ to`.
pub(super) fn first_key(
    table: &dyn Table,
    from: &[u8],
    to: &[u8],
) -> Result<Option<Vec<u8>>, JournalError> {
    let mut first = None;
    table.visit(from, to, &mut |key, _| {
        first = Some(key.to_vec());
        Ok(ControlFlow::Break(()))
    })?;
    Ok(first)
}

/// A big-endian number at an offset of a key or value, if it is long enough.
pub(super) fn number_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes
        .get(offset..offset.checked_add(N)?)
        .and_then(|slice| slice.try_into().ok())
}
