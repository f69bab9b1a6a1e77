//! `load-tests`: reads the command line and runs one workload.
//!
//! Exit status 0 when what was found is as it must be, 1 when it is not or the workload could not
//! be carried out, 2 for wrong usage.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use load_tests::{
    broadcast::{self, BareArgs, BroadcastArgs},
    bulk::{self, BulkArgs},
    ceiling::{self, CeilingArgs, NoopArgs},
    contend::{self, ContendArgs},
    dashboards::{self, DashboardsArgs},
    error::LoadError,
    handoff::{self, HandoffArgs},
    idle::{self, IdleArgs},
    kills::{self, KillsArgs},
    office::Verdict,
    output,
    replay::{self, ReplayArgs},
    rounds::{self, RoundsArgs},
    steady::{self, SteadyArgs},
};

/// Workloads against a running ochre server on this machine
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  load-tests replay --help")]
struct CommandLine {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    Replay(ReplayArgs),
    Contend(ContendArgs),
    Rounds(RoundsArgs),
    Dashboards(DashboardsArgs),
    Broadcast(BroadcastArgs),
    Idle(IdleArgs),
    Steady(SteadyArgs),
    Ceiling(CeilingArgs),
    Kills(KillsArgs),
    Handoff(HandoffArgs),
    Bulk(BulkArgs),
    #[command(hide = true)]
    NoopServer(NoopArgs),
    #[command(hide = true)]
    BareServer(BareArgs),
}

fn main() -> ExitCode {
    match run(CommandLine::parse().workload) {
        Ok(verdict) => verdict.into(),
        Err(error) => {
            let told = output::remark(&format!("error: {error}"));
            debug_assert!(told.is_ok(), "standard error is there");
            ExitCode::FAILURE
        }
    }
}

fn run(workload: Workload) -> Result<Verdict, LoadError> {
    // Some bring a runtime of their own.
    match &workload {
        Workload::NoopServer(args) => {
            ceiling::serve_noop(args)?;
            return Ok(Verdict::Pass);
        }
        Workload::BareServer(args) => {
            broadcast::serve_bare(args)?;
            return Ok(Verdict::Pass);
        }
        _ => {}
    }
    // One thread: the load shares the processors with the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| LoadError::file("the runtime", source))?;
    runtime.block_on(async {
        match workload {
            Workload::Replay(args) => replay::run(args).await,
            Workload::Contend(args) => contend::run(args).await,
            Workload::Rounds(args) => rounds::run(args).await,
            Workload::Dashboards(args) => dashboards::run(args).await,
            Workload::Ceiling(args) => ceiling::run(args).await,
            Workload::Kills(args) => kills::run(args).await,
            Workload::Handoff(args) => handoff::run(args).await,
            Workload::Bulk(args) => bulk::run(args).await,
            Workload::Broadcast(args) => broadcast::run(args).await,
            Workload::Idle(args) => idle::run(args).await,
            Workload::Steady(args) => steady::run(args).await,
            Workload::NoopServer(_) | Workload::BareServer(_) => Ok(Verdict::Pass),
        }
    })
}
