//! `handoff`: the AI replies while agents take over, and the server dies in between; no reply may be
//! sent after a take over, and whoever asked must know what became of it.

mod log;
mod referee;
mod report;
mod work;

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use hyper::Method;
use report::Report;
use serde_json::json;
use tokio::time::sleep;
use work::{Plan, Work};

use crate::{
    client::Call,
    clock, conversations,
    dice::Dice,
    error::LoadError,
    numbers::count,
    office::Verdict,
    output,
    patient::what,
    people::{Office, change, numbered, read},
    process::{Ochre, Server, environment_variable},
    wire::TokenAnswer,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// How often the killer looks how far the work is.
const GLANCE: Duration = Duration::from_millis(5);

/// Let the AI reply while agents take over, kill the server in between, and look for what was sent
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests handoff --server target/release/ochre --conversations 1000 --kills 5 --seed 7"
)]
pub struct HandoffArgs {
    /// The `ochre` program, started with a data folder of its own, and checked at the end
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How many conversations there are
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    conversations: u32,
    /// How many replies the AI offers in each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    replies: u16,
    /// How many agents take each over
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    agents: u16,
    /// How often the server is killed with SIGKILL meanwhile
    #[arg(long, default_value_t = 5)]
    kills: u16,
    /// Over how many connections all this comes
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Makes the moments and the choices repeatable, as far as the machine allows
    #[arg(long)]
    seed: Option<u64>,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: HandoffArgs) -> Result<Verdict, LoadError> {
    let seed = args.seed.unwrap_or_else(clock::entropy);
    output::remark(&format!("seed {seed}"))?;
    let folder =
        tempfile::tempdir().map_err(|source| LoadError::file("a temporary folder", source))?;
    let ochre = Ochre::new(&args.server, folder.path(), args.server_env.clone());
    let admin = ochre.init().await?;
    let mut server = ochre.serve().await?;
    let office = Office {
        target: server.target.clone(),
        admin,
        patience: PATIENCE,
    };
    let plan = Arc::new(plan(&office, &args, seed).await?);
    let mut report = Report {
        seed,
        ..Report::default()
    };
    let work = Work::start(&office, &plan, usize::from(args.connections));
    kill_meanwhile(&ochre, &mut server, &work, &args, &mut report).await?;
    let done = work.end().await?;
    report.tally.merge(&done.tally);
    let log = log::read(&office).await?;
    report.judge(&log, &done.told);
    if let Err(error) = server.stop().await {
        report.violations.push(error.to_string());
    } else if let Err(error) = ochre.check().await {
        report.violations.push(error.to_string());
    }
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

/// A workspace with Autopilot on, agents, a token of the AI, and conversations that it handles.
async fn plan(office: &Office, args: &HandoffArgs, seed: u64) -> Result<Plan, LoadError> {
    let mut client = office.client();
    let switch = Call::change(Method::PUT, "/v1/autopilot", &office.admin)
        .json(&json!({"enabled": true}))
        .map_err(|source| LoadError::unanswered("PUT /v1/autopilot", source))?;
    client.succeed("autopilot", &switch).await?;
    let token = json!({"name": "AI", "kind": "service", "scopes": ["ai"]});
    let call = change("/v1/tokens", &office.admin, &token)?;
    let reply = client.succeed("token", &call).await?;
    let made: TokenAnswer = read(&call, &reply)?;
    let run = format!("handoff-{:016x}", clock::entropy());
    let agents = usize::from(args.agents);
    let number = usize::try_from(args.conversations).unwrap_or(usize::MAX);
    Ok(Plan {
        ai: made
            .token
            .ok_or_else(|| LoadError::Unfit(format!("{} hid its token", what(&call))))?,
        people: office.people(&numbered("Agent", agents)).await?,
        conversations: conversations::make(office, &run, number).await?,
        replies: args.replies,
        run,
        seed,
    })
}

/// Kills the server as often as told, each time at a random moment of its share of the work.
async fn kill_meanwhile(
    ochre: &Ochre,
    server: &mut Server,
    work: &Work,
    args: &HandoffArgs,
    report: &mut Report,
) -> Result<(), LoadError> {
    let share = work.steps() / (u64::from(args.kills) + 1);
    let mut dice = Dice::fork(report.seed, usize::MAX);
    for number in 1..=u64::from(args.kills) {
        let moment = share * (number - 1) + share / 4 + dice.below(share.max(1));
        while work.done() < moment && !work.is_over() {
            sleep(GLANCE).await;
        }
        server.kill_at_once().await?;
        let died = clock::now();
        let target = server.target.clone();
        *server = ochre.serve_again(&target).await?;
        report.slowest_restart = report.slowest_restart.max(died.elapsed());
        report.kills = count(usize::try_from(number).unwrap_or(usize::MAX));
    }
    Ok(())
}
