//! A reader of an event stream.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::app::TestApp;
use super::client::Ask;

const PATIENCE: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(crate) struct EventStream {
    stream: TcpStream,
    bytes: Vec<u8>,
    text: String,
    events: VecDeque<(u64, Value)>,
    pub(crate) head: String,
}

impl TestApp {
    /// Opens an event stream.
    pub(crate) async fn event_stream(&self, ask: Ask) -> EventStream {
        let ask = ask.header("accept", "text/event-stream");
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        stream.write_all(ask.to_text().as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let end = loop {
            let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await;
            assert_ne!(read.unwrap().unwrap(), 0, "no head");
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head: Vec<u8> = bytes.drain(..end).collect();
        EventStream {
            stream,
            bytes,
            text: String::new(),
            events: VecDeque::new(),
            head: String::from_utf8(head).unwrap().to_lowercase(),
        }
    }
}

impl EventStream {
    /// The next event and its id; nothing when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<(u64, Value)> {
        loop {
            self.parse();
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let read = self.stream.read_buf(&mut self.bytes);
            match timeout(PATIENCE, read).await.unwrap() {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// So many events.
    pub(crate) async fn take(&mut self, events: usize) -> Vec<(u64, Value)> {
        let mut taken = Vec::new();
        while taken.len() < events {
            taken.push(self.next().await.unwrap());
        }
        taken
    }

    /// Takes whole chunks out of the bytes, and whole events out of those.
    fn parse(&mut self) {
        while let Some(line) = self.bytes.windows(2).position(|two| two == b"\r\n") {
            let size = std::str::from_utf8(&self.bytes[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if self.bytes.len() < line + 2 + size + 2 {
                break;
            }
            let chunk = self.bytes[line + 2..line + 2 + size].to_vec();
            self.text.push_str(&String::from_utf8(chunk).unwrap());
            self.bytes.drain(..line + 2 + size + 2);
        }
        while let Some(end) = self.text.find("\n\n") {
            let event: String = self.text.drain(..end + 2).collect();
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                let event = (id.parse().unwrap(), serde_json::from_str(data).unwrap());
                self.events.push_back(event);
            }
        }
    }
}
