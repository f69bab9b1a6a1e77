//! The history of a conversation, and why it has the owner it has.

use serde_json::{Value, json};

use crate::support::{TestApp, get};

/// A conversation with an entry of every kind that there is without an AI.
async fn eventful(app: &TestApp) -> String {
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, &id, None).await.changed(true);
    app.take_over(&app.maya, &id).await.changed(true);
    let edit = json!({"status": "pending", "priority": "high", "tags": ["x"],
        "custom_fields": {"plan": "pro"}});
    app.edit(&app.maya, &id, &edit).await.expect_status(200);
    let message = json!({"kind": "customer", "body": "Hello?"});
    app.act(&app.maya, &id, "messages", &message)
        .await
        .expect_status(201);
    let hand_over = json!({"assignee": app.sam.id, "note": {"body": "Yours"}});
    app.put_assignee(&app.maya, &id, &hand_over)
        .await
        .changed(true);
    id
}

const KINDS: [&str; 13] = [
    "created",
    "message_added",
    "assigned",
    "unassigned",
    "taken_over",
    "status_changed",
    "priority_changed",
    "tags_changed",
    "custom_fields_changed",
    "message_added",
    "status_changed",
    "assigned",
    "note_added",
];

#[actix_web::test]
async fn every_change_has_its_kind_its_actor_and_a_dense_version() {
    let app = TestApp::start().await;
    let id = eventful(&app).await;
    assert_eq!(app.kinds(&id).await, KINDS);
    let history = app.history(&id).await;
    let mut last = json!(1);
    let mut names = Vec::new();
    for entry in &history {
        let (version, before) = (entry["version"].as_u64(), last.as_u64());
        assert!(version == before || version == before.map(|before| before + 1));
        last = entry["version"].clone();
        names.push(entry["actor"]["name"].as_str().unwrap_or("").to_owned());
    }
    assert_eq!(last, app.read(&id).await["version"]);
    assert_eq!(names[..4], ["Olga", "Olga", "Olga", "Olga"]);
    assert!(names[4..].iter().all(|name| name == "Maya"));
    let changes: Vec<&Value> = history.iter().map(|entry| &entry["changes"]).collect();
    let (sam, maya) = (
        json!({"id": app.sam.id, "name": "Sam"}),
        json!({"id": app.maya.id, "name": "Maya"}),
    );
    assert_eq!(changes[2], &json!({"assignee": {"from": null, "to": sam}}));
    assert_eq!(changes[3], &json!({"assignee": {"from": sam, "to": null}}));
    assert_eq!(
        changes[5],
        &json!({"status": {"from": "open", "to": "pending"}})
    );
    assert_eq!(
        changes[6],
        &json!({"priority": {"from": "normal", "to": "high"}})
    );
    assert_eq!(changes[7], &json!({"tags": {"from": [], "to": ["x"]}}));
    assert_eq!(changes[8]["custom_fields"]["to"], json!({"plan": "pro"}));
    assert_eq!(changes[11], &json!({"assignee": {"from": maya, "to": sam}}));
}

#[actix_web::test]
async fn pages_join_to_the_whole_also_inside_a_commit() {
    let app = TestApp::start().await;
    let id = eventful(&app).await;
    let whole = app.history(&id).await;
    for limit in 1..=KINDS.len() {
        for below in ["history", "messages"] {
            let (mut joined, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/conversations/{id}/{below}?limit={limit}{cursor}");
                let page = app.ask(get(&path).by(&app.viewer)).await.expect_status(200);
                let items = page.body["items"].as_array().unwrap();
                assert!(items.len() <= limit);
                joined.extend(items.iter().cloned());
                if page.at("/next_cursor").is_null() {
                    break;
                }
                assert_eq!(items.len(), limit);
                cursor = format!("&cursor={}", page.text_at("/next_cursor"));
            }
            if below == "history" {
                assert_eq!(joined, whole, "limit {limit}");
            } else {
                let bodies: Vec<_> = joined.iter().map(|message| &message["body"]).collect();
                assert_eq!(bodies, ["It should be here by now.", "Hello?", "Yours"]);
            }
        }
    }
}

#[actix_web::test]
async fn why_tells_the_decision_behind_the_present_owner() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let why = async || {
        let path = format!("/v1/conversations/{id}/why");
        app.ask(get(&path).by(&app.viewer)).await.expect_status(200)
    };
    let told = why().await;
    assert_eq!(
        (told.at("/outcome"), told.at("/reason")),
        (&json!("left_unassigned"), &json!("no_rule_matched"))
    );
    app.clock.advance(std::time::Duration::from_secs(60));
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let note = json!({"body": "Later, and no decision"});
    app.act(&app.maya, &id, "notes", &note)
        .await
        .expect_status(201);
    let told = why().await;
    assert_eq!(
        (told.at("/outcome"), told.at("/actor/name")),
        (&json!("assigned"), &json!("Olga"))
    );
    assert_eq!(told.at("/decided_at"), "2026-01-01T00:01:00.000Z");
    app.assign(&app.maya, &id, None).await.changed(true);
    let told = why().await;
    assert_eq!(
        (told.at("/outcome"), told.at("/actor/name")),
        (&json!("unassigned"), &json!("Maya"))
    );
}
