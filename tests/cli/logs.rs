//! What is logged about requests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Place, Ran, Server, ochre};

/// Asks twice as fast as permitted; returns the lines of the log about requests.
fn asked_twice(data: &Path, token: &str, place: &Place, requests: &str) -> Vec<Value> {
    let log = place.path(requests);
    let mut program = ochre();
    let command = program
        .env("OCHRE_LIMITS__REQUESTS_PER_SECOND_PER_CALLER", "1")
        .env("OCHRE_LIMITS__REQUESTS_BURST_PER_CALLER", "1")
        .env("OCHRE_TELEMETRY__REQUESTS", requests)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data);
    let server = Server::logging_to(command, std::fs::File::create(&log).unwrap());
    for (id, status) in [("mine-1", "200"), ("mine-2", "429")] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: {id}\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    assert_eq!(server.signal(Signal::TERM), Some(0));
    let text = std::fs::read_to_string(&log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| line.get("status").is_some())
        .collect()
}

#[test]
fn requests_are_logged_as_configured_and_by_their_ids() {
    let place = Place::new();
    let data = place.path("data");
    let init = [
        "--workspace",
        "Support",
        "--owner",
        "maya@example.com",
        "--json",
    ];
    let token = Ran::new("init", &data, init).json();
    let token = token["token"].as_str().unwrap();
    let logged = |requests: &str| -> Vec<(String, u64)> {
        let lines = asked_twice(&data, token, &place, requests);
        let about = |line: &Value| {
            let id = line["request"].as_str().unwrap().to_owned();
            (id, line["status"].as_u64().unwrap())
        };
        lines.iter().map(about).collect()
    };
    assert_eq!(logged("failures"), [("mine-2".to_owned(), 429)]);
    let all = [("mine-1".to_owned(), 200), ("mine-2".to_owned(), 429)];
    assert_eq!(logged("all"), all);
}
