//! Failures: tried again, given up, over crashes.

use std::time::Duration;

use serde_json::{Value, json};

use super::{HOUR, a_while, is, setup};
use crate::support::{Received, Receiver, Setup, post};

#[actix_web::test]
async fn s10_a_failed_delivery_is_tried_again_later_with_the_same_id() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let webhook = app
        .make_webhook(&receiver.url(), &json!(["conversation.created"]))
        .await;
    receiver.answer(500, "");
    receiver.answer(503, "retry-after: 600\r\n");
    app.create().await;
    let failed = app.until_newest(&webhook.id, is("failed")).await;
    assert_eq!(
        (&failed["attempt"], &failed["response_status"]),
        (&json!(1), &json!(500))
    );
    assert!(failed["next_attempt_at"].is_string());
    assert_eq!(
        app.deliveries(&webhook.id, "?status=failed").await,
        [failed]
    );
    app.clock.advance(Duration::from_secs(40));
    a_while().await;
    assert_eq!(receiver.received().len(), 1, "it is not time yet");
    app.clock.advance(Duration::from_secs(20));
    receiver.until(2).await;
    app.until_newest(&webhook.id, |one| one["attempt"] == 2)
        .await;
    app.clock.advance(Duration::from_secs(400));
    a_while().await;
    assert_eq!(
        receiver.received().len(),
        2,
        "the receiver asked for ten minutes"
    );
    app.clock.advance(Duration::from_secs(260));
    let received = receiver.until(3).await;
    let done = app.until_newest(&webhook.id, is("delivered")).await;
    assert_eq!(
        (&done["attempt"], &done["response_status"]),
        (&json!(3), &json!(204))
    );
    assert_eq!(done["next_attempt_at"], Value::Null);
    assert!(done["latency_ms"].is_u64());
    assert!(
        app.deliveries(&webhook.id, "?status=failed")
            .await
            .is_empty()
    );
    for one in &received {
        assert_eq!(one.header("webhook-id"), received[0].header("webhook-id"));
        assert_eq!(one.body, received[0].body);
        assert!(one.is_signed_with(&webhook.secret));
    }
    assert_ne!(
        received[0].header("webhook-timestamp"),
        received[2].header("webhook-timestamp")
    );
    app.clock.advance(24 * HOUR);
    a_while().await;
    assert_eq!(
        receiver.received().len(),
        3,
        "never again once it was taken"
    );
}

#[actix_web::test]
async fn s10_a_webhook_that_only_fails_is_disabled_after_its_last_attempt() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let events = json!(["conversation.created"]);
    let webhook = app.make_webhook(&receiver.url(), &events).await;
    receiver.usually(500);
    app.create().await;
    let mut waited = Duration::ZERO;
    for attempt in 1..=6_u32 {
        receiver.until(usize::try_from(attempt).unwrap()).await;
        let tried = app
            .until_newest(&webhook.id, |one| one["attempt"] == attempt)
            .await;
        let is_last = attempt == 6;
        assert_eq!(tried["next_attempt_at"].is_null(), is_last, "{tried}");
        if is_last {
            break;
        }
        assert_eq!(app.webhook(&webhook.id).await["enabled"], true);
        // The longest that the wait can be, jitter included.
        let wait = Duration::from_secs(55 * 6_u64.pow(attempt - 1));
        app.clock.advance(wait);
        waited += wait;
    }
    assert!(waited < 24 * HOUR, "{waited:?}");
    for _ in 0..500 {
        if app.webhook(&webhook.id).await["enabled"] == false {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let disabled = app.webhook(&webhook.id).await;
    assert_eq!(disabled["disabled"]["reason"], "failing");
    assert!(disabled["disabled"]["at"].is_string());
    app.create().await;
    a_while().await;
    assert_eq!(receiver.received().len(), 6, "nothing is told any more");
    receiver.usually(204);
    let on = app
        .change_webhook(&webhook.id, &json!({"enabled": true}))
        .await;
    let on = on.expect_status(200);
    assert_eq!(
        (on.at("/enabled"), on.at("/disabled")),
        (&json!(true), &Value::Null)
    );
    app.clock.advance(Duration::from_secs(1));
    let id = app.create().await;
    let received = receiver.until(7).await;
    assert_eq!(received[6].json()["data"]["conversation"]["id"], id);
}

#[actix_web::test]
async fn s10_a_webhook_that_works_now_and_then_is_not_disabled() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let webhook = app
        .make_webhook(&receiver.url(), &json!(["conversation.created"]))
        .await;
    receiver.usually(500);
    app.create().await;
    for attempt in 1..=6_u32 {
        let first = |one: &Value| one["attempt"] == attempt;
        for _ in 0..1000 {
            if app.deliveries(&webhook.id, "").await.iter().any(first) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if attempt == 3 {
            // Another delivery arrives meanwhile.
            receiver.answer(204, "");
            app.create().await;
            app.until_newest(&webhook.id, is("delivered")).await;
        }
        if attempt < 6 {
            let wait = Duration::from_secs(55 * 6_u64.pow(attempt - 1));
            app.clock.advance(wait);
        }
    }
    a_while().await;
    let failed = app.deliveries(&webhook.id, "?status=failed").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["next_attempt_at"], Value::Null);
    assert_eq!(app.webhook(&webhook.id).await["enabled"], true);
}

#[actix_web::test]
async fn s10_one_that_is_gone_for_good_is_disabled_at_once() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let webhook = app.make_webhook(&receiver.url(), &Value::Null).await;
    receiver.usually(410);
    app.create().await;
    for _ in 0..500 {
        if app.webhook(&webhook.id).await["enabled"] == false {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(app.webhook(&webhook.id).await["disabled"]["reason"], "gone");
}

#[actix_web::test]
async fn s10_what_was_sent_but_not_marked_before_a_crash_is_sent_again_with_the_same_id() {
    let (app, receiver) = (setup().start().await, Receiver::listen().await);
    let events = json!(["conversation.created"]);
    let webhook = app.make_webhook(&receiver.url(), &events).await;
    receiver.hold();
    app.create().await;
    receiver.until(1).await;
    let killed = app.killed();
    let app = app.restart_over(killed).await;
    let received = receiver.until(2).await;
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_eq!(received[0].body, received[1].body);
    receiver.release();
    app.until_newest(&webhook.id, is("delivered")).await;
    let killed = app.killed();
    let app = app.restart_over(killed).await;
    app.clock.advance(24 * HOUR);
    a_while().await;
    assert_eq!(
        receiver.received().len(),
        2,
        "never again once that is durable"
    );
    assert_eq!(app.deliveries(&webhook.id, "").await.len(), 1);
}

#[actix_web::test]
async fn s10_nothing_is_lost_over_crashes_and_a_store_that_fails_now_and_then() {
    let (mut setup, faults) = Setup::faulty();
    setup = setup.configured(|config| {
        config.webhooks.plain_http = true;
        config.webhooks.permitted_networks = vec!["127.0.0.0/8".to_owned()];
    });
    let (mut app, receiver) = (setup.start().await, Receiver::listen().await);
    let events = json!(["conversation.created"]);
    app.make_webhook(&receiver.url(), &events).await;
    let mut made = Vec::new();
    for round in 0..4 {
        faults.fail_every(Some(7));
        for _ in 0..15 {
            let body = json!({"channel": "chat", "subject": "s", "body": "b",
                "customer": {"name": "n", "email": "a@b.test"}});
            let answer = app
                .ask(post("/v1/conversations", &body).by(&app.owner))
                .await;
            match answer.status {
                201 => made.push(answer.text_at("/id")),
                _ => app.until_ready().await,
            }
        }
        faults.fail_every(None);
        app.until_ready().await;
        if round < 3 {
            app = app.restart().await;
        }
    }
    assert!(made.len() > 20, "{}", made.len());
    let told = |received: &[Received]| -> Vec<String> {
        let ids = received.iter().map(|one| {
            let told = one.json();
            told["data"]["conversation"]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        ids.collect()
    };
    for _ in 0..500 {
        let told = told(&receiver.received());
        if made.iter().all(|id| told.contains(id)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = told(&receiver.received());
    let missing: Vec<_> = made.iter().filter(|id| !told.contains(id)).collect();
    panic!("never told: {missing:?}");
}
