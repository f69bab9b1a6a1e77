//! The data folder: its marker, and whether it is ours to use.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::JournalError;
use super::disk::{create_file, sync_folder};

const MARKER_FILE: &str = "ochre-data.json";
/// What the marker is called until the engine's files are there.
const MARKER_FILE_NEW: &str = "ochre-data.json.new";
const INSIDE: &str = "journal";
const FORMAT: &str = "ochre-data";
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: String,
    version: u32,
}

/// A data folder that may be used.
#[derive(Debug)]
pub(super) struct DataFolder {
    /// The folder of the engine.
    pub(super) inside: PathBuf,
    folder: PathBuf,
    is_new: bool,
}

impl DataFolder {
    /// The folder is a data folder, or it is missing or empty and is made one.
    pub(super) fn create_or_check(folder: &Path) -> Result<Self, JournalError> {
        match fs::symlink_metadata(folder) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create_for_owner(folder).map_err(|error| unavailable(folder, "create", &error))?;
                sync_parent(folder).map_err(|error| unavailable(folder, "sync", &error))?;
            }
            Err(error) => return Err(unavailable(folder, "look at", &error)),
        }
        if !is_unmarked(folder)? {
            return Self::check(folder);
        }
        write_new_marker(folder).map_err(|error| unavailable(folder, "mark", &error))?;
        Ok(Self::new(folder, true))
    }

    /// The folder is a data folder.
    pub(super) fn check(folder: &Path) -> Result<Self, JournalError> {
        check_marker(folder)?;
        let found = Self::new(folder, false);
        if !found.inside.join("db").exists() {
            return Err(JournalError::Damaged {
                reason: format!(
                    "{} has no file db; restore the data folder from a backup",
                    found.inside.display()
                ),
            });
        }
        Ok(found)
    }

    /// Once the engine's files are durable: from now on they may not be missing.
    pub(super) fn finish(&self) -> Result<(), JournalError> {
        let (new, marker) = (MARKER_FILE_NEW, MARKER_FILE);
        if !self.is_new {
            return Ok(());
        }
        fs::rename(self.folder.join(new), self.folder.join(marker))
            .and_then(|()| sync_folder(&self.folder))
            .map_err(|error| unavailable(&self.folder, "mark", &error))
    }

    fn new(folder: &Path, is_new: bool) -> Self {
        Self {
            inside: folder.join(INSIDE),
            folder: folder.to_owned(),
            is_new,
        }
    }
}

fn check_marker(folder: &Path) -> Result<(), JournalError> {
    let foreign = |reason: String| JournalError::Foreign {
        folder: folder.display().to_string(),
        reason,
    };
    let text = match fs::read(folder.join(MARKER_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !folder.exists() => {
            let reason =
                "there is no such folder; check the path, or start the service once to create it";
            return Err(foreign(reason.to_owned()));
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let reason = format!(
                "it has no {MARKER_FILE}; choose an empty or missing folder, or the right one"
            );
            return Err(foreign(reason));
        }
        Err(error) => return Err(unavailable(folder, "read the marker of", &error)),
    };
    let marker: Marker = serde_json::from_slice(&text).map_err(|error| {
        foreign(format!(
            "its {MARKER_FILE} cannot be read ({error}); restore that file from a backup"
        ))
    })?;
    if marker.format != FORMAT {
        let found = marker.format;
        return Err(foreign(format!(
            "its {MARKER_FILE} names the format {found:?}, not {FORMAT:?}; choose another folder"
        )));
    }
    if marker.version != VERSION {
        let found = marker.version;
        return Err(foreign(format!(
            "it is of format version {found} and this program reads version {VERSION}; \
             use the program version that wrote it, or a newer one"
        )));
    }
    Ok(())
}

/// An error of the system, with the folder and what was tried.
pub(super) fn unavailable(folder: &Path, what: &str, error: &io::Error) -> JournalError {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space",
        ErrorKind::PermissionDenied => "; give this user the right to write there",
        _ => "",
    };
    JournalError::Unavailable {
        reason: format!("cannot {what} {}: {error}{hint}", folder.display()),
    }
}

/// Whether the folder is empty, or holds only what a kill left while we began.
fn is_unmarked(folder: &Path) -> Result<bool, JournalError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(false),
        Err(error) => return Err(unavailable(folder, "list", &error)),
    };
    let has_begun = folder.join(MARKER_FILE_NEW).exists();
    for entry in entries {
        let name = entry
            .map_err(|error| unavailable(folder, "list", &error))?
            .file_name();
        // A new disk has a folder of its own.
        let is_ours = name == MARKER_FILE_NEW || has_begun && name == INSIDE;
        if !is_ours && name != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_new_marker(folder: &Path) -> io::Result<()> {
    let marker = Marker {
        format: FORMAT.to_owned(),
        version: VERSION,
    };
    let mut file = create_file(&folder.join(MARKER_FILE_NEW))?;
    serde_json::to_writer(&mut file, &marker)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    sync_folder(folder)
}

/// Nobody else may look into it: it holds hashes of secrets, and what customers wrote.
fn create_for_owner(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn sync_parent(folder: &Path) -> io::Result<()> {
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => sync_folder(Path::new(".")),
    }
}
