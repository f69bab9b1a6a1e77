//! What people are told reaches every session of theirs, once, and nobody else.

use serde_json::{Value, json};

use super::ground::Ground;
use super::model::{assigns, creates};
use crate::domain::testing::{MAYA, OWNER};

/// The numbers of unread notifications that a session was sent.
fn unread(ground: &Ground, session: u64) -> Vec<Value> {
    let told = ground.told(session).into_iter();
    told.map(|frame| frame["unread"].clone()).collect()
}

#[test]
fn b30_a_notification_reaches_every_session_of_whom_it_is_for() {
    let mut ground = Ground::new();
    creates(&mut ground, [1, 2]);
    let (one, other, owner) = (ground.opens(MAYA), ground.opens(MAYA), ground.opens(OWNER));
    ground.turn();
    assigns(&mut ground, 1, Some(MAYA));
    assigns(&mut ground, 2, Some(MAYA));
    ground.turn();
    for session in [one, other] {
        let told = ground.told(session);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0]["unread"], 1);
        assert_eq!(told[1]["unread"], 2);
        let notification = &told[1]["notification"];
        assert_eq!(notification["kind"], "assignment");
        assert_eq!(notification["read"], false);
        assert_eq!(notification["seq"], json!(ground.head()));
    }
    assert_eq!(unread(&ground, owner), Vec::<Value>::new());
}

#[test]
fn a_welcome_counts_what_is_unread_and_it_is_not_sent_again() {
    let mut ground = Ground::new();
    creates(&mut ground, [1, 2]);
    // Somebody is there, so that the hub is behind when the next one comes.
    ground.opens(OWNER);
    ground.turn();
    assigns(&mut ground, 1, Some(MAYA));
    let session = ground.opens(MAYA);
    let welcome = ground.frames(session).remove(0);
    assert_eq!(welcome["unread"], 1);
    ground.turn();
    assert_eq!(unread(&ground, session), Vec::<Value>::new());
    assigns(&mut ground, 2, Some(MAYA));
    ground.turn();
    assert_eq!(unread(&ground, session), [json!(2)]);
}
