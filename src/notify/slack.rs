//! Direct messages in Slack, by its method `chat.postMessage`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::json;

use super::channel::{Channel, ChannelError, Outgoing, Sent};
use crate::config::NotifyConfig;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long to wait when Slack says that there are too many messages, and not how long.
const WAIT: Duration = Duration::from_secs(30);

/// What Slack says when there is something wrong with Slack, or with the token: the message may be
/// sent once that is put right.
const PASSING: &[&str] = &[
    "accesslimited",
    "account_inactive",
    "fatal_error",
    "internal_error",
    "invalid_auth",
    "missing_scope",
    "not_authed",
    "request_timeout",
    "service_unavailable",
    "team_access_not_granted",
    "team_added_to_org",
    "token_expired",
    "token_revoked",
];

/// See the module.
pub(super) struct Slack {
    client: Way,
    post_message: Uri,
    authorization: HeaderValue,
    timeout: Duration,
}

/// Unprotected only to this machine, which the configuration sees to.
enum Way {
    Plain(Client<HttpConnector, Full<Bytes>>),
    Protected(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

/// An answer of Slack's Web API.
#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slack")
            .field("post_message", &self.post_message)
            .finish_non_exhaustive()
    }
}

impl Slack {
    /// A client of the configured workspace.
    pub(super) fn new(config: &NotifyConfig) -> Result<Self, ChannelError> {
        let base = config.slack_url.trim_end_matches('/');
        let post_message: Uri = format!("{base}/chat.postMessage").parse()?;
        let builder = Client::builder(TokioExecutor::new());
        let client = if post_message.scheme_str() == Some("https") {
            let protected = HttpsConnectorBuilder::new().with_native_roots()?;
            let protected = protected.https_only().enable_http1().build();
            Way::Protected(builder.build(protected))
        } else {
            Way::Plain(builder.build(HttpConnector::new()))
        };
        let token = config.slack_token.reveal();
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_not_a_header| ChannelError::Token)?;
        authorization.set_sensitive(true);
        Ok(Self {
            client,
            post_message,
            authorization,
            timeout: config.timeout(),
        })
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Sent {
        // The metadata are there for whoever has to tell a message from its repetition.
        let body = json!({
            "channel": outgoing.to,
            "text": outgoing.text,
            "mrkdwn": false,
            "unfurl_links": false,
            "metadata": {
                "event_type": "ochre_notification",
                "event_payload": {"id": outgoing.id},
            },
        });
        let request = Request::post(self.post_message.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Full::new(Bytes::from(body.to_string())));
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                let reason = error.to_string();
                return Sent::Refused { reason };
            }
        };
        match tokio::time::timeout(self.timeout, self.exchange(request)).await {
            Ok(Ok(answer)) => understood(answer),
            Ok(Err(reason)) => Sent::Failed { reason },
            Err(_elapsed) => Sent::Failed {
                reason: "Slack did not answer in time".to_owned(),
            },
        }
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), String> {
        let answer = match &self.client {
            Way::Plain(client) => client.request(request).await,
            Way::Protected(client) => client.request(request).await,
        };
        let (head, body) = answer.map_err(|error| in_full(&error))?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        Ok((head.status, head.headers, body))
    }
}

impl Channel for Slack {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        self.attempt(message).boxed()
    }
}

fn understood((status, headers, body): (StatusCode, HeaderMap, Bytes)) -> Sent {
    let asked = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let asked = asked.and_then(|seconds| seconds.parse().ok());
    if status == StatusCode::TOO_MANY_REQUESTS {
        let wait = asked.map_or(WAIT, Duration::from_secs);
        return Sent::Later { wait };
    }
    if !status.is_success() {
        let reason = format!("Slack answered {status}");
        return Sent::Failed { reason };
    }
    match serde_json::from_slice::<Answer>(&body) {
        Ok(Answer { ok: true, .. }) => Sent::Accepted,
        Ok(Answer { ok: false, error }) => {
            let error = error.unwrap_or_else(|| "without a reason".to_owned());
            let reason = format!("Slack refused it: {error}");
            match error.as_str() {
                "ratelimited" => Sent::Later {
                    wait: asked.map_or(WAIT, Duration::from_secs),
                },
                passing if PASSING.contains(&passing) => Sent::Failed { reason },
                _ => Sent::Refused { reason },
            }
        }
        Err(_no_answer) => Sent::Failed {
            reason: "Slack answered with something that is not its API's".to_owned(),
        },
    }
}

/// An error with what led to it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text.push_str(": ");
        text.push_str(&one.to_string());
        cause = one.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> Sent {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_str(seconds).unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        understood((status, headers, Bytes::copy_from_slice(body.as_bytes())))
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_given_up() {
        assert_eq!(answer(200, None, r#"{"ok":true,"ts":"1"}"#), Sent::Accepted);
        let later = |seconds| Sent::Later {
            wait: Duration::from_secs(seconds),
        };
        assert_eq!(answer(429, Some("7"), ""), later(7));
        assert_eq!(answer(429, None, ""), later(30));
        let limited = r#"{"ok":false,"error":"ratelimited"}"#;
        assert_eq!(answer(200, Some("3"), limited), later(3));
        for (status, body) in [
            (500, ""),
            (200, "<html>"),
            (200, r#"{"ok":false,"error":"invalid_auth"}"#),
        ] {
            let sent = answer(status, None, body);
            assert!(matches!(sent, Sent::Failed { .. }), "{body}: {sent:?}");
        }
        let unknown = r#"{"ok":false,"error":"channel_not_found"}"#;
        let reason = "Slack refused it: channel_not_found".to_owned();
        assert_eq!(answer(200, None, unknown), Sent::Refused { reason });
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let mut config = crate::config::Config::load(None, std::iter::empty()).unwrap();
        config.notify.slack_token = crate::config::SecretText::new("xoxb-secret".to_owned());
        config.notify.slack_url = "http://127.0.0.1:1/api".to_owned();
        let slack = Slack::new(&config.notify).unwrap();
        assert!(!format!("{slack:?} {config:?}").contains("xoxb"));
    }
}
