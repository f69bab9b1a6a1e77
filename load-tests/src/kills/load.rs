//! The load of one round: clients who work until the server dies under them.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use crate::{
    attempt::{Attempt, Field},
    client::Client,
    dice::Dice,
    error::LoadError,
    ledger::Ledgers,
    patient::{ATTEMPT_DEADLINE, PatientClient},
    people::Person,
    tally::{Outcome, Tally},
    target::Target,
};

/// How long a client waits after the server said that it cannot.
const PAUSE: Duration = Duration::from_millis(5);

/// What the clients of one round know when the server is dead.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    pub(super) tally: Tally,
    pub(super) ledgers: Ledgers,
    /// Requests that may or may not have happened.
    pub(super) unsettled: Vec<Attempt>,
}

/// Clients that are at work.
#[derive(Debug)]
pub(super) struct Load {
    clients: JoinSet<Aftermath>,
}

/// Which round of which run.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) run: String,
    pub(super) number: u32,
    pub(super) seed: u64,
}

impl Load {
    /// Starts the clients, each of which is one of the people on one connection.
    pub(super) fn start(
        target: &Target,
        field: &Arc<Field>,
        connections: usize,
        round: &Round,
    ) -> Self {
        let mut clients = JoinSet::new();
        for (number, person) in field.people.iter().cycle().take(connections).enumerate() {
            let client = Client::new(target.clone(), ATTEMPT_DEADLINE);
            let dice = Dice::fork(round.seed, number);
            let keys = format!("{}/{}/{number}", round.run, round.number);
            clients.spawn(work(client, person.clone(), Arc::clone(field), dice, keys));
        }
        Self { clients }
    }

    /// Waits until each client has noticed that the server is dead.
    pub(super) async fn end(self) -> Aftermath {
        let mut all = Aftermath::default();
        for one in self.clients.join_all().await {
            all.tally.merge(&one.tally);
            all.ledgers.merge(one.ledgers);
            all.unsettled.extend(one.unsettled);
        }
        all
    }
}

async fn work(
    mut client: Client,
    person: Person,
    field: Arc<Field>,
    mut dice: Dice,
    keys: String,
) -> Aftermath {
    let mut seen = Aftermath::default();
    for number in 0_u64.. {
        let key = Some(format!("{keys}/{number}"));
        let Some(attempt) = field.attempt(&mut dice, &person, key) else {
            break;
        };
        let Ok(call) = attempt.call() else { break };
        match client.send(&call).await {
            Ok(reply) if is_unsettled(reply.status.as_u16()) => {
                seen.tally.count(attempt.kind, Outcome::of_reply(&reply));
                seen.unsettled.push(attempt);
                sleep(PAUSE).await;
            }
            Ok(reply) => {
                let outcome = attempt.note(&reply, &mut seen.ledgers);
                seen.tally.count(attempt.kind, outcome);
            }
            Err(error) => {
                seen.tally.count(attempt.kind, Outcome::of_error(&error));
                seen.unsettled.push(attempt);
                break;
            }
        }
    }
    seen
}

/// A server that fails does not say whether the change will turn out to have happened.
fn is_unsettled(status: u16) -> bool {
    status >= 500 || status == 408 || status == 429
}

/// Repeats what was not settled, with the same keys: afterwards every request has its answer.
/// Gives the answers that a repetition must not get, each in a sentence.
pub(super) async fn settle(
    client: &mut PatientClient,
    unsettled: Vec<Attempt>,
    ledgers: &mut Ledgers,
    replayed: &mut u64,
) -> Result<Vec<String>, LoadError> {
    let mut found = Vec::new();
    for attempt in unsettled {
        let call = attempt.call()?;
        let reply = client.send("settle", &call).await?;
        *replayed += u64::from(reply.replayed);
        let outcome = attempt.note(&reply, ledgers);
        client.tally.count("settle", outcome);
        let code = reply.problem().code;
        // A creation that happened is answered from memory, never refused.
        if !reply.status.is_success() && code != "already_assigned" {
            let (kind, status) = (attempt.kind, reply.status.as_u16());
            found.push(format!(
                "a repeated {kind} was answered with {status} {code}"
            ));
        }
    }
    Ok(found)
}
