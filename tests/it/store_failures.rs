//! A store that fails: nothing is acknowledged, reads go on, and it heals by itself.

use serde_json::json;

use crate::support::{Setup, get, post};

#[actix_web::test]
async fn with_the_disk_full_changes_are_refused_and_reads_go_on_until_it_heals() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    app.ask(get("/readyz")).await.expect_status(200);
    let before = app.read(&id).await;
    let head = app.head().await;
    faults.disk_full(true);
    for _ in 0..3 {
        let refused = app.claim(&app.maya, &id).await;
        let refused = refused.refused(503, "journal_unavailable");
        assert!(refused.header("retry-after").is_some());
        let user = json!({"name": "New", "email": "new@acme.test", "role": "agent"});
        let refused = app.ask(post("/v1/users", &user).by(&app.owner)).await;
        refused.refused(503, "journal_unavailable");
    }
    let unready = app
        .ask(get("/readyz"))
        .await
        .refused(503, "journal_unavailable");
    assert!(
        unready.text_at("/detail").contains("no space left"),
        "{unready:?}"
    );
    app.ask(get("/healthz")).await.expect_status(200);
    assert_eq!(app.read(&id).await, before);
    assert_eq!(
        app.list(&app.maya, "filter=unassigned").await,
        [id.as_str()]
    );
    assert_eq!(app.events(head).await.len(), 0);
    faults.disk_full(false);
    app.until_ready().await;
    let claimed = app.claim(&app.maya, &id).await.changed(true);
    assert_eq!(claimed.at("/conversation/version"), 2);
    assert_eq!(app.head().await, head + 1);
    let app = app.restart().await;
    assert_eq!(&app.read(&id).await, claimed.at("/conversation"));
}

#[actix_web::test]
async fn a_write_whose_answer_was_lost_is_visible_to_nobody() {
    let (setup, faults) = Setup::faulty();
    let app = setup.start().await;
    let id = app.create().await;
    faults.fail_after(faults.appends() + 1);
    app.claim(&app.maya, &id)
        .await
        .refused(503, "journal_unavailable");
    app.until_ready().await;
    assert_eq!(app.read(&id).await["version"], 1);
    app.claim(&app.sam, &id).await.changed(true);
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "assigned"]
    );
}
