//! Something to look at: agents who make, assign, close, reopen and write at a leisurely pace.

use std::{sync::Arc, time::Duration};

use hyper::Method;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    attempt::conversation_body,
    client::Call,
    conversations,
    dice::Dice,
    error::LoadError,
    patient::PatientClient,
    people::{Office, Person},
    wire::ConversationView,
};

/// Agents at work.
#[derive(Debug)]
pub(super) struct Bustle {
    stop: watch::Sender<bool>,
    agents: JoinSet<u64>,
}

impl Bustle {
    /// So many agents, each of whom pauses after each request.
    pub(super) async fn start(
        office: &Office,
        people: &[Person],
        agents: usize,
        pause: Duration,
        seed: u64,
    ) -> Result<Self, LoadError> {
        let run = format!("bustle-{seed:016x}-{:016x}", crate::clock::entropy());
        let made = if agents > 0 {
            conversations::make(office, &run, 10).await?
        } else {
            Vec::new()
        };
        let people = Arc::new(people.to_vec());
        let (stop, stopped) = watch::channel(false);
        let mut bustle = Self {
            stop,
            agents: JoinSet::new(),
        };
        for number in 0..agents {
            let agent = Agent {
                client: office.client(),
                people: Arc::clone(&people),
                conversations: made.clone(),
                dice: Dice::fork(seed.rotate_left(7), number),
                pause,
            };
            bustle.agents.spawn(agent.work(stopped.clone()));
        }
        Ok(bustle)
    }

    /// Ends it; gives how many changes were acknowledged.
    pub(super) async fn end(self) -> u64 {
        self.stop.send_replace(true);
        self.agents.join_all().await.into_iter().sum()
    }
}

struct Agent {
    client: PatientClient,
    people: Arc<Vec<Person>>,
    conversations: Vec<String>,
    dice: Dice,
    pause: Duration,
}

impl Agent {
    async fn work(mut self, stopped: watch::Receiver<bool>) -> u64 {
        let mut changes = 0;
        while !*stopped.borrow() {
            changes += u64::from(self.act().await.is_some());
            let pause = self.dice.between(self.pause / 2, self.pause * 2);
            sleep(pause).await;
        }
        changes
    }

    async fn act(&mut self) -> Option<()> {
        let person = self.dice.pick(&self.people)?.clone();
        let (method, path, body) = self.wanted()?;
        let key = format!("bustle-{:016x}", self.dice.roll());
        let call = Call::change(method, path, &person.token)
            .json(&body)
            .ok()?
            .key(key);
        let reply = self.client.send("bustle", &call).await.ok()?;
        if !reply.status.is_success() {
            return None;
        }
        if call.path == "/v1/conversations"
            && let Ok(made) = reply.json::<ConversationView>()
        {
            self.conversations.push(made.id);
        }
        Some(())
    }

    fn wanted(&mut self) -> Option<(Method, String, Value)> {
        let id = self.dice.pick(&self.conversations)?.clone();
        let path = |rest: &str| format!("/v1/conversations/{id}{rest}");
        Some(match self.dice.below(12) {
            0 => {
                let subject = format!("Bustle {:08x}", self.dice.roll());
                let body = conversation_body(&subject, None);
                (Method::POST, "/v1/conversations".to_owned(), body)
            }
            1 => (Method::PATCH, path(""), json!({"status": "closed"})),
            2 => (Method::PATCH, path(""), json!({"status": "open"})),
            3 => {
                let body = json!({"kind": "agent", "body": "We look into it."});
                (Method::POST, path("/messages"), body)
            }
            4 => {
                let body = json!({"assignee": "me", "note": {"body": "Mine."}});
                (Method::PUT, path("/assignee"), body)
            }
            5 | 6 => (Method::PUT, path("/assignee"), json!({"assignee": null})),
            _ => (Method::PUT, path("/assignee"), json!({"assignee": "me"})),
        })
    }
}
