//! Every row of the error catalogue can be met, as a whole problem.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use ochre_assign::api::Code;
use ochre_assign::clock::{Clock, ManualClock};
use ochre_assign::domain::Timestamp;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Setup, TestApp, delete, exchange, get, patch, post, put};

#[actix_web::test]
async fn every_code_of_the_catalogue_is_met_with_its_status() {
    for code in Code::ALL {
        let answer = meet(*code).await;
        let answer = answer.refused(code.status(), code.as_str());
        assert_eq!(answer.at("/title"), code.title());
    }
}

/// Has no arm for everything else: a new code needs a test here.
async fn meet(code: Code) -> Answer {
    match code {
        Code::InvalidRequest => alone(Ask::new("POST", "/v1/conversations").raw(JSON, "{")).await,
        Code::Unauthenticated => TestApp::start().await.ask(get("/v1/me")).await,
        Code::InvalidCredentials => sign_in(None).await,
        Code::Forbidden => {
            with_conversation(async |app, id| app.claim(&app.viewer, id).await).await
        }
        Code::OriginNotAllowed => sign_in(Some("https://evil.test")).await,
        Code::NotFound => alone(get("/v1/conversations/conv_x")).await,
        Code::MethodNotAllowed => alone(delete("/v1/conversations")).await,
        Code::RequestTimeout => too_slow().await,
        Code::AlreadyAssigned => taken(async |app, id| app.claim(&app.sam, id).await).await,
        Code::AssigneeChanged => {
            let body = json!({"assignee": "me", "expected_assignee": null});
            taken(async |app, id| app.put_assignee(&app.sam, id, &body).await).await
        }
        Code::NotInAiQueue => taken(async |app, id| app.take_over(&app.sam, id).await).await,
        Code::AlreadyTakenOver => taken_over_twice().await,
        Code::NothingToUndo => {
            let body = json!({"version": 1});
            taken(async |app, id| app.act(&app.sam, id, "undo", &body).await).await
        }
        Code::ExternalIdTaken => same_external_id().await,
        Code::EmailTaken => alone(post("/v1/users", &user("maya@acme.test"))).await,
        Code::LastOwner => {
            let app = TestApp::start().await;
            app.update(&app.owner, &json!({"role": "agent"})).await
        }
        Code::VersionMismatch => {
            with_conversation(async |app, id| {
                let claim = post(&format!("/v1/conversations/{id}/claim"), &Value::Null);
                app.ask(claim.if_match("\"7\"").by(&app.maya)).await
            })
            .await
        }
        Code::BodyTooLarge => {
            let body = json!({"name": "x".repeat(1_048_576)}).to_string();
            alone(Ask::new("POST", "/v1/users").raw(JSON, &body)).await
        }
        Code::UnsupportedMediaType => {
            alone(Ask::new("POST", "/v1/users").raw("text/plain", "{}")).await
        }
        Code::AssigneeNotEligible => {
            with_conversation(async |app, id| app.assign(&app.maya, id, Some(&app.viewer)).await)
                .await
        }
        Code::IdempotencyKeyReused => same_key().await,
        Code::InvalidReference => {
            let body = json!({"name": "x", "kind": "user", "user": "usr_x"});
            alone(post("/v1/tokens", &body)).await
        }
        Code::RuleInvalid => rule_without_a_name().await,
        Code::PreconditionRequired => alone(put("/v1/routing/rules", &json!({"items": []}))).await,
        Code::TooManyItems => too_many_users().await,
        Code::RateLimited => too_fast().await,
        Code::Internal => after_a_panic().await,
        Code::Overloaded => more_than_the_queue_holds().await,
        Code::JournalUnavailable => {
            let (setup, faults) = Setup::faulty();
            let app = setup.start().await;
            faults.disk_full(true);
            app.ask(post("/v1/users", &user("new@acme.test")).by(&app.owner))
                .await
        }
    }
}

const JSON: &str = "application/json";

/// One request of an owner.
async fn alone(ask: Ask) -> Answer {
    let app = TestApp::start().await;
    app.ask(ask.by(&app.owner)).await
}

async fn with_conversation(act: impl AsyncFnOnce(&TestApp, &str) -> Answer) -> Answer {
    let app = TestApp::start().await;
    app.switch_autopilot(false).await;
    let id = app.create().await;
    act(&app, &id).await
}

/// A conversation that Maya has.
async fn taken(act: impl AsyncFnOnce(&TestApp, &str) -> Answer) -> Answer {
    with_conversation(async |app, id| {
        app.claim(&app.maya, id).await.changed(true);
        act(app, id).await
    })
    .await
}

async fn rule_without_a_name() -> Answer {
    let rule = json!({"name": "", "when": {"condition": "first_message"},
        "then": {"action": "add_tag", "tag": "x"}});
    TestApp::start().await.put_rules(&[rule]).await
}

fn user(email: &str) -> Value {
    json!({"name": "New", "email": email, "role": "agent"})
}

async fn sign_in(origin: Option<&str>) -> Answer {
    let app = TestApp::start().await;
    let body = json!({"email": "maya@acme.test", "password": "a wrong guess"});
    let mut ask = post("/v1/session", &body);
    if let Some(origin) = origin {
        ask = ask.header("origin", origin);
    }
    app.ask(ask).await
}

async fn too_slow() -> Answer {
    let setup = Setup::new().configured(|config| config.limits.body_timeout_seconds = 1);
    let app = setup.start().await;
    let head = post("/v1/conversations", &json!({"body": "never comes"})).by(&app.maya);
    let text = head.to_text();
    exchange(app.address(), &text.as_bytes()[..text.len() - 1]).await
}

async fn taken_over_twice() -> Answer {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let id = app.create().await;
    app.take_over(&app.maya, &id).await.changed(true);
    app.take_over(&app.sam, &id).await
}

async fn same_external_id() -> Answer {
    let app = TestApp::start().await;
    app.create_with(&json!({"external_id": "E-1"})).await;
    let body = json!({"channel": "chat", "subject": "s", "body": "b", "external_id": "E-1",
        "customer": {"email": "a@b.test"}});
    app.ask(post("/v1/conversations", &body).by(&app.maya))
        .await
}

async fn same_key() -> Answer {
    let app = TestApp::start().await;
    let switch = |enabled: bool| put("/v1/autopilot", &json!({"enabled": enabled})).keyed("k");
    app.ask(switch(true).by(&app.owner))
        .await
        .expect_status(200);
    app.ask(switch(false).by(&app.owner)).await
}

async fn too_many_users() -> Answer {
    let app = Setup::new().configured(|config| config.limits.users_max = 5);
    let app = app.start().await;
    app.ask(post("/v1/users", &user("new@acme.test")).by(&app.owner))
        .await
}

async fn too_fast() -> Answer {
    let app = Setup::new().configured(|config| {
        config.limits.requests_per_second_per_caller = 1;
        config.limits.requests_burst_per_caller = 20;
    });
    let app = app.start().await;
    for _ in 0..20 {
        app.ask(get("/v1/me").by(&app.maya))
            .await
            .expect_status(200);
    }
    let refused = app.ask(get("/v1/me").by(&app.maya)).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    app.ask(get("/v1/me").by(&app.sam)).await.expect_status(200);
    app.clock.advance(Duration::from_secs(1));
    app.ask(get("/v1/me").by(&app.maya))
        .await
        .expect_status(200);
    refused
}

async fn more_than_the_queue_holds() -> Answer {
    let (setup, faults) = Setup::faulty();
    let app = setup
        .configured(|config| config.commit.queue_commits_max = 2)
        .start()
        .await;
    let mut conversations = Vec::new();
    for _ in 0..8 {
        conversations.push(app.create().await);
    }
    faults.hold();
    let claims = conversations.iter().map(async |id| {
        let answer = app.claim(&app.maya, id).await;
        // Whoever found the queue full is told at once.
        if answer.status == 503 {
            faults.release();
        }
        answer
    });
    let answers = crate::support::at_once(claims).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(app.list(&app.maya, "filter=mine").await.len(), accepted);
    let refused = answers
        .into_iter()
        .find(|answer| answer.status == 503)
        .unwrap();
    assert!(refused.header("retry-after").is_some());
    refused
}

/// A clock that panics once it was asked for the time so many times.
#[derive(Debug)]
struct Brittle {
    clock: Arc<ManualClock>,
    left: AtomicI64,
}

impl Clock for Brittle {
    fn now(&self) -> Timestamp {
        // Others look at the clock, too, who are not meant.
        let thread = std::thread::current();
        if thread.name().is_some_and(|name| name.contains("actix")) {
            assert!(self.left.fetch_sub(1, Ordering::SeqCst) != 1, "planned");
        }
        self.clock.now()
    }

    fn instant(&self) -> Instant {
        self.clock.instant()
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        self.clock.random_bytes(bytes);
    }
}

/// Panics at every place of a claim in turn, and expects that the next claim is carried out.
async fn after_a_panic() -> Answer {
    let mut setup = Setup::new();
    let brittle = Arc::new(Brittle {
        clock: Arc::clone(&setup.clock),
        left: AtomicI64::new(0),
    });
    setup.service_clock = Arc::<Brittle>::clone(&brittle);
    let app = setup.start().await;
    let mut last = None;
    for place in 1.. {
        let id = app.create().await;
        brittle.left.store(place, Ordering::SeqCst);
        let claim = post(&format!("/v1/conversations/{id}/claim"), &Value::Null);
        // The id of the request takes no time then.
        let answer = app
            .ask(claim.by(&app.maya).header("x-request-id", "mine"))
            .await;
        brittle.left.store(0, Ordering::SeqCst);
        if answer.status == 200 {
            break;
        }
        let known = app.read(&id).await["assignee"].is_null();
        app.claim(&app.maya, &id).await.changed(known);
        last = Some(answer.refused(500, "internal"));
    }
    last.unwrap()
}

#[actix_web::test]
async fn what_is_wrong_with_a_body_is_named() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let asks = [
        (Ask::new("POST", "/v1/users").raw(JSON, ""), "EOF"),
        (Ask::new("POST", "/v1/users").raw(JSON, "[1,"), "line 1"),
        (patch(&path, &json!({"staus": "open"})), "staus"),
        (patch(&path, &json!({"status": 7})), "line 1"),
        (patch(&path, &json!({"tags": "x"})), "string"),
        (put(&format!("{path}/assignee"), &json!({})), "assignee"),
        (
            put(&format!("{path}/assignee"), &json!({"assignee": 7})),
            "7",
        ),
        (
            post(&format!("{path}/claim"), &json!({"force": true})),
            "force",
        ),
        (
            post(&format!("{path}/take-over"), &json!({"force": true})),
            "force",
        ),
        (post(&format!("{path}/undo"), &json!({"version": -1})), "-1"),
        (
            post(
                &format!("{path}/notes"),
                &json!({"body": "x", "mention": []}),
            ),
            "mention",
        ),
        (
            post(
                &format!("{path}/messages"),
                &json!({"kind": "note", "body": "x"}),
            ),
            "note",
        ),
        (patch("/v1/me", &json!({"email": "x"})), "email"),
        (put("/v1/autopilot", &json!({"enabled": "yes"})), "yes"),
    ];
    for (ask, named) in asks {
        let sent = format!("{ask:?}");
        let answer = app.ask(ask.by(&app.owner)).await;
        let answer = answer.refused(400, "invalid_request");
        let detail = answer.text_at("/detail");
        assert!(detail.contains(named), "{detail:?} after {sent}");
    }
    assert_eq!(app.read(&id).await["version"], 1);
}

#[actix_web::test]
async fn limits_on_fields_are_named_and_held() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let path = format!("/v1/conversations/{id}");
    let tags = |count: usize, chars: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{number:0chars$}"))
            .collect()
    };
    let fields = |count: usize| -> Value {
        (0..count)
            .map(|number| (number.to_string(), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let note = |bytes: usize| json!({"body": "x".repeat(bytes)});
    let notes = format!("{path}/notes");
    for (good, bad, field) in [
        (
            patch(&path, &json!({"tags": tags(50, 64)})),
            patch(&path, &json!({"tags": tags(51, 2)})),
            "tags",
        ),
        (
            patch(&path, &json!({"tags": tags(1, 64)})),
            patch(&path, &json!({"tags": tags(1, 65)})),
            "tags",
        ),
        (
            patch(&path, &json!({"custom_fields": fields(50)})),
            patch(&path, &json!({"custom_fields": fields(51)})),
            "custom_fields",
        ),
        (
            patch(&path, &json!({})),
            patch(&path, &json!({"custom_fields": {"one more": "x"}})),
            "custom_fields",
        ),
        (
            post(&notes, &note(65_536)),
            post(&notes, &note(65_537)),
            "body",
        ),
    ] {
        let good = app.ask(good.by(&app.maya)).await;
        assert!(good.status < 300, "{good:?}");
        let refused = app
            .ask(bad.by(&app.maya))
            .await
            .refused(400, "invalid_request");
        assert_eq!(refused.at("/field"), field);
    }
}

#[actix_web::test]
async fn an_id_of_the_wrong_kind_or_workspace_is_unknown() {
    let app = TestApp::start().await;
    let id = app.create().await;
    let wrong_kind = id.replace("conv_", "usr_");
    for reference in [
        wrong_kind.as_str(),
        "conv_",
        "conv_zz",
        "ext:",
        "ext:none",
        "%00",
        &app.maya.id,
    ] {
        let path = format!("/v1/conversations/{reference}");
        app.ask(get(&path).by(&app.maya))
            .await
            .refused(404, "not_found");
        app.claim(&app.maya, reference)
            .await
            .refused(404, "not_found");
    }
    let as_user = json!({"assignee": id});
    let refused = app.put_assignee(&app.maya, &id, &as_user).await;
    refused.refused(422, "assignee_not_eligible");
    for user in [app.stranger.id.as_str(), &id, "me"] {
        let ask = patch(&format!("/v1/users/{user}"), &json!({"name": "x"}));
        app.ask(ask.by(&app.owner)).await.refused(404, "not_found");
    }
    app.ask(delete("/v1/tokens/tok_x").by(&app.owner))
        .await
        .refused(404, "not_found");
}
