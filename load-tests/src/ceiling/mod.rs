//! `ceiling`: how many durable assigns a second there are, next to what the web framework can do
//! on the same machine, in the same minutes, with the same client.

mod measure;
mod noop;
mod report;

use std::{path::PathBuf, process::Stdio, time::Duration};

use crate::raw::{RawConnection, request};
use clap::Args;
use measure::{Requests, Sample, Span, measure};
pub use noop::{NoopArgs, serve as serve_noop};
use report::{Report, Workload};
use tokio::process::Command;

use crate::{
    conversations,
    error::LoadError,
    office::Verdict,
    output,
    people::{Office, Person, numbered},
    process::{Ochre, Server, environment_variable},
    target::Target,
};

const BODY: &str = r#"{"assignee":"me"}"#;
const SETUP_PATIENCE: Duration = Duration::from_secs(30);

/// Measure durable assigns next to an endpoint that does nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo build --release --workspace\n  target/release/load-tests ceiling --server target/release/ochre --seconds 5"
)]
pub struct CeilingArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How long each workload is measured in each repetition
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How long each workload runs before it is measured
    #[arg(long, default_value_t = 1)]
    warm_up_seconds: u64,
    /// How many connections
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How often the three workloads are measured, one after the other
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// How many worker threads the endpoint that does nothing has
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// How many conversations the third workload spreads over
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    conversations: u32,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Where the servers keep their data: the folder's disk is what is measured
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: CeilingArgs) -> Result<Verdict, LoadError> {
    let mut report = Report::new(usize::from(args.connections));
    for repetition in 1..=args.repetitions {
        output::remark(&format!("repetition {repetition} of {}", args.repetitions))?;
        repeat(&args, &mut report).await?;
    }
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text().unwrap_or_default())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

/// One repetition, each with a fresh folder and fresh processes.
async fn repeat(args: &CeilingArgs, report: &mut Report) -> Result<(), LoadError> {
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let folder = folder.map_err(|source| LoadError::file("a temporary folder", source))?;
    let ochre = Ochre::new(&args.server, folder.path(), args.server_env.clone());
    let admin = ochre.init().await?;
    let server = ochre.serve().await?;
    let office = Office {
        target: server.target.clone(),
        admin,
        patience: SETUP_PATIENCE,
    };
    let bench = Bench::set_up(args, &office).await?;

    let answer_bytes = bench.answer_bytes().await?;
    let noop = noop_server(args, answer_bytes).await?;
    let sample = bench.run(&noop, bench.nothing(&noop.target), args).await;
    report.add(Workload::Noop, sample);
    noop.kill().await?;

    let sample = bench.run(&server, bench.one_conversation(), args).await;
    report.add(Workload::OneConversation, sample);
    let sample = bench.run(&server, bench.many_conversations(), args).await;
    report.add(Workload::ManyConversations, sample);
    server.stop().await?;
    Ok(())
}

async fn noop_server(args: &CeilingArgs, answer_bytes: usize) -> Result<Server, LoadError> {
    let program = std::env::current_exe()
        .map_err(|source| LoadError::file("the path of this program", source))?;
    let mut command = Command::new(program);
    command
        .args(["noop-server", "--workers", &args.workers.to_string()])
        .args(["--answer-bytes", &answer_bytes.to_string()])
        .stdin(Stdio::null());
    Ok(Server::start(command, "the no-op server").await?)
}

/// The people and conversations of one repetition.
///
/// Every connection has two agents of its own who assign to themselves in turn. Whatever order
/// the server puts the connections in, two successive assigns then never have the same owner,
/// so every one of them is a change.
#[derive(Debug)]
struct Bench {
    target: Target,
    pairs: Vec<(Person, Person)>,
    hot: String,
    spread: Vec<String>,
}

impl Bench {
    async fn set_up(args: &CeilingArgs, office: &Office) -> Result<Self, LoadError> {
        let agents = numbered("Agent", usize::from(args.connections) * 2);
        let mut people = office.people(&agents).await?.into_iter();
        let mut pairs = Vec::new();
        while let (Some(one), Some(other)) = (people.next(), people.next()) {
            pairs.push((one, other));
        }
        let number = usize::try_from(args.conversations).unwrap_or(usize::MAX);
        let spread = conversations::make(office, "spread", number).await?;
        let hot = conversations::one(&mut office.client(), &office.admin, "hot").await?;
        Ok(Self {
            target: office.target.clone(),
            pairs,
            hot,
            spread,
        })
    }

    async fn run(&self, server: &Server, workload: Vec<Requests>, args: &CeilingArgs) -> Sample {
        let span = Span {
            warm_up: Duration::from_secs(args.warm_up_seconds),
            measured: Duration::from_secs(args.seconds),
        };
        measure(&server.target, server.pid(), workload, span).await
    }

    /// How long the server's answer to an assign is, so that the other one can be as long.
    async fn answer_bytes(&self) -> Result<usize, LoadError> {
        let failed = |source| LoadError::file("the first assign", source);
        let Some((_, person)) = self.pairs.last() else {
            return Ok(0);
        };
        let mut connection = RawConnection::open(&self.target).await.map_err(failed)?;
        let reply = connection
            .exchange(&self.assign(&self.hot, person))
            .await
            .map_err(failed)?;
        Ok(reply.body_bytes)
    }

    fn nothing(&self, target: &Target) -> Vec<Requests> {
        let requests = |(one, other): &(Person, Person)| {
            [one, other]
                .map(|person| request(target, "PUT /noop", &person.token, BODY))
                .into()
        };
        self.pairs.iter().map(requests).collect()
    }

    fn one_conversation(&self) -> Vec<Requests> {
        let requests = |(one, other): &(Person, Person)| {
            [one, other]
                .map(|person| self.assign(&self.hot, person))
                .into()
        };
        self.pairs.iter().map(requests).collect()
    }

    /// Each connection goes round conversations that no other one touches.
    fn many_conversations(&self) -> Vec<Requests> {
        let connections = self.pairs.len();
        let requests = |(connection, (one, other)): (usize, &(Person, Person))| {
            let own: Vec<_> = self
                .spread
                .iter()
                .skip(connection)
                .step_by(connections)
                .collect();
            let round = |person| own.iter().map(move |id| self.assign(id, person));
            round(one).chain(round(other)).collect()
        };
        self.pairs.iter().enumerate().map(requests).collect()
    }

    fn assign(&self, conversation: &str, person: &Person) -> Vec<u8> {
        let line = format!("PUT /v1/conversations/{conversation}/assignee");
        request(&self.target, &line, &person.token, BODY)
    }
}
