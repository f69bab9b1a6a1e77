//! The page, its assets and their headers.

use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};

use super::bundle::without_comments;
use super::{Bundle, routes};

/// What the head of an answer takes, with room to spare.
const HEAD_BYTES: usize = 420;

async fn ask(path: &str, headers: &[(&str, &str)]) -> ServiceResponse {
    let bundle = web::Data::new(Bundle::embedded());
    let service = init_service(App::new().app_data(bundle).configure(routes)).await;
    let mut request = TestRequest::get().uri(path);
    for (name, value) in headers {
        request = request.insert_header((*name, *value));
    }
    call_service(&service, request.to_request()).await
}

fn header_of(response: &ServiceResponse, name: &header::HeaderName) -> String {
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

#[actix_web::test]
async fn every_address_of_the_dashboard_is_the_page() {
    for path in [
        "/",
        "/?filter=mine",
        "/wall",
        "/conversations/conv_1",
        "/settings",
        "/settings/rules",
    ] {
        let response = ask(path, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            header_of(&response, &header::CONTENT_TYPE),
            "text/html; charset=utf-8"
        );
        let policy = header_of(&response, &header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let page = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        assert!(page.contains("/main.js\""), "{page}");
        assert!(!page.contains("{{"), "{page}");
    }
    for path in [
        "/v1/nothing",
        "/docs",
        "/metrics",
        "/conversations",
        "/else",
    ] {
        let response = ask(path, &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn assets_are_compressed_and_named_by_their_content() {
    let bundle = Bundle::embedded();
    let path = format!("/assets/{}/main.js", bundle.digest());
    let plain = ask(&path, &[]).await;
    assert_eq!(
        header_of(&plain, &header::CONTENT_TYPE),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(header_of(&plain, &header::CONTENT_ENCODING), "");
    let plain = read_body(plain).await;
    let compressed = ask(&path, &[("accept-encoding", "br, gzip;q=0.9")]).await;
    assert_eq!(header_of(&compressed, &header::CONTENT_ENCODING), "gzip");
    let tag = header_of(&compressed, &header::ETAG);
    assert!(read_body(compressed).await.len() < plain.len());
    let refused = ask(&path, &[("accept-encoding", "gzip;q=0")]).await;
    assert_eq!(header_of(&refused, &header::CONTENT_ENCODING), "");
    let again = ask(&path, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let nothing = ask(&format!("/assets/{}/none.js", bundle.digest()), &[]).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
}

#[test]
fn comments_stay_at_home() {
    let text = "// Why.\nconst a = 1; // stays\n\n/** @type {number} */\nconst b = 2;\n/**\n * Long.\n */\n  go('//x');\n/** @type {any} */ (c).d();\n";
    let sent = without_comments("a.js", text.as_bytes().into());
    let sent = std::str::from_utf8(&sent).unwrap();
    assert_eq!(
        sent,
        "const a = 1; // stays\nconst b = 2;\n  go('//x');\n/** @type {any} */ (c).d();\n"
    );
    let picture = b"<svg>\n<!-- a -->\n</svg>";
    assert_eq!(
        *without_comments("a.svg", picture.as_slice().into()),
        *picture
    );
}

#[test]
fn all_of_it_takes_less_than_150_kilobytes() {
    let bundle = Bundle::embedded();
    let wire = |plain: usize, compressed: Option<&[u8]>| compressed.map_or(plain, <[u8]>::len);
    let assets: usize = bundle
        .assets()
        .map(|(_, asset)| wire(asset.plain.len(), asset.compressed()))
        .sum();
    let page = wire(bundle.page().plain.len(), bundle.page().compressed());
    // Heads of the answers are on the wire too.
    let heads = bundle.assets().count().saturating_mul(HEAD_BYTES);
    assert!(
        assets + page + heads < 150_000,
        "{assets} + {page} + {heads}"
    );
}
