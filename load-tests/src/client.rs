//! One keep-alive HTTP/1.1 connection, opened again when the server has closed it.

use std::{io, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode,
    client::conn::http1::{self, SendRequest},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use crate::{target::Target, wire::Problem};

/// One request.
#[derive(Debug, Clone)]
pub struct Call<'call> {
    /// GET, POST, PUT or PATCH.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// The caller's bearer token.
    pub token: &'call str,
    /// The `Idempotency-Key`, if the request carries one.
    pub key: Option<String>,
    /// The JSON of the body, empty when there is none.
    pub body: Bytes,
}

impl<'call> Call<'call> {
    /// A read.
    pub fn get(path: impl Into<String>, token: &'call str) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            token,
            key: None,
            body: Bytes::new(),
        }
    }

    /// A change.
    pub fn change(method: Method, path: impl Into<String>, token: &'call str) -> Self {
        Self {
            method,
            path: path.into(),
            token,
            key: None,
            body: Bytes::new(),
        }
    }

    /// With this body.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, ClientError> {
        self.body = serde_json::to_vec(body)
            .map_err(ClientError::Unwritable)?
            .into();
        Ok(self)
    }

    /// With this `Idempotency-Key`.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status line's number.
    pub status: StatusCode,
    /// How long an overloaded server asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether this is an earlier answer given again.
    pub replayed: bool,
    /// The body as it came.
    pub body: Bytes,
}

impl Reply {
    /// The body read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|source| ClientError::Unreadable {
            status: self.status.as_u16(),
            body: excerpt(&self.body),
            source,
        })
    }

    /// The body read as a problem; one without a code when it is none.
    pub fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Why a request has no answer, or none that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("the connection was refused")]
    Refused(#[source] io::Error),
    /// The connection ended before the answer.
    #[error("the connection was cut")]
    Cut(#[source] hyper::Error),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// A path, a token or a key that HTTP cannot carry.
    #[error("the request cannot be written")]
    Malformed(#[source] hyper::http::Error),
    /// A body that is not JSON.
    #[error("the body cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// An answer of another shape than the contract's.
    #[error("the answer {status} has an unexpected body: {body}")]
    Unreadable {
        /// The status it came with.
        status: u16,
        /// Its first characters.
        body: String,
        /// What was wrong with it.
        source: serde_json::Error,
    },
}

/// One connection to one server.
#[derive(Debug)]
pub struct Client {
    target: Target,
    deadline: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
    driver: JoinSet<()>,
}

impl Client {
    /// A client that connects with its first request and waits this long for each answer.
    pub fn new(target: Target, deadline: Duration) -> Self {
        Self {
            target,
            deadline,
            sender: None,
            driver: JoinSet::new(),
        }
    }

    /// Opens the connection now, so that the first request does not pay for it.
    pub async fn connect(&mut self) -> Result<(), ClientError> {
        if self.sender.is_none() {
            self.sender = Some(self.open().await?);
        }
        Ok(())
    }

    /// Sends the request once and waits for the answer.
    pub async fn send(&mut self, call: &Call<'_>) -> Result<Reply, ClientError> {
        let answer = match timeout(self.deadline, self.exchange(call)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(ClientError::Deadline(self.deadline)),
        };
        if answer.is_err() {
            self.hang_up();
        }
        answer
    }

    fn hang_up(&mut self) {
        self.sender = None;
        self.driver.abort_all();
        while self.driver.try_join_next().is_some() {}
    }

    async fn exchange(&mut self, call: &Call<'_>) -> Result<Reply, ClientError> {
        let kept = self.sender.is_some();
        match self.attempt(call).await {
            // A connection that the server closed while it lay idle never carried the request.
            Err(ClientError::Cut(error)) if kept && error.is_canceled() => {
                self.hang_up();
                self.attempt(call).await
            }
            answer => answer,
        }
    }

    async fn attempt(&mut self, call: &Call<'_>) -> Result<Reply, ClientError> {
        let request = self.request(call)?;
        let mut sender = match self.sender.take() {
            Some(sender) => sender,
            None => self.open().await?,
        };
        sender.ready().await.map_err(ClientError::Cut)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(ClientError::Cut)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(ClientError::Cut)?.to_bytes();
        if !sender.is_closed() {
            self.sender = Some(sender);
        }
        Ok(Reply {
            status: head.status,
            retry_after: retry_after(&head.headers),
            replayed: head.headers.contains_key("idempotency-replayed"),
            body,
        })
    }

    fn request(&self, call: &Call<'_>) -> Result<Request<Full<Bytes>>, ClientError> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.path)
            .header(HOST, self.target.address.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", call.token));
        if !call.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        request
            .body(Full::new(call.body.clone()))
            .map_err(ClientError::Malformed)
    }

    async fn open(&mut self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        self.hang_up();
        let stream = TcpStream::connect(self.target.address)
            .await
            .map_err(ClientError::Refused)?;
        stream.set_nodelay(true).map_err(ClientError::Refused)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ClientError::Cut)?;
        self.driver.spawn(async move {
            // A failure of the connection reaches the request that waits on it.
            drop(connection.await);
        });
        Ok(sender)
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(200).collect()
}
