//! Clients that come back with what they hold: after a break, after a restart, after worse.

use serde_json::{Value, json};

use super::ids;
use crate::support::{Knock, Person, TestApp};

/// Opens a socket; the epoch of its welcome with it.
async fn come(app: &TestApp, person: &Person) -> (crate::support::Socket, Value) {
    let mut socket = Knock::by(person).open(app.address()).await;
    let welcome = socket.next("welcome").await;
    (socket, welcome["epoch"].clone())
}

#[actix_web::test]
async fn x03_over_a_break_one_change_tells_what_was_missed() {
    let app = TestApp::start().await;
    let (stays, goes) = (app.create().await, app.create().await);
    let (mut socket, epoch) = come(&app, &app.maya).await;
    socket.subscribe("unassigned").await;
    let seq = socket.next("snapshot").await["seq"].as_u64().unwrap();
    drop(socket);
    let comes = app.create().await;
    app.claim(&app.sam, &goes).await.changed(true);
    app.claim(&app.sam, &stays).await.changed(true);
    app.assign(&app.sam, &stays, None).await.changed(true);
    let (mut socket, _) = come(&app, &app.maya).await;
    socket.resume("unassigned", &epoch, seq).await;
    let change = socket.next("change").await;
    assert_eq!(change["prev"], seq);
    assert_eq!(change["seq"], app.head().await);
    assert_eq!(ids(&change, "enter"), [comes]);
    assert_eq!(ids(&change, "update"), [stays]);
    assert_eq!(ids(&change, "leave"), [goes]);
    assert_eq!(change["total"], 2);
    let next = app.create().await;
    let change = socket.next("change").await;
    assert_eq!(
        (&change["prev"], ids(&change, "enter")),
        (&json!(app.head().await - 1), vec![next])
    );
}

#[actix_web::test]
async fn x03_over_a_restart_too() {
    let app = TestApp::start().await;
    let (id, goes) = (app.create().await, app.create().await);
    let view = format!("conversation:{id}");
    let (mut socket, epoch) = come(&app, &app.maya).await;
    socket.subscribe("unassigned").await;
    let seq = socket.next("snapshot").await["seq"].as_u64().unwrap();
    app.claim(&app.sam, &id).await.changed(true);
    let app = app.restart().await;
    assert_eq!(socket.closed().await, Some(4012));
    app.claim(&app.sam, &goes).await.changed(true);
    let comes = app.create().await;
    let (mut socket, after) = come(&app, &app.maya).await;
    assert_ne!(after, epoch);
    socket.resume("unassigned", &epoch, seq).await;
    let change = socket.next("change").await;
    assert_eq!(
        (&change["prev"], &change["total"]),
        (&json!(seq), &json!(1))
    );
    assert_eq!(ids(&change, "enter"), [comes]);
    let mut left = ids(&change, "leave");
    left.sort();
    let mut expected = [id, goes];
    expected.sort();
    assert_eq!(left, expected);
    socket.resume(&view, &epoch, seq).await;
    let event = socket.next("event").await;
    assert_eq!(
        (&event["prev"], &event["entry"]["kind"]),
        (&json!(seq), &json!("assigned"))
    );
    assert_eq!(socket.next("presence").await["users"], json!([]));
    socket.is_well().await;
}

#[actix_web::test]
async fn a_store_put_back_from_an_older_copy_is_recognised() {
    let app = TestApp::start().await;
    app.create().await;
    let copy = app.copy();
    let (mut socket, epoch) = come(&app, &app.maya).await;
    socket.subscribe("all").await;
    let common = socket.next("snapshot").await["seq"].as_u64().unwrap();
    for _ in 0..5 {
        app.create().await;
    }
    let seen = app.head().await;
    let app = app.restart_over(copy).await;
    for _ in 0..9 {
        app.create().await;
    }
    assert!(app.head().await > seen);
    let (mut socket, _) = come(&app, &app.maya).await;
    socket.resume("all", &epoch, seen).await;
    let expected = json!({"type": "resync", "view": "all", "reason": "epoch"});
    assert_eq!(socket.frame().await, expected);
    socket.subscribe("all").await;
    assert_eq!(socket.next("snapshot").await["total"], 10);
    // What both have in common is a position like any other.
    let (mut socket, _) = come(&app, &app.sam).await;
    socket.resume("all", &epoch, common).await;
    let change = socket.next("change").await;
    assert_eq!(
        (&change["prev"], ids(&change, "enter").len()),
        (&json!(common), 9)
    );
}

#[actix_web::test]
async fn too_far_back_is_told_so() {
    let app = crate::support::Setup::new()
        .configured(|config| config.live.resume_commits_max = 3)
        .start()
        .await;
    let (mut socket, epoch) = come(&app, &app.maya).await;
    let seq = app.head().await;
    for _ in 0..4 {
        app.create().await;
    }
    socket.resume("all", &epoch, seq).await;
    let expected = json!({"type": "resync", "view": "all", "reason": "too_far"});
    assert_eq!(socket.frame().await, expected);
    socket.resume("all", &epoch, seq + 1).await;
    assert_eq!(socket.next("change").await["prev"], seq + 1);
}
