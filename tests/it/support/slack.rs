//! Slack in the process of the test: it takes messages, and now and then asks to wait.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::rt;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What Slack answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mood {
    /// Every so many messages it answers 429, with this many seconds to wait.
    pub(crate) wait_every: usize,
    pub(crate) wait_seconds: u64,
    /// Every so many messages it answers 500.
    pub(crate) fail_every: usize,
    /// What it refuses everything with.
    pub(crate) error: Option<&'static str>,
}

/// A message that Slack has taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posted {
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct SlackServer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    offered: usize,
    taken: Vec<Posted>,
}

impl SlackServer {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                mood,
                ..State::default()
            })),
        };
        let serving = server.clone();
        rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                rt::spawn(async move { server.talk(stream).await.ok() });
            }
        });
        server
    }

    pub(crate) fn taken(&self) -> Vec<Posted> {
        self.state.lock().taken.clone()
    }

    pub(crate) fn offered(&self) -> usize {
        self.state.lock().offered
    }

    async fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let (head, body) = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && body.len() >= header(head, "content-length").parse::<usize>().unwrap()
            {
                break (head.to_owned(), body.to_owned());
            }
        };
        let (status, headers, body) = self.offer(&head, &body);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).await
    }

    fn offer(&self, head: &str, body: &str) -> (&'static str, String, String) {
        let mut state = self.state.lock();
        state.offered += 1;
        let every = |times: usize| times > 0 && state.offered.is_multiple_of(times);
        if !head.starts_with("POST /api/chat.postMessage ") {
            return ("404 Not Found", String::new(), "{}".to_owned());
        }
        if every(state.mood.wait_every) {
            let wait = format!("retry-after: {}\r\n", state.mood.wait_seconds);
            return ("429 Too Many Requests", wait, "{}".to_owned());
        }
        if every(state.mood.fail_every) {
            return (
                "500 Internal Server Error",
                String::new(),
                "oops".to_owned(),
            );
        }
        if let Some(error) = state.mood.error {
            let body = format!("{{\"ok\":false,\"error\":\"{error}\"}}");
            return ("200 OK", String::new(), body);
        }
        state.taken.push(Posted {
            authorization: header(head, "authorization"),
            body: serde_json::from_str(body).unwrap(),
        });
        ("200 OK", String::new(), "{\"ok\":true}".to_owned())
    }
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}
