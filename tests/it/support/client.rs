//! A small HTTP client: one socket a request, so that tests own what goes over it.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::Person;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// Null when there is none, a text when it is no JSON.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) text: String,
}

pub(crate) fn get(path: &str) -> Ask {
    Ask::new("GET", path)
}

pub(crate) fn delete(path: &str) -> Ask {
    Ask::new("DELETE", path)
}

pub(crate) fn post(path: &str, body: &Value) -> Ask {
    Ask::new("POST", path).json(body)
}

pub(crate) fn put(path: &str, body: &Value) -> Ask {
    Ask::new("PUT", path).json(body)
}

pub(crate) fn patch(path: &str, body: &Value) -> Ask {
    Ask::new("PATCH", path).json(body)
}

impl Ask {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// With a JSON body; null is none.
    pub(crate) fn json(self, body: &Value) -> Self {
        if body.is_null() {
            return self;
        }
        self.raw("application/json", &body.to_string())
    }

    /// With a body of any kind.
    pub(crate) fn raw(self, media_type: &str, body: &str) -> Self {
        let mut ask = self.header("content-type", media_type);
        ask.body = Some(body.to_owned());
        ask
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn by(self, person: &Person) -> Self {
        self.bearer(&person.token)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) const fn method(&self) -> &'static str {
        self.method
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The same at an id, which the path calls `{id}`.
    pub(crate) fn at(&self, id: &str) -> Self {
        Self {
            path: self.path.replace("{id}", id),
            ..self.clone()
        }
    }

    pub(crate) fn keyed(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    /// The request as it goes over the wire.
    pub(crate) fn to_text(&self) -> String {
        let (method, path) = (self.method, &self.path);
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: desk.test\r\n");
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = self.body.as_deref().unwrap_or("");
        let length = body.len();
        text.push_str(&format!(
            "content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ));
        text
    }
}

/// Sends bytes over a new connection and reads the answer.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that refuses early may close before everything is sent.
    stream.write_all(request).await.ok();
    Answer::read(&mut stream).await
}

impl Answer {
    /// Reads an answer to its end, or to that of the connection.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        while !is_whole(&bytes) {
            // A connection that is cut after its answer is as good as one that is closed.
            match stream.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        Self::parse(&String::from_utf8(bytes).unwrap())
    }

    /// An answer that was read already.
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer but {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        let as_text = || Value::String(body.to_owned());
        Self {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: match body {
                "" => Value::Null,
                body => serde_json::from_str(body).unwrap_or_else(|_| as_text()),
            },
            text: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn replayed(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }

    /// What is at a JSON pointer; null when there is nothing.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The text at a JSON pointer.
    pub(crate) fn text_at(&self, pointer: &str) -> String {
        let found = self.at(pointer).as_str();
        let found = found.unwrap_or_else(|| panic!("no text at {pointer} in {self:?}"));
        found.to_owned()
    }

    /// Stops the test unless the answer has this status; then gives it back.
    pub(crate) fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Stops the test unless the answer is a whole problem of this status and code.
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect_status(status);
        assert_eq!(answer.at("/code"), code, "{answer:?}");
        assert_eq!(answer.at("/status"), status, "{answer:?}");
        assert_eq!(answer.at("/type"), &format!("/docs#{code}"), "{answer:?}");
        assert!(!answer.text_at("/title").is_empty());
        assert!(!answer.text_at("/detail").is_empty());
        let media_type = answer.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"), "{answer:?}");
        // A replayed problem names the request that it was first given to.
        if !answer.replayed() {
            let request_id = answer.header("x-request-id").unwrap();
            assert_eq!(answer.at("/request_id"), request_id, "{answer:?}");
        }
        answer
    }

    /// Stops the test unless an assignment was answered, and changed something or not.
    pub(crate) fn changed(self, changed: bool) -> Self {
        let answer = self.expect_status(200);
        assert_eq!(answer.at("/changed"), changed, "{answer:?}");
        answer
    }
}

/// Whether everything came that the head announces.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lines = head.lines();
    let length = lines.find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    length.is_some_and(|length: usize| bytes.len() >= head.len() + 4 + length)
}
