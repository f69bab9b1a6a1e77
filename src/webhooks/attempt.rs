//! One attempt: connects to a checked address, sends what is signed, and reads how it was taken.
//!
//! Each attempt has a connection of its own, to exactly the address that was checked, and no redirect is
//! followed: neither a name that changes its address nor an answer leads it elsewhere.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::secret::seconds;
use super::target::{Target, TargetError};
use crate::config::WebhooksConfig;
use crate::domain::Timestamp;

/// Who asks.
const AGENT: &str = concat!("Ochre/", env!("CARGO_PKG_VERSION"));

/// Makes attempts.
#[derive(Debug)]
pub struct Attempts {
    connect_timeout: Duration,
    attempt_timeout: Duration,
    answer_bytes_max: usize,
    permitted: Vec<IpNet>,
    /// Made when it is first needed: reading the system's certificates takes its time.
    tls: OnceLock<Arc<ClientConfig>>,
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) signature: String,
    pub(super) payload: Bytes,
}

/// How it was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) status: StatusCode,
    /// How long the receiver asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    #[error("the address {0}")]
    Target(#[from] TargetError),
    #[error("no connection: {0}")]
    Connection(String),
    #[error("no answer: {0}")]
    Exchange(#[from] hyper::Error),
    #[error("the request cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("no answer in time")]
    Timeout,
}

impl Attempts {
    /// As the configuration says.
    #[must_use]
    pub fn new(config: &WebhooksConfig) -> Self {
        Self {
            connect_timeout: config.connect_timeout(),
            attempt_timeout: config.attempt_timeout(),
            answer_bytes_max: config.answer_bytes_max,
            permitted: config.networks(),
            tls: OnceLock::new(),
        }
    }

    /// Sends a message, and says how it was taken.
    pub(super) async fn send(
        &self,
        target: &Target,
        message: Message,
    ) -> Result<Taken, AttemptError> {
        let sent = timeout(self.attempt_timeout, self.exchange(target, message));
        sent.await.map_err(|_elapsed| AttemptError::Timeout)?
    }

    async fn exchange(&self, target: &Target, message: Message) -> Result<Taken, AttemptError> {
        let request = request(target, message)?;
        let addresses = target.addresses(&self.permitted).await?;
        let connecting = timeout(self.connect_timeout, connect(&addresses));
        let stream = connecting
            .await
            .map_err(|_elapsed| AttemptError::Timeout)??;
        if !target.is_secure() {
            return self.converse(stream, request).await;
        }
        let name = ServerName::try_from(target.host())
            .map_err(|error| AttemptError::Connection(error.to_string()))?;
        let connector = TlsConnector::from(self.tls()?);
        let securing = timeout(self.connect_timeout, connector.connect(name, stream));
        let stream = securing
            .await
            .map_err(|_elapsed| AttemptError::Timeout)?
            .map_err(|error| AttemptError::Connection(error.to_string()))?;
        self.converse(stream, request).await
    }

    /// Sends the request and reads the answer, driving the connection meanwhile.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin + 'static>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> Result<Taken, AttemptError> {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let mut exchange = std::pin::pin!(async {
            let answer = sender.send_request(request).await?;
            let taken = taken(&answer);
            // What it says is of no interest, but a receiver that is cut off may think it failed.
            let body = Limited::new(answer.into_body(), self.answer_bytes_max);
            body.collect().await.ok();
            Ok(taken)
        });
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            _ended = connection => exchange.await,
        }
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, AttemptError> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls));
        }
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (taken, refused) = roots.add_parsable_certificates(found.certs);
        tracing::info!(taken, refused, "the system's certificates are loaded");
        if taken == 0 {
            tracing::warn!("the system has no root certificates: no https webhook can be told");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| AttemptError::Connection(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, AttemptError> {
    let mut last = "there is no address".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.to_string(),
        }
    }
    Err(AttemptError::Connection(last))
}

fn request(target: &Target, message: Message) -> Result<Request<Full<Bytes>>, AttemptError> {
    let request = Request::post(target.path())
        .header(HOST, target.authority())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, "application/json")
        .header(HEADER_WEBHOOK_ID, message.id)
        .header(HEADER_WEBHOOK_TIMESTAMP, seconds(message.at).to_string())
        .header(HEADER_WEBHOOK_SIGNATURE, message.signature)
        .body(Full::new(message.payload))?;
    Ok(request)
}

fn taken<B>(answer: &Response<B>) -> Taken {
    let retry_after = answer.headers().get(RETRY_AFTER);
    let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Taken {
        status: answer.status(),
        retry_after: seconds.map(Duration::from_secs),
    }
}
