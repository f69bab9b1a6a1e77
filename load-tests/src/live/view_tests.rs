//! What a client does after each frame.

use serde_json::json;

use super::*;

fn read(frame: &Value) -> ServerFrame {
    ServerFrame::read(&frame.to_string()).unwrap()
}

fn snapshot() -> ServerFrame {
    read(&json!({"type": "snapshot", "view": "all", "seq": 5, "total": 0, "items": []}))
}

fn change(prev: u64, seq: u64) -> ServerFrame {
    read(&json!({"type": "change", "view": "all", "seq": seq, "prev": prev, "total": 0}))
}

fn holding() -> View {
    let (mut view, mut found) = (View::new("all", 1_000), Vec::new());
    assert_eq!(view.subscribe(&json!("e1")), None);
    view.apply(&snapshot(), &mut found);
    assert!(found.is_empty(), "{found:?}");
    view
}

#[test]
fn a_gap_is_told_once_and_mended_from_the_position() {
    let (mut view, mut found) = (holding(), Vec::new());
    assert_eq!(view.apply(&change(7, 8), &mut found).next, Next::Resume);
    assert_eq!(view.apply(&change(8, 9), &mut found).next, Next::Wait);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("goes on from 7, the position is 5, and no resync"));
    let from = view.subscribe(&json!("e1")).unwrap();
    assert_eq!(from.seq, 5);
    assert_eq!(view.apply(&change(5, 9), &mut found).taken, Taken::Applied);
    assert_eq!(view.apply(&change(12, 13), &mut found).next, Next::Resume);
    assert_eq!(found.len(), 2, "another gap is another violation");
}

#[test]
fn a_resync_is_no_violation_and_forgets() {
    let (mut view, mut found) = (holding(), Vec::new());
    let resync = read(&json!({"type": "resync", "view": "all", "reason": "slow"}));
    assert_eq!(view.apply(&resync, &mut found).next, Next::Anew);
    assert_eq!(view.position(), None);
    // Whatever comes before the snapshot is not for it.
    assert_eq!(view.apply(&change(7, 8), &mut found).taken, Taken::Ignored);
    view.apply(&snapshot(), &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_wrong_beacon_replaces_the_subscription() {
    let (mut view, mut found) = (holding(), Vec::new());
    let beacon = read(
        &json!({"type": "beacon", "view": "all", "seq": 5, "total": 0,
        "hash": "0000000000000001", "head": {"count": 0, "hash": "0000000000000000"}}),
    );
    assert_eq!(view.apply(&beacon, &mut found).next, Next::Replace);
    assert_eq!((view.position(), found.len()), (None, 1));
}

#[test]
fn a_position_belongs_to_the_epoch_of_its_session() {
    let mut view = holding();
    assert_eq!(view.subscribe(&json!("e2")).unwrap().epoch, json!("e1"));
    // A connection that breaks before the first frame has moved nothing.
    assert_eq!(view.subscribe(&json!("e3")).unwrap().epoch, json!("e1"));
    view.apply(&change(5, 6), &mut Vec::new());
    assert_eq!(view.position().unwrap().epoch, json!("e3"));
}

#[test]
fn each_name_has_its_kind() {
    let kind = |name: &str| View::new(name, 1_000).held;
    assert!(matches!(kind("counts"), Held::Counts(_)));
    assert!(matches!(kind("stats"), Held::Statistics));
    assert!(matches!(kind("conversation:conv_1"), Held::Thread(_)));
    assert!(matches!(kind("mine"), Held::List(_)));
}
