//! What would come of it.

use serde_json::{Value, json};

use super::{bulk, counts, outcomes};
use crate::support::TestApp;

#[actix_web::test]
async fn x06_a_dry_run_says_what_will_come_of_it_and_changes_nothing() {
    let app = TestApp::start().await;
    let ids = app.create_some(4).await;
    app.claim(&app.maya, &ids[0]).await.changed(true);
    app.claim(&app.sam, &ids[1]).await.changed(true);
    for (more, expected) in [
        (json!({}), [3, 1, 0]),
        (json!({"note": {"body": "Look"}}), [3, 1, 0]),
        (json!({"only_unassigned": true}), [2, 0, 2]),
        (json!({"assignee": null}), [2, 2, 0]),
    ] {
        let mut body = json!({"conversation_ids": ids, "assignee": app.maya.id, "dry_run": true});
        let members = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        let before = app.log();
        let preview = app.ask(bulk(&app.owner, &body)).await.expect_status(200);
        assert_eq!(counts(&preview), expected, "{more}");
        assert_eq!(preview.at("/operation_id"), &Value::Null);
        assert_eq!(app.log(), before, "{more}");
        body["dry_run"] = json!(false);
        let done = app.ask(bulk(&app.owner, &body)).await.expect_status(200);
        assert_eq!(outcomes(&done), outcomes(&preview), "{more}");
        assert_eq!(done.at("/results"), preview.at("/results"), "{more}");
        let operation = done.text_at("/operation_id");
        app.ask(super::undo(&app.owner, &operation))
            .await
            .expect_status(200);
        assert_eq!(
            app.owners(&ids).await,
            ["Maya", "Sam", "nobody", "nobody"],
            "{more}"
        );
    }
}

#[actix_web::test]
async fn x06_a_dry_run_is_remembered_under_its_key() {
    let app = TestApp::start().await;
    let ids = app.create_some(1).await;
    let body = json!({"conversation_ids": ids, "assignee": "me", "dry_run": true});
    let ask = bulk(&app.maya, &body).keyed("look");
    let first = app.ask(ask.clone()).await.expect_status(200);
    app.claim(&app.sam, &ids[0]).await.changed(true);
    let again = app.ask(ask).await.expect_status(200);
    assert_eq!((again.replayed(), &again.body), (true, &first.body));
    assert_eq!(first.at("/results/0/version"), 2);
}
