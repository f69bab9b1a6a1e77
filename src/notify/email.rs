//! Mail over SMTP.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::channel::{Channel, ChannelError, Outgoing, Sent};
use crate::config::{NotifyConfig, SmtpSecurity};

/// Replies to signing in: they say that the configuration is wrong, not the message.
const ABOUT_SIGNING_IN: [u16; 4] = [530, 534, 535, 538];

/// See the module.
#[derive(Debug)]
pub(super) struct Email {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

impl Email {
    /// A client of the configured server; it connects when there is something to send.
    pub(super) fn new(config: &NotifyConfig) -> Result<Self, ChannelError> {
        let from: Mailbox = config.email_from.parse()?;
        let tls = match config.smtp_security {
            SmtpSecurity::None => Tls::None,
            SmtpSecurity::StartTls => Tls::Required(protection(config)?),
            SmtpSecurity::Tls => Tls::Wrapper(protection(config)?),
        };
        let pool =
            PoolConfig::new().max_size(u32::try_from(config.sending_max).unwrap_or(u32::MAX));
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.smtp_host)
                .port(config.smtp_port)
                .tls(tls)
                .hello_name(ClientId::Domain(from.email.domain().to_owned()))
                .timeout(Some(config.timeout()))
                .pool_config(pool);
        if !config.smtp_user.is_empty() {
            let password = config.smtp_password.reveal().to_owned();
            transport = transport.credentials(Credentials::new(config.smtp_user.clone(), password));
        }
        Ok(Self {
            from,
            transport: transport.build(),
            timeout: config.timeout(),
        })
    }

    /// The message as it goes over the wire; its id follows from the letter, so that every attempt is
    /// the same mail.
    fn message(&self, outgoing: &Outgoing) -> Result<Message, String> {
        let to: lettre::Address = outgoing
            .to
            .parse()
            .map_err(|_no_address| "the recipient's address is not one of SMTP's".to_owned())?;
        let id = format!("<{}@{}>", outgoing.id, self.from.email.domain());
        let body = MultiPart::alternative_plain_html(outgoing.text.clone(), outgoing.html.clone());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(outgoing.subject.clone())
            .message_id(Some(id))
            .multipart(body)
            .map_err(|error| error.to_string())
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Sent {
        let message = match self.message(outgoing) {
            Ok(message) => message,
            Err(reason) => return Sent::Refused { reason },
        };
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_accepted)) => Sent::Accepted,
            Ok(Err(error)) => said(&error),
            Err(_elapsed) => Sent::Failed {
                reason: "the mail server did not answer in time".to_owned(),
            },
        }
    }
}

impl Channel for Email {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        self.attempt(message).boxed()
    }
}

/// A reply that begins with 5 is about this message and will be the same the next time.
fn said(error: &SmtpError) -> Sent {
    let code = error.status().map(u16::from);
    let reason = error.to_string();
    if error.is_permanent() && !code.is_some_and(|code| ABOUT_SIGNING_IN.contains(&code)) {
        Sent::Refused { reason }
    } else {
        Sent::Failed { reason }
    }
}

fn protection(config: &NotifyConfig) -> Result<TlsParameters, ChannelError> {
    let mut parameters = TlsParameters::builder(config.smtp_host.clone());
    if !config.smtp_ca_file.is_empty() {
        let certificates = std::fs::read(&config.smtp_ca_file)?;
        parameters = parameters.add_root_certificate(Certificate::from_pem(&certificates)?);
    }
    Ok(parameters.build()?)
}
