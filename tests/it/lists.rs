//! Pages of conversations, and that they agree with what was just done.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::support::{TestApp, get, ids};

#[actix_web::test]
async fn limits_and_cursors_that_make_no_sense_are_refused() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.create().await;
    }
    let list = async |query: &str| {
        let path = format!("/v1/conversations?{query}");
        app.ask(get(&path).by(&app.maya)).await
    };
    for query in [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "cursor=x",
        "cursor=",
        "filter=none",
    ] {
        list(query).await.refused(400, "invalid_request");
    }
    list("limit=200").await.expect_status(200);
    let cursor = list("limit=1").await.text_at("/next_cursor");
    list(&format!("limit=1&cursor={cursor}"))
        .await
        .expect_status(200);
    let other = list(&format!("filter=unassigned&cursor={cursor}")).await;
    assert_eq!(other.refused(400, "invalid_request").at("/field"), "cursor");
    let other = list(&format!("assignee=me&cursor={cursor}")).await;
    assert_eq!(other.refused(400, "invalid_request").at("/field"), "cursor");
    for path in ["/v1/users", "/v1/tokens"] {
        let ask = get(&format!("{path}?cursor={cursor}")).by(&app.owner);
        app.ask(ask).await.refused(400, "invalid_request");
        app.ask(get(&format!("{path}?limit=0")).by(&app.owner))
            .await
            .refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn a_row_that_nobody_touches_is_seen_exactly_once_while_others_move() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for number in 0..40 {
        // Several share their time, so that the id has to decide.
        if number % 3 == 0 {
            app.clock.advance(Duration::from_secs(1));
        }
        made.push(app.create().await);
    }
    let (mut seen, mut cursor) = (BTreeMap::<String, usize>::new(), String::new());
    let mut page_number = 0;
    loop {
        let path = format!("/v1/conversations?filter=all&limit=7{cursor}");
        let page = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
        for id in ids(page.body["items"].as_array().unwrap()) {
            *seen.entry(id).or_default() += 1;
        }
        if page.at("/next_cursor").is_null() {
            break;
        }
        cursor = format!("&cursor={}", page.text_at("/next_cursor"));
        // One of the newest, one of the oldest and one new come to the front.
        app.clock.advance(Duration::from_secs(1));
        let message = json!({"kind": "agent", "body": "Hello"});
        for touched in [&made[page_number], &made[39 - page_number]] {
            app.act(&app.maya, touched, "messages", &message)
                .await
                .expect_status(201);
        }
        app.create().await;
        page_number += 1;
    }
    assert!(page_number >= 4);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    for untouched in &made[page_number..40 - page_number] {
        assert_eq!(seen.get(untouched), Some(&1));
    }
}

#[actix_web::test]
async fn pages_carry_the_total_and_the_position() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        app.create().await;
    }
    let path = "/v1/conversations?filter=unassigned&limit=2";
    let first = app.ask(get(path).by(&app.maya)).await.expect_status(200);
    assert_eq!(
        (first.at("/total"), first.at("/seq")),
        (&json!(5), &json!(app.head().await))
    );
    let id = first.text_at("/items/0/id");
    app.claim(&app.maya, &id).await.changed(true);
    let next = format!("{path}&cursor={}", first.text_at("/next_cursor"));
    let second = app.ask(get(&next).by(&app.maya)).await.expect_status(200);
    assert_eq!(second.at("/total"), 4);
    assert_eq!(
        second.at("/seq").as_u64(),
        first.at("/seq").as_u64().map(|seq| seq + 1)
    );
    let counts = app.ask(get("/v1/conversations/counts").by(&app.maya)).await;
    assert_eq!(
        (counts.at("/unassigned"), counts.at("/mine")),
        (&json!(4), &json!(1))
    );
}

#[actix_web::test]
async fn what_the_caller_changed_is_in_the_next_list() {
    let app = TestApp::start().await;
    for _ in 0..50 {
        let id = app.create().await;
        assert!(app.list(&app.maya, "filter=unassigned").await.contains(&id));
        app.claim(&app.maya, &id).await.changed(true);
        assert!(app.list(&app.maya, "filter=mine").await.contains(&id));
        assert!(!app.list(&app.maya, "filter=unassigned").await.contains(&id));
        app.set_status(&id, "closed").await;
        assert!(app.list(&app.maya, "filter=closed").await.contains(&id));
        assert!(app.list(&app.maya, "filter=mine").await.is_empty());
    }
}

#[actix_web::test]
async fn the_assignee_narrows_any_filter() {
    let app = TestApp::start().await;
    let [open, closed] = [app.create().await, app.create().await];
    for id in [&open, &closed] {
        app.assign(&app.owner, id, Some(&app.sam))
            .await
            .changed(true);
    }
    app.set_status(&closed, "closed").await;
    let sams = format!("assignee={}", app.sam.id);
    assert_eq!(app.list(&app.maya, &sams).await, [open.as_str()]);
    assert_eq!(
        app.list(&app.maya, &format!("filter=closed&{sams}")).await,
        [closed]
    );
    assert_eq!(app.list(&app.sam, "assignee=me").await, [open]);
    for nobody in ["assignee=nobody", &format!("assignee={}", app.stranger.id)] {
        assert!(app.list(&app.maya, nobody).await.is_empty());
    }
}
