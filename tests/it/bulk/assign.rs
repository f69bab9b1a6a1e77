//! What an operation does to its conversations.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{bulk, bulk_to, counts, outcomes};
use crate::support::{TestApp, at_once, get};

#[actix_web::test]
async fn s11_many_are_assigned_in_one_act_with_a_result_for_each() {
    let app = TestApp::start().await;
    let ids = app.create_some(3).await;
    app.assign(&app.owner, &ids[1], Some(&app.maya))
        .await
        .changed(true);
    let foreign = "conv_00000000000000000000000000000001";
    let named = [&ids[2], &ids[1], &ids[2], foreign, "ext:E-1", &ids[0]].map(str::to_owned);
    let answer = app.ask(bulk_to(&app.sam, &named, Some(&app.maya))).await;
    let answer = answer.expect_status(200);
    assert_eq!(counts(&answer), [2, 1, 2]);
    let expected = [
        (ids[2].as_str(), "changed"),
        (&ids[1], "unchanged"),
        (foreign, "not_found"),
        ("ext:E-1", "not_found"),
        (&ids[0], "changed"),
    ];
    let expected = expected.map(|(id, outcome)| (id.to_owned(), outcome.to_owned()));
    assert_eq!(outcomes(&answer), expected);
    let operation = answer.text_at("/operation_id");
    assert!(operation.starts_with("op_"), "{operation}");
    for (place, id) in [(0, &ids[2]), (1, &ids[1]), (4, &ids[0])] {
        let read = app.read(id).await;
        assert_eq!(read["assignee"]["name"], "Maya");
        let version = answer.at(&format!("/results/{place}/version"));
        assert_eq!(version, &read["version"]);
    }
    let by = json!({"kind": "bulk", "id": app.sam.id, "name": "Sam", "operation": operation});
    assert_eq!(app.read(&ids[0]).await["assigned_by"], by);
    let kept = app.operation(&operation).await.expect_status(200);
    assert_eq!(kept.at("/state"), "done");
    for member in ["operation_id", "changed", "unchanged", "failed", "results"] {
        assert_eq!(kept.body[member], answer.body[member], "{member}");
    }
    assert_eq!(app.list(&app.maya, "filter=mine").await.len(), 3);
}

#[actix_web::test]
async fn b08_an_item_leaves_the_same_line_as_a_single_assign() {
    let app = TestApp::start().await;
    let ids = app.create_some(2).await;
    app.assign(&app.sam, &ids[0], Some(&app.maya))
        .await
        .changed(true);
    app.ask(bulk_to(&app.sam, &ids[1..], Some(&app.maya)))
        .await
        .expect_status(200);
    let mut lines = Vec::new();
    for id in &ids {
        let mut line = app.history(id).await.pop().unwrap();
        line.as_object_mut().unwrap().remove("seq");
        lines.push(line);
    }
    assert_eq!(lines[0], lines[1]);
}

#[actix_web::test]
async fn s11_a_filter_is_taken_as_it_stands_and_the_note_goes_to_all() {
    let app = TestApp::start().await;
    let ids = app.create_some(4).await;
    app.claim(&app.maya, &ids[0]).await.changed(true);
    let note = json!({"body": "Yours, @Sam", "mentions": [app.sam.id]});
    let body = json!({"filter": "unassigned", "assignee": app.sam.id, "note": note});
    let answer = app.ask(bulk(&app.owner, &body)).await.expect_status(200);
    assert_eq!(counts(&answer), [3, 0, 0]);
    assert_eq!(app.owners(&ids).await, ["Maya", "Sam", "Sam", "Sam"]);
    // Also to one that changes nothing, as with a single assign.
    let again = json!({"conversation_ids": [ids[3]], "assignee": app.sam.id, "note": note});
    let again = app.ask(bulk(&app.owner, &again)).await.expect_status(200);
    assert_eq!(counts(&again), [0, 1, 0]);
    assert_eq!(again.at("/results/0/version"), 3);
    let mut notes = Vec::new();
    for id in &ids {
        let path = format!("/v1/conversations/{id}/messages");
        let page = app.ask(get(&path).by(&app.sam)).await.body;
        let messages = page["items"].as_array().unwrap().iter();
        let ours = messages.filter(|message| message["kind"] == "note");
        notes.push(ours.map(|one| one["id"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(notes.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 1, 2]);
    let mut all = notes.concat();
    all.sort_by_key(Value::to_string);
    all.dedup();
    assert_eq!(all.len(), 4, "a note has an id of its own");
    let mentions = app.list(&app.sam, "filter=mentions").await;
    assert_eq!(mentions.len(), 3);
    // The assign and its note are one commit.
    let history = app.history(&ids[1]).await;
    assert_eq!(history[2]["seq"], history[3]["seq"]);
    let mine = json!({"filter": "mine", "assignee": null});
    let mine = app.ask(bulk(&app.sam, &mine)).await.expect_status(200);
    assert_eq!(counts(&mine), [3, 0, 0]);
    assert_eq!(app.owners(&ids[1..]).await, ["nobody"; 3]);
}

#[actix_web::test]
async fn x01_who_was_first_keeps_it_also_from_an_operation() {
    let app = TestApp::start().await;
    let ids = app.create_some(3).await;
    app.claim(&app.maya, &ids[1]).await.changed(true);
    let body = json!({"conversation_ids": ids, "assignee": app.sam.id, "only_unassigned": true});
    let answer = app.ask(bulk(&app.sam, &body)).await.expect_status(200);
    assert_eq!(counts(&answer), [2, 0, 1]);
    assert_eq!(outcomes(&answer)[1].1, "already_assigned");
    assert_eq!(app.owners(&ids).await, ["Sam", "Maya", "Sam"]);
    assert_eq!(app.read(&ids[1]).await["version"], 2);
}

#[actix_web::test]
async fn x01_claims_and_an_operation_at_once_have_one_winner_each() {
    let app = TestApp::start().await;
    let ids = app.create_some(40).await;
    let body = json!({"conversation_ids": ids, "assignee": app.sam.id, "only_unassigned": true});
    let operation = app.ask(bulk(&app.owner, &body));
    let claims = at_once(ids.iter().rev().map(|id| app.claim(&app.maya, id)));
    let (operation, claims) = futures_util::join!(operation, claims);
    let operation = outcomes(&operation.expect_status(200));
    for ((id, outcome), claim) in operation.iter().zip(claims.into_iter().rev()) {
        let owner = app.owners(std::slice::from_ref(id)).await;
        if outcome == "changed" {
            let lost = claim.refused(409, "already_assigned");
            assert_eq!(lost.at("/current/assignee/name"), "Sam");
            assert_eq!(lost.at("/current/assigned_by/kind"), "bulk");
            assert_eq!(owner, ["Sam"]);
        } else {
            assert_eq!(outcome, "already_assigned");
            claim.changed(true);
            assert_eq!(owner, ["Maya"]);
        }
        assert_eq!(app.read(id).await["version"], 2);
    }
}

#[actix_web::test]
async fn x06_a_client_that_hangs_up_changes_nothing_and_may_ask_again() {
    let app = TestApp::start().await;
    let ids = app.create_some(20).await;
    let ask = bulk_to(&app.sam, &ids, Some(&app.maya)).keyed("all to Maya");
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(ask.to_text().as_bytes()).await.unwrap();
    // It is at work: the client goes, and comes back for the answer.
    while app.owners(&ids[..1]).await != ["Maya"] {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    drop(stream);
    let answer = app.ask(ask.clone()).await.expect_status(200);
    assert!(answer.replayed());
    assert_eq!(counts(&answer), [20, 0, 0]);
    let other = bulk_to(&app.sam, &ids, Some(&app.sam)).keyed("all to Maya");
    app.ask(other).await.refused(422, "idempotency_key_reused");
    let app = app.restart().await;
    let again = app.ask(ask).await.expect_status(200);
    assert_eq!((again.replayed(), again.body), (true, answer.body));
    assert_eq!(app.read(&ids[0]).await["version"], 2);
}
