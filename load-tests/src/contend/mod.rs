//! `contend`: agents take conversations from each other as fast as they can; then the proof.

mod agent;
mod host;
mod report;

use std::{sync::Arc, time::Duration};

use clap::Args;
use host::{Host, HostArgs, Lives};
use report::Report;
use tokio::task::JoinSet;

use crate::{
    attempt::{Field, Mix},
    clock, conversations,
    dashboards::{Fleet, Options, WatchArgs},
    dice::Dice,
    error::LoadError,
    ledger::Ledgers,
    office::Verdict,
    output,
    people::{Office, SETUP_CONNECTIONS, numbered},
    tally::Tally,
    verify::{self, Answers},
};

/// Let agents claim and assign on a shared queue, then prove from the server what happened
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests contend --url http://127.0.0.1:8080 --conversations 10 --agents 32 --seconds 10\n  load-tests contend --server target/release/ochre --kills 5 --seconds 30 --dashboards 200 --reconnecting 20"
)]
pub struct ContendArgs {
    #[command(flatten)]
    host: HostArgs,
    /// How many conversations they share
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    conversations: u32,
    /// How many agents there are
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(2..))]
    agents: u16,
    /// For how long
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Over how many connections; one for each agent unless given
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    connections: Option<u16>,
    /// How often they claim, assign and unassign, relative to each other
    #[arg(long, default_value = "4,4,2", value_name = "CLAIM,ASSIGN,UNASSIGN")]
    mix: Mix,
    #[command(flatten)]
    watch: WatchArgs,
    /// Makes the choices repeatable
    #[arg(long)]
    seed: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: ContendArgs) -> Result<Verdict, LoadError> {
    let mut host = Host::start(&args.host).await?;
    let office = host.office.clone();
    let seed = args.seed.unwrap_or_else(clock::entropy);
    output::remark(&format!("seed {seed}"))?;
    let agents = usize::from(args.agents);
    let field = Arc::new(Field {
        people: office.people(&numbered("Contender", agents)).await?,
        conversations: conversations::make(
            &office,
            &format!("contend-{:016x}", clock::entropy()),
            usize::try_from(args.conversations).unwrap_or(usize::MAX),
        )
        .await?,
        mix: args.mix,
    });
    let connections = args.connections.map_or(agents, usize::from);
    let length = Duration::from_secs(args.seconds);
    let watching = Options::watching(&args.watch, seed);
    let fleet = Fleet::watching(&office, &field.people, watching).await?;
    let fight = fight(&office, &field, connections, length, seed);
    let (fought, lives) = tokio::join!(fight, host.live(length));
    let mut lives: Lives = lives?;
    let seen = Fleet::seen(fleet).await?;
    let mut report = prove(&office, &field, fought, seed).await?;
    report.seen = seen;
    host.end(&mut lives).await;
    report.violations.extend(lives.violation.take());
    report.lives = lives;
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

/// What all agents together measured and wrote down.
#[derive(Debug, Default)]
struct Fought {
    tally: Tally,
    ledgers: Ledgers,
    unanswered: u64,
    elapsed: Duration,
}

async fn fight(
    office: &Office,
    field: &Arc<Field>,
    connections: usize,
    length: Duration,
    seed: u64,
) -> Fought {
    let started = clock::now();
    let end = started + length;
    let mut tasks = JoinSet::new();
    for (number, person) in field.people.iter().cycle().take(connections).enumerate() {
        let dice = Dice::fork(seed, number);
        let agent = agent::Agent::new(office.target.clone(), person.clone(), dice);
        let field = Arc::clone(field);
        tasks.spawn(agent.work(field, end));
    }
    let mut fought = Fought::default();
    for agent in tasks.join_all().await {
        fought.tally.merge(&agent.tally);
        fought.ledgers.merge(agent.ledgers);
        fought.unanswered += agent.unanswered;
    }
    fought.elapsed = started.elapsed();
    fought
}

/// Reads every conversation from the server and compares it with what was acknowledged.
async fn prove(
    office: &Office,
    field: &Field,
    mut fought: Fought,
    seed: u64,
) -> Result<Report, LoadError> {
    let answers = if fought.unanswered == 0 {
        Answers::Complete
    } else {
        Answers::SomeMissing
    };
    let mut tasks = JoinSet::new();
    let width = field.conversations.len().div_ceil(SETUP_CONNECTIONS).max(1);
    for chunk in field.conversations.chunks(width) {
        let work: Vec<_> = chunk
            .iter()
            .map(|id| (id.clone(), fought.ledgers.of(id).clone()))
            .collect();
        let office = office.clone();
        tasks.spawn(async move {
            let mut client = office.client();
            let mut found = Vec::new();
            for (id, ledger) in work {
                let judged = verify::judge(&mut client, &office.admin, &id, &ledger, answers);
                found.extend(judged.await?);
            }
            Ok::<_, LoadError>(found)
        });
    }
    let mut violations = Vec::new();
    for found in tasks.join_all().await {
        violations.extend(found?);
    }
    let verified = field.conversations.len();
    let Fought {
        tally,
        unanswered,
        elapsed,
        ..
    } = fought;
    Ok(Report {
        seed,
        elapsed,
        tally,
        unanswered,
        verified,
        violations,
        seen: None,
        lives: Lives::default(),
    })
}
