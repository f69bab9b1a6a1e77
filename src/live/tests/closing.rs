//! Scenes of sessions that must end, or lose a view: slow, stalled, signed out, beyond a limit.

use std::time::Duration;

use serde_json::{Value, json};

use super::ground::Ground;
use super::model::{creates, writes};
use super::scenes::kinds;
use crate::domain::directory::{DirectoryEvent, Role, SecretHash, UserStatus};
use crate::domain::testing::{MAYA, OWNER, SAM};
use crate::domain::{ConversationId, Timestamp, TokenId, UserId};
use crate::live::hub::Share;
use crate::live::view::View;
use crate::metrics::Closed;
use crate::views::Filter;

const ALL: View = View::List(Filter::All);
const UNASSIGNED: View = View::List(Filter::Unassigned);
const SECOND: Duration = Duration::from_secs(1);

/// With room for four frames a session.
fn narrow() -> Ground {
    Ground::with(|limits| limits.session_queue_frames_max = 4, 1000)
}

#[test]
fn a_slow_reader_loses_the_view_and_what_waited_of_it() {
    let mut ground = narrow();
    let (slow, quick) = (ground.opens(MAYA), ground.opens(SAM));
    for session in [slow, quick] {
        ground.asks_for(session, ALL);
    }
    for number in 1..=5 {
        creates(&mut ground, [number]);
        ground.turn();
        ground.read(quick);
    }
    let frames = ground.frames(slow);
    assert_eq!(kinds(&frames), ["welcome", "resync"]);
    assert_eq!(
        frames[1],
        json!({"type": "resync", "view": "all", "reason": "slow"})
    );
    creates(&mut ground, [6]);
    ground.turn();
    assert_eq!(
        ground.frames(slow),
        Vec::<Value>::new(),
        "it has the view no more"
    );
    ground.asks_for(slow, ALL);
    ground.turn();
    ground.read_all();
    for session in [slow, quick] {
        let held = &ground.screens[&session].client.held[&ALL];
        assert_eq!(held.rows, ground.members(ALL, MAYA));
        assert_eq!(ground.closed(session), None);
    }
    let text = ground.metrics.render();
    assert!(
        text.contains("ochre_live_resyncs_total{reason=\"slow\"} 1\n"),
        "{text}"
    );
}

#[test]
fn bytes_count_as_frames_do() {
    let mut ground = Ground::with(|limits| limits.session_queue_bytes_max = 8_000, 1000);
    let session = ground.opens(MAYA);
    ground.asks_for(session, ALL);
    ground.turn();
    creates(&mut ground, 1..=30);
    ground.turn();
    assert_eq!(kinds(&ground.frames(session)), ["welcome", "resync"]);
    ground.asks_for(session, ALL);
    ground.turn();
    let frames = ground.frames(session);
    assert_eq!(
        kinds(&frames),
        ["snapshot"],
        "one that is alone goes through"
    );
    assert!(frames[0].to_string().len() > 8_000);
}

#[test]
fn who_does_not_even_take_the_news_is_closed() {
    let mut ground = narrow();
    let (slow, quick) = (ground.opens(MAYA), ground.opens(SAM));
    for session in [slow, quick] {
        for filter in [Filter::All, Filter::Unassigned, Filter::AiQueue] {
            ground.asks_for(session, View::List(filter));
        }
    }
    ground.turn();
    ground.read(quick);
    // Of two views the news comes at the same moment, and of the third a while after.
    creates(&mut ground, [1]);
    ground.turn();
    ground.read(quick);
    ground.clock.advance(2 * SECOND);
    assert!(!ground.screens[&slow].peer.is_closing());
    creates(&mut ground, [2]);
    ground.turn();
    ground.read(quick);
    assert_eq!(
        ground.frames(slow),
        Vec::<Value>::new(),
        "what waited is gone"
    );
    assert_eq!(ground.closed(slow), Some(Closed::TooSlow));
    assert_eq!(ground.closed(quick), None);
    assert_eq!(ground.screens[&quick].client.held[&ALL].rows.len(), 2);
}

#[test]
fn who_has_no_room_for_what_concerns_everybody_is_closed() {
    let mut ground = narrow();
    let session = ground.opens(MAYA);
    for name in ["Samuel", "Sammy", "Sam", "S."] {
        assert!(!ground.screens[&session].peer.is_closing());
        let name = name.into();
        ground.directory(DirectoryEvent::UserRenamed { user: SAM, name });
        ground.turn();
    }
    assert_eq!(ground.closed(session), Some(Closed::TooSlow));
}

#[test]
fn who_takes_nothing_for_long_is_closed() {
    let mut ground = Ground::new();
    let (stalled, quick) = (ground.opens(MAYA), ground.opens(SAM));
    ground.read(quick);
    ground.passes(19 * SECOND);
    assert!(!ground.screens[&stalled].peer.is_closing());
    ground.passes(SECOND);
    assert_eq!(ground.closed(stalled), Some(Closed::TooSlow));
    ground.passes(60 * SECOND);
    assert_eq!(ground.closed(quick), None, "nothing waits for it");
}

#[test]
fn who_takes_what_waits_is_not_stalled() {
    let mut ground = Ground::new();
    let session = ground.opens(MAYA);
    ground.asks_for(session, ALL);
    for number in 1..=10 {
        creates(&mut ground, [number]);
        ground.turn();
        ground.passes(15 * SECOND);
        ground.read(session);
    }
    assert_eq!(ground.closed(session), None);
}

fn revoked(user: UserId) -> DirectoryEvent {
    let token = TokenId::from_u128(user.as_u128());
    DirectoryEvent::TokenRevoked { token }
}

#[test]
fn whose_credential_is_gone_is_closed_at_once() {
    let status = UserStatus::Deactivated;
    for event in [
        DirectoryEvent::UserStatusChanged { user: MAYA, status },
        revoked(MAYA),
    ] {
        let mut ground = Ground::new();
        let (gone, stays) = (ground.opens(MAYA), ground.opens(SAM));
        for session in [gone, stays] {
            ground.asks_for(session, ALL);
        }
        ground.turn();
        ground.read_all();
        ground.directory(event);
        creates(&mut ground, [1]);
        ground.turn();
        assert_eq!(
            ground.frames(gone),
            Vec::<Value>::new(),
            "not even one more"
        );
        assert_eq!(ground.closed(gone), Some(Closed::SignedOut));
        ground.read(stays);
        assert_eq!(ground.screens[&stays].client.held[&ALL].rows.len(), 1);
        assert_eq!(ground.closed(stays), None);
    }
}

#[test]
fn a_role_does_not_end_a_session() {
    let mut ground = Ground::new();
    let session = ground.opens(MAYA);
    let (user, role) = (MAYA, Role::Viewer);
    ground.directory(DirectoryEvent::RoleChanged { user, role });
    ground.turn();
    assert_eq!(ground.closed(session), None);
}

#[test]
fn a_session_ends_with_the_sign_in_behind_it() {
    let mut ground = Ground::new();
    let hashes = [SecretHash([1; 32]), SecretHash([2; 32])];
    for hash in hashes {
        ground.directory(DirectoryEvent::SessionStarted {
            user: MAYA,
            hash,
            expires_at: Timestamp::from_millis(61_000),
        });
    }
    let [first, second] = hashes.map(|hash| ground.opens_with(Some(MAYA), hash));
    ground.directory(DirectoryEvent::SessionEnded { hash: hashes[0] });
    ground.turn();
    assert_eq!(ground.closed(first), Some(Closed::SignedOut));
    ground.frames(second);
    ground.passes(59 * SECOND);
    assert_eq!(ground.closed(second), None);
    ground.passes(SECOND);
    assert_eq!(
        ground.closed(second),
        Some(Closed::SignedOut),
        "it has expired"
    );
}

#[test]
fn too_many_views_are_refused_and_who_goes_on_is_closed() {
    let mut ground = Ground::with(|limits| limits.subscriptions_per_session_max = 2, 1000);
    let session = ground.opens(MAYA);
    for filter in [Filter::All, Filter::Mine] {
        ground.asks_for(session, View::List(filter));
    }
    ground.frames(session);
    for filter in [Filter::Closed, Filter::Mentions] {
        ground.asks_for(session, View::List(filter));
        let frames = ground.frames(session);
        assert_eq!(frames[0]["code"], "too_many_subscriptions");
        assert_eq!(frames[0]["view"], filter.key());
        assert_eq!(ground.closed(session), None);
    }
    ground.asks_for(session, UNASSIGNED);
    assert_eq!(ground.closed(session), Some(Closed::LimitBroken));
}

#[test]
fn a_stop_ends_them_all_a_share_at_a_time() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let sessions: Vec<_> = [OWNER, MAYA, SAM].map(|user| ground.opens(user)).into();
    let closed = |ground: &Ground| {
        let codes = sessions
            .iter()
            .filter_map(|session| ground.closed(*session));
        codes.filter(|code| *code == Closed::Restart).count()
    };
    ground.hub.restart(Share::of_round(2));
    assert_eq!(closed(&ground), 2);
    ground.hub.restart(Share::of_round(1));
    assert_eq!(closed(&ground), 3);
    writes(&mut ground, 1);
    ground.turn();
    for session in sessions {
        assert_eq!(ground.frames(session), Vec::<Value>::new());
        ground.screens[&session].peer.end();
    }
    ground.passes(SECOND);
    assert_eq!(ground.hub.sessions(), 0, "who has ended is forgotten");
    assert!(ground.hub.is_empty());
}

#[test]
fn who_reads_is_begun_view_by_view_when_all_would_not_fit() {
    let mut ground = Ground::with(|limits| limits.session_queue_bytes_max = 60_000, 1000);
    creates(&mut ground, 1..=100);
    let session = ground.opens(MAYA);
    ground.read(session);
    let ai_queue = View::List(Filter::AiQueue);
    for view in [ALL, UNASSIGNED, ai_queue] {
        ground.asks_for(session, view);
    }
    for begun in 1..=3 {
        for _ in 0..2 {
            writes(&mut ground, 1);
            ground.turn();
        }
        ground.read(session);
        let client = &ground.screens[&session].client;
        assert_eq!(
            client.held.len(),
            begun,
            "one a turn, and none before the last was taken"
        );
        assert!(client.dropped.is_empty(), "{:?}", client.dropped);
    }
    assert!(!ground.hub.has_more() && !ground.hub.has_postponed());
}

#[test]
fn who_lost_the_right_on_the_way_here_is_closed() {
    let mut ground = Ground::new();
    ground.directory(DirectoryEvent::UserStatusChanged {
        user: MAYA,
        status: UserStatus::Deactivated,
    });
    let session = ground.opens(MAYA);
    assert_eq!(ground.closed(session), Some(Closed::SignedOut));
}

#[cfg(feature = "faults")]
#[test]
fn a_frame_that_is_lost_leaves_a_gap_that_a_client_sees() {
    use crate::faults::{FaultPlan, VARIABLE};
    let planned = (VARIABLE.to_owned(), "drop_frame_every=2".to_owned());
    let planned = FaultPlan::from_environment([planned].into_iter()).unwrap();
    let mut ground = Ground::with_faults(planned.actors());
    creates(&mut ground, [1]);
    let session = ground.opens(MAYA);
    ground.asks_for(session, ALL);
    ground.turn();
    ground.frames(session);
    let mut sent = Vec::new();
    for _ in 0..3 {
        writes(&mut ground, 1);
        ground.turn();
        sent.push(ground.frames(session));
    }
    assert_eq!(sent[1], Vec::<Value>::new());
    let (before, after) = (&sent[0][0], &sent[2][0]);
    assert!(after["prev"].as_u64() > before["seq"].as_u64(), "{sent:?}");
}

#[test]
fn who_is_deactivated_is_no_longer_shown_to_be_there() {
    let mut ground = Ground::new();
    creates(&mut ground, [1]);
    let conversation = ConversationId::from_u128(1);
    let (leaver, watcher) = (ground.opens(MAYA), ground.opens(SAM));
    ground.asks_for(watcher, View::Conversation(conversation));
    ground.turn();
    ground.sends(
        leaver,
        &format!(r#"{{"type":"presence","conversation":"{conversation}","state":"composing"}}"#),
    );
    ground.directory(DirectoryEvent::UserStatusChanged {
        user: MAYA,
        status: UserStatus::Deactivated,
    });
    ground.turn();
    ground.hub.detach(leaver);
    ground.screens.remove(&leaver);
    ground.read(watcher);
    assert_eq!(
        ground.screens[&watcher].client.last["presence"]["users"],
        json!([])
    );
}
