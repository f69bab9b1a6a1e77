//! Notifications in the application: who is told what, and what is read.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp, get, post, put};

#[actix_web::test]
async fn b30_being_assigned_by_somebody_else_is_told_once() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let told = app.told(&app.sam).await;
    let [one] = told.as_slice() else {
        panic!("one was to come: {told:?}");
    };
    assert_eq!(one["kind"], "assignment");
    assert_eq!(one["conversation_id"], json!(id));
    assert_eq!(one["conversation"]["subject"], "Where is my order?");
    assert_eq!(one["actor"]["id"], json!(app.maya.id));
    assert_eq!(one["title"], "Maya assigned #1 to you");
    assert_eq!(one["read"], false);
    assert_eq!(one["seq"], json!(app.head().await));
    // The same again changes nothing, and tells nobody.
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(false);
    assert_eq!(app.told(&app.sam).await, told);
    // After a restart it is the same one.
    let app = app.restart().await;
    assert_eq!(app.told(&app.sam).await, told);
}

#[actix_web::test]
async fn b32_one_is_not_told_of_ones_own_deeds_nor_of_a_loss() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.assign(&app.sam, &id, Some(&app.sam))
        .await
        .changed(true);
    app.claim(&app.sam, &id).await.changed(false);
    app.assign(&app.maya, &id, None).await.changed(true);
    app.claim(&app.maya, &id).await.changed(true);
    app.take_over(&app.maya, &id).await.changed(true);
    assert_eq!(app.told(&app.sam).await, Vec::<Value>::new());
    assert_eq!(app.told(&app.maya).await, Vec::<Value>::new());
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(app.told_kinds(&app.sam).await, ["assignment"]);
    assert_eq!(app.told(&app.maya).await, Vec::<Value>::new());
    // Undo is a change like any other.
    let version = app.read(&id).await["version"].clone();
    let undo = json!({"version": version});
    app.act(&app.owner, &id, "undo", &undo).await.changed(true);
    assert_eq!(app.told_kinds(&app.maya).await, ["assignment"]);
    assert_eq!(app.told_kinds(&app.sam).await, ["assignment"]);
}

#[actix_web::test]
async fn b21_what_a_viewer_may_not_do_tells_nobody() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let refused = app.assign(&app.viewer, &id, Some(&app.sam)).await;
    refused.refused(403, "forbidden");
    assert_eq!(app.told(&app.sam).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn s08_mentions_replies_and_the_unassigned_reach_whom_they_concern() {
    let app = TestApp::start().await;
    let id = app.create().await;
    // The owner created it, so that only the admin is told.
    assert_eq!(app.told_kinds(&app.admin).await, ["new_unassigned"]);
    assert_eq!(app.told(&app.owner).await, Vec::<Value>::new());
    let note =
        json!({"body": "@Sam @Vera look", "mentions": [app.sam.id, app.viewer.id, app.maya.id]});
    app.act(&app.maya, &id, "notes", &note)
        .await
        .expect_status(201);
    for person in [&app.sam, &app.viewer] {
        let told = app.told(person).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["kind"], "mention");
        assert_eq!(told[0]["preview"], "@Sam @Vera look");
        assert_eq!(app.list(person, "filter=mentions").await, [id.as_str()]);
    }
    assert_eq!(app.told(&app.maya).await, Vec::<Value>::new());
    // Nobody has it: nobody is told that the customer wrote.
    app.customer_writes(&id).await;
    app.claim(&app.sam, &id).await.changed(true);
    app.customer_writes(&id).await;
    assert_eq!(
        app.told_kinds(&app.sam).await,
        ["conversation_reply", "mention"]
    );
    let hello = json!({"kind": "agent", "body": "Hello"});
    app.act(&app.maya, &id, "messages", &hello)
        .await
        .expect_status(201);
    assert_eq!(app.told(&app.sam).await.len(), 2);
    // An assignment with a note that mentions the new assignee is two things.
    let body =
        json!({"assignee": app.maya.id, "note": {"body": "yours", "mentions": [app.maya.id]}});
    app.put_assignee(&app.sam, &id, &body).await.changed(true);
    let mut kinds = app.told_kinds(&app.maya).await;
    kinds.sort();
    assert_eq!(kinds, ["assignment", "mention"]);
}

#[actix_web::test]
async fn notifications_are_read_one_by_one_or_all_at_once() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        let id = app.create().await;
        app.assign(&app.maya, &id, Some(&app.sam))
            .await
            .changed(true);
    }
    let unread = async |app: &TestApp| {
        let path = "/v1/notifications?unread=true";
        let answer = app.ask(get(path).by(&app.sam)).await.expect_status(200);
        let items = answer.at("/items").as_array().unwrap().len();
        assert_eq!(answer.at("/unread"), &json!(items));
        items
    };
    assert_eq!(unread(&app).await, 3);
    let newest = app.told(&app.sam).await[0]["id"].clone();
    let path = format!("/v1/notifications/{}/read", newest.as_str().unwrap());
    let read = post(&path, &Value::Null);
    let head = app.head().await;
    app.ask(read.clone().by(&app.sam)).await.expect_status(200);
    app.ask(read.clone().by(&app.sam)).await.expect_status(200);
    assert_eq!(app.head().await, head + 1, "the second one changed nothing");
    assert_eq!(unread(&app).await, 2);
    assert_eq!(app.told(&app.sam).await.len(), 3);
    assert_eq!(app.told(&app.sam).await[0]["read"], true);
    // Somebody else's does not exist, and neither does nonsense.
    app.ask(read.by(&app.maya)).await.refused(404, "not_found");
    let nonsense = post("/v1/notifications/ntf_x/read", &json!({}));
    app.ask(nonsense.by(&app.sam))
        .await
        .refused(404, "not_found");
    let all = post("/v1/notifications/read-all", &Value::Null);
    app.ask(all.clone().by(&app.sam)).await.expect_status(200);
    assert_eq!(unread(&app).await, 0);
    let app = app.restart().await;
    assert_eq!(unread(&app).await, 0);
    app.ask(all.clone().by(&app.viewer))
        .await
        .expect_status(200);
    let service = app.service(&["read"]).await;
    app.ask(all.bearer(&service))
        .await
        .refused(403, "forbidden");
    let list = get("/v1/notifications").bearer(&service);
    app.ask(list).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn notifications_come_in_pages_and_the_oldest_are_forgotten() {
    let setup = Setup::new().configured(|config| config.notify.inbox_notifications_max = 5);
    let app = setup.start().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        let id = app.create().await;
        app.assign(&app.maya, &id, Some(&app.sam))
            .await
            .changed(true);
        ids.insert(0, id);
    }
    let mut found = Vec::new();
    let mut path = "/v1/notifications?limit=2".to_owned();
    loop {
        let page = app.ask(get(&path).by(&app.sam)).await.expect_status(200);
        let items = page.at("/items").as_array().unwrap().clone();
        found.extend(items.iter().map(|one| one["conversation_id"].clone()));
        let Some(cursor) = page.at("/next_cursor").as_str() else {
            break;
        };
        path = format!("/v1/notifications?limit=2&cursor={cursor}");
    }
    assert_eq!(
        found,
        ids[..5].iter().map(|id| json!(id)).collect::<Vec<_>>()
    );
    let app = app.restart().await;
    assert_eq!(app.told(&app.sam).await.len(), 5);
}

#[actix_web::test]
async fn what_is_not_wanted_in_the_application_is_not_there() {
    let app = TestApp::start().await;
    app.prefer(&app.sam, "assignment", json!({"in_app": false}))
        .await;
    let id = app.create().await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(app.told(&app.sam).await, Vec::<Value>::new());
    // What was then is not told now.
    app.prefer(&app.sam, "assignment", json!({"in_app": true}))
        .await;
    assert_eq!(app.told(&app.sam).await, Vec::<Value>::new());
    // The recipient's preference counts, never the actor's.
    app.prefer(&app.maya, "assignment", json!({"in_app": false}))
        .await;
    app.assign(&app.maya, &id, None).await.changed(true);
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(app.told_kinds(&app.sam).await, ["assignment"]);
}

#[actix_web::test]
async fn a_key_repeats_the_answer_to_reading() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let all = post("/v1/notifications/read-all", &Value::Null).by(&app.sam);
    let first = app.ask(all.clone().keyed("all")).await.expect_status(200);
    app.assign(&app.maya, &id, None).await.changed(true);
    app.assign(&app.maya, &id, Some(&app.sam))
        .await
        .changed(true);
    let again = app.ask(all.keyed("all")).await.expect_status(200);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(app.told(&app.sam).await[0]["read"], false);
    let put = put("/v1/notifications/read-all", &json!({})).by(&app.sam);
    app.ask(put).await.refused(405, "method_not_allowed");
}
