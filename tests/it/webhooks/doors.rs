//! Who may make webhooks, what they are signed with, and where they may not lead.

use serde_json::{Value, json};

use super::{HOUR, WEBHOOKS, a_while, is, setup};
use crate::support::{Person, Receiver, Setup, TestApp, delete, get, patch, post};

#[actix_web::test]
async fn s10_a_redirect_is_not_followed() {
    let app = setup().start().await;
    let (receiver, elsewhere) = (Receiver::listen().await, Receiver::listen().await);
    let events = json!(["conversation.created"]);
    let webhook = app.make_webhook(&receiver.url(), &events).await;
    receiver.answer(307, &format!("location: {}\r\n", elsewhere.url()));
    app.create().await;
    let failed = app.until_newest(&webhook.id, is("failed")).await;
    assert_eq!(failed["response_status"], 307);
    assert!(
        failed["error"].as_str().unwrap().contains("redirect"),
        "{failed}"
    );
    assert!(elsewhere.received().is_empty());
}

#[actix_web::test]
async fn s10_an_address_inside_is_refused_also_when_a_name_leads_there() {
    let setup = Setup::new().configured(|config| config.webhooks.plain_http = true);
    let (app, receiver) = (setup.start().await, Receiver::listen().await);
    for url in [
        receiver.url(),
        format!("http://[::ffff:127.0.0.1]:{}/", receiver.port()),
        "https://10.0.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "ftp://hooks.example.com/".to_owned(),
        "https://user@hooks.example.com/".to_owned(),
    ] {
        let refused = app
            .ask(post(WEBHOOKS, &json!({"url": url})).by(&app.owner))
            .await;
        assert_eq!(
            refused.refused(400, "invalid_request").at("/field"),
            "url",
            "{url}"
        );
    }
    let named = format!("http://localhost:{}/told", receiver.port());
    let webhook = app
        .make_webhook(&named, &json!(["conversation.created"]))
        .await;
    app.create().await;
    let failed = app.until_newest(&webhook.id, is("failed")).await;
    assert!(
        failed["error"].as_str().unwrap().contains("not public"),
        "{failed}"
    );
    assert!(receiver.received().is_empty());
}

#[actix_web::test]
async fn s10_plain_http_needs_the_configuration() {
    let app = TestApp::start().await;
    let body = json!({"url": "http://hooks.example.com/"});
    let refused = app.ask(post(WEBHOOKS, &body).by(&app.owner)).await;
    assert_eq!(refused.refused(400, "invalid_request").at("/field"), "url");
}

#[actix_web::test]
async fn s10_secrets_are_shown_once_and_can_be_replaced() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let body = json!({"url": receiver.url(), "events": ["conversation.created"]});
    let ask = post(WEBHOOKS, &body).by(&app.owner).keyed("once");
    let made = app.ask(ask.clone()).await.expect_status(201);
    let (id, first) = (made.text_at("/id"), made.text_at("/secret"));
    assert!(first.starts_with("whsec_"), "{first}");
    let again = app.ask(ask).await.expect_status(201);
    assert!(again.replayed());
    assert_eq!(
        (again.at("/id"), again.at("/secret")),
        (&json!(id), &Value::Null)
    );
    assert!(app.webhook(&id).await.get("secret").is_none());
    let list = app
        .ask(get(WEBHOOKS).by(&app.owner))
        .await
        .expect_status(200);
    assert!(!list.text.contains("whsec_"));
    assert_eq!(list.at("/items").as_array().unwrap().len(), 1);
    let events = app.events(0).await;
    assert!(!json!(events).to_string().contains("whsec_"));
    for workspace in app.journal().workspaces().unwrap() {
        for record in app.journal().read(workspace, 0, usize::MAX).unwrap() {
            let text = String::from_utf8_lossy(&record.bytes).into_owned();
            assert!(!text.contains("whsec_"), "the log has it");
        }
    }
    let rotated = app
        .change_webhook(&id, &json!({"rotate_secret": true}))
        .await;
    let second = rotated.expect_status(200).text_at("/secret");
    assert_ne!(first, second);
    app.create().await;
    let received = receiver.until(1).await;
    assert!(received[0].is_signed_with(&second) && received[0].is_signed_with(&first));
    app.clock.advance(25 * HOUR);
    app.create().await;
    let received = receiver.until(2).await;
    assert!(received[1].is_signed_with(&second) && !received[1].is_signed_with(&first));
}

#[actix_web::test]
async fn s10_webhooks_are_for_owners_and_admins_of_their_workspace() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let webhook = app.make_webhook(&receiver.url(), &Value::Null).await;
    let item = format!("{WEBHOOKS}/{}", webhook.id);
    let body = json!({"url": receiver.url()});
    let asks = |by: &Person| {
        [
            get(WEBHOOKS).by(by),
            post(WEBHOOKS, &body).by(by),
            get(&item).by(by),
            patch(&item, &json!({"enabled": false})).by(by),
            delete(&item).by(by),
            get(&format!("{item}/deliveries")).by(by),
            post(&format!("{item}/test"), &Value::Null).by(by),
        ]
    };
    let service = Person {
        token: app.service(&["read", "inbound", "ai"]).await,
        ..app.viewer.clone()
    };
    for by in [&app.maya, &app.viewer, &service] {
        for ask in asks(by) {
            app.ask(ask).await.refused(403, "forbidden");
        }
    }
    for ask in asks(&app.stranger).into_iter().skip(2) {
        app.ask(ask).await.refused(404, "not_found");
    }
    for bad in [
        json!({"url": receiver.url(), "events": []}),
        json!({"url": receiver.url(), "events": ["conversation.deleted"]}),
        json!({"url": receiver.url(), "secret": "mine"}),
        json!({"events": ["message.created"]}),
    ] {
        let refused = app.ask(post(WEBHOOKS, &bad).by(&app.owner)).await;
        refused.refused(400, "invalid_request");
    }
    app.ask(delete(&item).by(&app.admin))
        .await
        .expect_status(204);
    app.ask(get(&item).by(&app.admin))
        .await
        .refused(404, "not_found");
    app.ask(delete(&item).by(&app.admin))
        .await
        .refused(404, "not_found");
    app.create().await;
    a_while().await;
    assert!(receiver.received().is_empty());
}
