//! Notifications on a websocket.

use serde_json::{Value, json};

use crate::support::{Knock, TestApp, post};

#[actix_web::test]
async fn b30_whoever_is_assigned_is_told_live() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let mut sam = app.dashboard(&app.sam, &["mine"]).await;
    let mut maya = app.dashboard(&app.maya, &["all"]).await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let frame = sam.notification().await;
    assert_eq!(frame["type"], "notification");
    assert_eq!(frame["unread"], 1);
    assert_eq!(frame["notification"], app.told(&app.sam).await[0]);
    maya.next("change").await;
    maya.is_well().await;
    let note = json!({"body": "look", "mentions": [app.sam.id]});
    app.act(&app.viewer, &id, "notes", &note)
        .await
        .expect_status(201);
    let frame = sam.notification().await;
    assert_eq!(
        (&frame["unread"], &frame["notification"]["kind"]),
        (&json!(2), &json!("mention"))
    );
}

#[actix_web::test]
async fn a_welcome_says_how_much_is_unread() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let mut socket = Knock::by(&app.sam).open(app.address()).await;
    assert_eq!(socket.next("welcome").await["unread"], 1);
    let all = post("/v1/notifications/read-all", &Value::Null);
    app.ask(all.by(&app.sam)).await.expect_status(200);
    let mut socket = Knock::by(&app.sam).open(app.address()).await;
    assert_eq!(socket.next("welcome").await["unread"], 0);
}
