//! One agent on one connection, who tries without a pause and writes down every answer.

use std::{sync::Arc, time::Instant};

use crate::{
    attempt::Field,
    client::Client,
    clock,
    dice::Dice,
    ledger::Ledgers,
    patient::ATTEMPT_DEADLINE,
    people::Person,
    tally::{Outcome, Tally},
    target::Target,
};

/// One agent.
#[derive(Debug)]
pub(super) struct Agent {
    client: Client,
    person: Person,
    dice: Dice,
    /// What it measured.
    pub(super) tally: Tally,
    /// What it was told.
    pub(super) ledgers: Ledgers,
    /// How many of its requests may or may not have happened.
    pub(super) unanswered: u64,
}

impl Agent {
    pub(super) fn new(target: Target, person: Person, dice: Dice) -> Self {
        Self {
            client: Client::new(target, ATTEMPT_DEADLINE),
            person,
            dice,
            tally: Tally::default(),
            ledgers: Ledgers::default(),
            unanswered: 0,
        }
    }

    /// Works until the end; nothing is repeated, since a conflict is a result here.
    pub(super) async fn work(mut self, field: Arc<Field>, end: Instant) -> Self {
        while clock::now() < end {
            let Some(attempt) = field.attempt(&mut self.dice, &self.person, None) else {
                break;
            };
            let Ok(call) = attempt.call() else { break };
            let started = clock::now();
            match self.client.send(&call).await {
                Ok(reply) => {
                    self.tally.time(attempt.kind, started.elapsed());
                    let outcome = attempt.note(&reply, &mut self.ledgers);
                    // A server that fails does not say whether the change happened.
                    self.unanswered += u64::from(reply.status.is_server_error());
                    self.tally.count(attempt.kind, outcome);
                }
                Err(error) => {
                    self.unanswered += 1;
                    self.tally.count(attempt.kind, Outcome::of_error(&error));
                    // A server that is gone would otherwise be asked a million times.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
        }
        self
    }
}
