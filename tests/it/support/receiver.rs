//! Somebody outside who is told by `POST`: remembers what came, and answers as a test wants.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::rt;
use serde_json::Value;
use standardwebhooks::Webhook as Verifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

#[derive(Debug, Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// Status and further headers of the next answers; 204 when there is none.
    answers: Mutex<VecDeque<(u16, String)>>,
    /// Of all answers from now on, when the others are used up.
    usual: Mutex<u16>,
    held: Mutex<bool>,
    released: Notify,
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn headers(&self) -> BTreeMap<&str, &str> {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The signatures that a secret makes of it, compared with those that came.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let at: i64 = self.header("webhook-timestamp").parse().unwrap();
        let verifier = Verifier::new(secret).unwrap();
        let signed = verifier.sign(self.header("webhook-id"), at, self.body.as_bytes());
        let signed = signed.unwrap();
        let mut signatures = self.header("webhook-signature").split(' ');
        signatures.any(|signature| signature == signed)
    }
}

impl Receiver {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        *shared.usual.lock().unwrap() = 204;
        let serving = Arc::clone(&shared);
        rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                rt::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/told", self.address)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The next answer, with further header lines.
    pub(crate) fn answer(&self, status: u16, headers: &str) {
        let mut answers = self.shared.answers.lock().unwrap();
        answers.push_back((status, headers.to_owned()));
    }

    /// The status of all answers that are not given by [`Receiver::answer`].
    pub(crate) fn usually(&self, status: u16) {
        *self.shared.usual.lock().unwrap() = status;
    }

    /// Takes what comes and does not answer until [`Receiver::release`].
    pub(crate) fn hold(&self) {
        *self.shared.held.lock().unwrap() = true;
    }

    pub(crate) fn release(&self) {
        *self.shared.held.lock().unwrap() = false;
        self.shared.released.notify_waiters();
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until so much has come, and gives it.
    pub(crate) async fn until(&self, count: usize) -> Vec<Received> {
        for _ in 0..1000 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} did not come: {:?}", self.received());
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut bytes = Vec::new();
    let received = loop {
        if let Some(received) = parse(&bytes) {
            break received;
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    };
    shared.received.lock().unwrap().push(received);
    let next = shared.answers.lock().unwrap().pop_front();
    loop {
        let released = shared.released.notified();
        if !*shared.held.lock().unwrap() {
            break;
        }
        released.await;
    }
    let usual = *shared.usual.lock().unwrap();
    let (status, headers) = next.unwrap_or((usual, String::new()));
    let answer = format!("HTTP/1.1 {status} Said\r\n{headers}content-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.ok();
}

fn parse(bytes: &[u8]) -> Option<Received> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    (body.len() >= length).then(|| Received {
        path,
        headers,
        body: body.to_owned(),
    })
}
