//! What `ochre demo` shows beside the API: rules, a rotation, an AI, and what is told outside.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Place, Ran, Server, ochre};

/// How often what takes a moment is looked for, and how long to wait in between.
const LOOKS: usize = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// Sends a request, with further header lines, and gives the whole answer.
fn ask(server: &Server, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn json(server: &Server, path: &str, headers: &str) -> Value {
    let headers = format!("Accept: application/json\r\n{headers}");
    let answer = ask(server, &format!("GET {path}"), &headers, "");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// What is at an address of the demo, once there is something.
fn first_item(server: &Server, path: &str) -> Value {
    for _look in 0..LOOKS {
        let shown = json(server, path, "");
        if let Some(item) = shown["items"].as_array().unwrap().first() {
            return item.clone();
        }
        pause();
    }
    panic!("nothing came to {path}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program is waited for, whose time cannot be moved"
)]
fn pause() {
    sleep(PAUSE);
}

fn start(place: &Place) -> Server {
    let mut program = ochre();
    let args = ["demo", "--listen", "127.0.0.1:0", "--data"];
    Server::start(program.args(args).arg(place.path("data")))
}

#[test]
fn demo_shows_the_mail_and_the_webhooks_that_it_sends_also_when_started_again() {
    let place = Place::new();
    for _start in 0..2 {
        let server = start(&place);
        let text = server.lines.join("\n");
        for path in ["/demo/mail", "/demo/webhooks"] {
            let url = format!("http://{}{path}", server.address());
            assert!(text.contains(&url), "{text}");
        }
        let mail = first_item(&server, "/demo/mail");
        let to = mail["to"].as_str().unwrap();
        assert!(to.ends_with("@lantern.example"), "{mail}");
        let event = first_item(&server, "/demo/webhooks");
        assert_eq!(event["verified"], true, "{event}");
        assert_eq!(event["type"], event["payload"]["type"], "{event}");

        let page = ask(&server, "GET /demo/mail", "", "");
        for part in [
            "content-type: text/html",
            "content-security-policy: default-src 'none'",
            to,
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let forged =
            "webhook-id: msg_forged\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAA\r\n";
        let refused = ask(&server, "POST /demo/webhooks", forged, "{}");
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
        let shown = json(&server, "/demo/webhooks", "");
        assert_eq!(shown["refused"], 1, "{shown}");
        assert!(!shown.to_string().contains("msg_forged"), "{shown}");
        assert_eq!(server.signal(Signal::TERM), Some(0));
    }
    Ran::new("check", &place.path("data"), [""; 0]).ok();
}

#[test]
fn demo_has_rules_a_rotation_of_six_and_an_ai_of_its_own() {
    let server = start(&Place::new());
    let token = server
        .lines
        .iter()
        .find_map(|line| line.strip_prefix("  token     "));
    let caller = format!("Authorization: Bearer {}\r\n", token.unwrap());
    let get = |path: &str| json(&server, path, &caller);

    let rules = get("/v1/routing/rules");
    let rules = rules["items"].as_array().unwrap();
    let matched = |rule: &&Value| rule["matched_count"].as_u64() > Some(0);
    assert!(rules.iter().filter(matched).count() >= 4, "{rules:?}");
    assert!(
        rules.iter().any(|rule| rule["enabled"] == false),
        "{rules:?}"
    );
    let warned = |rule: &&Value| rule["warnings"] != Value::Array(Vec::new());
    assert_eq!(rules.iter().find(warned), None);

    let teams = get("/v1/teams");
    let teams = teams["items"].as_array().unwrap();
    let team = teams.iter().find(|team| team["name"] == "Support").unwrap();
    let rotation = get(&format!(
        "/v1/teams/{}/rotation",
        team["id"].as_str().unwrap()
    ));
    let members = rotation["items"].as_array().unwrap();
    assert_eq!(members.len(), 6, "{rotation}");
    for member in members {
        assert!(member["last_turn"].as_u64() > Some(0), "{rotation}");
    }

    let (mut after, mut history) = (0, String::new());
    loop {
        let page = get(&format!("/v1/events?limit=200&after={after}"));
        history.push_str(&page.to_string());
        match page["items"].as_array().unwrap().last() {
            Some(last) => after = last["seq"].as_u64().unwrap(),
            None => break,
        }
    }
    for kind in [
        "ai_reply_sent",
        "ai_draft_saved",
        "ai_reply_suppressed",
        "ai_handling_ended",
    ] {
        assert!(history.contains(&format!("\"{kind}\"")), "{kind}");
    }
}

#[test]
fn what_the_demo_adds_is_in_no_other_server() {
    let place = Place::new();
    let server = Server::serve(&place.store("data"));
    for path in ["/demo/mail", "/demo/webhooks", "/demo/style.css"] {
        let answer = ask(&server, &format!("GET {path}"), "", "");
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    }
}
