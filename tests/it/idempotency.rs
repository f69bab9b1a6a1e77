//! A repeated request gets the first answer again, and is carried out once.

use std::time::Duration;

use bytes::Bytes;
use ochre_assign::journal::{Journal, SideKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Answer, Ask, Setup, TestApp, at_once, get, patch, post, put};

fn creation(subject: &str) -> Ask {
    let body = json!({"channel": "email", "subject": subject, "body": "b",
        "customer": {"email": "a@b.test"}});
    post("/v1/conversations", &body)
}

fn claim_of(id: &str) -> Ask {
    post(&format!("/v1/conversations/{id}/claim"), &Value::Null)
}

fn assert_same(first: &Answer, again: &Answer) {
    assert!(!first.replayed(), "{first:?}");
    assert!(again.replayed(), "{again:?}");
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    for header in ["content-type", "etag", "location"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
}

#[actix_web::test]
async fn a_success_is_replayed_whole_on_every_method() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let body = json!({"assignee": app.sam.id});
    let asks = [
        creation("once"),
        claim_of(&id),
        put(&format!("{path}/assignee"), &body),
        patch(&path, &json!({"tags": ["x"]})),
        post(&format!("{path}/notes"), &json!({"body": "Look"})),
        put("/v1/autopilot", &json!({"enabled": true})),
    ];
    for (number, ask) in asks.into_iter().enumerate() {
        let ask = ask.keyed(&format!("key-{number}")).by(&app.admin);
        let first = app.ask(ask.clone()).await;
        assert!(first.status < 300, "{first:?}");
        let head = app.head().await;
        assert_same(&first, &app.ask(ask).await);
        assert_eq!(app.head().await, head);
    }
}

#[actix_web::test]
async fn a_used_key_is_told_before_anything_about_another_body() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let edit = |body: &Value| patch(&path, body).keyed("mine").by(&app.maya);
    // What is not well formed uses no key.
    app.ask(edit(&json!({"tags": 7})))
        .await
        .refused(400, "invalid_request");
    let first = app.ask(edit(&json!({"tags": ["x"]}))).await;
    assert!(first.expect_status(200).header("etag").is_some());
    for other in [
        edit(&json!({"tags": 7})),
        edit(&json!({"tags": [""]})),
        patch(&path, &Value::Null).keyed("mine").by(&app.maya),
        Ask::new("PATCH", &path)
            .raw("text/plain", "x")
            .keyed("mine")
            .by(&app.maya),
        edit(&json!({"tags": ["x"], "status": "closed"})).if_match("x"),
    ] {
        app.ask(other).await.refused(422, "idempotency_key_reused");
    }
    assert_eq!(app.read(&id).await["version"], 2);
}

#[actix_web::test]
async fn a_refusal_by_the_domain_is_remembered_like_a_success() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.claim(&app.sam, &id).await.changed(true);
    let ask = claim_of(&id).keyed("lost").by(&app.maya);
    let first = app.ask(ask.clone()).await.refused(409, "already_assigned");
    app.assign(&app.sam, &id, None).await.changed(true);
    assert_same(&first, &app.ask(ask).await.refused(409, "already_assigned"));
    app.claim(&app.maya, &id).await.changed(true);
    let ask = claim_of(&id).keyed("rights").by(&app.viewer);
    let first = app.ask(ask.clone()).await.refused(403, "forbidden");
    app.update(&app.viewer, &json!({"role": "agent"}))
        .await
        .expect_status(200);
    assert_same(&first, &app.ask(ask).await.refused(403, "forbidden"));
}

#[actix_web::test]
async fn a_conversation_that_was_missing_stays_missing_for_the_key() {
    let app = TestApp::start().await;
    let ask = claim_of("ext:E-1").keyed("early").by(&app.maya);
    let first = app.ask(ask.clone()).await.refused(404, "not_found");
    app.create_with(&json!({"external_id": "E-1"})).await;
    assert_same(&first, &app.ask(ask).await);
    app.claim(&app.maya, "ext:E-1").await.changed(true);
}

#[actix_web::test]
async fn the_same_request_at_the_same_time_is_carried_out_once() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let ask = creation("once")
            .keyed(&format!("round-{round}"))
            .by(&app.maya);
        let head = app.head().await;
        let answers = at_once((0..24).map(|_| app.ask(ask.clone()))).await;
        let replayed = answers.iter().filter(|answer| answer.replayed()).count();
        assert_eq!(replayed, 23);
        for answer in &answers {
            assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
        }
        assert_eq!(app.events(head).await.len(), 1);
    }
}

#[actix_web::test]
async fn another_request_with_the_key_is_refused_and_another_callers_key_is_another() {
    let app = TestApp::start().await;
    let first = app
        .ask(creation("one").keyed("k").by(&app.maya))
        .await
        .expect_status(201);
    let other = app.ask(creation("two").keyed("k").by(&app.maya)).await;
    assert!(!other.refused(422, "idempotency_key_reused").replayed());
    let path = format!("/v1/conversations/{}", first.text_at("/id"));
    let other = app
        .ask(patch(&path, &json!({})).keyed("k").by(&app.maya))
        .await;
    other.refused(422, "idempotency_key_reused");
    for person in [&app.sam, &app.stranger] {
        let theirs = app
            .ask(creation("one").keyed("k").by(person))
            .await
            .expect_status(201);
        assert!(!theirs.replayed());
        assert_ne!(theirs.at("/id"), first.at("/id"));
    }
    for key in ["", &"k".repeat(256)] {
        let refused = app.ask(creation("one").keyed(key).by(&app.maya)).await;
        let refused = refused.refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), "Idempotency-Key");
    }
}

#[actix_web::test]
async fn an_answer_survives_a_restart() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let (won, lost) = (
        claim_of(&id).keyed("k").by(&app.maya),
        claim_of(&id).keyed("k").by(&app.sam),
    );
    let first = app.ask(won.clone()).await.changed(true);
    let second = app.ask(lost.clone()).await.refused(409, "already_assigned");
    let app = app.restart().await;
    assert_same(&first, &app.ask(won).await);
    assert_same(&second, &app.ask(lost).await);
    let reused = app.ask(creation("other").keyed("k").by(&app.maya)).await;
    reused.refused(422, "idempotency_key_reused");
}

#[actix_web::test]
async fn it_is_carried_out_and_remembered_also_when_the_client_hung_up() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    let ask = claim_of(&id).keyed("k").by(&app.maya);
    faults.hold();
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(ask.to_text().as_bytes()).await.unwrap();
    let held = faults.clone();
    let held = actix_web::rt::task::spawn_blocking(move || held.wait_until_held());
    held.await.unwrap();
    drop(stream);
    // The second request waits for the first one's answer.
    let again = app.ask(ask);
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        faults.release();
    };
    let (again, ()) = futures_util::join!(again, release);
    assert!(again.changed(true).replayed());
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "assigned"]
    );
}

#[actix_web::test]
async fn after_a_day_the_key_is_fresh() {
    let app = TestApp::start().await;
    let ask = creation("daily").keyed("k").by(&app.maya);
    let first = app.ask(ask.clone()).await.expect_status(201);
    app.clock
        .advance(Duration::from_millis(24 * 60 * 60 * 1000 - 1));
    assert_same(&first, &app.ask(ask.clone()).await);
    app.clock.advance(Duration::from_millis(1));
    let fresh = app.ask(ask.clone()).await.expect_status(201);
    assert!(!fresh.replayed());
    assert_ne!(fresh.at("/id"), first.at("/id"));
    assert_same(&fresh, &app.ask(ask).await);
}

#[actix_web::test]
async fn a_token_is_replayed_without_its_secret() {
    let app = TestApp::start().await;
    let ask = post("/v1/tokens", &json!({"name": "ci", "kind": "user"}));
    let ask = ask.keyed("k").by(&app.maya);
    let first = app.ask(ask.clone()).await.expect_status(201);
    let mut expected = first.body.clone();
    assert!(expected["token"].is_string());
    expected["token"] = Value::Null;
    let again = app.ask(ask.clone()).await.expect_status(201);
    assert!(again.replayed());
    assert_eq!(again.body, expected);
    let app = app.restart().await;
    assert_eq!(app.ask(ask).await.body, expected);
    let secret = first.text_at("/token");
    app.ask(get("/v1/me").bearer(&secret))
        .await
        .expect_status(200);
}

#[actix_web::test]
async fn what_says_nothing_about_the_request_is_not_remembered() {
    let (setup, faults) = Setup::faulty();
    let setup = setup.configured(|config| config.limits.body_bytes_max = 2048);
    let app = setup.start().await;
    let id = app.create().await;
    let claim = claim_of(&id).keyed("k");
    app.ask(claim.clone().bearer("wrong"))
        .await
        .refused(401, "unauthenticated");
    let large = creation(&"x".repeat(4096)).keyed("k").by(&app.maya);
    app.ask(large).await.refused(413, "body_too_large");
    faults.disk_full(true);
    let claim = claim.by(&app.maya);
    app.ask(claim.clone())
        .await
        .refused(503, "journal_unavailable");
    app.ask(claim.clone())
        .await
        .refused(503, "journal_unavailable");
    faults.disk_full(false);
    app.until_ready().await;
    let first = app.ask(claim.clone()).await.changed(true);
    assert_same(&first, &app.ask(claim).await);
}

#[actix_web::test]
async fn a_password_in_a_remembered_request_cannot_be_tried_against_the_store() {
    let app = TestApp::start().await;
    let user = |password| {
        let body = json!({"name": "Pia", "email": "pia@acme.test", "role": "agent",
            "password": password});
        post("/v1/users", &body).keyed("pia").by(&app.owner)
    };
    let (ask, other) = (user("correct horse"), user("correct house"));
    let first = app.ask(ask.clone()).await.expect_status(201);
    let text = ask.to_text();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let rows = side_rows(app.journal());
    let mut fingerprints = 0;
    for row in rows {
        let row: Value = serde_json::from_slice(&row).unwrap_or_default();
        let Some(stored) = row["fingerprint"].as_array() else {
            continue;
        };
        fingerprints += 1;
        let stored: Vec<u64> = stored.iter().filter_map(Value::as_u64).collect();
        for part in [body, &format!("POST\0/v1/users\0{body}")] {
            let digest: Vec<u64> = Sha256::digest(part).into_iter().map(u64::from).collect();
            assert_ne!(stored, digest);
        }
    }
    assert_eq!(fingerprints, 1);
    // Who starts again still knows the request, and tells another password from it.
    let app = app.restart().await;
    assert_same(&first, &app.ask(ask).await);
    app.ask(other).await.refused(422, "idempotency_key_reused");
}

/// The values of every row beside the logs.
fn side_rows(journal: &dyn Journal) -> Vec<Bytes> {
    let (from, to) = (vec![], vec![u8::MAX]);
    let [from, to] = [from, to].map(|key| SideKey(Bytes::from(key)));
    let workspaces = journal.workspaces().unwrap().into_iter();
    let rows = workspaces.flat_map(|id| journal.side_range(id, &from, &to, 1000).unwrap());
    rows.map(|(_, value)| value).collect()
}
