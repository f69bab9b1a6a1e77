//! The people who act in a workload: users of role `agent`, each with a token of their own.

use std::{collections::HashMap, time::Duration};

use hyper::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    client::Call,
    error::LoadError,
    listing,
    numbers::{count, fingerprint},
    patient::PatientClient,
    target::Target,
    wire::{TokenAnswer, UserView},
};

/// How many connections the setup of a workload uses.
pub const SETUP_CONNECTIONS: usize = 16;

/// Somebody who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As the log or the workload calls them.
    pub name: String,
    /// Their id on the server.
    pub user: String,
    /// Their bearer token.
    pub token: String,
}

/// The server and whoever may make users there.
#[derive(Debug, Clone)]
pub struct Office {
    /// Where.
    pub target: Target,
    /// An owner's or an admin's token.
    pub admin: String,
    /// How long one request is repeated.
    pub patience: Duration,
}

impl Office {
    /// A client of that server.
    pub fn client(&self) -> PatientClient {
        PatientClient::new(self.target.clone(), self.patience, 0)
    }

    /// Finds or makes a user for each name and makes a token for each; in the order of the names.
    pub async fn people(&self, names: &[String]) -> Result<Vec<Person>, LoadError> {
        let known = self.known_users().await?;
        let width = names.len().div_ceil(SETUP_CONNECTIONS).max(1);
        let mut tasks = JoinSet::new();
        for (position, chunk) in names.chunks(width).enumerate() {
            let chunk: Vec<_> = chunk
                .iter()
                .map(|name| {
                    (
                        name.clone(),
                        known.get(&email(name)).map(|user| user.id.clone()),
                    )
                })
                .collect();
            let office = self.clone();
            tasks.spawn(async move { (position, office.some_people(chunk).await) });
        }
        let mut parts = tasks.join_all().await;
        parts.sort_by_key(|(position, _)| *position);
        let mut people = Vec::with_capacity(names.len());
        for (_, part) in parts {
            people.extend(part?);
        }
        Ok(people)
    }

    async fn known_users(&self) -> Result<HashMap<String, UserView>, LoadError> {
        let mut client = self.client();
        let users: Vec<UserView> = listing::all(&mut client, "/v1/users", &self.admin).await?;
        let is_ours = |user: &UserView| user.email.ends_with(EMAIL_DOMAIN);
        if let Some(user) = users
            .iter()
            .find(|user| is_ours(user) && (user.role == "viewer" || user.status != "active"))
        {
            return Err(LoadError::Unfit(format!(
                "the user {} exists as a {} that is {}: it cannot own conversations",
                user.email, user.role, user.status
            )));
        }
        Ok(users
            .into_iter()
            .map(|user| (user.email.clone(), user))
            .collect())
    }

    async fn some_people(
        &self,
        names: Vec<(String, Option<String>)>,
    ) -> Result<Vec<Person>, LoadError> {
        let mut client = self.client();
        let mut people = Vec::with_capacity(names.len());
        for (name, known) in names {
            let user = match known {
                Some(user) => user,
                None => self.user(&mut client, &name).await?,
            };
            let token = self.token(&mut client, &user).await?;
            people.push(Person { name, user, token });
        }
        Ok(people)
    }

    async fn user(&self, client: &mut PatientClient, name: &str) -> Result<String, LoadError> {
        let body = json!({"name": name, "email": email(name), "role": "agent"});
        let call = change("/v1/users", &self.admin, &body)?;
        let reply = client.send("user", &call).await?;
        if reply.status.is_success() {
            let user: UserView = read(&call, &reply)?;
            return Ok(user.id);
        }
        // An attempt whose answer was lost has made the user already.
        if reply.problem().code == "email_taken" {
            let known = self.known_users().await?;
            if let Some(user) = known.get(&email(name)) {
                return Ok(user.id.clone());
            }
        }
        Err(LoadError::unexpected(
            format!("making the user {name}"),
            &reply,
        ))
    }

    async fn token(&self, client: &mut PatientClient, user: &str) -> Result<String, LoadError> {
        // Without an Idempotency-Key: a repeated answer would hide the secret.
        let body = json!({"name": "load-tests", "kind": "user", "user": user});
        let call = change("/v1/tokens", &self.admin, &body)?;
        let reply = client.succeed("token", &call).await?;
        let answer: TokenAnswer = read(&call, &reply)?;
        answer
            .token
            .ok_or_else(|| LoadError::Unfit("a token was answered without it".to_owned()))
    }
}

const EMAIL_DOMAIN: &str = "@load-tests.example";

/// An address derived from the name, the same in every run.
fn email(name: &str) -> String {
    let slug: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    // Two names may have one slug.
    let distinct = fingerprint(name.as_bytes()) >> 32;
    format!("{slug}-{distinct:08x}{EMAIL_DOMAIN}")
}

/// A POST with this body.
pub fn change<'call>(
    path: &str,
    token: &'call str,
    body: &serde_json::Value,
) -> Result<Call<'call>, LoadError> {
    Call::change(Method::POST, path, token)
        .json(body)
        .map_err(|source| LoadError::unanswered(path, source))
}

/// The answer's body, or an error that names the request.
pub fn read<T: serde::de::DeserializeOwned>(
    call: &Call<'_>,
    reply: &crate::client::Reply,
) -> Result<T, LoadError> {
    reply
        .json()
        .map_err(|source| LoadError::unanswered(crate::patient::what(call), source))
}

/// Names for people who come from no log.
pub fn numbered(prefix: &str, people: usize) -> Vec<String> {
    (1..=count(people))
        .map(|number| format!("{prefix} {number}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_stable_and_distinct() {
        assert_eq!(email("Value 1"), email("Value 1"));
        assert_ne!(email("Value 1"), email("value-1"));
        assert!(email("Zoë Å").ends_with("@load-tests.example"));
        assert!(email("Zoë Å").is_ascii());
    }
}
