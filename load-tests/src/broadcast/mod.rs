//! `broadcast`: one change to thousands of sockets, next to a bare broadcast of as many bytes on
//! the same websocket stack, in the same minutes, with the same client.

mod bare;
mod bells;
mod measure;
mod report;
pub(crate) mod stage;

use std::{path::PathBuf, time::Duration};

pub use bare::{BareArgs, serve as serve_bare};
use clap::Args;
use measure::{Load, measure};
use report::{Report, Run, Subject};
use stage::{Props, Stage};
use tokio::time::sleep;

use crate::{
    error::LoadError,
    mass::{
        limits,
        swarm::{Reading, Swarm},
    },
    office::Verdict,
    output,
    process::environment_variable,
    procfs,
};

/// How long sockets lie idle before their memory is looked at.
const REST: Duration = Duration::from_secs(2);
/// How many sockets come and go before memory is looked at.
const WARM_UP: usize = 64;
/// So that those who do not read are felt after a few frames.
const STOPPED_RECEIVE_BUFFER: u32 = 4 * 1024;

/// Measure a change to thousands of sockets next to a bare broadcast of the same bytes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo build --release --workspace\n  target/release/load-tests broadcast --server target/release/ochre --sockets 5000 --stopped 20"
)]
pub struct BroadcastArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How many sockets look at the view
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// How long each part is measured in each repetition
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often both are measured, one after the other
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// How many changes at a time are made in the second part
    #[arg(long, default_value_t = 4, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    in_flight: usize,
    /// How many more sockets stop reading in the third part, which only the real server has
    #[arg(long, default_value_t = 20)]
    stopped: u32,
    /// How many worker threads the bare broadcast has
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// How long a change may take to the last socket
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    arrival: u64,
    /// Fail when the rate is less than this part of the bare broadcast's
    #[arg(long, value_name = "RATIO")]
    least_ratio: Option<f64>,
    /// Fail when a socket takes so many bytes more than the bare broadcast's
    #[arg(long, value_name = "BYTES")]
    most_extra_bytes: Option<f64>,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: BroadcastArgs) -> Result<Verdict, LoadError> {
    let sockets = usize::try_from(args.sockets).unwrap_or(usize::MAX);
    limits::allow_sockets(sockets)?;
    let mut report = Report::new(sockets, args.least_ratio, args.most_extra_bytes);
    for repetition in 1..=args.repetitions {
        output::remark(&format!("repetition {repetition} of {}", args.repetitions))?;
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|source| LoadError::file("a temporary folder", source))?;
        let props = Props {
            server: &args.server,
            environment: &args.server_env,
            changing: args.in_flight,
        };
        let mut ochre = Stage::ochre(&props, folder.path(), sockets).await?;
        let frame_bytes = ochre.frame_bytes().await?;
        report.frame_bytes = frame_bytes;
        let run = perform(&args, &mut ochre, sockets).await?;
        report.add(Subject::Ochre, run);
        ochre.server.stop().await?;
        let mut bare = Stage::bare(args.in_flight, args.workers, frame_bytes).await?;
        let run = perform(&args, &mut bare, sockets).await?;
        report.add(Subject::Bare, run);
        bare.server.kill().await?;
    }
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

/// All parts against one server.
async fn perform(
    args: &BroadcastArgs,
    stage: &mut Stage,
    sockets: usize,
) -> Result<Run, LoadError> {
    let pid = stage.pid();
    let resident = || procfs::resident(&pid).unwrap_or_default();
    // The first sockets pay for code and buffers that all later ones share.
    drop(Swarm::open(stage.wishes(WARM_UP, None), Reading::Always).await?);
    let before = resident();
    let swarm = Swarm::open(stage.wishes(sockets, None), Reading::Always).await?;
    sleep(REST).await;
    let idle = resident();
    let one = Load {
        length: Duration::from_secs(args.seconds),
        at_a_time: 1,
        arrival: Duration::from_secs(args.arrival),
    };
    let many = Load {
        at_a_time: args.in_flight,
        ..one
    };
    let single = measure(&swarm, &mut stage.bells, &mut stage.seq, &pid, one).await?;
    let burst = measure(&swarm, &mut stage.bells, &mut stage.seq, &pid, many).await?;
    let mut run = Run {
        resident_before: before,
        resident_idle: idle,
        single,
        burst,
        stopped: None,
    };
    if stage.office.is_some() && args.stopped > 0 {
        let stopped = usize::try_from(args.stopped).unwrap_or(usize::MAX);
        let wishes = stage.wishes(stopped, Some(STOPPED_RECEIVE_BUFFER));
        let deaf = Swarm::open(wishes, Reading::Never).await?;
        let start = resident();
        let sample = measure(&swarm, &mut stage.bells, &mut stage.seq, &pid, many).await?;
        run.stopped = Some((start, sample, resident()));
        drop(deaf);
    }
    drop(swarm);
    Ok(run)
}
