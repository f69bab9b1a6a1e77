//! How people want to be told.

use serde_json::{Value, json};

use crate::support::{TestApp, get, put};

const PATH: &str = "/v1/me/notification-preferences";

#[actix_web::test]
async fn s08_out_of_the_box_email_is_on_for_assignments_and_mentions() {
    let app = TestApp::start().await;
    let answer = app.ask(get(PATH).by(&app.viewer)).await.expect_status(200);
    let of = |email| json!({"in_app": true, "email": email, "slack": false, "cadence": "instant"});
    let expected = json!({"assignment": of(true), "mention": of(true), "conversation_reply": of(false),
        "new_unassigned": of(false), "ai_auto_sent": of(false)});
    assert_eq!(answer.body, expected);
}

#[actix_web::test]
async fn choices_are_kept_and_what_is_not_named_stays() {
    let app = TestApp::start().await;
    let choice = json!({"mention": {"cadence": "daily", "slack": true}});
    let chosen = app
        .ask(put(PATH, &choice).by(&app.sam))
        .await
        .expect_status(200);
    let daily = json!({"in_app": true, "email": true, "slack": true, "cadence": "daily"});
    assert_eq!(chosen.at("/mention"), &daily);
    let head = app.head().await;
    let again = app
        .ask(put(PATH, &chosen.body).by(&app.sam))
        .await
        .expect_status(200);
    assert_eq!(again.body, chosen.body);
    assert_eq!(app.head().await, head, "what is so already is no change");
    let app = app.restart().await;
    let read = app.ask(get(PATH).by(&app.sam)).await.expect_status(200);
    assert_eq!(read.body, chosen.body);
    let others = app.ask(get(PATH).by(&app.maya)).await.expect_status(200);
    assert_eq!(others.at("/mention/cadence"), "instant");
}

#[actix_web::test]
async fn what_is_no_preference_is_refused_by_its_name() {
    let app = TestApp::start().await;
    for (body, field) in [
        (json!({"assignments": {}}), "assignments"),
        (json!({"mention": {"sms": true}}), "mention.sms"),
        (json!({"mention": {"cadence": "weekly"}}), "mention.cadence"),
        (json!({"mention": {"email": "yes"}}), "mention.email"),
        (json!({"mention": true}), "mention"),
    ] {
        let refused = app.ask(put(PATH, &body).by(&app.sam)).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.text_at("/field"), field, "{}", refused.text);
    }
    let service = app.service(&["read"]).await;
    let refused = app.ask(get(PATH).bearer(&service)).await;
    refused.refused(403, "forbidden");
    let refused = app.ask(put(PATH, &json!({})).bearer(&service)).await;
    refused.refused(403, "forbidden");
    let read = app.ask(get(PATH).by(&app.sam)).await;
    assert_ne!(read.body, Value::Null);
}

#[actix_web::test]
async fn the_log_does_not_show_anybodys_preferences() {
    let app = TestApp::start().await;
    let head = app.head().await;
    app.prefer(&app.sam, "mention", json!({"email": false}))
        .await;
    let events = app.events(head).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["kind"], "directory");
    assert_eq!(events[0].as_object().unwrap().len(), 3, "{events:?}");
}
