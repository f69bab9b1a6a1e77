//! Answers are what the OpenAPI document says: every member described, none missing.

use serde_json::{Map, Value, json};

use crate::support::{Answer, Ask, Setup, TestApp, delete, get, patch, post, put};

const LIST: &str = "/v1/conversations";
const ITEM: &str = "/v1/conversations/{id}";
const OPERATION: &str = "/v1/operations/{id}";

#[actix_web::test]
async fn answers_are_as_the_document_describes_them() {
    let app = TestApp::start().await;
    let document = app.ask(get("/openapi.json")).await.expect_status(200).body;
    let checked = Checked {
        document: &document,
    };
    app.switch_autopilot(true).await;
    let id = app.create().await;
    let asks = about_conversations(&app)
        .into_iter()
        .chain(about_the_rest());
    for (ask, status) in asks {
        let answer = app.ask(ask.at(&id).by(&app.owner)).await;
        checked.check(&ask, &answer.expect_status(status));
    }
    for (ask, status) in about_a_team() {
        let answer = app.ask(ask.at("default").by(&app.owner)).await;
        checked.check(&ask, &answer.expect_status(status));
    }
    let many = json!({"conversation_ids": [id, "unknown"], "assignee": app.sam.id});
    let many = app.ask(post("/v1/bulk/assign", &many).by(&app.owner)).await;
    let operation = many.text_at("/operation_id");
    let (read, undo) = (
        get(OPERATION),
        post(&format!("{OPERATION}/undo"), &Value::Null),
    );
    for (ask, at, status) in [
        (&undo, operation.as_str(), 200),
        (&read, &operation, 200),
        (&undo, "x", 404),
        (&read, "x", 404),
    ] {
        let answer = app.ask(ask.at(at).by(&app.owner)).await;
        checked.check(ask, &answer.expect_status(status));
    }
    let dry_run = json!({"filter": "all", "assignee": null, "dry_run": true});
    let dry_run = post("/v1/bulk/assign", &dry_run);
    checked.check(&dry_run, &app.ask(dry_run.clone().by(&app.owner)).await);
    let service = app.service(&["read"]).await;
    for ask in [get("/v1/me"), get(ITEM)] {
        let answer = app.ask(ask.at(&id).bearer(&service)).await;
        checked.check(&ask, &answer.expect_status(200));
    }
    let ai = app.service(&["ai"]).await;
    let handled = app.create().await;
    for confidence in [90, 60, 90] {
        let body = json!({"body": "x", "confidence": confidence});
        let ask = post(&format!("{ITEM}/ai/replies"), &body);
        let answer = app.ask(ask.at(&handled).bearer(&ai)).await;
        checked.check(&ask, &answer.expect_status(200));
    }
    for what in ["history", "messages"] {
        let ask = get(&format!("{ITEM}/{what}"));
        let answer = app.ask(ask.at(&handled).by(&app.owner)).await;
        checked.check(&ask, &answer.expect_status(200));
    }
}

#[actix_web::test]
async fn answers_about_webhooks_are_as_the_document_describes_them() {
    const WEBHOOKS: &str = "/v1/webhooks";
    let setup = Setup::new().configured(|config| {
        config.webhooks.plain_http = true;
        config.webhooks.permitted_networks = vec!["127.0.0.0/8".to_owned()];
    });
    let app = setup.start().await;
    let document = app.ask(get("/openapi.json")).await.expect_status(200).body;
    let checked = Checked {
        document: &document,
    };
    let item = |below: &str| format!("{WEBHOOKS}/{{id}}{below}");
    // Nobody listens there.
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["message.created"]});
    let create = post(WEBHOOKS, &body);
    let created = app.ask(create.clone().by(&app.owner)).await;
    let created = created.expect_status(201);
    checked.check(&create, &created);
    let webhook = created.text_at("/id");
    for (ask, status) in [
        (get(WEBHOOKS), 200),
        (get(&item("")), 200),
        (patch(&item(""), &json!({"rotate_secret": true})), 200),
        (patch(&item(""), &json!({"url": "nowhere"})), 400),
        (post(&item("/test"), &Value::Null), 202),
        (get(&item("/deliveries")), 200),
    ] {
        let answer = app.ask(ask.at(&webhook).by(&app.owner)).await;
        checked.check(&ask, &answer.expect_status(status));
    }
    let list = app.ask(get(&item("/deliveries")).at(&webhook).by(&app.owner));
    let delivery = list.await.text_at("/items/0/id");
    let template = post(&item("/deliveries/{delivery}/replay"), &Value::Null);
    let path = format!("{WEBHOOKS}/{webhook}/deliveries/{delivery}/replay");
    let replayed = app.ask(post(&path, &Value::Null).by(&app.owner)).await;
    checked.check(&template, &replayed.expect_status(202));
}

/// What the owner asks about a new conversation that the AI handles, one after the other.
fn about_conversations(app: &TestApp) -> Vec<(Ask, u16)> {
    let below = |what: &str| format!("{ITEM}/{what}");
    let ask = |what: &str| get(&below(what));
    let act = |what: &str, body: &Value| post(&below(what), body);
    let creation = json!({"channel": "chat", "subject": "s", "body": "b", "external_id": "E-1",
        "customer": {"email": "a@b.test"}, "custom_fields": {"plan": "pro"}});
    let note = json!({"assignee": app.sam.id, "note": {"body": "Look", "mentions": [app.maya.id]}});
    let message = json!({"kind": "agent", "body": "x"});
    let many = json!({"filter": "all", "assignee": app.maya.id, "note": {"body": "x"}});
    vec![
        (post(LIST, &creation), 201),
        (post(LIST, &creation), 409),
        (post(LIST, &json!({"id": "conv_x"})), 400),
        (get("/v1/conversations?limit=1"), 200),
        (get("/v1/conversations/counts"), 200),
        (ask("why"), 200),
        (get(ITEM), 200),
        (act("claim", &Value::Null), 200),
        (put(&below("assignee"), &note), 200),
        (act("claim", &Value::Null), 409),
        (act("undo", &json!({"version": 3})), 200),
        (act("take-over", &Value::Null), 200),
        (patch(ITEM, &json!({"tags": ["x"]})), 200),
        (patch(ITEM, &json!({})).if_match("\"1\""), 412),
        (act("messages", &message), 201),
        (act("notes", &json!({"body": "x"})), 201),
        (ask("messages"), 200),
        (ask("history"), 200),
        (ask("why"), 200),
        (post("/v1/bulk/assign", &many), 200),
        (post("/v1/bulk/assign", &json!({"assignee": null})), 400),
        (ask("history"), 200),
        (get("/v1/events?limit=200"), 200),
    ]
}

fn about_the_rest() -> Vec<(Ask, u16)> {
    let token = json!({"name": "n", "kind": "user"});
    let round = json!({"name": "all", "when": {"condition": "priority_at_least", "value": "low"},
        "then": {"action": "assign", "round_robin": "default"}});
    let field = json!({"name": "plan", "when": {"condition": "custom_field", "field": "plan",
        "operator": "equals", "value": "pro"}, "then": {"action": "add_tag", "tag": "x"}});
    let rules = json!({"items": [round, field]});
    let broken =
        json!({"items": [{"name": "", "when": {"condition": "x"}, "then": {"action": "y"}}]});
    let creation = json!({"channel": "chat", "subject": "s", "body": "b",
        "customer": {"email": "a@b.test"}});
    let past = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"});
    vec![
        (put("/v1/routing/rules", &rules).if_match("*"), 200),
        (put("/v1/routing/rules", &broken).if_match("*"), 422),
        (put("/v1/routing/rules", &rules), 428),
        (post(LIST, &creation), 201),
        (get("/v1/routing/rules"), 200),
        (post("/v1/routing/simulate", &json!({"past": past})), 200),
        (post("/v1/teams", &json!({"name": "x"})), 201),
        (get("/v1/teams?limit=1"), 200),
        (get("/v1/events?limit=200"), 200),
        (get("/v1/me"), 200),
        (patch("/v1/me", &json!({"time_zone": "UTC"})), 200),
        (get("/v1/users?limit=2"), 200),
        (get("/v1/assignees"), 200),
        (get("/v1/tokens"), 200),
        (post("/v1/tokens", &token), 201),
        (get("/v1/autopilot"), 200),
        (put("/v1/autopilot", &json!({"enabled": true})), 200),
        (get("/v1/stats"), 200),
        (get("/v1/notifications?limit=1"), 200),
        (post("/v1/notifications/read-all", &Value::Null), 200),
        (post("/v1/notifications/{id}/read", &Value::Null), 404),
        (get("/v1/notifications/undelivered"), 200),
        (get("/v1/me/notification-preferences"), 200),
        (put("/v1/me/notification-preferences", &json!({})), 200),
        (delete("/v1/tokens/{id}"), 404),
        (get("/healthz"), 200),
        (get("/readyz"), 200),
    ]
}

/// What the owner asks about a team that has had a turn.
fn about_a_team() -> Vec<(Ask, u16)> {
    vec![
        (get("/v1/teams/{id}/rotation"), 200),
        (get("/v1/teams/{id}/turns?limit=1"), 200),
        (patch("/v1/teams/{id}", &json!({"name": "x"})), 403),
    ]
}

/// Answers against the document.
struct Checked<'a> {
    document: &'a Value,
}

impl Checked<'_> {
    fn check(&self, ask: &Ask, answer: &Answer) {
        let about = format!("{ask:?}: {}", answer.text);
        let operation = &self.document["paths"][ask.path()][ask.method().to_lowercase()];
        let response = &operation["responses"][answer.status.to_string()];
        let media_type = answer.header("content-type").unwrap();
        let schema = &response["content"][media_type]["schema"];
        assert!(schema.is_object(), "{about} is not described");
        let mut found = Vec::new();
        self.compare(schema, &answer.body, "", &mut found);
        // Problems have members of their own beside the described ones.
        if answer.status >= 400 {
            found.retain(|difference| !difference.ends_with("is not described"));
        }
        assert!(found.is_empty(), "{found:?} in {about}");
        for (name, _) in response["headers"].as_object().into_iter().flatten() {
            assert!(answer.header(name).is_some(), "{name} of {about}");
        }
    }

    /// What differs, by the words of JSON Schema that the document uses.
    fn compare(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = choices.iter().any(|choice| {
                let mut differences = Vec::new();
                self.compare(choice, value, at, &mut differences);
                differences.is_empty()
            });
            if !fits {
                found.push(format!("{at} is none of the choices"));
            }
            return;
        }
        let types = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.contains(&kind(value)) {
            found.push(format!("{at} is {} and not {types:?}", kind(value)));
        }
        let words = schema["enum"].as_array();
        if words.is_some_and(|words| !words.contains(value)) {
            found.push(format!("{at} is none of {words:?}"));
        }
        match value {
            Value::Object(members) => self.compare_members(schema, members, at, found),
            Value::Array(items) if schema["items"].is_object() => {
                for (index, item) in items.iter().enumerate() {
                    self.compare(&schema["items"], item, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    fn compare_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let (mut described, mut required) = (Map::new(), Vec::new());
        self.collect(schema, &mut described, &mut required);
        let more = &schema["additionalProperties"];
        for (name, value) in members {
            let at = format!("{at}/{name}");
            match described.get(name) {
                Some(member) => self.compare(member, value, &at, found),
                None if more.is_object() => self.compare(more, value, &at, found),
                // An object of which nothing is described may hold anything.
                None if described.is_empty() => {}
                None => found.push(format!("{at} is not described")),
            }
        }
        let missing = required.iter().filter(|name| !members.contains_key(*name));
        found.extend(missing.map(|name| format!("{at}/{name} is missing")));
    }

    /// The members of an object, also of one that is put together from several.
    fn collect(
        &self,
        schema: &Value,
        described: &mut Map<String, Value>,
        required: &mut Vec<String>,
    ) {
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.collect(part, described, required);
        }
        let members = schema["properties"].as_object().into_iter().flatten();
        described.extend(members.map(|(name, member)| (name.clone(), member.clone())));
        let names = schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(Value::as_str).map(str::to_owned));
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.document.pointer(pointer).unwrap()
            }
            None => schema,
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
