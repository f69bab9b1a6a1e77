//! Autopilot: one switch, and what each of its positions remembers.

use serde_json::{Value, json};

use crate::support::{TestApp, get};

fn out_of_the_box(enabled: bool) -> Value {
    json!({
        "enabled": enabled,
        "channels": {"email": "auto", "chat": "auto", "slack": "auto"},
        "auto_send_floor": 85,
        "silence_floor": 50,
        "bypass": ["bug", "abuse", "spam"],
    })
}

async fn autopilot(app: &TestApp) -> Value {
    let answer = app.ask(get("/v1/autopilot").by(&app.maya)).await;
    answer.expect_status(200).body
}

#[actix_web::test]
async fn s05_off_restores_what_was_before_on_and_on_what_was_then() {
    let app = TestApp::start().await;
    assert_eq!(autopilot(&app).await, out_of_the_box(false));
    let on = json!({"enabled": true, "channels": {"chat": "draft"}, "auto_send_floor": 90,
        "silence_floor": 40, "bypass": ["legal"]});
    let before = app.head().await;
    let answer = app.put_autopilot(&app.admin, &on).await.expect_status(200);
    assert_eq!(app.head().await, before + 1, "all of it at one moment");
    let expected = json!({"enabled": true, "auto_send_floor": 90, "silence_floor": 40,
        "channels": {"email": "auto", "chat": "draft", "slack": "auto"}, "bypass": ["legal"]});
    assert_eq!(answer.body, expected);
    let off = app
        .put_autopilot(&app.owner, &json!({"enabled": false}))
        .await;
    assert_eq!(off.body, out_of_the_box(false));
    let app = app.restart().await;
    assert_eq!(autopilot(&app).await, out_of_the_box(false));
    let on = app
        .put_autopilot(&app.owner, &json!({"enabled": true}))
        .await;
    assert_eq!(on.body, expected);
}

#[actix_web::test]
async fn s05_on_new_conversations_are_handled_and_those_there_keep_their_mode() {
    let app = TestApp::start().await;
    let ai = app.service(&["ai"]).await;
    let by_people = app.create().await;
    let on = json!({"enabled": true, "channels": {"email": "auto"}});
    app.put_autopilot(&app.owner, &on).await.expect_status(200);
    let handled = app.create().await;
    assert_eq!(app.read(&by_people).await["ai"]["handling"], false);
    assert_eq!(app.read(&handled).await["ai"]["handling"], true);
    let drafts = json!({"enabled": true, "channels": {"email": "draft"}});
    app.put_autopilot(&app.owner, &drafts)
        .await
        .expect_status(200);
    assert_eq!(
        app.read(&handled).await["ai"]["mode"],
        "auto",
        "not rewritten"
    );
    let drafting = app.create().await;
    assert_eq!(app.read(&drafting).await["ai"]["mode"], "draft");
    let reply = json!({"body": "Hello", "confidence": 99});
    let answer = app.offer(&ai, &handled, &reply).await;
    assert_eq!(answer.at("/outcome"), "sent");
    // While it is off, none of them is sent to.
    app.switch_autopilot(false).await;
    assert_eq!(app.read(&handled).await["ai"]["handling"], true);
    let answer = app.offer(&ai, &handled, &reply).await;
    assert_eq!(
        (answer.at("/outcome"), answer.at("/reason")),
        (&json!("drafted"), &json!("mode"))
    );
}

#[actix_web::test]
async fn b22_only_owners_and_admins_set_what_the_ai_may_do() {
    let app = TestApp::start().await;
    let body = json!({"enabled": false, "auto_send_floor": 1});
    for person in [&app.maya, &app.viewer] {
        app.put_autopilot(person, &body)
            .await
            .refused(403, "forbidden");
    }
    assert_eq!(autopilot(&app).await, out_of_the_box(false));
}

#[actix_web::test]
async fn a_malformed_switch_is_refused_by_its_field() {
    let app = TestApp::start().await;
    for (body, field) in [
        (json!({}), "enabled"),
        (
            json!({"enabled": true, "channels": {"fax": "auto"}}),
            "channels.fax",
        ),
        (
            json!({"enabled": true, "channels": {"chat": "on"}}),
            "channels.chat",
        ),
        (
            json!({"enabled": true, "auto_send_floor": 101}),
            "auto_send_floor",
        ),
        (
            json!({"enabled": true, "silence_floor": -1}),
            "silence_floor",
        ),
        (json!({"enabled": true, "bypass": [" "]}), "bypass"),
        (json!({"enabled": true, "floor": 1}), "floor"),
    ] {
        let answer = app.put_autopilot(&app.owner, &body).await;
        let answer = answer.refused(400, "invalid_request");
        assert_eq!(answer.at("/field"), field, "{body}");
    }
    assert_eq!(autopilot(&app).await, out_of_the_box(false));
}
