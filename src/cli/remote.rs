//! A running server, asked over its HTTP API.

use std::time::Duration;

use actix_web::rt;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::administration::{NewToken, NewUser, UserChange};
use super::error::CliError;
use super::password;
use crate::config::Config;

/// How long a server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A server and the right to ask it.
#[derive(Debug)]
pub(super) struct Remote {
    host: String,
    port: u16,
    /// What stands before `/v1`, without a slash at its end.
    base: String,
    token: String,
}

impl Remote {
    /// The server at a URL.
    pub(super) fn new(url: &str, token: Option<&str>) -> Result<Self, CliError> {
        let wrong = |reason: &str| CliError::Usage(format!("--url {url:?}: {reason}"));
        let uri: Uri = url.parse().map_err(|_invalid| wrong("is not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(wrong(
                    "https is not spoken here; give the server's own http:// address, \
                     on its machine or through a tunnel",
                ));
            }
            _ => return Err(wrong("must begin with http://")),
        }
        let host = uri.host().ok_or_else(|| wrong("names no host"))?;
        let token = token.ok_or_else(|| {
            CliError::Usage("--url needs a --token, or the variable OCHRE_TOKEN".to_owned())
        })?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            base: uri.path().trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        })
    }

    /// Everything in a list, page by page.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>, CliError> {
        let mut items = Vec::new();
        let mut page = self.call(Method::GET, path, None).await?;
        loop {
            if let Some(Value::Array(more)) = page.get_mut("items").map(Value::take) {
                items.extend(more);
            }
            let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
                return Ok(items);
            };
            let next = format!("{path}?cursor={cursor}");
            page = self.call(Method::GET, &next, None).await?;
        }
    }

    pub(super) async fn add_user(
        &self,
        user: &NewUser,
        config: &Config,
    ) -> Result<Value, CliError> {
        let mut body = json!({
            "name": user.name,
            "email": user.email,
            "role": user.role.domain(),
        });
        if user.password_stdin {
            set(&mut body, "password", password::read(&config.auth)?.into());
        }
        self.call(Method::POST, "/v1/users", Some(body)).await
    }

    pub(super) async fn set_user(
        &self,
        user: &str,
        change: &UserChange,
        config: &Config,
    ) -> Result<Value, CliError> {
        let id = self.user_id(user).await?;
        let new_password = if change.password_stdin {
            self.refuse_others_password(&id).await?;
            Some(password::read(&config.auth)?)
        } else {
            None
        };
        let mut body = json!({});
        if let Some(name) = &change.name {
            set(&mut body, "name", name.as_str().into());
        }
        if let Some(role) = change.role {
            set(&mut body, "role", json!(role.domain()));
        }
        if let Some(status) = change.status {
            set(&mut body, "status", json!(status.domain()));
        }
        let path = format!("/v1/users/{id}");
        if body.as_object().is_some_and(|changes| !changes.is_empty()) {
            self.call(Method::PATCH, &path, Some(body)).await?;
        }
        if let Some(password) = new_password {
            let body = json!({"password": password});
            self.call(Method::PATCH, "/v1/me", Some(body)).await?;
        }
        self.user(&id).await
    }

    pub(super) async fn create_token(&self, token: &NewToken) -> Result<Value, CliError> {
        let body = match &token.user {
            Some(user) => {
                let user = self.user_id(user).await?;
                json!({"name": token.name, "kind": "user", "user": user})
            }
            None => {
                let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.domain()).collect();
                json!({"name": token.name, "kind": "service", "scopes": scopes})
            }
        };
        self.call(Method::POST, "/v1/tokens", Some(body)).await
    }

    pub(super) async fn revoke_token(&self, id: &str) -> Result<(), CliError> {
        let path = format!("/v1/tokens/{id}");
        self.call(Method::DELETE, &path, None).await.map(drop)
    }

    /// The API lets everybody set their own password and nobody another's.
    async fn refuse_others_password(&self, id: &str) -> Result<(), CliError> {
        let me = self.call(Method::GET, "/v1/me", None).await?;
        let own = ["/principal/id", "/principal/user/id"]
            .iter()
            .any(|place| me.pointer(place).and_then(Value::as_str) == Some(id));
        if own {
            return Ok(());
        }
        Err(CliError::Refused(
            "through a server one sets only one's own password; \
             stop it and use --data to set another's"
                .to_owned(),
        ))
    }

    async fn user_id(&self, user: &str) -> Result<String, CliError> {
        let found = self.user(user).await?;
        let id = found.get("id").and_then(Value::as_str).unwrap_or(user);
        Ok(id.to_owned())
    }

    /// A user by id or address.
    async fn user(&self, user: &str) -> Result<Value, CliError> {
        let is_meant = |one: &Value| {
            let has = |key| one.get(key).and_then(Value::as_str);
            has("id") == Some(user)
                || has("email").is_some_and(|email| email.eq_ignore_ascii_case(user))
        };
        let users = self.list("/v1/users").await?;
        users
            .into_iter()
            .find(is_meant)
            .ok_or_else(|| CliError::Refused(format!("there is no user {user:?}")))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, CliError> {
        let (host, port) = (&self.host, self.port);
        let asked = rt::time::timeout(TIMEOUT, self.exchange(method, path, body)).await;
        let answer = match asked {
            Ok(Ok(answer)) => answer,
            Ok(Err(reason)) => {
                return Err(CliError::Refused(format!(
                    "cannot ask the server at {host}:{port}: {reason}"
                )));
            }
            Err(_elapsed) => {
                let seconds = TIMEOUT.as_secs();
                return Err(CliError::Refused(format!(
                    "the server at {host}:{port} did not answer within {seconds} seconds"
                )));
            }
        };
        read_answer(&answer)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the answer; what may go wrong with it, the answer tells too.
        let connection = rt::spawn(async move { drop(connection.await) });
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(HOST, format!("{}:{}", self.host, self.port))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?;
        connection.abort();
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// The body of a success, or the sentence of a refusal.
fn read_answer(answer: &Response<Bytes>) -> Result<Value, CliError> {
    let status = answer.status();
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let text = |key| body.get(key).and_then(Value::as_str);
    let detail = text("detail").or_else(|| text("title"));
    let code = text("code").unwrap_or("no code");
    Err(CliError::Refused(match detail {
        Some(detail) => format!("the server refused it: {detail} ({code})"),
        None => format!("the server answered {status}"),
    }))
}

fn set(body: &mut Value, key: &str, value: Value) {
    if let Value::Object(fields) = body {
        fields.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_plain_http_and_comes_with_a_token() {
        let remote = Remote::new("http://[::1]:8080/desk/", Some("t")).unwrap();
        assert_eq!(
            (remote.host.as_str(), remote.port, remote.base.as_str()),
            ("::1", 8080, "/desk")
        );
        for (url, token, part) in [
            ("https://desk.example", Some("t"), "https is not spoken"),
            ("desk.example", Some("t"), "must begin with http://"),
            ("http://desk.example", None, "--token"),
        ] {
            let refused = Remote::new(url, token).unwrap_err().to_string();
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server() {
        let answer = |status, body: &str| {
            let answer = Response::builder().status(status);
            answer.body(Bytes::from(body.to_owned())).unwrap()
        };
        let problem = r#"{"detail":"another user has this address","code":"email_taken"}"#;
        let refused = read_answer(&answer(409, problem)).unwrap_err().to_string();
        assert!(refused.ends_with("another user has this address (email_taken)"));
        let empty = read_answer(&answer(204, "")).unwrap();
        assert!(empty.is_null());
        assert!(read_answer(&answer(502, "<html>")).is_err());
    }
}
