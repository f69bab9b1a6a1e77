//! The contract's rules, as far as the workloads use them, in memory and in one piece.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::conversation::{Commit, Conversation, FILTERS, Face, members};

/// A change as it came, which is also how it is kept: the world is what the changes made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
    /// When.
    #[serde(default)]
    pub(crate) at: String,
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
    /// Those that touched a conversation.
    pub(crate) commits: Vec<Commit>,
    now: String,
    /// The planned wrong: every so many claims is granted although somebody has it.
    pub(crate) grant_every: Option<u64>,
    claims: u64,
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
        self.now.clone_from(&change.at);
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
                let note = change.body.get("note").is_some();
                self.assign(id, owner.map(str::to_owned), actor, note)
            }
            ("POST", ["conversations", id, kind @ ("messages" | "notes")]) => {
                self.write(id, kind, actor)
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
        let mut faces = self.conversations.iter().map(|c| &c.face);
        let known = faces.find(|c| c.external_id.is_some() && c.external_id == external_id);
        if let Some(known) = known {
            let id = known.id.clone();
            return problem(409, "external_id_taken", json!({"conversation_id": id}));
        }
        let position = self.conversations.len();
        let face = Face {
            id: format!("conv_{position}"),
            external_id,
            status: "open".to_owned(),
            last_activity_at: self.now.clone(),
            ..Face::default()
        };
        let history = Vec::new();
        self.conversations.push(Conversation { face, history });
        let view = self.commit(position, None, actor, &[("created", json!({}))]);
        success(201, view)
    }

    fn status(&mut self, id: &str, body: &Value, actor: &str) -> Answer {
        let Some((position, before)) = self.face(id) else {
            return problem(404, "not_found", json!({}));
        };
        let status = body["status"].as_str().unwrap_or_default();
        let changes = json!({"status": {"from": before.status, "to": status}});
        self.touch(position, |face| status.clone_into(&mut face.status));
        let entries = [("status_changed", changes)];
        success(200, self.commit(position, Some(before), actor, &entries))
    }

    fn write(&mut self, id: &str, kind: &str, actor: &str) -> Answer {
        let Some((position, before)) = self.face(id) else {
            return problem(404, "not_found", json!({}));
        };
        let now = self.now.clone();
        let entry = if kind == "notes" {
            "note_added"
        } else {
            self.touch(position, |face| face.last_activity_at = now);
            "message_added"
        };
        let entries = [(entry, json!({}))];
        success(201, self.commit(position, Some(before), actor, &entries))
    }

    fn claim(&mut self, id: &str, actor: &str) -> Answer {
        self.claims += 1;
        let is_granted = self
            .grant_every
            .is_some_and(|every| self.claims.is_multiple_of(every));
        let Some((position, face)) = self.face(id) else {
            return problem(404, "not_found", json!({}));
        };
        if face.assignee.as_deref().is_none_or(|owner| owner == actor) {
            return self.assign(id, Some(actor.to_owned()), actor, false);
        }
        if is_granted {
            self.touch(position, |face| face.assignee = Some(actor.to_owned()));
            let view = self.face(id).map(|(_, face)| face.view());
            return success(200, json!({"conversation": view, "changed": true}));
        }
        let owner = face.assignee.map(|id| json!({"id": id, "name": id}));
        let current = json!({"assignee": owner, "version": face.version});
        problem(409, "already_assigned", json!({"current": current}))
    }

    fn assign(&mut self, id: &str, owner: Option<String>, actor: &str, note: bool) -> Answer {
        let Some((position, before)) = self.face(id) else {
            return problem(404, "not_found", json!({}));
        };
        if before.assignee == owner {
            return success(
                200,
                json!({"conversation": before.view(), "changed": false}),
            );
        }
        let kind = if owner.is_some() {
            "assigned"
        } else {
            "unassigned"
        };
        let changes = json!({"assignee": {"from": before.assignee, "to": owner}});
        let now = self.now.clone();
        self.touch(position, |face| {
            face.assignee = owner;
            face.assigned_at = Some(now);
        });
        let mut entries = vec![(kind, changes)];
        if note {
            entries.push(("note_added", json!({})));
        }
        let view = self.commit(position, Some(before), actor, &entries);
        success(200, json!({"conversation": view, "changed": true}))
    }

    fn touch(&mut self, position: usize, change: impl FnOnce(&mut Face)) {
        if let Some(conversation) = self.conversations.get_mut(position) {
            change(&mut conversation.face);
        }
    }

    /// Gives the conversation its next version, with these entries, and shows it.
    fn commit(
        &mut self,
        position: usize,
        before: Option<Face>,
        actor: &str,
        entries: &[(&str, Value)],
    ) -> Value {
        let Some(conversation) = self.conversations.get_mut(position) else {
            return Value::Null;
        };
        self.seq += 1;
        conversation.face.version += 1;
        let (seq, version, at) = (self.seq, conversation.face.version, &self.now);
        let entries: Vec<Value> = entries
            .iter()
            .map(|(kind, changes)| {
                json!({"seq": seq, "version": version, "kind": kind, "at": at,
                    "actor": {"kind": "user", "id": actor}, "changes": changes})
            })
            .collect();
        conversation.history.extend(entries.iter().cloned());
        let after = conversation.face.clone();
        let view = after.view();
        self.commits.push(Commit {
            seq,
            before,
            after,
            entries,
        });
        view
    }

    fn face(&self, id: &str) -> Option<(usize, Face)> {
        let position: usize = id.strip_prefix("conv_")?.parse().ok()?;
        let conversation = self.conversations.get(position)?;
        Some((position, conversation.face.clone()))
    }

    pub(crate) fn user_of(&self, token: &str) -> Option<&str> {
        self.tokens.get(token).map(String::as_str)
    }

    pub(crate) fn counts(&self, viewer: &str) -> Value {
        let number = |filter: &str| members(&self.conversations, filter, viewer).len();
        FILTERS.iter().map(|f| (*f, number(f))).collect()
    }

    /// What a path of a list holds.
    pub(crate) fn list(
        &self,
        path: &str,
        filter: &str,
        viewer: &str,
        after: u64,
    ) -> Option<Vec<Value>> {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match parts.as_slice() {
            ["users"] => Some(self.users.clone()),
            ["events"] => Some(
                (after + 1..=self.seq)
                    .map(|seq| json!({"seq": seq}))
                    .collect(),
            ),
            ["conversations"] => {
                let filter = if filter.is_empty() { "all" } else { filter };
                let members = members(&self.conversations, filter, viewer);
                Some(members.into_iter().map(Face::view).collect())
            }
            ["conversations", id, "history"] => Some(self.find(id)?.history.clone()),
            _ => None,
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Conversation> {
        self.conversations
            .iter()
            .find(|conversation| conversation.face.id == id)
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
