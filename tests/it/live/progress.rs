//! How far an operation is, on the screens of whoever asked for it.

use serde_json::{Value, json};

use super::members;
use crate::support::{TestApp, post};

#[actix_web::test]
async fn x06_the_caller_and_nobody_else_is_told_how_far_an_operation_is() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(app.create().await);
    }
    let mut tabs = [
        app.dashboard(&app.sam, &[]).await,
        app.dashboard(&app.sam, &["all"]).await,
    ];
    let mut maya = app.dashboard(&app.maya, &[]).await;
    let body = json!({"conversation_ids": ids, "assignee": app.maya.id});
    let ask = post("/v1/bulk/assign", &body).by(&app.sam);
    let done = app.ask(ask.keyed("thirty")).await.expect_status(200);
    let no_key = json!({"conversation_ids": [], "assignee": null});
    let ask = post("/v1/bulk/assign", &no_key).by(&app.sam);
    let nothing = app.ask(ask).await.expect_status(200);
    for tab in &mut tabs {
        // Time stands still, so there is nothing between the beginning and the end.
        for reached in [0, 30] {
            let frame = tab.until("bulk_progress").await;
            assert_eq!(&frame["operation_id"], done.at("/operation_id"));
            assert_eq!(frame["idempotency_key"], "thirty");
            assert_eq!(
                (&frame["done"], &frame["total"]),
                (&json!(reached), &json!(30))
            );
            let named = ["done", "idempotency_key", "operation_id", "total", "type"];
            assert_eq!(members(&frame), named);
        }
        let frame = tab.until("bulk_progress").await;
        assert_eq!(&frame["operation_id"], nothing.at("/operation_id"));
        assert_eq!(frame["idempotency_key"], Value::Null);
    }
    maya.is_well().await;
}
