//! `ochre serve`, `demo` and `config`: start, address, configuration, stop.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use rustix::process::Signal;

use crate::program::{Place, Ran, Server, ochre};

#[test]
fn serve_says_where_it_listens_and_stops_on_a_signal() {
    let place = Place::new();
    let data = place.store("data");
    for signal in [Signal::TERM, Signal::INT] {
        let server = Server::serve(&data);
        assert_eq!(server.lines.len(), 1, "{:?}", server.lines);
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let request = "GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert_eq!(server.signal(signal), Some(0));
    }
    let checked = Ran::new("check", &data, [""; 0]).ok();
    let starts = checked.lines().find(|line| line.contains("starts"));
    assert!(starts.unwrap().ends_with(" 2"), "{checked}");
}

#[test]
fn what_a_client_does_wrong_is_no_error_in_the_log() {
    let place = Place::new();
    let log = place.write("log", "");
    let mut program = ochre();
    let command = program.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    let file = std::fs::File::create(&log).unwrap();
    let server = Server::logging_to(command.arg(place.store("data")), file);
    let head = "POST /v1/conversations HTTP/1.1\r\nHost: a\r\n";
    let requests = [
        b"\x16\x03\x01 no HTTP\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        format!("{head}X: {}", "y".repeat(200_000)).into_bytes(),
        format!("{head}Content-Length: -1\r\n\r\n").into_bytes(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nnumber\r\n").into_bytes(),
        format!("{head}Content-Length: 100\r\n\r\ncut").into_bytes(),
    ];
    for request in requests {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        // A server that refuses early may close before everything is sent.
        stream.write_all(&request).ok();
        stream.shutdown(Shutdown::Write).ok();
        stream.read_to_end(&mut Vec::new()).ok();
    }
    assert_eq!(server.signal(Signal::TERM), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("\"INFO\""), "{log}");
    assert!(!log.contains("\"ERROR\""), "{log}");
}

#[test]
fn a_folder_in_use_is_refused() {
    let place = Place::new();
    let data = place.store("data");
    let server = Server::serve(&data);
    let init = ["--workspace", "W", "--owner", "a@b.example"];
    let in_use = "is in use by another process: stop it first";
    Ran::new("init", &data, init).fails(in_use);
    Ran::new("check", &data, [""; 0]).fails(in_use);
    Ran::new("serve", &data, ["--listen", "127.0.0.1:0"]).fails(in_use);
    for command in ["user list", "token list"] {
        let or = format!("{in_use}, or go through it with --url");
        Ran::new(command, &data, [""; 0]).fails(&or);
    }
    assert_eq!(server.signal(Signal::TERM), Some(0));
}

#[test]
fn an_address_in_use_is_refused() {
    let place = Place::new();
    let server = Server::serve(&place.store("data"));
    let other = Ran::new(
        "serve",
        &place.store("other"),
        ["--listen", server.address()],
    );
    other.fails(&format!("cannot listen on {}", server.address()));
}

#[test]
fn an_unknown_key_is_refused_with_its_neighbour() {
    let place = Place::new();
    let file = place.write("ochre.toml", "[limits]\ntag_max = 3\n");
    let args = ["--config", file.to_str().unwrap()];
    let refused = Ran::new("serve", &place.path("data"), args);
    refused.fails("unknown key, the nearest is limits.tags_max");
    assert!(!place.path("data").exists());

    let mut program = ochre();
    let variable = program
        .env("OCHRE_SERVER__LISTN", "x")
        .args(["config", "--check"]);
    Ran::run(variable, "").fails("the nearest is OCHRE_SERVER__LISTEN");
}

#[test]
fn config_prints_what_is_in_force() {
    let mut program = ochre();
    let command = program.env("OCHRE_LIMITS__TAGS_MAX", "7").arg("config");
    assert!(Ran::run(command, "").ok().contains("\ntags_max = 7\n"));
}

#[test]
fn demo_says_how_to_sign_in_and_can_be_served_again() {
    let place = Place::new();
    let data = place.path("data");
    for _start in 0..2 {
        let mut program = ochre();
        let args = ["demo", "--listen", "127.0.0.1:0", "--data"];
        let server = Server::start(program.args(args).arg(&data));
        let text = server.lines.join("\n");
        for part in ["owner", "agent", "viewer"] {
            let starts = |line: &&String| line.starts_with(part);
            assert!(server.lines.iter().any(|line| starts(&line)), "{text}");
        }
        for part in ["email", "password", "token     ochre_tok_", "curl -H"] {
            assert_eq!(text.matches(&format!("\n  {part}")).count(), 3, "{text}");
        }
        assert_eq!(server.signal(Signal::TERM), Some(0));
    }
    let checked = Ran::new("check", &data, [""; 0]).ok();
    let count = |what: &str| {
        let line = checked.lines().find(|line| line.trim().starts_with(what));
        let count = line.unwrap().split_whitespace().next_back().unwrap();
        count.parse::<usize>().unwrap()
    };
    assert_eq!(count("users"), 9, "{checked}");
    assert_eq!(count("starts"), 2, "{checked}");
    assert!(count("conversations") >= 40, "{checked}");
    for state in [
        "open", "pending", "snoozed", "closed", "assigned", "AI queue",
    ] {
        assert!(count(state) > 0, "{state}: {checked}");
    }
}

#[test]
fn demo_leaves_others_data_alone() {
    let place = Place::new();
    let data = place.store("data");
    let demo = Ran::new("demo", &data, ["--listen", "127.0.0.1:0"]);
    demo.fails("the demo needs a new one, or its own");
}
