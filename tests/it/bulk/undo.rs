//! Taking an operation back.

use serde_json::{Value, json};

use super::{bulk, bulk_to, counts, outcomes, undo};
use crate::support::TestApp;

#[actix_web::test]
async fn x06_undo_touches_only_what_nobody_has_changed_since() {
    let app = TestApp::start().await;
    let ids = app.create_some(6).await;
    app.claim(&app.sam, &ids[0]).await.changed(true);
    app.claim(&app.maya, &ids[5]).await.changed(true);
    let done = app.ask(bulk_to(&app.owner, &ids, Some(&app.maya))).await;
    assert_eq!(counts(&done), [5, 1, 0]);
    // Somebody takes one, somebody gives one away and back; a tag is no change of assignee.
    app.assign(&app.sam, &ids[1], Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.sam, &ids[2], None).await.changed(true);
    app.assign(&app.sam, &ids[2], Some(&app.maya))
        .await
        .changed(true);
    app.edit(&app.sam, &ids[3], &json!({"tags": ["x"]}))
        .await
        .expect_status(200);
    let operation = done.text_at("/operation_id");
    let undone = app.ask(undo(&app.admin, &operation)).await;
    let undone = undone.expect_status(200);
    assert_eq!(counts(&undone), [3, 0, 2]);
    let expected = [
        (&ids[0], "changed"),
        (&ids[1], "nothing_to_undo"),
        (&ids[2], "nothing_to_undo"),
        (&ids[3], "changed"),
        (&ids[4], "changed"),
    ];
    let expected = expected.map(|(id, outcome)| (id.clone(), outcome.to_owned()));
    assert_eq!(outcomes(&undone), expected);
    assert_eq!(
        app.owners(&ids).await,
        ["Sam", "Sam", "Maya", "nobody", "nobody", "Maya"]
    );
    let line = app.history(&ids[0]).await.pop().unwrap();
    assert_eq!(line["why"], json!({"undo_of": 3}));
    assert_eq!(line["actor"]["name"], "Ada");
    let own = undone.text_at("/operation_id");
    assert_ne!(own, operation);
    let read = app.read(&ids[0]).await;
    assert_eq!(read["assigned_by"]["operation"], own);
    let kept = app.operation(&own).await.expect_status(200);
    assert_eq!(kept.at("/state"), "done");
    assert_eq!(kept.at("/results"), undone.at("/results"));
    // What it was is still to be read; and nothing is left to take back.
    let first = app.operation(&operation).await;
    assert_eq!(first.at("/results"), done.at("/results"));
    let again = app.ask(undo(&app.admin, &operation)).await;
    assert_eq!(counts(&again.expect_status(200)), [0, 0, 5]);
    // An undo is an operation like any other.
    let redone = app.ask(undo(&app.admin, &own)).await.expect_status(200);
    assert_eq!(counts(&redone), [3, 0, 0]);
    assert_eq!(app.owners(&ids[3..]).await, ["Maya"; 3]);
    app.holds();
}

#[actix_web::test]
async fn x06_undo_passes_the_same_check_for_each() {
    let app = TestApp::start().await;
    let ids = app.create_some(2).await;
    app.claim(&app.sam, &ids[0]).await.changed(true);
    let body = json!({"conversation_ids": ids, "assignee": app.maya.id});
    let done = app.ask(bulk(&app.owner, &body)).await.expect_status(200);
    app.update(&app.sam, &json!({"role": "viewer"}))
        .await
        .expect_status(200);
    let ask = undo(&app.owner, &done.text_at("/operation_id")).keyed("back");
    let undone = app.ask(ask.clone()).await.expect_status(200);
    let codes: Vec<String> = outcomes(&undone)
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(codes, ["assignee_not_eligible", "changed"]);
    assert_eq!(app.read(&ids[1]).await["assignee"], Value::Null);
    let again = app.ask(ask).await;
    assert_eq!((again.replayed(), again.body), (true, undone.body));
}
