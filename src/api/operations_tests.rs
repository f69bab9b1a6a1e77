//! Tests of health, readiness and counts.

use serde_json::json;

use super::testing::{Bench, get};

#[actix_web::test]
async fn it_lives_and_is_ready_without_anybody_asking_by_name() {
    let bench = Bench::new().await;
    let alive = bench.ask(get("/healthz")).await.expect(200);
    assert_eq!(alive.body, json!({"status": "ok"}));
    let ready = bench.ask(get("/readyz")).await.expect(200);
    assert_eq!(ready.body, json!({"status": "ready"}));
}

#[actix_web::test]
async fn a_store_that_takes_no_changes_is_not_ready() {
    let bench = Bench::new().await;
    bench.ground.state.store.stop();
    let answer = bench.ask(get("/readyz")).await;
    let answer = answer.refused(503, "journal_unavailable");
    assert!(!answer.text("/detail").is_empty());
    bench.ask(get("/healthz")).await.expect(200);
}

#[actix_web::test]
async fn metrics_are_in_the_form_that_they_announce() {
    let bench = Bench::new().await;
    let answer = bench.ask(get("/metrics")).await.expect(200);
    let media_type = answer.header("content-type").unwrap();
    assert!(media_type.starts_with("application/openmetrics-text"));
    let applied = bench.workspace.views().applied();
    let line = format!("ochre_views_applied_position {applied}\n");
    assert!(applied > 0 && answer.text("").contains(&line));
    assert!(answer.text("").ends_with("# EOF\n"));
}
