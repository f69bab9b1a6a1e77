//! Assign, reassign, unassign: the article's first half.

use serde_json::{Value, json};

use crate::support::{TestApp, get};

#[actix_web::test]
async fn b01_a_second_assign_replaces_the_first() {
    let app = TestApp::start().await;
    let id = app.create().await;
    assert_eq!(app.read(&id).await["assignee"], Value::Null);
    for person in [&app.maya, &app.sam, &app.maya] {
        app.assign(&app.owner, &id, Some(person))
            .await
            .changed(true);
        let assignee = json!({"id": person.id, "name": person.name});
        assert_eq!(app.read(&id).await["assignee"], assignee);
        let mut owners = Vec::new();
        for one in [&app.owner, &app.admin, &app.maya, &app.sam] {
            if app.list(one, "filter=mine").await.contains(&id) {
                owners.push(one.name.clone());
            }
        }
        assert_eq!(owners, std::slice::from_ref(&person.name));
    }
}

#[actix_web::test]
async fn b02_assigned_to_oneself_it_is_in_mine_with_the_reply() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let answer = app
        .put_assignee(&app.maya, &id, &json!({"assignee": "me"}))
        .await;
    let answer = answer.changed(true);
    assert_eq!(answer.at("/conversation/assignee/id"), &app.maya.id);
    assert_eq!(answer.at("/conversation/assigned_by/kind"), "user");
    assert_eq!(answer.at("/conversation/assigned_by/id"), &app.maya.id);
    assert_eq!(app.list(&app.maya, "filter=mine").await, [id]);
}

#[actix_web::test]
async fn b03_assigned_to_a_teammate_it_leaves_the_previous_owners_mine() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    let answer = app
        .assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(answer.at("/conversation/assigned_by/name"), "Maya");
    assert_eq!(app.list(&app.sam, "filter=mine").await, [id]);
    assert!(app.list(&app.maya, "filter=mine").await.is_empty());
}

#[actix_web::test]
async fn b04_mine_holds_only_what_is_assigned_to_the_viewer() {
    let app = TestApp::start().await;
    let [one, two, nobodys] = [app.create().await, app.create().await, app.create().await];
    app.assign(&app.owner, &one, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, &two, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(app.list(&app.maya, "filter=mine").await, [one]);
    assert_eq!(app.list(&app.sam, "filter=mine").await, [two]);
    for person in [&app.owner, &app.admin, &app.viewer] {
        assert!(app.list(person, "filter=mine").await.is_empty());
    }
    assert_eq!(app.list(&app.owner, "filter=unassigned").await, [nobodys]);
}

#[actix_web::test]
async fn b05_without_an_assignee_it_is_in_unassigned_and_in_nobodys_mine() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let everybody = [&app.owner, &app.admin, &app.maya, &app.sam, &app.viewer];
    for person in everybody {
        assert_eq!(app.list(person, "filter=unassigned").await, [id.as_str()]);
        assert!(app.list(person, "filter=mine").await.is_empty());
    }
}

#[actix_web::test]
async fn b06_unassigned_it_goes_back_to_unassigned() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    assert!(app.list(&app.maya, "filter=unassigned").await.is_empty());
    let answer = app.assign(&app.maya, &id, None).await.changed(true);
    assert_eq!(answer.at("/conversation/assignee"), &Value::Null);
    // What is told of the assignment is its last change, also to nobody.
    assert_eq!(answer.at("/conversation/assigned_by/id"), &app.maya.id);
    assert!(!answer.text_at("/conversation/assigned_at").is_empty());
    assert_eq!(
        app.list(&app.maya, "filter=unassigned").await,
        [id.as_str()]
    );
    assert!(app.list(&app.maya, "filter=mine").await.is_empty());
    app.assign(&app.sam, &id, None).await.changed(false);
}

#[actix_web::test]
async fn b07_reassign_keeps_status_tags_history_and_drafts() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let fields = json!({"priority": "high", "tags": ["vip"], "custom_fields": {"plan": "pro"}});
    let created = app.create_with(&fields).await;
    let id = created["id"].as_str().unwrap();
    let message = json!({"kind": "agent", "body": "On its way."});
    app.act(&app.sam, id, "messages", &message)
        .await
        .expect_status(201);
    app.set_status(id, "pending").await;
    let before = app.read(id).await;
    let history = app.history(id).await;
    let messages = messages(&app, id).await;
    app.assign(&app.owner, id, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, id, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, id, None).await.changed(true);
    assert_eq!(kept(app.read(id).await), kept(before.clone()));
    app.take_over(&app.maya, id).await.changed(true);
    let mut after = app.read(id).await;
    // The take over speaks of the AI itself, but not of its draft.
    assert_eq!(after["ai"]["draft"], before["ai"]["draft"]);
    after["ai"] = before["ai"].clone();
    assert_eq!(kept(after), kept(before));
    assert_eq!(app.history(id).await[..history.len()], history);
    assert_eq!(self::messages(&app, id).await, messages);
}

/// The conversation without what an assignment is about.
fn kept(mut conversation: Value) -> Value {
    let fields = conversation.as_object_mut().unwrap();
    for field in ["assignee", "assigned_at", "assigned_by", "version"] {
        fields.remove(field).unwrap();
    }
    conversation
}

async fn messages(app: &TestApp, id: &str) -> Value {
    let path = format!("/v1/conversations/{id}/messages");
    app.ask(get(&path).by(&app.owner))
        .await
        .expect_status(200)
        .body
}

#[actix_web::test]
async fn b08_every_way_to_assign_leaves_the_same_line() {
    let app = TestApp::start().await;
    let [claimed, assigned, undone] = [app.create().await, app.create().await, app.create().await];
    app.claim(&app.maya, &claimed).await.changed(true);
    app.assign(&app.maya, &assigned, Some(&app.maya))
        .await
        .changed(true);
    app.claim(&app.maya, &undone).await.changed(true);
    let left = app.assign(&app.maya, &undone, None).await.changed(true);
    let version = json!({"version": left.at("/conversation/version")});
    app.act(&app.maya, &undone, "undo", &version)
        .await
        .changed(true);
    let mut lines = Vec::new();
    for id in [&claimed, &assigned, &undone] {
        let line = app.history(id).await.pop().unwrap();
        lines.push(json!([line["kind"], line["actor"], line["changes"]]));
    }
    assert_eq!(lines[0], lines[1]);
    assert_eq!(lines[0], lines[2]);
    assert_eq!(lines[0][0], "assigned");
    // And the same check: an assignee who may not have it is refused on each.
    app.update(&app.maya, &json!({"role": "viewer"}))
        .await
        .expect_status(200);
    let answer = app.assign(&app.owner, &claimed, Some(&app.maya)).await;
    answer.refused(422, "assignee_not_eligible");
    app.claim(&app.maya, &claimed)
        .await
        .refused(403, "forbidden");
}

#[actix_web::test]
async fn assigning_whoever_has_it_changes_nothing() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    let before = app.read(&id).await;
    app.assign(&app.sam, &id, Some(&app.maya))
        .await
        .changed(false);
    app.claim(&app.maya, &id).await.changed(false);
    assert_eq!(app.read(&id).await, before);
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "assigned"]
    );
}

#[actix_web::test]
async fn expecting_somebody_who_is_not_here_is_told_in_one_way() {
    let app = TestApp::start().await;
    let id = app.create().await;
    for unknown in [app.stranger.id.as_str(), "usr_x", "nobody", ""] {
        let body = json!({"assignee": app.sam.id, "expected_assignee": unknown});
        let refused = app.put_assignee(&app.maya, &id, &body).await;
        let refused = refused.refused(422, "invalid_reference");
        assert_eq!(refused.at("/field"), "expected_assignee");
    }
    let body = json!({"assignee": app.sam.id, "expected_assignee": app.viewer.id});
    let refused = app.put_assignee(&app.maya, &id, &body).await;
    refused.refused(409, "assignee_changed");
}

#[actix_web::test]
async fn with_an_expected_assignee_it_changes_only_from_that_one() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let from_nobody = json!({"assignee": app.maya.id, "expected_assignee": null});
    app.put_assignee(&app.owner, &id, &from_nobody)
        .await
        .changed(true);
    let to_sam = json!({"assignee": app.sam.id, "expected_assignee": null});
    let answer = app.put_assignee(&app.owner, &id, &to_sam).await;
    let answer = answer.refused(409, "assignee_changed");
    assert_eq!(answer.at("/current/assignee/name"), "Maya");
    assert_eq!(answer.at("/current/assigned_by/name"), "Olga");
    assert_eq!(answer.at("/current/version"), 2);
    let from_maya = json!({"assignee": app.sam.id, "expected_assignee": app.maya.id});
    app.put_assignee(&app.owner, &id, &from_maya)
        .await
        .changed(true);
    assert_eq!(app.read(&id).await["assignee"]["id"], app.sam.id);
}

#[actix_web::test]
async fn b50_assign_and_unassign_work_while_the_ai_handles_it() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, &id, None).await.changed(true);
    let ai = &app.read(&id).await["ai"];
    assert_eq!(ai["handling"], true);
    assert_eq!(ai["handoff_at"], Value::Null);
    assert_eq!(app.list(&app.owner, "filter=ai_queue").await, [id]);
}
