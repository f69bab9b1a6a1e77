//! The log as an event stream.

use serde_json::json;

use crate::support::{Setup, TestApp, get};

#[actix_web::test]
async fn it_goes_on_from_where_one_was() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        app.create().await;
    }
    let pages = app.events(0).await;
    let head = app.head().await;
    let ask = || get("/v1/events").by(&app.viewer);
    let after = |seq: u64| get(&format!("/v1/events?after={seq}")).by(&app.viewer);
    let mut all = app.event_stream(after(0)).await;
    assert!(all.head.starts_with("http/1.1 200"), "{}", all.head);
    assert!(
        all.head.contains("content-type: text/event-stream"),
        "{}",
        all.head
    );
    assert!(all.head.contains("cache-control: no-cache"), "{}", all.head);
    let events = all.take(pages.len()).await;
    for ((id, event), (page, seq)) in events.iter().zip(pages.iter().zip(1..)) {
        assert_eq!(
            (*id, event),
            (seq, page),
            "without a gap, and as the pages have it"
        );
    }
    let mut some = app.event_stream(after(head - 2)).await;
    let last = (head - 1).to_string();
    let mut back = app
        .event_stream(after(2).header("last-event-id", &last))
        .await;
    let mut now = app.event_stream(ask()).await;
    let id = app.create().await;
    let (expected, event) = now.next().await.unwrap();
    assert_eq!(
        (expected, &event["conversation_id"]),
        (head + 1, &json!(id))
    );
    let ids = |events: Vec<(u64, _)>| events.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(ids(all.take(1).await), [head + 1]);
    assert_eq!(ids(some.take(3).await), [head - 1, head, head + 1]);
    assert_eq!(ids(back.take(2).await), [head, head + 1]);
}

#[actix_web::test]
async fn what_is_about_people_shows_only_position_time_and_kind() {
    let app = TestApp::start().await;
    let mut stream = app.event_stream(get("/v1/events").by(&app.maya)).await;
    let head = app.head().await;
    app.add_person("Secretive", "agent").await;
    for seq in head + 1..=head + 2 {
        let (id, event) = stream.next().await.unwrap();
        assert_eq!(id, seq);
        assert_eq!(
            event,
            json!({"seq": seq, "at": event["at"], "kind": "directory"})
        );
    }
}

#[actix_web::test]
async fn it_ends_when_one_may_read_no_more() {
    let app = TestApp::start().await;
    let mut maya = app.event_stream(get("/v1/events").by(&app.maya)).await;
    let mut sam = app.event_stream(get("/v1/events").by(&app.sam)).await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    app.create().await;
    assert_eq!(maya.next().await, None, "not even that she was");
    assert_eq!(sam.take(2).await.len(), 2);
    let again = get("/v1/events").by(&app.maya);
    let again = again.header("accept", "text/event-stream");
    app.ask(again).await.refused(401, "unauthenticated");
    let service = app.service(&["inbound"]).await;
    let again = get("/v1/events").bearer(&service);
    let again = again.header("accept", "text/event-stream");
    app.ask(again).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn it_takes_a_seat_among_the_sockets() {
    let setup = Setup::new().configured(|config| config.live.sockets_max = 1);
    let app = setup.start().await;
    let stream = app.event_stream(get("/v1/events").by(&app.maya)).await;
    let another = || {
        get("/v1/events")
            .by(&app.sam)
            .header("accept", "text/event-stream")
    };
    let refused = app.ask(another()).await.refused(503, "overloaded");
    assert!(refused.header("retry-after").is_some());
    app.ask(get("/v1/events").by(&app.sam))
        .await
        .expect_status(200);
    drop(stream);
}

#[actix_web::test]
async fn a_position_that_the_log_does_not_have_is_refused() {
    let app = TestApp::start().await;
    app.create().await;
    let head = app.head().await;
    let stream = |path: &str| {
        get(path)
            .by(&app.viewer)
            .header("accept", "text/event-stream")
    };
    let beyond = (head + 1).to_string();
    for last in ["nonsense", "-1", "1.5", &beyond, "18446744073709551616"] {
        let ask = stream("/v1/events?after=1").header("last-event-id", last);
        let refused = app.ask(ask).await.refused(400, "invalid_request");
        assert_eq!(refused.text_at("/field"), "Last-Event-ID", "{last}");
    }
    let ask = stream(&format!("/v1/events?after={beyond}"));
    let refused = app.ask(ask).await.refused(400, "invalid_request");
    assert_eq!(refused.text_at("/field"), "after");
    let last = head.to_string();
    let ask = get("/v1/events").by(&app.viewer);
    let mut stream = app.event_stream(ask.header("last-event-id", &last)).await;
    app.create().await;
    assert_eq!(stream.next().await.unwrap().0, head + 1);
}
