//! Each frame, member by member.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ids, members};
use crate::support::{Knock, TestApp, get};

/// As HTTP has it.
async fn conversation(app: &TestApp, id: &str) -> Value {
    app.read(id).await
}

#[actix_web::test]
async fn a_list_is_a_snapshot_and_then_its_changes() {
    let app = TestApp::start().await;
    let first = app.create().await;
    let mut socket = Knock::by(&app.maya).open(app.address()).await;
    let welcome = socket.next("welcome").await;
    let me = app.ask(get("/v1/users").by(&app.owner)).await;
    let users = me.body["items"].as_array().unwrap();
    let maya = users.iter().find(|user| user["name"] == "Maya").unwrap();
    assert_eq!(&welcome["user"], maya);
    assert_eq!(welcome["unread"], 0);
    assert_eq!(welcome["heartbeat_s"], 25);
    assert!(welcome["session"].is_string() && welcome["epoch"].is_string());
    socket.subscribe("unassigned").await;
    let head = app.head().await;
    let expected = json!({
        "type": "snapshot", "view": "unassigned", "seq": head, "total": 1,
        "items": [conversation(&app, &first).await],
    });
    assert_eq!(socket.frame().await, expected);
    let second = app.create().await;
    let expected = json!({
        "type": "change", "view": "unassigned", "seq": head + 1, "prev": head,
        "enter": [conversation(&app, &second).await], "update": [], "leave": [], "total": 2,
    });
    assert_eq!(socket.frame().await, expected);
    app.edit(&app.owner, &first, &json!({"priority": "urgent"}))
        .await
        .expect_status(200);
    let expected = json!({
        "type": "change", "view": "unassigned", "seq": head + 2, "prev": head + 1,
        "enter": [], "update": [conversation(&app, &first).await], "leave": [], "total": 2,
    });
    assert_eq!(socket.frame().await, expected);
    app.claim(&app.sam, &second).await.changed(true);
    let expected = json!({
        "type": "change", "view": "unassigned", "seq": head + 3, "prev": head + 2,
        "enter": [], "update": [], "leave": [second], "total": 1,
    });
    assert_eq!(socket.frame().await, expected);
    socket
        .send(&json!({"type": "unsubscribe", "view": "unassigned"}))
        .await;
    app.create().await;
    socket.stays_silent().await;
    socket.is_well().await;
}

#[actix_web::test]
async fn an_open_conversation_is_its_history_and_then_its_events() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.sam, &id).await.changed(true);
    let view = format!("conversation:{id}");
    let mut socket = app.dashboard(&app.maya, &[]).await;
    socket.subscribe(&view).await;
    let head = app.head().await;
    let expected = json!({
        "type": "snapshot", "view": view, "seq": head, "total": 1,
        "items": [conversation(&app, &id).await], "history": app.history(&id).await, "users": [],
    });
    assert_eq!(socket.frame().await, expected);
    let body = json!({"assignee": app.maya.id, "note": {"body": "Yours", "mentions": []}});
    app.put_assignee(&app.sam, &id, &body).await.changed(true);
    let history = app.history(&id).await;
    for entry in &history[history.len() - 2..] {
        let expected = json!({
            "type": "event", "view": view, "seq": head + 1, "prev": head, "entry": entry,
            "conversation": conversation(&app, &id).await,
        });
        assert_eq!(socket.frame().await, expected);
    }
    app.create().await;
    socket.stays_silent().await;
}

#[actix_web::test]
async fn s07_counts_are_pushed() {
    let app = TestApp::start().await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    socket.subscribe("counts").await;
    let counts = |frame: &Value| frame["counts"].clone();
    let first = socket.next("counts").await;
    assert_eq!(members(&first), ["counts", "type"]);
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.take_over(&app.maya, &id).await.expect_status(200);
    let http = app.ask(get("/v1/conversations/counts").by(&app.maya)).await;
    let mut expected = http.body.clone();
    expected.as_object_mut().unwrap().remove("seq");
    let mut last = counts(&first);
    while last != expected {
        app.clock.advance(Duration::from_millis(250));
        last = counts(&socket.next("counts").await);
    }
    assert_eq!((&last["ai_queue"], &last["mine"]), (&json!(0), &json!(1)));
}

#[actix_web::test]
async fn x08_stats_are_pushed() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    socket.subscribe("stats").await;
    let first = socket.next("stats").await;
    let http = async || app.ask(get("/v1/stats").by(&app.maya)).await.body;
    let mut expected = http().await;
    expected["type"] = json!("stats");
    assert_eq!(first, expected);
    app.claim(&app.maya, &id).await.changed(true);
    app.claim(&app.sam, &id)
        .await
        .refused(409, "already_assigned");
    let mut last = first;
    while last["per_minute"] != json!({"assignments": 1, "conflicts": 1}) {
        app.clock.advance(Duration::from_secs(1));
        last = socket.next("stats").await;
    }
    assert_eq!(
        last["hottest"],
        json!([{"conversation_id": id, "conflicts": 1}])
    );
    assert_eq!(last["oldest_unassigned_at"], Value::Null);
    let again = json!({"type": "subscribe", "view": "stats"});
    socket.send(&again).await;
    assert_eq!(socket.next("error").await["code"], "already_subscribed");
}

#[actix_web::test]
async fn s09_who_looks_and_who_writes_is_shown_by_person() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let mut maya = app.dashboard(&app.maya, &[&view]).await;
    let mut sam = app.dashboard(&app.sam, &[]).await;
    let mut tab = app.dashboard(&app.sam, &[]).await;
    let present = |state: &str| json!({"type": "presence", "conversation": id, "state": state});
    let shown = |users: Value| json!({"type": "presence", "conversation": id, "users": users});
    let by_sam = |state: &str| json!([{"id": app.sam.id, "name": "Sam", "state": state}]);
    sam.send(&present("viewing")).await;
    assert_eq!(maya.frame().await, shown(by_sam("viewing")));
    tab.send(&present("composing")).await;
    assert_eq!(maya.frame().await, shown(by_sam("composing")));
    let mut late = app.dashboard(&app.owner, &[]).await;
    late.subscribe(&view).await;
    assert_eq!(late.next("snapshot").await["users"], by_sam("composing"));
    tab.send(&present("viewing")).await;
    assert_eq!(maya.frame().await, shown(by_sam("viewing")));
    tab.send(&present("left")).await;
    // The other tab breaks, and is back before anybody notices.
    drop(sam);
    maya.stays_silent().await;
    let mut back = app.dashboard(&app.sam, &[]).await;
    back.send(&present("viewing")).await;
    maya.stays_silent().await;
    drop(back);
    maya.stays_silent().await;
    app.clock.advance(Duration::from_secs(75));
    assert_eq!(maya.until("presence").await, shown(json!([])));
}

#[actix_web::test]
async fn x03_a_beacon_proves_what_a_dashboard_holds() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let mut socket = app.dashboard(&app.maya, &["all"]).await;
    app.clock.advance(Duration::from_secs(15));
    let version = conversation(&app, &id).await["version"].clone();
    let version = version.as_u64().unwrap();
    let hash = hash(&format!("{id}:{version}"));
    let expected = json!({
        "type": "beacon", "view": "all", "seq": app.head().await, "total": 1, "hash": hash,
        "head": {"count": 1, "hash": hash},
    });
    assert_eq!(socket.frame().await, expected);
}

fn hash(line: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(line.as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[actix_web::test]
async fn everybody_is_told_who_is_called_how_and_may_do_what() {
    let app = TestApp::start().await;
    let mut socket = app.dashboard(&app.maya, &[]).await;
    for (member, value) in [
        ("name", "Samuel"),
        ("role", "admin"),
        ("status", "deactivated"),
    ] {
        let answer = app.update(&app.sam, &json!({member: value})).await;
        let user = answer.expect_status(200).body;
        let expected = json!({"type": "user", "user": user});
        assert_eq!(socket.frame().await, expected);
        assert_eq!(expected["user"][member], value);
    }
}

#[actix_web::test]
async fn many_changes_at_once_are_one_frame_a_tick() {
    let setup =
        crate::support::Setup::new().configured(|config| config.live.tick_milliseconds = 200);
    let app = setup.start().await;
    let mut socket = app.dashboard(&app.maya, &["all"]).await;
    let made = crate::support::at_once((0..30).map(|_| app.create())).await;
    let mut told: Vec<String> = Vec::new();
    let mut frames = 0;
    while told.len() < made.len() {
        told.extend(ids(&socket.next("change").await, "enter"));
        frames += 1;
    }
    assert!(frames < 15, "{frames} frames for 30 changes");
}
