//! The workspace's commits in order and without a gap.

use serde_json::{Value, json};

use crate::support::{TestApp, at_once, get, put};

#[actix_web::test]
async fn positions_are_dense_and_pages_join() {
    let app = TestApp::start().await;
    let made = at_once((0..20).map(|_| app.create())).await;
    at_once(made.iter().map(|id| app.claim(&app.maya, id))).await;
    let app = app.restart().await;
    let events = app.events(0).await;
    let positions: Vec<_> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    let head = app.head().await;
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    let tail = app.events(head - 3).await;
    assert_eq!(tail, events[events.len() - 3..]);
    assert!(app.events(head).await.is_empty());
    assert!(app.events(head + 100).await.is_empty());
    let page = app.ask(get("/v1/events?limit=2").by(&app.viewer)).await;
    assert_eq!(page.at("/items").as_array().unwrap(), &events[..2]);
    for query in ["limit=0", "limit=201", "after=-1", "after=x"] {
        let path = format!("/v1/events?{query}");
        app.ask(get(&path).by(&app.viewer))
            .await
            .refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn what_is_about_people_shows_only_position_time_and_kind() {
    let app = TestApp::start().await;
    app.add_person("Secretive", "agent").await;
    app.ask(put("/v1/autopilot", &json!({"enabled": true})).by(&app.owner))
        .await
        .expect_status(200);
    app.create().await;
    let mut kinds = Vec::new();
    for event in app.events(0).await {
        let members: Vec<&String> = event.as_object().unwrap().keys().collect();
        match event["kind"].as_str() {
            Some(kind) => {
                let mut members = members;
                members.sort();
                assert_eq!(members, ["at", "kind", "seq"], "{event}");
                kinds.push(kind.to_owned());
            }
            None => assert!(event["conversation_id"].is_string(), "{event}"),
        }
        assert!(!event.to_string().contains("Secretive"));
    }
    assert!(kinds.contains(&"directory".to_owned()));
}

#[actix_web::test]
async fn a_commit_shows_its_entries_as_the_history_does() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let body = json!({"assignee": app.sam.id, "note": {"body": "Yours"}});
    app.put_assignee(&app.maya, &id, &body).await.changed(true);
    let of_it = app
        .events(0)
        .await
        .into_iter()
        .filter(|event| event["conversation_id"] == *id);
    let entries: Vec<Value> = of_it
        .flat_map(|event| event["entries"].as_array().unwrap().clone())
        .collect();
    assert_eq!(entries, app.history(&id).await);
}

#[actix_web::test]
async fn another_workspace_has_a_log_of_its_own() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let theirs = app
        .ask(get("/v1/events").by(&app.stranger))
        .await
        .expect_status(200);
    assert!(!theirs.text.contains(&id));
    assert_eq!(theirs.at("/items/0/seq"), 1);
}
