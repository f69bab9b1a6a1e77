//! What tests of routing do again and again: rules, teams, turns.

use serde_json::{Value, json};

use super::app::{Person, TestApp};
use super::client::{Answer, get, patch, post, put};

/// A rule that gives conversations with a subject to a person.
pub(crate) fn subject_to(text: &str, person: &Person) -> Value {
    json!({"name": format!("{text} to {}", person.name),
        "when": {"condition": "subject_contains", "value": text},
        "then": {"action": "assign", "user": person.id}})
}

/// A rule that gives everything to whose turn it is.
pub(crate) fn everything_round(team: &str) -> Value {
    json!({"name": format!("round {team}"),
        "when": {"condition": "priority_at_least", "value": "low"},
        "then": {"action": "assign", "round_robin": team}})
}

impl TestApp {
    pub(crate) async fn rules(&self) -> Answer {
        let ask = get("/v1/routing/rules").by(&self.owner);
        self.ask(ask).await.expect_status(200)
    }

    /// Replaces the rules, whichever there are.
    pub(crate) async fn put_rules(&self, items: &[Value]) -> Answer {
        let ask = put("/v1/routing/rules", &json!({"items": items}));
        self.ask(ask.if_match("*").by(&self.owner)).await
    }

    /// The ids of the rules after they were replaced.
    pub(crate) async fn set_rules(&self, items: &[Value]) -> Vec<String> {
        let answer = self.put_rules(items).await.expect_status(200);
        super::ids(answer.at("/items").as_array().unwrap())
    }

    /// The id of a new team.
    pub(crate) async fn team(&self, name: &str, members: &[&Person]) -> String {
        let members: Vec<_> = members.iter().map(|person| &person.id).collect();
        let body = json!({"name": name, "members": members});
        let answer = self.ask(post("/v1/teams", &body).by(&self.owner)).await;
        answer.expect_status(201).text_at("/id")
    }

    pub(crate) async fn set_members(&self, team: &str, members: &[&Person]) {
        let members: Vec<_> = members.iter().map(|person| &person.id).collect();
        let ask = patch(&format!("/v1/teams/{team}"), &json!({"members": members}));
        self.ask(ask.by(&self.owner)).await.expect_status(200);
    }

    /// Creates conversations, and tells who got each: their names, or nothing.
    pub(crate) async fn picks(&self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            let created = self.create_with(&json!({})).await;
            let name = created["assignee"]["name"].as_str().unwrap_or("");
            names.push(name.to_owned());
        }
        names
    }

    pub(crate) async fn rotation(&self, team: &str) -> Value {
        let ask = get(&format!("/v1/teams/{team}/rotation")).by(&self.viewer);
        self.ask(ask).await.expect_status(200).body
    }

    /// The whole ledger of a team, up to 200 turns.
    pub(crate) async fn turns(&self, team: &str) -> Vec<Value> {
        let ask = get(&format!("/v1/teams/{team}/turns?limit=200")).by(&self.viewer);
        let answer = self.ask(ask).await.expect_status(200);
        answer.at("/items").as_array().unwrap().clone()
    }

    pub(crate) async fn why(&self, id: &str) -> Value {
        let ask = get(&format!("/v1/conversations/{id}/why")).by(&self.viewer);
        self.ask(ask).await.expect_status(200).body
    }
}
