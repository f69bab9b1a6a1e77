//! `ochre check`: reads the whole store, verifies every invariant, and prints counts.
//!
//! It writes nothing: a check must be repeatable on the same bytes.

use std::collections::BTreeMap;
use std::fmt::Display;

use indicatif::ProgressBar;

use super::args::CheckArgs;
use super::error::CliError;
use super::{offline, output};
use crate::app::open_existing_folder;
use crate::domain::conversation::Status;
use crate::domain::invariants::LogChecker;
use crate::domain::{UserId, WorkspaceId};
use crate::journal::{Journal, JournalError, codec};
use crate::views::{Filter, Membership, WorkspaceFold};

/// How many records are read at a time.
const READ_RECORDS: usize = 4096;

/// Checks every workspace and stops at the first violation.
pub(super) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let config = offline::configuration()?;
    let journal = open_existing_folder(&config, &args.data)?;
    let workspaces = journal.workspaces()?;
    if workspaces.is_empty() {
        // The engine takes a damaged beginning for one that was never finished, and goes on empty.
        return Err(CliError::Refused(format!(
            "{} holds no workspace: if it ever did, its journal is damaged; \
             restore it from a backup or an export",
            args.data.display()
        )));
    }
    let mut total = 0_u64;
    for workspace in &workspaces {
        total = total.saturating_add(journal.head(*workspace)?);
    }
    let progress = output::progress(total, "checking");
    let mut checked = Vec::new();
    for workspace in &workspaces {
        checked.push((*workspace, check(&*journal, *workspace, &progress)?));
    }
    progress.finish_and_clear();
    output::line(format_args!("workspaces          {}", workspaces.len()))?;
    output::line(format_args!("commits             {total}"))?;
    for (workspace, fold) in &checked {
        print(*workspace, fold)?;
    }
    output::line("every invariant holds")
}

fn check(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    progress: &ProgressBar,
) -> Result<WorkspaceFold, CliError> {
    let damaged = |detail: String| CliError::Damaged { workspace, detail };
    let (checker, fold) = read(journal, workspace, progress)?;
    let head = journal.head(workspace)?;
    if fold.head != head {
        let read = fold.head;
        return Err(damaged(format!(
            "ONE_ORDER does not hold at position {read}: the log ends there and its head is {head}"
        )));
    }
    compare(&fold, &from_snapshot(journal, workspace)?)
        .and_then(|()| agrees(&fold, &checker))
        .and_then(|()| lists_are_complete(&fold))
        .map_err(|what| {
            damaged(format!(
                "VIEW_IS_FOLD does not hold at position {head}: {what}"
            ))
        })?;
    Ok(fold)
}

/// Reads a log from its beginning: every invariant that speaks of it, and its fold.
fn read(
    journal: &dyn Journal,
    workspace: WorkspaceId,
    progress: &ProgressBar,
) -> Result<(LogChecker, WorkspaceFold), CliError> {
    let damaged = |detail: String| CliError::Damaged { workspace, detail };
    let told = |error: JournalError| damaged(error.to_string());
    let mut checker = LogChecker::default();
    let mut fold = WorkspaceFold::default();
    loop {
        let records = journal
            .read(workspace, fold.head, READ_RECORDS)
            .map_err(told)?;
        if records.is_empty() {
            return Ok((checker, fold));
        }
        for record in &records {
            let commit = codec::decode(record).map_err(told)?;
            checker
                .check(&commit)
                .map_err(|violation| damaged(violation.to_string()))?;
            fold.apply(&commit, None)
                .map_err(|error| damaged(format!("position {}: {error}", record.seq)))?;
        }
        progress.inc(u64::try_from(records.len()).unwrap_or(0));
    }
}

/// The fold as the server would load it: the newest snapshot, which must be readable, and the tail.
fn from_snapshot(journal: &dyn Journal, workspace: WorkspaceId) -> Result<WorkspaceFold, CliError> {
    let damaged = |detail: String| CliError::Damaged { workspace, detail };
    if let Some(snapshot) = journal.load_snapshot(workspace)? {
        let seq = snapshot.seq;
        WorkspaceFold::from_snapshot(&snapshot).ok_or_else(|| {
            damaged(format!(
                "VIEW_IS_FOLD does not hold at position {seq}: the snapshot cannot be read"
            ))
        })?;
    }
    let loaded = WorkspaceFold::load(journal, workspace);
    loaded
        .map(|(fold, _seq)| fold)
        .map_err(|error| damaged(error.to_string()))
}

/// What differs between the fold of the log and the fold that continues a snapshot.
fn compare(fold: &WorkspaceFold, loaded: &WorkspaceFold) -> Result<(), String> {
    let same = |holds: bool, what: &str| {
        let differs = || format!("{what} of the snapshot and its tail differ from the log");
        if holds { Ok(()) } else { Err(differs()) }
    };
    same(
        (fold.head, fold.at, fold.numbers) == (loaded.head, loaded.at, loaded.numbers),
        "position, time or numbers",
    )?;
    same(fold.lineage == loaded.lineage, "the starts")?;
    same(fold.directory == loaded.directory, "the directory")?;
    same(fold.external_ids == loaded.external_ids, "the external ids")?;
    same(fold.customers == loaded.customers, "the customers")?;
    same(fold.routing == loaded.routing, "the turns and tallies")?;
    same(fold.rows.len() == loaded.rows.len(), "the conversations")?;
    for (id, row) in &fold.rows {
        same(loaded.rows.get(id) == Some(row), &id.to_string())?;
    }
    for (filter, viewer) in lists(fold) {
        let rows = fold.indexes.rows(filter, viewer);
        same(rows == loaded.indexes.rows(filter, viewer), filter.key())?;
    }
    Ok(())
}

/// The checker folds by itself; both must have come to the same.
fn agrees(fold: &WorkspaceFold, checker: &LogChecker) -> Result<(), String> {
    let conversations = checker.conversations();
    if conversations.len() != fold.rows.len() || *checker.directory() != fold.directory {
        return Err("the views and the checker count differently".to_owned());
    }
    let differs = conversations.iter().find(|(id, conversation)| {
        let row = fold.rows.get(id);
        row.is_none_or(|row| *row.conversation != **conversation)
    });
    differs.map_or(Ok(()), |(id, _)| {
        Err(format!("{id} differs from what the checker folded"))
    })
}

/// Every list has as many conversations as belong into it.
fn lists_are_complete(fold: &WorkspaceFold) -> Result<(), String> {
    let mut belong: BTreeMap<(Filter, Option<UserId>), usize> = BTreeMap::new();
    for row in fold.rows.values() {
        let membership = Membership::of(&row.conversation);
        let shared = [
            Filter::AiQueue,
            Filter::All,
            Filter::Unassigned,
            Filter::AiHandled,
            Filter::Closed,
        ];
        let shared = shared
            .into_iter()
            .filter(|one| membership.is_in(*one, None));
        let mine = membership.mine.map(|user| (Filter::Mine, Some(user)));
        let mentions = membership.mentions.iter();
        let lists = shared
            .map(|filter| (filter, None))
            .chain(mine)
            .chain(mentions.map(|user| (Filter::Mentions, Some(*user))));
        for list in lists {
            *belong.entry(list).or_default() += 1;
        }
    }
    for (filter, viewer) in lists(fold) {
        let listed = fold.indexes.rows(filter, viewer).len();
        let belong = belong.get(&(filter, viewer)).copied().unwrap_or(0);
        if listed != belong {
            return Err(format!(
                "{} lists {listed} conversations where {belong} belong",
                filter.key()
            ));
        }
    }
    Ok(())
}

/// Every list that there is: the shared ones, and each person's own.
fn lists(fold: &WorkspaceFold) -> Vec<(Filter, Option<UserId>)> {
    let users: Vec<UserId> = fold
        .directory
        .directory
        .users()
        .map(|user| user.id)
        .collect();
    let mut lists = Vec::new();
    for filter in Filter::ALL {
        match filter {
            Filter::Mine | Filter::Mentions => {
                lists.extend(users.iter().map(|user| (filter, Some(*user))));
            }
            Filter::AiQueue
            | Filter::All
            | Filter::Unassigned
            | Filter::AiHandled
            | Filter::Closed => lists.push((filter, None)),
        }
    }
    lists
}

fn print(workspace: WorkspaceId, fold: &WorkspaceFold) -> Result<(), CliError> {
    let directory = &fold.directory.directory;
    let status = |wanted: Status| {
        let rows = fold.rows.values();
        rows.filter(|row| row.conversation.status == wanted).count()
    };
    let list = |filter| fold.indexes.rows(filter, None).len();
    let assigned = fold
        .rows
        .values()
        .filter(|row| row.conversation.assignee.is_some())
        .count();
    output::line(format_args!("\n{}  {workspace}", directory.name()))?;
    let turns: u64 = fold.routing.last_turns().map(|(_, turn)| turn).sum();
    let counts: [(&str, &dyn Display); 15] = [
        ("commits", &fold.head),
        ("starts", &fold.lineage.len()),
        ("users", &directory.users().len()),
        ("tokens", &fold.directory.credentials.tokens().count()),
        ("teams", &directory.teams().len()),
        ("rules", &directory.rules().items.len()),
        ("turns", &turns),
        ("conversations", &fold.rows.len()),
        ("open", &status(Status::Open)),
        ("pending", &status(Status::Pending)),
        ("snoozed", &status(Status::Snoozed)),
        ("closed", &status(Status::Closed)),
        ("assigned", &assigned),
        ("open, unassigned", &list(Filter::Unassigned)),
        ("AI queue", &list(Filter::AiQueue)),
    ];
    for (what, count) in counts {
        output::line(format_args!("  {what:<18}{count}"))?;
    }
    Ok(())
}
