//! `idle`: what ten thousand sockets cost a server while nothing happens.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    broadcast::stage::{Props, Stage},
    error::LoadError,
    mass::{
        limits,
        swarm::{Reading, Swarm},
    },
    numbers::{count, float, microseconds},
    office::Verdict,
    output,
    process::environment_variable,
    procfs,
};

const WARM_UP: usize = 64;
const REST: Duration = Duration::from_secs(3);

/// Measure what idle sockets cost in processor time and memory
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  target/release/load-tests idle --server target/release/ochre --sockets 10000"
)]
pub struct IdleArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How many sockets look at a view in which nothing happens
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// For how long
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: IdleArgs) -> Result<Verdict, LoadError> {
    let sockets = usize::try_from(args.sockets).unwrap_or(usize::MAX);
    limits::allow_sockets(sockets)?;
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|source| LoadError::file("a temporary folder", source))?;
    let props = Props {
        server: &args.server,
        environment: &args.server_env,
        changing: 1,
    };
    let stage = Stage::ochre(&props, folder.path(), sockets).await?;
    let pid = stage.pid();
    let resident = || procfs::resident(&pid).unwrap_or_default();
    let used = || procfs::used(&pid).unwrap_or_default();
    drop(Swarm::open(stage.wishes(WARM_UP, None), Reading::Always).await?);
    let (before, connecting) = (resident(), used());
    let swarm = Swarm::open(stage.wishes(sockets, None), Reading::Always).await?;
    sleep(REST).await;
    let (start, idle) = (resident(), used());
    sleep(Duration::from_secs(args.seconds)).await;
    let spent = used().saturating_sub(idle);
    let end = resident();
    let ended = swarm.counted.ended();
    drop(swarm);
    stage.server.stop().await?;

    let sockets = float(count(sockets));
    let percent = 100.0 * spent.as_secs_f64() / float(args.seconds);
    let each = float(start.saturating_sub(before)) / sockets;
    let connect_us = float(microseconds(idle.saturating_sub(connecting))) / sockets;
    if args.json {
        output::print_json(&json!({
            "sockets": args.sockets,
            "seconds": args.seconds,
            "cpu_seconds": spent.as_secs_f64(),
            "cpu_percent_of_a_processor": percent,
            "cpu_us_to_connect": connect_us,
            "bytes_a_socket": each,
            "rss_bytes": {"before": before, "start": start, "end": end},
            "ended": ended,
            "pass": ended == 0,
        }))?;
    } else {
        let verdict = if ended == 0 { "PASS" } else { "FAIL" };
        output::print(&format!(
            "{} idle sockets: {:.2} s of processor time in {} s ({percent:.2} % of a processor)\n\
             {each:.0} bytes a socket, {connect_us:.0} µs to connect one\n\
             {verdict}: {ended} sockets were ended by the server\n",
            args.sockets,
            spent.as_secs_f64(),
            args.seconds
        ))?;
    }
    Ok(Verdict::of(ended == 0))
}
