//! Internal notes, mentions, and the note that comes with a reassignment.

use serde_json::{Value, json};

use crate::support::{TestApp, get};

#[actix_web::test]
async fn b60_a_reassign_may_carry_a_note_committed_with_it() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let head = app.head().await;
    let body = json!({"assignee": app.sam.id,
        "note": {"body": "@Sam knows billing", "mentions": [app.sam.id]}});
    let answer = app.put_assignee(&app.maya, &id, &body).await.changed(true);
    assert_eq!(answer.at("/conversation/version"), 2);
    let events = app.events(head).await;
    assert_eq!(events.len(), 1);
    let history = app.history(&id).await;
    let [assigned, note] = &history[2..] else {
        panic!("two entries were to come: {history:?}");
    };
    assert_eq!(
        (&assigned["kind"], &note["kind"]),
        (&json!("assigned"), &json!("note_added"))
    );
    assert_eq!(
        (&assigned["seq"], &assigned["version"]),
        (&note["seq"], &note["version"])
    );
    assert_eq!(note["message"]["body"], "@Sam knows billing");
    assert_eq!(note["message"]["author"]["name"], "Maya");
    assert_eq!(app.list(&app.sam, "filter=mentions").await, [id.as_str()]);
    app.assign(&app.maya, &id, Some(&app.maya))
        .await
        .changed(true);
}

#[actix_web::test]
async fn b60_a_refused_reassign_leaves_no_note() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let with_note = |assignee: &str, mention: &str| json!({"assignee": assignee, "note": {"body": "Look", "mentions": [mention]}});
    let viewer = with_note(&app.viewer.id, &app.sam.id);
    let refused = app.put_assignee(&app.maya, &id, &viewer).await;
    refused.refused(422, "assignee_not_eligible");
    let unknown = with_note(&app.sam.id, &app.stranger.id);
    let refused = app.put_assignee(&app.maya, &id, &unknown).await;
    assert_eq!(
        refused.refused(422, "invalid_reference").at("/field"),
        "note.mentions"
    );
    let empty = json!({"assignee": app.sam.id, "note": {"body": "  "}});
    let refused = app.put_assignee(&app.maya, &id, &empty).await;
    assert_eq!(
        refused.refused(400, "invalid_request").at("/field"),
        "note.body"
    );
    assert_eq!(app.kinds(&id).await, ["created", "message_added"]);
    assert!(app.list(&app.sam, "filter=mentions").await.is_empty());
}

#[actix_web::test]
async fn a_note_is_kept_also_when_the_assignee_stays() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    let body = json!({"assignee": "me", "note": {"body": "Still mine"}});
    let answer = app.put_assignee(&app.maya, &id, &body).await.changed(false);
    assert_eq!(answer.at("/conversation/version"), 3);
    assert_eq!(app.kinds(&id).await.pop().unwrap(), "note_added");
}

#[actix_web::test]
async fn a_note_mentions_people_once_and_moves_nothing_else() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let before = app.read(&id).await;
    app.clock.advance(std::time::Duration::from_secs(60));
    let note = json!({"body": "Look", "mentions": [app.sam.id, app.maya.id, app.sam.id]});
    let answer = app
        .act(&app.viewer, &id, "notes", &note)
        .await
        .expect_status(201);
    assert_eq!(answer.at("/kind"), "note");
    assert_eq!(answer.at("/author/name"), "Vera");
    assert_eq!(answer.at("/mentions"), &json!([app.sam.id, app.maya.id]));
    assert_eq!(answer.at("/created_at"), "2026-01-01T00:01:00.000Z");
    assert_eq!(answer.header("etag"), Some("\"2\""));
    let mut after = app.read(&id).await;
    after["version"] = json!(1);
    assert_eq!(after, before);
    let path = format!("/v1/conversations/{id}/messages");
    let messages = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
    assert_eq!(messages.at("/items/1"), &answer.body);
}

#[actix_web::test]
async fn an_unknown_mention_is_refused_alike_wherever_they_are() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let mut details = Vec::new();
    for unknown in [
        app.stranger.id.as_str(),
        "usr_00000000000000000000000000000001",
        "nobody",
        &id,
    ] {
        let note = json!({"body": "Look", "mentions": [app.sam.id, unknown]});
        let refused = app.act(&app.maya, &id, "notes", &note).await;
        let refused = refused.refused(422, "invalid_reference");
        assert_eq!(refused.at("/field"), "mentions");
        details.push(refused.text_at("/detail"));
    }
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
    // Whoever was deactivated is still known.
    app.update(&app.sam, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    let note = json!({"body": "Look", "mentions": [app.sam.id]});
    let answer = app
        .act(&app.maya, &id, "notes", &note)
        .await
        .expect_status(201);
    assert_ne!(answer.at("/id"), &Value::Null);
}
