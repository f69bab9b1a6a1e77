//! The contract's rules, as far as the workloads use them, in memory and in one piece.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A change as it came, which is also how it is kept: the world is what the changes made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) replayed: bool,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    users: Vec<Value>,
    tokens: HashMap<String, String>,
    pub(crate) conversations: Vec<Conversation>,
    answers: HashMap<(String, String), Answer>,
    pub(crate) seq: u64,
    /// The planned wrong: every so many claims is granted although somebody has it.
    pub(crate) grant_every: Option<u64>,
    claims: u64,
}

#[derive(Debug)]
pub(crate) struct Conversation {
    id: String,
    external_id: Option<String>,
    status: String,
    assignee: Option<String>,
    version: u64,
    pub(crate) history: Vec<Value>,
}

impl Conversation {
    pub(crate) fn view(&self) -> Value {
        let person = self
            .assignee
            .as_ref()
            .map(|id| json!({"id": id, "name": id}));
        json!({"id": self.id, "external_id": self.external_id, "status": self.status,
            "version": self.version, "assignee": person})
    }

    fn record(&mut self, seq: u64, kind: &str, actor: &str, changes: &Value) {
        self.version += 1;
        self.history
            .push(json!({"seq": seq, "version": self.version, "kind": kind,
            "actor": {"kind": "user", "id": actor}, "changes": changes}));
    }
}

impl World {
    pub(crate) fn with_owner(email: &str, token: &str) -> Self {
        let mut world = Self::default();
        world
            .users
            .push(json!({"id": "usr_0", "name": "Owner", "email": email,
            "role": "owner", "status": "active"}));
        world.tokens.insert(token.to_owned(), "usr_0".to_owned());
        world
    }

    /// Carries out a change, or gives the answer that its key had before.
    pub(crate) fn change(&mut self, change: &Change) -> Answer {
        let Some(actor) = self.tokens.get(&change.token).cloned() else {
            return problem(401, "unauthenticated", json!({}));
        };
        let key = change.key.clone().map(|key| (actor.clone(), key));
        if let Some(known) = key.as_ref().and_then(|key| self.answers.get(key)) {
            return Answer {
                replayed: true,
                ..known.clone()
            };
        }
        let answer = self.decide(change, &actor);
        if let Some(key) = key {
            self.answers.insert(key, answer.clone());
        }
        answer
    }

    fn decide(&mut self, change: &Change, actor: &str) -> Answer {
        let parts: Vec<&str> = change.path.split('/').skip(2).collect();
        match (change.method.as_str(), parts.as_slice()) {
            ("POST", ["users"]) => self.user(&change.body),
            ("POST", ["tokens"]) => self.token(&change.body),
            ("POST", ["conversations"]) => self.create(&change.body, actor),
            ("PATCH", ["conversations", id]) => self.status(id, &change.body, actor),
            ("PUT", ["conversations", id, "assignee"]) => {
                let owner = match change.body.get("assignee").and_then(Value::as_str) {
                    Some("me") => Some(actor),
                    other => other,
                };
                self.assign(id, owner.map(str::to_owned), actor)
            }
            ("POST", ["conversations", id, "claim"]) => self.claim(id, actor),
            _ => problem(404, "not_found", json!({})),
        }
    }

    fn user(&mut self, body: &Value) -> Answer {
        if self.users.iter().any(|user| user["email"] == body["email"]) {
            return problem(409, "email_taken", json!({}));
        }
        let id = format!("usr_{}", self.users.len());
        let user = json!({"id": id, "name": body["name"], "email": body["email"],
            "role": body["role"], "status": "active"});
        self.users.push(user.clone());
        self.seq += 1;
        success(201, user)
    }

    fn token(&mut self, body: &Value) -> Answer {
        let token = format!("token-{}", self.tokens.len());
        let user = body["user"].as_str().unwrap_or_default().to_owned();
        self.tokens.insert(token.clone(), user);
        self.seq += 1;
        success(201, json!({"id": token, "token": token}))
    }

    fn create(&mut self, body: &Value, actor: &str) -> Answer {
        let external_id = body["external_id"].as_str().map(str::to_owned);
        let known = self
            .conversations
            .iter()
            .find(|c| c.external_id.is_some() && c.external_id == external_id);
        if let Some(known) = known {
            return problem(
                409,
                "external_id_taken",
                json!({"conversation_id": known.id}),
            );
        }
        self.seq += 1;
        let mut conversation = Conversation {
            id: format!("conv_{}", self.conversations.len()),
            external_id,
            status: "open".to_owned(),
            assignee: None,
            version: 0,
            history: Vec::new(),
        };
        conversation.record(self.seq, "created", actor, &json!({}));
        let view = conversation.view();
        self.conversations.push(conversation);
        success(201, view)
    }

    fn status(&mut self, id: &str, body: &Value, actor: &str) -> Answer {
        let seq = self.seq + 1;
        let Some(conversation) = self.conversation(id) else {
            return problem(404, "not_found", json!({}));
        };
        let status = body["status"].as_str().unwrap_or_default();
        let changes = json!({"status": {"from": conversation.status, "to": status}});
        conversation.status = status.to_owned();
        conversation.record(seq, "status_changed", actor, &changes);
        let view = conversation.view();
        self.seq = seq;
        success(200, view)
    }

    fn claim(&mut self, id: &str, actor: &str) -> Answer {
        self.claims += 1;
        let is_granted = self
            .grant_every
            .is_some_and(|every| self.claims.is_multiple_of(every));
        let Some(conversation) = self.conversation(id) else {
            return problem(404, "not_found", json!({}));
        };
        if conversation
            .assignee
            .as_deref()
            .is_some_and(|owner| owner != actor)
        {
            let version = conversation.version;
            if is_granted {
                conversation.assignee.replace(actor.to_owned());
                let view = conversation.view();
                return success(200, json!({"conversation": view, "changed": true}));
            }
            let owner = conversation
                .assignee
                .as_ref()
                .map(|id| json!({"id": id, "name": id}));
            let current = json!({"assignee": owner, "version": version});
            return problem(409, "already_assigned", json!({"current": current}));
        }
        self.assign(id, Some(actor.to_owned()), actor)
    }

    fn assign(&mut self, id: &str, owner: Option<String>, actor: &str) -> Answer {
        let seq = self.seq + 1;
        let Some(conversation) = self.conversation(id) else {
            return problem(404, "not_found", json!({}));
        };
        if conversation.assignee == owner {
            let view = conversation.view();
            return success(200, json!({"conversation": view, "changed": false}));
        }
        let kind = if owner.is_some() {
            "assigned"
        } else {
            "unassigned"
        };
        let changes = json!({"assignee": {"from": conversation.assignee, "to": owner}});
        conversation.assignee = owner;
        conversation.record(seq, kind, actor, &changes);
        let view = conversation.view();
        self.seq = seq;
        success(200, json!({"conversation": view, "changed": true}))
    }

    fn conversation(&mut self, id: &str) -> Option<&mut Conversation> {
        let position: usize = id.strip_prefix("conv_")?.parse().ok()?;
        self.conversations.get_mut(position)
    }

    /// What a path of a list holds.
    pub(crate) fn list(&self, path: &str, filter: &str, after: u64) -> Option<Vec<Value>> {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match parts.as_slice() {
            ["users"] => Some(self.users.clone()),
            ["events"] => Some(
                (after + 1..=self.seq)
                    .map(|seq| json!({"seq": seq}))
                    .collect(),
            ),
            ["conversations"] => {
                let status = if filter == "closed" { "closed" } else { "open" };
                let wanted = self.conversations.iter().filter(|c| c.status == status);
                Some(wanted.map(Conversation::view).collect())
            }
            ["conversations", id, "history"] => Some(self.find(id)?.history.clone()),
            _ => None,
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Conversation> {
        self.conversations
            .iter()
            .find(|conversation| conversation.id == id)
    }
}

fn success(status: u16, body: Value) -> Answer {
    Answer {
        status,
        body,
        replayed: false,
    }
}

pub(crate) fn problem(status: u16, code: &str, members: Value) -> Answer {
    let mut body = json!({"status": status, "code": code});
    if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
        body.extend(members);
    }
    Answer {
        status,
        body,
        replayed: false,
    }
}
