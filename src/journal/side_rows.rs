//! How the side table lies in rows: one row a key, and the bytes of large values in parts elsewhere.
//!
//! Key: `S`, workspace (16), the side key. Value: `0`, CRC-32, the bytes; or `1`, CRC-32, number
//! of the large value (8) when its bytes are in rows `T`, number (8), part (2). Parts outside the order
//! of the keys keep a range over the keys exact, whatever bytes the keys consist of.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::table::{Changes, ROW_BYTES_MAX, Table, number_at};
use super::{JournalError, SideKey};
use crate::domain::WorkspaceId;

const TAG: u8 = b'S';
const TAG_PART: u8 = b'T';
const PREFIX_BYTES: usize = 1 + 16;
const HEADER_BYTES: usize = 1 + 4;
const PART_KEY_BYTES: usize = 1 + 8 + 2;
const INLINE: u8 = 0;
const IN_PARTS: u8 = 1;

/// Gives the next large value its number.
#[derive(Debug)]
pub(super) struct Numbers(u64);

impl Numbers {
    /// Goes on after the last number in use.
    pub(super) fn load(table: &dyn Table) -> Result<Self, JournalError> {
        let last = table.last(&part_key(0, 0), &part_key(u64::MAX, u16::MAX))?;
        let number = last.and_then(|(key, _)| number_at(&key, 1).map(u64::from_be_bytes));
        Ok(Self(number.map_or(0, |number| number.saturating_add(1))))
    }

    fn next(&mut self) -> u64 {
        let number = self.0;
        self.0 = self.0.saturating_add(1);
        number
    }
}

/// Adds the writing (`Some`) or removal (`None`) of a row to `changes`, with the parts of the value
/// that goes.
pub(super) fn write(
    table: &dyn Table,
    (workspace, key): (WorkspaceId, &SideKey),
    value: Option<&Bytes>,
    numbers: &mut Numbers,
    changes: &mut Changes,
) -> Result<(), JournalError> {
    let row_key = row_key(workspace, key);
    let old = table.get(&row_key)?;
    if let Some(number) = old.as_deref().and_then(number_of) {
        let (from, to) = (part_key(number, 0), part_key(number, u16::MAX));
        table.visit(&from, &to, &mut |part_key, _| {
            changes.remove(part_key.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let Some(value) = value else {
        if old.is_some() {
            changes.remove(row_key);
        }
        return Ok(());
    };
    let crc = checksum(workspace, key, value).to_be_bytes();
    if row_key.len() + HEADER_BYTES + value.len() <= ROW_BYTES_MAX {
        changes.put(row_key, [&[INLINE], &crc[..], value].concat());
        return Ok(());
    }
    let number = numbers.next();
    for (part, chunk) in value.chunks(ROW_BYTES_MAX - PART_KEY_BYTES).enumerate() {
        let part = u16::try_from(part).map_err(|error| damaged(workspace, key, error))?;
        changes.put(part_key(number, part), chunk.to_vec());
    }
    let row = [&[IN_PARTS], &crc[..], &number.to_be_bytes()].concat();
    changes.put(row_key, row);
    Ok(())
}

/// One row.
pub(super) fn get(
    table: &dyn Table,
    workspace: WorkspaceId,
    key: &SideKey,
) -> Result<Option<Bytes>, JournalError> {
    let row_key = row_key(workspace, key);
    let mut row = table.get(&row_key)?;
    while let Some(found) = row {
        match value_of(table, workspace, key, &found) {
            Ok(value) => return Ok(Some(value)),
            Err(error) => {
                // An append may have replaced the value between its row and its parts.
                row = table.get(&row_key)?;
                if row.as_ref() == Some(&found) {
                    return Err(error);
                }
            }
        }
    }
    Ok(None)
}

/// A row of a range, and its value as far as it can be read.
pub(super) type Stored = (SideKey, Result<Bytes, JournalError>);

/// Up to `limit` rows with `from ≤ key < to`. What cannot be read may be of an append that failed, so
/// that is for the caller to judge.
pub(super) fn range(
    table: &dyn Table,
    workspace: WorkspaceId,
    (from, to): (&SideKey, &SideKey),
    limit: usize,
) -> Result<Vec<Stored>, JournalError> {
    let mut keys = Vec::new();
    if from >= to || limit == 0 {
        return Ok(Vec::new());
    }
    let (first, last) = (row_key(workspace, from), row_key(workspace, to));
    table.visit(&first, &last, &mut |row_key, _| {
        if *row_key == *last {
            return Ok(ControlFlow::Break(()));
        }
        let key = row_key.get(PREFIX_BYTES..).unwrap_or_default();
        keys.push(SideKey(Bytes::copy_from_slice(key)));
        Ok(if keys.len() < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        if let Some(value) = get(table, workspace, &key).transpose() {
            rows.push((key, value));
        }
    }
    Ok(rows)
}

fn value_of(
    table: &dyn Table,
    workspace: WorkspaceId,
    key: &SideKey,
    row: &Bytes,
) -> Result<Bytes, JournalError> {
    let crc = number_at(row, 1)
        .map(u32::from_be_bytes)
        .ok_or_else(|| damaged(workspace, key, "the row is cut off"))?;
    let value = match row.first() {
        Some(&INLINE) => row.slice(HEADER_BYTES.min(row.len())..),
        _ => {
            let number =
                number_of(row).ok_or_else(|| damaged(workspace, key, "an unknown kind of row"))?;
            let mut bytes = Vec::new();
            let (from, to) = (part_key(number, 0), part_key(number, u16::MAX));
            table.visit(&from, &to, &mut |_, part| {
                bytes.extend_from_slice(part);
                Ok(ControlFlow::Continue(()))
            })?;
            Bytes::from(bytes)
        }
    };
    if checksum(workspace, key, &value) != crc {
        return Err(damaged(workspace, key, "the checksum does not fit"));
    }
    Ok(value)
}

/// The number under which the parts of a large value lie.
fn number_of(row: &[u8]) -> Option<u64> {
    if row.first() != Some(&IN_PARTS) {
        return None;
    }
    number_at(row, HEADER_BYTES).map(u64::from_be_bytes)
}

fn checksum(workspace: WorkspaceId, key: &SideKey, value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&workspace.as_u128().to_be_bytes());
    hasher.update(&key.0);
    hasher.update(value);
    hasher.finalize()
}

fn row_key(workspace: WorkspaceId, key: &SideKey) -> Vec<u8> {
    [&[TAG], &workspace.as_u128().to_be_bytes()[..], &key.0].concat()
}

fn part_key(number: u64, part: u16) -> Vec<u8> {
    [&[TAG_PART], &number.to_be_bytes()[..], &part.to_be_bytes()].concat()
}

fn damaged(workspace: WorkspaceId, key: &SideKey, what: impl std::fmt::Display) -> JournalError {
    JournalError::Damaged {
        reason: format!(
            "the side row {:?} of {workspace}: {what}; restore the data folder from a backup",
            key.0
        ),
    }
}
