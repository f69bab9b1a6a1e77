//! Operations one after the other, and whether each of them did what it said.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::report::Report;
use crate::{
    client::{Call, Client},
    clock,
    error::LoadError,
    people::{Office, Person, change, read},
    wire::ConversationView,
};

/// How long one operation may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// How many conversations are read again at the end.
const LOOKED_AT: usize = 200;

/// What is done, and what was answered.
pub(super) struct Operations<'a> {
    office: &'a Office,
    people: &'a [Person],
    items: Vec<String>,
    /// Read only at the end: the clicks are measured on this thread, too.
    answers: Vec<(Bytes, Duration)>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    operation_id: String,
    changed: usize,
    unchanged: usize,
    failed: usize,
    results: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    conversation_id: String,
    outcome: String,
    version: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Kept {
    state: String,
    changed: usize,
}

/// Gives all conversations to one person after the other, until the time is over.
pub(super) async fn operate(
    operations: &mut Operations<'_>,
    until: Instant,
) -> Result<(), LoadError> {
    let office = operations.office;
    let mut client = Client::new(office.target.clone(), DEADLINE);
    while clock::now() < until {
        let number = operations.answers.len();
        let owner = operations.people.iter().cycle().nth(number);
        let owner = owner.map(|person| &person.user);
        let body = json!({"conversation_ids": operations.items, "assignee": owner});
        let call = change("/v1/bulk/assign", &office.admin, &body)?;
        let call = call.key(format!("operation {number}"));
        let started = clock::now();
        let reply = client.send(&call).await;
        let reply = reply.map_err(|source| LoadError::unanswered("bulk assign", source))?;
        if !reply.status.is_success() {
            return Err(LoadError::unexpected("bulk assign".to_owned(), &reply));
        }
        operations.answers.push((reply.body, started.elapsed()));
    }
    Ok(())
}

impl<'a> Operations<'a> {
    pub(super) fn new(office: &'a Office, people: &'a [Person], items: Vec<String>) -> Self {
        Self {
            office,
            people,
            items,
            answers: Vec::new(),
        }
    }

    /// Every operation has a changed result for each item, is kept as it was answered, and the last one
    /// is what the conversations show.
    pub(super) async fn judge(self, report: &mut Report) -> Result<(), LoadError> {
        let mut client = self.office.client();
        let mut last = None;
        for (number, (body, took)) in self.answers.iter().enumerate() {
            let answer: Answer = serde_json::from_slice(body)?;
            report.operations.record(*took);
            let expected = (self.items.len(), 0, 0);
            let counted = (answer.changed, answer.unchanged, answer.failed);
            if counted != expected {
                let wrong = format!("operation {number} counts {counted:?}, not {expected:?}");
                report.wrong.push(wrong);
            }
            let results = answer.results.iter();
            let in_order = answer.results.len() == self.items.len()
                && results.zip(&self.items).all(|(result, id)| {
                    result.conversation_id == *id
                        && result.outcome == "changed"
                        && result.version.is_some()
                });
            if !in_order {
                let wrong = format!("operation {number} has not a changed result for each item");
                report.wrong.push(wrong);
            }
            let path = format!("/v1/operations/{}", answer.operation_id);
            let call = Call::get(path, &self.office.admin);
            let kept: Kept = read(&call, &client.succeed("operation", &call).await?)?;
            if (kept.state.as_str(), kept.changed) != ("done", answer.changed) {
                report.wrong.push(format!("operation {number} is {kept:?}"));
            }
            last = Some(answer);
        }
        let last = last.map(|answer| answer.results).unwrap_or_default();
        let step = (last.len() / LOOKED_AT).max(1);
        for result in last.iter().step_by(step) {
            let path = format!("/v1/conversations/{}", result.conversation_id);
            let call = Call::get(path, &self.office.admin);
            let shown: ConversationView = read(&call, &client.succeed("read", &call).await?)?;
            if Some(shown.version) != result.version {
                let (id, version) = (&result.conversation_id, shown.version);
                let wrong = format!("{id} is at {version} and not at {:?}", result.version);
                report.wrong.push(wrong);
            }
        }
        Ok(())
    }
}
