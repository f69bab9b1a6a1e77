//! Replies that the AI offers, the gate that they come to, and the hand-off.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Person, Setup, TestApp, at_once, get, post};

/// A service with the scope `ai`, and Autopilot on.
async fn with_ai(app: &TestApp) -> String {
    app.switch_autopilot(true).await;
    app.service(&["ai"]).await
}

fn reply(confidence: u8) -> Value {
    json!({"body": "It is on its way.", "confidence": confidence})
}

async fn set_autopilot(app: &TestApp, settings: &Value) {
    app.put_autopilot(&app.owner, settings)
        .await
        .expect_status(200);
}

#[track_caller]
fn came_to(answer: &Answer, outcome: &str, reason: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        (answer.at("/outcome"), answer.at("/reason")),
        (&json!(outcome), &json!(reason)),
        "{answer:?}"
    );
    let is_sent = answer.at("/message_id").is_string();
    assert_eq!(is_sent, outcome == "sent", "{answer:?}");
}

async fn last_entry(app: &TestApp, id: &str) -> Value {
    app.history(id).await.pop().unwrap()
}

#[actix_web::test]
async fn s06_a_confident_reply_is_sent_to_the_customer() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    app.clock.advance(Duration::from_secs(1));
    let body = json!({"body": "It is on its way.", "confidence": 85, "labels": ["shipping"]});
    let answer = app.offer(&ai, &id, &body).await;
    came_to(&answer, "sent", "confidence");
    let conversation = app.read(&id).await;
    assert_eq!(answer.body["conversation"], conversation);
    assert_eq!(conversation["ai"]["handling"], true);
    assert_eq!(conversation["ai"]["sent_count"], 1);
    assert_eq!(conversation["message_count"], 2);
    assert_eq!(conversation["preview"], "It is on its way.");
    let entry = last_entry(&app, &id).await;
    assert_eq!(entry["kind"], "ai_reply_sent");
    assert_eq!(entry["actor"]["kind"], "service");
    assert_eq!(conversation["last_activity_at"], entry["at"]);
    let why = json!({"outcome": "sent", "reason": "confidence", "confidence": 85,
        "labels": ["shipping"]});
    assert_eq!(entry["why"], why);
    let path = format!("/v1/conversations/{id}/messages");
    let messages = app.ask(get(&path).by(&app.maya)).await.body;
    let message = messages["items"].as_array().unwrap().last().unwrap();
    assert_eq!(message, &entry["message"]);
    assert_eq!(message["id"], answer.body["message_id"]);
    assert_eq!(
        (&message["kind"], &message["author"]["kind"]),
        (&json!("ai"), &json!("ai"))
    );
    assert_eq!(app.list(&app.maya, "filter=ai_handled").await, [id]);
}

/// Every row of the gate in its order: each one hits although all the later ones would, too.
#[actix_web::test]
async fn s06_every_row_of_the_gate() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let labelled = json!({"body": "x", "confidence": 1, "labels": ["bug"]});
    let taken = app.create().await;
    app.take_over(&app.maya, &taken).await.changed(true);
    came_to(
        &app.offer(&ai, &taken, &labelled).await,
        "suppressed",
        "handed_off",
    );
    let pending = app.create().await;
    app.set_status(&pending, "pending").await;
    came_to(
        &app.offer(&ai, &pending, &labelled).await,
        "suppressed",
        "not_handling",
    );
    let label = app.create().await;
    came_to(
        &app.offer(&ai, &label, &labelled).await,
        "suppressed",
        "bypass",
    );
    let tag = app.create_with(&json!({"tags": ["spam"]})).await;
    let tag = tag["id"].as_str().unwrap();
    came_to(
        &app.offer(&ai, tag, &reply(99)).await,
        "suppressed",
        "bypass",
    );
    // What ended the AI's handling ended it for good.
    came_to(
        &app.offer(&ai, &label, &reply(99)).await,
        "suppressed",
        "not_handling",
    );

    let modes = json!({"enabled": true, "channels": {"chat": "draft", "slack": "off"}});
    set_autopilot(&app, &modes).await;
    let of_channel = async |channel: &str| {
        let made = app.create_with(&json!({"channel": channel})).await;
        made["id"].as_str().unwrap().to_owned()
    };
    let draft = of_channel("chat").await;
    came_to(&app.offer(&ai, &draft, &reply(1)).await, "drafted", "mode");
    let off = of_channel("slack").await;
    came_to(&app.offer(&ai, &off, &reply(99)).await, "silent", "mode");

    for (confidence, outcome) in [
        (0, "silent"),
        (49, "silent"),
        (50, "drafted"),
        (84, "drafted"),
        (85, "sent"),
        (100, "sent"),
    ] {
        let id = app.create().await;
        let answer = app.offer(&ai, &id, &reply(confidence)).await;
        came_to(&answer, outcome, "confidence");
        let handled = outcome == "sent";
        assert_eq!(answer.at("/conversation/ai/handling"), handled);
    }
}

#[actix_web::test]
async fn s06_the_floors_and_the_bypass_list_are_the_workspaces_own() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let settings = json!({"enabled": true, "auto_send_floor": 70, "silence_floor": 60,
        "bypass": ["Legal"]});
    set_autopilot(&app, &settings).await;
    for (confidence, outcome) in [(59, "silent"), (60, "drafted"), (70, "sent")] {
        let id = app.create().await;
        let answer = app.offer(&ai, &id, &reply(confidence)).await;
        came_to(&answer, outcome, "confidence");
    }
    let id = app.create().await;
    let bug = json!({"body": "x", "confidence": 99, "labels": ["bug"]});
    came_to(&app.offer(&ai, &id, &bug).await, "sent", "confidence");
    let legal = json!({"body": "x", "confidence": 99, "labels": ["legal"]});
    came_to(&app.offer(&ai, &id, &legal).await, "suppressed", "bypass");
}

#[actix_web::test]
async fn s06_every_outcome_is_recorded_with_its_reason() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let recorded = async |id: &str| {
        let entries = app.history(id).await;
        let told = entries[2..].iter().map(|entry| {
            let why = &entry["why"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&entry["kind"]),
                text(&why["outcome"]),
                text(&why["reason"]),
            )
        });
        told.collect::<Vec<_>>()
    };
    let line = |kind: &str, outcome: &str, reason: &str| {
        (kind.to_owned(), outcome.to_owned(), reason.to_owned())
    };
    let drafted = app.create().await;
    app.offer(&ai, &drafted, &reply(60)).await;
    let lines = [
        line("ai_draft_saved", "drafted", "confidence"),
        line("ai_handling_ended", "drafted", "confidence"),
    ];
    assert_eq!(recorded(&drafted).await, lines);
    assert_eq!(app.read(&drafted).await["ai"]["draft"], "It is on its way.");
    let silent = app.create().await;
    app.offer(&ai, &silent, &reply(10)).await;
    let lines = [line("ai_handling_ended", "silent", "confidence")];
    assert_eq!(recorded(&silent).await, lines);
    let bypassed = app.create().await;
    let spam = json!({"body": "Buy!", "confidence": 99, "labels": ["spam"]});
    app.offer(&ai, &bypassed, &spam).await;
    let lines = [
        line("ai_reply_suppressed", "suppressed", "bypass"),
        line("ai_handling_ended", "suppressed", "bypass"),
    ];
    assert_eq!(recorded(&bypassed).await, lines);
    let entries = app.history(&bypassed).await;
    assert_eq!(entries[2]["why"]["body"], "Buy!");
    assert_eq!(entries[2].get("message"), None, "it is no message");
    assert_eq!(entries[2]["version"], entries[3]["version"]);
    // All three need a person now.
    assert!(app.list(&app.maya, "filter=ai_queue").await.is_empty());
}

#[actix_web::test]
async fn b52_after_take_over_nothing_is_sent_and_the_block_is_recorded() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    app.take_over(&app.maya, &id).await.changed(true);
    let before = app.read(&id).await;
    app.clock.advance(Duration::from_secs(1));
    let answer = app.offer(&ai, &id, &reply(100)).await;
    came_to(&answer, "suppressed", "handed_off");
    let mut expected = before;
    expected["version"] = json!(3);
    assert_eq!(app.read(&id).await, expected, "nothing but the version");
    let entry = last_entry(&app, &id).await;
    assert_eq!(entry["kind"], "ai_reply_suppressed");
    assert_eq!(entry["why"]["reason"], "handed_off");
    assert_eq!(entry["why"]["body"], "It is on its way.");
    // Also after it was given to nobody, and after a restart.
    app.assign(&app.sam, &id, None).await.changed(true);
    let app = app.restart().await;
    let answer = app.offer(&ai, &id, &reply(100)).await;
    came_to(&answer, "suppressed", "handed_off");
}

#[actix_web::test]
async fn b52_take_over_tells_the_newest_reply_before_the_stamp() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    for body in ["First", "Second"] {
        let reply = json!({"body": body, "confidence": 90});
        came_to(&app.offer(&ai, &id, &reply).await, "sent", "confidence");
    }
    let path = format!("/v1/conversations/{id}/take-over");
    let take_over = || post(&path, &Value::Null).by(&app.maya).keyed("mine");
    let taken = app.ask(take_over()).await.changed(true);
    assert_eq!(taken.at("/last_ai_message/body"), "Second");
    assert_eq!(taken.at("/last_ai_message/kind"), "ai");
    app.offer(&ai, &id, &reply(99)).await;
    let again = app.take_over(&app.maya, &id).await.changed(false);
    assert_eq!(again.at("/last_ai_message"), taken.at("/last_ai_message"));
    let app = app.restart().await;
    let replayed = app
        .ask(post(&path, &Value::Null).by(&app.maya).keyed("mine"))
        .await;
    assert!(replayed.replayed());
    assert_eq!(replayed.text, taken.text);
    let again = app.take_over(&app.maya, &id).await.changed(false);
    assert_eq!(again.at("/last_ai_message"), taken.at("/last_ai_message"));
}

#[actix_web::test]
async fn b50_assigning_does_not_keep_the_ai_from_sending() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    for to in [Some(&app.sam), Some(&app.maya), None] {
        app.assign(&app.owner, &id, to).await.changed(true);
        came_to(&app.offer(&ai, &id, &reply(90)).await, "sent", "confidence");
    }
    let conversation = app.read(&id).await;
    assert!(conversation["ai"]["handoff_at"].is_null());
    assert_eq!(conversation["ai"]["handling"], true);
    app.claim(&app.sam, &id).await.changed(true);
    came_to(&app.offer(&ai, &id, &reply(90)).await, "sent", "confidence");
}

#[actix_web::test]
async fn b54_several_are_swept_from_the_queue_one_after_the_other() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let mut queue = Vec::new();
    for _ in 0..4 {
        queue.push(app.create().await);
    }
    let (left, swept) = queue.split_last().unwrap();
    for id in swept {
        app.take_over(&app.maya, id).await.changed(true);
    }
    assert_eq!(
        app.list(&app.maya, "filter=ai_queue").await,
        std::slice::from_ref(left)
    );
    assert_eq!(app.list(&app.maya, "filter=mine").await.len(), 3);
    for id in swept {
        came_to(
            &app.offer(&ai, id, &reply(99)).await,
            "suppressed",
            "handed_off",
        );
    }
    came_to(
        &app.offer(&ai, left, &reply(99)).await,
        "sent",
        "confidence",
    );
}

#[actix_web::test]
async fn only_services_with_the_scope_ai_offer_replies() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    let inbound = app.service(&["inbound", "read"]).await;
    let people = [&app.owner, &app.admin, &app.maya, &app.viewer].map(|one| one.token.clone());
    for token in people.iter().chain([&inbound]) {
        let answer = app.offer(token, &id, &reply(99)).await;
        answer.refused(403, "forbidden");
    }
    assert_eq!(app.read(&id).await["version"], 1);
    let stranger = app.offer(&app.stranger.token, &id, &reply(99)).await;
    assert_ne!(stranger.status, 200);
    let unknown = app
        .offer(&ai, "conv_00000000000000000000000000000001", &reply(99))
        .await;
    unknown.refused(404, "not_found");
}

#[actix_web::test]
async fn a_malformed_offer_is_refused_by_its_field() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    let many: Vec<_> = (0..51).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({"body": "x"}), "confidence"),
        (json!({"confidence": 90}), "body"),
        (json!({"body": " ", "confidence": 90}), "body"),
        (json!({"body": "x", "confidence": 101}), "confidence"),
        (json!({"body": "x", "confidence": 300}), "confidence"),
        (json!({"body": "x", "confidence": -1}), "confidence"),
        (json!({"body": "x", "confidence": "high"}), "confidence"),
        (
            json!({"body": "x", "confidence": 90, "labels": [""]}),
            "labels",
        ),
        (
            json!({"body": "x", "confidence": 90, "labels": many}),
            "labels",
        ),
        (
            json!({"body": "x", "confidence": 90, "mode": "auto"}),
            "mode",
        ),
    ] {
        let answer = app
            .offer(&ai, &id, &body)
            .await
            .refused(400, "invalid_request");
        assert_eq!(answer.at("/field"), field, "{body}");
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn a_repeated_offer_has_its_first_outcome_whatever_happened_since() {
    let app = TestApp::start().await;
    let ai = with_ai(&app).await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}/ai/replies");
    let offer = post(&path, &reply(90)).bearer(&ai).keyed("reply-1");
    let first = app.ask(offer.clone()).await;
    came_to(&first, "sent", "confidence");
    app.take_over(&app.maya, &id).await.changed(true);
    let again = app.ask(offer.clone()).await;
    assert!(again.replayed());
    assert_eq!(again.text, first.text);
    let app = app.restart().await;
    let again = app.ask(offer).await;
    assert_eq!(again.text, first.text);
    assert_eq!(app.read(&id).await["ai"]["sent_count"], 1);
    let seen = post(&path, &reply(90)).bearer(&ai).if_match("\"1\"");
    app.ask(seen).await.refused(412, "version_mismatch");
}

/// FENCE, with offers and take overs at the same moments, and appends that fail in between.
#[actix_web::test]
async fn b52_no_reply_is_sent_after_a_take_over_however_they_race() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let ai = with_ai(&app).await;
    for round in 0..30 {
        let id = app.create().await;
        faults.fail_every((round % 3 == 2).then_some(3));
        let offer = async |number: usize| {
            let path = format!("/v1/conversations/{id}/ai/replies");
            let ask = post(&path, &reply(90)).bearer(&ai);
            settled(&app, &ask.keyed(&format!("{round}-offer-{number}"))).await
        };
        let take = async |person: &Person| {
            let path = format!("/v1/conversations/{id}/take-over");
            let ask = post(&path, &Value::Null).by(person);
            settled(&app, &ask.keyed(&format!("{round}-take"))).await
        };
        let offers = at_once((0..12).map(offer));
        let takes = at_once([&app.maya, &app.sam].map(take));
        let (offers, takes) = futures_util::join!(offers, takes);
        faults.fail_every(None);
        app.until_ready().await;
        fence_holds(&app, &id, &offers, &takes).await;
    }
}

/// Repeats a request until the store takes it.
async fn settled(app: &TestApp, ask: &crate::support::Ask) -> Answer {
    loop {
        let answer = app.ask(ask.clone()).await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn fence_holds(app: &TestApp, id: &str, offers: &[Answer], takes: &[Answer]) {
    let entries = app.history(id).await;
    let is = |entry: &&Value, kind: &str| entry["kind"] == kind;
    let stamp = entries
        .iter()
        .position(|entry| is(&entry, "taken_over"))
        .unwrap();
    let (before, after) = entries.split_at(stamp);
    let sent: Vec<_> = before
        .iter()
        .filter(|one| is(one, "ai_reply_sent"))
        .collect();
    assert!(
        !after.iter().any(|entry| is(&entry, "ai_reply_sent")),
        "FENCE"
    );
    let held_back = after.iter().filter(|one| is(one, "ai_reply_suppressed"));
    // Every caller was told what the log says, and the log has an entry for each of them.
    let told = |outcome: &str| {
        let of = |answer: &&Answer| answer.at("/outcome") == outcome;
        offers.iter().filter(of).count()
    };
    assert_eq!(told("sent"), sent.len());
    assert_eq!(told("suppressed"), held_back.count());
    assert_eq!(sent.len() + told("suppressed"), offers.len());
    let won: Vec<_> = takes.iter().filter(|one| one.status == 200).collect();
    assert_eq!(won.len(), 1);
    let last = sent.last().map_or(&Value::Null, |entry| &entry["message"]);
    assert_eq!(won[0].at("/last_ai_message"), last);
}
