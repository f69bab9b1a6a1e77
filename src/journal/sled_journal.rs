//! The table of the embedded journal, on sled. No other file names the engine.
//!
//! Three of its habits shape what is around it (ARCHITECTURE.md › Decisions): its flush is not durable on Linux,
//! so we sync its file; large tree pages go to files that are never synced, so rows are small; and after
//! a failed write it refuses every later one, so it is reopened in the process.

use std::fs::File;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::JournalError;
use super::disk::{Reserve, sync_folder, sync_tree};
use super::folder::unavailable;
use super::table::{Changes, Table, Visit};

/// How many times its size the engine writes of a change: as itself, in its page, and in pages that move.
const WRITTEN_TIMES: u64 = 4;

/// What a change may need beyond its own bytes: pages that happen to be rewritten by it.
const OVERHEAD_BYTES: u64 = 4 * 1024 * 1024;

/// How often, and how long each time, to wait for the threads of a handle that was just dropped.
const LOCK_ATTEMPTS: u32 = 40;
const LOCK_WAIT: Duration = Duration::from_millis(25);

/// How to open a [`SledJournal`](super::SledJournal).
#[derive(Debug, Clone)]
pub struct SledOptions {
    /// The data folder.
    pub folder: PathBuf,
    /// The most memory that the engine's cache of pages may take.
    pub cache_bytes: u64,
    /// How much must fit on the disk before a journal that failed is tried again.
    pub probe_bytes: u64,
    /// How much space is taken ahead of the file's end, so that a full disk is noticed before the engine
    /// fails on it. 0 takes none.
    pub reserve_bytes: u64,
    /// Whether the engine's file is synced by us. Only the power-cut test turns it off, to show
    /// that it would notice: without it an acknowledged append does not survive a power cut.
    pub fdatasync: bool,
}

impl SledOptions {
    /// The defaults for a data folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            cache_bytes: 64 * 1024 * 1024,
            probe_bytes: 16 * 1024 * 1024,
            reserve_bytes: 16 * 1024 * 1024,
            fdatasync: true,
        }
    }
}

/// sled's tree, with the file under it.
pub(super) struct SledTable {
    database: sled::Db,
    inside: PathBuf,
    file: File,
    fdatasync: bool,
    reserve: Mutex<Reserve>,
    /// Whether every write so far went well. Held while syncing: the kernel tells of a lost page only
    /// once, and two threads that sync must both hear of it.
    sound: Mutex<bool>,
    /// How many syncs of the file are to fail, though the engine wrote.
    #[cfg(test)]
    failing_syncs: Mutex<u32>,
}

impl SledTable {
    /// Opens or creates the files in `inside`, and makes durable what is there.
    pub(super) fn open(inside: &Path, options: &SledOptions) -> Result<Self, JournalError> {
        let database = open_database(inside, options)?;
        let path = inside.join("db");
        let file = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| unavailable(&path, "open", &error))?;
        let table = Self {
            database,
            inside: inside.to_owned(),
            file,
            fdatasync: options.fdatasync,
            reserve: Mutex::new(Reserve::new(options.reserve_bytes)),
            sound: Mutex::new(true),
            #[cfg(test)]
            failing_syncs: Mutex::new(0),
        };
        table.guarded(|| table.database.flush())?;
        if options.fdatasync {
            sync_tree(inside)
                .and_then(|()| sync_folder(&options.folder))
                .map_err(|error| unavailable(inside, "sync", &error))?;
        }
        Ok(table)
    }

    /// Whether it still takes writes.
    pub(super) fn is_sound(&self) -> bool {
        *self.sound.lock()
    }

    /// Takes the space that a change of so many bytes may need.
    pub(super) fn make_room(&self, bytes: usize) -> Result<(), JournalError> {
        let needed = u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_mul(WRITTEN_TIMES)
            .saturating_add(OVERHEAD_BYTES);
        self.reserve
            .lock()
            .ensure(&self.file, needed)
            .map_err(|error| unavailable(&self.inside, "take space in", &error))
    }

    /// Drops it, whatever state it is in.
    pub(super) fn close(self) {
        // Nothing acknowledged is left to be written, and a panic in here has nobody to tell.
        drop(catch_unwind(AssertUnwindSafe(|| drop(self))));
    }

    fn write(&self, changes: &Changes) -> Result<(), JournalError> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes.rows() {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        self.guarded(|| {
            self.database.apply_batch(batch)?;
            // A page that grew too long is divided by the next call that comes by, which must not be a
            // read after a failure, when nothing can be written any more.
            for (key, _) in changes.rows() {
                self.database.contains_key(key)?;
            }
            Ok(())
        })
    }

    #[cfg(test)]
    pub(super) fn fail_next_sync(&self) {
        *self.failing_syncs.lock() += 1;
    }

    #[cfg(test)]
    fn planned_failure(&self) -> Result<(), JournalError> {
        let mut left = self.failing_syncs.lock();
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        let error = std::io::Error::other("planned");
        Err(unavailable(&self.inside, "sync", &error))
    }

    fn sync(&self) -> Result<(), JournalError> {
        self.guarded(|| self.database.flush())?;
        #[cfg(test)]
        self.planned_failure()?;
        if self.fdatasync {
            self.file
                .sync_data()
                .map_err(|error| unavailable(&self.inside, "sync", &error))?;
        }
        Ok(())
    }

    fn guarded<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, JournalError> {
        guarded(&self.inside, call)
    }
}

impl Table for SledTable {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, JournalError> {
        let value = self.guarded(|| self.database.get(key))?;
        Ok(value.map(|value| Bytes::copy_from_slice(&value)))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Bytes)>, JournalError> {
        let row = self.guarded(|| self.database.range(from..=to).next_back().transpose())?;
        Ok(row.map(|(key, value)| (key.to_vec(), Bytes::copy_from_slice(&value))))
    }

    fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), JournalError> {
        let bounds = (Bound::Included(from), Bound::Included(to));
        let mut rows = self.database.range::<&[u8], _>(bounds);
        while let Some((key, value)) = self.guarded(|| rows.next().transpose())? {
            if visitor(&key, &value)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn commit(&self, changes: &Changes) -> Result<(), JournalError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.make_room(changes.bytes())?;
        let written = self.write(changes);
        let mut sound = self.sound.lock();
        if !*sound {
            let reason = "an earlier write failed".to_owned();
            return Err(JournalError::Unavailable { reason });
        }
        let synced = written.and_then(|()| self.sync());
        *sound = synced.is_ok();
        synced
    }
}

fn open_database(inside: &Path, options: &SledOptions) -> Result<sled::Db, JournalError> {
    let config = sled::Config::new()
        .path(inside)
        .cache_capacity(options.cache_bytes)
        // Each append flushes, so the background thread would only add writes of its own choosing, and
        // hold the file's lock after a handle was dropped.
        .flush_every_ms(None);
    for _ in 1..LOCK_ATTEMPTS {
        match guarded(inside, || config.open()) {
            Err(JournalError::Locked { .. }) => thread::park_timeout(LOCK_WAIT),
            opened => return opened,
        }
    }
    guarded(inside, || config.open()).map_err(|error| match error {
        JournalError::Locked { .. } => JournalError::Locked {
            folder: options.folder.display().to_string(),
        },
        other => other,
    })
}

/// Calls the engine, whose errors become ours and whose panics become errors.
fn guarded<T>(place: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T, JournalError> {
    let damaged = |what: String| JournalError::Damaged {
        reason: format!(
            "{what} ({}); restore the data folder from a backup",
            place.display()
        ),
    };
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) => {
            if error.to_string().contains("could not acquire lock") {
                let folder = place.display().to_string();
                return Err(JournalError::Locked { folder });
            }
            Err(unavailable(place, "use", &error))
        }
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("for no stated reason");
            Err(damaged(format!("the engine gave up: {text}")))
        }
    }
}
