//! How a workspace's log lies in rows: pages of framed records, large records split over parts.
//!
//! Key: `L`, workspace (16), position of the page's first record (8), part (2), all big-endian. The
//! parts of a page, put together, are frames of length (4), CRC-32 (4) and record. Many small records
//! share a page of one part; a record too large for a part has a page to itself. An append begins
//! a page of its own, so a page never reaches across the end of an acknowledged append.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::table::{Changes, ROW_BYTES_MAX, Table, first_key, number_at};
use super::{JournalError, Record, Seq};
use crate::domain::WorkspaceId;

const TAG: u8 = b'L';
const KEY_BYTES: usize = 1 + 16 + 8 + 2;
const PART_BYTES_MAX: usize = ROW_BYTES_MAX - KEY_BYTES;
const FRAME_BYTES: usize = 4 + 4;

/// Adds the rows of an append's records to `changes`; they take the positions `first …`.
pub(super) fn write(
    workspace: WorkspaceId,
    first: Seq,
    records: &[Bytes],
    changes: &mut Changes,
) -> Result<(), JournalError> {
    let mut page = Vec::new();
    let mut page_first = first;
    for (seq, record) in (first..).zip(records) {
        if !page.is_empty() && page.len() + FRAME_BYTES + record.len() > PART_BYTES_MAX {
            write_page(workspace, page_first, &page, changes)?;
            page.clear();
            page_first = seq;
        }
        let length = u32::try_from(record.len()).map_err(|error| damaged(workspace, seq, error))?;
        page.extend_from_slice(&length.to_be_bytes());
        page.extend_from_slice(&checksum(workspace, seq, record).to_be_bytes());
        page.extend_from_slice(record);
    }
    if page.is_empty() {
        return Ok(());
    }
    write_page(workspace, page_first, &page, changes)
}

/// Up to `limit` records after `after`, none beyond `head`.
pub(super) fn read(
    table: &dyn Table,
    workspace: WorkspaceId,
    (after, head): (Seq, Seq),
    limit: usize,
) -> Result<Vec<Record>, JournalError> {
    let mut records = Vec::new();
    if after >= head || limit == 0 {
        return Ok(records);
    }
    let wanted = after + 1;
    let page = page_of(table, workspace, wanted)?
        .ok_or_else(|| damaged(workspace, wanted, "the record is missing"))?;
    let mut reader = Reader {
        workspace,
        next: page,
        wanted,
        head,
        limit,
        records: &mut records,
    };
    let (mut open, mut bytes) = (page, Vec::new());
    let (from, to) = (key(workspace, page, 0), key(workspace, head, u16::MAX));
    table.visit(&from, &to, &mut |row_key, value| {
        let first = first_of(row_key).ok_or_else(|| damaged(workspace, open, "a torn key"))?;
        if first != open {
            reader.page(open, std::mem::take(&mut bytes))?;
            if reader.is_done() {
                return Ok(ControlFlow::Break(()));
            }
            open = first;
        }
        bytes.extend_from_slice(value);
        Ok(ControlFlow::Continue(()))
    })?;
    if !reader.is_done() {
        reader.page(open, bytes)?;
    }
    if !reader.is_done() {
        let next = reader.next;
        return Err(damaged(workspace, next, "the record is missing"));
    }
    Ok(records)
}

/// The position of the last record, checked to follow on the page before it; 0 for no log.
pub(super) fn head(table: &dyn Table, workspace: WorkspaceId) -> Result<Seq, JournalError> {
    let Some(last) = page_of(table, workspace, Seq::MAX)? else {
        return Ok(0);
    };
    let head = page_end(table, workspace, last)?;
    let before = match last.checked_sub(1) {
        None => return Err(damaged(workspace, 0, "a page at position 0")),
        Some(0) => 0,
        Some(previous) => match page_of(table, workspace, previous)? {
            None => 0,
            Some(page) => page_end(table, workspace, page)?,
        },
    };
    if before + 1 != last {
        let gap = format!("the log goes on at {last} after {before}");
        return Err(damaged(workspace, last, gap));
    }
    Ok(head)
}

/// Every workspace with a row of a log, in their order.
pub(super) fn workspaces(table: &dyn Table) -> Result<Vec<WorkspaceId>, JournalError> {
    let mut found = Vec::new();
    let mut from = vec![TAG];
    while let Some(first) = first_key(table, &from, &[TAG + 1])? {
        if first.first() != Some(&TAG) {
            break;
        }
        let workspace = number_at(&first, 1)
            .map(|bytes| WorkspaceId::from_u128(u128::from_be_bytes(bytes)))
            .ok_or_else(|| JournalError::Damaged {
                reason: "a key of the log is torn; restore the data folder from a backup"
                    .to_owned(),
            })?;
        found.push(workspace);
        from = key(workspace, Seq::MAX, u16::MAX);
        from.push(0);
    }
    Ok(found)
}

/// Adds the removal of every row beyond `head` to `changes`.
pub(super) fn trim(
    table: &dyn Table,
    workspace: WorkspaceId,
    head: Seq,
    changes: &mut Changes,
) -> Result<(), JournalError> {
    let from = key(workspace, head.saturating_add(1), 0);
    let to = key(workspace, Seq::MAX, u16::MAX);
    table.visit(&from, &to, &mut |row_key, _| {
        changes.remove(row_key.to_vec());
        Ok(ControlFlow::Continue(()))
    })
}

/// Takes whole pages in their order and keeps the wanted records.
struct Reader<'a> {
    workspace: WorkspaceId,
    next: Seq,
    wanted: Seq,
    head: Seq,
    limit: usize,
    records: &'a mut Vec<Record>,
}

impl Reader<'_> {
    fn is_done(&self) -> bool {
        self.next > self.head || self.records.len() >= self.limit
    }

    fn page(&mut self, first: Seq, bytes: Vec<u8>) -> Result<(), JournalError> {
        if first != self.next {
            let gap = format!("the log goes on at {first} instead");
            return Err(damaged(self.workspace, self.next, gap));
        }
        let page = Bytes::from(bytes);
        let mut offset = 0;
        while offset < page.len() && !self.is_done() {
            let (crc, record) = frame(&page, offset)
                .ok_or_else(|| damaged(self.workspace, self.next, "the record is cut off"))?;
            offset += FRAME_BYTES + record.len();
            if self.next >= self.wanted {
                if checksum(self.workspace, self.next, &record) != crc {
                    let reason = "the checksum does not fit the record";
                    return Err(damaged(self.workspace, self.next, reason));
                }
                self.records.push(Record {
                    seq: self.next,
                    bytes: record,
                });
            }
            self.next += 1;
        }
        Ok(())
    }
}

fn write_page(
    workspace: WorkspaceId,
    first: Seq,
    page: &[u8],
    changes: &mut Changes,
) -> Result<(), JournalError> {
    for (part, chunk) in page.chunks(PART_BYTES_MAX).enumerate() {
        let part = u16::try_from(part).map_err(|error| damaged(workspace, first, error))?;
        changes.put(key(workspace, first, part), chunk.to_vec());
    }
    Ok(())
}

/// The first position of the page that holds, or would hold, `seq`.
fn page_of(
    table: &dyn Table,
    workspace: WorkspaceId,
    seq: Seq,
) -> Result<Option<Seq>, JournalError> {
    let (from, to) = (key(workspace, 0, 0), key(workspace, seq, u16::MAX));
    let Some((row_key, _)) = table.last(&from, &to)? else {
        return Ok(None);
    };
    first_of(&row_key)
        .map(Some)
        .ok_or_else(|| damaged(workspace, seq, "a torn key"))
}

/// The position of the last record of a page, all of whose records are checked.
fn page_end(table: &dyn Table, workspace: WorkspaceId, first: Seq) -> Result<Seq, JournalError> {
    let mut bytes = Vec::new();
    let (from, to) = (key(workspace, first, 0), key(workspace, first, u16::MAX));
    table.visit(&from, &to, &mut |_, value| {
        bytes.extend_from_slice(value);
        Ok(ControlFlow::Continue(()))
    })?;
    let mut records = Vec::new();
    let mut reader = Reader {
        workspace,
        next: first,
        wanted: first,
        head: Seq::MAX,
        limit: usize::MAX,
        records: &mut records,
    };
    reader.page(first, bytes)?;
    records
        .last()
        .map(|record| record.seq)
        .ok_or_else(|| damaged(workspace, first, "an empty page"))
}

fn frame(page: &Bytes, offset: usize) -> Option<(u32, Bytes)> {
    let length = usize::try_from(u32::from_be_bytes(number_at(page, offset)?)).ok()?;
    let crc = u32::from_be_bytes(number_at(page, offset + 4)?);
    let start = offset + FRAME_BYTES;
    let end = start.checked_add(length)?;
    (end <= page.len()).then(|| (crc, page.slice(start..end)))
}

/// Over the place as well as the record, so that a record in the wrong place is found out.
fn checksum(workspace: WorkspaceId, seq: Seq, record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&workspace.as_u128().to_be_bytes());
    hasher.update(&seq.to_be_bytes());
    hasher.update(record);
    hasher.finalize()
}

fn key(workspace: WorkspaceId, first: Seq, part: u16) -> Vec<u8> {
    let mut key = Vec::with_capacity(KEY_BYTES + 1);
    key.push(TAG);
    key.extend_from_slice(&workspace.as_u128().to_be_bytes());
    key.extend_from_slice(&first.to_be_bytes());
    key.extend_from_slice(&part.to_be_bytes());
    key
}

fn first_of(key: &[u8]) -> Option<Seq> {
    number_at(key, 17).map(Seq::from_be_bytes)
}

fn damaged(workspace: WorkspaceId, seq: Seq, what: impl std::fmt::Display) -> JournalError {
    JournalError::Damaged {
        reason: format!(
            "the log of {workspace} at position {seq}: {what}; restore the data folder from a backup"
        ),
    }
}
