//! Many conversations at once: `POST /v1/bulk/assign` and `/v1/operations`.

mod assign;
mod interrupted;
mod preview;
mod refused;
mod undo;

use ochre_assign::domain::invariants::LogChecker;
use ochre_assign::journal::commits_after;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Person, TestApp, get, post};

/// Assigns many by a request of one's own.
fn bulk(by: &Person, body: &Value) -> Ask {
    post("/v1/bulk/assign", body).by(by)
}

/// Assigns these to somebody.
fn bulk_to(by: &Person, ids: &[String], to: Option<&Person>) -> Ask {
    let assignee = to.map(|person| &person.id);
    bulk(by, &json!({"conversation_ids": ids, "assignee": assignee}))
}

fn undo(by: &Person, operation: &str) -> Ask {
    post(&format!("/v1/operations/{operation}/undo"), &Value::Null).by(by)
}

/// The numbers of an answer: changed, unchanged, failed.
fn counts(answer: &Answer) -> [u64; 3] {
    ["/changed", "/unchanged", "/failed"].map(|name| answer.at(name).as_u64().unwrap())
}

/// What came of each item: its conversation, its outcome or code.
fn outcomes(answer: &Answer) -> Vec<(String, String)> {
    let results = answer.at("/results").as_array().unwrap();
    let one = |result: &Value| {
        let code = result["code"].as_str();
        let code = code.or_else(|| result["outcome"].as_str());
        let id = result["conversation_id"].as_str().unwrap();
        (id.to_owned(), code.unwrap().to_owned())
    };
    results.iter().map(one).collect()
}

impl TestApp {
    async fn create_some(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.create().await);
        }
        ids
    }

    async fn operation(&self, id: &str) -> Answer {
        let path = format!("/v1/operations/{id}");
        self.ask(get(&path).by(&self.viewer)).await
    }

    /// Everything that the journal keeps, as an export has it.
    fn log(&self) -> Vec<Vec<u8>> {
        let journal = self.journal();
        let workspaces = journal.workspaces().unwrap().into_iter();
        let records = workspaces.flat_map(|id| journal.read(id, 0, usize::MAX).unwrap());
        records.map(|record| record.bytes.to_vec()).collect()
    }

    /// Stops the test unless every invariant holds along the log.
    fn holds(&self) {
        let journal = self.journal();
        for id in journal.workspaces().unwrap() {
            let mut checker = LogChecker::default();
            for commit in commits_after(journal, id, 0, usize::MAX).unwrap() {
                checker.check(&commit).unwrap();
            }
        }
    }

    /// The names of the owners of some conversations.
    async fn owners(&self, ids: &[String]) -> Vec<String> {
        let mut owners = Vec::new();
        for id in ids {
            let name = &self.read(id).await["assignee"]["name"];
            owners.push(name.as_str().unwrap_or("nobody").to_owned());
        }
        owners
    }
}
