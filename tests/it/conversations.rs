//! Creating, reading and editing conversations, and their messages.

use serde_json::{Map, Value, json};

use crate::support::{Setup, TestApp, get, post};

#[actix_web::test]
async fn s01_a_customers_message_reopens_and_keeps_the_assignee() {
    let app = TestApp::start().await;
    for status in ["pending", "snoozed", "closed", "open"] {
        let id = app.create().await;
        app.claim(&app.maya, &id).await.changed(true);
        app.set_status(&id, status).await;
        let agents = json!({"kind": "agent", "body": "Done."});
        app.act(&app.maya, &id, "messages", &agents)
            .await
            .expect_status(201);
        assert_eq!(app.read(&id).await["status"], status);
        let customers = json!({"kind": "customer", "body": "Not quite."});
        app.act(&app.maya, &id, "messages", &customers)
            .await
            .expect_status(201);
        let after = app.read(&id).await;
        assert_eq!(after["status"], "open");
        assert_eq!(after["assignee"]["id"], app.maya.id);
        assert_eq!(after["preview"], "Not quite.");
        assert_eq!(after["message_count"], 3);
        let reopened = app.history(&id).await.pop().unwrap();
        let kind = if status == "open" {
            "message_added"
        } else {
            "status_changed"
        };
        assert_eq!(reopened["kind"], kind);
    }
}

#[actix_web::test]
async fn s01_there_are_four_statuses() {
    let app = TestApp::start().await;
    let id = app.create().await;
    for status in ["pending", "snoozed", "closed", "open"] {
        let answer = app.edit(&app.maya, &id, &json!({"status": status})).await;
        assert_eq!(answer.expect_status(200).at("/status"), status);
    }
    let answer = app.edit(&app.maya, &id, &json!({"status": "solved"})).await;
    answer.refused(400, "invalid_request");
}

#[actix_web::test]
async fn a_customer_has_an_address_like_everybody_else() {
    let app = TestApp::start().await;
    for bad in [
        "",
        " ",
        "cleo",
        "cleo@",
        "@example.com",
        "a@b@c",
        "a b@c.test",
        " a@b",
    ] {
        let body = json!({"channel": "email", "subject": "s", "body": "b",
            "customer": {"email": bad}});
        let refused = app
            .ask(post("/v1/conversations", &body).by(&app.maya))
            .await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), "customer.email", "{bad:?}");
    }
}

#[actix_web::test]
async fn s03_priorities_and_channels_are_those_of_the_contract() {
    let app = TestApp::start().await;
    for priority in ["low", "normal", "high", "urgent"] {
        let created = app.create_with(&json!({"priority": priority})).await;
        assert_eq!(created["priority"], priority);
    }
    assert_eq!(app.create_with(&json!({})).await["priority"], "normal");
    for channel in ["email", "chat", "slack"] {
        let created = app.create_with(&json!({"channel": channel})).await;
        assert_eq!(created["channel"], channel);
    }
    let with = |field: &str, value: &str| {
        let mut body = json!({"channel": "email", "subject": "s", "body": "b",
            "customer": {"email": "a@b.test"}});
        body[field] = json!(value);
        post("/v1/conversations", &body).by(&app.maya)
    };
    app.ask(with("priority", "extreme"))
        .await
        .refused(400, "invalid_request");
    app.ask(with("channel", "fax"))
        .await
        .refused(400, "invalid_request");
    app.ask(with("subject", "still fine"))
        .await
        .expect_status(201);
}

#[actix_web::test]
async fn s03_tags_are_not_doubled_and_custom_fields_are_set_one_by_one() {
    let app = TestApp::start().await;
    let fields =
        json!({"tags": ["vip", "late", "vip"], "custom_fields": {"plan": "pro", "age": "3"}});
    let created = app.create_with(&fields).await;
    assert_eq!(created["tags"], json!(["vip", "late"]));
    let id = created["id"].as_str().unwrap();
    let edit =
        json!({"tags": ["new", "vip", "new"], "custom_fields": {"plan": null, "seats": "9"}});
    let edited = app.edit(&app.maya, id, &edit).await.expect_status(200);
    assert_eq!(edited.at("/tags"), &json!(["new", "vip"]));
    assert_eq!(
        edited.at("/custom_fields"),
        &json!({"age": "3", "seats": "9"})
    );
    assert_eq!(edited.at("/version"), 2);
    // The same once more is no change, and spends no version.
    let again = app.edit(&app.maya, id, &edit).await.expect_status(200);
    assert_eq!(again.at("/version"), 2);
}

#[actix_web::test]
async fn a_new_conversation_has_everything_that_the_contract_names() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let body = json!({"channel": "chat", "subject": "Hi", "external_id": "E-1",
        "customer": {"name": "Cleo", "email": "c@x.test"}, "body": "é".repeat(141)});
    let answer = app
        .ask(post("/v1/conversations", &body).by(&app.maya))
        .await;
    let created = answer.expect_status(201);
    let id = created.text_at("/id");
    assert!(id.starts_with("conv_"));
    let location = format!("/v1/conversations/{id}");
    assert_eq!(created.header("location"), Some(location.as_str()));
    assert_eq!(created.header("etag"), Some("\"1\""));
    let expected = json!({
        "id": id, "external_id": "E-1", "number": 1, "channel": "chat", "subject": "Hi",
        "customer": {"name": "Cleo", "email": "c@x.test"}, "status": "open",
        "priority": "normal", "tags": [], "custom_fields": {}, "assignee": null,
        "assigned_at": null, "assigned_by": null,
        "ai": {"handling": true, "mode": "auto", "handoff_at": null, "handoff_by": null,
            "draft": null, "sent_count": 0},
        "preview": "é".repeat(140), "message_count": 1, "created_at": "2026-01-01T00:00:00.000Z",
        "last_activity_at": "2026-01-01T00:00:00.000Z", "version": 1,
    });
    assert_eq!(created.body, expected);
    for reference in [id.as_str(), "ext:E-1"] {
        let path = format!("/v1/conversations/{reference}");
        let read = app.ask(get(&path).by(&app.viewer)).await.expect_status(200);
        assert_eq!(read.body, expected);
        assert_eq!(read.header("etag"), Some("\"1\""));
    }
    let path = format!("/v1/conversations/{id}/messages");
    let messages = app.ask(get(&path).by(&app.viewer)).await.expect_status(200);
    assert_eq!(messages.at("/items/0/kind"), "customer");
    assert_eq!(messages.at("/items/0/author/name"), "Cleo");
    assert_eq!(messages.at("/items/1"), &Value::Null);
}

#[actix_web::test]
async fn numbers_count_up_and_external_ids_are_taken_once_in_a_workspace() {
    let app = TestApp::start().await;
    let first = app.create_with(&json!({"external_id": "E-1"})).await;
    assert_eq!(
        (
            &first["number"],
            &app.create_with(&json!({})).await["number"]
        ),
        (&json!(1), &json!(2))
    );
    let body = json!({"channel": "email", "subject": "s", "body": "b", "external_id": "E-1",
        "customer": {"email": "a@b.test"}});
    let taken = app
        .ask(post("/v1/conversations", &body).by(&app.maya))
        .await;
    let taken = taken.refused(409, "external_id_taken");
    assert_eq!(taken.at("/conversation_id"), &first["id"]);
    let elsewhere = app
        .ask(post("/v1/conversations", &body).by(&app.stranger))
        .await;
    assert_eq!(elsewhere.expect_status(201).at("/number"), 1);
    assert_eq!(app.create_with(&json!({})).await["number"], 3);
}

#[actix_web::test]
async fn the_largest_change_that_the_limits_permit_is_stored_and_remembered() {
    let setup = Setup::new().configured(|config| {
        config.limits.custom_fields_max = 500;
        config.limits.text_bytes_max = 1000;
        config.limits.body_bytes_max = 700_000;
        assert!(config.validate().is_empty());
    });
    let app = setup.start().await;
    let id = app.create().await;
    // A character that takes the most bytes in JSON.
    let full = Value::String("\u{1}".repeat(1000));
    let names: Vec<String> = (0..500).map(|number| format!("{number:064}")).collect();
    for names in names.chunks(100) {
        let fields: Map<_, _> = names
            .iter()
            .map(|name| (name.clone(), full.clone()))
            .collect();
        let body = json!({"custom_fields": fields});
        app.edit(&app.maya, &id, &body).await.expect_status(200);
    }
    // The answer has all of them, and so has the change that takes them away.
    let path = format!("/v1/conversations/{id}");
    let claim = post(&format!("{path}/claim"), &Value::Null).keyed("all");
    let first = app.ask(claim.clone().by(&app.maya)).await.changed(true);
    assert!(first.text.len() > 3_000_000);
    let again = app.ask(claim.by(&app.maya)).await;
    assert!(again.replayed() && again.text == first.text);
    let none: Map<_, _> = names.into_iter().map(|name| (name, Value::Null)).collect();
    let body = json!({"custom_fields": none});
    let answer = app.edit(&app.maya, &id, &body).await.expect_status(200);
    assert_eq!(answer.at("/custom_fields"), &json!({}));
}
