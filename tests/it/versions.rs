//! `ETag` and `If-Match`: a change only of what the client saw.

use serde_json::{Value, json};

use crate::support::{Ask, TestApp, get, patch, post, put};

/// Every kind of change of a conversation.
fn changes(id: &str) -> Vec<Ask> {
    let path = |below: &str| format!("/v1/conversations/{id}{below}");
    vec![
        put(&path("/assignee"), &json!({"assignee": "me"})),
        post(&path("/undo"), &json!({"version": 2})),
        post(&path("/claim"), &Value::Null),
        patch(&path(""), &json!({"status": "pending"})),
        post(
            &path("/messages"),
            &json!({"kind": "agent", "body": "Hello"}),
        ),
        post(&path("/notes"), &json!({"body": "Look"})),
        post(&path("/take-over"), &Value::Null),
    ]
}

#[actix_web::test]
async fn every_change_takes_an_if_match_and_tells_the_next() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    for (number, change) in changes(&id).into_iter().enumerate() {
        let before = app
            .ask(get(&format!("/v1/conversations/{id}")).by(&app.maya))
            .await;
        let tag = format!("\"{}\"", number + 1);
        assert_eq!(before.header("etag"), Some(tag.as_str()));
        // Well formed, and not the version as it is written.
        for stale in ["\"0\"", "\"99\"", "\"abc\"", "\"\"", "\"98\", \"99\""] {
            let refused = app.ask(change.clone().if_match(stale).by(&app.maya)).await;
            let refused = refused.refused(412, "version_mismatch");
            assert_eq!(refused.at("/current"), &before.body);
        }
        for malformed in ["1", "\"1", "\"1\" \"2\"", ""] {
            let refused = app
                .ask(change.clone().if_match(malformed).by(&app.maya))
                .await;
            let refused = refused.refused(400, "invalid_request");
            assert_eq!(refused.at("/field"), "If-Match");
        }
        for other in [format!("W/{tag}"), tag.replacen('"', "\"0", 1)] {
            let refused = app.ask(change.clone().if_match(&other).by(&app.maya)).await;
            refused.refused(412, "version_mismatch");
        }
        assert_eq!(app.read(&id).await, before.body);
        // Any version will do with `*`.
        let change = match number % 4 {
            0 => change.if_match(&tag),
            1 => change.if_match("*"),
            2 => change.if_match(&format!("\"99\", {tag}")),
            _ => change.if_match("\"99\"").if_match(&tag),
        };
        let changed = app.ask(change.by(&app.maya)).await;
        assert!(changed.status < 300, "{changed:?}");
        let tag = format!("\"{}\"", number + 2);
        assert_eq!(changed.header("etag"), Some(tag.as_str()));
    }
}

#[actix_web::test]
async fn whoever_may_not_learns_no_version() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}/claim");
    let claim = post(&path, &Value::Null).if_match("\"9\"");
    app.ask(claim.clone().by(&app.viewer))
        .await
        .refused(403, "forbidden");
    app.ask(claim.by(&app.stranger))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_version_counts_commits_that_touch_the_conversation_and_nothing_else() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    app.claim(&app.maya, &id).await.changed(false);
    app.claim(&app.sam, &id)
        .await
        .refused(409, "already_assigned");
    app.create().await;
    app.switch_autopilot(true).await;
    let edit = json!({"status": "pending", "priority": "high", "tags": ["x"]});
    let edited = app.edit(&app.maya, &id, &edit).await.expect_status(200);
    assert_eq!(edited.at("/version"), 3);
    let history = app.history(&id).await;
    let versions: Vec<_> = history
        .iter()
        .map(|entry| entry["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 1, 2, 3, 3, 3]);
}
