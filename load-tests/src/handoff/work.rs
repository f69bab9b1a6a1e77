//! What the AI and the agents do, in an order of their own for each conversation, all at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    client::Call,
    dice::Dice,
    error::LoadError,
    numbers::count,
    patient::PatientClient,
    people::{Office, Person},
    tally::{Outcome, Tally},
};

/// In one of so many conversations the AI is not always sure.
const UNSURE_EVERY: u64 = 10;

/// Who does what.
#[derive(Debug)]
pub(super) struct Plan {
    /// The AI's token.
    pub(super) ai: String,
    pub(super) people: Vec<Person>,
    pub(super) conversations: Vec<String>,
    /// How many replies there are in each conversation.
    pub(super) replies: u16,
    /// What the keys begin with.
    pub(super) run: String,
    pub(super) seed: u64,
}

/// One request, by its place in its conversation.
#[derive(Debug, Clone)]
struct Step {
    conversation: String,
    key: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Reply { confidence: u64 },
    TakeOver { person: usize },
}

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) conversation: String,
    pub(super) answer: Answer,
}

/// The answer to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// What became of a reply of the AI, which is known by its text.
    Reply {
        text: String,
        outcome: String,
        reason: String,
        message: Option<String>,
        version: u64,
    },
    /// A take over that was granted, and the id of the message that it told of.
    TookOver {
        user: String,
        changed: bool,
        last: Option<String>,
    },
    /// One that was refused.
    Refused { code: String },
    /// Something that no answer should be.
    Wrong(String),
}

/// What the clients know at the end.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) tally: Tally,
    pub(super) told: Vec<Told>,
}

/// Clients that are at work.
#[derive(Debug)]
pub(super) struct Work {
    clients: JoinSet<Result<Done, LoadError>>,
    steps: u64,
    done: Arc<AtomicU64>,
}

impl Work {
    /// Starts the clients, each of which takes the next step that nobody has taken.
    pub(super) fn start(office: &Office, plan: &Arc<Plan>, connections: usize) -> Self {
        let steps: Arc<Vec<Step>> = Arc::new(plan.steps());
        let next = Arc::new(AtomicUsize::new(0));
        let done = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            let client = office.client();
            let (plan, steps) = (Arc::clone(plan), Arc::clone(&steps));
            let (next, done) = (Arc::clone(&next), Arc::clone(&done));
            clients.spawn(async move { work(client, &plan, &steps, &next, &done).await });
        }
        Self {
            clients,
            steps: count(steps.len()),
            done,
        }
    }

    /// How many steps there are in all.
    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// How many have their answer.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Whether nobody is at work any more.
    pub(super) fn is_over(&self) -> bool {
        self.clients.is_empty() || self.done() >= self.steps
    }

    /// Waits until every step has its answer.
    pub(super) async fn end(self) -> Result<Done, LoadError> {
        let mut all = Done::default();
        for one in self.clients.join_all().await {
            let one = one?;
            all.tally.merge(&one.tally);
            all.told.extend(one.told);
        }
        Ok(all)
    }
}

impl Plan {
    /// The steps of each conversation in a random order, one conversation after the other: so those
    /// of one conversation are under way at the same moment.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (number, conversation) in self.conversations.iter().enumerate() {
            let mut dice = Dice::fork(self.seed, number);
            let unsure = dice.below(UNSURE_EVERY) == 0;
            let replies = (0..self.replies).map(|_| What::Reply {
                confidence: if unsure {
                    dice.below(101)
                } else {
                    85 + dice.below(16)
                },
            });
            let mut own: Vec<What> = replies.collect();
            own.extend((0..self.people.len()).map(|person| What::TakeOver { person }));
            shuffle(&mut own, &mut dice);
            steps.extend(own.into_iter().enumerate().map(|(place, what)| Step {
                conversation: conversation.clone(),
                key: format!("{}/{number}/{place}", self.run),
                what,
            }));
        }
        steps
    }
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(dice.below(count(last) + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

async fn work(
    mut client: PatientClient,
    plan: &Plan,
    steps: &[Step],
    next: &AtomicUsize,
    done: &AtomicU64,
) -> Result<Done, LoadError> {
    let mut told = Vec::new();
    while let Some(step) = steps.get(next.fetch_add(1, Ordering::Relaxed)) {
        let answer = step.ask(&mut client, plan).await?;
        told.push(Told {
            conversation: step.conversation.clone(),
            answer,
        });
        done.fetch_add(1, Ordering::Relaxed);
    }
    let tally = std::mem::take(&mut client.tally);
    Ok(Done { tally, told })
}

#[derive(Deserialize)]
struct ReplyAnswer {
    outcome: String,
    reason: String,
    message_id: Option<String>,
    conversation: Version,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize)]
struct TakeOverAnswer {
    changed: bool,
    last_ai_message: Option<Value>,
}

impl Step {
    async fn ask(&self, client: &mut PatientClient, plan: &Plan) -> Result<Answer, LoadError> {
        let path = |below: &str| format!("/v1/conversations/{}/{below}", self.conversation);
        match &self.what {
            What::Reply { confidence } => {
                let body = json!({"body": self.key, "confidence": confidence});
                let call = Call::change(Method::POST, path("ai/replies"), &plan.ai)
                    .json(&body)
                    .map_err(|source| LoadError::unanswered(path("ai/replies"), source))?
                    .key(&self.key);
                let reply = client.send("reply", &call).await?;
                client.tally.count("reply", Outcome::of_reply(&reply));
                Ok(match reply.json::<ReplyAnswer>() {
                    Ok(answer) if reply.status == 200 => Answer::Reply {
                        text: self.key.clone(),
                        outcome: answer.outcome,
                        reason: answer.reason,
                        message: answer.message_id,
                        version: answer.conversation.version,
                    },
                    _ => Answer::Wrong(format!("a reply was answered {}", reply.status)),
                })
            }
            What::TakeOver { person } => {
                let Some(person) = plan.people.get(*person) else {
                    return Ok(Answer::Wrong("there is no such agent".to_owned()));
                };
                let call = Call::change(Method::POST, path("take-over"), &person.token);
                let reply = client.send("take_over", &call.key(&self.key)).await?;
                client.tally.count("take_over", Outcome::of_reply(&reply));
                Ok(match reply.json::<TakeOverAnswer>() {
                    Ok(answer) if reply.status == 200 => Answer::TookOver {
                        user: person.user.clone(),
                        changed: answer.changed,
                        last: answer.last_ai_message.as_ref().and_then(id),
                    },
                    _ if reply.status == 409 => Answer::Refused {
                        code: reply.problem().code,
                    },
                    _ => Answer::Wrong(format!("a take over was answered {}", reply.status)),
                })
            }
        }
    }
}

fn id(message: &Value) -> Option<String> {
    Some(message.get("id")?.as_str()?.to_owned())
}
