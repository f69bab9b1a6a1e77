//! What people are told: in the application, by email and in Slack.

mod delivery;
mod digests;
mod email;
mod in_app;
mod live;
mod preferences;
mod slack;

use std::time::Duration;

use ochre_assign::config::{SecretText, SmtpSecurity};
use serde_json::{Value, json};

use crate::support::{MailServer, Person, Setup, SlackServer, TestApp, get, patch, put};

/// How long something that must come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long one looks for what must not come.
const SILENCE: Duration = Duration::from_millis(400);

/// A service that sends mail to a server of the test.
fn with_mail(setup: Setup, mail: &MailServer) -> Setup {
    setup.configured(|config| {
        config.notify.email_from = "Ochre <desk@acme.test>".to_owned();
        config.notify.smtp_host = mail.address.ip().to_string();
        config.notify.smtp_port = mail.address.port();
        config.notify.smtp_security = SmtpSecurity::None;
        config.notify.timeout_seconds = 5;
        config.server.public_url = "https://desk.acme.test".to_owned();
    })
}

/// A service that writes to a Slack of the test.
fn with_slack(setup: Setup, slack: &SlackServer) -> Setup {
    setup.configured(|config| {
        config.notify.slack_token = SecretText::new("xoxb-secret".to_owned());
        config.notify.slack_url = format!("http://{}/api", slack.address);
        config.notify.timeout_seconds = 5;
    })
}

impl TestApp {
    /// What somebody was told, the newest first.
    async fn told(&self, person: &Person) -> Vec<Value> {
        let answer = self
            .ask(get("/v1/notifications?limit=200").by(person))
            .await;
        let answer = answer.expect_status(200);
        answer.at("/items").as_array().unwrap().clone()
    }

    /// The kinds of it.
    async fn told_kinds(&self, person: &Person) -> Vec<String> {
        let told = self.told(person).await;
        let kind = |one: &Value| one["kind"].as_str().unwrap().to_owned();
        told.iter().map(kind).collect()
    }

    /// Chooses how to be told of a kind.
    async fn prefer(&self, person: &Person, kind: &str, choice: Value) {
        let path = "/v1/me/notification-preferences";
        let ask = put(path, &json!({kind: choice})).by(person);
        self.ask(ask).await.expect_status(200);
    }

    async fn live_in(&self, person: &Person, time_zone: &str) {
        let body = json!({"time_zone": time_zone});
        let answer = self.ask(patch("/v1/me", &body).by(person)).await;
        answer.expect_status(200);
    }

    async fn link_slack(&self, person: &Person, account: &str) {
        let body = json!({"slack_user_id": account});
        let answer = self.ask(patch("/v1/me", &body).by(person)).await;
        answer.expect_status(200);
    }

    async fn customer_writes(&self, id: &str) {
        let body = json!({"kind": "customer", "body": "Any news?"});
        let answer = self.act(&self.owner, id, "messages", &body).await;
        answer.expect_status(201);
    }

    /// Lets the time of settling pass.
    fn settle(&self) {
        self.clock.advance(Duration::from_secs(3));
    }

    /// Waits until something is so, while time passes by a second a look.
    async fn until(&self, is_so: impl Fn() -> bool) {
        self.until_with(Duration::from_secs(1), is_so).await;
    }

    /// The same while time stands still.
    async fn until_now(&self, is_so: impl Fn() -> bool) {
        self.until_with(Duration::ZERO, is_so).await;
    }

    async fn until_with(&self, step: Duration, is_so: impl Fn() -> bool) {
        let waited = async {
            while !is_so() {
                self.clock.advance(step);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(
            tokio::time::timeout(PATIENCE, waited).await.is_ok(),
            "it did not come"
        );
    }
}

/// Long enough for anything that is under way to arrive.
async fn silence() {
    tokio::time::sleep(SILENCE).await;
}
