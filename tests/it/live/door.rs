//! Who may watch, and how they say who they are.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::members;
use crate::support::{Answer, Ask, Knock, Person, Setup, TestApp, delete, get, patch, post};

const ORIGIN: &str = "http://desk.test";

/// Signs somebody in; the cookie.
async fn cookie(app: &TestApp, person: &Person) -> String {
    let password = "correct horse battery";
    let change = patch("/v1/me", &json!({"password": password})).by(person);
    app.ask(change).await.expect_status(200);
    let email = format!("{}@acme.test", person.name.to_lowercase());
    let body = json!({"email": email, "password": password});
    let answer = app.ask(post("/v1/session", &body)).await.expect_status(200);
    let cookie = answer.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn ask(app: &TestApp, ask: Ask) -> Answer {
    app.ask(ask).await
}

#[actix_web::test]
async fn a_header_is_enough_and_the_subprotocol_is_answered() {
    let app = TestApp::start().await;
    let mut socket = Knock::by(&app.maya).open(app.address()).await;
    assert_eq!(socket.protocol.as_deref(), Some("ochre.live.v1"));
    let welcome = socket.next("welcome").await;
    assert_eq!(welcome["user"]["id"], app.maya.id.as_str());
    let wrong = get("/v1/live").bearer("wrong");
    ask(&app, wrong).await.refused(401, "unauthenticated");
    let plain = get("/v1/live").by(&app.maya);
    ask(&app, plain).await.refused(400, "invalid_request");
}

#[actix_web::test]
async fn a_cookie_needs_an_origin_of_this_site() {
    let app = TestApp::start().await;
    let cookie = cookie(&app, &app.maya).await;
    let knock = |origin: Option<&str>| {
        let ask = get("/v1/live").header("cookie", &cookie);
        match origin {
            Some(origin) => ask.header("origin", origin),
            None => ask,
        }
    };
    for origin in [None, Some("https://elsewhere.test"), Some("null")] {
        let refused = ask(&app, knock(origin)).await;
        refused.refused(403, "origin_not_allowed");
    }
    let knock = Knock::default()
        .header("cookie", &cookie)
        .header("origin", ORIGIN);
    let mut socket = app.knock(&knock, &["mine"]).await;
    // Signing out ends what was opened with the cookie, at once.
    let out = delete("/v1/session")
        .header("cookie", &cookie)
        .header("origin", ORIGIN);
    ask(&app, out).await.expect_status(204);
    assert_eq!(socket.closed().await, Some(4003));
}

#[actix_web::test]
async fn the_first_frame_may_say_who_one_is() {
    let app = TestApp::start().await;
    let mut socket = Knock::default().open(app.address()).await;
    let auth = |token: &str| json!({"type": "auth", "token": token});
    socket.send(&auth(&app.sam.token)).await;
    let welcome = socket.next("welcome").await;
    assert_eq!(welcome["user"]["name"], "Sam");
    socket.send(&auth(&app.sam.token)).await;
    socket.refused("bad_frame").await;
    socket.subscribe("mine").await;
    socket.next("snapshot").await;
}

#[actix_web::test]
async fn a_first_frame_that_says_nothing_good_is_the_last() {
    let app = TestApp::start().await;
    let service = app.service(&["read"]).await;
    let no_read = app.service(&["inbound"]).await;
    let auth = |token: &str| json!({"type": "auth", "token": token}).to_string();
    for text in [
        auth("no such token"),
        auth(""),
        auth(&no_read),
        r#"{"type":"subscribe","view":"all"}"#.to_owned(),
        r#"{"type":"ping"}"#.to_owned(),
        r#"{"type":"auth"}"#.to_owned(),
        "garbage".to_owned(),
    ] {
        let mut socket = Knock::default().open(app.address()).await;
        socket.send_text(&text).await;
        assert_eq!(socket.closed().await, Some(4001), "{text}");
    }
    let mut socket = Knock::default().open(app.address()).await;
    socket.send_text(&auth(&service)).await;
    assert!(socket.next("welcome").await["user"].is_null());
}

#[actix_web::test]
async fn who_is_not_known_yet_has_the_same_limits() {
    let app = TestApp::start().await;
    let binary = || Message::binary(vec![0_u8, 1, 2]);
    let mut socket = Knock::default().open(app.address()).await;
    socket.send_message(binary()).await;
    socket.refused("bad_frame").await;
    let auth = json!({"type": "auth", "token": app.sam.token});
    socket.send(&auth).await;
    socket.next("welcome").await;
    let mut large = Knock::default().open(app.address()).await;
    large.send_text(&" ".repeat(20_000)).await;
    assert_eq!(large.closed().await, Some(4009));
    let mut flood = Knock::default().open(app.address()).await;
    flood.send_many(binary(), 150).await;
    assert_eq!(flood.closed().await, Some(4009));
    socket.is_well().await;
}

#[actix_web::test]
async fn who_says_nothing_is_let_go() {
    let app = TestApp::start().await;
    let mut silent = Knock::default().open(app.address()).await;
    let mut known = app.dashboard(&app.maya, &[]).await;
    app.clock.advance(Duration::from_millis(9_900));
    silent.stays_silent().await;
    app.clock.advance(Duration::from_millis(100));
    assert_eq!(silent.closed().await, Some(4001));
    known.is_well().await;
}

#[actix_web::test]
async fn a_service_needs_the_scope_read() {
    let app = TestApp::start().await;
    let without = app.service(&["inbound", "ai"]).await;
    let knock = get("/v1/live").bearer(&without);
    ask(&app, knock).await.refused(403, "forbidden");
    let with = app.service(&["read"]).await;
    let knock = Knock::default().bearer(&with);
    let mut socket = app.knock(&knock, &["all", "mine", "counts"]).await;
    let id = app.create().await;
    let change = socket.until("change").await;
    assert_eq!(change["enter"][0]["id"], id.as_str());
}

#[actix_web::test]
async fn there_are_only_so_many_sockets() {
    let setup = Setup::new().configured(|config| config.live.sockets_max = 2);
    let app = setup.start().await;
    let mut first = app.dashboard(&app.maya, &[]).await;
    let second = app.dashboard(&app.sam, &[]).await;
    let knock = || get("/v1/live").by(&app.owner);
    let refused = ask(&app, knock()).await.refused(503, "overloaded");
    assert!(refused.header("retry-after").is_some());
    drop(second);
    for _ in 0..200 {
        if ask(&app, knock()).await.status == 400 {
            app.dashboard(&app.owner, &[]).await;
            first.is_well().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the seat of a socket that has gone stays taken");
}

#[actix_web::test]
async fn another_workspace_is_another_world() {
    let app = TestApp::start().await;
    let mut theirs = app.dashboard(&app.stranger, &["all", "counts"]).await;
    let mut ours = app.dashboard(&app.owner, &["all"]).await;
    app.create().await;
    ours.next("change").await;
    theirs.stays_silent().await;
    let welcome = Knock::by(&app.stranger)
        .open(app.address())
        .await
        .next("welcome")
        .await;
    let expected = [
        "epoch",
        "heartbeat_s",
        "seq",
        "session",
        "type",
        "unread",
        "user",
    ];
    assert_eq!(members(&welcome), expected);
}
