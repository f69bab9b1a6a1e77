//! A client that repeats a request until it is settled, or until its patience ends.
//!
//! Only requests that may be repeated go through it: reads, and changes with an `Idempotency-Key`.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    client::{Call, Client, ClientError, Reply},
    clock,
    dice::Dice,
    error::LoadError,
    tally::{Outcome, Tally},
    target::Target,
};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one attempt waits for its answer.
pub const ATTEMPT_DEADLINE: Duration = Duration::from_secs(10);

/// A client with a limit to how long it repeats one request.
#[derive(Debug)]
pub struct PatientClient {
    client: Client,
    patience: Duration,
    dice: Dice,
    /// Every attempt, by kind and outcome, and the latencies of those answered in the 200s.
    pub tally: Tally,
    /// How many attempts were repetitions.
    pub retries: u64,
}

impl PatientClient {
    /// A client of this server; the seed only moves the pauses between attempts.
    pub fn new(target: Target, patience: Duration, seed: u64) -> Self {
        Self {
            client: Client::new(target, ATTEMPT_DEADLINE),
            patience,
            dice: Dice::new(seed),
            tally: Tally::default(),
            retries: 0,
        }
    }

    /// Sends the request until it has an answer other than "later".
    pub async fn send(&mut self, kind: &'static str, call: &Call<'_>) -> Result<Reply, LoadError> {
        let mut first_failure = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let started = clock::now();
            let (last, asked) = match self.client.send(call).await {
                Ok(reply) if !is_later(&reply) => {
                    if reply.status.is_success() {
                        self.tally.time(kind, started.elapsed());
                    }
                    return Ok(reply);
                }
                Ok(reply) => {
                    let outcome = Outcome::of_reply(&reply);
                    self.tally.count(kind, outcome.clone());
                    (outcome.to_string(), reply.retry_after)
                }
                Err(error) if is_passing(&error) => {
                    let outcome = Outcome::of_error(&error);
                    self.tally.count(kind, outcome.clone());
                    (outcome.to_string(), None)
                }
                Err(error) => return Err(LoadError::unanswered(what(call), error)),
            };
            let failing_since = *first_failure.get_or_insert(started);
            if failing_since.elapsed() >= self.patience {
                let waited_seconds = failing_since.elapsed().as_secs();
                return Err(LoadError::OutOfPatience {
                    what: what(call),
                    waited_seconds,
                    last,
                });
            }
            self.retries = self.retries.saturating_add(1);
            let base = asked.unwrap_or(pause);
            // The jitter keeps clients that failed together from coming back together.
            sleep(self.dice.between(base, base.saturating_add(pause))).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Sends the request and counts its outcome, which has to be in the 200s.
    pub async fn succeed(
        &mut self,
        kind: &'static str,
        call: &Call<'_>,
    ) -> Result<Reply, LoadError> {
        let reply = self.send(kind, call).await?;
        self.tally.count(kind, Outcome::of_reply(&reply));
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(LoadError::unexpected(what(call), &reply))
        }
    }
}

/// How a request is named in messages.
pub fn what(call: &Call<'_>) -> String {
    format!("{} {}", call.method, call.path)
}

fn is_later(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 408 | 429 | 503)
}

fn is_passing(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Refused(_) | ClientError::Cut(_) | ClientError::Deadline(_)
    )
}
