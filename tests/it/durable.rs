//! Nothing is told before it is on stable storage: neither a yes, nor a no that rests on it.

use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::{Value, json};

use crate::support::{Setup, get};

#[actix_web::test]
async fn neither_the_yes_nor_the_no_nor_a_list_tells_what_is_not_durable() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    let before = app.read(&id).await;
    let head = app.head().await;
    faults.hold();
    let claims = Box::pin(async {
        let win = app.claim(&app.maya, &id);
        let lose = async {
            let held = faults.clone();
            let held = actix_web::rt::task::spawn_blocking(move || held.wait_until_held());
            held.await.unwrap();
            let lost = app.claim(&app.sam, &id).await;
            // And a change that changes nothing.
            (lost, app.claim(&app.maya, &id).await)
        };
        futures_util::join!(win, lose)
    });
    let look = Box::pin(async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(app.read(&id).await, before);
            assert!(app.list(&app.maya, "filter=mine").await.is_empty());
            assert_eq!(
                app.list(&app.maya, "filter=unassigned").await,
                [id.as_str()]
            );
            let counts = app.ask(get("/v1/conversations/counts").by(&app.maya)).await;
            assert_eq!(counts.at("/mine"), 0);
            assert_eq!(app.kinds(&id).await, ["created", "message_added"]);
            assert_eq!(app.events(head).await, Vec::<Value>::new());
        }
    });
    let claims = match select(claims, look).await {
        Either::Left((answers, _)) => panic!("told before it was durable: {answers:?}"),
        Either::Right(((), claims)) => claims,
    };
    faults.release();
    let (won, (lost, again)) = claims.await;
    won.changed(true);
    again.changed(false);
    let lost = lost.refused(409, "already_assigned");
    assert_eq!(lost.at("/current/assignee/name"), "Maya");
    assert_eq!(app.list(&app.maya, "filter=mine").await, [id]);
    assert_eq!(app.head().await, head + 1);
}

#[actix_web::test]
async fn a_no_that_rests_on_a_change_that_failed_is_no_answer_either() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    faults.fail_before(faults.appends() + 1);
    faults.hold();
    let win = app.claim(&app.maya, &id);
    let lose = async {
        let held = faults.clone();
        let held = actix_web::rt::task::spawn_blocking(move || held.wait_until_held());
        held.await.unwrap();
        let release = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            faults.release();
        };
        futures_util::join!(app.claim(&app.sam, &id), release).0
    };
    let (won, lost) = futures_util::join!(win, lose);
    won.refused(503, "journal_unavailable");
    lost.refused(503, "journal_unavailable");
    app.until_ready().await;
    assert_eq!(app.read(&id).await["assignee"], Value::Null);
    app.claim(&app.sam, &id).await.changed(true);
}

#[actix_web::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let app = Setup::new().start().await;
    let mut made = Vec::new();
    for number in 0..20 {
        let id = app.create().await;
        let owner = if number % 2 == 0 { &app.maya } else { &app.sam };
        app.assign(&app.owner, &id, Some(owner)).await.changed(true);
        let edit = json!({"custom_fields": {"number": number.to_string()}});
        made.push(
            app.edit(&app.owner, &id, &edit)
                .await
                .expect_status(200)
                .body,
        );
    }
    let lists = (app.list(&app.maya, "filter=mine").await, app.head().await);
    let app = app.restart().await;
    for conversation in made {
        let id = conversation["id"].as_str().unwrap();
        assert_eq!(app.read(id).await, conversation);
    }
    // The start of the server is a commit too.
    assert_eq!(
        (
            app.list(&app.maya, "filter=mine").await,
            app.head().await - 1
        ),
        lists
    );
}
