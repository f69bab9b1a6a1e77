//! `bulk`: operations on ten thousand conversations, one after the other, while agents click; next to
//! the same clicks without them, in the same run.

mod operation;
mod report;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use operation::{Operations, operate};
use report::Report;

use crate::{
    clock, conversations,
    error::LoadError,
    office::Verdict,
    output,
    people::{Office, Person, numbered},
    process::{Ochre, environment_variable},
    steady::writers::{Schedule, Script, Written, dealt, write},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// The clicks begin a little later, all together.
const HEAD_START: Duration = Duration::from_millis(100);

/// Assign ten thousand conversations at a time while agents click, and compare their latency
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  target/release/load-tests bulk --server target/release/ochre --items 10000 --agents 50 --seconds 10 --rounds 2"
)]
pub struct BulkArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// Conversations of one operation
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    items: u32,
    /// How many agents click, each on conversations of their own
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    agents: u32,
    /// Clicks a second of all agents together
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..))]
    clicks_per_second: u32,
    /// How long each part of a round takes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often clicks alone and clicks beside operations take turns
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: BulkArgs) -> Result<Verdict, LoadError> {
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|source| LoadError::file("a temporary folder", source))?;
    let ochre = Ochre::new(&args.server, folder.path(), args.server_env.clone());
    let admin = ochre.init().await?;
    let server = ochre.serve().await?;
    let office = Office {
        target: server.target.clone(),
        admin,
        patience: PATIENCE,
    };
    let mut report = measure(&args, &office).await?;
    server.stop().await?;
    if let Err(error) = ochre.check().await {
        report.wrong.push(error.to_string());
    }
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

async fn measure(args: &BulkArgs, office: &Office) -> Result<Report, LoadError> {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let people = office
        .people(&numbered("Clicker", size(args.agents).max(2)))
        .await?;
    let own = conversations::make(office, "clicks", size(args.agents) * 4).await?;
    let items = conversations::make(office, "items", size(args.items)).await?;
    let mut report = Report::default();
    let mut operations = Operations::new(office, &people, items);
    for _ in 0..args.rounds {
        report.alone.take(&click(args, office, &people, &own).await);
        let until = clock::now() + HEAD_START + Duration::from_secs(args.seconds);
        let clicks = click(args, office, &people, &own);
        let (clicks, operated) = tokio::join!(clicks, operate(&mut operations, until));
        operated?;
        report.beside.take(&clicks);
    }
    operations.judge(&mut report).await?;
    Ok(report)
}

/// The agents' clicks: each takes conversations that are theirs, and gives them to a colleague in
/// turn, so every click is a change.
async fn click(args: &BulkArgs, office: &Office, people: &[Person], own: &[String]) -> Written {
    let start = clock::now() + HEAD_START;
    let schedule = Schedule {
        start,
        end: start + Duration::from_secs(args.seconds),
        per_second: args.clicks_per_second,
        connections: args.agents,
    };
    let pairs = people.iter().zip(people.iter().cycle().skip(1)).cycle();
    let dealt = dealt(own, args.agents);
    let scripts = dealt.iter().zip(pairs);
    let scripts = scripts
        .map(|(own, (one, other))| Script::new(&office.target, own, [&one.token, &other.token]));
    write(&office.target, scripts.collect(), schedule).await
}
