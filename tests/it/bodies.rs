//! Bodies are read as they were meant: objects, words, each key once, JSON in UTF-8.

use serde_json::{Value, json};

use crate::support::{Ask, TestApp, patch, post, put};

const JSON: &str = "application/json";

#[actix_web::test]
async fn a_list_is_no_object() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let below = |what: &str| format!("{path}/{what}");
    let maya = &app.maya.id;
    let noted = json!({"assignee": maya, "note": ["take it"]});
    let created = json!(["email", "s", ["C", "c@d.test"], "b"]);
    for (ask, field) in [
        (patch(&path, &json!(["closed", "high"])), None),
        (patch(&path, &json!([])), None),
        (
            patch(&path, &json!({"custom_fields": []})),
            Some("custom_fields"),
        ),
        (
            conversation("customer", json!(["C", "a@b.test"])),
            Some("customer"),
        ),
        (post("/v1/conversations", &created), None),
        (
            post("/v1/users", &json!(["New", "new@acme.test", "agent"])),
            None,
        ),
        (put(&below("assignee"), &json!([maya])), None),
        (put(&below("assignee"), &noted), Some("note")),
        (post(&below("undo"), &json!([1])), None),
        (post(&below("claim"), &json!([])), None),
    ] {
        refuse(&app, ask, field).await;
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn an_object_is_no_word() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let message = json!({"kind": {"agent": null}, "body": "x"});
    let user = json!({"name": "N", "email": "n@acme.test", "role": {"agent": null}});
    for (ask, field) in [
        (patch(&path, &json!({"status": {"closed": null}})), "status"),
        (
            patch(&path, &json!({"priority": {"high": null}})),
            "priority",
        ),
        (conversation("channel", json!({"email": null})), "channel"),
        (post("/v1/users", &user), "role"),
        (post(&format!("{path}/messages"), &message), "kind"),
    ] {
        refuse(&app, ask, Some(field)).await;
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

/// A new conversation, with one field as given.
fn conversation(field: &str, value: Value) -> Ask {
    let mut body = json!({"channel": "email", "subject": "s", "body": "b",
        "customer": {"email": "a@b.test"}});
    body[field] = value;
    post("/v1/conversations", &body)
}

async fn refuse(app: &TestApp, ask: Ask, field: Option<&str>) {
    let sent = format!("{ask:?}");
    let refused = app.ask(ask.by(&app.owner)).await;
    assert_eq!(refused.status, 400, "{sent}: {refused:?}");
    let refused = refused.refused(400, "invalid_request");
    assert_eq!(refused.at("/field").as_str(), field, "{sent}: {refused:?}");
    let detail = refused.text_at("/detail");
    for word in ["struct", "enum", "Request"] {
        assert!(!detail.contains(word), "{sent}: {detail}");
    }
}

#[actix_web::test]
async fn a_key_comes_once_in_an_object() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    for (body, field) in [
        (r#"{"status": "open", "status": "closed"}"#, "status"),
        (
            r#"{"custom_fields": {"plan": "pro", "plan": "free"}}"#,
            "custom_fields.plan",
        ),
        (
            r#"{"custom_fields": {"plan": "pro", "pl\u0061n": null}}"#,
            "custom_fields.plan",
        ),
    ] {
        let ask = Ask::new("PATCH", &path).raw(JSON, body);
        let refused = app.ask(ask.by(&app.maya)).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), field, "{refused:?}");
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn what_is_missing_unknown_or_no_choice_is_named() {
    let app = TestApp::start().await;
    let user = |role: &str| json!({"name": "N", "email": "n@acme.test", "role": role});
    for (ask, field, said) in [
        (
            post("/v1/users", &json!({"name": "N", "role": "agent"})),
            "email",
            "missing field",
        ),
        (post("/v1/users", &user("boss")), "role", "`agent`"),
        (post("/v1/users", &json!({"nmae": "N"})), "nmae", "`name`"),
        (
            post("/v1/conversations", &json!({"channel": "fax"})),
            "channel",
            "`email`",
        ),
        (
            post(
                "/v1/conversations",
                &json!({"channel": "chat", "subject": "s", "customer": {}}),
            ),
            "customer.email",
            "missing field",
        ),
    ] {
        let refused = app.ask(ask.by(&app.owner)).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), field, "{refused:?}");
        let detail = refused.text_at("/detail");
        assert!(detail.contains(said), "{detail}");
    }
}

#[actix_web::test]
async fn null_is_refused_where_a_field_cannot_be_set_to_it() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let someone = format!("/v1/users/{}", app.maya.id);
    let mut asks = Vec::new();
    for (path, fields) in [
        (&*path, &["status", "priority", "tags", "custom_fields"][..]),
        (&someone, &["name", "role", "status"]),
        ("/v1/me", &["name", "password", "time_zone"]),
    ] {
        let of = |field: &&'static str| (patch(path, &json!({*field: null})), *field);
        asks.extend(fields.iter().map(of));
    }
    for field in ["channel", "customer"] {
        let mut body = plain_conversation();
        body[field] = Value::Null;
        asks.push((post("/v1/conversations", &body), field));
    }
    for (ask, field) in asks {
        let sent = format!("{ask:?}");
        let refused = app.ask(ask.by(&app.owner)).await;
        assert_eq!(refused.status, 400, "{sent}");
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), field, "{sent}");
    }
    // Where null means something it is taken.
    let body = json!({"custom_fields": {"plan": null}});
    app.edit(&app.maya, &id, &body).await.expect_status(200);
    let body = json!({"assignee": null, "expected_assignee": null});
    app.put_assignee(&app.maya, &id, &body).await.changed(false);
    let ask = patch("/v1/me", &json!({"slack_user_id": null}));
    app.ask(ask.by(&app.maya)).await.expect_status(200);
}

#[actix_web::test]
async fn an_optional_field_that_is_null_is_as_if_it_were_left_out() {
    let app = TestApp::start().await;
    let mut conversation = plain_conversation();
    for field in ["external_id", "priority", "tags", "custom_fields"] {
        conversation[field] = Value::Null;
    }
    let ask = post("/v1/conversations", &conversation).by(&app.owner);
    let created = app.ask(ask).await.expect_status(201).body;
    assert_eq!(created["external_id"], Value::Null);
    assert_eq!(created["priority"], "normal");
    assert_eq!(
        (&created["tags"], &created["custom_fields"]),
        (&json!([]), &json!({}))
    );
    let id = created["id"].as_str().unwrap();
    let body = json!({"assignee": "me", "note": null});
    app.put_assignee(&app.maya, id, &body).await.changed(true);
    let note = json!({"body": "x", "mentions": null});
    let notes = format!("/v1/conversations/{id}/notes");
    app.ask(post(&notes, &note).by(&app.maya))
        .await
        .expect_status(201);
    let user = json!({"name": "N", "email": "n@acme.test", "role": "agent", "password": null});
    app.ask(post("/v1/users", &user).by(&app.owner))
        .await
        .expect_status(201);
    let token = json!({"name": "n", "kind": "user", "user": null, "scopes": null});
    app.ask(post("/v1/tokens", &token).by(&app.maya))
        .await
        .expect_status(201);
}

fn plain_conversation() -> Value {
    json!({"channel": "email", "subject": "s", "body": "b", "customer": {"email": "a@b.test"}})
}

#[actix_web::test]
async fn json_is_utf_8_and_not_compressed() {
    let app = TestApp::start().await;
    let switch = |media_type: &str| {
        Ask::new("PUT", "/v1/autopilot")
            .raw(media_type, r#"{"enabled": true}"#)
            .by(&app.owner)
    };
    for good in [
        JSON,
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
    ] {
        app.ask(switch(good)).await.expect_status(200);
        let plain = switch(good).header("content-encoding", "identity");
        app.ask(plain).await.expect_status(200);
    }
    for bad in ["application/json; charset=latin1", "text/json"] {
        app.ask(switch(bad))
            .await
            .refused(415, "unsupported_media_type");
    }
    let packed = switch(JSON).header("content-encoding", "gzip");
    app.ask(packed).await.refused(415, "unsupported_media_type");
}
