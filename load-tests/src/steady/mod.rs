//! `steady`: so many commits a second into so many dashboards, for a minute, whether or not the
//! server keeps up.

mod report;
pub(crate) mod writers;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clap::Args;
use report::Report;
use tokio::{task::JoinSet, time::sleep};
use writers::{Schedule, Script, dealt, rate, write};

use crate::{
    clock, conversations,
    dashboards::{Fleet, HabitArgs, Options},
    error::LoadError,
    live::view::THREAD,
    mass::{
        limits,
        socket::Wish,
        swarm::{Reading, Swarm},
    },
    office::Verdict,
    output,
    people::{Office, Person, numbered},
    process::{Ochre, environment_variable},
    procfs,
};

const PATIENCE: Duration = Duration::from_secs(30);
const PEOPLE: usize = 50;
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// The writers begin a little later, all together.
const HEAD_START: Duration = Duration::from_millis(100);

/// Write at a fixed rate into many dashboards and measure how long a commit takes to a screen
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  target/release/load-tests steady --server target/release/ochre --commits-per-second 1000 --dashboards 1000 --seconds 60 --final-beacon"
)]
pub struct SteadyArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How many changes are due a second
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    commits_per_second: u32,
    /// How many dashboards watch
    #[arg(long, default_value_t = 1_000)]
    dashboards: usize,
    /// How many of them check every frame; the others only look at its first bytes
    #[arg(long, default_value_t = 50)]
    checked: usize,
    /// For how long
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Over how many connections the changes come
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Over how many conversations they spread
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    conversations: u32,
    #[command(flatten)]
    habits: HabitArgs,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Makes the choices repeatable
    #[arg(long)]
    seed: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: SteadyArgs) -> Result<Verdict, LoadError> {
    let seed = args.seed.unwrap_or_else(clock::entropy);
    output::remark(&format!("seed {seed}"))?;
    limits::allow_sockets(args.dashboards)?;
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
    let pid = server.pid().unwrap_or_default().to_string();
    let report = watch(&args, &office, &pid, seed).await?;
    server.stop().await?;
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

async fn watch(
    args: &SteadyArgs,
    office: &Office,
    pid: &str,
    seed: u64,
) -> Result<Report, LoadError> {
    let people = office.people(&numbered("Watcher", PEOPLE)).await?;
    let number = usize::try_from(args.conversations.max(args.connections)).unwrap_or(usize::MAX);
    let ids = conversations::make(office, "steady", number).await?;
    let options = Options {
        count: args.checked.min(args.dashboards),
        habits: args.habits.clone(),
        stopped: 0,
        stop_for: None,
        cuts: false,
        seed,
    };
    let views = options.views()?.concat();
    let others = args.dashboards.saturating_sub(args.checked);
    let wishes = wishes(office, &people, &views, &ids, others);
    let fleet = Fleet::start(office, &people, options).await?;
    let swarm = Swarm::open(wishes, Reading::Always).await?;
    let scripts = scripts(args, office, &people, &ids);
    let start = clock::now() + HEAD_START;
    let schedule = Schedule {
        start,
        end: start + Duration::from_secs(args.seconds),
        per_second: args.commits_per_second,
        connections: args.connections,
    };
    let memory = Memory::sample(pid);
    let used = procfs::used(pid);
    let (frames, bytes) = (swarm.counted.deliveries(), swarm.counted.bytes());
    let written = write(&office.target, scripts, schedule).await;
    let server_time = procfs::used(pid)
        .zip(used)
        .map(|(a, b)| a.saturating_sub(b));
    let resident = memory.end();
    let seen = fleet.finish().await?;
    Ok(Report {
        asked: args.commits_per_second,
        rate: rate(&written, args.seconds),
        written,
        seconds: args.seconds,
        dashboards: args.dashboards,
        others_frames: swarm.counted.deliveries() - frames,
        others_bytes: swarm.counted.bytes() - bytes,
        others_gaps: swarm.counted.gaps(),
        others_resyncs: swarm.counted.resyncs(),
        others_ended: swarm.counted.ended(),
        server_time,
        resident,
        seen,
    })
}

/// The views in turn, of the people in turn.
fn wishes(
    office: &Office,
    people: &[Person],
    views: &[String],
    ids: &[String],
    sockets: usize,
) -> Vec<Wish> {
    let people = people.iter().cycle();
    let views = views.iter().cycle().zip(ids.iter().cycle());
    let wish = |((view, id), person): ((&String, &String), &Person)| Wish {
        target: office.target.clone(),
        path: "/v1/live".to_owned(),
        token: person.token.clone(),
        view: Some(match view.as_str() {
            "conversation" => format!("{THREAD}{id}"),
            other => other.to_owned(),
        }),
        receive_buffer: None,
    };
    views.zip(people).map(wish).take(sockets).collect()
}

fn scripts(args: &SteadyArgs, office: &Office, people: &[Person], ids: &[String]) -> Vec<Script> {
    let pairs = people.iter().zip(people.iter().skip(1)).cycle();
    let dealt = dealt(ids, args.connections);
    dealt
        .iter()
        .zip(pairs)
        .map(|(own, (one, other))| Script::new(&office.target, own, [&one.token, &other.token]))
        .collect()
}

/// The server's memory, looked at every second.
struct Memory {
    samples: Arc<Mutex<Vec<u64>>>,
    /// Ends with this value.
    _sampler: JoinSet<()>,
}

impl Memory {
    fn sample(pid: &str) -> Self {
        let samples = Arc::new(Mutex::new(Vec::new()));
        let mut sampler = JoinSet::new();
        let (own, pid) = (Arc::clone(&samples), pid.to_owned());
        sampler.spawn(async move {
            loop {
                let resident = procfs::resident(&pid).unwrap_or_default();
                own.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(resident);
                sleep(SAMPLE_EVERY).await;
            }
        });
        Self {
            samples,
            _sampler: sampler,
        }
    }

    fn end(self) -> Vec<u64> {
        let samples = self.samples.lock();
        samples.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
