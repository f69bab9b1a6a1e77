//! The numbers of a workspace.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{TestApp, get};

async fn stats(app: &TestApp) -> Value {
    let answer = app.ask(get("/v1/stats").by(&app.maya)).await;
    answer.expect_status(200).body
}

#[actix_web::test]
async fn s07_how_many_the_ai_handles_and_how_many_it_closed_today() {
    let app = TestApp::start().await;
    let ai = app.service(&["ai"]).await;
    app.switch_autopilot(true).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(app.create().await);
    }
    assert_eq!(
        stats(&app).await["ai"],
        json!({"handling": 5, "closed_today": 0})
    );
    let close = async |id: &String| {
        let path = format!("/v1/conversations/{id}");
        let body = json!({"status": "closed"});
        let ask = crate::support::patch(&path, &body).bearer(&ai);
        app.ask(ask).await.expect_status(200);
    };
    close(&made[0]).await;
    close(&made[1]).await;
    // A person answered this one, and took that one over: the AI closed neither.
    let message = json!({"kind": "agent", "body": "Hello"});
    app.act(&app.maya, &made[2], "messages", &message)
        .await
        .expect_status(201);
    close(&made[2]).await;
    app.take_over(&app.maya, &made[3]).await.changed(true);
    app.set_status(&made[3], "closed").await;
    assert_eq!(
        stats(&app).await["ai"],
        json!({"handling": 1, "closed_today": 2})
    );
    // The customer was not done: it is open again.
    let message = json!({"kind": "customer", "body": "But"});
    app.act(&app.owner, &made[1], "messages", &message)
        .await
        .expect_status(201);
    assert_eq!(
        stats(&app).await["ai"],
        json!({"handling": 2, "closed_today": 1})
    );
    let app = app.restart().await;
    assert_eq!(stats(&app).await["ai"]["closed_today"], 1);
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(
        stats(&app).await["ai"],
        json!({"handling": 2, "closed_today": 0})
    );
}

#[actix_web::test]
async fn x08_contention_is_a_number_that_people_can_see() {
    let app = TestApp::start().await;
    let (hot, warm) = (app.create().await, app.create().await);
    let created_at = app.read(&hot).await["created_at"].clone();
    let empty = stats(&app).await;
    assert_eq!(empty["oldest_unassigned_at"], created_at);
    assert_eq!(
        empty["per_minute"],
        json!({"assignments": 0, "conflicts": 0})
    );
    assert_eq!(empty["hottest"], json!([]));
    assert_eq!(empty["time_to_claim_ms"], json!({"p50": null, "p99": null}));
    let next: Vec<&str> = [&app.owner, &app.admin, &app.maya, &app.sam]
        .map(|person| person.id.as_str())
        .to_vec();
    assert_eq!(
        empty["rotations"],
        json!([{"team": "default", "next": next}])
    );
    app.clock.advance(Duration::from_millis(1500));
    app.claim(&app.maya, &hot).await.changed(true);
    app.clock.advance(Duration::from_millis(1500));
    app.claim(&app.maya, &warm).await.changed(true);
    for _ in 0..3 {
        app.claim(&app.sam, &hot)
            .await
            .refused(409, "already_assigned");
    }
    let expecting = json!({"assignee": app.sam.id, "expected_assignee": null});
    app.put_assignee(&app.sam, &warm, &expecting)
        .await
        .refused(409, "assignee_changed");
    // No conflict about an assignee.
    app.take_over(&app.sam, &warm)
        .await
        .refused(409, "not_in_ai_queue");
    let now = stats(&app).await;
    assert_eq!(now["per_minute"], json!({"assignments": 2, "conflicts": 4}));
    let hottest = json!([{"conversation_id": hot, "conflicts": 3},
        {"conversation_id": warm, "conflicts": 1}]);
    assert_eq!(now["hottest"], hottest);
    assert_eq!(now["time_to_claim_ms"], json!({"p50": 1500, "p99": 3000}));
    assert_eq!(now["oldest_unassigned_at"], Value::Null);
    assert_eq!(
        now["owners"],
        json!([{"id": app.maya.id, "name": "Maya", "open": 2}])
    );
    let counts = json!({"ai_queue": 0, "all": 2, "unassigned": 0, "ai_handled": 0, "closed": 0});
    assert_eq!(now["counts"], counts);
    app.clock.advance(Duration::from_secs(61));
    let later = stats(&app).await;
    assert_eq!(
        later["per_minute"],
        json!({"assignments": 0, "conflicts": 0})
    );
    assert_eq!(later["hottest"], json!([]));
    assert_eq!(later["time_to_claim_ms"], now["time_to_claim_ms"]);
}

#[actix_web::test]
async fn x08_a_take_over_that_came_second_is_a_conflict_too() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.take_over(&app.maya, &id).await.changed(true);
    app.take_over(&app.sam, &id)
        .await
        .refused(409, "already_taken_over");
    let now = stats(&app).await;
    assert_eq!(now["per_minute"], json!({"assignments": 1, "conflicts": 1}));
}

#[actix_web::test]
async fn who_may_read_everything_may_read_the_numbers() {
    let app = TestApp::start().await;
    let ask = async |token: &str| app.ask(get("/v1/stats").bearer(token)).await.status;
    assert_eq!(ask(&app.viewer.token).await, 200);
    assert_eq!(ask(&app.service(&["read"]).await).await, 200);
    assert_eq!(ask(&app.service(&["ai", "inbound"]).await).await, 403);
}
