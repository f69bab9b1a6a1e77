//! `ochre import`: fills an empty data folder from JSON lines.
//!
//! The lines are read twice: once to check all of them, so that a bad file leaves no trace, and once to
//! write them, checked again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use super::args::ImportArgs;
use super::error::CliError;
use super::transfer::{Header, read_commit};
use super::{offline, output};
use crate::app::open_folder;
use crate::domain::invariants::LogChecker;
use crate::domain::{Commit, WorkspaceId};
use crate::journal::{Append, Appended, Journal, RECORD_BYTES_MAX, codec};
use crate::outbox::Consumer;

/// How many bytes of commits are appended at a time.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The longest line: a commit as long as the journal takes, and what stands around it.
const LINE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Checks the lines, then writes them.
pub(super) fn run(args: &ImportArgs) -> Result<(), CliError> {
    let config = offline::configuration()?;
    let mut file = spooled(&args.file)?;
    let bytes = file.metadata().map_or(0, |file| file.len());
    let progress = output::progress(bytes, "checking ");
    let checked = read(&file, |read, _workspace, _commit| {
        progress.set_position(read);
        Ok(())
    })?;
    progress.finish_and_clear();
    file.rewind()
        .map_err(CliError::io("cannot read it again"))?;

    let journal = open_folder(&config, &args.data)?;
    if !journal.workspaces()?.is_empty() {
        return Err(CliError::Refused(format!(
            "{} has workspaces already: an import needs an empty or new data folder",
            args.data.display()
        )));
    }
    let mut writer = Writer {
        journal: &*journal,
        waiting: BTreeMap::new(),
        bytes: 0,
        commits: 0,
    };
    let progress = output::progress(bytes, "importing");
    let written = read(&file, |read, workspace, commit| {
        progress.set_position(read);
        writer.add(workspace, commit)
    })
    .and_then(|_| writer.flush())
    .and_then(|()| writer.told_elsewhere(&checked));
    progress.finish_and_clear();
    written.map_err(|error| match writer.commits {
        0 => error,
        commits => CliError::Refused(format!(
            "{error}; {commits} commits were written: remove {} before trying again",
            args.data.display()
        )),
    })?;
    let (commits, workspaces) = (writer.commits, checked.len());
    output::line(format_args!(
        "imported {commits} commits of {workspaces} workspaces"
    ))
}

/// The file, or a copy of standard input: it is read twice.
fn spooled(file: &Path) -> Result<File, CliError> {
    if file == Path::new("-") {
        let copied = tempfile::tempfile().and_then(|mut copy| {
            io::copy(&mut io::stdin().lock(), &mut copy)?;
            copy.rewind()?;
            Ok(copy)
        });
        return copied.map_err(CliError::io("cannot keep a copy of standard input"));
    }
    File::open(file).map_err(CliError::io(format!("cannot read {}", file.display())))
}

/// Reads and checks every line and hands each commit to `take`, with how many bytes were read so far.
fn read(
    file: &File,
    mut take: impl FnMut(u64, WorkspaceId, &Commit) -> Result<(), CliError>,
) -> Result<BTreeMap<WorkspaceId, LogChecker>, CliError> {
    let mut lines = Lines {
        input: BufReader::new(file),
        number: 0,
        bytes: 0,
        text: String::new(),
    };
    let first = lines.next()?.unwrap_or_default();
    let header = Header::read(first).map_err(|reason| lines.refusal(&reason))?;
    let mut checkers: BTreeMap<WorkspaceId, LogChecker> = header
        .workspaces
        .iter()
        .map(|one| (one.workspace, LogChecker::default()))
        .collect();
    while let Some(line) = lines.next()? {
        let (workspace, commit) =
            read_commit(line, header.schema).map_err(|reason| lines.refusal(&reason))?;
        let checker = checkers.get_mut(&workspace);
        let checker = checker.ok_or_else(|| {
            lines.refusal(&format!(
                "the header does not name the workspace {workspace}"
            ))
        })?;
        checker
            .check(&commit)
            .map_err(|violation| lines.refusal(&violation.to_string()))?;
        take(lines.bytes, workspace, &commit)?;
    }
    for one in &header.workspaces {
        let head = checkers.get(&one.workspace).map_or(0, LogChecker::head);
        if head != one.commits {
            let (workspace, commits) = (one.workspace, one.commits);
            return Err(lines.refusal(&format!(
                "the file ends here, with {head} commits of {workspace} where the header promises {commits}"
            )));
        }
    }
    Ok(checkers)
}

/// The lines of a file, with their numbers.
struct Lines<'a> {
    input: BufReader<&'a File>,
    number: u64,
    bytes: u64,
    text: String,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<&str>, CliError> {
        self.text.clear();
        self.number = self.number.saturating_add(1);
        let read = self
            .input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_line(&mut self.text)
            .map_err(CliError::io(format!("cannot read line {}", self.number)))?;
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok((read > 0).then_some(self.text.trim_end_matches('\n')))
    }

    fn refusal(&self, reason: &str) -> CliError {
        CliError::Refused(format!("line {}: {reason}", self.number))
    }
}

/// Collects commits and appends many at a time.
struct Writer<'a> {
    journal: &'a dyn Journal,
    waiting: BTreeMap<WorkspaceId, Append>,
    bytes: usize,
    /// How many are durable.
    commits: usize,
}

impl Writer<'_> {
    fn add(&mut self, workspace: WorkspaceId, commit: &Commit) -> Result<(), CliError> {
        let record = codec::encode(commit)?;
        if self.bytes.saturating_add(record.len()) > BATCH_BYTES.max(RECORD_BYTES_MAX) {
            self.flush()?;
        }
        self.bytes = self.bytes.saturating_add(record.len());
        let append = self.waiting.entry(workspace).or_insert_with(|| Append {
            workspace,
            expected_head: commit.seq.saturating_sub(1),
            records: Vec::new(),
            side: Vec::new(),
        });
        append.records.push(record);
        Ok(())
    }

    /// What the log tells of was told outside where it comes from: nobody is told of it again.
    fn told_elsewhere(&self, logs: &BTreeMap<WorkspaceId, LogChecker>) -> Result<(), CliError> {
        for (workspace, checker) in logs {
            let head = checker.head();
            let cursors = Consumer::ALL.iter().map(|consumer| {
                let (key, value) = consumer.cursor_row(head);
                (key, Some(value))
            });
            let append = Append {
                workspace: *workspace,
                expected_head: head,
                records: Vec::new(),
                side: cursors.collect(),
            };
            self.journal.append(&[append])?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CliError> {
        self.bytes = 0;
        let batch: Vec<Append> = std::mem::take(&mut self.waiting).into_values().collect();
        let appended = self.journal.append(&batch)?;
        for (append, result) in batch.iter().zip(appended) {
            match result {
                Appended::Durable { .. } => self.commits += append.records.len(),
                Appended::Fenced { head } => {
                    return Err(CliError::Damaged {
                        workspace: append.workspace,
                        detail: format!("another writer was first: the log ends at {head}"),
                    });
                }
            }
        }
        Ok(())
    }
}
