//! Whose socket is closed, and whose is not: rights, restarts, and what the metrics say.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Knock, Setup, TestApp, delete, get, post};

#[actix_web::test]
async fn a_role_that_changes_keeps_the_socket() {
    let app = TestApp::start().await;
    let mut maya = app.dashboard(&app.maya, &["all"]).await;
    let mut sam = app.dashboard(&app.sam, &[]).await;
    app.update(&app.maya, &json!({"role": "viewer"}))
        .await
        .expect_status(200);
    for socket in [&mut maya, &mut sam] {
        let user = socket.next("user").await["user"].clone();
        assert_eq!(
            (&user["id"], &user["role"]),
            (&json!(app.maya.id), &json!("viewer"))
        );
    }
    app.create().await;
    maya.next("change").await;
}

#[actix_web::test]
async fn who_is_deactivated_is_closed_at_once() {
    let app = TestApp::start().await;
    let mut tabs = [
        app.dashboard(&app.maya, &["all"]).await,
        app.dashboard(&app.maya, &[]).await,
    ];
    let mut sam = app.dashboard(&app.sam, &[]).await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    for tab in &mut tabs {
        assert_eq!(tab.closed().await, Some(4003));
    }
    assert_eq!(sam.next("user").await["user"]["status"], "deactivated");
    sam.is_well().await;
    let back = get("/v1/live").by(&app.maya);
    app.ask(back).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_revoked_token_closes_what_it_opened_and_nothing_else() {
    let app = TestApp::start().await;
    let body = json!({"name": "screen", "kind": "user", "user": app.maya.id});
    let made = app.ask(post("/v1/tokens", &body).by(&app.owner)).await;
    let made = made.expect_status(201);
    let knock = Knock::default().bearer(&made.text_at("/token"));
    let mut revoked = app.knock(&knock, &["all"]).await;
    let mut stays = app.dashboard(&app.maya, &["all"]).await;
    let path = format!("/v1/tokens/{}", made.text_at("/id"));
    let answer = app.ask(delete(&path).by(&app.owner)).await;
    assert!(answer.status < 300, "{answer:?}");
    assert_eq!(revoked.closed().await, Some(4003));
    stays.is_well().await;
}

#[actix_web::test]
async fn a_stop_says_so_to_everybody_and_waits_for_nobody() {
    let app = TestApp::start().await;
    let mut sockets = Vec::new();
    for person in [&app.owner, &app.maya, &app.stranger] {
        sockets.push(app.dashboard(person, &["all"]).await);
    }
    let mut unknown = Knock::default().open(app.address()).await;
    let mut stream = app.event_stream(get("/v1/events").by(&app.owner)).await;
    let began = now();
    app.stop().await;
    let took = now().duration_since(began);
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, Some(4012));
    }
    assert_eq!(unknown.closed().await, Some(4012));
    assert_eq!(stream.next().await, None);
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

#[actix_web::test]
async fn a_stop_is_spread_over_some_time() {
    let app = Setup::new()
        .configured(|config| config.live.drain_seconds = 1)
        .start()
        .await;
    let mut sockets = Vec::new();
    for person in [&app.maya, &app.stranger] {
        for _ in 0..10 {
            sockets.push(app.dashboard(person, &[]).await);
        }
    }
    let ends = sockets.iter_mut().map(|socket| async {
        assert_eq!(socket.closed().await, Some(4012));
        now()
    });
    let (_, ends) = futures_util::join!(app.stop(), crate::support::at_once(ends));
    for of_workspace in ends.chunks(10) {
        let first = of_workspace.iter().min().unwrap();
        let spread = of_workspace.iter().max().unwrap().duration_since(*first);
        assert!(spread > Duration::from_millis(200), "within {spread:?}");
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "how long a stop really takes")]
    Instant::now()
}

#[actix_web::test]
async fn the_numbers_are_shown() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let mut socket = app
        .dashboard(&app.maya, &["all", "mine", &view, "counts"])
        .await;
    let mut bad = Knock::default().open(app.address()).await;
    bad.send_text("garbage").await;
    assert_eq!(bad.closed().await, Some(4001));
    let _stream = app.event_stream(get("/v1/events").by(&app.owner)).await;
    app.claim(&app.maya, &id).await.changed(true);
    socket.until("counts").await;
    let epoch = json!("of another log");
    socket.resume("closed", &epoch, 0).await;
    socket.until("resync").await;
    let mut text = String::new();
    for line in [
        "ochre_live_sessions 1",
        "ochre_live_subscriptions{view=\"list\"} 2",
        "ochre_live_subscriptions{view=\"conversation\"} 1",
        "ochre_live_subscriptions{view=\"counts\"} 1",
        "ochre_live_event_streams 1",
        "ochre_live_resyncs_total{reason=\"epoch\"} 1",
        "ochre_live_resyncs_total{reason=\"slow\"} 0",
        "ochre_live_closed_total{code=\"4001\"} 1",
        "ochre_live_commit_to_last_socket_seconds_count 3",
    ] {
        for _ in 0..100 {
            text = app.ask(get("/metrics").by(&app.owner)).await.text;
            if text.lines().any(|found| found == line) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    for name in ["frames_total", "frame_bytes_total", "folded_commits_sum"] {
        let name = format!("ochre_live_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        assert!(line.unwrap().parse::<f64>().unwrap() > 0.0, "{name}");
    }
}
