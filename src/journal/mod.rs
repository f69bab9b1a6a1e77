//! The journal: what is on stable storage, and in which order.
//!
//! The trait speaks of opaque records so that a backend knows nothing of conversations;
//! `codec` turns commits into records and back.

mod acknowledged;
mod around;
pub mod codec;
mod disk;
mod embedded;
mod faulty;
mod folder;
mod heads;
mod log_rows;
mod memory;
mod read_at;
mod side_rows;
mod sled_journal;
mod snapshot_rows;
mod table;

#[cfg(test)]
pub(crate) mod conformance;
#[cfg(test)]
mod embedded_tests;
#[cfg(test)]
mod model_tests;

use std::fmt;

use bytes::Bytes;

use crate::domain::WorkspaceId;

pub use around::Around;
pub use embedded::SledJournal;
pub use faulty::{Faults, FaultyJournal};
pub use memory::MemoryJournal;
pub use read_at::{commits_after, commits_at};
pub use sled_journal::SledOptions;

/// The number of a commit in its workspace's log: 1, 2, 3 … without a gap. 0 is "before the first".
pub type Seq = u64;

/// A key of the store's side table, kept in the same atomic append as the log.
///
/// Answers remembered for an `Idempotency-Key` live there. Keys sort by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SideKey(pub Bytes);

/// What one append adds to one workspace's log and side table: all of it, or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose log.
    pub workspace: WorkspaceId,
    /// The position after which the records go; the fence against a second writer.
    pub expected_head: Seq,
    /// The commits in their order, encoded. They take the positions `expected_head + 1 …`. May be
    /// empty when only the side table changes.
    pub records: Vec<Bytes>,
    /// Rows of the side table to write (`Some`) or to remove (`None`).
    pub side: Vec<(SideKey, Option<Bytes>)>,
}

/// What became of one workspace's part of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is on stable storage; the log now ends at `head`.
    Durable {
        /// The position of the last record.
        head: Seq,
    },
    /// Nothing was written for this workspace: its log ends at `head`, not where the writer thought.
    Fenced {
        /// Where the log really ends.
        head: Seq,
    },
}

/// One record read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its position.
    pub seq: Seq,
    /// What was appended.
    pub bytes: Bytes,
}

/// A folded state of a workspace as of a position, so that start-up need not read the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last position folded in.
    pub seq: Seq,
    /// The state, in a format that the journal does not know.
    pub bytes: Bytes,
}

/// Why the journal could not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store cannot be written or read: full disk, I/O error. It may heal, see [`Journal::recover`].
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What the system said.
        reason: String,
    },
    /// What was read is not what was written.
    #[error("the store is damaged: {reason}")]
    Damaged {
        /// What does not fit, and where.
        reason: String,
    },
    /// Another process has the data folder open.
    #[error("the data folder {folder} is in use by another process: stop it first")]
    Locked {
        /// The folder.
        folder: String,
    },
    /// The folder holds something that this program did not write, or a version it cannot read.
    #[error("{folder} is not a data folder of ochre: {reason}")]
    Foreign {
        /// The folder.
        folder: String,
        /// What was found instead.
        reason: String,
    },
    /// A record, or a key or value of a side row, is larger than the journal permits.
    #[error("a {what} of {bytes} bytes is over the limit of {limit} bytes")]
    TooLarge {
        /// What it is: a record, a side key or a side value.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The largest permitted.
        limit: usize,
    },
}

/// The largest record, and the largest value of a side row, that a backend must accept, in bytes.
///
/// The configuration permits no limits under which a change could be larger.
pub const RECORD_BYTES_MAX: usize = crate::config::RECORD_BYTES_MAX;

/// The longest key of a side row that a backend must accept, in bytes.
///
/// Keys are copied into the inner nodes of a backend's tree, so they cannot be long.
pub const SIDE_KEY_BYTES_MAX: usize = 320;

/// Where commits become durable. One instance has the store to itself.
///
/// # Contract
///
/// 1. What `append` returned as [`Appended::Durable`] is on stable storage: it survives a kill, a
///    crash and a power cut.
/// 2. An append is atomic for each workspace: after a crash its records and its side rows are all
///    there or none of them is. Several workspaces in one batch get a result each, in the order
///    of the batch, since one may be fenced while the others succeed. A workspace occurs at most
///    once in a batch.
/// 3. Positions are dense: a log's records are 1, 2, 3 … `head`.
/// 4. An `expected_head` that is not the head is [`Appended::Fenced`] with the real one, and writes
///    nothing for that workspace.
/// 5. After an `Err` from `append` the outcome on disk is unknown, and every later `append`
///    answers `Err` until `recover` succeeds. Meanwhile `read`, `head`, `side` and `side_range` go on
///    showing only what a returned `append` or `open` made durable.
/// 6. `recover` makes a broken store usable again inside the process, or says why it still is
///    not. It takes the last acknowledged heads and removes whatever lies beyond them, log and
///    side table both, before it returns `Ok`. On a healthy store it does nothing.
/// 7. `open` (each backend has its own) syncs before it returns, since what a killed process left
///    in the page cache is not yet on disk.
/// 8. Snapshots are best effort beside the log: the newest complete one is returned, one torn by a crash
///    never is, and losing all of them loses nothing. A snapshot may be saved while another
///    thread appends.
///
/// `append` and `recover` are called from one thread, the rest from any. All of them block: they
/// belong on threads that may.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Appends the batch and returns once it is durable, with a result for each entry.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] writes nothing and leaves the journal healthy; any other error
    /// breaks it until [`Journal::recover`] succeeds.
    fn append(&self, batch: &[Append]) -> Result<Vec<Appended>, JournalError>;

    /// Up to `limit` records after position `after`, in order; empty at the end of the log.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    fn read(
        &self,
        workspace: WorkspaceId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError>;

    /// The position of the last durable record, 0 for an empty or unknown log.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn head(&self, workspace: WorkspaceId) -> Result<Seq, JournalError>;

    /// Every workspace that has at least one record, in the order of their ids.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn workspaces(&self) -> Result<Vec<WorkspaceId>, JournalError>;

    /// One row of a workspace's side table.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn side(&self, workspace: WorkspaceId, key: &SideKey) -> Result<Option<Bytes>, JournalError>;

    /// Up to `limit` rows of a workspace's side table with `from ≤ key < to`, in the order of their keys.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn side_range(
        &self,
        workspace: WorkspaceId,
        from: &SideKey,
        to: &SideKey,
        limit: usize,
    ) -> Result<Vec<(SideKey, Bytes)>, JournalError>;

    /// Keeps a snapshot; an older one may be dropped once this one is durable.
    ///
    /// # Errors
    /// When it could not be made durable; the log is not affected.
    fn save_snapshot(
        &self,
        workspace: WorkspaceId,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError>;

    /// The newest snapshot that is whole, if there is one at or before the head.
    ///
    /// # Errors
    /// When the store cannot be read. A damaged snapshot is not an error: it is passed over.
    fn load_snapshot(&self, workspace: WorkspaceId) -> Result<Option<Snapshot>, JournalError>;

    /// Makes a broken store usable again, see the contract.
    ///
    /// # Errors
    /// When it still cannot be used, with the reason.
    fn recover(&self) -> Result<(), JournalError>;
}

/// Refuses a batch with anything in it that is over a limit; every backend asks this first.
pub(crate) fn check_sizes(batch: &[Append]) -> Result<(), JournalError> {
    let within = |what: &'static str, bytes: usize, limit: usize| {
        if bytes > limit {
            return Err(JournalError::TooLarge { what, bytes, limit });
        }
        Ok(())
    };
    for append in batch {
        for record in &append.records {
            within("record", record.len(), RECORD_BYTES_MAX)?;
        }
        for (key, value) in &append.side {
            within("side key", key.0.len(), SIDE_KEY_BYTES_MAX)?;
            if let Some(value) = value {
                within("side value", value.len(), RECORD_BYTES_MAX)?;
            }
        }
    }
    Ok(())
}
