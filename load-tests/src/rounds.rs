//! `rounds`: many clients claim one fresh conversation at the same moment, again and again.

use std::{fmt::Write, sync::Arc};

use clap::Args;
use hyper::Method;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    client::{Call, Client, ClientError, Reply},
    clock, conversations,
    error::LoadError,
    listing,
    numbers::{count, per_second},
    office::{OfficeArgs, Verdict},
    output,
    patient::{ATTEMPT_DEADLINE, PatientClient},
    people::{Office, Person, numbered},
    tally::{Outcome, Tally},
    wire::{ChangeAnswer, HistoryEntry},
};

/// How many failures are written out.
const NAMED: usize = 20;

/// Let many clients claim one conversation at once, and count the winners
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  load-tests rounds --url http://127.0.0.1:8080 --clients 256 --rounds 1000"
)]
pub struct RoundsArgs {
    #[command(flatten)]
    office: OfficeArgs,
    /// How many clients claim at once, each as another person
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(2..))]
    clients: u16,
    /// How often
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the workload.
pub async fn run(args: RoundsArgs) -> Result<Verdict, LoadError> {
    let office = args.office.office()?;
    let people = office
        .people(&numbered("Claimant", usize::from(args.clients)))
        .await?;
    let mut claimants: Vec<Claimant> = people
        .into_iter()
        .map(|p| Claimant::new(&office, p))
        .collect();
    let run = format!("rounds-{:016x}", clock::entropy());
    let mut client = office.client();
    let mut failures = Vec::new();
    let mut tally = Tally::default();
    let bar = output::progress(u64::from(args.rounds), "rounds");
    let started = clock::now();
    for round in 1..=args.rounds {
        let key = format!("{run}/{round}");
        let conversation = conversations::one(&mut client, &office.admin, &key).await?;
        let answers = claim_at_once(&mut claimants, &conversation, &mut tally).await?;
        let wrong = judge(&mut client, &office, &conversation, &answers).await?;
        failures.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("round {round}: {wrong}")),
        );
        bar.inc(1);
    }
    bar.finish_and_clear();
    let elapsed = started.elapsed();
    if args.json {
        output::print_json(&json!({
            "rounds": args.rounds,
            "clients": args.clients,
            "seconds": elapsed.as_secs_f64(),
            "claims_per_second": per_second(tally.answered(), elapsed),
            "latency": tally.latency_json(),
            "outcomes": tally.outcome_json(),
            "failures": failures,
            "pass": failures.is_empty(),
        }))?;
    } else {
        output::print(&text(&args, &tally, &failures).unwrap_or_default())?;
    }
    Ok(Verdict::of(failures.is_empty()))
}

fn text(args: &RoundsArgs, tally: &Tally, failures: &[String]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "latency in ms\n{}", tally.latency_table())?;
    writeln!(text, "outcomes\n{}", tally.outcome_table())?;
    for failure in failures.iter().take(NAMED) {
        writeln!(text, "FAILED: {failure}")?;
    }
    let verdict = if failures.is_empty() { "PASS" } else { "FAIL" };
    let (rounds, clients) = (args.rounds, args.clients);
    writeln!(
        text,
        "{verdict}: {rounds} rounds of {clients} clients, {} failures",
        failures.len()
    )?;
    Ok(text)
}

#[derive(Debug)]
struct Claimant {
    person: Person,
    client: Client,
}

impl Claimant {
    fn new(office: &Office, person: Person) -> Self {
        Self {
            person,
            client: Client::new(office.target.clone(), ATTEMPT_DEADLINE),
        }
    }
}

/// What one claimant was told.
#[derive(Debug)]
struct Answer {
    user: String,
    outcome: Result<Reply, ClientError>,
}

async fn claim_at_once(
    claimants: &mut Vec<Claimant>,
    conversation: &str,
    tally: &mut Tally,
) -> Result<Vec<Answer>, LoadError> {
    let barrier = Arc::new(Barrier::new(claimants.len()));
    let mut tasks = JoinSet::new();
    for mut claimant in claimants.drain(..) {
        let (barrier, path) = (
            Arc::clone(&barrier),
            format!("/v1/conversations/{conversation}/claim"),
        );
        tasks.spawn(async move {
            let token = claimant.person.token.clone();
            let call = Call::change(Method::POST, path, &token).json(&json!({}));
            // A connection that cannot be opened shows in the claim.
            drop(claimant.client.connect().await);
            barrier.wait().await;
            let started = clock::now();
            let outcome = match call {
                Ok(call) => claimant.client.send(&call).await,
                Err(error) => Err(error),
            };
            (claimant, outcome, started.elapsed())
        });
    }
    let mut answers = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (claimant, outcome, elapsed) = done?;
        tally.time("claim", elapsed);
        tally.count(
            "claim",
            match &outcome {
                Ok(reply) => Outcome::of_reply(reply),
                Err(error) => Outcome::of_error(error),
            },
        );
        answers.push(Answer {
            user: claimant.person.user.clone(),
            outcome,
        });
        claimants.push(claimant);
    }
    Ok(answers)
}

async fn judge(
    client: &mut PatientClient,
    office: &Office,
    conversation: &str,
    answers: &[Answer],
) -> Result<Vec<String>, LoadError> {
    let history = listing::history(client, &office.admin, conversation).await?;
    Ok(failures(answers, &history))
}

/// Exactly one winner, every other refused with the winner's name, one line in history.
fn failures(answers: &[Answer], history: &[HistoryEntry]) -> Vec<String> {
    let mut failures = Vec::new();
    let winners: Vec<&str> = answers
        .iter()
        .filter(|a| is_win(a))
        .map(|a| a.user.as_str())
        .collect();
    if winners.len() != 1 {
        failures.push(format!(
            "{} clients were told that they have it",
            winners.len()
        ));
    }
    let winner = winners.first().copied();
    let losers = answers.iter().filter(|answer| !is_win(answer));
    let wrong: Vec<String> = losers
        .filter_map(|answer| wrong_refusal(answer, winner))
        .collect();
    if let Some(first) = wrong.first() {
        failures.push(format!(
            "{} answers are wrong, such as: {first}",
            wrong.len()
        ));
    }
    let assigned: Vec<_> = history
        .iter()
        .filter(|entry| entry.kind == "assigned")
        .collect();
    if assigned.len() != 1 {
        failures.push(format!(
            "history has {} lines `assigned`",
            count(assigned.len())
        ));
    }
    let owner = assigned
        .first()
        .and_then(|entry| entry.owners())
        .and_then(|(_, to)| to);
    if owner.as_deref() != winner {
        failures.push(format!(
            "history has {owner:?} as the owner, {winner:?} was told so"
        ));
    }
    failures
}

fn is_win(answer: &Answer) -> bool {
    let Ok(reply) = &answer.outcome else {
        return false;
    };
    let told = reply.json::<ChangeAnswer>();
    reply.status == 200
        && told.is_ok_and(|told| {
            told.changed
                && told
                    .conversation
                    .assignee
                    .is_some_and(|owner| owner.id == answer.user)
        })
}

fn wrong_refusal(answer: &Answer, winner: Option<&str>) -> Option<String> {
    let reply = match &answer.outcome {
        Ok(reply) => reply,
        Err(error) => return Some(error.to_string()),
    };
    let problem = reply.problem();
    let named = problem
        .current
        .and_then(|current| current.assignee)
        .map(|owner| owner.id);
    let is_right = reply.status == 409
        && problem.code == "already_assigned"
        && named.is_some()
        && named.as_deref() == winner;
    let status = reply.status.as_u16();
    (!is_right).then(|| format!("{status} {} naming {named:?}", problem.code))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::Value;

    use super::*;

    fn answer(user: &str, status: u16, body: &Value) -> Answer {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            replayed: false,
            body: body.to_string().into(),
        };
        Answer {
            user: user.to_owned(),
            outcome: Ok(reply),
        }
    }

    fn won(user: &str) -> Answer {
        let body = json!({"conversation": {"id": "c", "status": "open", "version": 2,
            "assignee": {"id": user}}, "changed": true});
        answer(user, 200, &body)
    }

    fn lost(user: &str, winner: &str) -> Answer {
        let body = json!({"code": "already_assigned",
            "current": {"assignee": {"id": winner}, "version": 2}});
        answer(user, 409, &body)
    }

    fn assigned(to: &str) -> HistoryEntry {
        HistoryEntry {
            seq: 2,
            version: 2,
            kind: "assigned".to_owned(),
            actor: None,
            changes: json!({"assignee": {"from": null, "to": {"id": to}}}),
        }
    }

    #[test]
    fn one_winner_and_refusals_that_name_them_are_right() {
        let answers = [lost("b", "a"), won("a"), lost("c", "a")];
        assert!(failures(&answers, &[assigned("a")]).is_empty());
    }

    #[test]
    fn two_winners_are_a_failure() {
        let found = failures(&[won("a"), won("b")], &[assigned("a"), assigned("b")]);
        assert_eq!(found[0], "2 clients were told that they have it");
        assert_eq!(found[1], "history has 2 lines `assigned`");
    }

    #[test]
    fn a_refusal_that_names_another_is_a_failure() {
        let found = failures(&[won("a"), lost("b", "b")], &[assigned("a")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("409 already_assigned naming Some(\"b\")"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn an_overloaded_server_is_a_failure() {
        let found = failures(
            &[won("a"), answer("b", 503, &json!({"code": "overloaded"}))],
            &[assigned("a")],
        );
        assert!(found[0].contains("503 overloaded"), "{}", found[0]);
    }
}
