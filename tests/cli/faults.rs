//! `OCHRE_FAULTS`: refused by a build for use, obeyed by one for fault tests.

#[cfg(feature = "faults")]
use {
    crate::program::Server,
    rustix::process::Signal,
    serde_json::{Value, json},
    std::io::{Read as _, Write as _},
    std::net::TcpStream,
};

use crate::program::{Place, Ran, ochre};

fn serve(place: &Place, faults: &str) -> Ran {
    let mut program = ochre();
    program
        .env("OCHRE_FAULTS", faults)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(place.store("data"));
    Ran::run(&mut program, "")
}

#[cfg(not(feature = "faults"))]
#[test]
fn a_build_for_use_refuses_planned_faults() {
    serve(&Place::new(), "skip_fdatasync=1").fails("OCHRE_FAULTS is set");
}

#[cfg(feature = "faults")]
#[test]
fn a_crash_after_an_append_leaves_it_behind() {
    for (point, commits) in [("before_append", "2"), ("after_append", "3")] {
        let place = Place::new();
        let crashed = serve(&place, &format!("crash_at={point}"));
        assert_eq!(crashed.status, None, "{crashed:?}");
        let checked = Ran::new("check", &place.path("data"), [""; 0]).ok();
        let line = checked.lines().nth(1).unwrap();
        assert!(line.ends_with(&format!(" {commits}")), "{point}: {checked}");
    }
}

#[cfg(feature = "faults")]
#[test]
fn a_plan_that_is_not_understood_is_refused() {
    serve(&Place::new(), "panic_disk_every=5").fails("known are append_fails_every");
}

/// A server with planned faults, and the right to ask it.
#[cfg(feature = "faults")]
struct Desk {
    place: Place,
    server: Server,
    token: String,
}

#[cfg(feature = "faults")]
impl Desk {
    fn new(faults: &str) -> Self {
        let place = Place::new();
        let data = place.path("data");
        let init = ["--workspace", "W", "--owner", "maya@example.com", "--json"];
        let made = Ran::new("init", &data, init).json();
        let mut program = ochre();
        let args = ["serve", "--listen", "127.0.0.1:0", "--data"];
        let command = program.env("OCHRE_FAULTS", faults).args(args).arg(data);
        let server = Server::start(command);
        let token = made["token"].as_str().unwrap().to_owned();
        Self {
            place,
            server,
            token,
        }
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    fn create(&self) -> String {
        let body = json!({"channel": "email", "subject": "s", "body": "b",
            "customer": {"email": "a@b.test"}});
        let (status, created) = self.post("/v1/conversations", &body);
        assert_eq!(status, 201, "{created}");
        created["id"].as_str().unwrap().to_owned()
    }

    /// The server stops, and every invariant holds in what it left.
    fn close(self) {
        assert_eq!(self.server.signal(Signal::TERM), Some(0));
        Ran::new("check", &self.place.path("data"), [""; 0]).ok();
    }
}

#[cfg(feature = "faults")]
#[test]
fn an_actor_that_panics_loses_one_answer_and_the_next_command_works() {
    let desk = Desk::new("panic_actor_every=4");
    // The first command; each fourth is lost, and changes nothing.
    let id = desk.create();
    let path = format!("/v1/conversations/{id}/messages");
    let mut version = 1;
    for command in 2..=20 {
        let message = json!({"kind": "agent", "body": format!("{command}")});
        let (status, answer) = desk.post(&path, &message);
        if command % 4 == 0 {
            assert_eq!((status, &answer["code"]), (500, &json!("internal")));
        } else {
            assert_eq!(status, 201, "{answer}");
            version += 1;
        }
    }
    let (status, claimed) = desk.post(&format!("/v1/conversations/{id}/claim"), &json!({}));
    assert_eq!(status, 200, "{claimed}");
    assert_eq!(claimed["conversation"]["version"], version + 1);
    desk.close();
}

#[cfg(feature = "faults")]
#[test]
fn a_command_whose_directory_moved_is_decided_again_and_carried_out_once() {
    for every in ["1", "3"] {
        let desk = Desk::new(&format!("stale_directory_every={every}"));
        let id = desk.create();
        let path = format!("/v1/conversations/{id}");
        for _ in 0..10 {
            let note = json!({"body": "Again?"});
            let (status, answer) = desk.post(&format!("{path}/notes"), &note);
            assert_eq!(status, 201, "{answer}");
        }
        let (_, claimed) = desk.post(&format!("{path}/claim"), &json!({}));
        assert_eq!(claimed["conversation"]["version"], 12, "{claimed}");
        desk.close();
    }
}
