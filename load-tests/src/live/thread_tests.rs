//! Every rule of an open conversation: no entry missing, none twice.

use serde_json::json;

use super::*;
use crate::live::frame::ServerFrame;

fn entry(version: u64, kind: &str) -> serde_json::Value {
    json!({"seq": 0, "version": version, "at": "2026-01-01T00:00:00.000Z", "kind": kind})
}

fn event(prev: u64, seq: u64, version: u64, kind: &str) -> Event {
    let frame = json!({"type": "event", "view": "conversation:conv_1", "seq": seq, "prev": prev,
        "entry": entry(version, kind), "conversation": {"id": "conv_1", "version": version,
        "last_activity_at": "2026-01-01T00:00:00.000Z"}});
    match ServerFrame::read(&frame.to_string()).unwrap() {
        ServerFrame::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn beacon(seq: u64, version: u64) -> Beacon {
    let hash = digest::hexadecimal(digest::sum([("conv_1", version)].into_iter()));
    let frame = json!({"view": "conversation:conv_1", "seq": seq, "total": 1, "hash": hash});
    serde_json::from_value(frame).unwrap()
}

fn snapshot(versions: &[u64]) -> Snapshot {
    let history: Vec<_> = versions.iter().map(|v| entry(*v, "assigned")).collect();
    let frame = json!({"view": "conversation:conv_1", "seq": 10, "total": 1, "history": history,
        "items": [{"id": "conv_1", "version": versions.iter().max(),
            "last_activity_at": "2026-01-01T00:00:00.000Z"}]});
    serde_json::from_value(frame).unwrap()
}

fn holding() -> Thread {
    let (mut thread, mut found) = (Thread::default(), Vec::new());
    // The order of the history does not matter.
    thread.snapshot(&snapshot(&[3, 2, 1]), &mut found);
    assert!(found.is_empty(), "{found:?}");
    thread
}

#[test]
fn entries_follow_each_other_and_those_of_a_commit_share_a_version() {
    let (mut thread, mut found) = (holding(), Vec::new());
    assert_eq!(
        thread.event(&event(10, 12, 4, "assigned"), &mut found),
        Taken::Applied
    );
    assert_eq!(
        thread.event(&event(10, 12, 4, "note_added"), &mut found),
        Taken::Applied
    );
    assert_eq!(
        thread.event(&event(12, 15, 5, "unassigned"), &mut found),
        Taken::Applied
    );
    assert_eq!(thread.beacon(&beacon(20, 5), &mut found), Checked::All);
    assert_eq!(thread.position(), Some(20));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_same_entry_twice_is_found() {
    let (mut thread, mut found) = (holding(), Vec::new());
    thread.event(&event(10, 12, 4, "assigned"), &mut found);
    thread.event(&event(10, 12, 4, "assigned"), &mut found);
    assert!(
        found[0].contains("version 4 (seq 12) came again"),
        "{found:?}"
    );
}

#[test]
fn a_version_twice_in_two_commits_is_found() {
    let (mut thread, mut found) = (holding(), Vec::new());
    thread.event(&event(10, 12, 3, "assigned"), &mut found);
    assert!(found[0].contains("came again after version 3"), "{found:?}");
}

#[test]
fn a_missing_version_is_found() {
    let (mut thread, mut found) = (holding(), Vec::new());
    thread.event(&event(10, 12, 5, "assigned"), &mut found);
    assert!(
        found[0].contains("version 5 (seq 12) came after version 3"),
        "{found:?}"
    );
    found.clear();
    thread.event(&event(12, 13, 6, "assigned"), &mut found);
    assert!(found.is_empty(), "it is said once: {found:?}");
}

#[test]
fn a_missing_frame_is_a_gap() {
    let (mut thread, mut found) = (holding(), Vec::new());
    assert_eq!(
        thread.event(&event(11, 12, 4, "assigned"), &mut found),
        Taken::Gap
    );
    assert_eq!(thread.version(), 3);
}

#[test]
fn an_event_that_the_snapshot_has_already_says_nothing() {
    let (mut thread, mut found) = (holding(), Vec::new());
    assert_eq!(
        thread.event(&event(8, 10, 3, "assigned"), &mut found),
        Taken::Ignored
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_beacon_of_another_version_is_found() {
    let (mut thread, mut found) = (holding(), Vec::new());
    assert_eq!(thread.beacon(&beacon(20, 4), &mut found), Checked::Wrong);
}

#[test]
fn a_resume_goes_on_from_the_position() {
    let (mut thread, mut found) = (holding(), Vec::new());
    thread.resume();
    thread.event(&event(10, 12, 4, "assigned"), &mut found);
    assert!(found.is_empty(), "{found:?}");
    thread.resume();
    thread.event(&event(10, 13, 5, "assigned"), &mut found);
    assert!(found[0].contains("a resume from 12"), "{found:?}");
}

#[test]
fn a_history_with_a_hole_is_found() {
    let (mut thread, mut found) = (Thread::default(), Vec::new());
    thread.snapshot(&snapshot(&[1, 3]), &mut found);
    assert!(found[0].contains("goes from 1 to 3"), "{found:?}");
}
