//! Taking the last change of assignee back.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

async fn undo(app: &TestApp, by: &Person, id: &str, version: u64) -> Answer {
    app.act(by, id, "undo", &json!({"version": version})).await
}

#[actix_web::test]
async fn undo_puts_the_previous_assignee_back_and_says_so() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let undone = undo(&app, &app.admin, &id, 3).await.changed(true);
    assert_eq!(undone.at("/conversation/assignee/name"), "Maya");
    assert_eq!(undone.at("/conversation/assigned_by/name"), "Ada");
    assert_eq!(undone.at("/conversation/version"), 4);
    let line = app.history(&id).await.pop().unwrap();
    assert_eq!(
        (&line["kind"], &line["why"]),
        (&json!("assigned"), &json!({"undo_of": 3}))
    );
    // An undo is a change like any other: it can be taken back.
    let redone = undo(&app, &app.admin, &id, 4).await.changed(true);
    assert_eq!(redone.at("/conversation/assignee/name"), "Sam");
}

#[actix_web::test]
async fn undo_back_to_nobody() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    let undone = undo(&app, &app.maya, &id, 2).await.changed(true);
    assert_eq!(undone.at("/conversation/assignee"), &Value::Null);
    assert_eq!(app.kinds(&id).await.pop().unwrap(), "unassigned");
    assert_eq!(app.list(&app.maya, "filter=unassigned").await, [id]);
}

#[actix_web::test]
async fn only_a_later_change_of_assignee_stands_in_its_way() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    app.edit(&app.maya, &id, &json!({"tags": ["x"]}))
        .await
        .expect_status(200);
    let note = json!({"body": "Look"});
    app.act(&app.viewer, &id, "notes", &note)
        .await
        .expect_status(201);
    for version in [1, 3, 4, 99] {
        let refused = undo(&app, &app.maya, &id, version).await;
        let refused = refused.refused(409, "nothing_to_undo");
        assert_eq!(refused.at("/current/assignee/name"), "Maya");
    }
    undo(&app, &app.maya, &id, 2).await.changed(true);
    let refused = undo(&app, &app.maya, &id, 2)
        .await
        .refused(409, "nothing_to_undo");
    assert_eq!(refused.at("/current/assignee"), &Value::Null);
}

#[actix_web::test]
async fn the_previous_assignee_is_checked_again() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    undo(&app, &app.owner, &id, 3)
        .await
        .refused(422, "assignee_not_eligible");
    assert_eq!(app.read(&id).await["version"], 3);
}

#[actix_web::test]
async fn undo_of_a_take_over_restores_the_assignee_and_leaves_the_stamp() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.take_over(&app.maya, &id).await.changed(true);
    let before = app.read(&id).await;
    let undone = undo(&app, &app.maya, &id, 3).await.changed(true);
    assert_eq!(undone.at("/conversation/assignee/name"), "Sam");
    assert_eq!(undone.at("/conversation/ai"), &before["ai"]);
    assert!(app.list(&app.maya, "filter=ai_queue").await.is_empty());
    app.take_over(&app.maya, &id).await.changed(false);
}
