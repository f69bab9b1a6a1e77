//! A client that stops reading costs a fixed number of bytes, and then its socket.

use std::time::Duration;

use serde_json::json;

use crate::support::{Knock, Setup, Socket, TestApp, get};

/// Views that were lost to slowness.
const SLOW: &str = "ochre_live_resyncs_total{reason=\"slow\"}";

async fn metric(app: &TestApp, line: &str) -> bool {
    let text = app.ask(get("/metrics").by(&app.owner)).await.text;
    text.lines().any(|found| found == line)
}

async fn until_shown(app: &TestApp, line: &str) {
    for _ in 0..200 {
        if metric(app, line).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = app.ask(get("/metrics").by(&app.owner)).await.text;
    let live = text.lines().filter(|line| line.starts_with("ochre_live"));
    panic!("no {line} in {:#?}", live.collect::<Vec<_>>());
}

#[actix_web::test]
async fn who_stops_reading_is_cut_and_the_others_go_on() {
    let app = Setup::new()
        .configured(|config| config.live.session_queue_bytes_max = 400_000)
        .start()
        .await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let knock = Knock::by(&app.maya).receiving(4096);
    let mut slow = app.knock(&knock, &["all", "unassigned", &view]).await;
    let mut quick = app.dashboard(&app.sam, &["all"]).await;
    let mut position = app.head().await;
    let mut round = 0;
    // First one view is taken away; the news of it is not taken either.
    for lost in ["1", "2"] {
        while !metric(&app, &format!("{SLOW} {lost}")).await {
            assert!(round < 1000, "it takes whatever it is sent");
            large_change(&app, &id, round).await;
            round += 1;
            let change = quick.next("change").await;
            assert_eq!(change["prev"], position, "no gap for the other");
            position = change["seq"].as_u64().unwrap();
        }
        app.clock.advance(Duration::from_secs(2));
    }
    // Whoever was told to end and does not is cut a moment later.
    until_shown(&app, "ochre_live_sessions 1").await;
    until_shown(&app, "ochre_live_closed_total{code=\"4008\"} 1").await;
    assert_eq!(slow.closed().await, None, "it could not be told any more");
    large_change(&app, &id, round).await;
    assert_eq!(quick.next("change").await["prev"], position);
    quick.is_well().await;
}

/// Somebody who does not read, until they have lost a view.
async fn who_lost_a_view(app: &TestApp, id: &str) -> Socket {
    let view = format!("conversation:{id}");
    let knock = Knock::by(&app.maya).receiving(4096);
    let slow = app.knock(&knock, &["all", "unassigned", &view]).await;
    until_lost(app, id, 1).await;
    slow
}

async fn until_lost(app: &TestApp, id: &str, views: usize) {
    for round in 0..1000 {
        if metric(app, &format!("{SLOW} {views}")).await {
            return;
        }
        // No round changes what another one did.
        large_change(app, id, views * 1000 + round).await;
    }
    panic!("it takes whatever it is sent");
}

#[actix_web::test]
async fn who_reads_again_is_told_what_it_lost_and_begins_it_again() {
    let app = Setup::new()
        .configured(|config| config.live.session_queue_bytes_max = 400_000)
        .start()
        .await;
    let id = app.create().await;
    let mut slow = who_lost_a_view(&app, &id).await;
    let resync = slow.until("resync").await;
    assert_eq!(resync["reason"], "slow");
    slow.subscribe(resync["view"].as_str().unwrap()).await;
    let snapshot = slow.until("snapshot").await;
    assert_eq!(
        (&snapshot["view"], &snapshot["seq"]),
        (&resync["view"], &json!(app.head().await))
    );
    slow.is_well().await;
}

#[actix_web::test]
async fn who_reads_again_too_late_sees_the_code() {
    let app = Setup::new()
        .configured(|config| config.live.session_queue_bytes_max = 400_000)
        .start()
        .await;
    let id = app.create().await;
    let mut slow = who_lost_a_view(&app, &id).await;
    app.clock.advance(Duration::from_secs(2));
    until_lost(&app, &id, 2).await;
    assert_eq!(slow.closed().await, Some(4008));
}

#[actix_web::test]
async fn who_takes_nothing_for_long_is_cut() {
    let app = Setup::new()
        .configured(|config| config.live.session_queue_bytes_max = 1 << 30)
        .start()
        .await;
    let id = app.create().await;
    let knock = Knock::by(&app.maya).receiving(4096);
    let mut slow = app.knock(&knock, &["all", "unassigned"]).await;
    let mut quick = app.dashboard(&app.sam, &[]).await;
    // Until the kernel has no room for more, and something waits.
    let (mut before, mut round) = (0, 0);
    loop {
        for _ in 0..10 {
            large_change(&app, &id, round).await;
            round += 1;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let sent = frames_sent(&app).await;
        if sent == before {
            break;
        }
        before = sent;
        assert!(round < 1000, "it takes whatever it is sent");
    }
    app.clock.advance(Duration::from_millis(19_000));
    quick.stays_silent().await;
    until_shown(&app, "ochre_live_sessions 2").await;
    app.clock.advance(Duration::from_secs(1));
    quick.stays_silent().await;
    app.clock.advance(Duration::from_secs(2));
    until_shown(&app, "ochre_live_sessions 1").await;
    until_shown(&app, "ochre_live_closed_total{code=\"4008\"} 1").await;
    assert_eq!(slow.closed().await, None, "it could not be told any more");
    quick.is_well().await;
}

async fn frames_sent(app: &TestApp) -> u64 {
    let text = app.ask(get("/metrics").by(&app.owner)).await.text;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("ochre_live_frames_total "));
    line.unwrap().parse().unwrap()
}

/// Some 50 KB that differ from round to round.
async fn large_change(app: &TestApp, id: &str, round: usize) {
    let fields: serde_json::Map<_, _> = (0..50)
        .map(|number| (format!("field {number}"), json!("x".repeat(900))))
        .chain([("field 0".to_owned(), json!(round.to_string()))])
        .collect();
    app.edit(&app.owner, id, &json!({"custom_fields": fields}))
        .await
        .expect_status(200);
}
