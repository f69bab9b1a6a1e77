//! What tests do again and again: create, assign, list, look.

use std::time::Duration;

use serde_json::{Value, json};

use super::app::{Person, TestApp};
use super::client::{Answer, get, patch, post, put};

/// The ids of a list's items.
pub(crate) fn ids(items: &[Value]) -> Vec<String> {
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

impl TestApp {
    /// A new conversation as it was answered; `fields` go over the usual ones.
    pub(crate) async fn create_with(&self, fields: &Value) -> Value {
        let mut body = json!({
            "channel": "email",
            "subject": "Where is my order?",
            "customer": {"name": "Cleo", "email": "cleo@example.com"},
            "body": "It should be here by now.",
        });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = self
            .ask(post("/v1/conversations", &body).by(&self.owner))
            .await;
        answer.expect_status(201).body
    }

    /// The id of a new conversation.
    pub(crate) async fn create(&self) -> String {
        let created = self.create_with(&json!({})).await;
        created["id"].as_str().unwrap().to_owned()
    }

    /// The conversation as it now is.
    pub(crate) async fn read(&self, id: &str) -> Value {
        let path = format!("/v1/conversations/{id}");
        self.ask(get(&path).by(&self.owner))
            .await
            .expect_status(200)
            .body
    }

    pub(crate) async fn assign(&self, by: &Person, id: &str, to: Option<&Person>) -> Answer {
        let body = json!({"assignee": to.map(|person| &person.id)});
        self.put_assignee(by, id, &body).await
    }

    pub(crate) async fn put_assignee(&self, by: &Person, id: &str, body: &Value) -> Answer {
        let path = format!("/v1/conversations/{id}/assignee");
        self.ask(put(&path, body).by(by)).await
    }

    pub(crate) async fn claim(&self, by: &Person, id: &str) -> Answer {
        self.act(by, id, "claim", &Value::Null).await
    }

    pub(crate) async fn take_over(&self, by: &Person, id: &str) -> Answer {
        self.act(by, id, "take-over", &Value::Null).await
    }

    /// Posts to something below a conversation.
    pub(crate) async fn act(&self, by: &Person, id: &str, what: &str, body: &Value) -> Answer {
        let path = format!("/v1/conversations/{id}/{what}");
        self.ask(post(&path, body).by(by)).await
    }

    pub(crate) async fn edit(&self, by: &Person, id: &str, body: &Value) -> Answer {
        let path = format!("/v1/conversations/{id}");
        self.ask(patch(&path, body).by(by)).await
    }

    pub(crate) async fn set_status(&self, id: &str, status: &str) {
        let body = json!({"status": status});
        self.edit(&self.owner, id, &body).await.expect_status(200);
    }

    /// The ids of the first page of a list of conversations.
    pub(crate) async fn list(&self, by: &Person, query: &str) -> Vec<String> {
        let path = format!("/v1/conversations?{query}");
        let answer = self.ask(get(&path).by(by)).await.expect_status(200);
        ids(answer.body["items"].as_array().unwrap())
    }

    /// The whole history of a conversation, up to 200 entries.
    pub(crate) async fn history(&self, id: &str) -> Vec<Value> {
        let path = format!("/v1/conversations/{id}/history?limit=200");
        let answer = self
            .ask(get(&path).by(&self.owner))
            .await
            .expect_status(200);
        answer.body["items"].as_array().unwrap().clone()
    }

    /// The kinds of its entries.
    pub(crate) async fn kinds(&self, id: &str) -> Vec<String> {
        let entries = self.history(id).await;
        let kind = |entry: &Value| entry["kind"].as_str().unwrap().to_owned();
        entries.iter().map(kind).collect()
    }

    /// The log after a position.
    pub(crate) async fn events(&self, mut after: u64) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let path = format!("/v1/events?after={after}&limit=200");
            let page = self
                .ask(get(&path).by(&self.owner))
                .await
                .expect_status(200);
            let items = page.body["items"].as_array().unwrap();
            let Some(last) = items.last() else {
                return events;
            };
            after = last["seq"].as_u64().unwrap();
            events.extend(items.iter().cloned());
        }
    }

    /// The newest position.
    pub(crate) async fn head(&self) -> u64 {
        let list = self.ask(get("/v1/conversations").by(&self.owner)).await;
        list.at("/seq").as_u64().unwrap()
    }

    pub(crate) async fn switch_autopilot(&self, enabled: bool) {
        let body = json!({"enabled": enabled});
        let answer = self.ask(put("/v1/autopilot", &body).by(&self.owner)).await;
        answer.expect_status(200);
    }

    pub(crate) async fn put_autopilot(&self, by: &Person, body: &Value) -> Answer {
        self.ask(put("/v1/autopilot", body).by(by)).await
    }

    /// Offers a reply of the AI with a service's token.
    pub(crate) async fn offer(&self, token: &str, id: &str, body: &Value) -> Answer {
        let path = format!("/v1/conversations/{id}/ai/replies");
        self.ask(post(&path, body).bearer(token)).await
    }

    /// Changes a person's role or status.
    pub(crate) async fn update(&self, person: &Person, body: &Value) -> Answer {
        let path = format!("/v1/users/{}", person.id);
        self.ask(patch(&path, body).by(&self.owner)).await
    }

    /// The secret of a new service token.
    pub(crate) async fn service(&self, scopes: &[&str]) -> String {
        let body = json!({"name": "service", "kind": "service", "scopes": scopes});
        let answer = self.ask(post("/v1/tokens", &body).by(&self.owner)).await;
        answer.expect_status(201).text_at("/token")
    }

    /// Waits until the store takes changes again.
    pub(crate) async fn until_ready(&self) {
        for _ in 0..1000 {
            if self.ask(get("/readyz")).await.status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the store did not heal");
    }
}
