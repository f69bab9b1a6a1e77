//! Who may assign, and who may only read.

use serde_json::{Value, json};

use crate::support::{TestApp, get, patch, post, put};

#[actix_web::test]
async fn b20_agents_and_above_assign_to_themselves_and_others_whoever_owns_it() {
    let app = TestApp::start().await;
    let id = app.create().await;
    for person in [&app.owner, &app.admin, &app.maya] {
        app.assign(&app.sam, &id, Some(&app.sam))
            .await
            .expect_status(200);
        app.assign(person, &id, Some(person)).await.changed(true);
        app.assign(person, &id, Some(&app.sam)).await.changed(true);
        app.assign(person, &id, None).await.changed(true);
    }
}

#[actix_web::test]
async fn b21_viewers_change_no_assignment_and_leave_no_trace_of_trying() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    let viewer = &app.viewer;
    let me = app.ask(get("/v1/me").by(viewer)).await.expect_status(200);
    // `light_agent` is another word for it, on input only.
    assert!(me.text.contains("\"role\":\"viewer\""), "{}", me.text);
    let (before, head) = (app.read(&id).await, app.head().await);
    app.claim(viewer, &id).await.refused(403, "forbidden");
    app.take_over(viewer, &id).await.refused(403, "forbidden");
    app.assign(viewer, &id, Some(&app.maya))
        .await
        .refused(403, "forbidden");
    app.assign(viewer, &id, Some(viewer))
        .await
        .refused(403, "forbidden");
    app.assign(viewer, &id, None)
        .await
        .refused(403, "forbidden");
    let undo = json!({"version": 1});
    app.act(viewer, &id, "undo", &undo)
        .await
        .refused(403, "forbidden");
    let closed = json!({"status": "closed"});
    app.edit(viewer, &id, &closed)
        .await
        .refused(403, "forbidden");
    let message = json!({"kind": "agent", "body": "Hello"});
    app.act(viewer, &id, "messages", &message)
        .await
        .refused(403, "forbidden");
    assert_eq!(app.read(&id).await, before);
    assert_eq!(app.head().await, head);
}

#[actix_web::test]
async fn b21_viewers_read_everything_write_notes_and_mention_people() {
    let app = TestApp::start().await;
    let id = app.create().await;
    for below in ["", "/messages", "/history", "/why"] {
        let path = format!("/v1/conversations/{id}{below}");
        app.ask(get(&path).by(&app.viewer)).await.expect_status(200);
    }
    for path in [
        "/v1/users",
        "/v1/assignees",
        "/v1/events",
        "/v1/autopilot",
        "/v1/tokens",
    ] {
        app.ask(get(path).by(&app.viewer)).await.expect_status(200);
    }
    let note = json!({"body": "@Maya have a look", "mentions": [app.maya.id]});
    app.act(&app.viewer, &id, "notes", &note)
        .await
        .expect_status(201);
    assert_eq!(app.list(&app.maya, "filter=mentions").await, [id]);
}

#[actix_web::test]
async fn b22_only_owners_and_admins_edit_people_and_autopilot() {
    let app = TestApp::start().await;
    let user = |email: &str| json!({"name": "New", "email": email, "role": "agent"});
    let switch = json!({"enabled": true});
    let rename = json!({"name": "Samuel"});
    let sam = format!("/v1/users/{}", app.sam.id);
    for person in [&app.maya, &app.viewer] {
        let asks = [
            post("/v1/users", &user("new@acme.test")),
            patch(&sam, &rename),
            put("/v1/autopilot", &switch),
            post(
                "/v1/tokens",
                &json!({"name": "x", "kind": "user", "user": app.sam.id}),
            ),
            post(
                "/v1/tokens",
                &json!({"name": "x", "kind": "service", "scopes": ["read"]}),
            ),
        ];
        for ask in asks {
            app.ask(ask.by(person)).await.refused(403, "forbidden");
        }
    }
    for (person, email) in [(&app.owner, "one@acme.test"), (&app.admin, "two@acme.test")] {
        app.ask(post("/v1/users", &user(email)).by(person))
            .await
            .expect_status(201);
        app.ask(patch(&sam, &rename).by(person))
            .await
            .expect_status(200);
        app.ask(put("/v1/autopilot", &switch).by(person))
            .await
            .expect_status(200);
    }
    assert_ne!(
        app.ask(get("/v1/autopilot").by(&app.maya)).await.body,
        Value::Null
    );
}
