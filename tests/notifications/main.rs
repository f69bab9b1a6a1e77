//! The real program and a real mail server: kills on one side, refusals on the other, and each mail is
//! counted by its `Message-ID`.
//!
//! The server is aiosmtpd, from the Python that `OCHRE_SMTP_PYTHON` names; `tests/run` installs it.
//! Without that variable the test says that it is passed over.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which should stop at once"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// How many conversations are assigned between two kills.
const ASSIGNED: usize = 8;

/// How often the program is killed.
const KILLS: usize = 4;

/// How long the last mail may take, in looks of a tenth of a second.
const LOOKS: usize = 600;

#[test]
fn a_real_mail_server_gets_every_mail_through_kills_and_refusals() {
    let Ok(python) = std::env::var("OCHRE_SMTP_PYTHON") else {
        println!("passed over: OCHRE_SMTP_PYTHON names no Python with aiosmtpd");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mail = MailServer::start(&python, folder.path());
    let data = folder.path().join("data");
    let owner = init(&data);
    let mut server = Server::start(&data, &mail, &owner);
    let sam = server.agent("Sam");
    let mut expected = BTreeSet::new();
    for kill in 0..=KILLS {
        for _ in 0..ASSIGNED {
            let number = server.assign(&sam);
            expected.insert(format!(
                "[Acme] owner assigned #{number} to you: Where is it?"
            ));
        }
        if kill < KILLS {
            // Some are under way by then, some are not.
            wait(300);
            server.kill();
            server = Server::start(&data, &mail, &owner);
        }
    }
    for _ in 0..LOOKS {
        if mail.subjects().len() == expected.len() {
            break;
        }
        wait(100);
    }
    wait(1500);
    let taken = mail.taken();
    assert_eq!(mail.subjects(), expected);
    let mut ids: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in &taken {
        let (id, subject) = (
            one["id"].as_str().unwrap(),
            one["subject"].as_str().unwrap(),
        );
        ids.entry(subject).or_default().insert(id);
        assert_eq!(one["tls"], true);
        assert_eq!(one["to"], json!(["sam@example.com"]));
        let types = json!(["multipart/alternative", "text/plain", "text/html"]);
        assert_eq!(one["types"], types);
        assert_eq!(one["defects"], json!([]));
        assert!(one["text"].as_str().unwrap().contains("Where is it?"));
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "{ids:?}");
    // Only what a kill caught between sending and writing that down may have been sent again.
    let repeated = taken.len() - expected.len();
    println!(
        "{} mails, {repeated} of them repeated after a kill",
        taken.len()
    );
    assert!(repeated <= KILLS * 8, "{repeated}");
    server.kill();
}

struct MailServer {
    child: Child,
    port: String,
    taken: PathBuf,
    certificate: PathBuf,
}

impl MailServer {
    fn start(python: &str, folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let file = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let certificate = file("certificate.pem", made.cert.pem());
        let key = file("key.pem", made.signing_key.serialize_pem());
        let taken = file("taken.jsonl", String::new());
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/notifications/smtp_server.py"
        );
        let mut child = Command::new(python)
            .arg(script)
            .args([&taken, &certificate, &key])
            .arg("3")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let port = first_line(&mut child);
        Self {
            child,
            port,
            taken,
            certificate,
        }
    }

    fn taken(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.taken).unwrap();
        let whole = text.lines().map(serde_json::from_str);
        whole.map_while(Result::ok).collect()
    }

    fn subjects(&self) -> BTreeSet<String> {
        let taken = self.taken().into_iter();
        taken
            .map(|one| one["subject"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A workspace with an owner; their token.
fn init(data: &Path) -> String {
    let made = ochre()
        .args([
            "init",
            "--json",
            "--workspace",
            "Acme",
            "--owner",
            "owner@example.com",
            "--data",
        ])
        .arg(data)
        .output()
        .unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    made["token"].as_str().unwrap().to_owned()
}

struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Server {
    fn start(data: &Path, mail: &MailServer, token: &str) -> Self {
        let mut child = ochre()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("OCHRE_NOTIFY__EMAIL_FROM", "Ochre <desk@example.com>")
            .env("OCHRE_NOTIFY__SMTP_HOST", "localhost")
            .env("OCHRE_NOTIFY__SMTP_PORT", &mail.port)
            .env("OCHRE_NOTIFY__SMTP_CA_FILE", &mail.certificate)
            .env("OCHRE_NOTIFY__SETTLE_MILLISECONDS", "200")
            .env("OCHRE_NOTIFY__RETRY_FIRST_MILLISECONDS", "50")
            .env("OCHRE_TELEMETRY__LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line(&mut child);
        let address = line
            .strip_prefix("listening on http://")
            .unwrap()
            .to_owned();
        Self {
            child,
            address,
            token: token.to_owned(),
        }
    }

    fn agent(&self, name: &str) -> String {
        let email = format!("{}@example.com", name.to_lowercase());
        let body = json!({"name": name, "email": email, "role": "agent"});
        let made = self.ask("POST", "/v1/users", &body);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Creates a conversation and assigns it; its number.
    fn assign(&self, assignee: &str) -> u64 {
        let body = json!({"channel": "email", "subject": "Where is it?", "body": "?",
            "customer": {"email": "cleo@example.com"}});
        let made = self.ask("POST", "/v1/conversations", &body);
        let path = format!(
            "/v1/conversations/{}/assignee",
            made["id"].as_str().unwrap()
        );
        let assigned = self.ask("PUT", &path, &json!({"assignee": assignee}));
        assert_eq!(assigned["changed"], true, "{assigned}");
        made["number"].as_u64().unwrap()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (length, token) = (body.len(), &self.token);
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    /// With a signal that it cannot catch.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn ochre() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ochre"))
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let out = child.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program is waited for, whose time cannot be moved"
)]
fn wait(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}
