//! Scenes of clients that come back with a position.

use serde_json::{Value, json};

use super::ground::Ground;
use super::model::{assigns, creates, writes};
use super::scenes::kinds;
use crate::domain::testing::{MAYA, SAM};
use crate::domain::{ConversationId, EpochId};
use crate::live::peer::SessionId;
use crate::live::view::View;
use crate::views::Filter;

const ALL: View = View::List(Filter::All);

/// A new screen asks for a view from a position; what it is sent after the welcome.
fn resumed(ground: &mut Ground, view: View, (epoch, seq): (u128, u64)) -> (SessionId, Vec<Value>) {
    let session = ground.opens(MAYA);
    let epoch = EpochId::from_u128(epoch);
    let view = view.to_string();
    let resume = json!({"epoch": epoch, "seq": seq});
    let frame = json!({"type": "subscribe", "view": view, "resume": resume});
    ground.sends(session, &frame.to_string());
    ground.turn();
    let mut frames = ground.frames(session);
    frames.remove(0);
    (session, frames)
}

fn resync(frames: &[Value], reason: &str) {
    assert_eq!(
        frames,
        [json!({"type": "resync", "view": "all", "reason": reason})]
    );
}

#[test]
fn who_comes_back_is_told_what_it_missed_in_one_change() {
    let mut ground = Ground::new();
    creates(&mut ground, [1, 2, 3]);
    let seq = ground.head();
    assigns(&mut ground, 1, Some(SAM));
    creates(&mut ground, [4]);
    let (session, frames) = resumed(&mut ground, ALL, (1, seq));
    assert_eq!(kinds(&frames), ["change"]);
    assert_eq!(
        (&frames[0]["prev"], &frames[0]["seq"]),
        (&json!(seq), &json!(ground.head()))
    );
    assert_eq!(
        frames[0]["enter"][0]["id"],
        ConversationId::from_u128(4).to_string()
    );
    assert_eq!(
        frames[0]["update"][0]["id"],
        ConversationId::from_u128(1).to_string()
    );
    assert_eq!(frames[0]["total"], 4);
    creates(&mut ground, [5]);
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(
        frames[0]["prev"],
        ground.head() - 1,
        "and it goes on from there"
    );
    let head = ground.head();
    let (_, frames) = resumed(&mut ground, ALL, (1, head));
    assert_eq!(
        (&frames[0]["prev"], &frames[0]["seq"]),
        (&json!(head), &json!(head)),
        "perhaps empty"
    );
}

#[test]
fn who_missed_too_many_conversations_begins_again() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=201);
    let seq = ground.head();
    for number in 1..=200 {
        writes(&mut ground, number);
    }
    let (_, frames) = resumed(&mut ground, ALL, (1, seq));
    assert_eq!(kinds(&frames), ["change"]);
    assert_eq!(frames[0]["update"].as_array().unwrap().len(), 200);
    writes(&mut ground, 201);
    let (session, frames) = resumed(&mut ground, ALL, (1, seq));
    assert_eq!(kinds(&frames), ["snapshot"]);
    assert_eq!(
        (&frames[0]["seq"], &frames[0]["total"]),
        (&json!(ground.head()), &json!(201))
    );
    writes(&mut ground, 1);
    ground.turn();
    assert_eq!(ground.frames(session)[0]["prev"], frames[0]["seq"]);
}

#[test]
fn who_was_away_for_too_long_is_told_so() {
    let mut ground = Ground::with(|limits| limits.resume_commits_max = 3, 1000);
    creates(&mut ground, 1..=10);
    let head = ground.head();
    let (_, frames) = resumed(&mut ground, ALL, (1, head - 3));
    assert_eq!(kinds(&frames), ["change"]);
    let (session, frames) = resumed(&mut ground, ALL, (1, head - 4));
    resync(&frames, "too_far");
    ground.asks_for(session, ALL);
    ground.turn();
    assert_eq!(
        kinds(&ground.frames(session)),
        ["snapshot"],
        "it has the view no more"
    );
}

#[test]
fn a_position_of_another_log_is_recognised() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=3);
    let head = ground.head();
    for (epoch, seq) in [(77, 1), (77, head), (1, head + 1), (1, u64::MAX)] {
        let (_, frames) = resumed(&mut ground, ALL, (epoch, seq));
        resync(&frames, "epoch");
    }
}

#[test]
fn a_store_put_back_from_an_older_copy_is_recognised() {
    let mut lost = Ground::new();
    creates(&mut lost, 1..=9);
    let (seen, common) = (lost.head(), lost.head() - 4);
    // The copy ends before what the client has seen, and the log goes on differently.
    let mut ground = Ground::new();
    creates(&mut ground, 1..=5);
    assert_eq!(ground.head(), common);
    ground.restarts(1000);
    for number in [5, 4, 3, 2, 1, 5, 4] {
        writes(&mut ground, number);
    }
    assert!(ground.head() > seen);
    let (_, frames) = resumed(&mut ground, ALL, (1, seen));
    resync(&frames, "epoch");
    let (_, frames) = resumed(&mut ground, ALL, (1, common));
    assert_eq!(
        kinds(&frames),
        ["change"],
        "what both have in common is good"
    );
    assert_eq!(frames[0]["update"].as_array().unwrap().len(), 5);
}

#[test]
fn an_open_conversation_is_told_every_event_that_it_missed() {
    let view = View::Conversation(ConversationId::from_u128(1));
    let mut ground = Ground::new();
    creates(&mut ground, [1, 2]);
    let seq = ground.head();
    assigns(&mut ground, 1, Some(MAYA));
    writes(&mut ground, 2);
    assigns(&mut ground, 1, Some(SAM));
    ground.restarts(2);
    writes(&mut ground, 1);
    let (session, frames) = resumed(&mut ground, view, (1, seq));
    assert_eq!(kinds(&frames), ["event", "event", "event", "presence"]);
    let mut prev = json!(seq);
    for (frame, version) in frames.iter().take(3).zip(2..) {
        assert_eq!(frame["prev"], prev);
        assert_eq!(frame["conversation"]["version"], version, "as it was then");
        prev = frame["seq"].clone();
    }
    writes(&mut ground, 1);
    ground.turn();
    assert_eq!(ground.frames(session)[0]["prev"], prev);
    let head = ground.head();
    let (_, frames) = resumed(&mut ground, view, (2, head));
    assert_eq!(kinds(&frames), ["presence"], "it has missed none");
}
