//! The journal that the configuration names, and those of commands on a data folder.

use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, JournalEngine};
use crate::faults::FaultPlan;
use crate::journal::{Journal, JournalError, MemoryJournal, SledJournal, SledOptions};

/// Opens the journal that the configuration names, in the data folder; creates it if missing.
///
/// # Errors
/// When the folder is not ours, in use, damaged, or cannot be written.
pub fn open_journal(
    config: &Config,
    data: &Path,
    faults: &FaultPlan,
) -> Result<Arc<dyn Journal>, JournalError> {
    let journal: Arc<dyn Journal> = match config.journal.engine {
        JournalEngine::Memory => Arc::new(MemoryJournal::new()),
        JournalEngine::Sled => {
            let mut options = sled_options(config, data);
            options.fdatasync = !faults.skip_fdatasync;
            Arc::new(SledJournal::open(options)?)
        }
    };
    Ok(faults.wrap(journal))
}

/// Opens the journal of a data folder, for a command on the folder itself; creates it if missing.
///
/// # Errors
/// As [`open_journal`].
pub fn open_folder(config: &Config, data: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    Ok(Arc::new(SledJournal::open(sled_options(config, data))?))
}

/// The same for a folder that must be there already.
///
/// # Errors
/// As [`open_journal`], and when there is none.
pub fn open_existing_folder(
    config: &Config,
    data: &Path,
) -> Result<Arc<dyn Journal>, JournalError> {
    let options = sled_options(config, data);
    Ok(Arc::new(SledJournal::open_existing(options)?))
}

fn sled_options(config: &Config, data: &Path) -> SledOptions {
    SledOptions {
        cache_bytes: config.journal.cache_bytes,
        probe_bytes: config.journal.probe_bytes,
        ..SledOptions::new(data)
    }
}
