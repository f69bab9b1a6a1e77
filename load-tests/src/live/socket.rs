//! One websocket to the live view of a server on this machine.

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpSocket, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message, Utf8Bytes,
        client::IntoClientRequest,
        http::{HeaderValue, Request, header},
        protocol::WebSocketConfig,
    },
};

use super::{meter::Meter, request};
use crate::target::Target;

const SUBPROTOCOL: &str = "ochre.live.v1";
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// Thousands of sockets share this process.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// How a connection is made.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// The bearer token.
    pub token: String,
    /// Whether the token goes into the first frame instead of a header.
    pub in_first_frame: bool,
    /// The size of the kernel's buffer, for readers that are to fall behind soon.
    pub receive_buffer: Option<u32>,
    /// After how many bytes the connection is cut.
    pub cut_after: Option<u64>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody listens, or the connection ended.
    #[error("the connection was refused: {0}")]
    Refused(#[from] io::Error),
    /// The answer is not a websocket of the subprotocol.
    #[error("the upgrade failed: {0}")]
    Upgrade(#[source] Box<Error>),
    /// No answer in time.
    #[error("no answer to the upgrade within {CONNECT_DEADLINE:?}")]
    Deadline,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By a close frame with this code; 1005 when it had none.
    Closed(u16),
    /// Without one.
    Cut,
    /// By bytes that are not websocket, or not text.
    Garbled(String),
}

/// An open connection.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<Meter>,
}

impl Socket {
    /// Connects, and authenticates.
    pub async fn open(target: &Target, opening: &Opening) -> Result<Self, OpenError> {
        match timeout(CONNECT_DEADLINE, Self::connect(target, opening)).await {
            Ok(opened) => opened,
            Err(_elapsed) => Err(OpenError::Deadline),
        }
    }

    async fn connect(target: &Target, opening: &Opening) -> Result<Self, OpenError> {
        let socket = if target.address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(bytes) = opening.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(target.address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let request = upgrade(target, opening).map_err(OpenError::Upgrade)?;
        let meter = Meter::new(stream, opening.cut_after);
        let opened = client_async_with_config(request, meter, Some(config)).await;
        let (stream, _response) = opened.map_err(|error| OpenError::Upgrade(Box::new(error)))?;
        let mut socket = Self { stream };
        if opening.in_first_frame {
            let sent = socket.send(request::auth(&opening.token)).await;
            sent.map_err(|_end| io::Error::from(io::ErrorKind::ConnectionReset))?;
        }
        Ok(socket)
    }

    /// The next text frame; pings are answered on the way. May be dropped while it waits.
    pub async fn next(&mut self) -> Result<Utf8Bytes, End> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    return Err(End::Closed(frame.map_or(1005, |frame| frame.code.into())));
                }
                Some(Ok(Message::Binary(bytes))) => {
                    return Err(End::Garbled(format!("{} bytes of binary", bytes.len())));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(end(&error)),
                None => return Err(End::Cut),
            }
        }
    }

    /// Sends a text frame.
    pub async fn send(&mut self, text: String) -> Result<(), End> {
        let sent = self.stream.send(Message::text(text)).await;
        sent.map_err(|error| end(&error))
    }

    /// Says goodbye; the server's own goodbye is not waited for.
    pub async fn close(mut self) {
        // Whoever leaves does not care whether it was heard.
        drop(self.stream.close(None).await);
    }

    /// How many bytes came so far.
    pub fn bytes(&self) -> u64 {
        self.stream.get_ref().read()
    }
}

fn upgrade(target: &Target, opening: &Opening) -> Result<Request<()>, Box<Error>> {
    let url = format!("ws://{}/v1/live", target.address);
    let mut request = url.into_client_request().map_err(Box::new)?;
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    if !opening.in_first_frame {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", opening.token));
        let bearer = bearer.map_err(|error| Box::new(Error::HttpFormat(error.into())))?;
        headers.insert(header::AUTHORIZATION, bearer);
    }
    Ok(request)
}

fn end(error: &Error) -> End {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => End::Cut,
        // The bytes ended in the middle of a frame.
        Error::Protocol(protocol) if protocol.to_string().contains("without closing") => End::Cut,
        other => End::Garbled(other.to_string()),
    }
}
