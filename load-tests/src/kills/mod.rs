//! `kills`: the server dies at random moments under load; nothing it acknowledged may be missing.

mod load;
mod proof;
mod report;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use load::{Aftermath, Load, Round, settle};
use report::Report;
use tokio::time::sleep;

use crate::{
    attempt::{Field, Mix},
    clock, conversations,
    dice::Dice,
    error::LoadError,
    ledger::Ledgers,
    office::Verdict,
    output,
    patient::PatientClient,
    people::{Office, numbered},
    process::{Ochre, Server, environment_variable},
};

const PATIENCE: Duration = Duration::from_secs(30);
const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_millis(400);
const AGENTS: usize = 8;
/// How many conversations are fought over at a time.
const CONVERSATIONS: usize = 16;
/// After how many rounds they make place for others: histories that only grow would make each
/// round slower than the one before.
const GENERATION_ROUNDS: u32 = 10;
/// How many earlier conversations are looked at in each round; at the end it is all of them.
const SAMPLE: usize = 8;
const MIX: Mix = Mix {
    claim: 30,
    assign: 45,
    unassign: 20,
    create: 5,
};

/// Kill the server at random moments under load, and look for what it acknowledged
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests kills --server target/release/ochre --rounds 100 --seed 7"
)]
pub struct KillsArgs {
    /// The `ochre` program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,
    /// How often it is killed
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Over how many connections the load comes
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Makes the moments and the choices repeatable, as far as the machine allows
    #[arg(long)]
    seed: Option<u64>,
    /// A variable of the server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable)]
    server_env: Vec<(String, String)>,
    /// Keep the data folder and the server's log in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: KillsArgs) -> Result<Verdict, LoadError> {
    let seed = args.seed.unwrap_or_else(clock::entropy);
    output::remark(&format!("seed {seed}"))?;
    let temporary =
        tempfile::tempdir().map_err(|source| LoadError::file("a temporary folder", source))?;
    let folder = args
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).map_err(|source| LoadError::file("the folder", source))?;
    let ochre = Ochre::new(&args.server, &folder, args.server_env.clone());
    let mut trial = Trial::new(ochre, seed, usize::from(args.connections)).await?;
    let bar = output::progress(u64::from(args.rounds), "kills");
    for number in 1..=args.rounds {
        trial.round(number).await?;
        bar.inc(1);
        if !trial.violations.is_empty() {
            break;
        }
    }
    bar.finish_and_clear();
    let report = trial.finish().await?;
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text())?;
    }
    Ok(Verdict::of(report.is_pass()))
}

/// One data folder over many lives of its server.
struct Trial {
    ochre: Ochre,
    /// `None` only between a death and the next life.
    server: Option<Server>,
    office: Office,
    field: Arc<Field>,
    /// Those that were judged at least once.
    earlier: BTreeSet<String>,
    ledgers: Ledgers,
    connections: usize,
    run: String,
    seed: u64,
    dice: Dice,
    last_seq: u64,
    violations: Vec<String>,
    report: Report,
}

impl Trial {
    async fn new(ochre: Ochre, seed: u64, connections: usize) -> Result<Self, LoadError> {
        let admin = ochre.init().await?;
        let server = ochre.serve().await?;
        let office = Office {
            target: server.target.clone(),
            admin,
            patience: PATIENCE,
        };
        let run = format!("kills-{:016x}", clock::entropy());
        let people = office.people(&numbered("Agent", AGENTS)).await?;
        let conversations = conversations::make(&office, &run, CONVERSATIONS).await?;
        Ok(Self {
            ochre,
            server: Some(server),
            office,
            field: Arc::new(Field {
                conversations,
                people,
                mix: MIX,
            }),
            earlier: BTreeSet::new(),
            ledgers: Ledgers::default(),
            connections,
            run,
            seed,
            dice: Dice::new(seed),
            last_seq: 0,
            violations: Vec::new(),
            report: Report {
                seed,
                ..Report::default()
            },
        })
    }

    /// Load, death, restart, proof.
    async fn round(&mut self, number: u32) -> Result<(), LoadError> {
        let aftermath = self.kill_under_load(number).await?;
        self.report.tally.merge(&aftermath.tally);
        self.ledgers.merge(aftermath.ledgers);

        let died = clock::now();
        let server = self.ochre.serve().await?;
        self.report.slowest_restart = self.report.slowest_restart.max(died.elapsed());
        self.office.target = server.target.clone();
        self.server = Some(server);

        let mut client = self.office.client();
        let replayed = &mut self.report.answered_from_memory;
        let wrong = settle(
            &mut client,
            aftermath.unsettled,
            &mut self.ledgers,
            replayed,
        )
        .await?;
        self.violations.extend(
            wrong
                .into_iter()
                .map(|what| format!("round {number}: {what}")),
        );
        self.prove(&mut client, number).await?;
        self.report.tally.merge(&client.tally);
        self.report.rounds = number;
        if number.is_multiple_of(GENERATION_ROUNDS) {
            self.next_generation(number).await?;
        }
        Ok(())
    }

    async fn kill_under_load(&mut self, number: u32) -> Result<Aftermath, LoadError> {
        let Some(server) = self.server.take() else {
            return Ok(Aftermath::default());
        };
        let round = Round {
            run: self.run.clone(),
            number,
            seed: self.seed ^ u64::from(number),
        };
        let load = Load::start(&server.target, &self.field, self.connections, &round);
        sleep(self.dice.between(LEAST, MOST)).await;
        server.kill().await?;
        Ok(load.end().await)
    }

    async fn prove(&mut self, client: &mut PatientClient, number: u32) -> Result<(), LoadError> {
        let admin = &self.office.admin;
        let (last_seq, gaps) = proof::commits(client, admin, self.last_seq).await?;
        self.last_seq = last_seq;
        let ids = self.due();
        let admin = &self.office.admin;
        let found = proof::conversations(client, admin, ids.iter(), &mut self.ledgers).await?;
        let found = gaps.into_iter().chain(found);
        self.violations
            .extend(found.map(|what| format!("round {number}: {what}")));
        self.earlier.extend(ids);
        Ok(())
    }

    /// The conversations of this round, the new ones, and some of those seen before.
    fn due(&mut self) -> BTreeSet<String> {
        let mut due: BTreeSet<String> = self.field.conversations.iter().cloned().collect();
        let all = self.ledgers.conversations();
        due.extend(all.into_iter().filter(|id| !self.earlier.contains(id)));
        let earlier: Vec<String> = self.earlier.iter().cloned().collect();
        due.extend((0..SAMPLE).filter_map(|_| self.dice.pick(&earlier).cloned()));
        due
    }

    async fn next_generation(&mut self, number: u32) -> Result<(), LoadError> {
        let run = format!("{}/generation/{number}", self.run);
        let conversations = conversations::make(&self.office, &run, CONVERSATIONS).await?;
        let people = self.field.people.clone();
        self.field = Arc::new(Field {
            conversations,
            people,
            mix: MIX,
        });
        Ok(())
    }

    /// Looks at everything once more, stops the server in order, and has the store checked.
    async fn finish(mut self) -> Result<Report, LoadError> {
        let mut client = self.office.client();
        let admin = &self.office.admin;
        let all = self.ledgers.conversations();
        let (last_seq, gaps) = proof::commits(&mut client, admin, 0).await?;
        self.violations.extend(gaps);
        let found = proof::conversations(&mut client, admin, all.iter(), &mut self.ledgers).await?;
        self.violations.extend(found);
        if last_seq < self.last_seq {
            self.violations.push(format!(
                "commits went back from {} to {last_seq}",
                self.last_seq
            ));
        }
        if let Some(server) = self.server.take()
            && let Err(error) = server.stop().await
        {
            self.violations.push(error.to_string());
        }
        if let Err(error) = self.ochre.check().await {
            self.violations.push(error.to_string());
        }
        self.report.verified = all.len();
        self.report.acknowledged = self.ledgers.acknowledged();
        self.report.last_seq = last_seq;
        self.report.violations = self.violations;
        Ok(self.report)
    }
}
