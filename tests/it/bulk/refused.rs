//! What is refused as a whole, before anything happens.

use serde_json::{Value, json};

use super::{bulk, bulk_to, undo};
use crate::support::{Setup, TestApp, at_once, get, post};

#[actix_web::test]
async fn b21_viewers_and_services_are_refused_before_anything_happens() {
    let app = TestApp::start().await;
    let ids = app.create_some(2).await;
    let done = app.ask(bulk_to(&app.sam, &ids, Some(&app.maya))).await;
    let operation = done.text_at("/operation_id");
    let service = app.service(&["inbound", "ai", "read"]).await;
    let before = app.log();
    let assign = json!({"conversation_ids": ids, "assignee": app.sam.id});
    let preview = json!({"filter": "all", "assignee": null, "dry_run": true});
    let undo = format!("/v1/operations/{operation}/undo");
    let asks = [
        post("/v1/bulk/assign", &assign),
        post("/v1/bulk/assign", &preview),
        post(&undo, &Value::Null),
        post("/v1/operations/op_0/undo", &Value::Null),
    ];
    for ask in asks {
        let by_viewer = app.ask(ask.clone().by(&app.viewer)).await;
        by_viewer.refused(403, "forbidden");
        app.ask(ask.bearer(&service))
            .await
            .refused(403, "forbidden");
    }
    assert_eq!(app.log(), before);
    // Reading one is for all who read.
    let path = format!("/v1/operations/{operation}");
    app.ask(get(&path).bearer(&service))
        .await
        .expect_status(200);
    app.operation(&operation).await.expect_status(200);
    let inbound = app.service(&["inbound"]).await;
    let refused = app.ask(get(&path).bearer(&inbound)).await;
    refused.refused(403, "forbidden");
}

#[actix_web::test]
async fn too_many_are_refused_and_nothing_changes() {
    let app = Setup::new()
        .configured(|config| config.bulk.items_max = 3)
        .start()
        .await;
    let ids = app.create_some(4).await;
    let before = app.log();
    let many = bulk_to(&app.sam, &ids, Some(&app.maya)).keyed("many");
    app.ask(many.clone()).await.refused(422, "too_many_items");
    let all = json!({"filter": "all", "assignee": app.maya.id});
    app.ask(bulk(&app.sam, &all))
        .await
        .refused(422, "too_many_items");
    let said_twice = vec![ids[0].clone(); 4];
    app.ask(bulk_to(&app.sam, &said_twice, None))
        .await
        .refused(422, "too_many_items");
    assert_eq!(app.log(), before);
    assert!(app.ask(many).await.replayed());
    let three = app.ask(bulk_to(&app.sam, &ids[1..], Some(&app.maya))).await;
    three.expect_status(200);
}

#[actix_web::test]
async fn who_cannot_be_assigned_or_mentioned_is_refused_as_for_one() {
    let app = TestApp::start().await;
    let ids = app.create_some(2).await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    let before = app.log();
    for assignee in [&app.viewer.id, &app.maya.id, &app.stranger.id, "nobody"] {
        for dry_run in [false, true] {
            let body = json!({"conversation_ids": ids, "assignee": assignee, "dry_run": dry_run});
            let refused = app.ask(bulk(&app.sam, &body)).await;
            refused.refused(422, "assignee_not_eligible");
        }
    }
    let note = json!({"body": "Look", "mentions": [app.stranger.id]});
    let body = json!({"conversation_ids": ids, "assignee": "me", "note": note});
    let refused = app.ask(bulk(&app.sam, &body)).await;
    let refused = refused.refused(422, "invalid_reference");
    assert_eq!(refused.at("/field"), "note.mentions");
    assert_eq!(app.log(), before);
}

#[actix_web::test]
async fn malformed_requests_name_the_field() {
    let app = TestApp::start().await;
    for (body, field) in [
        (json!({"assignee": null}), "conversation_ids"),
        (
            json!({"assignee": null, "conversation_ids": [], "filter": "all"}),
            "filter",
        ),
        (json!({"assignee": null, "filter": "everything"}), "filter"),
        (json!({"filter": "all"}), "assignee"),
        (
            json!({"assignee": null, "filter": "all", "tags": []}),
            "tags",
        ),
        (
            json!({"assignee": null, "conversation_ids": ["a", 7]}),
            "conversation_ids[1]",
        ),
        (
            json!({"assignee": null, "filter": "all", "note": {"body": " "}}),
            "note.body",
        ),
        (
            json!({"assignee": null, "filter": "all", "dry_run": "yes"}),
            "dry_run",
        ),
    ] {
        let refused = app.ask(bulk(&app.sam, &body)).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), field, "{body}");
    }
}

#[actix_web::test]
async fn an_unknown_operation_is_not_found() {
    let app = TestApp::start().await;
    let unknown = "op_00000000000000000000000000000000";
    for id in [unknown, "op_1", "x"] {
        app.operation(id).await.refused(404, "not_found");
        app.ask(undo(&app.sam, id)).await.refused(404, "not_found");
    }
    let ids = app.create_some(1).await;
    let done = app.ask(bulk_to(&app.sam, &ids, None)).await;
    let path = format!("/v1/operations/{}", done.text_at("/operation_id"));
    let foreign = app.ask(get(&path).by(&app.stranger)).await;
    foreign.refused(404, "not_found");
}

#[actix_web::test]
async fn nothing_is_an_operation_too() {
    let app = TestApp::start().await;
    let done = app.ask(bulk_to(&app.sam, &[], Some(&app.maya))).await;
    let done = done.expect_status(200);
    assert_eq!(super::counts(&done), [0, 0, 0]);
    let kept = app.operation(&done.text_at("/operation_id")).await;
    assert_eq!(kept.at("/state"), "done");
}

#[actix_web::test]
async fn no_more_are_kept_than_configured_and_the_oldest_go_first() {
    let app = Setup::new()
        .configured(|config| config.bulk.kept_max = 2)
        .start()
        .await;
    let ids = app.create_some(1).await;
    let mut operations = Vec::new();
    for to in [&app.maya, &app.sam, &app.maya] {
        let done = app.ask(bulk_to(&app.sam, &ids, Some(to))).await;
        operations.push(done.text_at("/operation_id"));
    }
    let app = app.restart().await;
    let found = at_once(operations.iter().map(|id| app.operation(id))).await;
    let found: Vec<u16> = found.iter().map(|answer| answer.status).collect();
    assert_eq!(found, [404, 200, 200]);
}
