//! How snapshots lie in rows: parts first, then a header that makes them whole.
//!
//! Header: `N`, workspace (16), position (8) → length (8), CRC-32. Part: `P`, workspace (16), position (8),
//! part (4). They are written in several batches, so that a large snapshot does not hold up an append for long.

use std::ops::ControlFlow;

use super::table::{Changes, ROW_BYTES_MAX, Table, number_at};
use super::{JournalError, Seq, Snapshot};
use crate::domain::WorkspaceId;

const TAG_HEADER: u8 = b'N';
const TAG_PART: u8 = b'P';
const PART_BYTES_MAX: usize = ROW_BYTES_MAX - (1 + 16 + 8 + 4);

/// How much goes into one batch. Less than a segment of the engine's file, which therefore cannot reuse
/// the space of what a batch replaces before that batch is synced.
const BATCH_BYTES: usize = 192 * 1024;

/// Writes a snapshot and removes the older ones.
pub(super) fn save(
    table: &dyn Table,
    workspace: WorkspaceId,
    snapshot: &Snapshot,
) -> Result<(), JournalError> {
    let header = header_key(workspace, snapshot.seq);
    // Whatever lies at this position, torn or whole, must not mix with the new parts.
    remove(table, workspace, &|seq| seq == snapshot.seq)?;
    let mut changes = Changes::default();
    for (part, chunk) in (0_u32..).zip(snapshot.bytes.chunks(PART_BYTES_MAX)) {
        changes.put(part_key(workspace, snapshot.seq, part), chunk.to_vec());
        if changes.bytes() >= BATCH_BYTES {
            table.commit(&std::mem::take(&mut changes))?;
        }
    }
    let length = u64::try_from(snapshot.bytes.len()).unwrap_or(u64::MAX);
    let crc = checksum(workspace, snapshot.seq, &snapshot.bytes);
    let row = [&length.to_be_bytes()[..], &crc.to_be_bytes()].concat();
    changes.put(header, row);
    table.commit(&changes)?;
    remove(table, workspace, &|seq| seq < snapshot.seq)
}

/// The newest snapshot at or before `head` that is whole.
pub(super) fn load(
    table: &dyn Table,
    workspace: WorkspaceId,
    head: Seq,
) -> Result<Option<Snapshot>, JournalError> {
    let mut seq = head;
    loop {
        let (from, to) = (header_key(workspace, 0), header_key(workspace, seq));
        let Some((key, row)) = table.last(&from, &to)? else {
            return Ok(None);
        };
        let Some(found) = seq_of(&key) else {
            return Ok(None);
        };
        if let Some(snapshot) = whole(table, workspace, found, &row)? {
            return Ok(Some(snapshot));
        }
        let Some(before) = found.checked_sub(1) else {
            return Ok(None);
        };
        seq = before;
    }
}

fn whole(
    table: &dyn Table,
    workspace: WorkspaceId,
    seq: Seq,
    row: &[u8],
) -> Result<Option<Snapshot>, JournalError> {
    let (Some(length), Some(crc)) = (number_at(row, 0), number_at(row, 8)) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    let (from, to) = (
        part_key(workspace, seq, 0),
        part_key(workspace, seq, u32::MAX),
    );
    table.visit(&from, &to, &mut |_, part| {
        bytes.extend_from_slice(part);
        Ok(ControlFlow::Continue(()))
    })?;
    let is_whole = u64::try_from(bytes.len()) == Ok(u64::from_be_bytes(length))
        && checksum(workspace, seq, &bytes) == u32::from_be_bytes(crc);
    Ok(is_whole.then(|| Snapshot {
        seq,
        bytes: bytes.into(),
    }))
}

/// Removes snapshots: their headers first, so that none is ever torn and yet looks whole.
fn remove(
    table: &dyn Table,
    workspace: WorkspaceId,
    which: &dyn Fn(Seq) -> bool,
) -> Result<(), JournalError> {
    let headers = (header_key(workspace, 0), header_key(workspace, Seq::MAX));
    let parts = (
        part_key(workspace, 0, 0),
        part_key(workspace, Seq::MAX, u32::MAX),
    );
    for (from, to) in [headers, parts] {
        let mut keys = Vec::new();
        table.visit(&from, &to, &mut |key, _| {
            if seq_of(key).is_some_and(which) {
                keys.push(key.to_vec());
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for chunk in keys.chunks(BATCH_BYTES / ROW_BYTES_MAX) {
            let mut changes = Changes::default();
            for key in chunk {
                changes.remove(key.clone());
            }
            table.commit(&changes)?;
        }
    }
    Ok(())
}

fn checksum(workspace: WorkspaceId, seq: Seq, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&workspace.as_u128().to_be_bytes());
    hasher.update(&seq.to_be_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

fn header_key(workspace: WorkspaceId, seq: Seq) -> Vec<u8> {
    let id = workspace.as_u128().to_be_bytes();
    [&[TAG_HEADER], &id[..], &seq.to_be_bytes()].concat()
}

fn part_key(workspace: WorkspaceId, seq: Seq, part: u32) -> Vec<u8> {
    let id = workspace.as_u128().to_be_bytes();
    [
        &[TAG_PART],
        &id[..],
        &seq.to_be_bytes(),
        &part.to_be_bytes(),
    ]
    .concat()
}

fn seq_of(key: &[u8]) -> Option<Seq> {
    number_at(key, 17).map(Seq::from_be_bytes)
}
