//! `replay`: a help desk's log, sent through the HTTP interface as it happened, only faster.

mod driver;
mod log;
mod mapping;
mod observe;
mod outcome;
mod report;
mod state;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicUsize},
};

use clap::Args;
use driver::Replay;
use log::Log;
pub use log::LogError;
use mapping::Mapping;
pub use mapping::MappingError;
use outcome::{Outcome, owner_differences};
use report::Report;
pub use state::StateError;
use state::{Line, State};
use tokio::sync::Mutex;

use crate::{
    clock,
    dashboards::{Fleet, Options, WatchArgs},
    error::LoadError,
    numbers::count,
    office::{OfficeArgs, Verdict},
    output,
    people::{Office, Person},
};

/// Replay a help desk's log through HTTP and compare what comes out with what must
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests replay helpdesk.csv --map config/replay-helpdesk.toml \\\n    --url http://127.0.0.1:8080 --resume replay.state --expect expected.json\n\nKilled half-way, the same command goes on where it was."
)]
pub struct ReplayArgs {
    /// The log, as CSV with a heading
    log: PathBuf,
    /// Which columns of the log mean what
    #[arg(long, value_name = "FILE")]
    map: PathBuf,
    #[command(flatten)]
    office: OfficeArgs,
    /// How many tickets are replayed at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    clients: u16,
    /// Remember in this file how far the replay is, and go on from there
    #[arg(long, value_name = "STATE")]
    resume: Option<PathBuf>,
    /// Write the outcome with the owner of every ticket to this file
    #[arg(long, value_name = "OUT")]
    owners: Option<PathBuf>,
    /// Compare the outcome with this file, and exit with 1 where it differs
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    #[command(flatten)]
    watch: WatchArgs,
    /// Replay only the first tickets of the log
    #[arg(long, value_name = "N")]
    limit_tickets: Option<usize>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the replay.
pub async fn run(args: ReplayArgs) -> Result<Verdict, LoadError> {
    let office = args.office.office()?;
    let mapping = Mapping::read(&args.map)?;
    let log = Log::read(&args.log, &mapping)?;
    let log = match args.limit_tickets {
        Some(tickets) => log.limited(tickets),
        None => log,
    };
    // Read before the work, so that a wrong path costs nothing.
    let expected = args.expect.as_deref().map(Outcome::read).transpose()?;
    let report = replay(&args, &office, log, mapping.channel, expected).await?;
    if let Some(path) = &args.owners {
        report.outcome.write(path)?;
    }
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

async fn replay(
    args: &ReplayArgs,
    office: &Office,
    log: Log,
    channel: String,
    expected: Option<Outcome>,
) -> Result<Report, LoadError> {
    let fresh_run = format!("replay-{:016x}", clock::entropy());
    let mut state = match &args.resume {
        Some(path) => State::open(path, &log, fresh_run)?,
        None => State::in_memory(fresh_run),
    };
    let people = people(office, &log, &mut state).await?;
    let resumed = state.is_resumed();
    let run = state.achieved.run.clone();
    let before: usize = state
        .achieved
        .tickets
        .values()
        .map(|ticket| ticket.events)
        .sum();
    let bar = output::progress(count(log.events()), "replay");
    bar.set_position(count(before));
    let next = AtomicUsize::new(0);
    let state = Mutex::new(state);
    let replay = Arc::new(Replay {
        log,
        people,
        channel,
        run,
        state,
        bar,
        next,
    });

    let watching = Options::watching(&args.watch, clock::entropy());
    let fleet = Fleet::watching(office, &replay.people, watching).await?;
    let started = clock::now();
    let (measured, end) = driver::run(&replay, office, usize::from(args.clients)).await;
    let elapsed = started.elapsed();
    replay.bar.finish_and_clear();
    if end.is_err() && args.resume.is_some() {
        output::remark("the replay stopped half-way: the same command goes on from there")?;
    }
    end?;
    let seen = Fleet::seen(fleet).await?;

    let state = replay.state.lock().await;
    let mut client = office.client();
    let (admin, achieved) = (&office.admin, &state.achieved);
    let observed =
        observe::observe(&mut client, admin, &replay.log, &replay.people, achieved).await?;
    let differences = differences(&replay.log, &observed, expected.as_ref());
    let events = observed.outcome.events.saturating_sub(count(before));
    let run = replay.run.clone();
    let outcome = observed.outcome;
    Ok(Report {
        run,
        resumed,
        events,
        elapsed,
        measured,
        outcome,
        differences,
        seen,
    })
}

/// The log's people, set up in this part of the run or in an earlier one.
async fn people(office: &Office, log: &Log, state: &mut State) -> Result<Vec<Person>, LoadError> {
    let known = |name: &String| state.achieved.people.contains_key(name);
    let missing: Vec<String> = log
        .people
        .iter()
        .filter(|name| !known(name))
        .cloned()
        .collect();
    if !missing.is_empty() {
        for Person { name, user, token } in office.people(&missing).await? {
            state.record(Line::Person { name, user, token })?;
        }
    }
    Ok(log
        .people
        .iter()
        .filter_map(|name| state.achieved.people.get(name).cloned())
        .collect())
}

/// In what the server's outcome differs from the log's own and from the expected one.
fn differences(log: &Log, observed: &observe::Observed, expected: Option<&Outcome>) -> Vec<String> {
    let mut differences = observed.outcome.differences(&Outcome::of_log(log));
    differences.extend(observed.surprises.iter().cloned());
    if let Some(expected) = expected {
        let is_whole = expected.tickets == count(log.tickets.len());
        let beyond = if is_whole {
            observed.outcome.differences(expected)
        } else {
            // Of a part of the log only the owners can be compared.
            owner_differences(&observed.outcome.final_owner, &expected.owners_of(log))
        };
        for difference in beyond {
            if !differences.contains(&difference) {
                differences.push(difference);
            }
        }
    }
    differences
}
