//! `ochre export`: the journal as JSON lines.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::args::ExportArgs;
use super::error::CliError;
use super::transfer::{Contents, FORMAT, Header, WrittenLine};
use super::{offline, output};
use crate::app::open_existing_folder;
use crate::domain::WorkspaceId;
use crate::journal::{Journal, Seq, codec};

/// How many records are read at a time.
const READ_RECORDS: usize = 1024;

/// Writes the whole journal to the file, or nothing.
pub(super) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let taken = || {
        CliError::Refused(format!(
            "{} exists; replace it with --force",
            args.file.display()
        ))
    };
    let to_file = args.file != Path::new("-");
    if to_file && !args.force && args.file.exists() {
        return Err(taken());
    }
    let config = offline::configuration()?;
    let journal = open_existing_folder(&config, &args.data)?;
    if !to_file {
        return export(&*journal, &mut BufWriter::new(io::stdout().lock()));
    }
    let file = args.file.display();
    let folder = match args.file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // It takes its name only when it is whole. Nobody else may read it: it holds hashes of secrets.
    let mut written =
        NamedTempFile::new_in(folder).map_err(CliError::io(format!("cannot write {file}")))?;
    export(&*journal, &mut BufWriter::new(written.as_file_mut()))?;
    written
        .as_file()
        .sync_all()
        .map_err(CliError::io(format!("cannot sync {file}")))?;
    let persisted = if args.force {
        written.persist(&args.file)
    } else {
        written.persist_noclobber(&args.file)
    };
    match persisted {
        Ok(_) => Ok(()),
        // Somebody else made it meanwhile.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(taken()),
        Err(error) => Err(CliError::io(format!("cannot write {file}"))(error.error)),
    }
}

fn export(journal: &dyn Journal, out: &mut impl Write) -> Result<(), CliError> {
    let failed = || CliError::io("cannot write the export");
    let mut contents = Vec::new();
    for workspace in journal.workspaces()? {
        let commits = journal.head(workspace)?;
        contents.push(Contents { workspace, commits });
    }
    let header = Header::new(FORMAT.to_owned(), contents);
    write_line(out, &header).map_err(failed())?;
    let total = header.workspaces.iter().map(|one| one.commits).sum();
    let progress = output::progress(total, "exporting");
    for Contents { workspace, commits } in &header.workspaces {
        let mut after: Seq = 0;
        while after < *commits {
            let read = write_some(journal, *workspace, after, out)?;
            after = after.saturating_add(read);
            progress.inc(read);
        }
    }
    progress.finish_and_clear();
    out.flush().map_err(failed())
}

/// Writes the commits after a position, and says how many.
fn write_some(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    after: Seq,
    out: &mut impl Write,
) -> Result<u64, CliError> {
    let damaged = |detail: String| CliError::Damaged { workspace, detail };
    let records = journal.read(workspace, after, READ_RECORDS)?;
    if records.is_empty() {
        return Err(damaged(format!("the log has nothing after {after}")));
    }
    for record in &records {
        let commit = codec::decode(record).map_err(|error| damaged(error.to_string()))?;
        let line = WrittenLine {
            workspace,
            commit: &commit,
        };
        write_line(out, &line).map_err(CliError::io("cannot write the export"))?;
    }
    Ok(u64::try_from(records.len()).unwrap_or(u64::MAX))
}

fn write_line(out: &mut impl Write, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
