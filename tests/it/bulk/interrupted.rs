//! Operations that a failure stops: what was done stays, and the same request goes on.

use serde_json::{Value, json};

use super::{bulk, counts, outcomes, undo};
use crate::support::{Setup, TestApp};

/// A service in which items go one by one and are tried again as often as told.
async fn start(retries_max: u32) -> (TestApp, ochre_assign::journal::Faults) {
    let (setup, faults) = Setup::faulty();
    let setup = setup.configured(|config| {
        config.bulk.in_flight_max = 1;
        config.bulk.retry_milliseconds = 5;
        config.bulk.retries_max = retries_max;
    });
    (setup.start().await, faults)
}

/// How often each conversation was assigned, and how many notes it has.
async fn touched(app: &TestApp, ids: &[String]) -> Vec<(usize, usize)> {
    let mut touched = Vec::new();
    for id in ids {
        let kinds = app.kinds(id).await;
        let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
        touched.push((count("assigned"), count("note_added")));
    }
    touched
}

#[actix_web::test]
async fn x06_the_same_request_goes_on_where_a_crash_stopped_it() {
    for restarts in [true, false] {
        let (app, faults) = start(1).await;
        let ids = app.create_some(6).await;
        let mut named = ids.clone();
        named.insert(1, "unknown".to_owned());
        app.claim(&app.maya, &ids[0]).await.changed(true);
        let body =
            json!({"conversation_ids": named, "assignee": app.maya.id, "note": {"body": "Look"}});
        let ask = bulk(&app.owner, &body).keyed("once");
        // Its beginning, three items, and no more.
        faults.fail_before(faults.appends() + 5);
        faults.fail_recoveries(30);
        let failed = app.ask(ask.clone()).await;
        failed.refused(503, "journal_unavailable");
        app.until_ready().await;
        let app = if restarts { app.restart().await } else { app };
        let operation = app.read(&ids[1]).await["assigned_by"]["operation"].clone();
        let operation = operation.as_str().unwrap().to_owned();
        let half = app.operation(&operation).await.expect_status(200);
        assert_eq!(half.at("/state"), "interrupted");
        assert_eq!(counts(&half), [2, 1, 0]);
        // Meanwhile somebody else has one of those that were done.
        app.assign(&app.sam, &ids[1], Some(&app.sam))
            .await
            .changed(true);
        let done = app.ask(ask.clone()).await.expect_status(200);
        assert!(!done.replayed());
        assert_eq!(done.text_at("/operation_id"), operation);
        assert_eq!(counts(&done), [5, 1, 1]);
        assert_eq!(outcomes(&done)[1], ("unknown".into(), "not_found".into()));
        assert_eq!(
            app.owners(&ids).await,
            ["Maya", "Sam", "Maya", "Maya", "Maya", "Maya"]
        );
        assert_eq!(
            touched(&app, &ids).await,
            [(1, 1), (2, 1), (1, 1), (1, 1), (1, 1), (1, 1)]
        );
        assert_eq!(app.operation(&operation).await.at("/state"), "done");
        let again = app.ask(ask).await;
        assert_eq!((again.replayed(), again.body), (true, done.body));
        app.holds();
    }
}

#[actix_web::test]
async fn x06_without_its_key_an_operation_that_was_stopped_stays_so_and_can_be_taken_back() {
    let (app, faults) = start(1).await;
    let ids = app.create_some(4).await;
    let body = json!({"conversation_ids": ids, "assignee": app.maya.id});
    faults.fail_before(faults.appends() + 4);
    faults.fail_recoveries(30);
    app.ask(bulk(&app.owner, &body).keyed("first"))
        .await
        .refused(503, "journal_unavailable");
    app.until_ready().await;
    let first = app.read(&ids[0]).await["assigned_by"]["operation"].clone();
    let other = app.ask(bulk(&app.owner, &body).keyed("second")).await;
    let other = other.expect_status(200);
    assert_eq!(counts(&other), [2, 2, 0]);
    assert_ne!(other.at("/operation_id"), &first);
    let undone = app.ask(undo(&app.sam, first.as_str().unwrap())).await;
    assert_eq!(counts(&undone.expect_status(200)), [2, 0, 0]);
    assert_eq!(app.owners(&ids).await, ["nobody", "nobody", "Maya", "Maya"]);
    // The first key is that of the first request, also before that has an answer.
    let reused = json!({"conversation_ids": ids, "assignee": null});
    let reused = app.ask(bulk(&app.owner, &reused).keyed("first")).await;
    reused.refused(422, "idempotency_key_reused");
}

#[actix_web::test]
async fn x06_while_the_store_is_down_an_operation_waits_and_then_goes_on() {
    let (app, faults) = start(100_000).await;
    let ids = app.create_some(4).await;
    let body = json!({"conversation_ids": ids, "assignee": app.maya.id});
    faults.fail_before(faults.appends() + 3);
    faults.fail_recoveries(u64::MAX);
    let operate = app.ask(bulk(&app.owner, &body));
    let look = async {
        let operation = loop {
            let by = app.read(&ids[0]).await["assigned_by"].clone();
            if let Some(operation) = by["operation"].as_str() {
                break operation.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        };
        let so_far = app.operation(&operation).await.expect_status(200);
        assert_eq!(so_far.at("/state"), "running");
        assert_eq!(counts(&so_far), [1, 0, 0]);
        // What takes it back waits for its end.
        let heal = async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            assert_eq!(app.owners(&ids[..1]).await, ["Maya"]);
            faults.fail_recoveries(0);
        };
        futures_util::join!(app.ask(undo(&app.sam, &operation)), heal).0
    };
    let (done, undone) = futures_util::join!(operate, look);
    assert_eq!(counts(&done.expect_status(200)), [4, 0, 0]);
    assert_eq!(counts(&undone.expect_status(200)), [4, 0, 0]);
    for id in &ids {
        assert_eq!(app.read(id).await["assignee"], Value::Null);
    }
    assert_eq!(touched(&app, &ids).await, [(1, 0); 4]);
    app.holds();
}
