//! Tests of the OpenAPI document and its page as they are served.

use super::testing::{Bench, get};

#[actix_web::test]
async fn the_document_is_served_and_its_page_comes_from_the_program() {
    let bench = Bench::new().await;
    let document = bench.ask(get("/openapi.json")).await.expect(200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert!(document.body["paths"].get("/v1/users").is_some());
    let redirect = bench.ask(get("/docs")).await.expect(308);
    assert_eq!(redirect.header("location"), Some("/docs/"));
    let page = bench.ask(get("/docs/")).await.expect(200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    for part in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.text("").contains(part), "{part} in {page:?}");
    }
    let script = bench
        .ask(get("/docs/swagger-initializer.js"))
        .await
        .expect(200);
    let script = script.text("");
    assert!(script.contains("\"url\": \"/openapi.json\""), "{script}");
    assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        bench.ask(get(&format!("/docs/{file}"))).await.expect(200);
    }
    bench.ask(get("/docs/nothing.js")).await.expect(404);
}
