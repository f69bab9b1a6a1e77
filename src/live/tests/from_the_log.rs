//! Scenes of views that need the log: who is served when, and what happens meanwhile.

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
const UNASSIGNED: View = View::List(Filter::Unassigned);

fn conversation(number: u128) -> View {
    View::Conversation(ConversationId::from_u128(number))
}

/// A ground whose ring has the last commit alone.
fn forgetful() -> Ground {
    Ground::with(|_| {}, 1)
}

fn resumes(ground: &mut Ground, session: SessionId, view: View, seq: u64) {
    let resume = json!({"epoch": EpochId::from_u128(1), "seq": seq});
    let frame = json!({"type": "subscribe", "view": view.to_string(), "resume": resume});
    ground.sends(session, &frame.to_string());
}

fn gives_back(ground: &mut Ground, session: SessionId, view: View) {
    let frame = json!({"type": "unsubscribe", "view": view.to_string()});
    ground.sends(session, &frame.to_string());
}

/// A screen that has read its welcome.
fn opens(ground: &mut Ground) -> SessionId {
    let session = ground.opens(MAYA);
    ground.frames(session);
    session
}

#[test]
fn who_resumes_in_a_loop_keeps_nobody_waiting_and_leaves_nothing_behind() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=100);
    let greedy = opens(&mut ground);
    resumes(&mut ground, greedy, UNASSIGNED, 2);
    ground.hub.turn();
    let slow = ground.hub.take_needs().unwrap();
    for seq in 3..100 {
        resumes(&mut ground, greedy, ALL, seq);
        ground.hub.turn();
        gives_back(&mut ground, greedy, ALL);
    }
    gives_back(&mut ground, greedy, UNASSIGNED);
    let patient = opens(&mut ground);
    resumes(&mut ground, patient, ALL, 100);
    ground.hub.turn();
    assert!(ground.hub.take_needs().is_none(), "one at a time");
    ground.hub.found(slow.read());
    ground.half_turn();
    assert!(ground.finds());
    ground.hub.turn();
    assert_eq!(kinds(&ground.frames(patient)), ["change"]);
    assert_eq!(ground.frames(greedy), Vec::<Value>::new());
    assert!(ground.hub.take_needs().is_none());
}

#[test]
fn what_a_session_needed_goes_with_it() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=9);
    for _ in 0..2 {
        let session = opens(&mut ground);
        resumes(&mut ground, session, ALL, 3);
        ground.hub.turn();
        ground.hub.detach(session);
        ground.screens.remove(&session);
        assert!(ground.hub.take_needs().is_none());
    }
    // Also while it is read.
    let session = opens(&mut ground);
    resumes(&mut ground, session, ALL, 3);
    ground.half_turn();
    ground.hub.detach(session);
    ground.screens.remove(&session);
    assert!(ground.finds());
    ground.hub.turn();
    assert!(ground.hub.take_needs().is_none() && !ground.hub.has_more());
}

#[test]
fn sessions_are_served_in_turn() {
    let mut ground = forgetful();
    creates(&mut ground, 1..=60);
    writes(&mut ground, 60);
    let greedy = opens(&mut ground);
    for number in 1..=50 {
        ground.asks_for(greedy, conversation(number));
    }
    let modest = opens(&mut ground);
    ground.asks_for(modest, conversation(55));
    ground.half_turn();
    ground.finds();
    ground.hub.turn();
    assert_eq!(kinds(&ground.frames(modest)), ["snapshot"]);
    assert_eq!(
        ground.frames(greedy).len(),
        15,
        "what room there is besides"
    );
    ground.turn();
    assert_eq!(ground.frames(greedy).len(), 35);
}

#[test]
fn more_needs_than_are_read_at_a_time_are_all_read() {
    let mut ground = forgetful();
    creates(&mut ground, 1..=40);
    let sessions: Vec<SessionId> = (1..=40)
        .map(|number| {
            let session = opens(&mut ground);
            ground.asks_for(session, conversation(number));
            session
        })
        .collect();
    let mut at_a_time = Vec::new();
    for _ in 0..4 {
        ground.half_turn();
        ground.finds();
        let frames = sessions.iter().map(|session| ground.frames(*session).len());
        at_a_time.push(frames.sum::<usize>());
    }
    ground.turn();
    let frames = sessions.iter().map(|session| ground.frames(*session).len());
    at_a_time.push(frames.sum());
    assert_eq!(at_a_time, [1, 16, 16, 7, 0], "the newest is in the ring");
}

#[test]
fn more_views_than_are_begun_at_a_time_are_all_begun() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=150);
    let session = ground.opens(MAYA);
    let mut sessions = Vec::new();
    for number in 1..=150 {
        let session = opens(&mut ground);
        ground.asks_for(session, conversation(number));
        sessions.push(session);
    }
    let mut at_a_time = Vec::new();
    while ground.hub.has_more() {
        ground.hub.turn();
        let frames = sessions.iter().map(|session| ground.frames(*session).len());
        at_a_time.push(frames.sum::<usize>());
    }
    assert_eq!(at_a_time, [64, 64, 22]);
    assert_eq!(kinds(&ground.frames(session)), ["welcome"]);
}

#[test]
fn who_begins_the_same_view_is_not_made_to_wait_by_the_number_of_others() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let sessions: Vec<SessionId> = (0..100).map(|_| opens(&mut ground)).collect();
    for session in &sessions {
        ground.asks_for(*session, ALL);
    }
    ground.hub.turn();
    for session in sessions {
        assert_eq!(kinds(&ground.frames(session)), ["snapshot"]);
    }
}

#[test]
fn a_conversation_that_is_opened_does_not_wait_for_what_lists_need() {
    let mut ground = forgetful();
    creates(&mut ground, 1..=5);
    let (back, opened) = (opens(&mut ground), opens(&mut ground));
    resumes(&mut ground, back, ALL, 3);
    ground.hub.turn();
    let slow = ground.hub.take_needs().unwrap();
    ground.asks_for(opened, conversation(1));
    ground.half_turn();
    assert!(ground.finds());
    ground.hub.turn();
    assert_eq!(kinds(&ground.frames(opened)), ["snapshot"]);
    assert_eq!(ground.frames(back), Vec::<Value>::new());
    ground.hub.found(slow.read());
    ground.turn();
    assert_eq!(kinds(&ground.frames(back)), ["change"]);
}

#[test]
fn what_cannot_be_read_is_said_and_may_be_asked_for_again() {
    let mut ground = forgetful();
    creates(&mut ground, 1..=5);
    let (back, opened) = (opens(&mut ground), opens(&mut ground));
    resumes(&mut ground, back, ALL, 3);
    ground.asks_for(opened, conversation(1));
    ground.hub.turn();
    while let Some(reading) = ground.hub.take_needs() {
        ground.hub.found(reading.lost());
    }
    for (session, view) in [(back, ALL), (opened, conversation(1))] {
        let expected = json!({"type": "resync", "view": view.to_string(), "reason": "too_far"});
        assert_eq!(ground.frames(session), [expected]);
        ground.asks_for(session, view);
    }
    ground.turn();
    for session in [back, opened] {
        assert_eq!(kinds(&ground.frames(session)), ["snapshot"]);
    }
}

#[test]
fn what_happens_while_the_log_is_read_is_told_too() {
    let view = conversation(1);
    for ring in [3, 1000] {
        let mut ground = Ground::with(|_| {}, ring);
        creates(&mut ground, 1..=5);
        let mut session = ground.opens(MAYA);
        for view in [ALL, UNASSIGNED, view] {
            ground.asks_for(session, view);
        }
        ground.turn();
        ground.read(session);
        assigns(&mut ground, 1, Some(SAM));
        session = ground.comes_back(session);
        ground.half_turn();
        assigns(&mut ground, 1, None);
        assigns(&mut ground, 2, Some(SAM));
        creates(&mut ground, [6]);
        ground.finds();
        ground.half_turn();
        writes(&mut ground, 1);
        writes(&mut ground, 3);
        ground.finds();
        ground.turn();
        ground.read(session);
        let client = &ground.screens[&session].client;
        assert!(client.dropped.is_empty(), "{:?}", client.dropped);
        for view in [ALL, UNASSIGNED, view] {
            let held = &client.held[&view].rows;
            assert_eq!(*held, ground.members(view, MAYA), "{view} with {ring}");
        }
    }
}

#[test]
fn one_reading_serves_whoever_comes_back_from_wherever() {
    for ring in [3, 1000] {
        let mut ground = Ground::with(|_| {}, ring);
        creates(&mut ground, 1..=8);
        let mut sessions = Vec::new();
        for number in 1..=4 {
            let session = ground.opens(MAYA);
            for view in [ALL, UNASSIGNED] {
                ground.asks_for(session, view);
            }
            ground.turn();
            ground.read(session);
            sessions.push(session);
            ground.turn();
            assigns(&mut ground, number, Some(SAM));
            assigns(&mut ground, number + 1, Some(MAYA));
            writes(&mut ground, number + 2);
            ground.turn();
        }
        let came = sessions.into_iter().map(|session| {
            // What has not been read yet is lost with the connection.
            ground.frames(session);
            ground.comes_back(session)
        });
        let came: Vec<SessionId> = came.collect();
        ground.half_turn();
        ground.finds();
        ground.hub.turn();
        assert!(ground.hub.take_needs().is_none(), "all at once");
        for session in came {
            ground.read(session);
            let client = &ground.screens[&session].client;
            for view in [ALL, UNASSIGNED] {
                let held = &client.held[&view];
                assert_eq!(held.rows, ground.members(view, MAYA), "{view} with {ring}");
                assert_eq!(held.position, ground.head(), "{view}");
            }
        }
    }
}

#[test]
fn more_than_five_hundred_missed_events_come_as_a_snapshot() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let seq = ground.head();
    for _ in 0..500 {
        writes(&mut ground, 1);
    }
    for expected in [500, 0] {
        let session = opens(&mut ground);
        resumes(&mut ground, session, conversation(1), seq);
        ground.turn();
        let frames = ground.frames(session);
        let events = frames.iter().filter(|frame| frame["type"] == "event");
        assert_eq!(events.count(), expected);
        if expected == 0 {
            assert_eq!(kinds(&frames), ["snapshot"]);
        }
        writes(&mut ground, 1);
    }
}
