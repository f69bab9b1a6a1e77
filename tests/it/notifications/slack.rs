//! Direct messages in Slack.

use std::time::Duration;

use serde_json::json;

use super::{silence, with_slack};
use crate::support::{Mood, Setup, SlackServer};

#[actix_web::test]
async fn b31_slack_follows_once_an_account_is_linked_and_it_is_wanted() {
    let slack = SlackServer::start(Mood::default()).await;
    let app = with_slack(Setup::new(), &slack).start().await;
    let id = app.create().await;
    for person in [&app.sam, &app.maya] {
        app.prefer(person, "assignment", json!({"slack": true}))
            .await;
    }
    app.link_slack(&app.sam, "U0SAM").await;
    app.link_slack(&app.admin, "U0ADA").await;
    // Nobody linked: nothing is sent.
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.settle();
    // Linked, and not wanted.
    app.assign(&app.owner, &id, Some(&app.admin))
        .await
        .changed(true);
    app.settle();
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.settle();
    app.until_now(|| slack.taken().len() == 1).await;
    silence().await;
    let taken = slack.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].authorization, "Bearer xoxb-secret");
    assert_eq!(taken[0].body["channel"], "U0SAM");
    let text = taken[0].body["text"].as_str().unwrap();
    assert!(
        text.starts_with("Olga assigned #1 to you\nWhere is my order?"),
        "{text}"
    );
    assert!(taken[0].body["metadata"]["event_payload"]["id"].is_string());
}

#[actix_web::test]
async fn slack_is_left_alone_for_as_long_as_it_asks() {
    let mood = Mood {
        wait_every: 2,
        wait_seconds: 40,
        ..Mood::default()
    };
    let slack = SlackServer::start(mood).await;
    let setup = Setup::new().configured(|config| config.notify.sending_max = 1);
    let app = with_slack(setup, &slack).start().await;
    app.prefer(&app.sam, "assignment", json!({"slack": true}))
        .await;
    app.link_slack(&app.sam, "U0SAM").await;
    for _ in 0..4 {
        let id = app.create().await;
        app.assign(&app.owner, &id, Some(&app.sam))
            .await
            .changed(true);
    }
    app.settle();
    app.until_now(|| slack.offered() == 2).await;
    app.clock.advance(Duration::from_secs(39));
    silence().await;
    assert_eq!((slack.offered(), slack.taken().len()), (2, 1));
    app.clock.advance(Duration::from_secs(1));
    app.until(|| slack.taken().len() == 4).await;
    let mut ids: Vec<_> = slack
        .taken()
        .into_iter()
        .map(|posted| posted.body["metadata"]["event_payload"]["id"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "none was sent twice");
}

#[actix_web::test]
async fn slack_gets_each_message_once_though_it_fails_now_and_then() {
    let mood = Mood {
        fail_every: 3,
        ..Mood::default()
    };
    let slack = SlackServer::start(mood).await;
    let app = with_slack(Setup::new(), &slack).start().await;
    app.prefer(&app.sam, "assignment", json!({"slack": true}))
        .await;
    app.link_slack(&app.sam, "U0SAM").await;
    for _ in 0..10 {
        let id = app.create().await;
        app.assign(&app.owner, &id, Some(&app.sam))
            .await
            .changed(true);
    }
    app.settle();
    app.until(|| slack.taken().len() == 10).await;
    silence().await;
    assert_eq!(slack.taken().len(), 10);
    assert!(slack.offered() > 10);
}
