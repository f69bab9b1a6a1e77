//! What service tokens may do, scope by scope.

use serde_json::{Value, json};

use crate::support::{Ask, TestApp, delete, get, patch, post, put};

fn creation() -> Ask {
    let body = json!({"channel": "chat", "subject": "s", "body": "b",
        "customer": {"email": "a@b.test"}});
    post("/v1/conversations", &body)
}

/// What no service may do, whatever its scopes.
fn for_people_only(id: &str) -> Vec<Ask> {
    let path = |below: &str| format!("/v1/conversations/{id}{below}");
    let user = json!({"name": "x", "email": "x@acme.test", "role": "agent"});
    vec![
        post(&path("/claim"), &Value::Null),
        post(&path("/take-over"), &Value::Null),
        put(&path("/assignee"), &json!({"assignee": null})),
        post(&path("/undo"), &json!({"version": 1})),
        post(&path("/notes"), &json!({"body": "x"})),
        post(&path("/messages"), &json!({"kind": "agent", "body": "x"})),
        patch(&path(""), &json!({"priority": "high"})),
        post("/v1/users", &user),
        put("/v1/autopilot", &json!({"enabled": true})),
        put("/v1/routing/rules", &json!({"items": []})).if_match("*"),
        post("/v1/routing/simulate", &json!({"conversations": []})),
        post("/v1/teams", &json!({"name": "x"})),
        patch("/v1/teams/default", &json!({"name": "x"})),
        get("/v1/tokens"),
        post(
            "/v1/tokens",
            &json!({"name": "x", "kind": "service", "scopes": ["read"]}),
        ),
        patch("/v1/me", &json!({"name": "x"})),
    ]
}

fn reads(id: &str) -> Vec<Ask> {
    let mut reads: Vec<_> = ["", "/messages", "/history", "/why"]
        .map(|below| get(&format!("/v1/conversations/{id}{below}")))
        .into();
    reads.extend(
        [
            "/v1/conversations",
            "/v1/conversations/counts",
            "/v1/users",
            "/v1/assignees",
            "/v1/autopilot",
            "/v1/events",
            "/v1/routing/rules",
            "/v1/teams",
            "/v1/teams/default/rotation",
            "/v1/teams/default/turns",
            "/v1/stats",
        ]
        .map(get),
    );
    reads
}

#[actix_web::test]
async fn no_scope_does_what_is_for_people() {
    let app = TestApp::start().await;
    let id = app.create().await;
    for scopes in [
        &["inbound"][..],
        &["ai"],
        &["read"],
        &["inbound", "ai", "read"],
    ] {
        let token = app.service(scopes).await;
        for ask in for_people_only(&id) {
            app.ask(ask.bearer(&token)).await.refused(403, "forbidden");
        }
        let me = app
            .ask(get("/v1/me").bearer(&token))
            .await
            .expect_status(200);
        assert_eq!(me.at("/principal/kind"), "service");
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn inbound_creates_and_adds_customer_messages_and_reads_nothing() {
    let app = TestApp::start().await;
    let token = app.service(&["inbound"]).await;
    let created = app.ask(creation().bearer(&token)).await.expect_status(201);
    let id = created.text_at("/id");
    let path = format!("/v1/conversations/{id}");
    let message = json!({"kind": "customer", "body": "Hello?"});
    let ask = post(&format!("{path}/messages"), &message).bearer(&token);
    app.ask(ask).await.expect_status(201);
    for ask in reads(&id) {
        app.ask(ask.bearer(&token)).await.refused(403, "forbidden");
    }
    let close = patch(&path, &json!({"status": "closed"})).bearer(&token);
    app.ask(close).await.refused(403, "forbidden");
    let line = app.history(&id).await.remove(0);
    assert_eq!(line["actor"]["kind"], "service");
}

#[actix_web::test]
async fn ai_reads_a_conversation_and_closes_one_that_it_handles() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let [handled, taken] = [app.create().await, app.create().await];
    app.take_over(&app.maya, &taken).await.changed(true);
    let token = app.service(&["ai"]).await;
    for (place, ask) in reads(&handled).into_iter().enumerate() {
        let answer = app.ask(ask.bearer(&token)).await;
        // Those of one conversation come first.
        answer.expect_status(if place < 4 { 200 } else { 403 });
    }
    app.ask(creation().bearer(&token))
        .await
        .refused(403, "forbidden");
    let close = |id: &str| {
        patch(
            &format!("/v1/conversations/{id}"),
            &json!({"status": "closed"}),
        )
    };
    app.ask(close(&taken).bearer(&token))
        .await
        .refused(403, "forbidden");
    let with_more = json!({"status": "closed", "tags": ["x"]});
    let ask = patch(&format!("/v1/conversations/{handled}"), &with_more).bearer(&token);
    app.ask(ask).await.refused(403, "forbidden");
    let closed = app
        .ask(close(&handled).bearer(&token))
        .await
        .expect_status(200);
    assert_eq!(closed.at("/status"), "closed");
}

#[actix_web::test]
async fn read_reads_everything_but_tokens_and_changes_nothing() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let token = app.service(&["read"]).await;
    for ask in reads(&id) {
        app.ask(ask.bearer(&token)).await.expect_status(200);
    }
    app.ask(creation().bearer(&token))
        .await
        .refused(403, "forbidden");
    let close = patch(
        &format!("/v1/conversations/{id}"),
        &json!({"status": "closed"}),
    );
    app.ask(close.bearer(&token))
        .await
        .refused(403, "forbidden");
    assert!(
        app.ask(get("/v1/conversations?filter=mine").bearer(&token))
            .await
            .at("/items/0")
            .is_null()
    );
}

#[actix_web::test]
async fn a_revoked_token_opens_nothing() {
    let app = TestApp::start().await;
    let body = json!({"name": "ci", "kind": "service", "scopes": ["read"]});
    let made = app
        .ask(post("/v1/tokens", &body).by(&app.owner))
        .await
        .expect_status(201);
    let token = made.text_at("/token");
    app.ask(get("/v1/users").bearer(&token))
        .await
        .expect_status(200);
    let path = format!("/v1/tokens/{}", made.text_at("/id"));
    app.ask(delete(&path).by(&app.maya))
        .await
        .refused(403, "forbidden");
    app.ask(delete(&path).by(&app.admin))
        .await
        .expect_status(204);
    app.ask(get("/v1/users").bearer(&token))
        .await
        .refused(401, "unauthenticated");
}
