//! What the engine leaves undone on the disk: syncing folders, keeping space, probing, writing back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// The file that a probe writes; one left behind by a kill is removed by the next.
pub(super) const PROBE_FILE: &str = "probe.tmp";

/// An empty file that only its owner may read.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes a folder, its files and its folders durable.
pub(super) fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// Finds out whether the folder takes `bytes` more, all the way to the disk.
pub(super) fn probe(folder: &Path, bytes: u64) -> io::Result<()> {
    let path = folder.join(PROBE_FILE);
    let written = write_probe(&path, bytes);
    match fs::remove_file(&path) {
        Err(error) if written.is_ok() => Err(error),
        _ => written,
    }
}

fn write_probe(path: &Path, bytes: u64) -> io::Result<()> {
    // Not zeros, which some file systems do not store.
    let chunk = vec![0xA5; 64 * 1024];
    let mut file = create_file(path)?;
    let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
    while left > 0 {
        let now = chunk.get(..left).unwrap_or(&chunk);
        file.write_all(now)?;
        left -= now.len();
    }
    file.sync_data()
}

/// Space beyond the end of a file, taken before it is needed, so that a full disk is found out *before* the
/// engine is asked to write: it does not survive a failed write.
#[derive(Debug)]
pub(super) struct Reserve {
    step: u64,
    length: u64,
    reserved: u64,
}

impl Reserve {
    /// Takes `step` bytes at a time; 0 takes nothing.
    pub(super) fn new(step: u64) -> Self {
        Self {
            step,
            length: 0,
            reserved: 0,
        }
    }

    /// Sees to it that the file can grow by `bytes`.
    pub(super) fn ensure(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        if self.step == 0 {
            return Ok(());
        }
        let length = file.metadata()?.len();
        if length < self.length {
            // Cutting a file off gives back what was reserved beyond its end.
            self.reserved = 0;
        }
        self.length = length;
        let needed = length.saturating_add(bytes);
        if needed <= self.reserved {
            return Ok(());
        }
        let target = needed.saturating_add(self.step);
        let from = self.reserved.max(length);
        match fallocate(file, FallocateFlags::KEEP_SIZE, from, target - from) {
            Ok(()) => {
                self.reserved = target;
                Ok(())
            }
            // A file system without it: a full disk is then found out by the engine.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                self.step = 0;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Writes every byte of a file back in its place and syncs it.
///
/// After a failed write the kernel may call pages clean that never reached the disk; a later sync says
/// nothing of them. Only writing them again makes what can be read now durable.
pub(super) fn write_back(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut chunk = vec![0; 1024 * 1024];
    let mut offset = 0;
    loop {
        let read = file.read_at(&mut chunk, offset)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        file.write_all_at(bytes, offset)?;
        offset += u64::try_from(read).map_err(io::Error::other)?;
    }
    file.sync_all()
}
