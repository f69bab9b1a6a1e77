//! Sends a log's tickets: many at once, the events of each strictly in their order.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hyper::Method;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::{sync::Mutex, task::JoinSet};

use super::{
    log::{Event, Log, Ticket},
    state::{Line, State, TicketState},
};
use crate::{
    client::Call,
    error::LoadError,
    listing::percent_encoded,
    patient::{PatientClient, what},
    people::{Office, Person, read},
    tally::{Outcome, Tally},
    wire::{ChangeAnswer, ConversationView},
};

/// What all clients of a replay share.
#[derive(Debug)]
pub(super) struct Replay {
    /// What is replayed.
    pub(super) log: Log,
    /// In the order of the log's people.
    pub(super) people: Vec<Person>,
    /// The channel of every conversation.
    pub(super) channel: String,
    /// The start of every idempotency key.
    pub(super) run: String,
    /// What is achieved.
    pub(super) state: Mutex<State>,
    /// For the terminal.
    pub(super) bar: ProgressBar,
    /// The next ticket that nobody has taken.
    pub(super) next: AtomicUsize,
}

/// What the clients measured.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// Latencies and outcomes.
    pub(super) tally: Tally,
    /// How many requests were sent again.
    pub(super) retries: u64,
    /// How many answers were given again from an earlier attempt.
    pub(super) replayed: u64,
}

/// Replays the log over so many clients.
pub(super) async fn run(
    replay: &Arc<Replay>,
    office: &Office,
    clients: usize,
) -> (Measured, Result<(), LoadError>) {
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let client = PatientClient::new(
            office.target.clone(),
            office.patience,
            crate::numbers::count(number),
        );
        let mut player = Player {
            replay: Arc::clone(replay),
            client,
            replayed: 0,
        };
        tasks.spawn(async move {
            let result = player.play().await;
            (player, result)
        });
    }
    let mut measured = Measured::default();
    let mut end = Ok(());
    for (player, result) in tasks.join_all().await {
        measured.tally.merge(&player.client.tally);
        measured.retries += player.client.retries;
        measured.replayed += player.replayed;
        end = end.and(result);
    }
    (measured, end)
}

struct Player {
    replay: Arc<Replay>,
    client: PatientClient,
    replayed: u64,
}

impl Player {
    async fn play(&mut self) -> Result<(), LoadError> {
        let replay = Arc::clone(&self.replay);
        while let Some(ticket) = replay
            .log
            .tickets
            .get(replay.next.fetch_add(1, Ordering::Relaxed))
        {
            let played = self.play_ticket(ticket).await;
            if played.is_err() {
                // The others finish the ticket they have, and take no more.
                replay
                    .next
                    .store(replay.log.tickets.len(), Ordering::Relaxed);
            }
            played?;
        }
        Ok(())
    }

    async fn play_ticket(&mut self, ticket: &Ticket) -> Result<(), LoadError> {
        let begun = self
            .replay
            .state
            .lock()
            .await
            .achieved
            .tickets
            .get(&ticket.case)
            .cloned();
        let begun = match begun {
            Some(begun) => begun,
            None => self.create(ticket).await?,
        };
        let mut was_closed = begun
            .events
            .checked_sub(1)
            .and_then(|last| ticket.events.get(last))
            .is_some_and(|event| event.closes);
        for (number, event) in ticket.events.iter().enumerate().skip(begun.events) {
            let at = Moment {
                ticket,
                number,
                conversation: &begun.conversation,
            };
            let changed = self.play_event(&at, *event, was_closed).await?;
            let line = Line::Event {
                ticket: ticket.case.clone(),
                event: number,
                changed,
                reopened: was_closed,
                closed: event.closes,
            };
            self.replay.state.lock().await.record(line)?;
            self.replay.bar.inc(1);
            was_closed = event.closes;
        }
        Ok(())
    }

    /// Makes the ticket's conversation, as the person of its first event.
    async fn create(&mut self, ticket: &Ticket) -> Result<TicketState, LoadError> {
        let first = ticket.events.first().map_or(0, |event| event.person);
        let body = json!({
            "channel": self.replay.channel,
            "subject": ticket.subject,
            "customer": {"name": ticket.customer_name, "email": "customer@load-tests.example"},
            "body": ticket.body,
            "external_id": ticket.case,
            "custom_fields": ticket.custom_fields,
        });
        let token = self.token(first)?;
        let call = self.change(Method::POST, "/v1/conversations".to_owned(), &token, &body)?;
        let call = call.key(self.key(ticket, "create"));
        let reply = self.client.send("create", &call).await?;
        let outcome = Outcome::of_reply(&reply);
        self.client.tally.count("create", outcome);
        self.replayed += u64::from(reply.replayed);
        let problem = reply.problem();
        let (conversation, found) = match problem.conversation_id {
            Some(existing) if problem.code == "external_id_taken" => (existing, true),
            _ if reply.status.is_success() => (read::<ConversationView>(&call, &reply)?.id, false),
            _ => return Err(LoadError::unexpected(what(&call), &reply)),
        };
        let line = Line::Conversation {
            ticket: ticket.case.clone(),
            conversation: conversation.clone(),
            found,
        };
        self.replay.state.lock().await.record(line)?;
        Ok(TicketState {
            conversation,
            found,
            ..TicketState::default()
        })
    }

    /// Reopens when it was closed, assigns, closes when the event does; says whether it changed.
    async fn play_event(
        &mut self,
        at: &Moment<'_>,
        event: Event,
        was_closed: bool,
    ) -> Result<bool, LoadError> {
        let token = self.token(event.person)?;
        if was_closed {
            self.set_status(at, &token, "reopen", "open").await?;
        }
        let changed = self.assign(at, &token).await?;
        if event.closes {
            self.set_status(at, &token, "close", "closed").await?;
        }
        Ok(changed)
    }

    async fn assign(&mut self, at: &Moment<'_>, token: &str) -> Result<bool, LoadError> {
        let path = format!("/v1/conversations/{}/assignee", at.conversation);
        let call = self
            .change(Method::PUT, path, token, &json!({"assignee": "me"}))?
            .key(self.key(at.ticket, &format!("{}/assign", at.number)));
        let reply = self.client.send("assign", &call).await?;
        self.replayed += u64::from(reply.replayed);
        if !reply.status.is_success() {
            self.client.tally.count("assign", Outcome::of_reply(&reply));
            return Err(LoadError::unexpected(what(&call), &reply));
        }
        let answer: ChangeAnswer = read(&call, &reply)?;
        let status = reply.status.as_u16();
        let outcome = if answer.changed {
            Outcome::Changed(status)
        } else {
            Outcome::Unchanged(status)
        };
        self.client.tally.count("assign", outcome);
        Ok(answer.changed)
    }

    async fn set_status(
        &mut self,
        at: &Moment<'_>,
        token: &str,
        kind: &'static str,
        status: &str,
    ) -> Result<(), LoadError> {
        let path = format!("/v1/conversations/{}", at.conversation);
        let call = self
            .change(Method::PATCH, path, token, &json!({"status": status}))?
            .key(self.key(at.ticket, &format!("{}/{kind}", at.number)));
        let reply = self.client.succeed(kind, &call).await?;
        self.replayed += u64::from(reply.replayed);
        Ok(())
    }

    fn change<'call>(
        &self,
        method: Method,
        path: String,
        token: &'call str,
        body: &Value,
    ) -> Result<Call<'call>, LoadError> {
        Call::change(method, path.clone(), token)
            .json(body)
            .map_err(|source| LoadError::unanswered(path, source))
    }

    /// The same for the same step of the same run, so that repeating it does nothing twice.
    fn key(&self, ticket: &Ticket, step: &str) -> String {
        format!(
            "{}/{}/{step}",
            self.replay.run,
            percent_encoded(&ticket.case)
        )
    }

    fn token(&self, person: usize) -> Result<String, LoadError> {
        let person = self.replay.people.get(person);
        let person = person.ok_or_else(|| LoadError::Unfit("a person has no token".to_owned()))?;
        Ok(person.token.clone())
    }
}

/// Which event of which ticket.
struct Moment<'log> {
    ticket: &'log Ticket,
    number: usize,
    conversation: &'log str,
}
