//! A client that stops reading costs a fixed number of bytes, and then its socket.

use std::time::Duration;

use serde_json::json;

use crate::support::{Knock, Setup, TestApp, get};

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
    panic!("no {line} in {text}");
}

#[actix_web::test]
async fn who_stops_reading_is_cut_and_the_others_go_on() {
    let app = Setup::new()
        .configured(|config| config.live.session_queue_bytes_max = 65_536)
        .start()
        .await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let knock = Knock::by(&app.maya).receiving(4096);
    let mut slow = app.knock(&knock, &["all", "unassigned", &view]).await;
    let mut quick = app.dashboard(&app.sam, &["all"]).await;
    let mut position = app.head().await;
    let fields: serde_json::Map<_, _> = (0..50)
        .map(|number| (format!("field {number}"), json!("x".repeat(900))))
        .collect();
    let mut closed = false;
    for round in 0..400 {
        let mut fields = fields.clone();
        fields.insert("field 0".to_owned(), json!(round.to_string()));
        app.edit(&app.owner, &id, &json!({"custom_fields": fields}))
            .await
            .expect_status(200);
        let change = quick.next("change").await;
        assert_eq!(change["prev"], position, "no gap for the other");
        position = change["seq"].as_u64().unwrap();
        if round % 20 == 19 {
            // Whoever was told to end and does not is cut a moment later.
            app.clock.advance(Duration::from_secs(1));
            closed = metric(&app, "ochre_live_sessions 1").await;
        }
        if closed {
            break;
        }
    }
    until_shown(&app, "ochre_live_sessions 1").await;
    until_shown(&app, "ochre_live_closed_total{code=\"4008\"} 1").await;
    slow.closed().await;
    quick.is_well().await;
}

#[actix_web::test]
async fn who_takes_nothing_for_long_is_cut() {
    let app = Setup::new().start().await;
    let id = app.create().await;
    let knock = Knock::by(&app.maya).receiving(4096);
    let mut slow = app.knock(&knock, &["all", "unassigned"]).await;
    let mut quick = app.dashboard(&app.sam, &[]).await;
    // Enough to fill what the kernel holds for it, and to leave something waiting.
    let fields: serde_json::Map<_, _> = (0..50)
        .map(|number| (format!("field {number}"), json!("x".repeat(900))))
        .collect();
    for round in 0..80 {
        let mut fields = fields.clone();
        fields.insert("field 0".to_owned(), json!(round.to_string()));
        app.edit(&app.owner, &id, &json!({"custom_fields": fields}))
            .await
            .expect_status(200);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(metric(&app, "ochre_live_sessions 2").await);
    app.clock.advance(Duration::from_secs(20));
    tokio::time::sleep(Duration::from_millis(600)).await;
    app.clock.advance(Duration::from_secs(2));
    until_shown(&app, "ochre_live_sessions 1").await;
    until_shown(&app, "ochre_live_closed_total{code=\"4008\"} 1").await;
    slow.closed().await;
    quick.is_well().await;
}
