//! What is told, to whom, and how it can be looked at and sent again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{HOUR, WEBHOOKS, a_while, is, keep_for_others, setup};
use crate::support::{Receiver, post};

#[actix_web::test]
async fn s10_each_event_is_told_signed_with_its_id_and_time() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    app.switch_autopilot(true).await;
    let webhook = app.make_webhook(&receiver.url(), &Value::Null).await;
    let id = app.create().await;
    app.take_over(&app.maya, &id).await.changed(true);
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let note = json!({"body": "Between us"});
    app.act(&app.sam, &id, "notes", &note)
        .await
        .expect_status(201);
    let message = json!({"kind": "agent", "body": "On its way"});
    app.act(&app.sam, &id, "messages", &message)
        .await
        .expect_status(201);
    app.assign(&app.owner, &id, None).await.changed(true);
    app.set_status(&id, "closed").await;
    let received = receiver.until(7).await;
    let mut names = Vec::new();
    for one in &received {
        let told = one.json();
        assert_eq!(
            (one.path.as_str(), one.header("content-type")),
            ("/told", "application/json")
        );
        assert!(one.is_signed_with(&webhook.secret), "{one:?}");
        assert!(one.header("webhook-id").starts_with("evt_"));
        assert_eq!(told["data"]["conversation"]["id"], id);
        let at = told["timestamp"].as_str().unwrap();
        assert!(
            at.starts_with("2026-01-01T00:") && at.ends_with('Z'),
            "{at}"
        );
        names.push(told["type"].as_str().unwrap().to_owned());
    }
    // Several are under way at once, so only their number is sure here.
    names.sort();
    let expected = [
        "conversation.assigned",
        "conversation.created",
        "conversation.status_changed",
        "conversation.taken_over",
        "conversation.unassigned",
        "message.created",
        "message.created",
    ];
    assert_eq!(names, expected);
    let of = |name: &str| {
        let found = received.iter().map(|one| one.json());
        found
            .filter(|told| told["type"] == name)
            .collect::<Vec<_>>()
    };
    let closed = &of("conversation.status_changed")[0]["data"];
    assert_eq!(closed["conversation"], app.read(&id).await);
    assert_eq!(closed["entry"]["changes"]["status"]["to"], "closed");
    let assigned = &of("conversation.assigned")[0]["data"];
    assert_eq!(assigned["conversation"]["assignee"]["name"], "Sam");
    let bodies: Vec<_> = of("message.created")
        .iter()
        .map(|told| told["data"]["message"]["body"].clone())
        .collect();
    assert!(bodies.contains(&json!("On its way")), "{bodies:?}");
    let ids = received.iter().map(|one| one.header("webhook-id"));
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), 7);
    keep_for_others(&webhook.secret, &received);
    app.stop().await;
}

#[actix_web::test]
async fn s10_only_what_a_webhook_asks_for_is_told_and_in_order_when_one_is_under_way() {
    let setup = setup().configured(|config| {
        config.webhooks.attempts_under_way_per_webhook_max = 1;
    });
    let (app, receiver) = (setup.start().await, Receiver::listen().await);
    let events = json!(["conversation.assigned", "conversation.unassigned"]);
    let before = app.create().await;
    app.claim(&app.maya, &before).await.changed(true);
    app.make_webhook(&receiver.url(), &events).await;
    let id = app.create().await;
    for to in [&app.maya, &app.sam, &app.maya] {
        app.assign(&app.owner, &id, Some(to)).await.changed(true);
        app.assign(&app.owner, &id, None).await.changed(true);
    }
    let received = receiver.until(6).await;
    let versions: Vec<_> = received
        .iter()
        .map(|one| {
            one.json()["data"]["conversation"]["version"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(versions, [2, 3, 4, 5, 6, 7]);
    a_while().await;
    assert_eq!(
        receiver.received().len(),
        6,
        "nothing from before it was made"
    );
}

#[actix_web::test]
async fn s10_deliveries_show_what_was_sent_without_what_is_private_and_can_be_sent_again() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let events = json!(["message.created"]);
    let webhook = app.make_webhook(&receiver.url(), &events).await;
    let id = app.create().await;
    let delivered = app.until_newest(&webhook.id, is("delivered")).await;
    let preview = delivered["preview"].to_string();
    assert_eq!(delivered["preview"]["data"]["conversation"]["id"], id);
    for private in [
        "Cleo",
        "cleo@example.com",
        "Where is my order",
        "be here by now",
    ] {
        assert!(!preview.contains(private), "{preview}");
    }
    let path = |delivery: &str| format!("{WEBHOOKS}/{}/deliveries/{delivery}/replay", webhook.id);
    let replay = path(delivered["id"].as_str().unwrap());
    let again = post(&replay, &Value::Null).by(&app.admin).keyed("again");
    let accepted = app.ask(again.clone()).await.expect_status(202);
    assert_eq!(accepted.at("/status"), "pending");
    let received = receiver.until(2).await;
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_eq!(received[0].body, received[1].body);
    let done = app.until_newest(&webhook.id, is("delivered")).await;
    assert_eq!(done["attempt"], 2);
    let repeated = app.ask(again).await.expect_status(202);
    assert!(repeated.replayed());
    assert_eq!(repeated.body, accepted.body);
    a_while().await;
    assert_eq!(
        receiver.received().len(),
        2,
        "a repeated request sends nothing"
    );
    for (by, status, code) in [
        (&app.maya, 403, "forbidden"),
        (&app.stranger, 404, "not_found"),
    ] {
        app.ask(post(&replay, &Value::Null).by(by))
            .await
            .refused(status, code);
    }
    let unknown = path("dlv_00000000000000000000000000000000");
    let unknown = app.ask(post(&unknown, &Value::Null).by(&app.owner)).await;
    unknown.refused(404, "not_found");
    // After its time a delivery is forgotten.
    app.clock.advance(73 * HOUR);
    app.until_newest(&webhook.id, Value::is_null).await;
}

#[actix_web::test]
async fn s10_a_test_event_is_signed_and_sent_once() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let events = json!(["conversation.created"]);
    let webhook = app.make_webhook(&receiver.url(), &events).await;
    let off = app
        .change_webhook(&webhook.id, &json!({"enabled": false}))
        .await;
    assert_eq!(off.expect_status(200).at("/enabled"), false);
    let test = format!("{WEBHOOKS}/{}/test", webhook.id);
    receiver.answer(500, "");
    for (count, status) in [(1, "failed"), (2, "delivered")] {
        let accepted = app.ask(post(&test, &Value::Null).by(&app.owner)).await;
        let accepted = accepted.expect_status(202);
        assert_eq!(accepted.at("/event"), "webhook.test");
        let received = receiver.until(count).await;
        let last = received.last().unwrap();
        assert!(last.is_signed_with(&webhook.secret));
        assert_eq!(last.json()["type"], "webhook.test");
        let tried = app.until_newest(&webhook.id, is(status)).await;
        assert_eq!(tried["id"], accepted.at("/id").clone());
        assert_eq!(tried["next_attempt_at"], Value::Null);
        app.clock.advance(HOUR);
    }
    app.clock.advance(24 * HOUR);
    a_while().await;
    assert_eq!(receiver.received().len(), 2);
}
