//! Scenes of views: what each of them is told, and what not.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::ground::{Ground, PEOPLE, SERVICE};
use super::model::{assigns, assigns_with_note, creates, writes};
use crate::domain::ConversationId;
use crate::domain::directory::{DirectoryEvent, Role, UserStatus};
use crate::domain::testing::{MAYA, SAM};
use crate::live::peer::SessionId;
use crate::live::view::View;
use crate::views::Filter;

const ALL: View = View::List(Filter::All);
const MINE: View = View::List(Filter::Mine);
const SECOND: Duration = Duration::from_secs(1);

pub(super) fn kinds<'a>(frames: &'a [Value]) -> Vec<&'a str> {
    let kind = |frame: &'a Value| frame["type"].as_str().unwrap();
    frames.iter().map(kind).collect()
}

fn conversation(number: u128) -> View {
    View::Conversation(ConversationId::from_u128(number))
}

fn id(number: u128) -> String {
    ConversationId::from_u128(number).to_string()
}

/// A screen of Maya's that has what it asked for.
fn watching(ground: &mut Ground, views: &[View]) -> SessionId {
    let session = ground.opens(MAYA);
    for view in views {
        ground.asks_for(session, *view);
    }
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(frames.len(), 1 + views.len(), "{frames:?}");
    session
}

/// The one frame that waits.
fn only(ground: &Ground, session: SessionId) -> Value {
    let mut frames = ground.frames(session);
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

fn refused(ground: &Ground, session: SessionId, code: &str) -> Value {
    let frame = only(ground, session);
    assert_eq!(
        (&frame["type"], &frame["code"]),
        (&json!("error"), &json!(code))
    );
    frame
}

#[test]
fn a_welcome_says_who_and_where_one_is() {
    let mut ground = Ground::new();
    let session = ground.opens(MAYA);
    let welcome = only(&ground, session);
    let expected = json!({
        "type": "welcome",
        "session": session.to_string(),
        "epoch": welcome["epoch"],
        "seq": ground.head(),
        "user": {
            "id": MAYA, "name": "Maya", "email": welcome["user"]["email"], "role": "agent",
            "status": "active", "created_at": welcome["user"]["created_at"],
        },
        "unread": 0,
        "heartbeat_s": 25,
    });
    assert_eq!(welcome, expected);
    assert!(welcome["epoch"].is_string());
    let service = ground.opens_with(None, SERVICE);
    assert_eq!(only(&ground, service)["user"], Value::Null);
}

#[test]
fn a_view_is_had_once_and_can_be_given_back() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let session = watching(&mut ground, &[ALL]);
    ground.asks_for(session, ALL);
    let error = refused(&ground, session, "already_subscribed");
    assert_eq!(error["view"], "all");
    ground.sends(session, r#"{"type":"unsubscribe","view":"all"}"#);
    ground.sends(session, r#"{"type":"unsubscribe","view":"mine"}"#);
    writes(&mut ground, 1);
    ground.turn();
    ground.passes(15 * SECOND);
    assert_eq!(ground.frames(session), Vec::<Value>::new());
    ground.asks_for(session, ALL);
    ground.sends(session, r#"{"type":"unsubscribe","view":"all"}"#);
    ground.turn();
    assert_eq!(
        ground.frames(session),
        Vec::<Value>::new(),
        "taken back in time"
    );
    ground.asks_for(session, ALL);
    ground.turn();
    assert_eq!(only(&ground, session)["type"], "snapshot");
    let text = ground.metrics.render();
    assert!(
        text.contains("ochre_live_subscriptions{view=\"list\"} 1\n"),
        "{text}"
    );
}

#[test]
fn what_does_not_exist_cannot_be_watched() {
    let mut ground = Ground::new();
    let session = watching(&mut ground, &[]);
    for name in ["stats-of-yore", "conversation:7", "All", ""] {
        for kind in ["subscribe", "unsubscribe"] {
            ground.sends(session, &json!({"type": kind, "view": name}).to_string());
            assert_eq!(refused(&ground, session, "unknown_view")["view"], name);
        }
    }
    for _ in 0..2 {
        ground.asks_for(session, conversation(404));
        ground.turn();
        let error = refused(&ground, session, "not_found");
        assert_eq!(error["view"], conversation(404).to_string());
    }
    creates(&mut ground, [404]);
    ground.asks_for(session, conversation(404));
    ground.turn();
    assert_eq!(only(&ground, session)["type"], "snapshot");
    ground.sends(session, r#"{"type":"auth","token":"once more"}"#);
    refused(&ground, session, "bad_frame");
    ground.sends(session, r#"{"type":"ping"}"#);
    assert_eq!(only(&ground, session), json!({"type": "pong"}));
}

#[test]
fn a_frame_folds_two_hundred_conversations_and_more_come_as_a_snapshot() {
    let mut ground = Ground::new();
    let session = ground.opens(MAYA);
    ground.asks_for(session, ALL);
    ground.turn();
    ground.read(session);
    creates(&mut ground, 1..=200);
    ground.turn();
    let change = only(&ground, session);
    assert_eq!(change["enter"].as_array().unwrap().len(), 200);
    creates(&mut ground, 201..=401);
    ground.turn();
    let snapshot = only(&ground, session);
    assert_eq!(
        (&snapshot["type"], &snapshot["total"], &snapshot["seq"]),
        (&json!("snapshot"), &json!(401), &json!(ground.head()))
    );
    writes(&mut ground, 1);
    ground.turn();
    let change = only(&ground, session);
    assert_eq!(change["prev"], snapshot["seq"], "and it goes on from there");
    let text = ground.metrics.render();
    assert!(
        text.contains("ochre_live_subscriptions{view=\"list\"} 1\n"),
        "{text}"
    );
}

#[test]
fn lists_fold_what_an_open_conversation_is_told_one_by_one() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let session = watching(&mut ground, &[ALL, conversation(1)]);
    let before = ground.head();
    assigns(&mut ground, 1, Some(MAYA));
    assigns(&mut ground, 1, Some(SAM));
    writes(&mut ground, 1);
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(kinds(&frames), ["event", "event", "event", "change"]);
    let told: Vec<(u64, u64, &str)> = frames[..3]
        .iter()
        .map(|frame| {
            let number = |name: &str| frame[name].as_u64().unwrap();
            let kind = frame["entry"]["kind"].as_str().unwrap();
            (number("prev") - before, number("seq") - before, kind)
        })
        .collect();
    assert_eq!(
        told,
        [
            (0, 1, "assigned"),
            (1, 2, "assigned"),
            (2, 3, "message_added")
        ]
    );
    assert_eq!(
        frames[0]["conversation"]["assignee"]["name"], "Maya",
        "as it was then"
    );
    let change = &frames[3];
    assert_eq!(change["prev"], before);
    assert_eq!(change["seq"], before + 3);
    let update = change["update"].as_array().unwrap();
    assert_eq!(update.len(), 1);
    assert_eq!(update[0]["version"], 4);
    assert_eq!(
        (&change["enter"], &change["leave"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn the_entries_of_one_commit_share_its_position() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let session = watching(&mut ground, &[conversation(1)]);
    assigns_with_note(&mut ground, 1, SAM);
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(kinds(&frames), ["event", "event"]);
    assert_eq!(frames[0]["seq"], frames[1]["seq"]);
    assert_eq!(frames[0]["prev"], frames[1]["prev"]);
    assert_ne!(frames[0]["entry"]["kind"], frames[1]["entry"]["kind"]);
}

#[test]
fn what_left_no_trace_is_not_told() {
    let mut ground = Ground::new();
    creates(&mut ground, [1, 2]);
    let session = watching(&mut ground, &[MINE]);
    let before = ground.head();
    assigns(&mut ground, 1, Some(MAYA));
    assigns(&mut ground, 1, None);
    ground.turn();
    assert_eq!(ground.frames(session), Vec::<Value>::new());
    assigns(&mut ground, 2, Some(MAYA));
    ground.turn();
    let change = only(&ground, session);
    assert_eq!(change["prev"], before, "it speaks for those commits too");
    assert_eq!(change["seq"], ground.head());
    assert_eq!(change["enter"][0]["id"], id(2));
    assert_eq!(change["total"], 1);
}

#[test]
fn counts_come_four_times_a_second_at_most_and_when_they_changed() {
    let mut ground = Ground::new();
    let session = watching(&mut ground, &[View::Counts]);
    let (mut told, mut last) = (0, Value::Null);
    for number in 1..=40 {
        creates(&mut ground, [number]);
        ground.turn();
        ground.passes(Duration::from_millis(25));
        for frame in ground.frames(session) {
            assert_eq!(frame["type"], "counts");
            (told, last) = (told + 1, frame);
        }
    }
    assert!((2..=4).contains(&told), "{told} in a second");
    ground.passes(SECOND);
    ground
        .frames(session)
        .into_iter()
        .for_each(|frame| last = frame);
    let expected = json!({
        "ai_queue": 20, "all": 40, "unassigned": 40, "mine": 0, "mentions": 0, "ai_handled": 0,
        "closed": 0,
    });
    assert_eq!(last["counts"], expected);
    writes(&mut ground, 1);
    ground.turn();
    ground.passes(SECOND);
    assert_eq!(
        ground.frames(session),
        Vec::<Value>::new(),
        "no number changed"
    );
    assigns(&mut ground, 1, Some(MAYA));
    ground.turn();
    ground.passes(SECOND);
    assert_eq!(only(&ground, session)["counts"]["mine"], 1);
}

#[test]
fn stats_come_once_a_second_at_most_and_when_they_changed() {
    let mut ground = Ground::new();
    let session = watching(&mut ground, &[View::Stats]);
    let mut told = Vec::new();
    for number in 1..=120 {
        creates(&mut ground, [number]);
        ground.turn();
        ground.passes(Duration::from_millis(25));
        told.extend(ground.frames(session));
    }
    assert!(
        (2..=3).contains(&told.len()),
        "{} in three seconds",
        told.len()
    );
    assert!(told.iter().all(|frame| frame["type"] == "stats"));
    ground.passes(SECOND);
    told.extend(ground.frames(session));
    let last = told.pop().unwrap();
    assert_eq!(last["counts"]["all"], 120);
    ground.passes(SECOND);
    assert_eq!(
        ground.frames(session),
        Vec::<Value>::new(),
        "nothing changed"
    );
    // Who begins between two frames has the present numbers, and the next ones with all others.
    let late = ground.opens(MAYA);
    ground.asks_for(late, View::Stats);
    creates(&mut ground, [121]);
    ground.turn();
    assert_eq!(ground.frames(late)[1]["counts"]["all"], 121);
    ground.passes(SECOND);
    ground.passes(SECOND);
    for session in [session, late] {
        let frame = ground.frames(session).pop();
        let all = frame.map(|frame| frame["counts"]["all"].clone());
        assert!(all.is_none_or(|all| all == 121));
    }
}

#[test]
fn counts_that_change_back_are_told_to_who_saw_them_changed() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let first = watching(&mut ground, &[View::Counts]);
    // The last counts were sent just now, so that the next must wait.
    assigns(&mut ground, 1, Some(SAM));
    ground.turn();
    ground.passes(Duration::ZERO);
    assert_eq!(only(&ground, first)["counts"]["unassigned"], 0);
    assigns(&mut ground, 1, None);
    let second = ground.opens(MAYA);
    ground.asks_for(second, View::Counts);
    ground.turn();
    assert_eq!(ground.frames(second)[1]["counts"]["unassigned"], 1);
    assigns(&mut ground, 1, Some(SAM));
    ground.turn();
    ground.passes(SECOND);
    let frames = ground.frames(second);
    assert_eq!(
        frames.last().map(|frame| &frame["counts"]["unassigned"]),
        Some(&json!(0))
    );
}

#[test]
fn everybody_is_told_of_a_name_a_role_and_a_status() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    assigns(&mut ground, 1, Some(SAM));
    let watcher = watching(&mut ground, &[ALL]);
    let idle = watching(&mut ground, &[]);
    let (user, name) = (SAM, "Samuel".into());
    for (event, member, value) in [
        (DirectoryEvent::UserRenamed { user, name }, "name", "Samuel"),
        (
            DirectoryEvent::RoleChanged {
                user,
                role: Role::Admin,
            },
            "role",
            "admin",
        ),
        (
            DirectoryEvent::UserStatusChanged {
                user,
                status: UserStatus::Deactivated,
            },
            "status",
            "deactivated",
        ),
    ] {
        ground.directory(event);
        ground.turn();
        for session in [watcher, idle] {
            let frame = only(&ground, session);
            assert_eq!(
                (&frame["type"], &frame["user"]["id"]),
                (&json!("user"), &json!(SAM))
            );
            assert_eq!(frame["user"][member], value);
            assert_eq!(frame["user"].as_object().unwrap().len(), 6);
        }
    }
    writes(&mut ground, 1);
    ground.turn();
    let change = only(&ground, watcher);
    assert_eq!(
        change["update"][0]["assignee"]["name"], "Samuel",
        "rows have the new name"
    );
}

#[test]
fn presence_is_by_person_for_those_who_look() {
    let mut ground = Ground::with(|limits| limits.presences_per_session_max = 2, 1000);
    creates(&mut ground, [1, 2, 3]);
    let looking = watching(&mut ground, &[conversation(1)]);
    let (tab, other) = (ground.opens(SAM), ground.opens(SAM));
    ground.read_all();
    let present = |number: u128, state: &str| {
        json!({"type": "presence", "conversation": id(number), "state": state}).to_string()
    };
    ground.says(tab, &present(1, "viewing"));
    let shown = |users: Value| json!({"type": "presence", "conversation": id(1), "users": users});
    let sam = |state: &str| json!([{"id": SAM, "name": "Sam", "state": state}]);
    assert_eq!(only(&ground, looking), shown(sam("viewing")));
    ground.says(other, &present(1, "viewing"));
    assert_eq!(
        ground.frames(looking),
        Vec::<Value>::new(),
        "the same person"
    );
    ground.says(other, &present(1, "composing"));
    assert_eq!(only(&ground, looking), shown(sam("composing")));
    ground.hub.detach(other);
    ground.passes(74 * SECOND);
    let presence =
        |frames: Vec<Value>| frames.into_iter().find(|frame| frame["type"] == "presence");
    assert_eq!(
        presence(ground.frames(looking)),
        None,
        "it does not flicker"
    );
    ground.passes(SECOND);
    assert_eq!(
        presence(ground.frames(looking)),
        Some(shown(sam("viewing")))
    );
    ground.says(tab, &present(1, "left"));
    assert_eq!(presence(ground.frames(looking)), Some(shown(json!([]))));
    ground.read_all();
    ground.says(tab, &present(404, "viewing"));
    refused(&ground, tab, "not_found");
    ground.says(
        tab,
        r#"{"type":"presence","conversation":"whatever","state":"viewing"}"#,
    );
    refused(&ground, tab, "not_found");
    for number in [2, 3] {
        ground.says(tab, &present(number, "viewing"));
    }
    assert_eq!(ground.frames(tab), Vec::<Value>::new());
    ground.says(tab, &present(1, "viewing"));
    refused(&ground, tab, "bad_frame");
    ground.says(tab, &present(2, "composing"));
    assert_eq!(
        ground.frames(tab),
        Vec::<Value>::new(),
        "one that it is in already"
    );
    let service = ground.opens_with(None, SERVICE);
    ground.frames(service);
    ground.says(service, &present(1, "viewing"));
    refused(&ground, service, "bad_frame");
}

#[test]
fn every_tab_of_a_person_shows_the_same() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let tabs: Vec<SessionId> = (0..3).map(|_| watching(&mut ground, &[MINE])).collect();
    let sams = ground.opens(SAM);
    ground.asks_for(sams, MINE);
    ground.turn();
    ground.frames(sams);
    assigns(&mut ground, 1, Some(MAYA));
    ground.turn();
    let frames: Vec<Value> = tabs.iter().map(|tab| only(&ground, *tab)).collect();
    assert_eq!(frames[0]["enter"][0]["id"], id(1));
    assert!(frames.iter().all(|frame| *frame == frames[0]));
    assert_eq!(
        ground.frames(sams),
        Vec::<Value>::new(),
        "and nobody else's"
    );
    ground.hub.detach(tabs[0]);
    assigns(&mut ground, 1, Some(SAM));
    ground.turn();
    assert_eq!(only(&ground, tabs[1])["leave"], json!([id(1)]));
    assert_eq!(only(&ground, sams)["enter"][0]["id"], id(1));
}

#[test]
fn a_beacon_proves_the_whole_and_the_first_hundred_rows() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=150);
    for number in [3, 77, 3] {
        writes(&mut ground, number);
    }
    let session = ground.opens(PEOPLE[0]);
    ground.asks_for(session, ALL);
    ground.turn();
    let snapshot = ground.frames(session).remove(1);
    assert_eq!(snapshot["total"], 150);
    let head: BTreeMap<String, u64> = snapshot["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["id"].as_str().unwrap().to_owned(),
                item["version"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(head.len(), 100);
    ground.passes(15 * SECOND);
    let expected = json!({
        "type": "beacon",
        "view": "all",
        "seq": ground.head(),
        "total": 150,
        "hash": hash(&ground.members(ALL, MAYA)),
        "head": {"count": 100, "hash": hash(&head)},
    });
    assert_eq!(only(&ground, session), expected);
    ground.passes(15 * SECOND);
    assert_eq!(only(&ground, session), expected, "again and again");
    ground.passes(Duration::from_millis(14_999));
    assert_eq!(ground.frames(session), Vec::<Value>::new(), "not sooner");
    writes(&mut ground, 5);
    ground.passes(Duration::from_millis(1));
    let frames = ground.frames(session);
    assert_eq!(
        kinds(&frames),
        ["change", "beacon"],
        "nothing up to its position is owed"
    );
    assert_eq!(frames[0]["seq"], frames[1]["seq"]);
}

#[test]
fn a_conversation_has_a_beacon_of_one_row_and_counts_have_one_of_none() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    writes(&mut ground, 1);
    let session = watching(&mut ground, &[conversation(1), View::Counts]);
    ground.passes(15 * SECOND);
    let mut frames = ground.frames(session);
    frames.sort_by_key(|frame| frame["view"].as_str().map(str::to_owned));
    let beacon = |view: View, rows: &BTreeMap<String, u64>| {
        json!({
            "type": "beacon",
            "view": view.to_string(),
            "seq": ground.head(),
            "total": rows.len(),
            "hash": hash(rows),
            "head": {"count": rows.len(), "hash": hash(rows)},
        })
    };
    let rows = ground.members(conversation(1), MAYA);
    assert_eq!(rows.values().collect::<Vec<_>>(), [&2]);
    let none = BTreeMap::new();
    assert_eq!(
        frames,
        [beacon(conversation(1), &rows), beacon(View::Counts, &none)]
    );
}

#[test]
fn views_that_are_begun_together_are_not_all_due_together() {
    let mut ground = Ground::new();
    creates(&mut ground, 1..=60);
    let views: Vec<View> = (1..=60).map(conversation).collect();
    let session = watching(&mut ground, &views);
    let mut at_a_time = Vec::new();
    for _ in 0..60 {
        ground.passes(SECOND / 4);
        at_a_time.push(ground.frames(session).len());
    }
    assert_eq!(at_a_time.iter().sum::<usize>(), 60, "each once");
    assert!(
        at_a_time.iter().all(|beacons| *beacons < 20),
        "{at_a_time:?}"
    );
}

fn hash(rows: &BTreeMap<String, u64>) -> String {
    use sha2::Digest as _;
    let sums = rows.iter().map(|(id, version)| {
        let digest = sha2::Sha256::digest(format!("{id}:{version}").as_bytes());
        u64::from_be_bytes(digest[..8].try_into().unwrap())
    });
    format!("{:016x}", sums.fold(0_u64, u64::wrapping_add))
}
