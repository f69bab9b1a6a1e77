//! Scenes of queues that fill although their clients read, or have only just stopped: nothing is lost
//! without a word, and nobody is closed for it.

use std::time::Duration;

use serde_json::{Value, json};

use super::ground::Ground;
use super::model::{creates, writes};
use super::scenes::kinds;
use crate::domain::directory::{DirectoryEvent, UserStatus};
use crate::domain::testing::{MAYA, SAM};
use crate::domain::{ConversationId, EpochId};
use crate::live::peer::SessionId;
use crate::live::view::View;
use crate::metrics::Closed;
use crate::views::Filter;

const ALL: View = View::List(Filter::All);
const UNASSIGNED: View = View::List(Filter::Unassigned);
const AI_QUEUE: View = View::List(Filter::AiQueue);
const SECOND: Duration = Duration::from_secs(1);

/// With room for four frames a session.
fn narrow(bus_commits: usize) -> Ground {
    Ground::with(|limits| limits.session_queue_frames_max = 4, bus_commits)
}

fn resumes(ground: &mut Ground, session: SessionId, view: View, (epoch, seq): (u128, u64)) {
    let resume = json!({"epoch": EpochId::from_u128(epoch), "seq": seq});
    let frame = json!({"type": "subscribe", "view": view.to_string(), "resume": resume});
    ground.sends(session, &frame.to_string());
}

fn conversation(number: u128) -> View {
    View::Conversation(ConversationId::from_u128(number))
}

#[test]
fn that_a_position_is_not_of_this_log_is_told_though_nothing_else_fits() {
    let mut ground = narrow(1000);
    let session = ground.opens(MAYA);
    for _ in 0..3 {
        ground.sends(session, r#"{"type":"ping"}"#);
    }
    resumes(&mut ground, session, ALL, (77, 1));
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(
        kinds(&frames),
        ["welcome", "pong", "pong", "pong", "resync"]
    );
    assert_eq!(frames[4]["reason"], "epoch");
    assert_eq!(ground.closed(session), None);
}

#[test]
fn a_view_that_is_asked_for_again_is_not_taken_away_by_what_waits() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let session = ground.opens(MAYA);
    resumes(&mut ground, session, ALL, (77, 1));
    ground.turn();
    ground.asks_for(session, ALL);
    ground.turn();
    assert_eq!(kinds(&ground.frames(session)), ["welcome", "snapshot"]);
}

#[test]
fn more_events_than_a_queue_has_room_for_come_as_a_snapshot() {
    let mut ground = narrow(1000);
    creates(&mut ground, [1]);
    let seq = ground.head();
    for _ in 0..10 {
        writes(&mut ground, 1);
    }
    let session = ground.opens(MAYA);
    ground.read(session);
    resumes(&mut ground, session, conversation(1), (1, seq));
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(kinds(&frames), ["snapshot"]);
    assert_eq!(frames[0]["history"].as_array().unwrap().len(), 12);
    writes(&mut ground, 1);
    ground.turn();
    assert_eq!(ground.frames(session)[0]["prev"], frames[0]["seq"]);
}

#[test]
fn a_turn_however_large_takes_nothing_from_who_reads() {
    let mut ground = Ground::with(|limits| limits.session_queue_bytes_max = 400_000, 100_000);
    let session = ground.opens(MAYA);
    let views = [ALL, UNASSIGNED, AI_QUEUE];
    for view in views {
        ground.asks_for(session, view);
    }
    ground.turn();
    ground.read(session);
    for round in 0..3_u128 {
        creates(&mut ground, round * 400 + 1..=(round + 1) * 400);
        ground.turn();
        assert!(!ground.screens[&session].peer.is_closing());
        ground.read(session);
    }
    let client = &ground.screens[&session].client;
    assert!(client.dropped.is_empty(), "{:?}", client.dropped);
    for (view, total) in views.into_iter().zip([1200, 1200, 600]) {
        assert_eq!(client.held[&view].total, total, "{view}");
        assert_eq!(client.held[&view].position, ground.head(), "{view}");
    }
}

#[test]
fn two_views_lost_at_once_are_not_one_lost_after_the_other() {
    let mut ground = narrow(1000);
    let session = ground.opens(MAYA);
    for view in [ALL, UNASSIGNED] {
        ground.asks_for(session, view);
    }
    ground.turn();
    for number in 1..=2 {
        creates(&mut ground, [number]);
        ground.turn();
    }
    assert!(!ground.screens[&session].peer.is_closing());
    let frames = ground.frames(session);
    assert_eq!(kinds(&frames), ["welcome", "resync", "resync"]);
    for view in [ALL, UNASSIGNED] {
        ground.asks_for(session, view);
    }
    ground.turn();
    assert_eq!(kinds(&ground.frames(session)), ["snapshot", "snapshot"]);
}

#[test]
fn a_hub_that_was_overrun_still_tells_of_people() {
    let mut ground = Ground::with(|_| {}, 2);
    creates(&mut ground, [1]);
    let watcher = ground.opens(MAYA);
    let sam = ground.opens(SAM);
    ground.asks_for(watcher, conversation(1));
    ground.turn();
    let present = json!({"type": "presence", "conversation": ConversationId::from_u128(1),
        "state": "viewing"});
    ground.says(sam, &present.to_string());
    ground.frames(watcher);
    let (user, status) = (SAM, UserStatus::Deactivated);
    ground.directory(DirectoryEvent::UserStatusChanged { user, status });
    creates(&mut ground, 2..=5);
    ground.turn();
    let frames = ground.frames(watcher);
    let told = |kind: &str| frames.iter().find(|frame| frame["type"] == kind);
    let user = told("user").unwrap_or(&Value::Null);
    assert_eq!(user["user"]["status"], "deactivated", "{frames:?}");
    assert!(told("resync").is_some(), "{frames:?}");
    assert_eq!(ground.closed(sam), Some(Closed::SignedOut));
    ground.asks_for(watcher, conversation(1));
    ground.turn();
    let frames = ground.frames(watcher);
    assert_eq!(frames[0]["users"], json!([]), "{frames:?}");
    ground.passes(SECOND);
}
