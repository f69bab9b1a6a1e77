//! What no honest client sends. Nobody else notices.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::{Setup, Socket, TestApp, post};

/// A second's frames beyond all measure.
const FLOOD: usize = 150;

/// Whoever watches meanwhile sees a change, and nothing else.
async fn goes_on(app: &TestApp, bystander: &mut Socket) {
    let id = app.create().await;
    let change = bystander.next("change").await;
    assert_eq!(change["enter"][0]["id"], id.as_str());
    bystander.is_well().await;
}

#[actix_web::test]
async fn a_bad_frame_is_answered_and_the_socket_lives_on() {
    let app = TestApp::start().await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    for text in [
        "garbage",
        "",
        "[]",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"subscribe"}"#,
    ] {
        socket.send_text(text).await;
        socket.refused("bad_frame").await;
    }
    socket.send_text(r#"{"type":"dance"}"#).await;
    socket.refused("unknown_type").await;
    socket.send_message(Message::binary(vec![0_u8, 1, 2])).await;
    socket.refused("bad_frame").await;
    for view in ["everything", "conversation:", "conversation:usr_1"] {
        socket.subscribe(view).await;
        assert_eq!(socket.refused("unknown_view").await["view"], view);
    }
    socket.subscribe("all").await;
    socket.next("snapshot").await;
    socket.subscribe("all").await;
    assert_eq!(socket.refused("already_subscribed").await["view"], "all");
    socket.is_well().await;
    goes_on(&app, &mut bystander).await;
}

/// RFC 6455, 8.1: such a connection fails, with 1007.
#[actix_web::test]
async fn a_text_that_is_no_text_ends_the_socket() {
    let app = TestApp::start().await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let broken = || vec![b'"', 0xff, b'"'];
    let whole = vec![Frame::message(broken(), OpCode::Data(Data::Text), true)];
    let pieces = vec![
        Frame::message(broken(), OpCode::Data(Data::Text), false),
        Frame::message(Vec::new(), OpCode::Data(Data::Continue), true),
    ];
    for frames in [whole, pieces] {
        let mut socket = app.dashboard(&app.maya, &[]).await;
        for frame in frames {
            socket.send_message(Message::Frame(frame)).await;
        }
        assert_eq!(socket.closed().await, Some(1007));
    }
    goes_on(&app, &mut bystander).await;
}

#[actix_web::test]
async fn what_is_of_another_workspace_is_not_there() {
    let app = TestApp::start().await;
    let body = json!({"channel": "chat", "subject": "s", "body": "b",
        "customer": {"email": "a@b.test"}});
    let answer = app
        .ask(post("/v1/conversations", &body).by(&app.stranger))
        .await;
    let theirs = answer.expect_status(201).text_at("/id");
    let mut socket = app.dashboard(&app.maya, &[]).await;
    let view = format!("conversation:{theirs}");
    socket.subscribe(&view).await;
    assert_eq!(socket.refused("not_found").await["view"], view.as_str());
    for conversation in [theirs.as_str(), "conv_nonsense", ""] {
        let frame = json!({"type": "presence", "conversation": conversation, "state": "composing"});
        socket.send(&frame).await;
        socket.refused("not_found").await;
    }
    let mut stranger = app.dashboard(&app.stranger, &[&view]).await;
    stranger.stays_silent().await;
}

#[actix_web::test]
async fn a_text_may_come_in_pieces() {
    let app = TestApp::start().await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    let piece = |text: &'static str, data: Data, last: bool| {
        Message::Frame(Frame::message(text, OpCode::Data(data), last))
    };
    for message in [
        piece(r#"{"type":"#, Data::Text, false),
        piece(r#""pi"#, Data::Continue, false),
        piece(r#"ng"}"#, Data::Continue, true),
    ] {
        socket.send_message(message).await;
    }
    socket.next("pong").await;
    for message in [
        piece("bin", Data::Binary, false),
        piece("ary", Data::Continue, true),
    ] {
        socket.send_message(message).await;
    }
    socket.refused("bad_frame").await;
    socket.is_well().await;
}

#[actix_web::test]
async fn pieces_that_never_end_are_too_long() {
    let app = TestApp::start().await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    let first = Frame::message(vec![b' '; 9_000], OpCode::Data(Data::Text), false);
    socket.send_message(Message::Frame(first)).await;
    let more = Frame::message(vec![b' '; 9_000], OpCode::Data(Data::Continue), false);
    socket.send_message(Message::Frame(more)).await;
    assert_eq!(socket.closed().await, Some(4009));
    goes_on(&app, &mut bystander).await;
}

#[actix_web::test]
async fn a_frame_over_the_limit_closes() {
    let app = TestApp::start().await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    let fits = json!({"type": "subscribe", "view": "x".repeat(16_000)});
    socket.send(&fits).await;
    socket.refused("unknown_view").await;
    socket.send_text(&" ".repeat(20_000)).await;
    assert_eq!(socket.closed().await, Some(4009));
    goes_on(&app, &mut bystander).await;
}

#[actix_web::test]
async fn too_many_frames_a_second_close() {
    let app = TestApp::start().await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut steady = app.dashboard(&app.maya, &[]).await;
    for _ in 0..FLOOD {
        app.clock.advance(Duration::from_millis(10));
        steady.is_well().await;
    }
    let mut socket = app.dashboard(&app.maya, &[]).await;
    socket.send_many(r#"{"type":"ping"}"#, FLOOD).await;
    assert_eq!(socket.closed().await, Some(4009));
    goes_on(&app, &mut bystander).await;
    steady.is_well().await;
}

#[actix_web::test]
async fn too_many_views_are_refused_and_who_goes_on_is_closed() {
    let app = Setup::new()
        .configured(|config| config.live.subscriptions_per_session_max = 2)
        .start()
        .await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut socket = app.dashboard(&app.maya, &["mine", "closed"]).await;
    for view in ["mentions", "unassigned"] {
        socket.subscribe(view).await;
        let error = socket.refused("too_many_subscriptions").await;
        assert_eq!(error["view"], view);
    }
    socket.is_well().await;
    socket.subscribe("all").await;
    assert_eq!(socket.closed().await, Some(4009));
    goes_on(&app, &mut bystander).await;
}

#[actix_web::test]
async fn ten_thousand_subscriptions_close() {
    let app = Setup::new()
        .configured(|config| config.live.frames_per_second_max = 100_000)
        .start()
        .await;
    let mut bystander = app.dashboard(&app.sam, &["all"]).await;
    let mut socket = app.dashboard(&app.maya, &["mine"]).await;
    let mut made = Vec::new();
    for _ in 0..65 {
        made.push(app.create().await);
        bystander.next("change").await;
    }
    for number in 0..10_000_usize {
        let view = format!("conversation:{}", made[number % made.len()]);
        let frame = json!({"type": "subscribe", "view": view}).to_string();
        socket.send_many(frame, 1).await;
    }
    // As many were refused one by one as there may be views, the same ones for another reason.
    // Whoever goes on sending to a closed connection may lose the code with it.
    assert!(matches!(socket.closed().await, Some(4009) | None));
    goes_on(&app, &mut bystander).await;
}
