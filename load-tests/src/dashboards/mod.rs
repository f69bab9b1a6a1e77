//! `dashboards`: subscribers of the live view who check every frame and every beacon, and who
//! have to show what HTTP lists when nothing happens any more.

mod bustle;
mod control;
mod fleet;
mod measured;
mod options;
mod report;
mod session;
mod stamp;
mod subscriber;
mod truth;

use std::time::Duration;

use clap::Args;
pub use fleet::{Fleet, Seen};
pub use measured::Measured;
pub use options::{HabitArgs, Options, WatchArgs};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::{
    clock,
    error::LoadError,
    numbers::float,
    office::{OfficeArgs, Verdict},
    output,
    people::numbered,
    procfs,
};

/// Watch the live view with many dashboards and compare what they show with what HTTP lists
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests dashboards --url http://127.0.0.1:8080 --count 200 --slow 20 --reconnecting 20 --agents 8 --seconds 30"
)]
pub struct DashboardsArgs {
    #[command(flatten)]
    office: OfficeArgs,
    /// How many dashboards
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Of how many people
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    people: u16,
    #[command(flatten)]
    habits: HabitArgs,
    /// How many of them stop reading
    #[arg(long, default_value_t = 0, value_name = "N")]
    stopped: usize,
    /// For how long those do; without it they never read again
    #[arg(long, value_name = "SECONDS")]
    stop_for: Option<u64>,
    /// Have all of them connect again at once, every so often
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    storm_every: Option<u64>,
    /// Cut connections at random bytes, also in the middle of a frame
    #[arg(long)]
    cuts: bool,
    /// For how long
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many agents change conversations meanwhile
    #[arg(long, default_value_t = 0, value_name = "N")]
    agents: usize,
    /// How long such an agent pauses between two changes, on average
    #[arg(long, default_value_t = 50, value_name = "MILLISECONDS")]
    pause_ms: u64,
    /// The server's process, to report its memory and processor time
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Makes the choices repeatable
    #[arg(long)]
    seed: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: DashboardsArgs) -> Result<Verdict, LoadError> {
    let office = args.office.office()?;
    let seed = args.seed.unwrap_or_else(clock::entropy);
    output::remark(&format!("seed {seed}"))?;
    let options = Options {
        count: args.count,
        habits: args.habits.clone(),
        stopped: args.stopped,
        stop_for: args.stop_for.map(Duration::from_secs),
        cuts: args.cuts,
        seed,
    };
    options.check()?;
    let names = numbered("Watcher", usize::from(args.people));
    let people = office.people(&names).await?;
    let pid = args.server_pid.map(|pid| pid.to_string());
    let before = Usage::of(pid.as_deref());
    let pause = Duration::from_millis(args.pause_ms);
    let bustle = bustle::Bustle::start(&office, &people, args.agents, pause, seed).await?;
    let fleet = Fleet::start(&office, &people, options).await?;
    watch(&fleet, &args).await;
    let changes = bustle.end().await;
    let seen = fleet.finish().await?;
    let after = Usage::of(pid.as_deref());
    if args.json {
        let mut report = seen.json();
        if let Some(members) = report.as_object_mut() {
            members.insert("seed".to_owned(), seed.into());
            members.insert("changes_made".to_owned(), changes.into());
            members.insert("server".to_owned(), Usage::json(before, after));
        }
        output::print_json(&report)?;
    } else {
        output::print(&Usage::text(before, after))?;
        output::print(&seen.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(seen.is_pass()))
}

/// Lets them watch, with a storm every now and then.
async fn watch(fleet: &Fleet, args: &DashboardsArgs) {
    let length = Duration::from_secs(args.seconds);
    let Some(every) = args.storm_every.map(Duration::from_secs) else {
        return sleep(length).await;
    };
    let end = Instant::from_std(clock::now() + length);
    let mut storms = interval_at(Instant::from_std(clock::now() + every), every);
    storms.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = storms.tick() => fleet.storm(),
            () = tokio::time::sleep_until(end) => return,
        }
    }
}

/// What the server uses at one moment.
#[derive(Debug, Clone, Copy)]
struct Usage {
    resident: u64,
    processor: Duration,
}

impl Usage {
    fn of(pid: Option<&str>) -> Option<Self> {
        Some(Self {
            resident: procfs::resident(pid?)?,
            processor: procfs::used(pid?)?,
        })
    }

    fn json(before: Option<Self>, after: Option<Self>) -> serde_json::Value {
        let (Some(before), Some(after)) = (before, after) else {
            return serde_json::Value::Null;
        };
        let processor = after.processor.saturating_sub(before.processor);
        json!({"rss_bytes_start": before.resident, "rss_bytes_end": after.resident,
            "cpu_seconds": processor.as_secs_f64()})
    }

    fn text(before: Option<Self>, after: Option<Self>) -> String {
        let (Some(before), Some(after)) = (before, after) else {
            return String::new();
        };
        let mebibytes = |bytes| float(bytes) / 1_048_576.0;
        let processor = after.processor.saturating_sub(before.processor);
        format!(
            "server: {:.1} MiB at the start, {:.1} MiB at the end, {:.2} s of processor time\n\n",
            mebibytes(before.resident),
            mebibytes(after.resident),
            processor.as_secs_f64()
        )
    }
}
