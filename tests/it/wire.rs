//! HTTP itself: bodies that are too large or too slow, paths and methods that do not exist, ids of
//! requests.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, Ask, Person, Setup, TestApp, at_once, exchange, get, post};

const LIMIT: usize = 1_048_576;

#[actix_web::test]
async fn a_body_over_the_limit_is_refused_whether_announced_or_not() {
    let app = TestApp::start().await;
    let token = &app.maya.token;
    let head = format!(
        "POST /v1/conversations HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n"
    );
    // Announced: refused before any of it came.
    let announced = format!("{head}content-length: {}\r\n\r\n", LIMIT + 1);
    let asked = exchange(app.address(), announced.as_bytes());
    let answer = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap();
    answer.refused(413, "body_too_large");
    // In chunks, one of which is one too many.
    let mut chunked = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..LIMIT / 65_536 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[b' '; 65_536]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"1\r\n \r\n");
    let asked = exchange(app.address(), &chunked);
    let answer = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap();
    answer.refused(413, "body_too_large");
    // Exactly at the limit it is read, and is no conversation.
    let spaces = Ask::new("POST", "/v1/conversations").raw("application/json", &" ".repeat(LIMIT));
    app.ask(spaces.by(&app.maya))
        .await
        .refused(400, "invalid_request");
}

#[actix_web::test]
async fn a_body_in_chunks_that_never_ends_gets_its_answer_and_then_the_end() {
    let setup = Setup::new().configured(|config| config.limits.body_timeout_seconds = 1);
    let app = setup.start().await;
    let mut unknown = app.maya.clone();
    unknown.token = "nobody".to_owned();
    let megabyte = vec![b' '; LIMIT];
    let cases: [(&str, &Person, &[u8], u16, &str); 4] = [
        (
            "/v1/conversations",
            &app.maya,
            &megabyte,
            413,
            "body_too_large",
        ),
        ("/v1/conversations", &app.maya, b"{", 408, "request_timeout"),
        ("/v1/conversations", &unknown, b"{", 401, "unauthenticated"),
        ("/nothing", &app.maya, b"{", 404, "not_found"),
    ];
    let answered = cases.map(|(path, person, body, status, code)| {
        let address = app.address();
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&unfinished(path, person, body)).await.ok();
            let mut answer = String::new();
            let read = stream.read_to_string(&mut answer);
            let read = tokio::time::timeout(Duration::from_secs(10), read).await;
            read.unwrap_or_else(|_elapsed| panic!("{path}: no end after {status}"))
                .unwrap();
            let answer = Answer::parse(&answer).refused(status, code);
            assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
        }
    });
    at_once(answered).await;
}

/// A request whose body comes in chunks: one whole, and the beginning of another.
fn unfinished(path: &str, person: &Person, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
        person.token,
        body.len()
    );
    [head.as_bytes(), body, b"\r\n10\r\n "].concat()
}

#[actix_web::test]
async fn a_connection_can_be_used_again_after_a_body_in_chunks() {
    let app = TestApp::start().await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let request = format!(
        "PATCH /v1/me HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
         1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n",
        app.maya.token
    );
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = Answer::read(&mut stream).await.expect_status(200);
        assert_eq!(answer.header("connection"), None, "{answer:?}");
    }
}

#[actix_web::test]
async fn a_client_that_sends_a_byte_at_a_time_is_cut_off_and_holds_up_nobody() {
    let setup = Setup::new().configured(|config| config.limits.body_timeout_seconds = 1);
    let app = setup.start().await;
    let id = app.create().await;
    let ask = post("/v1/conversations", &json!({"subject": "x".repeat(1000)})).by(&app.maya);
    let text = ask.to_text();
    let start = text.find("\r\n\r\n").unwrap() + 4;
    let slow = async {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        stream.write_all(&text.as_bytes()[..start]).await.unwrap();
        for byte in text.as_bytes()[start..].iter().take(24) {
            stream.write_all(&[*byte]).await.ok();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Answer::read(&mut stream).await
    };
    let others = async {
        for _ in 0..20 {
            let asked = app.claim(&app.maya, &id);
            let answer = tokio::time::timeout(Duration::from_millis(900), asked).await;
            answer.unwrap().expect_status(200);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (answer, ()) = futures_util::join!(slow, others);
    answer.refused(408, "request_timeout");
}

#[actix_web::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let app = TestApp::start().await;
    for path in [
        "/nothing",
        "/v1",
        "/v1/nothing",
        "/v1/conversations/x/y/z",
        "/v2/me",
    ] {
        let answer = app.ask(get(path)).await.refused(404, "not_found");
        assert!(answer.text_at("/detail").contains(path));
    }
    for (method, path, allowed) in [
        ("DELETE", "/v1/conversations", "GET"),
        ("POST", "/v1/conversations/x/assignee", "PUT"),
        ("GET", "/v1/conversations/x/claim", "POST"),
        ("PUT", "/v1/events", "GET"),
        ("POST", "/healthz", "GET"),
    ] {
        let answer = app.ask(Ask::new(method, path).by(&app.maya)).await;
        let answer = answer.refused(405, "method_not_allowed");
        let allow = answer.header("allow").unwrap();
        assert!(allow.contains(allowed), "{allow}");
        assert!(answer.text_at("/detail").contains(method));
    }
}

#[actix_web::test]
async fn a_body_must_be_json_and_say_so() {
    let app = TestApp::start().await;
    let body = json!({"name": "Maya B."}).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let ask = Ask::new("PATCH", "/v1/me")
            .raw(media_type, &body)
            .by(&app.maya);
        app.ask(ask).await.refused(415, "unsupported_media_type");
    }
    let ask = Ask::new("PATCH", "/v1/me").raw("application/json; charset=utf-8", &body);
    app.ask(ask.by(&app.maya)).await.expect_status(200);
}

#[actix_web::test]
async fn every_answer_names_its_request() {
    let app = TestApp::start().await;
    let answer = app
        .ask(get("/v1/me").by(&app.maya))
        .await
        .expect_status(200);
    let first = answer.header("x-request-id").unwrap().to_owned();
    assert!(first.starts_with("req_"));
    let answer = app.ask(get("/v1/me").by(&app.maya)).await;
    assert_ne!(answer.header("x-request-id").unwrap(), first);
    let brought = get("/nothing").header("x-request-id", "mine-1.2_3");
    let answer = app.ask(brought).await.refused(404, "not_found");
    assert_eq!(answer.at("/request_id"), "mine-1.2_3");
    for harmful in ["a b", "\"><script>", &"x".repeat(65)] {
        let answer = app
            .ask(get("/nothing").header("x-request-id", harmful))
            .await;
        let answer = answer.refused(404, "not_found");
        assert!(answer.text_at("/request_id").starts_with("req_"));
    }
}

#[actix_web::test]
async fn who_is_not_known_gets_no_body_read() {
    let app = TestApp::start().await;
    let mut announced = post("/v1/conversations", &json!({"x": "y".repeat(100)})).to_text();
    announced.truncate(announced.len() - 50);
    let asked = exchange(app.address(), announced.as_bytes());
    let answer = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap();
    let answer = answer.refused(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for token in ["", "x", "Bearer", &app.maya.id] {
        app.ask(get("/v1/me").bearer(token))
            .await
            .refused(401, "unauthenticated");
    }
    let basic = get("/v1/me").header("authorization", "Basic bWF5YTpwdw==");
    app.ask(basic).await.refused(401, "unauthenticated");
}
