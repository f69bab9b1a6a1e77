//! Assignments on open dashboards.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ids;
use crate::support::{Setup, Socket, TestApp};

const VIEWS: [&str; 3] = ["all", "mine", "unassigned"];

/// The next frames, all of them changes, by view.
async fn changes(socket: &mut Socket, frames: usize) -> BTreeMap<String, Value> {
    let mut changes = BTreeMap::new();
    for _ in 0..frames {
        let change = socket.next("change").await;
        let view = change["view"].as_str().unwrap().to_owned();
        assert!(changes.insert(view, change).is_none());
    }
    // What has not come before the pong has not come at all: everything about one commit waits
    // together.
    socket.is_well().await;
    changes
}

/// What a change is for one row.
fn moved(change: &Value) -> (&str, Vec<String>) {
    let moves = ["enter", "update", "leave"].map(|member| (member, ids(change, member)));
    let mut moves = moves.into_iter().filter(|(_, ids)| !ids.is_empty());
    let only = moves.next().unwrap();
    assert!(moves.next().is_none(), "{change}");
    only
}

#[actix_web::test]
async fn b02_assigned_to_oneself_it_is_in_mine_on_every_open_dashboard() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let mut tabs = [
        app.dashboard(&app.maya, &VIEWS).await,
        app.dashboard(&app.maya, &VIEWS).await,
    ];
    let mut sam = app.dashboard(&app.sam, &VIEWS).await;
    let answer = app.claim(&app.maya, &id).await.changed(true);
    let row = answer.at("/conversation");
    for tab in &mut tabs {
        let changes = changes(tab, 3).await;
        assert_eq!(&changes["mine"]["enter"][0], row);
        assert_eq!(moved(&changes["mine"]), ("enter", vec![id.clone()]));
        assert_eq!(moved(&changes["all"]), ("update", vec![id.clone()]));
        assert_eq!(moved(&changes["unassigned"]), ("leave", vec![id.clone()]));
        assert_eq!(changes["mine"]["total"], 1);
        assert_eq!(changes["unassigned"]["total"], 0);
    }
    let changes = changes(&mut sam, 2).await;
    assert_eq!(&changes["all"]["update"][0], row);
    assert_eq!(moved(&changes["unassigned"]), ("leave", vec![id]));
}

#[actix_web::test]
async fn b03_assigned_to_a_teammate_it_changes_hands_on_every_open_dashboard() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.maya, &id).await.changed(true);
    let mut maya = app.dashboard(&app.maya, &VIEWS).await;
    let mut sam = app.dashboard(&app.sam, &VIEWS).await;
    let mut owner = app.dashboard(&app.owner, &VIEWS).await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let of_maya = changes(&mut maya, 2).await;
    assert_eq!(moved(&of_maya["mine"]), ("leave", vec![id.clone()]));
    let of_sam = changes(&mut sam, 2).await;
    assert_eq!(moved(&of_sam["mine"]), ("enter", vec![id.clone()]));
    let of_owner = changes(&mut owner, 1).await;
    for changes in [of_maya, of_sam, of_owner] {
        assert_eq!(moved(&changes["all"]), ("update", vec![id.clone()]));
        assert_eq!(changes["all"]["update"][0]["assignee"]["name"], "Sam");
    }
    app.assign(&app.owner, &id, None).await.changed(true);
    let of_sam = changes(&mut sam, 3).await;
    assert_eq!(moved(&of_sam["mine"]), ("leave", vec![id.clone()]));
    assert_eq!(moved(&of_sam["unassigned"]), ("enter", vec![id]));
}

#[actix_web::test]
async fn nobody_is_told_before_it_is_durable() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let mut socket = app.dashboard(&app.maya, &["mine", &view, "counts"]).await;
    faults.hold();
    let look = async {
        let held = faults.clone();
        let held = actix_web::rt::task::spawn_blocking(move || held.wait_until_held());
        held.await.unwrap();
        socket.stays_silent().await;
        // Not even to who comes just now.
        let mut late = app.dashboard(&app.maya, &[]).await;
        late.subscribe("mine").await;
        assert_eq!(late.next("snapshot").await["total"], 0);
        faults.release();
        assert_eq!(ids(&late.next("change").await, "enter"), [id.as_str()]);
    };
    let (answer, ()) = futures_util::join!(app.claim(&app.maya, &id), look);
    answer.changed(true);
    let mut kinds = Vec::new();
    for _ in 0..3 {
        kinds.push(socket.frame().await["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["change", "counts", "event"]);
}

#[actix_web::test]
async fn what_failed_is_never_told() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    let view = format!("conversation:{id}");
    let mut socket = app.dashboard(&app.maya, &["all", &view]).await;
    let head = app.head().await;
    for after in [false, true] {
        let next = faults.appends() + 1;
        if after {
            faults.fail_after(next);
        } else {
            faults.fail_before(next);
        }
        let failed = app.claim(&app.maya, &id).await;
        failed.refused(503, "journal_unavailable");
        app.until_ready().await;
        socket.stays_silent().await;
    }
    app.claim(&app.sam, &id).await.changed(true);
    let event = socket.next("event").await;
    assert_eq!(event["conversation"]["assignee"]["name"], "Sam");
    let change = socket.next("change").await;
    assert_eq!(change["update"][0]["assignee"]["name"], "Sam");
    for frame in [event, change] {
        let span = (&frame["prev"], &frame["seq"]);
        assert_eq!(span, (&json!(head), &json!(head + 1)));
    }
}
