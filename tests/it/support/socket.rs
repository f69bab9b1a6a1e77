//! A small websocket client: frames as JSON, and every wait has an end.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::app::{Person, TestApp};

/// How long a frame that must come may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one listens for what must not come.
const SILENCE: Duration = Duration::from_millis(300);

/// An attempt to open a websocket.
#[derive(Debug, Default, Clone)]
pub(crate) struct Knock {
    headers: Vec<(String, String)>,
    /// The kernel's buffer for what the client has not read; small for one that reads slowly.
    receive_bytes: Option<u32>,
}

/// An open websocket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Notifications that came while something else was waited for.
    told: VecDeque<Value>,
    /// The subprotocol that was agreed upon.
    pub(crate) protocol: Option<String>,
}

/// What came.
#[derive(Debug, PartialEq)]
pub(crate) enum Came {
    Frame(Value),
    /// The end, with its code.
    Closed(Option<u16>),
    /// The end, without a word.
    Cut,
}

impl Knock {
    pub(crate) fn by(person: &Person) -> Self {
        Self::default().bearer(&person.token)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn receiving(mut self, bytes: u32) -> Self {
        self.receive_bytes = Some(bytes);
        self
    }

    pub(crate) async fn open(&self, address: SocketAddr) -> Socket {
        let tcp = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = self.receive_bytes {
            tcp.set_recv_buffer_size(bytes).unwrap();
        }
        let tcp = tcp.connect(address).await.unwrap();
        let uri = "ws://desk.test/v1/live".parse().unwrap();
        let mut request = ClientRequestBuilder::new(uri).with_sub_protocol("ochre.live.v1");
        for (name, value) in &self.headers {
            request = request.with_header(name, value);
        }
        let (stream, answer) = client_async(request, tcp).await.unwrap();
        let protocol = answer.headers().get("sec-websocket-protocol");
        Socket {
            stream,
            told: VecDeque::new(),
            protocol: protocol.map(|value| value.to_str().unwrap().to_owned()),
        }
    }
}

impl Socket {
    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// Sends until the other side has had enough.
    pub(crate) async fn send_many(&mut self, message: impl Into<Message>, times: usize) {
        let message = message.into();
        for _ in 0..times {
            if self.stream.send(message.clone()).await.is_err() {
                return;
            }
        }
    }

    pub(crate) async fn subscribe(&mut self, view: &str) {
        self.send(&json!({"type": "subscribe", "view": view})).await;
    }

    pub(crate) async fn resume(&mut self, view: &str, epoch: &Value, seq: u64) {
        let resume = json!({"epoch": epoch, "seq": seq});
        let frame = json!({"type": "subscribe", "view": view, "resume": resume});
        self.send(&frame).await;
    }

    /// Waits for what comes next.
    pub(crate) async fn came(&mut self) -> Came {
        timeout(PATIENCE, self.wait()).await.unwrap()
    }

    /// Waits for a frame.
    pub(crate) async fn frame(&mut self) -> Value {
        match self.came().await {
            Came::Frame(frame) => frame,
            other => panic!("no frame but {other:?}"),
        }
    }

    /// Waits for a frame of this type, which must be the next.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    /// Waits for a frame of this type, whatever comes before it.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Waits for what its person is told next, whatever comes before it.
    pub(crate) async fn notification(&mut self) -> Value {
        loop {
            if let Some(told) = self.told.pop_front() {
                return told;
            }
            let came = timeout(PATIENCE, self.wait_for_any()).await.unwrap();
            if let Came::Frame(frame) = &came
                && frame["type"] == "notification"
            {
                return frame.clone();
            }
        }
    }

    /// Waits for an error, which must be the next frame.
    pub(crate) async fn refused(&mut self, code: &str) -> Value {
        let frame = self.next("error").await;
        assert_eq!(frame["code"], code, "{frame}");
        assert!(!frame["detail"].as_str().unwrap().is_empty());
        frame
    }

    /// Reads to the end; the code with which the other side closed it, if it said one.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.came().await {
                Came::Frame(_) => {}
                Came::Closed(code) => return code,
                Came::Cut => return None,
            }
        }
    }

    /// Stops the test when something comes.
    pub(crate) async fn stays_silent(&mut self) {
        if let Ok(came) = timeout(SILENCE, self.wait()).await {
            panic!("it was told {came:?}");
        }
    }

    /// Sends a ping and waits for its pong, before which nothing may come.
    pub(crate) async fn is_well(&mut self) {
        self.send(&json!({"type": "ping"})).await;
        assert_eq!(self.frame().await, json!({"type": "pong"}));
    }

    /// Waits for what comes next beside notifications, which come whenever they like.
    async fn wait(&mut self) -> Came {
        loop {
            match self.wait_for_any().await {
                Came::Frame(frame) if frame["type"] == "notification" => {
                    self.told.push_back(frame);
                }
                other => return other,
            }
        }
    }

    async fn wait_for_any(&mut self) -> Came {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Came::Frame(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(frame))) => {
                    return Came::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("no frame of ours: {other:?}"),
                Some(Err(_)) | None => return Came::Cut,
            }
        }
    }
}

impl TestApp {
    /// Somebody's screen, welcomed, with these views.
    pub(crate) async fn dashboard(&self, person: &Person, views: &[&str]) -> Socket {
        self.knock(&Knock::by(person), views).await
    }

    /// The same, come in another way.
    pub(crate) async fn knock(&self, knock: &Knock, views: &[&str]) -> Socket {
        let mut socket = knock.open(self.address()).await;
        socket.next("welcome").await;
        for view in views {
            socket.subscribe(view).await;
            let first = socket.frame().await;
            let kind = first["type"].as_str().unwrap();
            assert!(["snapshot", "counts"].contains(&kind), "{first}");
        }
        socket
    }
}
