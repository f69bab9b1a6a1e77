//! `HEAD` and `OPTIONS`, on every path.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Ask, TestApp, get, post};

/// Paths, and what can be asked of them.
async fn paths(app: &TestApp) -> Vec<(String, &'static str)> {
    let id = app.create().await;
    let conversation = format!("/v1/conversations/{id}");
    vec![
        ("/".to_owned(), "GET, HEAD, OPTIONS"),
        ("/healthz".to_owned(), "GET, HEAD, OPTIONS"),
        ("/readyz".to_owned(), "GET, HEAD, OPTIONS"),
        ("/openapi.json".to_owned(), "GET, HEAD, OPTIONS"),
        ("/docs".to_owned(), "GET, HEAD, OPTIONS"),
        ("/v1/me".to_owned(), "GET, PATCH, HEAD, OPTIONS"),
        ("/v1/users".to_owned(), "GET, POST, HEAD, OPTIONS"),
        ("/v1/assignees".to_owned(), "GET, HEAD, OPTIONS"),
        ("/v1/conversations".to_owned(), "POST, GET, HEAD, OPTIONS"),
        ("/v1/routing/rules".to_owned(), "GET, PUT, HEAD, OPTIONS"),
        ("/v1/teams".to_owned(), "GET, POST, HEAD, OPTIONS"),
        ("/v1/teams/default/turns".to_owned(), "GET, HEAD, OPTIONS"),
        (conversation.clone(), "GET, PATCH, HEAD, OPTIONS"),
        (format!("{conversation}/history"), "GET, HEAD, OPTIONS"),
        ("/v1/operations/op_1".to_owned(), "GET, HEAD, OPTIONS"),
    ]
}

fn words(answer: &Answer) -> Vec<String> {
    let allow = answer.header("allow").unwrap_or_default();
    let mut words: Vec<_> = allow.split(", ").map(str::to_owned).collect();
    words.sort();
    words
}

#[actix_web::test]
async fn head_is_answered_as_get_without_the_body() {
    let app = TestApp::start().await;
    for (path, _) in paths(&app).await {
        let got = app.ask(get(&path).by(&app.maya)).await;
        let asked = app.ask(Ask::new("HEAD", &path).by(&app.maya));
        let head = tokio::time::timeout(Duration::from_secs(5), asked).await;
        let head = head.unwrap();
        assert_eq!(
            (head.status, head.text.as_str()),
            (got.status, ""),
            "{path}"
        );
        for header in ["content-type", "content-length", "etag", "location"] {
            assert_eq!(
                head.header(header),
                got.header(header),
                "{header} of {path}"
            );
        }
    }
    // A refusal, too, is its head alone.
    for (path, status) in [("/v1/me", 401), ("/nothing", 404), ("/v1/session", 405)] {
        let head = app.ask(Ask::new("HEAD", path)).await.expect_status(status);
        assert_eq!(head.text, "", "{path}");
    }
}

#[actix_web::test]
async fn options_and_refusals_name_the_methods() {
    let app = TestApp::start().await;
    for (path, methods) in paths(&app).await {
        let mut methods: Vec<_> = methods.split(", ").map(str::to_owned).collect();
        methods.sort();
        let options = app.ask(Ask::new("OPTIONS", &path)).await.expect_status(204);
        assert_eq!(words(&options), methods, "{path}");
        assert_eq!(options.text, "");
        let refused = app.ask(Ask::new("DELETE", &path)).await;
        let refused = refused.refused(405, "method_not_allowed");
        assert_eq!(words(&refused), methods, "{path}");
    }
    let options = app.ask(Ask::new("OPTIONS", "/nothing")).await;
    options.refused(404, "not_found");
}

#[actix_web::test]
async fn the_root_is_the_dashboard_for_those_who_read_and_nobody_else() {
    let app = TestApp::start().await;
    let page = app.ask(get("/")).await.expect_status(200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let posted = app.ask(post("/", &Value::Null)).await;
    posted.refused(405, "method_not_allowed");
}
