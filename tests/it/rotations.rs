//! Rotations: whose turn it is, who was passed over, and the ledger that everybody can see.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Person, Setup, TestApp, everything_round, get, patch, post, subject_to};

fn order(rotation: &Value) -> Vec<String> {
    let items = rotation["items"].as_array().unwrap();
    let user = |item: &Value| item["user"].as_str().unwrap().to_owned();
    items.iter().map(user).collect()
}

async fn deactivate(app: &TestApp, person: &Person, status: &str) {
    app.update(person, &json!({"status": status}))
        .await
        .expect_status(200);
}

#[actix_web::test]
async fn b45_successive_picks_go_round_the_team() {
    let app = TestApp::start().await;
    let team = app
        .team("Support", &[&app.maya, &app.sam, &app.admin])
        .await;
    app.set_rules(&[everything_round(&team)]).await;
    let picks = app.picks(7).await;
    assert_eq!(picks[..3], picks[3..6]);
    assert_eq!(picks[0], picks[6]);
    let mut first: Vec<_> = picks[..3].to_vec();
    first.sort();
    assert_eq!(first, ["Ada", "Maya", "Sam"]);
}

#[actix_web::test]
async fn b45_a_newcomer_goes_behind_everybody_who_waits() {
    let app = TestApp::start().await;
    let lee = app.add_person("Lee", "agent").await;
    let team = app
        .team("Support", &[&app.admin, &app.maya, &app.sam])
        .await;
    app.set_rules(&[everything_round(&team)]).await;
    let before = app.picks(2).await;
    app.set_members(&team, &[&app.admin, &app.maya, &app.sam, &lee])
        .await;
    let after = app.picks(4).await;
    assert_eq!(after[3], "Lee");
    assert_eq!([&after[1], &after[2]], [&before[0], &before[1]]);
    // Removed and added again, somebody is a newcomer; in the meantime the others go round.
    app.set_members(&team, &[&app.admin, &app.maya, &lee]).await;
    app.set_members(&team, &[&app.admin, &app.maya, &lee, &app.sam])
        .await;
    assert_eq!(app.picks(4).await[3], "Sam");
}

#[actix_web::test]
async fn b45_who_is_skipped_keeps_one_turn_waiting_and_no_backlog() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    app.set_rules(&[everything_round(&team)]).await;
    assert_eq!(app.picks(1).await, ["Maya"]);
    deactivate(&app, &app.sam, "deactivated").await;
    assert_eq!(app.picks(3).await, ["Maya", "Maya", "Maya"]);
    deactivate(&app, &app.sam, "active").await;
    assert_eq!(app.picks(4).await, ["Sam", "Maya", "Sam", "Maya"]);
}

#[actix_web::test]
async fn b45_a_turn_is_spent_only_by_a_committed_assignment() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    app.set_rules(&[everything_round(&team)]).await;
    let creation = json!({"channel": "chat", "subject": "s", "body": "b", "external_id": "E-1",
        "customer": {"email": "a@b.test"}});
    let create = || post("/v1/conversations", &creation).by(&app.owner);
    app.ask(create()).await.expect_status(201);
    // Refused: the external id is taken.
    for _ in 0..3 {
        app.ask(create()).await.refused(409, "external_id_taken");
    }
    assert_eq!(app.rotation(&team).await["turn"], 1);
    // Failed: the store cannot be written.
    faults.disk_full(true);
    let plain = post(
        "/v1/conversations",
        &json!({"channel": "chat", "subject": "s", "body": "b", "customer": {"email": "a@b.test"}}),
    );
    let failed = app.ask(plain.by(&app.owner)).await;
    failed.refused(503, "journal_unavailable");
    faults.disk_full(false);
    app.until_ready().await;
    assert_eq!(app.picks(3).await, ["Sam", "Maya", "Sam"]);
    assert_eq!(app.rotation(&team).await["turn"], 4);
}

#[actix_web::test]
async fn b45_a_rotation_survives_a_restart() {
    let app = TestApp::start().await;
    let team = app
        .team("Support", &[&app.maya, &app.sam, &app.admin])
        .await;
    app.set_rules(&[everything_round(&team)]).await;
    let before = app.picks(4).await;
    let rotation = app.rotation(&team).await;
    let app = app.restart().await;
    assert_eq!(app.rotation(&team).await, rotation);
    let after = app.picks(2).await;
    assert_eq!(after, before[1..3]);
    assert_eq!(app.rotation(&team).await["turn"], 6);
}

#[actix_web::test]
async fn b45_many_at_once_are_spread_evenly_over_dense_turns() {
    let app = TestApp::start().await;
    let team = app
        .team("Support", &[&app.maya, &app.sam, &app.admin])
        .await;
    app.set_rules(&[everything_round(&team)]).await;
    let plain = json!({});
    let creations = (0..40).map(|_| app.create_with(&plain));
    let created = futures_util::future::join_all(creations).await;
    let mut picks: BTreeMap<String, u64> = BTreeMap::new();
    for conversation in &created {
        let name = conversation["assignee"]["name"].as_str().unwrap();
        *picks.entry(name.to_owned()).or_default() += 1;
    }
    let mut counts: Vec<_> = picks.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [13, 13, 14]);
    let turns = app.turns(&team).await;
    let numbers: Vec<_> = turns.iter().map(|turn| turn["turn"].as_u64()).collect();
    let dense: Vec<_> = (1..=40).rev().map(Some).collect();
    assert_eq!(numbers, dense);
}

#[actix_web::test]
async fn b45_the_default_team_is_everybody_and_follows_the_directory() {
    let app = TestApp::start().await;
    app.set_rules(&[everything_round("default")]).await;
    // The viewer is in it, and passed over.
    let picks = app.picks(5).await;
    assert_eq!(picks, ["Olga", "Ada", "Maya", "Sam", "Olga"]);
    let rotation = app.rotation("default").await;
    let viewer = rotation["items"].as_array().unwrap().iter();
    let viewer = viewer.clone().find(|item| item["user"] == app.viewer.id);
    assert_eq!(viewer.unwrap()["reason"], "role_not_assignable");
    let lee = app.add_person("Lee", "agent").await;
    assert_eq!(order(&app.rotation("default").await).last(), Some(&lee.id));
    assert_eq!(app.picks(4).await, ["Ada", "Maya", "Sam", "Olga"]);
    // Whoever becomes eligible has their one turn; the newcomer waited behind the others.
    app.update(&app.viewer, &json!({"role": "agent"}))
        .await
        .expect_status(200);
    assert_eq!(app.picks(2).await, ["Vera", "Lee"]);
    let edit = patch("/v1/teams/default", &json!({"members": []}));
    let refused = app.ask(edit.by(&app.owner)).await;
    refused.refused(403, "forbidden");
}

#[actix_web::test]
async fn x05_the_ledger_tells_every_turn_and_who_was_passed_over() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    let ids = app.set_rules(&[everything_round(&team)]).await;
    let first = app.create().await;
    deactivate(&app, &app.sam, "deactivated").await;
    app.clock.advance(std::time::Duration::from_secs(5));
    let second = app.create().await;
    let turns = app.turns(&team).await;
    let expected = json!([
        {"turn": 2, "user": app.maya.id, "conversation_id": second, "rule": ids[0],
            "at": "2026-01-01T00:00:05.000Z",
            "skipped": [{"user": app.sam.id, "reason": "deactivated"}]},
        {"turn": 1, "user": app.maya.id, "conversation_id": first, "rule": ids[0],
            "at": "2026-01-01T00:00:00.000Z", "skipped": []},
    ]);
    assert_eq!(json!(turns), expected);
    // An undo gives no turn back.
    let undo = json!({"version": 1});
    app.act(&app.owner, &second, "undo", &undo)
        .await
        .changed(true);
    assert_eq!(app.turns(&team).await.len(), 2);
    let mut cursor = String::new();
    let mut paged = Vec::new();
    loop {
        let path = format!("/v1/teams/{team}/turns?limit=1{cursor}");
        let page = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
        paged.extend(page.at("/items").as_array().unwrap().iter().cloned());
        if page.at("/next_cursor").is_null() {
            break;
        }
        cursor = format!("&cursor={}", page.text_at("/next_cursor"));
    }
    assert_eq!(paged, turns);
}

#[actix_web::test]
async fn x05_the_rotation_is_shown_in_the_order_of_the_next_turn() {
    let app = TestApp::start().await;
    let team = app
        .team("Support", &[&app.maya, &app.sam, &app.viewer])
        .await;
    app.set_rules(&[everything_round(&team)]).await;
    app.picks(3).await;
    let expected = json!({"turn": 3, "items": [
        {"user": app.viewer.id, "last_turn": 0, "eligible": false, "reason": "role_not_assignable"},
        {"user": app.sam.id, "last_turn": 2, "eligible": true},
        {"user": app.maya.id, "last_turn": 3, "eligible": true},
    ]});
    assert_eq!(app.rotation(&team).await, expected);
}

#[actix_web::test]
async fn x02_every_assignment_by_a_rule_can_be_explained() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    let ids = app
        .set_rules(&[subject_to("vip", &app.owner), everything_round(&team)])
        .await;
    deactivate(&app, &app.maya, "deactivated").await;
    let id = app.create().await;
    let why = app.why(&id).await;
    let expected = json!({
        "decided_at": "2026-01-01T00:00:00.000Z",
        "actor": {"kind": "user", "id": app.owner.id, "name": "Olga"},
        "outcome": "assigned",
        "assignee": app.sam.id,
        "rule": ids[1],
        "rule_name": format!("round {team}"),
        "then": {"action": "assign", "round_robin": team},
        "passed_over": [{"rule": ids[0], "reason": "text_not_in_subject"}],
        "candidates": [
            {"user": app.maya.id, "eligible": false, "reason": "deactivated", "last_turn": 0},
            {"user": app.sam.id, "eligible": true, "last_turn": 0},
        ],
        "rotation": {"team": team, "turn": 1, "before": [app.maya.id, app.sam.id],
            "after": [app.maya.id, app.sam.id]},
    });
    assert_eq!(why, expected);
    let history = app.history(&id).await;
    for entry in [&history[0], &history[2]] {
        assert_eq!(entry["why"]["rule"], json!(ids[1]), "{entry}");
        assert_eq!(entry["why"]["rotation"], expected["rotation"]);
    }
    assert_eq!(history[1]["why"], Value::Null);
    // What people decide later is what `why` tells then.
    app.assign(&app.owner, &id, None).await.changed(true);
    let why = app.why(&id).await;
    assert_eq!(
        (&why["outcome"], &why["reason"]),
        (&json!("unassigned"), &json!("by_hand"))
    );
}

#[actix_web::test]
async fn teams_are_made_listed_and_changed_by_who_runs_the_workspace() {
    let app = TestApp::start().await;
    let id = app.team("Support", &[&app.maya]).await;
    let listed = app.ask(get("/v1/teams").by(&app.viewer)).await;
    let listed = listed.expect_status(200);
    assert_eq!(listed.at("/items/0/id"), "default");
    assert_eq!(listed.at("/items/0/members").as_array().unwrap().len(), 5);
    let support = json!({"id": id, "name": "Support", "members": [app.maya.id]});
    assert_eq!(listed.at("/items/1"), &support);
    let path = format!("/v1/teams/{id}");
    let rename = patch(&path, &json!({"name": "Care"})).by(&app.admin);
    assert_eq!(app.ask(rename).await.expect_status(200).at("/name"), "Care");
    let stranger = json!({"members": [app.stranger.id]});
    let refused = app.ask(patch(&path, &stranger).by(&app.owner)).await;
    let refused = refused.refused(422, "invalid_reference");
    assert_eq!(refused.at("/field"), "members");
    for person in [&app.maya, &app.viewer] {
        let made = app.ask(post("/v1/teams", &json!({"name": "x"})).by(person));
        made.await.refused(403, "forbidden");
        let ask = patch(&path, &json!({"name": "x"})).by(person);
        app.ask(ask).await.refused(403, "forbidden");
    }
    for below in ["", "/rotation", "/turns"] {
        let path = format!("{path}{below}");
        let ask = if below.is_empty() {
            patch(&path, &json!({"name": "x"}))
        } else {
            get(&path)
        };
        // Another workspace's team is not there (B13).
        app.ask(ask.by(&app.stranger))
            .await
            .refused(404, "not_found");
    }
}
