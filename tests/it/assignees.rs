//! The picker, and who may be assigned at the moment of commit.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, at_once, get, put};

async fn picker(app: &TestApp, query: &str) -> Vec<String> {
    let path = format!("/v1/assignees?query={query}");
    let answer = app.ask(get(&path).by(&app.sam)).await.expect_status(200);
    let items = answer.body["items"].as_array().unwrap();
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    items.iter().map(name).collect()
}

#[actix_web::test]
async fn b10_the_picker_lists_active_people_who_may_be_assigned() {
    let app = TestApp::start().await;
    // The caller first, then by name; neither viewers nor other workspaces.
    assert_eq!(picker(&app, "").await, ["Sam", "Ada", "Maya", "Olga"]);
    assert_eq!(picker(&app, "MAY").await, ["Maya"]);
    assert!(picker(&app, "vera").await.is_empty());
    let id = app.create().await;
    app.claim(&app.sam, &id).await.changed(true);
    let answer = app.ask(get("/v1/assignees").by(&app.sam)).await;
    assert_eq!(answer.at("/items/0/open_count"), 1);
    assert_eq!(answer.at("/items/0/role"), "agent");
}

#[actix_web::test]
async fn b11_a_deactivated_user_is_neither_picked_nor_assigned() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    assert_eq!(picker(&app, "").await, ["Sam", "Ada", "Olga"]);
    let refused = app.assign(&app.sam, &id, Some(&app.maya)).await;
    refused.refused(422, "assignee_not_eligible");
    app.claim(&app.maya, &id)
        .await
        .refused(401, "unauthenticated");
    let refused = app.assign(&app.sam, &id, Some(&app.viewer)).await;
    refused.refused(422, "assignee_not_eligible");
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn b12_a_deactivated_user_keeps_what_they_own_until_it_is_reassigned() {
    let app = TestApp::start().await;
    let [one, two] = [app.create().await, app.create().await];
    app.claim(&app.maya, &one).await.changed(true);
    app.claim(&app.maya, &two).await.changed(true);
    let before = app.read(&one).await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    assert_eq!(app.read(&one).await, before);
    let theirs = app
        .list(&app.sam, &format!("assignee={}", app.maya.id))
        .await;
    assert_eq!(theirs.len(), 2);
    app.assign(&app.sam, &one, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.sam, &two, None).await.changed(true);
    assert_eq!(app.list(&app.sam, "filter=mine").await, [one]);
}

#[actix_web::test]
async fn b13_another_workspace_neither_owns_nor_learns() {
    let app = TestApp::start().await;
    let created = app.create_with(&json!({"external_id": "E-1"})).await;
    let id = created["id"].as_str().unwrap();
    let refused = app.assign(&app.maya, id, Some(&app.stranger)).await;
    let foreign = refused.refused(422, "assignee_not_eligible");
    let nobody = json!({"assignee": "usr_00000000000000000000000000000001"});
    let unknown = app.put_assignee(&app.maya, id, &nobody).await;
    let unknown = unknown.refused(422, "assignee_not_eligible");
    assert_eq!(foreign.at("/detail"), unknown.at("/detail"));
    for reference in [id, "ext:E-1"] {
        let path = format!("/v1/conversations/{reference}");
        for below in ["", "/messages", "/history", "/why"] {
            let ask = get(&format!("{path}{below}")).by(&app.stranger);
            app.ask(ask).await.refused(404, "not_found");
        }
        app.claim(&app.stranger, reference)
            .await
            .refused(404, "not_found");
        app.take_over(&app.stranger, reference)
            .await
            .refused(404, "not_found");
        let ask = put(&format!("{path}/assignee"), &json!({"assignee": "me"}));
        app.ask(ask.by(&app.stranger))
            .await
            .refused(404, "not_found");
    }
    assert!(app.list(&app.stranger, "filter=all").await.is_empty());
    assert_eq!(app.read(id).await["version"], 1);
}

#[actix_web::test]
async fn b14_after_a_deactivation_or_demotion_nobody_is_assigned_however_they_raced() {
    let app = TestApp::start().await;
    let mut conversations = Vec::new();
    for _ in 0..12 {
        conversations.push(app.create().await);
    }
    let (mut assigned, mut refused) = (0, 0);
    for round in 0..12 {
        for id in &conversations {
            app.assign(&app.owner, id, None).await.expect_status(200);
        }
        let before = app.head().await;
        let (out, back) = if round % 2 == 0 {
            (
                json!({"status": "deactivated"}),
                json!({"status": "active"}),
            )
        } else {
            (json!({"role": "viewer"}), json!({"role": "agent"}))
        };
        let mut acts: Vec<Pin<Box<dyn Future<Output = Answer>>>> = Vec::new();
        for (place, id) in conversations.iter().enumerate() {
            if place == round % conversations.len() {
                acts.push(Box::pin(app.update(&app.sam, &out)));
            }
            acts.push(Box::pin(app.assign(&app.maya, id, Some(&app.sam))));
        }
        for answer in at_once(acts).await {
            match answer.status {
                200 => assigned += usize::from(answer.at("/changed") == true),
                _ => {
                    answer.refused(422, "assignee_not_eligible");
                    refused += 1;
                }
            }
        }
        let events = app.events(before).await;
        let is_directory = |event: &&Value| event["kind"] == "directory";
        assert_eq!(events.iter().filter(is_directory).count(), 1);
        let after = events.iter().skip_while(|event| !is_directory(event));
        let later = after.filter(|event| event.to_string().contains("\"assigned\""));
        assert_eq!(
            later.collect::<Vec<_>>(),
            Vec::<&Value>::new(),
            "round {round}"
        );
        app.update(&app.sam, &back).await.expect_status(200);
    }
    assert!(
        assigned > 0 && refused > 0,
        "{assigned} assigned, {refused} refused: no race"
    );
}
