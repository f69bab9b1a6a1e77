//! Webhooks (S10): what is told outside, how often, signed by what, and where it may not lead.

mod doors;
mod failing;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ochre_assign::journal::{Append, Journal, MemoryJournal, SideKey};
use serde_json::{Value, json};

use crate::support::{Answer, Received, Setup, TestApp, get, patch, post};

const WEBHOOKS: &str = "/v1/webhooks";
const HOUR: Duration = Duration::from_secs(3600);

/// A service that may tell receivers on this machine.
fn setup() -> Setup {
    Setup::new().configured(|config| {
        config.webhooks.plain_http = true;
        config.webhooks.permitted_networks = vec!["127.0.0.0/8".to_owned()];
    })
}

/// A webhook and its secret.
struct Made {
    id: String,
    secret: String,
}

impl TestApp {
    async fn make_webhook(&self, url: &str, events: &Value) -> Made {
        let body = json!({"url": url, "events": events});
        let made = self.ask(post(WEBHOOKS, &body).by(&self.admin)).await;
        let made = made.expect_status(201);
        Made {
            id: made.text_at("/id"),
            secret: made.text_at("/secret"),
        }
    }

    async fn webhook(&self, id: &str) -> Value {
        let path = format!("{WEBHOOKS}/{id}");
        let read = self.ask(get(&path).by(&self.owner)).await;
        read.expect_status(200).body
    }

    async fn change_webhook(&self, id: &str, body: &Value) -> Answer {
        let path = format!("{WEBHOOKS}/{id}");
        self.ask(patch(&path, body).by(&self.owner)).await
    }

    async fn deliveries(&self, id: &str, query: &str) -> Vec<Value> {
        let path = format!("{WEBHOOKS}/{id}/deliveries{query}");
        let list = self.ask(get(&path).by(&self.owner)).await;
        let list = list.expect_status(200);
        list.at("/items").as_array().unwrap().clone()
    }

    /// Waits until the newest delivery stands so.
    async fn until_newest(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut newest = Value::Null;
        for _ in 0..1000 {
            let all = self.deliveries(id, "").await;
            newest = all.first().cloned().unwrap_or_default();
            if fits(&newest) {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it still is {newest}");
    }

    /// Everything that the store holds as it now is: what a kill would leave.
    fn killed(&self) -> Arc<dyn Journal> {
        let (journal, copy) = (self.journal(), MemoryJournal::new());
        let end = SideKey(Bytes::from_static(&[0xFF; 8]));
        for workspace in journal.workspaces().unwrap() {
            let records = journal.read(workspace, 0, usize::MAX).unwrap();
            let side = journal.side_range(workspace, &SideKey(Bytes::new()), &end, usize::MAX);
            let append = Append {
                workspace,
                expected_head: 0,
                records: records.into_iter().map(|record| record.bytes).collect(),
                side: side
                    .unwrap()
                    .into_iter()
                    .map(|(key, value)| (key, Some(value)))
                    .collect(),
            };
            copy.append(&[append]).unwrap();
        }
        Arc::new(copy)
    }
}

fn is(status: &str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["status"] == status
}

/// Leaves what was told for an implementation of the specification that is not ours, if one waits for it:
/// see `tests/webhooks/verify.py`.
fn keep_for_others(secret: &str, received: &[Received]) {
    let Ok(path) = std::env::var("OCHRE_WEBHOOKS_TOLD") else {
        return;
    };
    let lines = received.iter().map(|one| {
        let (headers, body) = (one.headers(), &one.body);
        format!(
            "{}\n",
            json!({"secret": secret, "headers": headers, "body": body})
        )
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
}

/// Long enough for something wrong to be sent.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(250)).await;
}
