//! Hourly and daily digests, also over a change of the clocks.

use std::time::Duration;

use ochre_assign::clock::Clock;
use ochre_assign::domain::Timestamp;
use ochre_assign::wire_time::{parse_rfc3339, rfc3339};
use serde_json::json;

use super::{silence, with_mail, with_slack};
use crate::support::{MailServer, Manners, Mood, Setup, SlackServer, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn start_at(time: &str) -> (TestApp, MailServer) {
    let mail = MailServer::start(Manners::default()).await;
    let setup = Setup::new();
    setup.clock.set(parse_rfc3339(time).unwrap());
    let app = with_mail(setup, &mail).start().await;
    (app, mail)
}

/// Moves time to a moment.
fn move_to(app: &TestApp, time: &str) {
    let time: Timestamp = parse_rfc3339(time).unwrap();
    app.clock.advance(time.saturating_since(app.clock.now()));
}

/// Nothing comes a second before the moment, and exactly this much with it.
async fn comes_at(app: &TestApp, mail: &MailServer, time: &str, count: usize) {
    let time = parse_rfc3339(time).unwrap();
    let before = mail.taken().len();
    move_to(app, &rfc3339(time.saturating_sub(Duration::from_secs(1))));
    silence().await;
    assert_eq!(
        mail.taken().len(),
        before,
        "too early for {}",
        rfc3339(time)
    );
    app.clock.advance(Duration::from_secs(1));
    app.until_now(|| mail.taken().len() == before + count).await;
    silence().await;
    assert_eq!(mail.taken().len(), before + count);
}

async fn assign_one(app: &TestApp) {
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
}

async fn mention(app: &TestApp) {
    let id = app.create().await;
    let note = json!({"body": "look", "mentions": [app.sam.id]});
    app.act(&app.owner, &id, "notes", &note)
        .await
        .expect_status(201);
}

#[actix_web::test]
async fn s08_an_hour_makes_one_mail_a_kind_and_none_when_there_was_nothing() {
    let (app, mail) = start_at("2026-01-05T10:10:00Z").await;
    for kind in ["assignment", "mention"] {
        app.prefer(&app.sam, kind, json!({"cadence": "hourly"}))
            .await;
    }
    for _ in 0..3 {
        assign_one(&app).await;
        app.clock.advance(Duration::from_secs(60));
    }
    mention(&app).await;
    comes_at(&app, &mail, "2026-01-05T11:00:00Z", 2).await;
    let mut subjects: Vec<_> = mail.taken().into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    assert_eq!(
        subjects,
        ["[Acme] Assigned to you: 3", "[Acme] You were mentioned: 1"]
    );
    // An hour without anything, then one with something.
    app.clock.advance(Duration::from_secs(3 * 3600));
    silence().await;
    assert_eq!(mail.taken().len(), 2);
    assign_one(&app).await;
    comes_at(&app, &mail, "2026-01-05T15:00:00Z", 1).await;
    assert_eq!(mail.times().len(), 3, "each digest is a mail of its own");
}

#[actix_web::test]
async fn s08_a_day_makes_one_mail_at_eight_across_a_change_of_the_clocks() {
    // In Berlin the clocks go forward in the night to 29 March 2026.
    let (app, mail) = start_at("2026-03-28T09:00:00Z").await;
    app.live_in(&app.sam, "Europe/Berlin").await;
    for kind in ["assignment", "mention"] {
        app.prefer(&app.sam, kind, json!({"cadence": "daily"}))
            .await;
    }
    assign_one(&app).await;
    assign_one(&app).await;
    mention(&app).await;
    comes_at(&app, &mail, "2026-03-29T06:00:00Z", 1).await;
    let digest = mail.taken().remove(0);
    assert_eq!(digest.subject, "[Acme] Your day: 3 notifications");
    for section in ["Assigned to you", "You were mentioned"] {
        assert!(digest.text.contains(section), "{}", digest.text);
    }
    // A day without anything makes no mail.
    app.clock.advance(DAY);
    silence().await;
    assert_eq!(mail.taken().len(), 1);
    // And back in the night to 25 October.
    move_to(&app, "2026-10-24T07:00:00Z");
    mention(&app).await;
    comes_at(&app, &mail, "2026-10-25T07:00:00Z", 1).await;
}

#[actix_web::test]
async fn a_digest_moves_with_whom_it_is_for() {
    let (app, mail) = start_at("2026-06-01T00:00:00Z").await;
    app.live_in(&app.sam, "Asia/Tokyo").await;
    app.prefer(&app.sam, "mention", json!({"cadence": "daily"}))
        .await;
    mention(&app).await;
    // At once, before 08:00 of the next day in Tokyo.
    app.live_in(&app.sam, "America/New_York").await;
    comes_at(&app, &mail, "2026-06-01T12:00:00Z", 1).await;
}

#[actix_web::test]
async fn a_digest_survives_a_restart_and_leaves_out_what_no_longer_holds() {
    let (app, mail) = start_at("2026-01-05T10:10:00Z").await;
    app.prefer(&app.sam, "assignment", json!({"cadence": "hourly"}))
        .await;
    assign_one(&app).await;
    let lost = app.create().await;
    app.assign(&app.owner, &lost, Some(&app.sam))
        .await
        .changed(true);
    let app = app.restart().await;
    app.assign(&app.owner, &lost, Some(&app.maya))
        .await
        .changed(true);
    app.settle();
    app.until_now(|| mail.taken().len() == 1).await;
    comes_at(&app, &mail, "2026-01-05T11:00:00Z", 1).await;
    let digest = mail.taken().remove(1);
    assert_eq!(
        (digest.to.as_str(), digest.subject.as_str()),
        ("sam@acme.test", "[Acme] Assigned to you: 1")
    );
}

#[actix_web::test]
async fn digests_go_to_slack_too() {
    let slack = SlackServer::start(Mood::default()).await;
    let app = with_slack(Setup::new(), &slack).start().await;
    app.link_slack(&app.sam, "U0SAM").await;
    app.prefer(
        &app.sam,
        "mention",
        json!({"slack": true, "cadence": "daily"}),
    )
    .await;
    mention(&app).await;
    mention(&app).await;
    // Both are in the letter before its time comes.
    silence().await;
    app.clock.advance(DAY);
    app.until_now(|| slack.taken().len() == 1).await;
    let text = slack.taken()[0].body["text"].as_str().unwrap().to_owned();
    assert_eq!(text.matches("mentioned you in").count(), 2, "{text}");
}
